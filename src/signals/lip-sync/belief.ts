import { type ChangeLimits, isSure, type SyncCourse, type SyncWindow } from './analyse.ts';
import { type Compared, estimateOffset, type SyncEstimate } from './estimate.ts';
import type { LipSyncModel } from './model.ts';
import { MOUTH_RATE } from './mouth.ts';

/** How much the sound seems to come from this mouth, anywhere: drifting or spliced sound matches only in parts. */
export const believed = ({ whole, windows }: SyncCourse): number =>
  windows.reduce(
    (best, { estimate }) => Math.max(best, estimate.match * estimate.confidence),
    whole.match * whole.confidence,
  );

/** Least share of the windows that must agree with the whole, and how closely, ms: foreign speech scatters. */
const STEADY = 0.5;
const AGREES = 100;

export function isSteady({ whole, windows }: SyncCourse): boolean {
  const agreeing = windows.filter(({ estimate }) => Math.abs(estimate.offset - whole.offset) <= AGREES);
  return agreeing.length >= STEADY * windows.length;
}

const worth = ({ match, confidence }: SyncEstimate): number => match * confidence;

/** From here on another face plainly speaks in a window in which it matches better. */
const OTHER_SPEAKS = 3.5;

/** Whether another face speaks in some of the windows in which this one was judged: they take turns. */
export const speaksInstead = (other: SyncCourse, own: SyncCourse): boolean =>
  other.windows.some(
    ({ estimate }, k) =>
      worth(estimate) >= OTHER_SPEAKS && worth(estimate) > worth(own.windows[k]?.estimate ?? own.whole),
  );

/** The window that matches best, the whole where there are none. */
export const bestWindow = ({ windows, whole, compared }: SyncCourse): SyncWindow =>
  windows.reduce((best, other) => (worth(other.estimate) > worth(best.estimate) ? other : best), windows[0]) ?? {
    from: 0,
    to: compared.mouth.count,
    estimate: whole,
  };

/** Probability that speech with this match comes from this mouth: a logistic through swapped and right pairs of clips. */
export function belonging(match: number, seconds: number): number {
  const even = 5 - 0.25 * Math.min(4, Math.max(0, seconds - 4));
  return 1 / (1 + Math.exp(-(match - even) / 0.4));
}

/** Shortest part that can show whose speech it is, s. */
const PART = 2;

/** An estimate and the length that it rests on, s. */
export interface Grounds {
  estimate: SyncEstimate;
  seconds: number;
}

/**
 * The best grounds for believing that a mouth speaks the speech around a stretch of rows, which itself says nothing: the
 * whole, or the part before or after. Null when none is sure.
 */
export function groundsAround(
  model: LipSyncModel,
  compared: Compared,
  whole: SyncEstimate,
  stretch: { from: number; to: number },
  limits: Pick<ChangeLimits, 'confidence' | 'match'>,
): Grounds | null {
  const rows = compared.mouth.count;
  const parts = [
    [0, stretch.from],
    [stretch.to, rows],
  ].filter(([from, to]) => to - from >= PART * MOUTH_RATE);
  const all: Grounds[] = [
    { estimate: whole, seconds: rows / MOUTH_RATE },
    ...parts.map(([from, to]) => ({
      estimate: estimateOffset(model, compared, from, to),
      seconds: (to - from) / MOUTH_RATE,
    })),
  ];
  const sure = all.filter(({ estimate }) => isSure(estimate, limits));
  if (sure.length === 0) return null;
  return sure.reduce((best, other) => (value(other) > value(best) ? other : best));
}

const value = ({ estimate, seconds }: Grounds): number => estimate.confidence * belonging(estimate.match, seconds);
