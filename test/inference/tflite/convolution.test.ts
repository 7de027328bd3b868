import onnxProto from 'onnx-proto';
import { describe, expect, it } from 'vitest';
import { convertTflite } from '../../../src/inference/tflite/convert.ts';
import type { TfliteModel } from '../../../src/inference/tflite/types.ts';
import { floats, largestDifference, runModel, runOperator, size } from './harness.ts';
import { array4, conv2d, depthwiseConv2d, outputShape, pad, pool, transposedConv2d, type Window } from './reference.ts';

/** float32 sums in another order. */
const TOLERANCE = 1e-5;

const windows: [string, Window][] = [
  ['same padding, odd size, stride 2', { kernel: [3, 3], strides: [2, 2], dilations: [1, 1], padding: 'same' }],
  ['same padding, even kernel', { kernel: [2, 4], strides: [1, 2], dilations: [1, 1], padding: 'same' }],
  ['valid padding, different strides', { kernel: [3, 2], strides: [1, 2], dilations: [1, 1], padding: 'valid' }],
  ['dilated', { kernel: [3, 3], strides: [1, 1], dilations: [2, 1], padding: 'same' }],
];

const input = floats([1, 7, 9, 4], 1);
const image = array4([1, 7, 9, 4], input.data);

describe.each(windows)('convolutions, %s', (_name, window) => {
  const options = {
    padding: window.padding,
    strides: window.strides,
    dilations: window.dilations,
    activation: 'none' as const,
  };

  it('CONV_2D', async () => {
    const weights = floats([6, ...window.kernel, 4], 2);
    const bias = floats([6], 3);
    const expected = conv2d(
      image,
      array4(weights.shape as [number, number, number, number], weights.data),
      bias.data,
      window,
    );
    const actual = await runOperator(
      { kind: 'CONV_2D', options },
      [input, { constant: weights }, { constant: bias }],
      outputShape(image.shape, 6, window),
    );
    expect(largestDifference(actual, expected.data)).toBeLessThan(TOLERANCE);
  });

  it.each([1, 2])('DEPTHWISE_CONV_2D, %i filters per channel', async multiplier => {
    const weights = floats([1, ...window.kernel, 4 * multiplier], 4);
    const bias = floats([4 * multiplier], 5);
    const filters = array4(weights.shape as [number, number, number, number], weights.data);
    const expected = depthwiseConv2d(image, filters, bias.data, window);
    const actual = await runOperator(
      { kind: 'DEPTHWISE_CONV_2D', options },
      [input, { constant: weights }, { constant: bias }],
      expected.shape,
    );
    expect(largestDifference(actual, expected.data)).toBeLessThan(TOLERANCE);
  });
});

describe.each(windows.filter(([, window]) => window.dilations[0] === 1))('pools, %s', (_name, window) => {
  it.each(['max', 'average'] as const)('%s pool', async kind => {
    const expected = pool(image, window, kind);
    const actual = await runOperator(
      {
        kind: kind === 'max' ? 'MAX_POOL_2D' : 'AVERAGE_POOL_2D',
        options: { kernel: window.kernel, strides: window.strides, padding: window.padding, activation: 'none' },
      },
      [input],
      expected.shape,
    );
    expect(largestDifference(actual, expected.data)).toBeLessThan(TOLERANCE);
  });
});

