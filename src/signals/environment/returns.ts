import type { Views } from '../../signals.ts';
import { CELL, type CellPair, compareViews, type ViewPair } from './compare.ts';
import { type CameraPath, guessesOf, isSame } from './course.ts';
import { boundsOf, FLAT, isFound, type Swap, UNLIKE } from './swap.ts';

/** Whether a cell shows something else, beyond a change of light. */
const isOther = (cell: CellPair): boolean => cell.detail >= FLAT && cell.likeness < UNLIKE;

/** Overlap of two views by the camera's path below which the place has left the picture, and above which it is back. */
const AWAY = 0.55;
const BACK = 0.85;
/** Share of the picture that must be found again for the return to be certain. */
const ANCHOR = 0.2;

/** Share of what has structure that must have become something else: people who have moved meanwhile are no swap. */
const CHANGED = 0.3;

/**
 * Swaps that happened while the camera looked elsewhere, within one shot: views before and after are laid over each other
 * by what is still the same in them.
 */
export function findReturns(views: Views, samples: readonly number[], path: CameraPath, least: number): Swap[] {
  const { width, height } = views;
  const overlap = (a: number, b: number): number => {
    const x = path.x[views.frames[b]] - path.x[views.frames[a]];
    const y = path.y[views.frames[b]] - path.y[views.frames[a]];
    return (Math.max(0, width - Math.abs(x)) * Math.max(0, height - Math.abs(y))) / (width * height);
  };
  for (let i = 0; i + 1 < samples.length; i += 1) {
    let left = -1;
    for (let k = i + 2; k + 1 < samples.length; k++) {
      const share = overlap(samples[i], samples[k]);
      if (left < 0) {
        if (share < AWAY) left = k;
        continue;
      }
      if (share < BACK) continue;
      const swap = compareReturn(views, samples[i], samples[i + 1], samples[k], samples[k + 1], path, least);
      if (swap) return [swap];
    }
  }
  return [];
}

function compareReturn(
  views: Views,
  a: number,
  a2: number,
  b: number,
  b2: number,
  path: CameraPath,
  least: number,
): Swap | null {
  const columns = Math.floor(views.width / CELL);
  const rows = Math.floor(views.height / CELL);
  const [guess] = guessesOf(views, path, a, b);
  // What is most alike as a whole misleads where half of the picture is another one: the shift counts by which most cells are the same.
  const shifts = [-8, 0, 8].flatMap(dx => [-4, 0, 4].map(dy => ({ x: guess.x + dx, y: guess.y + dy })));
  const pairs = [compareViews(views, a, b, [guess], 0), ...shifts.map(shift => compareViews(views, a, b, [shift], 4))];
  const goesOn = (pair: ViewPair) => pair.cells.filter(cell => cell.detail >= FLAT && isSame(cell));
  const pair = pairs.reduce((best, next) => (goesOn(next).length > goesOn(best).length ? next : best));
  const same = goesOn(pair);
  const textured = pair.cells.filter(cell => cell.detail >= FLAT);
  if (same.length < ANCHOR * columns * rows || same.length === textured.length) return null;
  const steady = (one: number, two: number) =>
    new Set(
      compareViews(views, one, two, guessesOf(views, path, one, two))
        .cells.filter(isSame)
        .map(cell => cell.row * columns + cell.column),
    );
  const [before, after] = [steady(a, a2), steady(b, b2)];
  if (before.size < 0.7 * columns * rows) return null;
  const other = pair.cells.filter(
    cell =>
      isOther(cell) &&
      before.has(cell.row * columns + cell.column) &&
      after.has(cell.row * columns + cell.column) &&
      !isFound(views, cell.row * columns + cell.column, a, b, columns) &&
      !isFound(views, cell.row * columns + cell.column, b, a, columns),
  );
  if (other.length < Math.max(least * columns * rows, CHANGED * textured.length)) return null;
  return {
    way: 'away',
    before: views.frames[a2],
    after: views.frames[b],
    area: other.length / (columns * rows),
    ...boundsOf(
      other.map(cell => cell.row * columns + cell.column),
      columns,
    ),
  };
}
