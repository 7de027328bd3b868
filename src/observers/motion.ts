import { BlockMatcher } from './block-match.ts';
import { cameraOf } from './camera.ts';
import { EdgeMap, enteringEdges } from './edges.ts';
import type { Translation } from './global-motion.ts';
import type { Matching } from './matching.ts';
import { defineObserver } from './observer.ts';
import type { Plane } from './pyramid.ts';
import { SeriesBuilder } from './series.ts';

/** Variance, in squared code values, that coding noise alone gives a picture. */
const NOISE_VARIANCE = 16;

/**
 * How the picture moved since the frame before, and what that does not explain: global translation in source pixels,
 * its fit and residual, edges without a counterpart after it is undone, and blocks that are found nowhere near.
 *
 * A frame before which nothing changed at all (an exact repeat) gives no motion, a perfect fit and zeros.
 */
export const motion = defineObserver({
  id: 'motion',
  provides: ['motionX', 'motionY', 'motionFit', 'motionResidual', 'edgeChange', 'matchError'],
  reads: 'small',
  start(context) {
    const { clip, small } = context;
    const frames = clip.times.length;
    const motionX = new SeriesBuilder(frames);
    const motionY = new SeriesBuilder(frames);
    const motionFit = new SeriesBuilder(frames);
    const motionResidual = new SeriesBuilder(frames);
    const edgeChange = new SeriesBuilder(frames);
    const matchError = new SeriesBuilder(frames);

    const camera = cameraOf(context);
    const [finest, middle] = camera.pyramid.levels;
    let edgesBefore = new EdgeMap(camera.matching, finest);
    let edgesAfter = new EdgeMap(camera.matching, finest);
    const blocks = new BlockMatcher(camera.matching, middle);
    const half: Translation = { x: 0, y: 0 };
    // The finest level may have left out a last row or column, so the scale is by factor, not by width.
    const scaleX = (clip.video.width / small.width) * camera.pyramid.factor;
    const scaleY = (clip.video.height / small.height) * camera.pyramid.factor;

    return {
      frame(frame) {
        const { before, after, translation, still } = camera.step(frame);
        edgesAfter.fill(after.levels[0]);
        if (still) {
          motionX.push(0);
          motionY.push(0);
          motionFit.push(1);
          motionResidual.push(0);
          edgeChange.push(0);
          matchError.push(0);
        } else {
          const dx = Math.round(translation.x);
          const dy = Math.round(translation.y);
          const fit = compare(camera.matching, before.levels[0], after.levels[0], translation);
          half.x = translation.x / 2;
          half.y = translation.y / 2;
          motionX.push(translation.x * scaleX);
          motionY.push(translation.y * scaleY);
          motionFit.push(fit.fit);
          motionResidual.push(fit.residual);
          edgeChange.push(enteringEdges(camera.matching, edgesBefore, edgesAfter, after.levels[0], dx, dy));
          matchError.push(blocks.unmatched(before.levels[1], after.levels[1], half, Math.round(fit.level)));
        }
        [edgesBefore, edgesAfter] = [edgesAfter, edgesBefore];
      },
      finish: () => ({
        motionX: motionX.finish(),
        motionY: motionY.finish(),
        motionFit: motionFit.finish(),
        motionResidual: motionResidual.finish(),
        edgeChange: edgeChange.finish(),
        matchError: matchError.finish(),
      }),
    };
  },
});

interface Fit {
  /** Contrast-and-structure similarity over the overlap, 0–1; blind to a change of the mean level. */
  fit: number;
  /** Mean absolute difference over the overlap, code values. */
  residual: number;
  /** Mean level of the later picture less that of the earlier one over the overlap. */
  level: number;
}

/** Compares the later picture with the earlier one moved by the translation, bilinear between pixels. */
function compare(matching: Matching, from: Plane, to: Plane, { x, y }: Readonly<Translation>): Fit {
  const { count, a, b, aa, bb, ab, apart } = matching.fit(from, to, x, y);
  if (count === 0) return { fit: 0, residual: 0, level: 0 };
  const meanA = a / count;
  const meanB = b / count;
  const varianceA = Math.max(0, aa / count - meanA * meanA);
  const varianceB = Math.max(0, bb / count - meanB * meanB);
  const covariance = ab / count - meanA * meanB;
  return {
    fit: Math.max(0, (2 * covariance + NOISE_VARIANCE) / (varianceA + varianceB + NOISE_VARIANCE)),
    residual: apart / count,
    level: meanB - meanA,
  };
}
