import type { Signals } from '../signals.ts';
import { gridCorrelation, gridDistance, gridSquares, type Mixture, mixture } from './grid.ts';

export type DissolveSignals = Pick<
  Signals,
  'histogramDistance' | 'matchError' | 'motionFit' | 'motionX' | 'motionY' | 'lumaGrid'
>;

export interface DissolveOptions {
  /** Least probability, 0–1. */
  dissolveConfidence: number;
  /** Least root mean square difference of the luma grids of both ends, in code values. */
  dissolveStep: number;
  /** Longest dissolve in seconds. */
  dissolveSeconds: number;
}

/** A gradual change from one picture to another. Positions count kept frames: the last pure frame of each side. */
export interface Dissolve {
  first: number;
  last: number;
  confidence: number;
}

/** Window lengths to try, in frames at up to about 30 per second. */
const GAPS = [4, 5, 7, 9, 13, 17, 25, 33, 49, 65];

/** Frame rate above which every second, third… frame is enough. */
const ENOUGH_FPS = 30;

/** Mixture samples per window. */
const SAMPLES = 8;

/** Windows in which the path from end to end strays further than this are not looked at further. */
const MOST_RESIDUAL = 0.7;

/** What a window is judged by. */
export interface DissolveFeatures {
  /** log2 of the grid distance of both ends. */
  step: number;
  /** Correlation of both ends' grids. */
  correlation: number;
  /** Mean share of the way that a linear mix of the ends does not explain. */
  residual: number;
  /** Change just outside the window relative to the change inside, per frame: motion goes on, a dissolve ends. */
  outside: number;
  /** Global motion summed over the window, in picture sizes. */
  travel: number;
  /** Means over the window. */
  matchError: number;
  misfit: number;
  histogram: number;
  /** Highest speed of the mix relative to an even one. */
  haste: number;
  /** log2 of the window's frames. */
  length: number;
}

/**
 * Weights of the logistic rule, fitted to windows of the tuned half of the sources of `bench/cuts.ts` (96 dissolves of 6,
 * 12 and 24 frames; every other window of cut and uncut clips as counter-examples). The strongest is `haste`: a dissolve
 * goes at one speed, an object that passes or a camera that turns does not. The bias is lowered by 2 from the fitted one,
 * because windows are many and clips with dissolves few. Made by `bench/cuts-fit.ts`.
 */
const BIAS = -7.13;
const RULE: DissolveFeatures = {
  step: 0.094,
  correlation: -3.581,
  residual: -2.156,
  outside: -1.32,
  travel: -12.343,
  matchError: 17.593,
  misfit: -19.591,
  histogram: 23.809,
  haste: -3.448,
  length: 2.263,
};

/**
 * Dissolves among the kept frames of one stretch without hard cuts. Every window of several lengths is tested for being
 * a linear mix of its own first and last picture that moves from one to the other at an even speed, with quiet outside;
 * the best windows that do not overlap stay.
 *
 * @param kept ascending frame numbers without repeated frames
 * @param from,to stretch of positions, end exclusive
 * @param size source pixels, to weigh motion
 */
export function findDissolves(
  signals: DissolveSignals,
  kept: readonly number[],
  from: number,
  to: number,
  clip: { times: Float64Array; fps: number; size: { width: number; height: number } },
  options: DissolveOptions,
): Dissolve[] {
  const windows: Dissolve[] = [];
  for (const { first, last, features } of dissolveWindows(signals, kept, from, to, clip, options)) {
    const confidence = dissolveProbability(features);
    if (confidence >= options.dissolveConfidence) windows.push({ first, last, confidence });
  }
  const stays: Dissolve[] = [];
  for (const window of windows.sort((a, b) => b.confidence - a.confidence || a.first - b.first)) {
    if (stays.every(other => other.last <= window.first || other.first >= window.last)) stays.push(window);
  }
  return stays.sort((a, b) => a.first - b.first);
}

const mixed: Mixture = { share: 0, residual: 0 };

