import { z } from 'zod';
import { type ClipFacts, type FrameRange, framesOf, frameTime } from '../clip.ts';
import { confidenceFrom, excess } from '../signals/score.ts';
import type { Signals } from '../signals.ts';
import { defineDetector, type Fault } from './detector.ts';

/** Flashes slower than this never exceed the limit: one transition takes at most half of 1 / 3 s. */
const LONGEST_TRANSITION = 1 / 6;
/** How far one direction must outweigh the other over the picture: moving texture rises and falls in equal parts. */
const DOMINANCE = 2;

/** The second in which flashes are counted, less the milliseconds to which containers round their times. */
const SECOND = 1 - 0.002;

/** One change of luminance (or redness) over the required area. */
interface Transition {
  frame: number;
  share: number;
}

/** A stretch with more flashes than the limit in some second of it. */
export interface FlashStretch extends FrameRange {
  peak: number;
  /** Most flashes in any second of it; a flash is two opposing transitions. */
  flashes: number;
}

/**
 * Transitions in turn, up and down: a frame completes one when the shares that changed in its direction since the last
 * one, over at most {@link LONGEST_TRANSITION}, make up the area and outweigh the other direction.
 */
function transitions(
  up: (frame: number) => number,
  down: (frame: number) => number,
  shot: FrameRange,
  window: number,
  area: number,
): Transition[] {
  const found: Transition[] = [];
  let since = shot.start;
  let last = 0;
  for (let i = shot.start; i < shot.end; i++) {
    since = Math.max(since, i - window + 1);
    let rise = 0;
    let fall = 0;
    for (let j = since; j <= i; j++) {
      rise += up(j);
      fall += down(j);
    }
    const direction = rise > area && rise >= DOMINANCE * fall ? 1 : fall > area && fall >= DOMINANCE * rise ? -1 : 0;
    if (direction === 0 || direction === last) continue;
    found.push({ frame: i, share: Math.min(1, Math.max(rise, fall)) });
    last = direction;
    since = i + 1;
  }
  return found;
}

/** Most transitions in any one second, and the stretches in which there are more than `limit` flashes' worth. */
function crowdedStretches(
  clip: Pick<ClipFacts, 'times' | 'video'>,
  found: readonly Transition[],
  limit: number,
): { most: number; stretches: FlashStretch[] } {
  const stretches: FlashStretch[] = [];
  let most = 0;
  let end = 0;
  let tail = -1;
  for (let k = 0; k < found.length; k++) {
    while (end < found.length && frameTime(clip, found[end].frame) - frameTime(clip, found[k].frame) < SECOND) end++;
    const count = end - k;
    most = Math.max(most, count);
    if (count / 2 <= limit) continue;
    const current = stretches.at(-1);
    if (current && k <= tail) {
      current.end = found[end - 1].frame + 1;
      current.flashes = Math.max(current.flashes, count / 2);
    } else {
      stretches.push({
        start: found[k].frame,
        end: found[end - 1].frame + 1,
        peak: found[k].frame,
        flashes: count / 2,
      });
    }
    tail = end - 1;
  }
  for (const stretch of stretches) {
    const inside = found.filter(({ frame }) => frame >= stretch.start && frame < stretch.end);
    stretch.peak = inside.reduce((a, b) => (b.share > a.share ? b : a)).frame;
  }
  return { most, stretches };
}

/** Limits of the screening; the detector's options. */
export interface FlashLimits {
  flashes: number;
  area: number;
}

/** Stretches of general flashes beyond the limits, and the most flashes in any second. */
export function generalFlashes(
  clip: Pick<ClipFacts, 'times' | 'video'>,
  shot: FrameRange,
  { flashRise, flashFall }: Pick<Signals, 'flashRise' | 'flashFall'>,
  { flashes: limit, area }: FlashLimits,
): { most: number; stretches: FlashStretch[] } {
  const window = framesOf(clip, LONGEST_TRANSITION);
  const found = transitions(
    i => flashRise[i],
    i => flashFall[i],
    shot,
    window,
    area,
  );
  return crowdedStretches(clip, found, limit);
}

