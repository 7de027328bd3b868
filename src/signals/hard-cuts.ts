import type { Signals } from '../signals.ts';
import { gridCorrelation, gridDistance } from './grid.ts';

export type HardCutSignals = Pick<
  Signals,
  'frameDifference' | 'histogramDistance' | 'motionFit' | 'motionResidual' | 'matchError' | 'lumaMean' | 'lumaGrid'
>;

export interface HardCutOptions {
  /** Least probability, 0–1. */
  cutConfidence: number;
  /** Least {@link Signals.matchError}, 0–1: below it the content was there before, however quiet the neighbourhood. */
  cutMatchError: number;
  /**
   * Least share of the difference that is left after global motion is undone, 0–1: below it the camera jumped or whipped
   * round within the shot.
   */
  cutResidual: number;
  /** Frames on each side that a boundary is compared with. */
  cutNeighbours: number;
  /** Boundaries closer than this many frames are one: the strongest stays. */
  cutSpacing: number;
  /** Longest flash in seconds that returns to the picture before; at least two frames. */
  flashSeconds: number;
  /** Longest bright burst (explosion, lightning) in seconds that returns to the picture before. */
  burstSeconds: number;
  /** Rise or fall of mean luma, in code values, that makes a change a burst. */
  burstStep: number;
}

/** A boundary found; `position` counts kept frames. */
export interface HardCut {
  position: number;
  frame: number;
  confidence: number;
}

/** Frames in which something other than the shot is to be seen before it comes back. Positions, end exclusive. */
export interface Interruption {
  start: number;
  end: number;
}

/** What a boundary is judged by. Ratios are log2 of the boundary to its neighbourhood. */
export interface CutFeatures {
  matchError: number;
  matchErrorRatio: number;
  misfit: number;
  differenceRatio: number;
  histogramRatio: number;
  /** Root mean square difference of the luma grids, code values. */
  gridStep: number;
}

/**
 * Weights of the logistic rule, fitted by `bench/cuts.ts`'s tuned half of sources (127 hard cuts, 21,500 other
 * boundaries); the other half of sources took no part. Made by `bench/cuts-fit.ts`.
 */
const BIAS = -8.79;
const RULE: CutFeatures = {
  matchError: 4.092,
  matchErrorRatio: 2.288,
  misfit: 3.423,
  differenceRatio: 1.619,
  histogramRatio: 1.758,
  gridStep: 0.029,
};

/** Added to both sides of a ratio: what noise alone reaches in that signal. */
const FLOOR = { matchError: 0.05, difference: 2, histogram: 0.05 };

/** A return counts when the distance to the earlier picture is at most this share of the jump. */
const RETURNED = 0.4;
/** Return by structure: what is missing to full correlation has shrunk to this share of what the jump made of it. */
const RETURNED_STRUCTURE = 0.25;
/** Least correlation with the picture before a burst for it to have come back. */
const BURST_CORRELATION = 0.85;

/**
 * Hard cuts among the kept frames. A boundary is judged by how little of the later picture is found in the earlier one,
 * both in itself and against the neighbourhood: in fast pans, shake and low frame rates the neighbours are high as well.
 * Each is compared with the second highest of its neighbours, so that one other cut nearby does not hide it. Flashes and
 * bursts, after which the earlier picture comes back, are no cuts and are told apart.
 *
 * @param kept ascending frame numbers without repeated frames
 * @param times seconds per frame of the whole clip
 */
export function findHardCuts(
  signals: HardCutSignals,
  kept: readonly number[],
  times: Float64Array,
  options: HardCutOptions,
): { cuts: HardCut[]; interruptions: Interruption[] } {
  const found: HardCut[] = [];
  const interruptions: Interruption[] = [];
  for (let position = 1; position < kept.length; position++) {
    const frame = kept[position];
    if (signals.matchError[frame] < options.cutMatchError) continue;
    if (signals.motionResidual[frame] < options.cutResidual * signals.frameDifference[frame]) continue;
    const confidence = cutProbability(signals, kept, position, options.cutNeighbours);
    if (confidence < options.cutConfidence) continue;
    const interruption = interruptionAt(signals, kept, times, position, options);
    if (interruption) interruptions.push(interruption);
    else found.push({ position, frame, confidence });
  }
  return { cuts: strongest(found, options.cutSpacing), interruptions };
}

