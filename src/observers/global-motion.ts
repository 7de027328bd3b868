import type { Matching } from './matching.ts';
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
 * Cost at the coarsest level below which no motion, or going on as before, explains the picture well enough to look only
 * next to it: in code values, and as a share of the picture's own mean deviation.
 */
const EXPLAINED = { values: 2, share: 0.2 };

/** The coarsest level is searched in steps of this many pixels, then next to the best shifts so found. */
const STRIDE = 2;
const CANDIDATES = 3;

/** Rows are compared in steps of this many at the finest level: half the cost, the same minimum. */
const FINE_ROW_STEP = 2;

/**
 * Translation between two pictures by matching all over the coarsest level and refinement of the best shift down the
 * pyramid, sub-pixel by a parabola through the costs at the finest. The cost is the mean absolute difference, each
 * pixel's truncated, after the difference of the mean levels is taken out, so that exposure changes do not pull at it.
 *
 * @param matching in whose memory the planes of both pictures lie
 * @param from earlier picture
 * @param to later picture
 * @param previous translation found for the frame before: continued motion is tried as well; may be `out` itself
 */
export function translationBetween(
  matching: Matching,
  from: Pyramid,
  to: Pyramid,
  previous: Translation,
  out: Translation,
): void {
  const [fineFrom, middleFrom, coarseFrom] = from.levels;
  const [fineTo, middleTo, coarseTo] = to.levels;
  const previousX = Math.round(previous.x / 2);
  const previousY = Math.round(previous.y / 2);

  const coarse = start(matching, coarseFrom, coarseTo, 1);
  tryShift(coarse, previousX >> 1, previousY >> 1);
  if (coarse.best > Math.max(EXPLAINED.values, EXPLAINED.share * matching.deviation(coarseTo))) searchAll(coarse);
  else tryAround(coarse, coarse.x, coarse.y);

  const middle = start(matching, middleFrom, middleTo, 1);
  tryShift(middle, previousX, previousY);
  tryAround(middle, coarse.x * 2, coarse.y * 2);

  const fine = start(matching, fineFrom, fineTo, FINE_ROW_STEP);
  const around = { here: 0, left: 0, right: 0, up: 0, down: 0 };
  tryShift(fine, middle.x * 2, middle.y * 2);
  look(fine, around);
  const x = fine.x + lower(around.left, around.here, around.right);
  const y = fine.y + lower(around.up, around.here, around.down);
  if (x !== fine.x || y !== fine.y) {
    fine.x = x;
    fine.y = y;
    look(fine, around);
  }
  out.x = x + vertex(around.left, around.here, around.right);
  out.y = y + vertex(around.up, around.here, around.down);
}

interface Around {
  here: number;
  left: number;
  right: number;
  up: number;
  down: number;
}

/** Costs of the search's present shift and of its four neighbours. */
function look(search: Search, out: Around): void {
  const at = (dx: number, dy: number) => cost(search, search.x + dx, search.y + dy, Number.POSITIVE_INFINITY);
  out.here = at(0, 0);
  out.left = at(-1, 0);
  out.right = at(1, 0);
  out.up = at(0, -1);
  out.down = at(0, 1);
}

/** Step towards the lowest of three costs. */
function lower(before: number, here: number, after: number): number {
  if (before < here && before <= after) return -1;
  return after < here ? 1 : 0;
}

interface Search {
  matching: Matching;
  from: Plane;
  to: Plane;
  /** Difference of the mean levels. */
  level: number;
  rowStep: number;
  x: number;
  y: number;
  best: number;
}

/** A search that knows the cost of no motion. */
function start(matching: Matching, from: Plane, to: Plane, rowStep: number): Search {
  const level = Math.round(matching.mean(to) - matching.mean(from));
  const search = { matching, from, to, level, rowStep, x: 0, y: 0, best: 0 };
  search.best = cost(search, 0, 0, Number.POSITIVE_INFINITY);
  return search;
}

function tryShift(search: Search, x: number, y: number, penalty = 0): void {
  if (x === search.x && y === search.y) return;
  const value = cost(search, x, y, search.best - penalty) + penalty;
  if (value >= search.best) return;
  search.best = value;
  search.x = x;
  search.y = y;
}

function tryAround(search: Search, x: number, y: number): void {
  for (let dy = -1; dy <= 1; dy++) for (let dx = -1; dx <= 1; dx++) tryShift(search, x + dx, y + dy);
}

/** Tries shifts all over the reach; then the neighbours of the best, the best being the first three of their kind. */
function searchAll(search: Search): void {
  const reachX = Math.floor(search.to.width * REACH);
  const reachY = Math.floor(search.to.height * REACH);
  const best: { value: number; x: number; y: number }[] = [{ value: search.best, x: search.x, y: search.y }];
  for (let y = -reachY + (reachY % STRIDE); y <= reachY; y += STRIDE) {
    for (let x = -reachX + (reachX % STRIDE); x <= reachX; x += STRIDE) {
      if (x === 0 && y === 0) continue;
      const penalty = SHIFT_COST * (Math.abs(x) + Math.abs(y));
      const limit = best.length < CANDIDATES ? Number.POSITIVE_INFINITY : best[CANDIDATES - 1]!.value;
      const value = cost(search, x, y, limit - penalty) + penalty;
      if (value >= limit) continue;
      let place = Math.min(best.length, CANDIDATES - 1);
      while (place > 0 && best[place - 1]!.value > value) best[place] = best[--place]!;
      best[place] = { value, x, y };
    }
  }
  for (const { x, y } of best) {
    for (let dy = -1; dy <= 1; dy++) {
      for (let dx = -1; dx <= 1; dx++) {
        if (x + dx === 0 && y + dy === 0) continue;
        tryShift(search, x + dx, y + dy, SHIFT_COST * (Math.abs(x + dx) + Math.abs(y + dy)));
      }
    }
  }
}

/** Mean truncated difference over the overlap; gives up, with infinity, as soon as `limit` cannot be undercut. */
function cost({ matching, from, to, level, rowStep }: Search, dx: number, dy: number, limit: number): number {
  const columns = to.width - Math.abs(dx);
  const rows = to.height - Math.abs(dy);
  if (columns <= 0 || columns * rows < LEAST_OVERLAP * to.width * to.height) return Number.POSITIVE_INFINITY;
  const pixels = columns * Math.ceil(rows / rowStep);
  const sum = matching.shifted(from, to, dx, dy, { level, rowStep, most: TRUNCATE, stop: limit * pixels });
  return sum < 0 ? Number.POSITIVE_INFINITY : sum / pixels;
}

/** Place of the lowest point of the parabola through three costs at −1, 0, 1; within half a pixel. */
function vertex(before: number, here: number, after: number): number {
  const curvature = before - 2 * here + after;
  if (!Number.isFinite(curvature) || curvature <= 0) return 0;
  return Math.min(0.5, Math.max(-0.5, (0.5 * (before - after)) / curvature));
}
