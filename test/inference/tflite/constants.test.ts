import { describe, expect, it } from 'vitest';
import { constantFinder, densify, halfToNumber } from '../../../src/inference/tflite/constants.ts';
import { permute } from '../../../src/inference/tflite/layout.ts';
import type { TfliteModel } from '../../../src/inference/tflite/types.ts';

describe('half precision', () => {
  it.each([
    [0x0000, 0],
    [0x3c00, 1],
    [0xc000, -2],
    [0x3555, 0.333251953125],
    [0x7bff, 65504],
    [0x0400, 2 ** -14],
    [0x0001, 2 ** -24],
    [0x7c00, Number.POSITIVE_INFINITY],
    [0xfc00, Number.NEGATIVE_INFINITY],
    [0x7e00, Number.NaN],
  ])('bits %i are %d', (bits, value) => {
    expect(halfToNumber(bits)).toBe(value);
  });
});

describe('sparse constants', () => {
  it('unpacks compressed rows', () => {
    const sparsity = {
      traversalOrder: [0, 1],
      blockMap: [],
      dimensions: [
        { format: 'dense' as const, size: 3 },
        { format: 'compressed' as const, segments: [0, 2, 2, 3], indices: [0, 3, 1] },
      ],
    };
    const dense = densify([3, 4], sparsity, Float32Array.from([1, 2, 3]));
    expect([...dense]).toEqual([1, 0, 0, 2, 0, 0, 0, 0, 0, 3, 0, 0]);
  });

  it('unpacks 2 × 2 blocks', () => {
    // Two block rows of two blocks; only the top left and the bottom right block are stored.
    const sparsity = {
      traversalOrder: [0, 1, 2, 3],
      blockMap: [0, 1],
      dimensions: [
        { format: 'dense' as const, size: 2 },
        { format: 'compressed' as const, segments: [0, 1, 2], indices: [0, 1] },
        { format: 'dense' as const, size: 2 },
        { format: 'dense' as const, size: 2 },
      ],
    };
    const dense = densify([4, 4], sparsity, Float32Array.from([1, 2, 3, 4, 5, 6, 7, 8]));
    expect([...dense]).toEqual([1, 2, 0, 0, 3, 4, 0, 0, 0, 0, 5, 6, 0, 0, 7, 8]);
  });

  it('follows DEQUANTIZE and DENSIFY back to the stored numbers', () => {
    const sparsity = {
      traversalOrder: [0],
      blockMap: [],
      dimensions: [{ format: 'compressed' as const, segments: [0, 1], indices: [2] }],
    };
    const model: TfliteModel = {
      tensors: [
        { name: 'packed', shape: [4], type: 'float16', data: Uint8Array.from([0x00, 0x3c]), sparsity },
        { name: 'dense', shape: [4], type: 'float16' },
        { name: 'wide', shape: [4], type: 'float32' },
      ],
      operators: [
        { kind: 'DENSIFY', inputs: [0], outputs: [1], options: {} },
        { kind: 'DEQUANTIZE', inputs: [1], outputs: [2], options: {} },
      ],
      inputs: [],
      outputs: [2],
    };
    expect([...(constantFinder(model)(2)?.values ?? [])]).toEqual([0, 0, 1, 0]);
  });
});

it('permute reorders axes', () => {
  const values = Float32Array.from({ length: 24 }, (_, i) => i);
  const moved = permute(values, [1, 2, 3, 4], [0, 3, 1, 2]);
  expect([...moved.slice(0, 7)]).toEqual([0, 4, 8, 12, 16, 20, 1]);
  expect([...permute(moved, [1, 4, 2, 3], [0, 2, 3, 1])]).toEqual([...values]);
});
