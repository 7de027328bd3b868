import { mouthChannels, type Rows, soundChannels } from './channels.ts';
import { type Components, correlationCurve, LAG, project } from './correlation.ts';
import type { LipSyncModel } from './model.ts';
import { MOUTH_RATE, type MouthTrack } from './mouth.ts';
import { type Course, courseOf, embedAll, networkCurve } from './network.ts';

/** Milliseconds per step of lag. */
export const LAG_STEP = 1000 / MOUTH_RATE;
/** A rival peak is one that lies further than this from the best, ms. */
const RIVAL = 100;

/** Where the sound of a stretch lies against the mouth. */
export interface SyncEstimate {
  /** ms; + the sound is late. */
  offset: number;
  /** Fused score at the peak minus the best score more than 100 ms away. */
  margin: number;
  /** Score of the networks at their own peak: how much this sound seems to come from this mouth. */
  match: number;
  /** Probability that `offset` is within 84 ms, by margin and length, as measured on speakers never trained on. */
  confidence: number;
  /** Fused score per lag, −{@link LAG} … {@link LAG} steps around {@link LipSyncModel.bias}. */
  curve: Float64Array;
}

/** Rows of a mouth and of the sound around it, ready to compare. */
export interface Compared {
  mouth: Rows;
  /** Rows (50 Hz) by which the sound begins before the mouth. */
  before: number;
  components: Components;
  course: Course;
}

/** Number of rows at 50 Hz that the sound has. */
export const soundRows = (bands: Float32Array): number => Math.floor(bands.length / 40 / 2);

/**
 * Prepares a stretch of a mouth and the sound that may belong to it: as much sound on either side as a lag can reach,
 * where the clip has it.
 *
 * @param bands log-mel bands at 100 Hz from the container's start
 * @param from @param to rows of the mouth track; `to` is exclusive and must not lie beyond the end of the sound
 */
export function compare(
  model: LipSyncModel,
  mouth: MouthTrack,
  bands: Float32Array,
  from: number,
  to: number,
): Compared {
  const start = mouth.first + from;
  const before = Math.max(0, Math.min(LAG, start));
  const after = Math.max(0, Math.min(LAG, soundRows(bands) - (mouth.first + to)));
  const rows = mouthChannels(model, mouth, from, to);
  const sound = soundChannels(bands, 2 * (start - before), 2 * (mouth.first + to + after));
  return {
    mouth: rows,
    before,
    components: project(model, rows, sound),
    course: courseOf(embedAll(model, rows, sound), before),
  };
}

/** Estimates the offset of a prepared stretch, or of the range of its rows `from` to before `to`. */
export function estimateOffset(
  model: LipSyncModel,
  { mouth, before, components, course }: Compared,
  from = 0,
  to = mouth.count,
): SyncEstimate {
  const curve = standardised(correlationCurve(model, components, before, from, to));
  const scores = networkCurve(course, components.sound.count, before, from, to);
  standardised(scores).forEach((value, k) => {
    curve[k] += value;
  });
  const best = peakOf(curve);
  let rival = Number.NEGATIVE_INFINITY;
  for (let k = 0; k < curve.length; k++)
    if (Math.abs((k - LAG) * LAG_STEP - best.place) > RIVAL) rival = Math.max(rival, curve[k]);
  const margin = curve[best.index] - rival;
  return {
    offset: best.place - model.bias,
    margin,
    match: Math.max(...scores),
    confidence: confidenceOf(model, (to - from) / MOUTH_RATE, margin),
    curve,
  };
}

/** Distance from the median in standard deviations, so that two estimators' curves can be added. */
function standardised(curve: Float64Array): Float64Array {
  const ascending = curve.slice().sort();
  const middle = ascending[ascending.length >> 1];
  let mean = 0;
  for (const value of curve) mean += value / curve.length;
  let squares = 0;
  for (const value of curve) squares += (value - mean) ** 2;
  const scale = Math.sqrt(squares / curve.length) + 1e-9;
  return curve.map(value => (value - middle) / scale);
}

/** Largest value and its place in ms between the steps, by a parabola through its neighbours. */
export function peakOf(curve: Float64Array): { index: number; place: number } {
  let index = 0;
  for (let k = 1; k < curve.length; k++) if (curve[k] > curve[index]) index = k;
  let shift = 0;
  if (index > 0 && index < curve.length - 1) {
    const bend = curve[index - 1] - 2 * curve[index] + curve[index + 1];
    if (bend < 0) shift = (0.5 * (curve[index - 1] - curve[index + 1])) / bend;
  }
  return { index, place: (index + shift - (curve.length - 1) / 2) * LAG_STEP };
}

/** Reads the calibration table: linear between margins, and between the two window lengths around `seconds`. */
export function confidenceOf({ calibration }: LipSyncModel, seconds: number, margin: number): number {
  const at = (k: number) => {
    const { margins, probabilities } = calibration[k];
    return interpolate(margins, probabilities, margin);
  };
  const next = calibration.findIndex(row => row.seconds >= seconds);
  if (next === 0) return at(0) * Math.min(1, seconds / calibration[0].seconds);
  if (next < 0) return at(calibration.length - 1);
  const low = calibration[next - 1].seconds;
  const share = (seconds - low) / (calibration[next].seconds - low);
  return at(next - 1) * (1 - share) + at(next) * share;
}

function interpolate(xs: readonly number[], ys: readonly number[], x: number): number {
  if (x <= xs[0]) return ys[0];
  for (let k = 1; k < xs.length; k++)
    if (x <= xs[k]) return ys[k - 1] + ((ys[k] - ys[k - 1]) * (x - xs[k - 1])) / (xs[k] - xs[k - 1]);
  return ys[ys.length - 1];
}
