import { z } from 'zod';
import { type FrameRange, framesOf, rangeSeconds } from '../clip.ts';
import { confidenceFrom, excess } from '../signals/score.ts';
import type { Signals } from '../signals.ts';
import { median, percentile, runs } from '../statistics.ts';
import { emptiness, lumaCode } from './black.ts';
import { defineDetector, type Fault } from './detector.ts';

/**
 * A key frame inside a freeze is coded afresh and pulses: one frame of up to this difference (codes) is passed over when
 * this many frames on either side stand still.
 */
const PULSE = 1.5;
const PULSE_APART = 3;
/** Seconds on either side of a freeze whose motion it is compared with. */
const NEIGHBOURHOOD = 1;
/** Frames beside a freeze that must still move at this share of the usual motion: a freeze stops and starts at once. */
const EDGE_FRAMES = 2;
const EDGE_SHARE = 0.4;
/**
 * Repeats that the encoder copied differ by less than this share of the noise limit. A shot in which nearly all other frames
 * differ so many times more than that never rests by itself: grain, breath and leaves do not stop.
 */
const EXACT = 1 / 8;
const RESTLESS = 8;
const CALMEST = 0.05;
/** Share of a shot that must be frozen for the shot to be a still rather than to contain a freeze. */
const STILL_SHARE = 0.9;

export const freeze = defineDetector({
  meta: {
    id: 'freeze',
    title: 'Frozen picture',
    summary: 'Finds stretches in which the picture stands still while the rest of the shot moves.',
    medium: 'picture',
    scope: 'shot',
    signals: [
      'frameDifference',
      'changedShare',
      'lumaDeviation',
      'lumaLow',
      'lumaHigh',
      'chromaBlue',
      'chromaRed',
      'saturation',
    ],
    options: z.object({
      seconds: z
        .number()
        .positive()
        .default(0.6)
        .describe(
          'Seconds: shortest freeze that is a fault. The 2 s of ffmpeg freezedetect miss most faults of clips of 4–20 s.',
        ),
      noise: z
        .number()
        .nonnegative()
        .default(0.12)
        .describe(
          'Mean luma difference (8-bit codes) up to which two frames are the same: about twice what H.264 leaves in repeated frames; half of ffmpeg freezedetect’s −60 dB.',
        ),
      changed: z
        .number()
        .min(0)
        .max(1)
        .default(0.0005)
        .describe('Share of pixels that may differ by more than coding noise between two frames that are the same.'),
      contrast: z
        .number()
        .min(1)
        .default(6)
        .describe(
          'How many times the frames beside a freeze must differ more than those in it (and than a third of the noise limit): people come to rest gradually, a freeze does not.',
        ),
    }),
    certainFrom: 0.5,
    messages: {
      freeze: 'The picture freezes for {measured} s {place} while the rest of the shot moves.',
      still: 'Nothing moves in the whole shot ({measured} s).',
    },
    advice: {
      freeze:
        'Generate the shot again, or trim it before the freeze; a longer clip than the model is made for often ends in one.',
      still: 'If the shot is meant to move, say in the prompt what moves and how the camera moves.',
    },
    source: 'ffmpeg freezedetect with limits for generated clips and a comparison with the motion around the freeze.',
  },
  judge({ clip, shot, signals, options }) {
    const { frameDifference, changedShare } = signals;
    const length = shot.end - shot.start;
    if (length < framesOf(clip, options.seconds, 3)) {
      return { status: 'skipped', reason: `The shot is shorter than ${options.seconds} s.` };
    }
    const blackLuma = lumaCode(clip, 0.07);
    const empty = Array.from({ length }, (_, i) => emptiness(signals, shot.start + i, blackLuma) !== 'picture');
    if (empty.every(Boolean)) return { status: 'skipped', reason: 'The shot shows no picture.' };
    const same = Array.from({ length }, (_, i) => {
      const frame = shot.start + i;
      return i > 0 && !empty[i] && frameDifference[frame] <= options.noise && changedShare[frame] <= options.changed;
    });
    const still = bridged(same, i => !empty[i] && frameDifference[shot.start + i] <= PULSE);

    const faults: Fault<'freeze' | 'still'>[] = [];
    let score = 0;
    let longest = 0;
    for (const run of runs(still)) {
      // The frame before the first repeat is where the frozen picture begins.
      const range = { start: shot.start + run.start - 1, end: shot.start + run.end };
      const seconds = rangeSeconds(clip, range);
      const whole = range.end - range.start >= STILL_SHARE * length;
      const inside = median(frameDifference.subarray(range.start + 1, range.end));
      const reach = framesOf(clip, NEIGHBOURHOOD);
      const moves = whole || beside(frameDifference, range, shot, reach) > options.noise;
      const motion = whole || !moves ? 0 : interrupted(sides(signals, range, shot, reach, still));
      const contrast = motion / Math.max(inside, options.noise / 3);
      const exact = !whole && moves && inside <= EXACT * options.noise;
      const restless = exact ? restlessness(frameDifference, range, shot) / (EXACT * options.noise) : 0;
      const stopped = Math.max(excess(contrast, options.contrast), excess(restless, RESTLESS));
      const here = Math.min(excess(seconds, options.seconds), whole ? 0.55 : stopped);
      score = Math.max(score, here);
      longest = Math.max(longest, seconds);
      if (seconds < options.seconds - 1e-6 || (!whole && stopped < 0.5)) continue;
      faults.push({
        kind: whole ? 'still' : 'freeze',
        ...range,
        peak: Math.min(range.start + 1, range.end - 1),
        measured: seconds,
        threshold: options.seconds,
        unit: 's',
        confidence: whole
          ? 0.4
          : confidenceFrom(excess(seconds, options.seconds), 0.7, 0.95) * confidenceFrom(stopped, 0.8, 1),
        values: {
          place:
            range.end === shot.end
              ? 'to the end of the shot'
              : range.start === shot.start
                ? 'at the head'
                : 'in the middle',
        },
      });
    }
    return {
      status: 'ran',
      score,
      measurements: { longestSeconds: longest, stillShare: still.filter(Boolean).length / Math.max(1, length - 1) },
      faults,
    };
  },
});

