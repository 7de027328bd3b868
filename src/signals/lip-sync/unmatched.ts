import type { VoiceActivity } from '../../landmarks.ts';
import { isSure, type SyncCourse } from './analyse.ts';
import { type Grounds, groundsAround } from './belief.ts';
import type { LipSyncModel } from './model.ts';
import { openLips, pair, restingLips, type Stretch, talkingLips } from './stretches.ts';
import type { Talker } from './talkers.ts';

/** From where on lips without speech and speech without lips count; see the options of the detector. */
export interface StretchLimits {
  stretch: number;
  strokes: number;
  still: number;
  closing: number;
  open: number;
  confidence: number;
  match: number;
}

export interface Unmatched extends Stretch {
  kind: 'mouth-without-speech' | 'speech-without-mouth' | 'closure';
  /** Why this mouth is taken for the one that speaks around the stretch. */
  grounds: Grounds;
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
): Unmatched[] {
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
  return find(surest?.offset ?? 0).flatMap(candidate => {
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
