import { z } from 'zod';
import { type ClipFacts, type FrameRange, framesOf, frameTime, toNumber } from '../clip.ts';
import { findPatterns } from '../signals/cadence-pattern.ts';
import { excess } from '../signals/score.ts';
import { median, percentile, runs } from '../statistics.ts';
import { emptiness, lumaCode } from './black.ts';
import { defineDetector, type Fault } from './detector.ts';

/** Seconds around a frame over which the usual change from frame to frame is taken, and the percentile that stands for it. */
const NEIGHBOURHOOD = 0.5;
const MOVING = 0.9;
/** A repeat that was coded again may differ by this much (mean luma codes) however strong the motion around it is. */
const REPEAT_NOISE = 0.4;
/** Frames on either side of a repeat of which one must move at full rate. */
const BESIDE = 2;
/** From this many repeats in a row they must be this many times stiller: a pause is not far from that. */
const IN_A_ROW = 3;
const STILLER = 3;
/** Stretches this long without change are freezes, not cadence. */
const FREEZE_SECONDS = 0.4;
/**
 * A key frame's pulse of up to this difference (codes) does not end one when so many frames are still on one side and on
 * the other: more than any pattern of 5 and more pictures per second leaves.
 */
const PULSE = 1.5;
const STILL_ONE_SIDE = 6;
const STILL_OTHER_SIDE = 2;
/** Difference up to which frames are the same however little moves around them. */
const SAME = 0.1;
/** Recorders often hold the first or last frame a little; only a hold of this many seconds there is a gap. */
const EDGE_SECONDS = 0.25;
/** A clip's times are regular when this share of its frame intervals lies this close to the usual one. */
const REGULAR_SHARE = 0.9;
const REGULAR_TOLERANCE = 0.12;
/** In irregular times only a hole of this many usual intervals, and of these seconds, is a gap. */
const IRREGULAR_STEPS = 4;
const IRREGULAR_SECONDS = 0.25;

