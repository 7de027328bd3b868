import { z } from 'zod';
import { framesOf, rangeSeconds } from '../clip.ts';
import { confidenceFrom, excess } from '../signals/score.ts';
import { runs } from '../statistics.ts';
import { defineDetector, type Fault } from './detector.ts';

/** Frames back inside the limits for which one stretch goes on. */
const BRIDGE = 2;
/** Share of a shot's frames with illegal blacks and whites at once from which the whole shot holds full range codes. */
const FULL_RANGE_SHARE = 0.5;

type Kind = 'below' | 'above' | 'chroma' | 'full-range';

export const legalRange = defineDetector({
  meta: {
    id: 'legal-range',
    title: 'Illegal levels',
    summary: 'Finds luma and chroma outside legal range, and full range pictures that the file calls narrow.',
    medium: 'picture',
    scope: 'shot',
    signals: ['lumaBelowLegal', 'lumaAboveLegal', 'chromaIllegal'],
    options: z.object({
      area: z
        .number()
        .positive()
        .max(1)
        .default(0.01)
        .describe('Share of the picture that may be outside 5–246 (16–235 with 5 % tolerance either way): EBU R 103.'),
      seconds: z
        .number()
        .nonnegative()
        .default(0.25)
        .describe('Seconds: shortest stretch that is a fault; glints and single frames are not.'),
    }),
    certainFrom: 0.5,
    messages: {
      below: 'Blacks below legal level over up to {percent} % of the picture for {seconds} s (limit {limit} %).',
      above: 'Whites above legal level over up to {percent} % of the picture for {seconds} s (limit {limit} %).',
      chroma:
        'Colours beyond legal saturation over up to {percent} % of the picture for {seconds} s (limit {limit} %).',
      'full-range':
        'The picture uses full range levels (up to {percent} % of it is illegal) but the file does not say so: blacks crush and whites clip on playback.',
    },
    advice: {
      below: 'Limit levels in the grade.',
      above: 'Limit levels in the grade.',
      chroma: 'Desaturate in the grade, or ask for less vivid colour.',
      'full-range': 'Export again: convert to narrow range (16–235), or tag the file as full range.',
    },
    source:
      'EBU R 103 version 3 (8-bit 5–246, 1 % of the picture); chroma against 100 % colour of the clip’s own matrix plus 5 %.',
  },
  judge({ clip, shot, signals, options }) {
    const length = shot.end - shot.start;
    if (length === 0) return { status: 'skipped', reason: 'There are no frames.' };
    const part = (series: Float32Array) => series.subarray(shot.start, shot.end);
    const below = part(signals.lumaBelowLegal);
    const above = part(signals.lumaAboveLegal);
    const chroma = part(signals.chromaIllegal);
    const least = Math.min(framesOf(clip, options.seconds), length);

    let both = 0;
    for (let i = 0; i < length; i++) if (below[i] > options.area && above[i] > options.area) both++;
    const fullRange = clip.video.colour.range !== 'full' && both >= FULL_RANGE_SHARE * length;

    const faults: Fault<Kind>[] = [];
    const add = (kind: Kind, series: Float32Array, start: number, end: number) => {
      let peak = start;
      for (let i = start; i < end; i++) if (series[i] > series[peak]) peak = i;
      const range = { start: shot.start + start, end: shot.start + end };
      const score = excess(series[peak], options.area);
      faults.push({
        kind,
        ...range,
        peak: shot.start + peak,
        measured: series[peak],
        threshold: options.area,
        unit: 'share of the picture',
        confidence: kind === 'full-range' ? 0.9 : confidenceFrom(score, 0.6, 0.9),
        values: {
          percent: percent(series[peak]),
          limit: percent(options.area),
          seconds: Math.round(rangeSeconds(clip, range) * 100) / 100,
        },
      });
    };
    if (fullRange) {
      add(
        'full-range',
        below.map((value, i) => value + above[i]),
        0,
        length,
      );
    } else {
      for (const [kind, series] of [
        ['below', below],
        ['above', above],
      ] as const) {
        for (const run of runs(
          Array.from(series, value => value > options.area),
          least,
          BRIDGE,
        )) {
          add(kind, series, run.start, run.end);
        }
      }
    }
    for (const run of runs(
      Array.from(chroma, value => value > options.area),
      least,
      BRIDGE,
    )) {
      add('chroma', chroma, run.start, run.end);
    }
    faults.sort((a, b) => a.start - b.start);
    const worst = Math.max(sustained(below, least), sustained(above, least), sustained(chroma, least));
    return {
      status: 'ran',
      score: excess(worst, options.area),
      measurements: {
        belowShare: sustained(below, least),
        aboveShare: sustained(above, least),
        chromaShare: sustained(chroma, least),
        range: clip.video.colour.range,
      },
      faults,
    };
  },
});

/** Largest value that `frames` frames in a row reach. */
function sustained(series: Float32Array, frames: number): number {
  let most = 0;
  for (let i = 0; i + frames <= series.length; i++) {
    let lowest = Number.POSITIVE_INFINITY;
    for (let k = i; k < i + frames; k++) lowest = Math.min(lowest, series[k]);
    most = Math.max(most, lowest);
  }
  return most;
}

const percent = (share: number): number => Math.round(share * 1000) / 10;
