import type { HandCue } from '../../landmarks.ts';
import { type ExtraHandOptions, extraHand } from './extra-hand.ts';
import type { Look, WatchedHand } from './looks.ts';
import type { OwnerAnswers } from './owners.ts';
import { stretches, windowMedians } from './windows.ts';

type HandFaults = Pick<Record<HandCue, number>, 'surplus' | 'lacking' | 'fused' | 'melted'>;

/** The faults that an expert of their own looks for. */
export type Experts = Record<'extra-finger' | 'extra-hand', Suspicion>;

/** A stretch of frames, end exclusive, its strongest frame and the hand's row there. */
export interface Place {
  start: number;
  end: number;
  peak: number;
  hand: number;
  value: number;
  /** Looks that it rests on. */
  looks: number;
}

/** What one expert says of one hand. */
export interface Suspicion {
  /** Where it is sure. */
  found: Place[];
  /** Strongest median. */
  most: number;
  threshold: number;
  unit: string;
  /** 0–1 for the report's score, even below the threshold. */
  score: number;
  /** How sure a stretch of so many looks with this value is. */
  confidence(value: number, looks: number): number;
}

export interface FingerOptions {
  extra: number;
  open: number;
  tips: number;
  spread: number;
  window: number;
}

/** A stretch that was found goes on while the medians stay above this share of the threshold. */
const LETS_GO = 0.75;

/**
 * What every expert says of a hand.
 * @param owners answers for its shot, `step` frames between two looks at bodies
 */
export function experts(
  hand: WatchedHand,
  owners: OwnerAnswers,
  step: number,
  options: FingerOptions & ExtraHandOptions & { least: number },
): { kind: keyof Experts; suspicion: Suspicion }[] {
  const found: { kind: keyof Experts; suspicion: Suspicion }[] = [
    { kind: 'extra-hand', suspicion: extraHand(hand, owners, step, options) },
  ];
  if (hand.looks.length >= options.least) found.push({ kind: 'extra-finger', suspicion: extraFinger(hand, options) });
  return found;
}

/** How surely one look shows a finger too many. */
export const extraScore = ({ surplus }: Pick<Record<HandCue, number>, 'surplus'>): number => surplus;

/** Whether fingers can be counted: an open hand, fingers spread, and the tips that must be there are seen. */
export const countable = (cues: Record<HandCue, number>, { open, tips, spread }: FingerOptions): boolean =>
  cues.open >= open && cues.tips >= tips && cues.spread >= spread;

/**
 * Turns the network's odds that any of its faults is there into a probability at even odds: logistic regression over planted
 * faults, untouched and harmlessly edited hands of sources that the network was not trained on.
 */
const DOUBT = { slope: 1.91, offset: 0.07 } as const;

/** Probability that something is wrong with a hand, if half of all hands were wrong: for ranking, not for findings. */
export function doubtOf({ surplus, lacking, fused, melted }: HandFaults): number {
  const none = Math.max(1e-6, (1 - surplus) * (1 - lacking) * (1 - fused) * (1 - melted));
  const odds = Math.exp(DOUBT.offset) * ((1 - none) / none) ** DOUBT.slope;
  return odds / (1 + odds);
}

/** Strongest doubt in a hand, median over windows of looks: for ranking takes and showing hands in order. */
export const suspicionOf = (looks: readonly Look[], window = 3): number =>
  Math.max(
    0,
    ...windowMedians(
      looks.map(({ cues }) => doubtOf(cues)),
      window,
    ),
  );

/**
 * A finger too many. Fingers are counted on looks at open hands only, a fist's knuckles are no tips, and only where the
 * tips that must be there are seen; other looks carry no suspicion.
 */
function extraFinger({ looks }: WatchedHand, options: FingerOptions): Suspicion {
  const { extra, window } = options;
  const values = looks.map(({ cues }) => (countable(cues, options) ? extraScore(cues) : 0));
  const medians = windowMedians(values, window);
  const most = Math.max(0, ...medians);
  return {
    found: stretches(values, window, extra, LETS_GO * extra).map(({ from, to, peak, value }) => ({
      start: looks[from].frame,
      end: looks[to - 1].frame + 1,
      peak: looks[peak].frame,
      hand: looks[peak].hand,
      value,
      looks: to - from,
    })),
    most,
    threshold: extra,
    unit: 'probability',
    score: 0.9 * Math.min(1, most / extra) ** 3,
    // Half as sure of what few looks carry.
    confidence: (value, count) =>
      (0.6 + (0.35 * (value - extra)) / Math.max(0.05, 1 - extra)) * Math.min(1, 0.5 + count / (2 * window)),
  };
}
