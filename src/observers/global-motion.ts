import type { Plane, Pyramid } from './pyramid.ts';

/** Translation that takes the earlier picture onto the later one, in pixels of the pyramid's finest level. */
export interface Translation {
  x: number;
  y: number;
}

/** How far the search reaches at the coarsest level, as a share of its width and height: a third covers fast whip pans. */
const REACH = 0.34;

/** Least share of the picture that must overlap for a shift to count. */
const LEAST_OVERLAP = 0.4;

/** Differences above this many code values count as this many: a large moving object must not outvote the background. */
const TRUNCATE = 40;

/** Cost per pixel of shift at the coarsest level: where nothing speaks for motion, none is reported. */
const SHIFT_COST = 0.02;

/**
 * Translation between two pictures by exhaustive matching of the coarsest level and refinement of the best shifts down
 * the pyramid, sub-pixel by a parabola through the costs at the finest. The cost is the mean absolute difference, each
 * pixel's truncated, after the difference of the mean levels is taken out, so that exposure changes do not pull at it.
 *
 * @param from earlier picture
 * @param to later picture
 * @param previous translation found for the frame before: continued motion is tried as well
 */
export function translationBetween(from: Pyramid, to: Pyramid, previous: Translation, out: Translation): void {
  const [fineFrom, middleFrom, coarseFrom] = from.levels;
  const [fineTo, middleTo, coarseTo] = to.levels;
  const reachX = Math.floor(coarseTo.width * REACH);
  const reachY = Math.floor(coarseTo.height * REACH);

  const levelCoarse = Math.round(meanOf(coarseTo) - meanOf(coarseFrom));
  let bestX = 0;
  let bestY = 0;
  let best = cost(coarseFrom, coarseTo, 0, 0, levelCoarse, Number.POSITIVE_INFINITY);
  for (let dy = -reachY; dy <= reachY; dy++) {
    for (let dx = -reachX; dx <= reachX; dx++) {
      if (dx === 0 && dy === 0) continue;
      const penalty = SHIFT_COST * (Math.abs(dx) + Math.abs(dy));
      const value = cost(coarseFrom, coarseTo, dx, dy, levelCoarse, best - penalty) + penalty;
      if (value < best) {
        best = value;
        bestX = dx;
        bestY = dy;
      }
    }
  }

  const middle = start(middleFrom, middleTo);
  tryAround(middle, bestX * 2, bestY * 2, 1);
  tryAround(middle, 0, 0, 1);
  tryAround(middle, Math.round(previous.x / 2), Math.round(previous.y / 2), 1);

  const fine = start(fineFrom, fineTo);
  tryAround(fine, middle.x * 2, middle.y * 2, 1);
  tryAround(fine, fine.x, fine.y, 1);

  const here = fine.best;
  const at = (dx: number, dy: number) =>
    cost(fineFrom, fineTo, fine.x + dx, fine.y + dy, fine.level, Number.POSITIVE_INFINITY);
  out.x = fine.x + vertex(at(-1, 0), here, at(1, 0));
  out.y = fine.y + vertex(at(0, -1), here, at(0, 1));
}

interface Search {
  from: Plane;
  to: Plane;
  level: number;
  x: number;
  y: number;
  best: number;
}

function start(from: Plane, to: Plane): Search {
  const level = Math.round(meanOf(to) - meanOf(from));
  return { from, to, level, x: 0, y: 0, best: cost(from, to, 0, 0, level, Number.POSITIVE_INFINITY) };
}

function tryAround(search: Search, x: number, y: number, radius: number): void {
  for (let dy = y - radius; dy <= y + radius; dy++) {
    for (let dx = x - radius; dx <= x + radius; dx++) {
      if (dx === search.x && dy === search.y) continue;
      const value = cost(search.from, search.to, dx, dy, search.level, search.best);
      if (value < search.best) {
        search.best = value;
        search.x = dx;
        search.y = dy;
      }
    }
  }
}

/** Mean truncated difference over the overlap; gives up, with infinity, as soon as `limit` cannot be undercut. */
function cost(from: Plane, to: Plane, dx: number, dy: number, level: number, limit: number): number {
  const { width, height } = to;
  const left = Math.max(0, dx);
  const right = Math.min(width, width + dx);
  const top = Math.max(0, dy);
  const bottom = Math.min(height, height + dy);
  const pixels = (right - left) * (bottom - top);
  if (right <= left || bottom <= top || pixels < LEAST_OVERLAP * width * height) return Number.POSITIVE_INFINITY;
  const stop = limit * pixels;
  const a = from.data;
  const b = to.data;
  const back = dy * width + dx;
  let sum = 0;
  for (let row = top; row < bottom; row++) {
    const end = row * width + right;
    for (let i = row * width + left; i < end; i++) {
      const step = Math.abs(b[i] - a[i - back] - level);
      sum += Math.min(step, TRUNCATE);
    }
    if (sum > stop) return Number.POSITIVE_INFINITY;
  }
  return sum / pixels;
}

function meanOf({ data }: Plane): number {
  let sum = 0;
  for (let i = 0; i < data.length; i++) sum += data[i];
  return sum / data.length;
}

/** Place of the lowest point of the parabola through three costs at −1, 0, 1; within half a pixel. */
function vertex(before: number, here: number, after: number): number {
  const curvature = before - 2 * here + after;
  if (!Number.isFinite(curvature) || curvature <= 0) return 0;
  return Math.min(0.5, Math.max(-0.5, (0.5 * (before - after)) / curvature));
}
