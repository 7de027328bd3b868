/** A stretch of looks, end exclusive, and its strongest place. */
export interface Stretch {
  from: number;
  to: number;
  /** Position of the highest value. */
  peak: number;
  /** Highest median. */
  value: number;
}

/** Middle value, the mean of the two middle ones of an even number; 0 of none. */
export function median(values: readonly number[]): number {
  if (values.length === 0) return 0;
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

/** Medians over windows of `width` values, one per start; all values as one window when there are fewer. */
export function windowMedians(values: readonly number[], width: number): number[] {
  if (values.length === 0) return [];
  if (values.length <= width) return [median(values)];
  return Array.from({ length: values.length - width + 1 }, (_, k) => median(values.slice(k, k + width)));
}

/**
 * Where the medians reach `high`: from there it goes on in both directions as long as they stay at `low` or above.
 * Stretches that touch are one.
 */
export function stretches(values: readonly number[], width: number, high: number, low: number): Stretch[] {
  const medians = windowMedians(values, width);
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
  for (let k = from; k < Math.min(to, values.length); k++) if (values[k] > values[best]) best = k;
  return best;
}
