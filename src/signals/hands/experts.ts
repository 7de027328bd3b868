import type { HandCue } from '../../landmarks.ts';
import { type ExtraHandOptions, extraHand } from './extra-hand.ts';
import type { Look, WatchedHand } from './looks.ts';
import type { OwnerAnswers } from './owners.ts';
import { measuredIn, stretches, windowMedians } from './windows.ts';

type HandFaults = Pick<
  Record<HandCue, number>,
  'surplus' | 'grown' | 'lacking' | 'gone' | 'fused' | 'melted' | 'spoilt'
>;

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
  /** Looks that it rests on: those at which it could be measured. */
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
  counted: number;
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
  const of = (threshold: number, unit: string, value: (look: Look) => number, least = 1): Suspicion =>
    steady(looks, looks.map(value), { threshold, unit, window: options.window, least });
  return [
    // A fist's knuckles are no tips: fingers are counted on open hands only, other looks say nothing for or against.
    {
      kind: 'extra-finger',
      suspicion: of(
        options.extra,
        'probability',
        ({ cues }) => (countable(cues, options) ? extraScore(cues) : Number.NaN),
        options.counted,
      ),
    },
    { kind: 'fused-fingers', suspicion: of(options.fused, 'probability', ({ cues }) => cues.fused) },
    { kind: 'melting', suspicion: of(options.melted, 'probability', ({ cues }) => meltedScore(cues)) },
    { kind: 'implausible-pose', suspicion: of(options.pose, 'deviations', ({ strangeness }) => strangeness) },
  ];
}

/** Probability by the mean of the log odds of two networks that err differently: what one of them makes up the other seldom sees. */
function agreed(a: number, b: number): number {
  const [p, q] = [a, b].map(value => Math.min(1 - 1e-4, Math.max(1e-4, value)));
  const odds = Math.sqrt((p / (1 - p)) * (q / (1 - q)));
  return odds / (1 + odds);
}

/** How surely one look shows a finger too many: by what is counted, and by the map of what has grown. */
export const extraScore = ({ surplus, grown }: Pick<HandFaults, 'surplus' | 'grown'>): number => agreed(surplus, grown);

/** How surely one look shows a hand that melts. */
export const meltedScore = ({ melted, spoilt }: Pick<HandFaults, 'melted' | 'spoilt'>): number =>
  agreed(melted, spoilt);

/** Whether fingers can be counted: an open hand, fingers spread, and the tips that must be there are seen. */
export const countable = (cues: Record<HandCue, number>, { open, tips, spread }: LookOptions): boolean =>
  cues.open >= open && cues.tips >= tips && cues.spread >= spread;

/**
 * Turns the network's odds that any of its faults is there into a probability at even odds: logistic regression over planted
 * faults, untouched and harmlessly edited hands of sources that the network was not trained on.
 */
const DOUBT = { slope: 2.02, offset: -0.84 } as const;

/** Probability that something is wrong with a hand, if half of all hands were wrong: for ranking, not for findings. */
export function doubtOf(faults: HandFaults): number {
  const lacks = agreed(faults.lacking, faults.gone);
  const none = Math.max(1e-6, (1 - extraScore(faults)) * (1 - lacks) * (1 - faults.fused) * (1 - meltedScore(faults)));
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
  { threshold, unit, window, least }: { threshold: number; unit: string; window: number; least: number },
): Suspicion {
  const most = Math.max(0, ...windowMedians(values, window, least));
  // A probability can be no surer than 1; a deviation is sure at twice its threshold.
  const room = unit === 'probability' ? Math.max(0.05, 1 - threshold) : threshold;
  return {
    found: stretches(values, window, threshold, LETS_GO * threshold, least).map(({ from, to, peak, value }) => ({
      start: looks[from].frame,
      end: looks[to - 1].frame + 1,
      peak: looks[peak].frame,
      hand: looks[peak].hand,
      value,
      looks: measuredIn(values.slice(from, to)),
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
