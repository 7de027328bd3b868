import type { VoiceActivity } from '../../landmarks.ts';
import { isSure, type SyncCourse } from './analyse.ts';
import { belonging, type Grounds, groundsAround, isSteady } from './belief.ts';
import { type Closure, closuresOf, type Misses, REACH, worstMisses } from './closures.ts';
import type { LipSyncModel } from './model.ts';
import { MOUTH_RATE } from './mouth.ts';
import { openLips, pair, restingLips, type Stretch, talkingLips } from './stretches.ts';
import type { Talker } from './talkers.ts';

/** From where on lips without speech and speech without lips count; see the options of the detector. */
export interface StretchLimits {
  stretch: number;
  strokes: number;
  still: number;
  closing: number;
  open: number;
  heard: number;
  evidence: number;
  confidence: number;
  match: number;
}

export interface Unmatched extends Stretch {
  kind: 'mouth-without-speech' | 'speech-without-mouth' | 'closure';
  /** Why this mouth is taken for the one that speaks around the stretch. */
  grounds: Grounds;
  /** The p, b and m that were heard in the stretch and missed by the lips, rows from the mouth's first. */
  misses?: Misses;
  /** Opening from which these lips count as open, where it is not the option's. */
  open?: number;
}

/** What was found, and every p, b and m that was heard while the lips were seen. */
export interface Unmatches {
  found: Unmatched[];
  closures: Closure[];
  /** How much the best run of them speaks for lips that do not close, see {@link Misses.evidence}. */
  evidence: number;
}

/** Other faces' lips that move by this share of their opening in speech may be those that speak. */
const MOVING = 0.5;

/**
 * Stretches of a talker's rows in which lips and sound have nothing to do with each other, although this mouth is plainly
 * the one that speaks around them. Rows count from the mouth's first.
 *
 * @param others faces that may be speaking instead
 */
export function unmatchedStretches(
  model: LipSyncModel,
  talker: Talker,
  course: SyncCourse,
  others: readonly Talker[],
  bands: Float32Array,
  voice: VoiceActivity,
  limits: StretchLimits,
): Unmatches {
  const { from, to, mouth } = talker;
  const find = (offset: number): Omit<Unmatched, 'grounds'>[] => {
    const pairing = pair(mouth, bands, voice, from, to, offset);
    const talking = talkingLips(pairing, limits.stretch, limits.strokes);
    const resting = restingLips(pairing, limits.stretch, limits.still);
    const open = openLips(pairing, limits.closing, limits.open);
    return [
      ...open.map(found => ({ ...found, kind: 'closure' as const })),
      ...talking.map(found => ({ ...found, kind: 'mouth-without-speech' as const })),
      ...resting.map(found => ({ ...found, kind: 'speech-without-mouth' as const })),
    ];
  };
  const sure = [course.whole, ...course.windows.map(({ estimate }) => estimate)].filter(one => isSure(one, limits));
  const surest = sure.sort((a, b) => b.match * b.confidence - a.match * a.confidence)[0];
  const found = find(surest?.offset ?? 0).flatMap((candidate): Unmatched[] => {
    // Lips that only do not close still say whose speech it is.
    const aside = candidate.kind === 'closure' ? { from: 0, to: to - from } : candidate;
    const grounds = groundsAround(model, course.compared, course.whole, aside, limits);
    if (grounds === null) return [];
    // The stretch lies where the offset of the speech around it puts it.
    const found = find(grounds.estimate.offset).find(
      ({ kind, from: start, to: end }) => kind === candidate.kind && start < candidate.to && end > candidate.from,
    );
    if (found === undefined) return [];
    const worst = from + (found.worst ?? (found.from + found.to) / 2);
    const placed = { ...found, from: from + found.from, to: from + found.to, worst, grounds };
    return found.kind === 'speech-without-mouth' && others.some(other => moves(other, mouth.first, placed))
      ? []
      : [placed];
  });
  const grounds = groundsAround(model, course.compared, course.whole, { from: 0, to: to - from }, limits);
  // Somebody else's speech misses lips too: the mouth must be the speaker's beyond doubt.
  if (grounds === null || !isSteady(course) || belonging(grounds.estimate.match, grounds.seconds) < BELONGS)
    return { found, closures: [], evidence: 0 };
  const closures = closuresOf(model.hearing, mouth, bands, voice, talker, grounds.estimate.offset, limits.heard);
  const { open, usually } = openingsOf(mouth, talker, limits.open);
  const misses = worstMisses(closures, open, usually);
  if (misses.evidence < limits.evidence || misses.missed.length < LEAST_MISSED)
    return { found, closures, evidence: misses.evidence };
  const inside = found.find(
    ({ kind, from: start, to: end }) =>
      kind === 'closure' && misses.missed.some(({ row }) => row >= start && row < end),
  );
  if (inside) inside.misses = misses;
  else found.push({ ...missing(misses, grounds), open });
  return { found, closures, evidence: misses.evidence };
}

/** Probability that the speech comes from this mouth, least, for single closures to count. */
const BELONGS = 0.9;
/** Least number of p, b and m with open lips. */
const LEAST_MISSED = 3;
/** Lips that open wide are open from this share of their opening in speech on. */
const WIDE_SHARE = 0.3;

/** Opening from which lips count as open, eye spans, and the share of moments, as long as a closure is looked for, at which they are. */
function openingsOf(
  mouth: Talker['mouth'],
  { from, to }: Pick<Talker, 'from' | 'to'>,
  least: number,
): { open: number; usually: number } {
  const width = mouth.measures.length / mouth.length;
  const openings = Float32Array.from({ length: to - from }, (_, k) => mouth.measures[(from + k) * width]);
  const open = Math.max(least, WIDE_SHARE * openings.slice().sort()[Math.floor(0.9 * (openings.length - 1))]);
  const reach = REACH * MOUTH_RATE;
  let [count, opened] = [0, 0];
  for (let k = reach; k + reach < openings.length; k++, count++)
    if (openings.subarray(k - reach, k + reach + 1).every(opening => opening > open)) opened++;
  return { open, usually: opened / Math.max(1, count) };
}

/** A finding from single closures: from the first to the last that was missed; measured is how near the lips came, median. */
function missing(misses: Misses, grounds: Grounds): Unmatched {
  const reach = REACH * MOUTH_RATE;
  const { missed } = misses;
  const openings = missed.map(({ opening }) => opening).sort((a, b) => a - b);
  const worst = missed.reduce((most, one) => (one.opening > most.opening ? one : most));
  return {
    kind: 'closure',
    from: missed[0].row - reach,
    to: missed[missed.length - 1].row + reach + 1,
    measured: openings[openings.length >> 1],
    worst: worst.nearest,
    grounds,
    misses,
  };
}

/** Whether another face's lips move while the stretch lasts. */
function moves({ mouth, from, to }: Talker, first: number, stretch: Stretch): boolean {
  const opening = (k: number) => mouth.measures[k * (mouth.measures.length / mouth.length)];
  const range = (start: number, end: number): number => {
    let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (let k = Math.max(0, start); k < Math.min(mouth.length, end); k++) {
      low = Math.min(low, opening(k));
      high = Math.max(high, opening(k));
    }
    return Math.max(0, high - low);
  };
  const shift = first - mouth.first;
  return range(stretch.from + shift, stretch.to + shift) >= MOVING * range(from, to);
}
