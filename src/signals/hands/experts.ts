import type { Hands } from '../../landmarks.ts';
import type { HandCue, HandEvidence } from '../../signals.ts';
import type { Look, WatchedHand } from './looks.ts';
import { type Stretch, stretches, windowMedians } from './windows.ts';

/** The faults that an expert of their own looks for. */
export type Experts = Record<'extra-finger', Suspicion>;

/** What one expert says of one hand. */
export interface Suspicion {
  /** Where it is sure, in looks of the hand. */
  stretches: Stretch[];
  /** Strongest median. */
  most: number;
  threshold: number;
  unit: string;
  /** 0–1 for the report's score, even below the threshold. */
  score: number;
  /** How sure a stretch of so many looks with this value is. */
  confidence(value: number, looks: number): number;
}

export interface ExpertOptions {
  extra: number;
  open: number;
  tips: number;
  spread: number;
  window: number;
}

/** A stretch that was found goes on while the medians stay above this share of the threshold. */
const LETS_GO = 0.75;

/** What every expert says of a hand. */
export function experts(
  hand: WatchedHand,
  _hands: Hands,
  _evidence: HandEvidence,
  options: ExpertOptions,
): { kind: keyof Experts; suspicion: Suspicion }[] {
  return [{ kind: 'extra-finger', suspicion: extraFinger(hand, options) }];
}

/** How surely one look shows a finger too many: as surely as its tip and the finger below it are both seen. */
export const extraScore = ({ extra, stem }: Pick<Record<HandCue, number>, 'extra' | 'stem'>): number =>
  Math.min(extra, stem);

/** Whether fingers can be counted: an open hand, fingers spread, and the tips that must be there are seen. */
export const countable = (cues: Record<HandCue, number>, { open, tips, spread }: ExpertOptions): boolean =>
  cues.open >= open && cues.tips >= tips && cues.spread >= spread;

/** Strongest suspicion over looks of one hand, by whatever expert, also where it could not count: for showing hands in order. */
export const suspicionOf = (looks: readonly Look[]): number =>
  Math.max(
    0,
    ...windowMedians(
      looks.map(({ cues }) => (cues.open > 0 ? extraScore(cues) : 0)),
      3,
    ),
  );

/**
 * A fingertip too many. Fingers are counted on looks at open hands only, a fist's knuckles are no tips, and only where the
 * tips that must be there are seen; other looks carry no suspicion.
 */
function extraFinger({ looks }: WatchedHand, options: ExpertOptions): Suspicion {
  const { extra, window } = options;
  const values = looks.map(({ cues }) => (countable(cues, options) ? extraScore(cues) : 0));
  const medians = windowMedians(values, window);
  const most = Math.max(0, ...medians);
  return {
    stretches: stretches(values, window, extra, LETS_GO * extra),
    most,
    threshold: extra,
    unit: 'probability of a tip',
    score: 0.9 * Math.min(1, most / extra) ** 3,
    // Half as sure of what few looks carry.
    confidence: (value, count) =>
      (0.6 + (0.35 * (value - extra)) / Math.max(0.05, 1 - extra)) * Math.min(1, 0.5 + count / (2 * window)),
  };
}