describe('a picture with zeros around it', () => {
  const amounts = [0, 0, 1, 2, 0, 3, 0, 0];
  const surrounded = pad(image, amounts);
  const window: Window = { kernel: [3, 3], strides: [2, 2], dilations: [1, 1], padding: 'valid' };
  const weights = floats([4, 3, 3, 4], 6);
  const filters = array4([4, 3, 3, 4], weights.data);
  const bytes = (values: Float32Array | Int32Array) => new Uint8Array(values.buffer);
  /** 0 padded by 1 into 2, convolved by 3 into 4, and 2 as it is multiplied by itself into 5. */
  const model = (padding: 'valid' | 'same'): TfliteModel => ({
    tensors: [
      { name: 'picture', shape: image.shape, type: 'float32' },
      { name: 'amounts', shape: [4, 2], type: 'int32', data: bytes(Int32Array.from(amounts)) },
      { name: 'surrounded', shape: surrounded.shape, type: 'float32' },
      { name: 'weights', shape: [4, 3, 3, 4], type: 'float32', data: bytes(weights.data) },
      { name: 'convolved', shape: outputShape(surrounded.shape, 4, { ...window, padding }), type: 'float32' },
      { name: 'squared', shape: surrounded.shape, type: 'float32' },
    ],
    operators: [
      { kind: 'PAD', inputs: [0, 1], outputs: [2], options: {} },
      { kind: 'CONV_2D', inputs: [2, 3], outputs: [4], options: { ...window, padding, activation: 'none' } },
      { kind: 'MUL', inputs: [2, 2], outputs: [5], options: { activation: 'none' } },
    ],
    inputs: [0],
    outputs: [4],
  });
  const countOf = (from: string): number => {
    const bytes = convertTflite(model('valid'), { name: 'test', inputs: ['x'], outputs: [{ name: 'y', from }] });
    return onnxProto.onnx.ModelProto.decode(bytes).graph?.node?.filter(({ opType }) => opType === 'Pad').length ?? 0;
  };

  it.each(['valid', 'same'] as const)('is convolved, %s', async padding => {
    const expected = conv2d(surrounded, filters, new Float32Array(4), { ...window, padding });
    const actual = await runModel(model(padding), [input], 'convolved');
    expect(largestDifference(actual, expected.data)).toBeLessThan(TOLERANCE);
  });

  it('is there for operators that are no convolutions', async () => {
    const actual = await runModel(model('valid'), [input], 'squared');
    expect(
      largestDifference(
        actual,
        surrounded.data.map(value => value * value),
      ),
    ).toBeLessThan(TOLERANCE);
  });

  it('costs a convolution no node of its own', () => {
    expect([countOf('convolved'), countOf('squared')]).toEqual([0, 1]);
  });
});

describe('convolution details', () => {
  it('AVERAGE_POOL_2D over the whole picture', async () => {
    const window: Window = { kernel: [7, 9], strides: [7, 9], dilations: [1, 1], padding: 'valid' };
    const actual = await runOperator(
      { kind: 'AVERAGE_POOL_2D', options: { kernel: [7, 9], strides: [7, 9], padding: 'valid', activation: 'none' } },
      [input],
      [1, 1, 1, 4],
    );
    expect(largestDifference(actual, pool(image, window, 'average').data)).toBeLessThan(TOLERANCE);
  });

  it.each([
    ['relu', (v: number) => Math.max(v, 0)],
    ['relu6', (v: number) => Math.min(Math.max(v, 0), 6)],
  ] as const)('fused activation %s', async (activation, apply) => {
    const window: Window = { kernel: [1, 1], strides: [1, 1], dilations: [1, 1], padding: 'valid' };
    const weights = floats([3, 1, 1, 4], 6);
    const strong = { shape: weights.shape, data: weights.data.map(v => v * 20) };
    const bias = floats([3], 7);
    const expected = conv2d(image, array4([3, 1, 1, 4], strong.data), bias.data, window).data.map(apply);
    const actual = await runOperator(
      { kind: 'CONV_2D', options: { padding: 'valid', strides: [1, 1], dilations: [1, 1], activation } },
      [input, { constant: strong }, { constant: bias }],
      [1, 7, 9, 3],
    );
    expect(Math.max(...expected)).toBeGreaterThan(activation === 'relu6' ? 5.99 : 6);
    expect(largestDifference(actual, expected)).toBeLessThan(TOLERANCE);
  });

  it.each([
    { kernel: [2, 2], strides: [2, 2], to: [14, 18] },
    { kernel: [3, 3], strides: [2, 2], to: [14, 18] },
    { kernel: [4, 3], strides: [2, 1], to: [14, 9] },
  ] as const)('Convolution2DTransposeBias $kernel by $strides', async ({ kernel, strides, to }) => {
    const weights = floats([5, ...kernel, 4], 8);
    const bias = floats([5], 9);
    const filters = array4(weights.shape as [number, number, number, number], weights.data);
    const expected = transposedConv2d(image, filters, bias.data, [...strides], [...to]);
    const actual = await runOperator(
      { kind: 'Convolution2DTransposeBias', options: { strides: [...strides] } },
      [input, { constant: weights }, { constant: bias }],
      [1, ...to, 5],
    );
    expect(size(expected.shape)).toBe(actual.length);
    expect(largestDifference(actual, expected.data)).toBeLessThan(TOLERANCE);
  });
});
