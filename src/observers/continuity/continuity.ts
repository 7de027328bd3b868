import { defineObserver } from '../observer.ts';
import { SeriesBuilder } from '../series.ts';
import { type Boundary, BoundaryMeter, emptyBoundary } from './boundary.ts';
import { FADES } from './fade-measures.ts';
import { FADES_KEPT } from './fades.ts';
import { CONTINUITY_FEATURES } from './feature-names.ts';
import { Describer, RADIUS } from './features.ts';
import { boxOf } from './places.ts';

/** Mean luma difference, code values, up to which a frame may repeat the one before, and the share of the usual difference. */
const REPEAT_DIFFERENCE = 0.5;
const REPEAT_SHARE = 0.05;
/** … and up to which it does in any case. */
const REPEAT_EXACT = 0.02;
/** Differences that the usual one is taken from. */
const REMEMBERED = 16;

/**
 * What happens between each frame and the one before, seen against its surroundings: residuals along dense flow both ways
 * and over a gap of pictures, steps that stay once the camera's motion is undone, and slow changes. Frames that repeat the
 * one before are passed over: their values are zeros. Memory does not grow but for the values themselves.
 */
export const continuity = defineObserver({
  id: 'continuity',
  provides: ['continuity'],
  reads: 'small',
  // Its values are for this model's trees alone, and dense flow costs about what a small network does.
  models: ['retake-continuity'],
  start({ clip, small }) {
    const meter = new BoundaryMeter(small);
    const describer = new Describer(meter.geometry);
    const frames = clip.times.length;
    const width = CONTINUITY_FEATURES.length;
    const values = new SeriesBuilder(frames * width);
    const boxes = new SeriesBuilder(frames * 4);
    const fades = new SeriesBuilder(frames * FADES_KEPT * FADES.length);
    const fadeBoxes = new SeriesBuilder(frames * FADES_KEPT * 4);
    const repeats = new SeriesBuilder(frames);
    const zeros = new Float32Array(width);
    const noFades = new Float32Array(FADES_KEPT * FADES.length);
    const scaleX = (clip.video.width / small.width) * meter.geometry.factor;
    const scaleY = (clip.video.height / small.height) * meter.geometry.factor;
    const recent: number[] = [];
    /** Boundaries in order, the last 2 · RADIUS + 1 of them; `next` is the first that is not described yet. */
    const window: Boundary[] = [];
    const spare: Boundary[] = [];
    let next = 0;
    let written = 0;

    const nothing = () => {
      values.append(zeros);
      boxes.append(zeros.subarray(0, 4));
      fades.append(noFades);
      fadeBoxes.append(zeros.subarray(0, 4 * FADES_KEPT));
    };
    const describe = () => {
      const boundary = window[next];
      for (; written < boundary.frame; written++) nothing();
      const before = window[next - 1]?.frame ?? boundary.frame - 1;
      const interval = (clip.times[boundary.frame] ?? 0) - (clip.times[Math.max(0, before)] ?? 0);
      if (boundary.frame === 0) nothing();
      else {
        const { features, part, fades: places } = describer.describe(window, next, interval);
        values.append(features);
        boxes.append(Float32Array.from(boxOf(part, scaleX, scaleY)));
        const measures = noFades.slice();
        const itsBoxes = new Float32Array(FADES_KEPT * 4);
        for (const [i, { part, measures: its }] of places.entries()) {
          measures.set(its.map(finite), i * FADES.length);
          itsBoxes.set(boxOf(part, scaleX, scaleY), 4 * i);
        }
        fades.append(measures);
        fadeBoxes.append(itsBoxes);
      }
      written++;
      next++;
    };
    let seen = 0;

    return {
      frame({ index, small: picture }) {
        seen = index + 1;
        const difference = meter.differenceTo(picture);
        const usual =
          recent.length === 0 ? 0 : [...recent].sort((a, b) => a - b)[Math.floor(0.85 * (recent.length - 1))];
        const last = window.at(-1);
        if (last && difference <= REPEAT_DIFFERENCE && difference <= Math.max(REPEAT_EXACT, REPEAT_SHARE * usual)) {
          last.held++;
          repeats.push(1);
          return;
        }
        repeats.push(0);
        if (Number.isFinite(difference)) {
          recent.push(difference);
          if (recent.length > REMEMBERED) recent.shift();
        }
        const boundary = spare.pop() ?? emptyBoundary(meter.geometry);
        meter.take(picture, boundary);
        boundary.frame = index;
        boundary.held = 0;
        boundary.difference = Number.isFinite(difference) ? difference : 0;
        window.push(boundary);
        if (window.length - next > RADIUS) describe();
        if (next > RADIUS) {
          spare.push(window.shift()!);
          next--;
        }
      },
      finish() {
        while (next < window.length) describe();
        for (; written < seen; written++) nothing();
        return {
          continuity: {
            features: values.finish(),
            boxes: boxes.finish(),
            fades: fades.finish(),
            fadeBoxes: fadeBoxes.finish(),
            repeats: repeats.finish(),
          },
        };
      },
    };
  },
});

const finite = (value: number): number => (Number.isFinite(value) ? value : 0);
