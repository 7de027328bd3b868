import { cameraOf } from './camera.ts';
import { JOINT_COUNTS } from './matching.ts';
import { defineObserver } from './observer.ts';
import { SeriesBuilder } from './series.ts';

/**
 * Luma step, in code values, that a second coding of the same picture hardly makes. Measured with every frame of two
 * handheld takes shown twice, H.264 at 1280 × 720: up to CRF 28 at most 0.2 % of a repeat's pixels step further (mean
 * difference at most 0.23), at CRF 34 at most 0.6 % (0.52), while of real motion 4 % and more do. Stills with grain repeat
 * exactly in most frames and differ by 0.06 at most.
 */
const REENCODE_STEP = 5;

/** Bins of the joint histogram: 16 levels of luma, 8 of each chroma over its inner half, where pictures really live. */
const CHROMA_BINS = 8;

/** Bin of every chroma value: 56–183 in eighths, so that neutral lies inside a bin; the rest goes to the outermost. */
const CHROMA_BIN = Uint8Array.from({ length: 256 }, (_, value) =>
  Math.min(CHROMA_BINS - 1, Math.max(0, (value - 56) >> 4)),
);

/**
 * How much each frame differs from the frame before, read from the small picture, motion not undone: mean luma
 * difference, share of pixels that changed, and distance of the colour histograms.
 *
 * An exact repeat gives exactly 0 in all three; for a repeat that was coded anew see the noise floor above.
 */
export const frameChange = defineObserver({
  id: 'frame-change',
  provides: ['frameDifference', 'changedShare', 'histogramDistance'],
  reads: 'small',
  start(context) {
    const { clip, small } = context;
    const frames = clip.times.length;
    const frameDifference = new SeriesBuilder(frames);
    const changedShare = new SeriesBuilder(frames);
    const histogramDistance = new SeriesBuilder(frames);

    const pixels = small.width * small.height;
    const camera = cameraOf(context);
    let histogramBefore = camera.matching.counts(JOINT_COUNTS);
    let histogramAfter = camera.matching.counts(JOINT_COUNTS);
    const bins = camera.matching.plane(CHROMA_BIN.length);
    bins.set(CHROMA_BIN);
    let first = true;

    return {
      frame(frame) {
        const step = camera.step(frame);
        camera.matching.joint(step.small, step.blue, step.red, bins, histogramAfter);
        if (first) {
          frameDifference.push(0);
          changedShare.push(0);
          histogramDistance.push(0);
          first = false;
        } else {
          const { sum, changed } = camera.matching.difference(step.smallBefore.data, step.small.data, REENCODE_STEP);
          frameDifference.push(sum / pixels);
          changedShare.push(changed / pixels);
          histogramDistance.push(distance(histogramBefore, histogramAfter));
        }
        [histogramBefore, histogramAfter] = [histogramAfter, histogramBefore];
      },
      finish: () => ({
        frameDifference: frameDifference.finish(),
        changedShare: changedShare.finish(),
        histogramDistance: histogramDistance.finish(),
      }),
    };
  },
});

/** Half the sum of absolute differences of two normalised histograms: 0 the same, 1 nothing in common. */
function distance(a: Uint32Array, b: Uint32Array): number {
  let sum = 0;
  let votes = 0;
  for (let bin = 0; bin < a.length; bin++) {
    sum += Math.abs(a[bin] - b[bin]);
    votes += a[bin] + b[bin];
  }
  return votes === 0 ? 0 : sum / votes;
}
