import { median } from '../../statistics.ts';

/** A stretch of looks, end exclusive, and its strongest place. */
export interface Stretch {
  from: number;
  to: number;
  /** Position of the highest value. */
  peak: number;
  /** Highest median. */
  value: number;
}

/**
 * Medians over windows of `width` values, one per start; all values as one window when there are fewer. Values that could not be
 * measured (NaN) are left out; a window with fewer than `least` others counts as 0.
 */
export function windowMedians(values: readonly number[], width: number, least = 1): number[] {
  if (values.length === 0) return [];
  const starts = Math.max(1, values.length - width + 1);
  return Array.from({ length: starts }, (_, k) => {
    const window = values.slice(k, k + width);
    return measuredIn(window) < least ? 0 : median(window);
  });
}

/** How many values of a list could be measured. */
export const measuredIn = (values: readonly number[]): number => values.filter(Number.isFinite).length;

/**
 * Where the medians reach `high`: from there it goes on in both directions as long as they stay at `low` or above.
 * Stretches that touch are one.
 */
export function stretches(values: readonly number[], width: number, high: number, low: number, least = 1): Stretch[] {
  const medians = windowMedians(values, width, least);
  const span = Math.min(width, values.length);
  const found: Stretch[] = [];
  for (let k = 0; k < medians.length; k++) {
    if (medians[k] < high) continue;
    let first = k;
    let last = k;
    while (first > 0 && medians[first - 1] >= low) first--;
    while (last + 1 < medians.length && medians[last + 1] >= low) last++;
    let best = first;
    for (let n = first; n <= last; n++) if (medians[n] > medians[best]) best = n;
    const [from, to] = [first, last + span];
    const before = found[found.length - 1];
    const peak = highest(values, best, best + span);
    if (before && from <= before.to) {
      before.to = to;
      if (medians[best] > before.value) Object.assign(before, { value: medians[best], peak });
    } else found.push({ from, to, peak, value: medians[best] });
    k = last;
  }
  return found;
}

function highest(values: readonly number[], from: number, to: number): number {
  let best = from;
  for (let k = from; k < Math.min(to, values.length); k++)
    if (values[k] > values[best] || Number.isNaN(values[best])) best = k;
  return best;
}
