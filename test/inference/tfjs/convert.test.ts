import * as ort from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { convertTfjs } from '../../../src/inference/tfjs/convert.ts';
import { floats, largestDifference, size } from '../tflite/harness.ts';
import { array4, conv2d, depthwiseConv2d, spatialMean, type Window } from '../tflite/reference.ts';

type Weight = { name: string; values: Float32Array; shape: number[] };
type Node = { name: string; op: string; input: string[]; attr: object };

/** A model.json and its weight file. */
function graphModel(nodes: Node[], weights: Weight[]): [Uint8Array, Uint8Array] {
  const file = {
    modelTopology: { node: nodes },
    weightsManifest: [{ weights: weights.map(({ name, shape }) => ({ name, shape, dtype: 'float32' })) }],
  };
  const binary = new Float32Array(weights.flatMap(({ values }) => [...values]));
  return [new TextEncoder().encode(JSON.stringify(file)), new Uint8Array(binary.buffer)];
}

const convolutionAttributes = (padding: string, stride: number) => ({
  padding: { s: Buffer.from(padding).toString('base64') },
  strides: { list: { i: ['1', `${stride}`, `${stride}`, '1'] } },
  dilations: { list: { i: ['1', '1', '1', '1'] } },
});
const placeholder = {
  name: 'in',
  op: 'Placeholder',
  input: [],
  attr: { shape: { shape: { dim: [-1, 6, 7, 2].map(n => ({ size: `${n}` })) } } },
};

async function run(
  nodes: Node[],
  weights: Weight[],
  from: string,
  shape: number[],
  input: Float32Array,
): Promise<Float32Array> {
  const [json, binary] = graphModel(nodes, weights);
  const bytes = convertTfjs(json, binary, { name: 'test', input: 'image', outputs: [{ name: 'out', from, shape }] });
  const session = await ort.InferenceSession.create(bytes, { logSeverityLevel: 3 });
  const planes = Float32Array.from({ length: 84 }, (_, i) => input[(i % 42) * 2 + Math.floor(i / 42)]);
  const { out } = await session.run({ image: new ort.Tensor('float32', planes, [1, 2, 6, 7]) });
  await session.release();
  return out.data as Float32Array;
}

describe('TensorFlow.js graph models', () => {
  const input = floats([1, 6, 7, 2], 41);
  const image = array4([1, 6, 7, 2], input.data);

  it('convolution, scale, offset, clipped activation, depthwise convolution, mean', async () => {
    const kernel = floats([3, 3, 2, 4], 42);
    const scale = floats([4], 43);
    const offset = floats([4], 44);
    const depthwise = floats([3, 3, 4, 1], 45);
    const nodes: Node[] = [
      placeholder,
      { name: 'conv', op: 'Conv2D', input: ['in', 'kernel'], attr: convolutionAttributes('SAME', 2) },
      { name: 'scaled', op: 'Mul', input: ['conv', 'scale'], attr: {} },
      { name: 'moved', op: 'Add', input: ['scaled:0', 'offset'], attr: {} },
      { name: 'relu', op: 'Relu', input: ['moved'], attr: {} },
      { name: 'low', op: 'Minimum', input: ['relu', 'six'], attr: {} },
      { name: 'clip', op: 'Maximum', input: ['low', 'zero'], attr: {} },
      {
        name: 'depth',
        op: 'DepthwiseConv2dNative',
        input: ['clip', 'depthwise'],
        attr: convolutionAttributes('VALID', 1),
      },
      { name: 'mean', op: 'Mean', input: ['depth', 'axes'], attr: { keep_dims: { b: false } } },
    ];
    const weights: Weight[] = [
      { name: 'kernel', values: kernel.data, shape: kernel.shape },
      { name: 'scale', values: scale.data, shape: [4] },
      { name: 'offset', values: offset.data, shape: [4] },
      { name: 'six', values: Float32Array.from([0.6]), shape: [] },
      { name: 'zero', values: Float32Array.from([0]), shape: [] },
      { name: 'depthwise', values: depthwise.data, shape: depthwise.shape },
      { name: 'axes', values: Float32Array.from([1, 2]), shape: [2] },
    ];
    // The reference wants [out, height, width, in] and [1, height, width, channels].
    const filters = array4(
      [4, 3, 3, 2],
      Float32Array.from({ length: 72 }, (_, i) => kernel.data[(i % 18) * 4 + Math.floor(i / 18)]),
    );
    const same: Window = { kernel: [3, 3], strides: [2, 2], dilations: [1, 1], padding: 'same' };
    const first = conv2d(image, filters, new Float32Array(4), same);
    const normalised = first.data.map((v, i) => Math.min(0.6, Math.max(0, v * scale.data[i % 4] + offset.data[i % 4])));
    const valid: Window = { kernel: [3, 3], strides: [1, 1], dilations: [1, 1], padding: 'valid' };
    const second = depthwiseConv2d(
      array4(first.shape, normalised),
      array4([1, 3, 3, 4], depthwise.data),
      new Float32Array(4),
      valid,
    );

    const actual = await run(nodes, weights, 'mean', [1, 4], input.data);
    expect(size(second.shape)).toBe(8);
    expect(largestDifference(actual, spatialMean(second))).toBeLessThan(1e-5);
  });

  it('minimum and maximum on their own', async () => {
    const nodes: Node[] = [
      placeholder,
      { name: 'min', op: 'Minimum', input: ['in', 'high'], attr: {} },
      { name: 'max', op: 'Maximum', input: ['min', 'low'], attr: {} },
      { name: 'mean', op: 'Mean', input: ['max', 'axes'], attr: {} },
    ];
    const weights: Weight[] = [
      { name: 'high', values: Float32Array.from([0.25]), shape: [] },
      { name: 'low', values: Float32Array.from([-0.5]), shape: [] },
      { name: 'axes', values: Float32Array.from([1, 2]), shape: [2] },
    ];
    const clipped = array4(
      [1, 6, 7, 2],
      input.data.map(v => Math.max(-0.5, Math.min(0.25, v))),
    );
    expect(largestDifference(await run(nodes, weights, 'mean', [1, 2], input.data), spatialMean(clipped))).toBeLessThan(
      1e-5,
    );
  });

  it('refuses operators that it does not know', () => {
    const [json, binary] = graphModel([placeholder, { name: 'soft', op: 'Softmax', input: ['in'], attr: {} }], []);
    const convert = () =>
      convertTfjs(json, binary, {
        name: 'test',
        input: 'image',
        outputs: [{ name: 'out', from: 'soft', shape: [1, 2] }],
      });
    expect(convert).toThrow(/operator Softmax/);
  });
});