export const cadence = defineDetector({
  meta: {
    id: 'cadence',
    title: 'Repeated or dropped frames',
    summary: 'Finds frames that repeat in a pattern or irregularly, and holes in the frame times.',
    medium: 'picture',
    scope: 'shot',
    signals: ['frameDifference', 'lumaDeviation', 'lumaLow', 'lumaHigh', 'chromaBlue', 'chromaRed', 'saturation'],
    options: z.object({
      motion: z
        .number()
        .positive()
        .default(0.6)
        .describe(
          'Mean luma difference (8-bit codes) between frames below which motion is too slight to tell a repeat from rest; several times the noise of a re-encode.',
        ),
      ratio: z
        .number()
        .min(0)
        .max(1)
        .default(0.15)
        .describe(
          'Share of the difference of the frames right beside it up to which a frame repeats the one before; re-encoded repeats lie at 0.01–0.12.',
        ),
      repeats: z
        .number()
        .int()
        .positive()
        .default(3)
        .describe('Irregular repeats in any one second from which motion visibly stutters.'),
      gap: z
        .number()
        .min(1.1)
        .default(1.5)
        .describe('Usual frame intervals from which an interval is a gap: half way to one dropped frame.'),
    }),
    certainFrom: 0.5,
    messages: {
      pattern:
        '{repeated} of every {period} frames repeat the one before: the motion runs at {rate} frames per second.',
      stutter: 'The motion stutters: {measured} frames within a second repeat the one before.',
      gap: 'Frames are missing: the picture stands for {measured} frame intervals between two frames.',
    },
    advice: {
      pattern:
        'Generate at the frame rate of delivery, or interpolate; conform the clip at its true rate if the edit allows.',
      stutter: 'Generate or export the shot again: frames were repeated on the way.',
      gap: 'Export the shot again at a constant frame rate: frames were dropped on the way.',
    },
    source: 'Repeat test relative to the motion around it; patterns by folding at every period up to 30 frames.',
  },
  judge({ clip, shot, signals, options }) {
    const length = shot.end - shot.start;
    if (length < 3) return { status: 'skipped', reason: 'The shot has fewer than three frames.' };
    const difference = signals.frameDifference.subarray(shot.start, shot.end);
    const usual = usualDifference(difference, framesOf(clip, NEIGHBOURHOOD, 4));
    const blackLuma = lumaCode(clip, 0.07);
    const moving = Array.from(
      usual,
      (value, i) => value >= options.motion && emptiness(signals, shot.start + i, blackLuma) === 'picture',
    );
    const gaps = findGaps(clip, shot, moving, options.gap);

    const repeats = findRepeats(difference, usual, moving, options, framesOf(clip, FREEZE_SECONDS, 6));

    const judged = moving.filter(Boolean).length;
    const enough = judged >= framesOf(clip, 0.75, 8);
    if (!enough && gaps.length === 0) {
      return { status: 'skipped', reason: 'There is too little motion to tell repeated frames from rest.' };
    }
    const faults: Fault<'pattern' | 'stutter' | 'gap'>[] = [];
    let score = 0;
    const fps = toNumber(clip.video.fps);
    const patterns = enough ? findPatterns(repeats, framesOf(clip, 2, 16)) : [];
    for (const { start, end, period, repeated } of patterns) {
      score = Math.max(score, 0.95);
      faults.push({
        kind: 'pattern',
        start: shot.start + start,
        end: shot.start + end,
        peak: shot.start + start,
        measured: repeated / period,
        threshold: 0,
        unit: 'share of frames',
        confidence: 0.9,
        values: { repeated, period, rate: Math.round((fps * (period - repeated) * 100) / period) / 100 },
      });
      repeats.fill(false, start, end);
    }
    const second = framesOf(clip, 1, 4);
    const worst = enough ? crowd(repeats, second) : 0;
    score = Math.max(score, excess(worst, options.repeats));
    for (const range of enough ? crowded(repeats, second, options.repeats) : []) {
      const count = crowd(repeats.slice(range.start, range.end), second);
      faults.push({
        kind: 'stutter',
        start: shot.start + range.start,
        end: shot.start + range.end,
        peak: shot.start + range.start,
        measured: count,
        threshold: options.repeats,
        unit: 'repeats per second',
        confidence: Math.min(0.9, 0.5 + 0.1 * (count - options.repeats + 1)),
      });
    }
    for (const gap of gaps) {
      score = Math.max(score, 0.9);
      faults.push({
        kind: 'gap',
        start: gap.frame - 1,
        end: gap.frame + 1,
        peak: gap.frame - 1,
        measured: gap.steps,
        threshold: options.gap,
        unit: 'frame intervals',
        confidence: Math.min(0.9, 0.6 + 0.1 * (gap.steps - 2)),
      });
    }
    faults.sort((a, b) => a.start - b.start);
    return {
      status: 'ran',
      score,
      measurements: {
        repeatsPerSecond: worst,
        patterns: patterns.length,
        gaps: gaps.length,
        judgedShare: enough ? judged / length : 0,
      },
      faults,
    };
  },
});

/** The {@link MOVING} percentile of the differences around each frame, the first frame's (a cut's) left out. */
function usualDifference(difference: Float32Array, reach: number): Float32Array {
  return Float32Array.from(difference, (_, i) =>
    percentile(difference.subarray(Math.max(1, i - reach), Math.min(difference.length, i + reach + 1)), MOVING),
  );
}

/**
 * Frames that repeat the one before: next to nothing changes, while right before and right after the picture moves at
 * full rate. People at rest slow down and speed up instead.
 */
