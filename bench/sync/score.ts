import { peakOf, type SyncEstimate } from '../../src/signals/lip-sync/estimate.ts';
import { MEASURES, type MouthTrack } from '../../src/signals/lip-sync/mouth.ts';

export const within = (errors: readonly number[], limit: number): number =>
  errors.length === 0 ? Number.NaN : errors.filter(error => Math.abs(error) <= limit).length / errors.length;

export function middle(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? Number.NaN;
}

/** Probability that a positive scores above a negative. */
export function auc(positive: readonly number[], negative: readonly number[]): number {
  let wins = 0;
  for (const p of positive) for (const n of negative) wins += p > n ? 1 : p === n ? 0.5 : 0;
  return wins / (positive.length * negative.length);
}

/** How much better a curve is around 0 ms than beyond ±110 ms: in sync against out of sync. */
export function inSync(curve: Float64Array): number {
  let near = Number.NEGATIVE_INFINITY;
  let far = Number.NEGATIVE_INFINITY;
  curve.forEach((value, k) => {
    const ms = Math.abs((k - (curve.length - 1) / 2) * 20);
    if (ms <= 50) near = Math.max(near, value);
    else if (ms >= 110) far = Math.max(far, value);
  });
  return near - far;
}

/** What one would try first: correlation of the sound's energy with the lips' aperture. */
export function naive(mouth: MouthTrack, bands: Float32Array): Pick<SyncEstimate, 'offset' | 'curve'> {
  const energy = (row: number) => {
    let sum = 0;
    for (let k = row * 80; k < row * 80 + 80; k++) sum += Math.exp(bands[k] ?? -18);
    return Math.log(sum + 1e-6);
  };
  const count = Math.min(mouth.length, Math.floor(bands.length / 80));
  const e = Array.from({ length: count }, (_, k) => energy(k));
  const a = Array.from({ length: count }, (_, k) => mouth.measures[k * MEASURES.length]);
  const curve = new Float64Array(71).fill(-1);
  for (let lag = -35; lag <= 35; lag++) {
    const from = Math.max(0, -lag);
    const to = Math.min(count, count - lag);
    if (to - from < 0.4 * count) continue;
    let [se, sa, ee, aa, ea] = [0, 0, 0, 0, 0];
    const n = to - from;
    for (let t = from; t < to; t++) {
      se += e[t + lag];
      sa += a[t];
      ee += e[t + lag] ** 2;
      aa += a[t] ** 2;
      ea += e[t + lag] * a[t];
    }
    curve[lag + 35] = (ea - (se * sa) / n) / Math.sqrt((ee - (se * se) / n) * (aa - (sa * sa) / n) + 1e-12);
  }
  return { offset: peakOf(curve).place, curve };
}

export const percent = (value: number): string => (Number.isNaN(value) ? '   –' : `${(100 * value).toFixed(1)} %`);

/** Prints rows of cells as a Markdown table. */
export function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): void {
  console.log(`\n| ${head.join(' | ')} |\n|${head.map(() => '---').join('|')}|`);
  for (const row of rows) console.log(`| ${row.join(' | ')} |`);
}
