import { BlockMatcher } from './block-match.ts';
import { cameraOf } from './camera.ts';
import { EdgeMap, enteringEdges } from './edges.ts';
import type { Translation } from './global-motion.ts';
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
    let edgesBefore = new EdgeMap(finest.data.length);
    let edgesAfter = new EdgeMap(finest.data.length);
    const blocks = new BlockMatcher(camera.matching, middle);
    const half: Translation = { x: 0, y: 0 };
    const fit: Fit = { fit: 1, residual: 0, level: 0 };
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
          compare(before.levels[0], after.levels[0], translation, fit);
          half.x = translation.x / 2;
          half.y = translation.y / 2;
          motionX.push(translation.x * scaleX);
          motionY.push(translation.y * scaleY);
          motionFit.push(fit.fit);
          motionResidual.push(fit.residual);
          edgeChange.push(enteringEdges(edgesBefore, edgesAfter, after.levels[0], dx, dy));
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
function compare(from: Plane, to: Plane, { x, y }: Readonly<Translation>, out: Fit): void {
  const { width, height } = to;
  const wholeX = Math.floor(x);
  const wholeY = Math.floor(y);
  const shareX = x - wholeX;
  const shareY = y - wholeY;
  const nearNear = (1 - shareX) * (1 - shareY);
  const farNear = shareX * (1 - shareY);
  const nearFar = (1 - shareX) * shareY;
  const farFar = shareX * shareY;
  // to(i) = from(i − x): the pixel at whole distance and, for the fraction, its neighbour one further back.
  const back = wholeY * width + wholeX;
  const left = Math.max(0, wholeX + 1);
  const right = Math.min(width, width + wholeX);
  const top = Math.max(0, wholeY + 1);
  const bottom = Math.min(height, height + wholeY);
  let count = 0;
  let sumA = 0;
  let sumB = 0;
  let sumAA = 0;
  let sumBB = 0;
  let sumAB = 0;
  let difference = 0;
  for (let row = top; row < bottom; row++) {
    const end = row * width + right;
    for (let i = row * width + left; i < end; i++) {
      const k = i - back;
      const a =
        nearNear * from.data[k] +
        farNear * from.data[k - 1] +
        nearFar * from.data[k - width] +
        farFar * from.data[k - width - 1];
      const b = to.data[i];
      sumA += a;
      sumB += b;
      sumAA += a * a;
      sumBB += b * b;
      sumAB += a * b;
      difference += Math.abs(b - a);
      count++;
    }
  }
  if (count === 0) {
    out.fit = 0;
    out.residual = 0;
    out.level = 0;
    return;
  }
  const meanA = sumA / count;
  const meanB = sumB / count;
  const varianceA = Math.max(0, sumAA / count - meanA * meanA);
  const varianceB = Math.max(0, sumBB / count - meanB * meanB);
  const covariance = sumAB / count - meanA * meanB;
  out.fit = Math.max(0, (2 * covariance + NOISE_VARIANCE) / (varianceA + varianceB + NOISE_VARIANCE));
  out.residual = difference / count;
  out.level = meanB - meanA;
}
