import type { Rows } from './channels.ts';
import type { LipSyncModel, Weights } from './model.ts';

/** Largest lag searched, in steps of 20 ms: ±700 ms. */
export const LAG = 35;
/** A lag counts when this share of the window is compared. */
const LEAST_OVERLAP = 0.4;

/** Rows with their neighbours at the given offsets, times a matrix (offsets × width, components). */
function projectContext(rows: Rows, offsets: readonly number[], matrix: Weights): Rows {
  const components = matrix.shape[1];
  const out = new Float32Array(rows.count * components);
  for (let k = 0; k < rows.count; k++) {
    offsets.forEach((offset, o) => {
      const from = Math.min(Math.max(k + offset, 0), rows.count - 1) * rows.width;
      for (let i = 0; i < rows.width; i++) {
        const value = rows.values[from + i];
        const weights = (o * rows.width + i) * components;
        for (let c = 0; c < components; c++) out[k * components + c] += value * matrix.values[weights + c];
      }
    });
  }
  return { count: rows.count, width: components, values: out };
}

/** Means of two rows each: from the sound's 100 Hz to the mouth's 50 Hz. */
function halved({ count, width, values }: Rows): Rows {
  const half = Math.floor(count / 2);
  const out = new Float32Array(half * width);
  for (let k = 0; k < half; k++)
    for (let c = 0; c < width; c++)
      out[k * width + c] = (values[2 * k * width + c] + values[(2 * k + 1) * width + c]) / 2;
  return { count: half, width, values: out };
}

/** Which of the mouth rows `from` … `to` meet a row of the sound at a shift, or null when too few do. */
export function overlapAt(from: number, to: number, sound: number, shift: number): [number, number] | null {
  const first = Math.max(from, -shift);
  const end = Math.min(to, sound - shift);
  return end - first < LEAST_OVERLAP * (to - from) ? null : [first, end];
}

/** Gives lags that could not be compared the least value of those that could. */
export function fillUnseen(curve: Float64Array): Float64Array {
  let least = Number.POSITIVE_INFINITY;
  for (const value of curve) if (value < least) least = value;
  for (let k = 0; k < curve.length; k++) if (Number.isNaN(curve[k])) curve[k] = Number.isFinite(least) ? least : 0;
  return curve;
}

/** Components of mouth and sound at 50 Hz. */
export interface Components {
  mouth: Rows;
  sound: Rows;
}

export const project = ({ correlation }: LipSyncModel, mouth: Rows, sound: Rows): Components => ({
  mouth: projectContext(mouth, correlation.mouthContext, correlation.mouth),
  sound: projectContext(halved(sound), correlation.soundContext, correlation.sound),
});

/**
 * Canonical correlation of a range of mouth rows with the sound for lag −{@link LAG} … {@link LAG} (+ the sound is
 * late): correlations of the components, weighted by the square of what each reached in training.
 *
 * @param before rows at 50 Hz by which the sound begins earlier than the mouth
 */
export function correlationCurve(
  model: LipSyncModel,
  { mouth, sound }: Components,
  before: number,
  from = 0,
  to = mouth.count,
): Float64Array {
  const { rho } = model.correlation;
  const curve = new Float64Array(2 * LAG + 1).fill(Number.NaN);
  let total = 0;
  for (const value of rho) total += value * value;
  for (let lag = -LAG; lag <= LAG; lag++) {
    const shift = lag + before;
    const overlap = overlapAt(from, to, sound.count, shift);
    if (overlap === null) continue;
    let score = 0;
    for (let c = 0; c < mouth.width; c++)
      score += rho[c] ** 2 * pearson(mouth, sound, c, overlap[0], overlap[1], shift);
    curve[lag + LAG] = score / total;
  }
  return fillUnseen(curve);
}

function pearson(v: Rows, a: Rows, column: number, from: number, to: number, shift: number): number {
  let sv = 0;
  let sa = 0;
  for (let t = from; t < to; t++) {
    sv += v.values[t * v.width + column];
    sa += a.values[(t + shift) * a.width + column];
  }
  const mv = sv / (to - from);
  const ma = sa / (to - from);
  let vv = 0;
  let aa = 0;
  let va = 0;
  for (let t = from; t < to; t++) {
    const x = v.values[t * v.width + column] - mv;
    const y = a.values[(t + shift) * a.width + column] - ma;
    vv += x * x;
    aa += y * y;
    va += x * y;
  }
  return va / Math.sqrt(vv * aa + 1e-12);
}
