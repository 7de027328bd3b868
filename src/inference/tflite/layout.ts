import type { Dimension } from '../onnx-graph.ts';

/**
 * Pictures are channels-last (NHWC) in TensorFlow and channels-first (NCHW) in ONNX. The converter keeps one rule: a tensor of rank 4 is
 * NCHW inside the ONNX graph, every other rank is as it was.
 */
export const TO_NCHW = [0, 3, 1, 2] as const;
export const TO_NHWC = [0, 2, 3, 1] as const;

/** Where each NHWC axis ends up. */
const AXIS_IN_NCHW = [0, 2, 3, 1] as const;

/** The axis of a converted tensor that was `axis` (may be negative) in the source. */
export function convertedAxis(axis: number, rank: number): number {
  const positive = axis < 0 ? axis + rank : axis;
  return rank === 4 ? AXIS_IN_NCHW[positive] : positive;
}

/** The shape that a converted tensor has. */
export function convertedShape<Length extends Dimension>(shape: readonly Length[]): Length[] {
  return shape.length === 4 ? TO_NCHW.map(axis => shape[axis]) : [...shape];
}

/** Reorders a row-major array of rank 4: result axis `k` is source axis `order[k]`. */
export function permute(values: Float32Array, shape: readonly number[], order: readonly number[]): Float32Array {
  const strides = [shape[1] * shape[2] * shape[3], shape[2] * shape[3], shape[3], 1];
  const [n0, n1, n2, n3] = order.map(axis => shape[axis]);
  const [s0, s1, s2, s3] = order.map(axis => strides[axis]);
  const result = new Float32Array(values.length);
  let at = 0;
  for (let a = 0; a < n0; a += 1)
    for (let b = 0; b < n1; b += 1)
      for (let c = 0; c < n2; c += 1)
        for (let d = 0; d < n3; d += 1) {
          result[at] = values[a * s0 + b * s1 + c * s2 + d * s3];
          at += 1;
        }
  return result;
}