function redFlashes(
  clip: Pick<ClipFacts, 'times' | 'video'>,
  shot: FrameRange,
  { flashRed, flashRedAway }: Pick<Signals, 'flashRed' | 'flashRedAway'>,
  { flashes: limit, area }: FlashLimits,
): { most: number; stretches: FlashStretch[] } {
  const window = framesOf(clip, LONGEST_TRANSITION);
  const found = transitions(
    i => flashRed[i] - flashRedAway[i],
    i => flashRedAway[i],
    shot,
    window,
    area,
  );
  return crowdedStretches(clip, found, limit);
}

export const flashes = defineDetector({
  meta: {
    id: 'flashes',
    title: 'Photosensitive flashes',
    summary:
      'Screens for flashing that can trigger seizures: more than three flashes in a second over a quarter of the picture.',
    medium: 'picture',
    scope: 'clip',
    signals: ['flashRise', 'flashFall', 'flashRed', 'flashRedAway'],
    options: z.object({
      flashes: z
        .number()
        .nonnegative()
        .default(3)
        .describe(
          'Flashes (pairs of opposing changes) in any one second that are still allowed: ITU-R BT.1702, Ofcom.',
        ),
      area: z
        .number()
        .positive()
        .max(1)
        .default(0.25)
        .describe('Share of the picture beyond which flashing counts: ITU-R BT.1702, Ofcom.'),
    }),
    certainFrom: 0,
    messages: {
      general:
        'The picture flashes {measured} times in a second (limit {threshold}). Screening only, not a certified Harding test.',
      red: 'The picture flashes saturated red {measured} times in a second (limit {threshold}). Screening only, not a certified Harding test.',
    },
    advice: {
      general: 'Take strobes, lightning and flickering light out of the prompt, or slow the flashing down in the edit.',
      red: 'Take flashing red light out of the prompt, or desaturate the stretch in the grade.',
    },
    source:
      'ITU-R BT.1702 and Ofcom guidance: steps of 20 cd/m² with the darker state below 160 cd/m²; red after WCAG 2. Assumes a display of 200 cd/m² and gamma 2.2.',
  },
  judge({ clip, shot, signals, options }) {
    const { hdr, transfer } = clip.video.colour;
    if (hdr !== null) {
      return {
        status: 'skipped',
        reason: `Screening needs standard dynamic range; the clip is ${hdr === 'pq' ? 'PQ' : 'HLG'}.`,
      };
    }
    if (shot.end - shot.start < 2) return { status: 'skipped', reason: 'There are fewer than two frames.' };
    const general = generalFlashes(clip, shot, signals, options);
    const red = redFlashes(clip, shot, signals, options);
    const faults = [
      ...general.stretches.map(stretch => fault('general', stretch, options.flashes)),
      ...red.stretches.map(stretch => fault('red', stretch, options.flashes)),
    ];
    // The limit itself is allowed, so the even chance lies half a transition above it.
    const even = options.flashes + 0.25;
    return {
      status: 'ran',
      score: Math.max(excess(general.most / 2, even), excess(red.most / 2, even)),
      measurements: {
        flashesPerSecond: general.most / 2,
        redFlashesPerSecond: red.most / 2,
        assumedTransfer: transfer === 'unknown' ? 'gamma 2.2, the file does not say' : 'gamma 2.2',
      },
      faults,
    };
  },
});

function fault(
  kind: 'general' | 'red',
  { start, end, peak, flashes: measured }: FlashStretch,
  threshold: number,
): Fault<'general' | 'red'> {
  const confidence = confidenceFrom(excess(measured, threshold + 0.25), 0.75, 0.95);
  return { kind, start, end, peak, measured, threshold, unit: 'flashes per second', confidence };
}