/**
 * How much the shot changes from frame to frame beside a stretch, in codes: what four of five frames stay below. An empty
 * room seen by a fixed camera has nothing for a freeze to stop; the pulse of its key frames is not motion.
 */
function beside(frameDifference: Float32Array, range: FrameRange, shot: FrameRange, reach: number): number {
  const before = frameDifference.subarray(Math.max(shot.start + 1, range.start + 1 - reach), range.start + 1);
  const after = frameDifference.subarray(range.end, Math.min(shot.end, range.end + reach));
  return percentile([...before, ...after], 0.8);
}

/** `same` with single frames passed over that stand between repeats and may be a key frame's pulse. */
const bridged = (same: readonly boolean[], isPulse: (i: number) => boolean): boolean[] =>
  same.map((value, i) => {
    if (value || i < 1 || !isPulse(i)) return value;
    for (let k = 1; k <= PULSE_APART; k++) {
      if (i - k >= 1 && !same[i - k]) return false;
      if (i + k < same.length && !same[i + k]) return false;
    }
    return i > 1 && i + 1 < same.length;
  });

/** What the calmest of the shot's other frames differ by, in codes. */
function restlessness(frameDifference: Float32Array, range: FrameRange, shot: FrameRange): number {
  const others: number[] = [];
  for (let i = shot.start + 1; i < shot.end; i++) {
    if (i <= range.start || i >= range.end) others.push(frameDifference[i]);
  }
  return others.length >= range.end - range.start ? percentile(others, CALMEST) : 0;
}

/** How the picture moves beside a stretch: median of the moving frames, and of the nearest few. */
interface Side {
  /** Mean luma difference, codes. */
  usual: number;
  edge: number;
  /** Share of changed pixels. A key frame's pulse has a difference, but next to no changed pixels. */
  usualChanged: number;
  edgeChanged: number;
}

/** Motion before and after the range, inside the shot; null on a side where the shot begins or ends with it. */
function sides(
  { frameDifference, changedShare }: Pick<Signals, 'frameDifference' | 'changedShare'>,
  range: FrameRange,
  shot: FrameRange,
  reach: number,
  still: readonly boolean[],
): (Side | null)[] {
  const moving = (from: number, to: number): number[] => {
    const found: number[] = [];
    for (let i = Math.max(shot.start + 1, from); i < Math.min(shot.end, to); i++) {
      if (!still[i - shot.start]) found.push(i);
    }
    return found;
  };
  const side = (frames: number[], nearest: number[]): Side | null =>
    frames.length === 0
      ? null
      : {
          usual: median(frames.map(i => frameDifference[i])),
          edge: median(nearest.map(i => frameDifference[i])),
          usualChanged: median(frames.map(i => changedShare[i])),
          edgeChanged: median(nearest.map(i => changedShare[i])),
        };
  const before = moving(range.start - reach, range.start + 1);
  const after = moving(range.end, range.end + reach);
  return [side(before, before.slice(-EDGE_FRAMES)), side(after, after.slice(0, EDGE_FRAMES))];
}

/**
 * Motion that the range interrupts, in codes: 0 when it only fades away or comes up slowly on some side, as rest does.
 */
function interrupted(beside: (Side | null)[]): number {
  const known = beside.filter(side => side !== null);
  const usual = Math.max(0, ...known.map(side => side.usual));
  const changed = Math.max(0, ...known.map(side => side.usualChanged));
  const abrupt = known.every(
    ({ edge, edgeChanged }) => edge >= EDGE_SHARE * usual && edgeChanged >= EDGE_SHARE * changed,
  );
  return abrupt && known.length > 0 ? Math.min(...known.map(side => side.edge)) : 0;
}
