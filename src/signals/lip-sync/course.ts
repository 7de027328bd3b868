import { LAG } from './correlation.ts';
import { LAG_STEP, peakOf } from './estimate.ts';
import { MOUTH_RATE } from './mouth.ts';
import { type Course, LAGS } from './network.ts';

/** A straight line through a course. */
export interface Line {
  /** ms by which the offset grows per second. */
  slope: number;
  /** Offset in the middle of the stretch, ms, before the model's bias is taken away. */
  offset: number;
  /** Mean similarity along the line. */
  score: number;
}

const SLOPES = Array.from({ length: 41 }, (_, k) => 2 * (k - 20));

/**
 * The best line of every slope −40 … 40 ms/s in steps of 2 (the slanted-line search of a Hough transform), between lags
 * by linear interpolation. The course should be softened: interpolation then blurs slanted lines no more than level ones.
 */
export function bestLines({ rows, values }: Course): Line[] {
  return SLOPES.map(slope => {
    const sums = new Float64Array(LAGS);
    for (let t = 0; t < rows; t++) {
      const shift = (slope * (t - (rows - 1) / 2)) / MOUTH_RATE / LAG_STEP;
      const whole = Math.floor(shift);
      const share = shift - whole;
      const row = t * LAGS;
      for (let k = 0; k < LAGS; k++) {
        const at = Math.min(Math.max(k + whole, 0), LAGS - 1);
        const next = Math.min(Math.max(k + whole + 1, 0), LAGS - 1);
        sums[k] += values[row + at] * (1 - share) + values[row + next] * share;
      }
    }
    const { index, place } = peakOf(sums);
    return { slope, offset: place, score: sums[index] / rows };
  });
}

/** The course with every similarity spread over its neighbours in lag (1, 2, 1), so that offsets between lags count alike. */
export function softened({ rows, values }: Course): Course {
  const out = new Float32Array(values.length);
  for (let t = 0; t < rows; t++)
    for (let k = 0; k < LAGS; k++) {
      const at = t * LAGS + k;
      const left = values[k > 0 ? at - 1 : at];
      const right = values[k < LAGS - 1 ? at + 1 : at];
      out[at] = (left + 2 * values[at] + right) / 4;
    }
  return { rows, values: out };
}

/** A course in two level parts. */
export interface Split {
  /** First row of the second part. */
  row: number;
  /** Offsets of both parts, ms, before the model's bias is taken away. */
  before: number;
  after: number;
  /** Mean similarity over both. */
  score: number;
}

/** The best way to cut a course into two level parts of at least `least` rows each; null when it is too short. */
export function bestSplit({ rows, values }: Course, least: number): Split | null {
  if (rows < 2 * least) return null;
  const prefix = new Float64Array(LAGS);
  const total = new Float64Array(LAGS);
  for (let t = 0; t < rows; t++) for (let k = 0; k < LAGS; k++) total[k] += values[t * LAGS + k];
  let best: Split | null = null;
  for (let t = 0; t < rows; t++) {
    if (t >= least && rows - t >= least) {
      let a = 0;
      let b = 0;
      for (let k = 1; k < LAGS; k++) {
        if (prefix[k] > prefix[a]) a = k;
        if (total[k] - prefix[k] > total[b] - prefix[b]) b = k;
      }
      const score = (prefix[a] + total[b] - prefix[b]) / rows;
      if (best === null || score > best.score)
        best = { row: t, before: (a - LAG) * LAG_STEP, after: (b - LAG) * LAG_STEP, score };
    }
    for (let k = 0; k < LAGS; k++) prefix[k] += values[t * LAGS + k];
  }
  return best;
}
