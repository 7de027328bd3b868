import { z } from 'zod';
import { type ClipFacts, type FrameRange, framesOf, rangeSeconds } from '../clip.ts';
import { confidenceFrom, excess } from '../signals/score.ts';
import type { Signals } from '../signals.ts';
import { runs } from '../statistics.ts';
import { defineDetector, type Fault } from './detector.ts';

/** Luma code of black plus a share of the range, in the clip's own codes. */
export const lumaCode = (clip: Pick<ClipFacts, 'video'>, share: number): number =>
  clip.video.colour.range === 'full' ? 255 * share : 16 + 219 * share;

/** Standard deviation of luma up to which black is black, and up to which a colour is uniform, in codes. */
const BLACK_DEVIATION = 4;
const BLANK_DEVIATION = 2;
/** Span from the 1st to the 99th percentile of luma that a uniform colour may have, in codes. */
const BLANK_SPAN = 8;
/** By how much mean saturation may exceed the saturation of the mean colour: more, and there are several colours. */
const BLANK_COLOURS = 2;

type Levels = Pick<Signals, 'lumaDeviation' | 'lumaLow' | 'lumaHigh' | 'chromaBlue' | 'chromaRed' | 'saturation'>;

/** What a frame shows: a picture, nothing but black, or one uniform colour. */
export function emptiness(signals: Levels, frame: number, blackLuma: number): 'picture' | 'black' | 'blank' {
  const deviation = signals.lumaDeviation[frame];
  if (signals.lumaHigh[frame] <= blackLuma && deviation <= BLACK_DEVIATION) return 'black';
  const meanColour = Math.hypot(signals.chromaBlue[frame] - 128, signals.chromaRed[frame] - 128);
  return deviation <= BLANK_DEVIATION &&
    signals.lumaHigh[frame] - signals.lumaLow[frame] <= BLANK_SPAN &&
    signals.saturation[frame] - meanColour <= BLANK_COLOURS
    ? 'blank'
    : 'picture';
}

/** Least change of mean luma over a fade, in codes, and the largest share of it that one frame may bring. */
const RAMP_LEAST = 8;
const RAMP_STEP_SHARE = 0.6;

/** Whether mean luma moves steadily away from the level at `edge` over the `count` frames in `direction`: a fade. */
function isRamp(lumaMean: Float32Array, edge: number, direction: 1 | -1, count: number): boolean {
  const last = edge + direction * count;
  if (last < 0 || last >= lumaMean.length) return false;
  const total = lumaMean[last] - lumaMean[edge];
  if (Math.abs(total) < RAMP_LEAST) return false;
  for (let k = 1; k <= count; k++) {
    const step = (lumaMean[edge + direction * k] - lumaMean[edge + direction * (k - 1)]) * Math.sign(total);
    if (step < -0.5 || step > RAMP_STEP_SHARE * Math.abs(total)) return false;
  }
  return true;
}

export const black = defineDetector({
  meta: {
    id: 'black',
    title: 'Black or blank picture',
    summary: 'Finds stretches that show nothing but black or one uniform colour.',
    medium: 'picture',
    scope: 'clip',
    signals: ['lumaMean', 'lumaDeviation', 'lumaLow', 'lumaHigh', 'chromaBlue', 'chromaRed', 'saturation'],
    options: z.object({
      seconds: z
        .number()
        .positive()
        .default(0.25)
        .describe(
          'Seconds: shortest stretch that is a fault. The 2 s of broadcast filters miss most faults of clips of 4–20 s.',
        ),
      luma: z
        .number()
        .min(0)
        .max(0.5)
        .default(0.07)
        .describe(
          'Share of the luma range that 99 % of a black frame stay below; ffmpeg blackdetect uses 0.10, which takes night scenes along.',
        ),
      fadeSeconds: z
        .number()
        .nonnegative()
        .default(0.5)
        .describe(
          'Seconds: shortest stretch that is a fault where a fade leads into or out of it: the hold of a transition.',
        ),
      fadeRamp: z
        .number()
        .positive()
        .default(0.2)
        .describe('Seconds over which luma must rise or fall steadily beside the stretch to count as a fade.'),
    }),
    certainFrom: 0,
    messages: {
      black: 'The picture is black for {measured} s {place}.',
      blank: 'The picture is one blank colour for {measured} s {place}.',
    },
    advice: {
      black: 'Generate the shot again; if the prompt asks for a fade, drop it and fade in the edit.',
      blank: 'Generate the shot again with another seed: the model put out a blank picture.',
    },
    source: 'ffmpeg blackdetect with limits for generated clips; fade rule: transition lengths in editing practice.',
  },
  judge({ clip, shot, signals, options }) {
    const length = shot.end - shot.start;
    if (length === 0) return { status: 'skipped', reason: 'There are no frames.' };
    const blackLuma = lumaCode(clip, options.luma);
    const states = Array.from({ length }, (_, i) => emptiness(signals, shot.start + i, blackLuma));
    const ramp = framesOf(clip, options.fadeRamp, 2);
    const faults: Fault<'black' | 'blank'>[] = [];
    let score = 0;
    let longest = 0;
    for (const kind of ['black', 'blank'] as const) {
      for (const found of runs(states.map(state => state === kind))) {
        const range = { start: shot.start + found.start, end: shot.start + found.end };
        const seconds = rangeSeconds(clip, range);
        const threshold = isFade(signals.lumaMean, range, shot, ramp)
          ? Math.max(options.seconds, options.fadeSeconds)
          : options.seconds;
        const here = excess(seconds, threshold);
        score = Math.max(score, here);
        longest = Math.max(longest, seconds);
        if (seconds < threshold - 1e-6) continue;
        faults.push({
          kind,
          ...range,
          peak: emptiest(signals.lumaDeviation, range),
          measured: seconds,
          threshold,
          unit: 's',
          confidence: kind === 'black' ? confidenceFrom(here, 0.8, 0.98) : confidenceFrom(here, 0.7, 0.9),
          values: { place: place(range, shot) },
        });
      }
    }
    faults.sort((a, b) => a.start - b.start);
    const share = states.filter(state => state !== 'picture').length / length;
    return { status: 'ran', score, measurements: { longestSeconds: longest, emptyShare: share }, faults };
  },
});

/** Picture fades into or out of the stretch, and on no side does it simply break off. */
function isFade(lumaMean: Float32Array, range: FrameRange, shot: FrameRange, ramp: number): boolean {
  const before = isRamp(lumaMean, range.start, -1, ramp);
  const after = isRamp(lumaMean, range.end - 1, 1, ramp);
  return (before || after) && (before || range.start === shot.start) && (after || range.end === shot.end);
}

function emptiest(deviation: Float32Array, range: FrameRange): number {
  let peak = range.start;
  for (let i = range.start; i < range.end; i++) if (deviation[i] < deviation[peak]) peak = i;
  return peak;
}

function place(range: FrameRange, shot: FrameRange): string {
  if (range.start === shot.start) return range.end === shot.end ? 'from the first to the last frame' : 'at the head';
  return range.end === shot.end ? 'at the tail' : 'in the middle';
}
