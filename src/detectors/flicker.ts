import { z } from 'zod';
import { framesOf } from '../clip.ts';
import { confidenceFrom, excess } from '../signals/score.ts';
import { percentile, runs } from '../statistics.ts';
import { defineDetector, type Fault } from './detector.ts';
import { generalFlashes } from './flashes.ts';

/** Up to this mean difference (codes) a frame repeats the one before: a repeat says nothing about brightness. */
const REPEAT = 0.02;
/** Percentile of the deviations that stands for a window: a quarter of its frames may be cuts, flashes or spikes. */
const ROBUST = 0.75;
/**
 * Share of the frame's whole difference that the change of its mean must be. In a shot that is flung about, light and
 * dark parts enter and leave, and the mean follows by a small part of the difference; flicker lifts all pixels alike.
 */
const MEAN_SHARE = 0.25;
/** Limits of the flash screening whose stretches are left to it. */
const FLASH_LIMITS = { flashes: 3, area: 0.25 } as const;

export const flicker = defineDetector({
  meta: {
    id: 'flicker',
    title: 'Brightness flicker',
    summary: 'Finds brightness that jumps up and down from frame to frame.',
    medium: 'picture',
    scope: 'shot',
    signals: ['lumaMean', 'frameDifference', 'flashRise', 'flashFall'],
    options: z.object({
      deviation: z
        .number()
        .positive()
        .default(2)
        .describe(
          'Mean luma, 8-bit codes: alternation from frame to frame that is a fault; equals the standard deviation of the frame-to-frame change (2.0 in a shipping gate for generated video).',
        ),
      alternation: z
        .number()
        .min(0)
        .max(1)
        .default(0.45)
        .describe(
          'Share of neighbouring frame-to-frame changes that must have opposite signs: two thirds in noise, all in alternation, none in a ramp.',
        ),
      seconds: z
        .number()
        .positive()
        .default(0.5)
        .describe('Seconds: window that is judged, and so about the shortest flicker found.'),
    }),
    certainFrom: 0,
    messages: { flicker: 'The brightness flickers by {measured} codes from frame to frame (limit {threshold}).' },
    advice: {
      flicker: 'Generate the shot again; ask for steady light, or deflicker the shot if the motion is right.',
    },
    source:
      'Limit of a shipping gate for generated video on the standard deviation of ΔYAVG, applied to the part that changes sign.',
  },
  judge({ clip, shot, signals, options }) {
    const frames = distinctFrames(signals.frameDifference, shot.start, shot.end);
    const window = framesOf(clip, options.seconds, 8);
    if (frames.length < window + 2) {
      return { status: 'skipped', reason: 'The shot has too few different frames to tell flicker from change.' };
    }
    const covered = generalFlashes(clip, shot, signals, FLASH_LIMITS).stretches;
    const isCovered = frames.map(frame => covered.some(({ start, end }) => frame >= start - 1 && frame <= end));
    const { lumaMean } = signals;
    const change = frames.map((frame, k) => (k === 0 ? 0 : lumaMean[frame] - lumaMean[frames[k - 1]]));
    // Distance from the middle of both neighbours: a ramp has none, alternation by ±a/2 has a.
    const jump = frames.map((_, k) =>
      k === 0 || k === frames.length - 1 || isCovered[k] ? Number.NaN : (change[k] - change[k + 1]) / 2,
    );
    const size = jump.map(Math.abs);
    const isLight = change.map(
      (value, k) =>
        Math.abs(value) >= options.deviation / 4 && Math.abs(value) >= MEAN_SHARE * signals.frameDifference[frames[k]],
    );
    const alternates = frames.map((_, k) => change[k] * (change[k + 1] ?? 0) < 0 && isLight[k] && isLight[k + 1]);
    const flickers = new Array<boolean>(frames.length).fill(false);
    let most = 0;
    let judged = 0;
    for (let from = 1; from + window < frames.length; from++) {
      const part = size.slice(from, from + window);
      const usable = part.filter(Number.isFinite).length;
      if (usable < window / 2) continue;
      judged++;
      let turning = 0;
      for (let k = from; k < from + window; k++) if (alternates[k] && Number.isFinite(size[k])) turning++;
      const share = turning / usable;
      const level = percentile(part, ROBUST) * Math.min(1, share / options.alternation);
      most = Math.max(most, level);
      if (level > options.deviation && share >= options.alternation) flickers.fill(true, from, from + window);
    }
    if (judged === 0)
      return { status: 'skipped', reason: 'The shot flashes all over, which the flash screening judges.' };
    const faults: Fault<'flicker'>[] = [];
    for (const run of runs(flickers)) {
      // The window reaches past the flicker; its own frames are those that jump.
      const strong = (k: number) => size[k] >= options.deviation / 2 && (alternates[k] || alternates[k - 1]);
      let { start, end } = run;
      while (start < end && !strong(start)) start++;
      while (end > start && !strong(end - 1)) end--;
      if (end - start < 2) continue;
      let peak = start;
      for (let k = start; k < end; k++) if (size[k] > size[peak]) peak = k;
      const measured = percentile(size.slice(start, end), ROBUST);
      faults.push({
        kind: 'flicker',
        start: frames[start],
        end: frames[end - 1] + 1,
        peak: frames[peak],
        measured,
        threshold: options.deviation,
        unit: 'codes',
        confidence: confidenceFrom(excess(measured, options.deviation), 0.6, 0.95),
      });
    }
    return { status: 'ran', score: excess(most, options.deviation), measurements: { deviation: most }, faults };
  },
});

/** Frames of the shot that do not repeat the one before, in order. */
function distinctFrames(frameDifference: Float32Array, start: number, end: number): number[] {
  const frames: number[] = [];
  for (let i = start; i < end; i++) if (i === start || frameDifference[i] > REPEAT) frames.push(i);
  return frames;
}
