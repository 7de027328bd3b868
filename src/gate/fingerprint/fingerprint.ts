import type { Rational } from '../../clip.ts';

/** Cells of one view of a frame: 16 × 9 means of luma. */
export const VIEW = { columns: 16, rows: 9 } as const;
export const CELLS = VIEW.columns * VIEW.rows;

/**
 * What frames look like, coarsely and without their level and contrast: grading, scaling and re-encoding leave it nearly
 * as it is. Two views per frame: the whole picture, and the part inside black bars.
 */
export interface Fingerprint {
  /** Nominal rate, for aligning material of another rate. */
  fps: Rational;
  frames: number;
  /** {@link CELLS} per frame: mean 0, length 1; all zero where the picture is flat. */
  whole: Float32Array;
  inside: Float32Array;
}

/** Version of the measurement; kept fingerprints of another one are measured anew. */
export const FINGERPRINT_VERSION = 1;

/** Correlation of one frame's view with another's, −1 … 1; 0 where either is flat. */
export function correlation(a: Float32Array, i: number, b: Float32Array, k: number): number {
  let sum = 0;
  for (let p = i * CELLS, q = k * CELLS, end = p + CELLS; p < end; p++, q++) sum += a[p] * b[q];
  return sum;
}

export const isFlat = (view: Float32Array, frame: number): boolean => {
  for (let p = frame * CELLS, end = p + CELLS; p < end; p++) if (view[p] !== 0) return false;
  return true;
};
