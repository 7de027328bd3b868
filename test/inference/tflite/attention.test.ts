import { describe, expect, it } from 'vitest';
import { floats, largestDifference, runOperator } from './harness.ts';
import { array4, sample } from './reference.ts';

/** A region whose pixels step by `scale`, turned by `angle`, with pixel (0, 0) at `origin`. */
function regionMatrix(angle: number, scale: [number, number], origin: [number, number]): Float32Array {
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  return Float32Array.from([
    ...[cos * scale[0], -sin * scale[1], 0, origin[0]],
    ...[sin * scale[0], cos * scale[1], 0, origin[1]],
    ...[0, 0, 1, 0],
    ...[0, 0, 0, 1],
  ]);
}

const place = (matrix: Float32Array, x: number, y: number): [number, number] => [
  matrix[0] * x + matrix[1] * y + matrix[3],
  matrix[4] * x + matrix[5] * y + matrix[7],
];

describe('attention mesh operators', () => {
  it.each([0, 0.3, -1.2, 3])('Landmarks2TransformMatrix finds a rectangle turned by %d', async angle => {
    // Corners and middle of a 30 × 10 rectangle around (40, 25), and one landmark outside the subset.
    const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
    const corners = [
      [-15, 0],
      [15, 0],
      [-15, -5],
      [15, 5],
      [0, 0],
      [100, 100],
    ];
    const landmarks = corners.flatMap(([x, y]) => [40 + x * cos - y * sin, 25 + x * sin + y * cos, 7]);
    const actual = await runOperator(
      {
        kind: 'Landmarks2TransformMatrix',
        options: { subset: [0, 1, 2, 3, 4], leftRotation: 0, rightRotation: 1, scale: [1.5, 2], output: [16, 8] },
      },
      [{ shape: [1, 6, 3], data: Float32Array.from(landmarks) }],
      [1, 4, 4],
    );
    const step: [number, number] = [(30 * 1.5) / 16, (10 * 2) / 8];
    const origin: [number, number] = [
      40 - 8 * step[0] * cos + 4 * step[1] * sin,
      25 - 8 * step[0] * sin - 4 * step[1] * cos,
    ];
    expect(largestDifference(actual, regionMatrix(angle, step, origin))).toBeLessThan(1e-4);
  });

  it.each([0, 0.4])('TransformTensorBilinear samples a region turned by %d, zero outside', async angle => {
    const features = floats([1, 9, 12, 3], 31);
    const image = array4([1, 9, 12, 3], features.data);
    const matrix = regionMatrix(angle, [1.3, 0.9], [2.2, -2.6]);
    const expected = new Float32Array(6 * 5 * 3);
    for (let i = 0; i < expected.length; i += 1) {
      const pixel = Math.floor(i / 3);
      expected[i] = sample(image, ...place(matrix, (pixel % 5) + 0.5, Math.floor(pixel / 5) + 0.5), i % 3);
    }
    const actual = await runOperator(
      { kind: 'TransformTensorBilinear', options: {} },
      [features, { shape: [1, 4, 4], data: matrix }],
      [1, 6, 5, 3],
    );
    expect(expected.some(v => v === 0)).toBe(true);
    expect(largestDifference(actual, expected)).toBeLessThan(1e-5);
  });

  it('TransformLandmarks takes points of a region to the picture', async () => {
    const points = floats([1, 7, 2], 32);
    const matrix = regionMatrix(0.7, [2, 3], [10, 20]);
    const actual = await runOperator(
      { kind: 'TransformLandmarks', options: {} },
      [points, { shape: [1, 4, 4], data: matrix }],
      [1, 7, 2],
    );
    const expected = Array.from({ length: 7 }, (_, i) =>
      place(matrix, points.data[2 * i], points.data[2 * i + 1]),
    ).flat();
    expect(largestDifference(actual, expected)).toBeLessThan(1e-5);
  });
});
