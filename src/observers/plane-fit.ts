import { MAD_TO_SIGMA, median } from '../statistics.ts';

/** A point of a picture, −1 … 1 in both directions, and its value. */
export interface Point {
  x: number;
  y: number;
  z: number;
}

/** Value at the middle, slope across, slope down. */
export type Plane3 = [number, number, number];

/** Tukey's constant. */
const TUKEY = 4.685;
const ROUNDS = 6;
/**
 * Deviation along a direction below which points lie too close to tell a slope in it: half of what points all over the
 * picture have. A person lit before black says nothing of left and right.
 */
const LEAST_SPAN = 0.5 / Math.sqrt(3);
/** Pull of a slope towards zero, in shares of the points: a little, and of one that cannot be told all there is. */
const PULL = 0.02;
const TIED = 1e9;

/**
 * Plane through points by iteratively reweighted least squares (Tukey's biweight), and the median of what it leaves. In a
 * direction in which the points lie close together it has no slope.
 *
 * @param least spread below which nothing counts as an outlier
 */
export function planeThrough(points: readonly Point[], least = 0.01): { fit: Plane3; spread: number } {
  let fit: Plane3 = [median(points.map(({ z }) => z)), 0, 0];
  const residuals = new Float64Array(points.length);
  const weights = new Float64Array(points.length);
  const pulls: Pulls = [pullOf(points.map(({ x }) => x)), pullOf(points.map(({ y }) => y))];
  const measure = () => {
    for (const [i, { x, y, z }] of points.entries()) residuals[i] = z - fit[0] - fit[1] * x - fit[2] * y;
  };
  for (let round = 0; round < ROUNDS; round++) {
    measure();
    const centre = median(residuals);
    const spread = median(residuals.map(residual => Math.abs(residual - centre)));
    const scale = TUKEY * Math.max(least, MAD_TO_SIGMA * spread);
    for (let i = 0; i < weights.length; i++) {
      const share = residuals[i] / scale;
      weights[i] = Math.abs(share) < 1 ? (1 - share * share) ** 2 : 0;
    }
    fit = leastSquares(points, weights, pulls) ?? fit;
  }
  measure();
  return { fit, spread: median(residuals.map(Math.abs)) };
}

/** Pull of the slopes across and down towards zero. */
type Pulls = [number, number];

function pullOf(places: readonly number[]): number {
  const mean = places.reduce((sum, place) => sum + place, 0) / places.length;
  const variance = places.reduce((sum, place) => sum + (place - mean) ** 2, 0) / places.length;
  return Math.sqrt(variance) < LEAST_SPAN ? TIED : PULL;
}

/** Weighted fit. */
function leastSquares(points: readonly Point[], weights: ArrayLike<number>, pulls: Pulls): Plane3 | null {
  let [n, sx, sy, sxx, sxy, syy, sz, sxz, syz] = [0, 0, 0, 0, 0, 0, 0, 0, 0];
  for (let i = 0; i < points.length; i++) {
    const { x, y, z } = points[i];
    const w = weights[i];
    n += w;
    sx += w * x;
    sy += w * y;
    sxx += w * x * x;
    sxy += w * x * y;
    syy += w * y * y;
    sz += w * z;
    sxz += w * x * z;
    syz += w * y * z;
  }
  if (n < 6) return null;
  const a = sxx - (sx * sx) / n + pulls[0] * n;
  const b = sxy - (sx * sy) / n;
  const c = syy - (sy * sy) / n + pulls[1] * n;
  const p = sxz - (sx * sz) / n;
  const q = syz - (sy * sz) / n;
  const determinant = a * c - b * b;
  if (determinant < 1e-9) return null;
  const across = (c * p - b * q) / determinant;
  const down = (a * q - b * p) / determinant;
  return [(sz - across * sx - down * sy) / n, across, down];
}