/** Probability, 0–1, of a window to be a dissolve. */
function dissolveProbability(features: DissolveFeatures): number {
  let logit = BIAS;
  for (const [name, value] of Object.entries(features)) logit += RULE[name as keyof DissolveFeatures] * value;
  return 1 / (1 + Math.exp(-logit));
}

/** Windows of the stretch `[from, to)` that are worth judging, with their features. */
export function* dissolveWindows(
  signals: DissolveSignals,
  kept: readonly number[],
  from: number,
  to: number,
  clip: { times: Float64Array; fps: number; size: { width: number; height: number } },
  { dissolveSeconds, dissolveStep }: Pick<DissolveOptions, 'dissolveSeconds' | 'dissolveStep'>,
): Generator<{ first: number; last: number; features: DissolveFeatures }, void> {
  const stride = Math.max(1, Math.round(clip.fps / ENOUGH_FPS));
  for (const gap of GAPS) {
    const length = gap * stride;
    for (let first = from; first + length < to; first++) {
      const last = first + length;
      if (clip.times[kept[last]] - clip.times[kept[first]] > dissolveSeconds) continue;
      if (gridDistance(signals.lumaGrid, kept[first], kept[last]) < dissolveStep) continue;
      const features = dissolveFeatures(signals, kept, [from, to], [first, last], stride, clip);
      if (features) yield { first, last, features };
    }
  }
}

/** Null when the path from end to end strays too far. */
function dissolveFeatures(
  signals: DissolveSignals,
  kept: readonly number[],
  [from, to]: [number, number],
  [first, last]: [number, number],
  stride: number,
  { times, size }: { times: Float64Array; size: { width: number; height: number } },
): DissolveFeatures | null {
  const { lumaGrid } = signals;
  const a = kept[first];
  const b = kept[last];
  const length = last - first;
  const seconds = times[b] - times[a];

  let residual = 0;
  let haste = 0;
  let share = 0;
  let time = 0;
  const step = Math.max(1, Math.round(length / SAMPLES));
  const samples = Math.ceil(length / step) - 1;
  const squares = gridSquares(lumaGrid, a, b);
  for (let i = step; i < length; i += step) {
    const frame = kept[first + i];
    mixture(lumaGrid, a, b, frame, squares, mixed);
    residual += mixed.residual;
    if (residual > MOST_RESIDUAL * samples) return null;
    const elapsed = seconds > 0 ? (times[frame] - times[a]) / seconds : i / length;
    if (elapsed > time) haste = Math.max(haste, (mixed.share - share) / (elapsed - time));
    share = mixed.share;
    time = elapsed;
  }
  if (time < 1) haste = Math.max(haste, (1 - share) / (1 - time));
  residual /= samples;

  const distance = gridDistance(lumaGrid, a, b);
  const margin = Math.max(2, Math.round(length / 2));
  const before = Math.max(from, first - margin);
  const after = Math.min(to - 1, last + margin);
  const outsideBefore = before < first ? gridDistance(lumaGrid, kept[before], a) / (first - before) : 0;
  const outsideAfter = after > last ? gridDistance(lumaGrid, b, kept[after]) / (after - last) : 0;
  const outside = Math.min(3, (((outsideBefore + outsideAfter) / 2) * length) / distance);

  let travel = 0;
  let matchError = 0;
  let misfit = 0;
  let histogram = 0;
  for (let i = first + 1; i <= last; i++) {
    const frame = kept[i];
    travel += Math.hypot(signals.motionX[frame] / size.width, signals.motionY[frame] / size.height);
    matchError += signals.matchError[frame];
    misfit += 1 - signals.motionFit[frame];
    histogram += signals.histogramDistance[frame];
  }
  return {
    step: Math.log2(distance),
    correlation: gridCorrelation(lumaGrid, a, b),
    residual,
    outside,
    travel: Math.min(2, travel),
    matchError: matchError / length,
    misfit: misfit / length,
    histogram: (histogram / length) * stride,
    haste: Math.min(4, haste),
    length: Math.log2(length / stride),
  };
}
