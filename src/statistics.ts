import type { FrameRange } from './clip.ts';

/** Anything numbers can be read from by index: a plain array or a typed array. Never modified by the functions here. */
export type Values = ArrayLike<number>;

/** Ratio of the standard deviation to the median absolute deviation of a normal distribution: 1 / Φ⁻¹(3/4). */
export const MAD_TO_SIGMA = 1.4826;

/** Finite values in ascending order; NaN and ±Infinity (missing measurements) are left out. */
function sorted(values: Values): Float64Array {
  const kept = new Float64Array(values.length);
  let count = 0;
  for (let i = 0; i < values.length; i++) if (Number.isFinite(values[i])) kept[count++] = values[i];
  return kept.subarray(0, count).sort();
}

function percentileOfSorted(ascending: Values, q: number): number {
  if (ascending.length === 0) return Number.NaN;
  const place = Math.min(Math.max(q, 0), 1) * (ascending.length - 1);
  const below = Math.floor(place);
  const above = Math.min(below + 1, ascending.length - 1);
  return ascending[below] + (ascending[above] - ascending[below]) * (place - below);
}

/**
 * The value below which a share `q` (0–1) of the values lies, linearly interpolated between neighbours.
 * NaN when there is no finite value.
 */
export const percentile = (values: Values, q: number): number => percentileOfSorted(sorted(values), q);

/** Middle value; the mean of the two middle ones for an even count; NaN when there is no finite value. */
export const median = (values: Values): number => percentile(values, 0.5);

/** Arithmetic mean of the finite values; NaN when there is none. */
export function mean(values: Values): number {
  let sum = 0;
  let count = 0;
  for (let i = 0; i < values.length; i++) {
    if (!Number.isFinite(values[i])) continue;
    sum += values[i];
    count++;
  }
  return sum / count;
}

/** Population standard deviation of the finite values; NaN when there is none. */
export function deviation(values: Values): number {
  const middle = mean(values);
  let sum = 0;
  let count = 0;
  for (let i = 0; i < values.length; i++) {
    if (!Number.isFinite(values[i])) continue;
    sum += (values[i] - middle) ** 2;
    count++;
  }
  return Math.sqrt(sum / count);
}

/**
 * Median over the `2 · radius + 1` values around each place; the window shrinks at both ends of the series.
 * NaN where the window holds no finite value.
 */
export function rollingMedian(series: Values, radius: number): Float32Array {
  const result = new Float32Array(series.length);
  const window = new Float64Array(2 * radius + 1);
  for (let i = 0; i < series.length; i++) {
    let count = 0;
    for (let j = Math.max(0, i - radius); j <= Math.min(series.length - 1, i + radius); j++)
      if (Number.isFinite(series[j])) window[count++] = series[j];
    result[i] = percentileOfSorted(window.subarray(0, count).sort(), 0.5);
  }
  return result;
}

/** Cosine of the angle between two vectors of one length, −1 … 1; 0 where one of them is nothing but zeros. */
export function cosine(a: Values, b: Values): number {
  let [dot, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    dot += a[i] * b[i];
    aa += a[i] * a[i];
    bb += b[i] * b[i];
  }
  return dot / (Math.sqrt(aa * bb) || 1);
}

/**
 * Stretches over which a per-frame condition holds, in order.
 *
 * @param series one entry per frame, truthy where the condition holds
 * @param least shortest stretch to report, in frames
 * @param bridge gaps of up to this many frames inside a stretch are passed over
 */
export function runs(series: ArrayLike<boolean | number>, least = 1, bridge = 0): FrameRange[] {
  const found: FrameRange[] = [];
  for (let i = 0; i < series.length; i++) {
    if (!series[i]) continue;
    const last = found.at(-1);
    if (last && i - last.end <= bridge) last.end = i + 1;
    else found.push({ start: i, end: i + 1 });
  }
  return found.filter(range => range.end - range.start >= least);
}