function findRepeats(
  difference: Float32Array,
  usual: Float32Array,
  moving: readonly boolean[],
  { ratio, motion }: { ratio: number; motion: number },
  freeze: number,
): boolean[] {
  const quiet = Array.from(
    difference,
    (value, i) => i > 0 && moving[i] && value <= Math.min(REPEAT_NOISE, 1.5 * ratio * usual[i]),
  );
  const repeats = new Array<boolean>(quiet.length).fill(false);
  const frozen = new Array<boolean>(quiet.length).fill(false);
  const still = quiet.map((value, i) => value || (i > 0 && difference[i] <= SAME));
  const bridged = still.map((value, i) => value || (difference[i] <= PULSE && isInside(still, i)));
  for (const { start, end } of runs(bridged, freeze)) frozen.fill(true, start, end);
  for (const { start, end } of runs(quiet)) {
    if (frozen[start]) continue;
    const before = strongest(difference, quiet, start - 1, -1);
    const after = strongest(difference, quiet, end, 1);
    const beside = Math.min(before ?? after ?? 0, after ?? before ?? 0);
    const limit = (ratio * beside) / (end - start >= IN_A_ROW ? STILLER : 1);
    if (beside >= motion / 2 && percentile(difference.subarray(start, end), 1) <= limit) repeats.fill(true, start, end);
  }
  return repeats;
}

/** Whether a frame stands inside a still stretch rather than between two repeats. */
function isInside(still: readonly boolean[], i: number): boolean {
  let before = 0;
  let after = 0;
  while (still[i - 1 - before]) before++;
  while (still[i + 1 + after]) after++;
  return Math.max(before, after) >= STILL_ONE_SIDE && Math.min(before, after) >= STILL_OTHER_SIDE;
}

/** Largest difference of the nearest frames from `from` on that are not quiet; null at the end of the shot. */
function strongest(
  difference: Float32Array,
  quiet: readonly boolean[],
  from: number,
  direction: 1 | -1,
): number | null {
  let most: number | null = null;
  for (let i = from, seen = 0; i > 0 && i < difference.length && seen < BESIDE; i += direction) {
    if (quiet[i]) continue;
    most = Math.max(most ?? 0, difference[i]);
    seen++;
  }
  return most;
}

interface Gap {
  /** The frame after the hole. */
  frame: number;
  /** Length of the interval in usual intervals. */
  steps: number;
}

/** Holes in the container's times before frames of the shot, where the picture around them moves. */
function findGaps(clip: ClipFacts, shot: FrameRange, moving: readonly boolean[], least: number): Gap[] {
  const steps: number[] = [];
  for (let i = 1; i < clip.frames; i++) steps.push(frameTime(clip, i) - frameTime(clip, i - 1));
  const usual = median(steps);
  if (!(usual > 0)) return [];
  const close = steps.filter(step => Math.abs(step - usual) <= REGULAR_TOLERANCE * usual).length;
  const regular = close >= REGULAR_SHARE * steps.length;
  const threshold = regular ? least * usual : Math.max(IRREGULAR_STEPS * usual, IRREGULAR_SECONDS);
  const gaps: Gap[] = [];
  for (let i = shot.start + 1; i < shot.end; i++) {
    const atEdge = i === 1 || i === clip.frames - 1;
    if (atEdge && steps[i - 1] < EDGE_SECONDS) continue;
    if (steps[i - 1] >= threshold && moving[i - shot.start]) gaps.push({ frame: i, steps: steps[i - 1] / usual });
  }
  return gaps;
}

/** Largest number of repeats in any window of that many frames. */
function crowd(repeats: readonly boolean[], window: number): number {
  let count = 0;
  let most = 0;
  for (let i = 0; i < repeats.length; i++) {
    if (repeats[i]) count++;
    if (i >= window && repeats[i - window]) count--;
    most = Math.max(most, count);
  }
  return most;
}

/** Stretches from repeat to repeat in which every window of that many frames that they come from holds `least` of them. */
function crowded(repeats: readonly boolean[], window: number, least: number): FrameRange[] {
  const places = repeats.flatMap((repeat, i) => (repeat ? [i] : []));
  const inside = new Array<boolean>(repeats.length).fill(false);
  for (let k = 0; k + least <= places.length; k++) {
    const last = places[k + least - 1];
    if (last - places[k] < window) inside.fill(true, places[k], last + 1);
  }
  return runs(inside);
}
