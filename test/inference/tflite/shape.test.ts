import { describe, expect, it } from 'vitest';
import { floats, integers, largestDifference, runOperator } from './harness.ts';
import * as reference from './reference.ts';

const TOLERANCE = 1e-5;
const shape: [number, number, number, number] = [1, 4, 6, 8];
const input = floats(shape, 21);
const image = reference.array4(shape, input.data);

describe('shape operators', () => {
  it('PAD around the picture and behind the channels', async () => {
    const amounts = [0, 0, 1, 2, 0, 3, 0, 4];
    const expected = reference.pad(image, amounts);
    const actual = await runOperator(
      { kind: 'PAD', options: {} },
      [input, { constant: integers([4, 2], amounts) }],
      expected.shape,
    );
    expect(largestDifference(actual, expected.data)).toBe(0);
  });

  it('PAD that doubles the channels', async () => {
    const amounts = [0, 0, 0, 0, 0, 0, 0, 8];
    const expected = reference.pad(image, amounts);
    const actual = await runOperator(
      { kind: 'PAD', options: {} },
      [input, { constant: integers([4, 2], amounts) }],
      expected.shape,
    );
    expect(largestDifference(actual, expected.data)).toBe(0);
  });

  it.each([
    ['asymmetric', {}],
    ['half-pixel', { halfPixelCenters: true }],
    ['align-corners', { alignCorners: true }],
  ] as const)('RESIZE_BILINEAR, %s', async (mode, flags) => {
    const expected = reference.resizeBilinear(image, [8, 15], mode);
    const actual = await runOperator(
      { kind: 'RESIZE_BILINEAR', options: { alignCorners: false, halfPixelCenters: false, ...flags } },
      [input, { constant: integers([2], [8, 15]) }],
      expected.shape,
    );
    expect(largestDifference(actual, expected.data)).toBeLessThan(TOLERANCE);
  });

  it.each([[[1, 24, 8]], [[1, 192]], [[1, 8, 3, 8]], [[1, 2, 12, 8]]])(
    'RESHAPE to %j keeps channels-last order',
    async to => {
      const actual = await runOperator({ kind: 'RESHAPE', options: {} }, [input], to);
      expect(largestDifference(actual, input.data)).toBe(0);
    },
  );

  it('RESHAPE from points to a picture', async () => {
    const points = floats([1, 12, 4], 22);
    const actual = await runOperator({ kind: 'RESHAPE', options: {} }, [points], [1, 3, 4, 4]);
    expect(largestDifference(actual, points.data)).toBe(0);
  });

  it.each([1, 2, 3, -1])('CONCATENATION along axis %i', async axis => {
    const other = floats(shape, 23);
    const expected = reference.concatenation([image, reference.array4(shape, other.data)], axis < 0 ? axis + 4 : axis);
    const actual = await runOperator(
      { kind: 'CONCATENATION', options: { axis, activation: 'none' } },
      [input, other],
      expected.shape,
    );
    expect(largestDifference(actual, expected.data)).toBe(0);
  });

  it('CONCATENATION of point lists', async () => {
    const a = floats([1, 2, 3], 24);
    const b = floats([1, 4, 3], 25);
    const actual = await runOperator(
      { kind: 'CONCATENATION', options: { axis: 1, activation: 'none' } },
      [a, b],
      [1, 6, 3],
    );
    expect(largestDifference(actual, [...a.data, ...b.data])).toBe(0);
  });

  it('STRIDED_SLICE with masks and steps', async () => {
    const expected = reference.stridedSlice(image, [0, 1, 0, 2], [1, 4, 6, 7], [1, 1, 2, 3]);
    const constants = [
      [0, 1, 5, 2],
      [0, 4, 5, 7],
      [1, 1, 2, 3],
    ].map(values => ({ constant: integers([4], values) }));
    const actual = await runOperator(
      { kind: 'STRIDED_SLICE', options: { beginMask: 0b0100, endMask: 0b0101 } },
      [input, ...constants],
      expected.shape,
    );
    expect(largestDifference(actual, expected.data)).toBe(0);
  });

  it('DEPTH_TO_SPACE', async () => {
    const expected = reference.depthToSpace(image, 2);
    const actual = await runOperator({ kind: 'DEPTH_TO_SPACE', options: { blockSize: 2 } }, [input], expected.shape);
    expect(largestDifference(actual, expected.data)).toBe(0);
  });

  it.each([[[1, 192]], [[1, 4, 6, 8]], [[1, 24, 8]]])('FULLY_CONNECTED from %j', async from => {
    const flat = floats(from, 26);
    const weights = floats([5, 192], 27);
    const bias = floats([5], 28);
    const actual = await runOperator(
      { kind: 'FULLY_CONNECTED', options: { activation: 'none' } },
      [flat, { constant: weights }, { constant: bias }],
      [1, 5],
    );
    expect(largestDifference(actual, reference.fullyConnected(flat.data, weights.data, bias.data))).toBeLessThan(
      TOLERANCE,
    );
  });
});
