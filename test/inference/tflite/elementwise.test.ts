import { describe, expect, it } from 'vitest';
import type { Operator } from '../../../src/inference/tflite/types.ts';
import { floats, largestDifference, runOperator } from './harness.ts';
import { array4, broadcast, spatialMean } from './reference.ts';

const TOLERANCE = 1e-5;
const shape: [number, number, number, number] = [1, 3, 5, 4];
const input = floats(shape, 11);
const image = array4(shape, input.data);

describe('two operands', () => {
  const kinds = [
    ['ADD', (a: number, b: number) => a + b],
    ['MUL', (a: number, b: number) => a * b],
  ] as const;

  it.each(kinds)('%s of two computed tensors', async (kind, op) => {
    const other = floats(shape, 12);
    const actual = await runOperator({ kind, options: { activation: 'none' } }, [input, other], shape);
    expect(largestDifference(actual, broadcast(image, other.data, shape, op).data)).toBeLessThan(TOLERANCE);
  });

  it.each(
    kinds.flatMap(([kind, op]) =>
      [[4], [1], [5, 4], [3, 1, 4], [1, 3, 5, 1]].map(constantShape => [kind, constantShape, op] as const),
    ),
  )('%s of a constant of shape %j', async (kind, constantShape, op) => {
    const other = floats(constantShape, 13);
    const actual = await runOperator({ kind, options: { activation: 'none' } }, [input, { constant: other }], shape);
    expect(largestDifference(actual, broadcast(image, other.data, constantShape, op).data)).toBeLessThan(TOLERANCE);
  });

  it('of rank 3', async () => {
    const points = floats([1, 6, 3], 14);
    const offsets = floats([6, 1], 15);
    const actual = await runOperator(
      { kind: 'ADD', options: { activation: 'none' } },
      [points, { constant: offsets }],
      [1, 6, 3],
    );
    const expected = points.data.map((v, i) => v + offsets.data[Math.floor(i / 3)]);
    expect(largestDifference(actual, expected)).toBeLessThan(TOLERANCE);
  });

  it('activates after adding', async () => {
    const other = floats(shape, 16);
    const actual = await runOperator({ kind: 'ADD', options: { activation: 'relu' } }, [input, other], shape);
    const expected = broadcast(image, other.data, shape, (a, b) => Math.max(a + b, 0)).data;
    expect(largestDifference(actual, expected)).toBeLessThan(TOLERANCE);
  });
});

describe('one operand', () => {
  const wide = { shape, data: input.data.map(v => v * 8) };
  it.each([
    ['RELU', (v: number) => Math.max(v, 0)],
    ['LOGISTIC', (v: number) => 1 / (1 + Math.exp(-v))],
    ['HARD_SWISH', (v: number) => (v * Math.min(Math.max(v + 3, 0), 6)) / 6],
  ] as const)('%s', async (kind, apply) => {
    const actual = await runOperator({ kind, options: {} } as Omit<Operator, 'inputs' | 'outputs'>, [wide], shape);
    expect(largestDifference(actual, wide.data.map(apply))).toBeLessThan(TOLERANCE);
  });

  it('PRELU with a slope per channel, also negative and above one', async () => {
    const slopes = { shape: [1, 1, 4], data: Float32Array.from([0.25, -0.5, 1.5, 0]) };
    const actual = await runOperator({ kind: 'PRELU', options: {} }, [wide, { constant: slopes }], shape);
    const expected = wide.data.map((v, i) => (v < 0 ? v * slopes.data[i % 4] : v));
    expect(largestDifference(actual, expected)).toBeLessThan(TOLERANCE);
  });

  it.each([true, false])('MEAN over height and width, dimensions kept: %s', async keepDimensions => {
    const axes = { shape: [2], data: Int32Array.from([1, 2]) };
    const actual = await runOperator(
      { kind: 'MEAN', options: { keepDimensions } },
      [input, { constant: axes }],
      keepDimensions ? [1, 1, 1, 4] : [1, 4],
    );
    expect(largestDifference(actual, spatialMean(image))).toBeLessThan(TOLERANCE);
  });

  it('refuses a mean that would reorder what is left', async () => {
    const axes = { shape: [1], data: Int32Array.from([1]) };
    const run = runOperator(
      { kind: 'MEAN', options: { keepDimensions: false } },
      [input, { constant: axes }],
      [1, 5, 4],
    );
    await expect(run).rejects.toThrow(/does not know/);
  });
});
