import { z } from 'zod';
import { framesOf, rangeSeconds } from '../clip.ts';
import { confidenceFrom, excess } from '../signals/score.ts';
import { median, rollingMedian, runs } from '../statistics.ts';
import { defineDetector, type Fault } from './detector.ts';

/** Seconds over which single soft frames (a coarse key frame, a blink of blur) are smoothed away. */
const SMOOTHING = 0.2;
/** Standard deviation of luma below which a frame has too little contrast to be sharp or soft, in codes. */
const LEAST_DEVIATION = 8;
/** Share of the shot's usual deviation with which a frame without edges shows the same picture, blurred beyond measure. */
const SAME_PICTURE = 0.7;
/** Median below which the shot has no fine detail of its own to lose; sharp pictures lie at 0.1–0.8. */
const LEAST_DETAIL = 0.04;
/** Share of the shot's frames that must have a measure for its median to mean something. */
const LEAST_KNOWN = 0.5;

export const sharpness = defineDetector({
  meta: {
    id: 'sharpness',
    title: 'Loss of sharpness',
    summary: 'Finds stretches in which even the sharpest parts of the picture lose their fine detail.',
    medium: 'picture',
    scope: 'shot',
    signals: ['sharpness', 'lumaDeviation', 'motionX', 'motionY'],
    options: z.object({
      ratio: z
        .number()
        .positive()
        .max(1)
        .default(0.4)
        .describe(
          'Share of the shot’s median fine detail (relative to contrast) below which a frame is soft: a Gaussian blur of 1.5 px brings it to 0.3–0.7, one of 3 px to 0.2 and less; clean real footage stays above 0.7.',
        ),
      seconds: z.number().positive().default(0.3).describe('Seconds: shortest soft stretch that is a fault.'),
      motion: z
        .number()
        .positive()
        .default(0.015)
        .describe(
          'Share of the picture’s width per frame of camera motion from which blur is motion blur and not judged.',
        ),
    }),
    certainFrom: 0.9,
    messages: {
      soft: 'The picture goes soft for {seconds} s: fine detail falls to {percent} % of the shot’s own.',
    },
    advice: {
      soft: 'Look at it: if no focus pull is meant, generate the shot again with another seed or fewer fast movements.',
    },
    source:
      'Second differences relative to contrast in the sharpest quarter of the picture, against the shot’s own median.',
  },
  judge({ clip, shot, signals, options }) {
    const length = shot.end - shot.start;
    if (length < framesOf(clip, 3 * options.seconds, 6)) {
      return { status: 'skipped', reason: `The shot is shorter than ${Math.round(30 * options.seconds) / 10} s.` };
    }
    const values = signals.sharpness.slice(shot.start, shot.end);
    const deviation = signals.lumaDeviation.subarray(shot.start, shot.end);
    const known = values.filter(Number.isFinite).length;
    const usualDeviation = median(deviation.filter((_, i) => Number.isFinite(values[i])));
    const fast = options.motion * clip.video.width;
    // Light and dark are all there, but hardly an edge between them.
    const edgeless = new Array<boolean>(length).fill(false);
    for (let i = 0; i < length; i++) {
      const moves = Math.hypot(signals.motionX[shot.start + i], signals.motionY[shot.start + i]) > fast;
      if (moves || deviation[i] < LEAST_DEVIATION) values[i] = Number.NaN;
      else edgeless[i] = Number.isNaN(values[i]) && deviation[i] >= SAME_PICTURE * usualDeviation;
    }
    if (known < LEAST_KNOWN * length) {
      return {
        status: 'skipped',
        reason: 'Most frames have too little contrast, or move too fast, to judge sharpness.',
      };
    }
    const usual = median(values);
    if (usual < LEAST_DETAIL) return { status: 'skipped', reason: 'The whole shot has hardly any fine detail.' };
    const smooth = rollingMedian(values, Math.floor(framesOf(clip, SMOOTHING) / 2)).map((value, i) =>
      Number.isFinite(values[i]) ? value : Number.NaN,
    );
    const soft = Array.from(smooth, value => value < options.ratio * usual);
    // Blur so strong that no edge is left goes on from blur that could be measured; by itself it may be mist or clouds.
    for (const run of runs(edgeless)) if (soft[run.start - 1] || soft[run.end]) soft.fill(true, run.start, run.end);
    const least = framesOf(clip, options.seconds, 2);
    const faults: Fault<'soft'>[] = [];
    for (const run of runs(soft, least, 1)) {
      let peak = run.start;
      for (let i = run.start; i < run.end; i++) {
        if (Number.isFinite(smooth[i]) && !(smooth[i] >= smooth[peak])) peak = i;
      }
      const range = { start: shot.start + run.start, end: shot.start + run.end };
      const ratio = smooth[peak] / usual;
      faults.push({
        kind: 'soft',
        ...range,
        peak: shot.start + peak,
        measured: ratio,
        threshold: options.ratio,
        unit: 'of the shot’s median',
        confidence: confidenceFrom(excess(options.ratio, ratio), 0.35, 0.7),
        values: { seconds: Math.round(rangeSeconds(clip, range) * 100) / 100, percent: Math.round(100 * ratio) },
      });
    }
    const lowest = lowestFor(smooth, least) / usual;
    return {
      status: 'ran',
      score: 0.7 * excess(options.ratio, lowest),
      measurements: { lowestRatio: lowest, median: usual },
      faults,
    };
  },
});

/** Lowest value under which `frames` frames in a row stay; the largest value where no such stretch is known. */
function lowestFor(values: Float32Array, frames: number): number {
  let lowest = Number.POSITIVE_INFINITY;
  for (let i = 0; i + frames <= values.length; i++) {
    let most = 0;
    for (let k = i; k < i + frames; k++) most = Math.max(most, values[k]);
    if (most < lowest) lowest = most;
  }
  return Number.isFinite(lowest) ? lowest : Math.max(...values.filter(Number.isFinite));
}
