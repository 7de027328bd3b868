import type { HandCue } from '../../landmarks.ts';
import { type ExtraHandOptions, extraHand } from './extra-hand.ts';
import type { Look, WatchedHand } from './looks.ts';
import type { OwnerAnswers } from './owners.ts';
import { stretches, windowMedians } from './windows.ts';

type HandFaults = Pick<Record<HandCue, number>, 'surplus' | 'lacking' | 'fused' | 'melted'>;

/** The faults that an expert of their own looks for. */
export type Experts = Record<
  'extra-finger' | 'fused-fingers' | 'melting' | 'implausible-pose' | 'extra-hand',
  Suspicion
>;

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

export interface LookOptions {
  /** Thresholds: probabilities, and deviations for the pose. */
  extra: number;
  fused: number;
  melted: number;
  pose: number;
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
  options: LookOptions & ExtraHandOptions & { least: number },
): { kind: keyof Experts; suspicion: Suspicion }[] {
  const alone = { kind: 'extra-hand' as const, suspicion: extraHand(hand, owners, step, options) };
  return hand.looks.length >= options.least ? [alone, ...steadyFaults(hand.looks, options)] : [alone];
}

/** What the experts say that judge look by look: each by the median over a window. */
export function steadyFaults(
  looks: readonly Look[],
  options: LookOptions,
): { kind: Exclude<keyof Experts, 'extra-hand'>; suspicion: Suspicion }[] {
  const of = (threshold: number, unit: string, value: (look: Look) => number): Suspicion =>
    steady(looks, looks.map(value), { threshold, unit, window: options.window });
  return [
    // A fist's knuckles are no tips: fingers are counted on open hands only, other looks carry no suspicion.
    {
      kind: 'extra-finger',
      suspicion: of(options.extra, 'probability', ({ cues }) => (countable(cues, options) ? extraScore(cues) : 0)),
    },
    { kind: 'fused-fingers', suspicion: of(options.fused, 'probability', ({ cues }) => cues.fused) },
    { kind: 'melting', suspicion: of(options.melted, 'probability', ({ cues }) => cues.melted) },
    { kind: 'implausible-pose', suspicion: of(options.pose, 'deviations', ({ strangeness }) => strangeness) },
  ];
}

/** How surely one look shows a finger too many. */
export const extraScore = ({ surplus }: Pick<Record<HandCue, number>, 'surplus'>): number => surplus;

/** Whether fingers can be counted: an open hand, fingers spread, and the tips that must be there are seen. */
export const countable = (cues: Record<HandCue, number>, { open, tips, spread }: LookOptions): boolean =>
  cues.open >= open && cues.tips >= tips && cues.spread >= spread;

/**
 * Turns the network's odds that any of its faults is there into a probability at even odds: logistic regression over planted
 * faults, untouched and harmlessly edited hands of sources that the network was not trained on.
 */
const DOUBT = { slope: 2.13, offset: 0.04 } as const;

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

/** Where the median over windows of looks reaches a threshold, and goes on while it stays near. */
function steady(
  looks: readonly Look[],
  values: readonly number[],
  { threshold, unit, window }: { threshold: number; unit: string; window: number },
): Suspicion {
  const most = Math.max(0, ...windowMedians(values, window));
  // A probability can be no surer than 1; a deviation is sure at twice its threshold.
  const room = unit === 'probability' ? Math.max(0.05, 1 - threshold) : threshold;
  return {
    found: stretches(values, window, threshold, LETS_GO * threshold).map(({ from, to, peak, value }) => ({
      start: looks[from].frame,
      end: looks[to - 1].frame + 1,
      peak: looks[peak].frame,
      hand: looks[peak].hand,
      value,
      looks: to - from,
    })),
    most,
    threshold,
    unit,
    score: 0.9 * Math.min(1, most / threshold) ** 3,
    // Half as sure of what few looks carry.
    confidence: (value, count) =>
      (0.6 + 0.35 * Math.min(1, (value - threshold) / room)) * Math.min(1, 0.5 + count / (2 * window)),
  };
}