/** Probability, 0–1, that the kept frame at `position` starts a new shot, flashes not considered. */
function cutProbability(
  signals: HardCutSignals,
  kept: readonly number[],
  position: number,
  neighbours: number,
): number {
  const features = cutFeatures(signals, kept, position, neighbours);
  let logit = BIAS;
  for (const [name, value] of Object.entries(features)) logit += RULE[name as keyof CutFeatures] * value;
  return 1 / (1 + Math.exp(-logit));
}

/** Features of the boundary before the kept frame at `position`, at least 1. */
export function cutFeatures(
  signals: HardCutSignals,
  kept: readonly number[],
  position: number,
  neighbours: number,
): CutFeatures {
  const frame = kept[position];
  const ratio = (series: Float32Array, floor: number) =>
    Math.log2((series[frame] + floor) / (secondHighest(series, kept, position, neighbours) + floor));
  return {
    matchError: signals.matchError[frame],
    matchErrorRatio: ratio(signals.matchError, FLOOR.matchError),
    misfit: 1 - signals.motionFit[frame],
    differenceRatio: ratio(signals.frameDifference, FLOOR.difference),
    histogramRatio: ratio(signals.histogramDistance, FLOOR.histogram),
    gridStep: gridDistance(signals.lumaGrid, kept[position - 1], frame),
  };
}

function secondHighest(series: Float32Array, kept: readonly number[], position: number, radius: number): number {
  let highest = 0;
  let second = 0;
  for (let i = Math.max(1, position - radius); i <= Math.min(kept.length - 1, position + radius); i++) {
    if (i === position) continue;
    const value = series[kept[i]];
    if (value > highest) {
      second = highest;
      highest = value;
    } else if (value > second) {
      second = value;
    }
  }
  return second;
}

/** The flash or burst that a boundary is a side of: a little earlier and a little later the picture is the same. */
function interruptionAt(
  { lumaGrid, lumaMean }: HardCutSignals,
  kept: readonly number[],
  times: Float64Array,
  position: number,
  { flashSeconds, burstSeconds, burstStep }: HardCutOptions,
): Interruption | null {
  const before = kept[position - 1];
  const after = kept[position];
  const jump = gridDistance(lumaGrid, before, after);
  const jumpStructure = 1 - gridCorrelation(lumaGrid, before, after);
  const same = (a: number, b: number) =>
    gridDistance(lumaGrid, a, b) < RETURNED * jump ||
    1 - gridCorrelation(lumaGrid, a, b) < RETURNED_STRUCTURE * jumpStructure;

  for (let back = 0; back <= position - 1; back++) {
    const a = kept[position - 1 - back];
    if (back > 2 && times[after] - times[a] > flashSeconds) break;
    for (let on = 0; position + on < kept.length; on++) {
      const b = kept[position + on];
      if (back + on > 2 && times[b] - times[a] > flashSeconds) break;
      if (back + on > 0 && same(a, b)) return { start: position - back, end: position + on };
    }
  }

  const step = lumaMean[after] - lumaMean[before];
  if (Math.abs(step) < burstStep) return null;
  const onset = step > 0;
  for (let i = 1; ; i++) {
    const other = onset ? position + i : position - 1 - i;
    if (other < 0 || other >= kept.length) return null;
    const frame = kept[other];
    if (Math.abs(times[frame] - times[onset ? before : after]) > burstSeconds) return null;
    const reference = onset ? before : after;
    if (gridCorrelation(lumaGrid, reference, frame) > BURST_CORRELATION && same(reference, frame)) {
      return onset ? { start: position, end: other } : { start: other + 1, end: position };
    }
  }
}

function strongest(cuts: HardCut[], spacing: number): HardCut[] {
  const stays: HardCut[] = [];
  for (const cut of [...cuts].sort((a, b) => b.confidence - a.confidence || a.position - b.position)) {
    if (stays.every(other => Math.abs(other.position - cut.position) >= spacing)) stays.push(cut);
  }
  return stays.sort((a, b) => a.position - b.position);
}
