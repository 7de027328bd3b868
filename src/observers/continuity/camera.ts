import { CELL_VALUE, CELL_VALUES } from '../flow/dense-flow.ts';

/** Affine map of picture coordinates: x' = a·x + b·y + c, y' = d·x + e·y + f, in pixels. */
export type Affine = [a: number, b: number, c: number, d: number, e: number, f: number];

export const IDENTITY: Affine = [1, 0, 0, 0, 1, 0];

/** What the camera did between two pictures. */
export interface CameraFit {
  /** Takes a place in the earlier picture to its place in the later one. */
  motion: Affine;
  /** Share of cells with texture that move with the camera, 0–1. */
  share: number;
}

/** Passes of reweighting; least scale of the residuals in pixels; distance within which a cell moves with the camera. */
const PASSES = 4;
const LEAST_SCALE = 0.3;
const WITH_CAMERA = 1;
/** Standard deviation in code values at which a cell's texture counts fully. */
const FULL_TEXTURE = 6;
/** Share of cells below which nothing is known of the camera. */
const LEAST_SHARE = 0.25;

/**
 * Robust affine fit to the mean flow of cells: iterative reweighting with Geman–McClure weights, so that objects of less
 * than about half the picture do not pull at it. The identity when too few cells agree.
 *
 * @param cells from `DenseFlow.compare`, `columns` × `rows`
 * @param cell pixels a side of a cell
 */
export function fitCamera(cells: Float32Array, columns: number, rows: number, cell: number): CameraFit {
  const count = columns * rows;
  // Unknowns: offset and slopes of u and v over coordinates scaled to about −1 … 1.
  const scaleX = 2 / Math.max(1, columns);
  const scaleY = 2 / Math.max(1, rows);
  const prior = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    const texture = Math.sqrt(cells[i * CELL_VALUES + CELL_VALUE.varianceFrom]);
    prior[i] = (0.05 + Math.min(1, texture / FULL_TEXTURE)) * cells[i * CELL_VALUES + CELL_VALUE.inside];
  }
  const distances = new Float64Array(count);
  const weights = prior.slice();
  let u = [0, 0, 0];
  let v = [0, 0, 0];
  for (let pass = 0; pass < PASSES; pass++) {
    let sw = 1e-3;
    let sx = 0;
    let sy = 0;
    let sxx = 1e-3;
    let sxy = 0;
    let syy = 1e-3;
    const bu = [0, 0, 0];
    const bv = [0, 0, 0];
    for (let i = 0; i < count; i++) {
      const w = weights[i];
      const x = ((i % columns) + 0.5) * scaleX - 1;
      const y = (Math.floor(i / columns) + 0.5) * scaleY - 1;
      const du = cells[i * CELL_VALUES + CELL_VALUE.u];
      const dv = cells[i * CELL_VALUES + CELL_VALUE.v];
      sw += w;
      sx += w * x;
      sy += w * y;
      sxx += w * x * x;
      sxy += w * x * y;
      syy += w * y * y;
      bu[0] += w * du;
      bu[1] += w * du * x;
      bu[2] += w * du * y;
      bv[0] += w * dv;
      bv[1] += w * dv * x;
      bv[2] += w * dv * y;
    }
    const matrix = [sw, sx, sy, sxx, sxy, syy];
    u = solve(matrix, bu);
    v = solve(matrix, bv);
    for (let i = 0; i < count; i++) {
      const x = ((i % columns) + 0.5) * scaleX - 1;
      const y = (Math.floor(i / columns) + 0.5) * scaleY - 1;
      const ru = cells[i * CELL_VALUES + CELL_VALUE.u] - (u[0] + u[1] * x + u[2] * y);
      const rv = cells[i * CELL_VALUES + CELL_VALUE.v] - (v[0] + v[1] * x + v[2] * y);
      distances[i] = Math.sqrt(ru * ru + rv * rv);
    }
    const scale = Math.max(LEAST_SCALE, 1.48 * weightedMedian(distances, prior));
    for (let i = 0; i < count; i++) weights[i] = prior[i] / (1 + (distances[i] / scale) ** 2) ** 2;
  }
  let near = 0;
  let all = 1e-6;
  for (let i = 0; i < count; i++) {
    all += prior[i];
    if (distances[i] < WITH_CAMERA) near += prior[i];
  }
  const share = near / all;
  if (!(share >= LEAST_SHARE)) return { motion: IDENTITY, share: share || 0 };
  const perX = scaleX / cell;
  const perY = scaleY / cell;
  const motion: Affine = [
    1 + u[1] * perX,
    u[2] * perY,
    u[0] - u[1] - u[2],
    v[1] * perX,
    1 + v[2] * perY,
    v[0] - v[1] - v[2],
  ];
  return { motion, share };
}

/** First `b`, then `a`. */
export const compose = (a: Affine, b: Affine): Affine => [
  a[0] * b[0] + a[1] * b[3],
  a[0] * b[1] + a[1] * b[4],
  a[0] * b[2] + a[1] * b[5] + a[2],
  a[3] * b[0] + a[4] * b[3],
  a[3] * b[1] + a[4] * b[4],
  a[3] * b[2] + a[4] * b[5] + a[5],
];

/** The way back; the identity for a map that flattens the picture. */
export function invert([a, b, c, d, e, f]: Affine): Affine {
  const determinant = a * e - b * d;
  if (Math.abs(determinant) < 0.05) return IDENTITY;
  const [ia, ib, id, ie] = [e / determinant, -b / determinant, -d / determinant, a / determinant];
  return [ia, ib, -(ia * c + ib * f), id, ie, -(id * c + ie * f)];
}

/** Solves a symmetric system of three, given as [11, 12, 13, 22, 23, 33], by Cramer's rule. */
function solve([a, b, c, d, e, f]: number[], [x, y, z]: number[]): [number, number, number] {
  const c1 = d * f - e * e;
  const c2 = c * e - b * f;
  const c3 = b * e - c * d;
  const determinant = a * c1 + b * c2 + c * c3 || 1e-9;
  const m22 = a * f - c * c;
  const m23 = b * c - a * e;
  const m33 = a * d - b * b;
  return [
    (c1 * x + c2 * y + c3 * z) / determinant,
    (c2 * x + m22 * y + m23 * z) / determinant,
    (c3 * x + m23 * y + m33 * z) / determinant,
  ];
}

/** Median where each value counts by its weight; sorted in hundredths of a pixel up to ten. */
function weightedMedian(values: Float64Array, weights: Float64Array): number {
  const bins = new Float64Array(1001);
  let all = 0;
  for (let i = 0; i < values.length; i++) {
    bins[Math.min(1000, Math.floor(values[i] * 100))] += weights[i];
    all += weights[i];
  }
  let sum = 0;
  for (let i = 0; i < bins.length; i++) {
    sum += bins[i];
    if (sum >= all / 2) return (i + 0.5) / 100;
  }
  return 10;
}
