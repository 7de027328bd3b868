import type { Views } from '../../signals.ts';
import { runs } from '../statistics.ts';
import { CELL, type CellPair, compareViews, planeOf, type ViewPair } from './compare.ts';
import { type CameraPath, guessesOf, isSame } from './course.ts';

/** A part of the place that became another place. */
export interface Swap {
  /** How: at once (`sudden`), or while something passed in front of it (`covered`), or out of the picture (`away`). */
  way: 'sudden' | 'covered' | 'away';
  /** Last frame that shows the old place, first that shows the new one. */
  before: number;
  after: number;
  /** Share of the picture that changed, and columns and rows of the cells around it. */
  area: number;
  left: number;
  top: number;
  right: number;
  bottom: number;
}

/** Samples for which a cell must stand still before and after. */
const STEADY = 3;
/** Longest change, in samples: two and a half seconds. */
const LONGEST = 10;
/** A change in so many samples or fewer is sudden when all cells change together. */
const SUDDEN = 3;
/** Change that is more than a shadow: structure gone, or luma or chroma stepped by so many codes against the rest. */
const UNLIKE = 0.5;
const LEVEL = 18;
const COLOUR = 10;
/** Contrast below which structure says nothing, code values. */
const FLAT = 4;
/** Camera motion between two samples, in view pixels, up to which the picture stands. */
const STANDING = 1;
/** How far around old and new contents are looked for: what moved is not swapped. In view pixels. */
const ROUND = 14;
const FOUND = { likeness: 0.7, level: 14, chroma: 9 } as const;

interface Change {
  cell: number;
  /** Samples: last of the old, first of the new. */
  from: number;
  to: number;
}

/** Swaps seen by a camera that stands, over a whole clip; cuts need not be known. */
export function findSwaps(views: Views, path: CameraPath, least: number): Swap[] {
  const count = views.frames.length;
  if (count < 2 * STEADY) return [];
  const columns = Math.floor(views.width / CELL);
  const rows = Math.floor(views.height / CELL);
  const cells = columns * rows;
  const steady = steadiness(views, path, cells, columns);
  const changes: Change[] = [];
  for (let cell = 0; cell < cells; cell++) {
    const flags = Array.from({ length: count - 1 }, (_, k) => steady[k][cell] === 1);
    // Between samples k and k + 1 lies flag k: a run of n flags is n + 1 samples that look alike.
    const stretches = runs(flags, STEADY - 1).map(({ start, end }) => ({ from: start, to: end }));
    for (let i = 1; i < stretches.length; i++) {
      const change = { cell, from: stretches[i - 1].to, to: stretches[i].from };
      if (change.to - change.from <= LONGEST) changes.push(change);
    }
  }
  return group(views, changes, columns, rows, steady, least);
}

/** Which cells look alike in sample k and k + 1 where they are; none when the camera moved. */
function steadiness(views: Views, path: CameraPath, cells: number, columns: number): Uint8Array[] {
  return Array.from({ length: views.frames.length - 1 }, (_, k) => {
    const flags = new Uint8Array(cells);
    const pair = compareViews(views, k, k + 1, [{ x: 0, y: 0 }]);
    const moved = Math.hypot(
      path.x[views.frames[k + 1]] - path.x[views.frames[k]],
      path.y[views.frames[k + 1]] - path.y[views.frames[k]],
    );
    if (Math.max(Math.abs(pair.x), Math.abs(pair.y)) > STANDING && moved > STANDING) return flags;
    for (const cell of pair.cells) if (isSame(cell)) flags[cell.row * columns + cell.column] = 1;
    return flags;
  });
}

/** Collects changes that happen together into swaps and leaves out what moved or was only lit otherwise. */
function group(
  views: Views,
  changes: Change[],
  columns: number,
  rows: number,
  steady: readonly Uint8Array[],
  least: number,
): Swap[] {
  const found: Swap[] = [];
  const cells = columns * rows;
  let open = changes.slice().sort((a, b) => a.to - b.to || a.from - b.from);
  while (open.length >= least * cells) {
    // The window of time in which most cells change.
    let best: Change[] = [];
    for (const { to } of open) {
      const together = open.filter(
        change => change.to >= to && change.to <= to + SUDDEN + 2 && change.from >= to - LONGEST,
      );
      if (together.length > best.length) best = together;
    }
    if (best.length < least * cells) break;
    const taken = new Set(best);
    open = open.filter(change => !taken.has(change));
    const swap = judge(views, best, columns, rows, steady, least);
    if (swap) found.push(swap);
  }
  return found.sort((a, b) => a.before - b.before);
}

function judge(
  views: Views,
  changes: readonly Change[],
  columns: number,
  rows: number,
  steady: readonly Uint8Array[],
  least: number,
): Swap | null {
  const pairs = new Map<number, ViewPair>();
  const pairOf = (from: number, to: number): ViewPair => {
    const key = from * 65536 + to;
    let pair = pairs.get(key);
    if (!pair) {
      pair = compareViews(views, from, to, [{ x: 0, y: 0 }]);
      pairs.set(key, pair);
    }
    return pair;
  };
  const swapped = changes.filter(change => {
    const cell = pairOf(change.from, change.to).cells.find(c => c.row * columns + c.column === change.cell);
    return cell !== undefined && isOther(cell) && !isMoved(views, change, columns);
  });
  if (swapped.length < least * columns * rows) return null;
  const from = Math.min(...swapped.map(change => change.from));
  const to = Math.max(...swapped.map(change => change.to));
  const span = swapped.filter(change => change.to - change.from <= SUDDEN).length / swapped.length;
  const sudden = span >= 0.8 && to - from <= SUDDEN + 1;
  const box = boundsOf(
    swapped.map(change => change.cell),
    columns,
  );
  const swap: Swap = {
    way: sudden ? 'sudden' : 'covered',
    before: views.frames[from],
    after: views.frames[to],
    area: swapped.length / (columns * rows),
    ...box,
  };
  if (sudden) return stays(views, from, to, new Set(swapped.map(change => change.cell)), columns, rows) ? swap : null;
  return passed(swapped, steady, columns, rows) ? swap : null;
}

/** Whether a cell shows something else, beyond a change of light. */
const isOther = (cell: CellPair): boolean =>
  (cell.detail >= FLAT && cell.likeness < UNLIKE) ||
  Math.abs(cell.after - cell.before) > LEVEL ||
  Math.hypot(cell.blue, cell.red) > COLOUR;

/** Whether the old contents are found near by in the new picture, or the new ones in the old picture. */
const isMoved = (views: Views, { cell, from, to }: Change, columns: number): boolean =>
  isFound(views, cell, from, to, columns) || isFound(views, cell, to, from, columns);

/** Looks for a cell of one sample around the same place in another. */
function isFound(views: Views, cell: number, from: number, to: number, columns: number): boolean {
  const { width, height } = views;
  const left = (cell % columns) * CELL;
  const top = Math.floor(cell / columns) * CELL;
  const source = planeOf(views.luma, from, width * height);
  const target = planeOf(views.luma, to, width * height);
  const patch = patchOf(source, width, left, top);
  const half = width >> 1;
  const size = half * (height >> 1);
  const tint = (sample: number, x: number, y: number): [number, number] => {
    const at = sample * size + Math.min((height >> 1) - 3, (y >> 1) + 2) * half + Math.min(half - 3, (x >> 1) + 2);
    return [views.blue[at], views.red[at]];
  };
  const [blue, red] = tint(from, left, top);
  for (let y = Math.max(0, top - ROUND); y <= Math.min(height - CELL, top + ROUND); y += 2) {
    for (let x = Math.max(0, left - ROUND); x <= Math.min(width - CELL, left + ROUND); x += 2) {
      const other = patchOf(target, width, x, y);
      if (Math.abs(other.mean - patch.mean) > FOUND.level) continue;
      const [b, r] = tint(to, x, y);
      if (Math.hypot(b - blue, r - red) > FOUND.chroma) continue;
      if (patch.deviation < FLAT && other.deviation < FLAT) return true;
      if (likeness(source, target, width, left, top, x, y, patch, other) >= FOUND.likeness) return true;
    }
  }
  return false;
}

interface Patch {
  mean: number;
  deviation: number;
}

function patchOf(plane: Uint8Array, width: number, left: number, top: number): Patch {
  let sum = 0;
  let squares = 0;
  for (let row = 0; row < CELL; row++) {
    for (let i = (top + row) * width + left, end = i + CELL; i < end; i++) {
      sum += plane[i];
      squares += plane[i] * plane[i];
    }
  }
  const mean = sum / (CELL * CELL);
  return { mean, deviation: Math.sqrt(Math.max(0, squares / (CELL * CELL) - mean * mean)) };
}

function likeness(
  a: Uint8Array,
  b: Uint8Array,
  width: number,
  ax: number,
  ay: number,
  bx: number,
  by: number,
  p: Patch,
  q: Patch,
): number {
  let sum = 0;
  for (let row = 0; row < CELL; row++) {
    const i = (ay + row) * width + ax;
    const k = (by + row) * width + bx;
    for (let column = 0; column < CELL; column++) sum += a[i + column] * b[k + column];
  }
  return (sum / (CELL * CELL) - p.mean * q.mean) / ((p.deviation + 1) * (q.deviation + 1));
}

/** Share of the rest of the picture that must go on for a sudden change to be a swap behind it and not a cut. */
const GOES_ON = 0.5;
const LEAST_REST = 0.04;

/** Whether what is not swapped goes on across the change, moved a little at most. */
function stays(
  views: Views,
  from: number,
  to: number,
  swapped: ReadonlySet<number>,
  columns: number,
  rows: number,
): boolean {
  let rest = 0;
  let on = 0;
  for (const cell of compareViews(views, from, to, [{ x: 0, y: 0 }]).cells) {
    if (swapped.has(cell.row * columns + cell.column)) continue;
    if (cell.detail < FLAT) continue;
    rest++;
    if (cell.likeness >= 0.6) on++;
  }
  return rest >= LEAST_REST * columns * rows && on >= GOES_ON * rest;
}

/** Share of the border of the region at which something must move, before and after. */
const BESIDE = 0.1;

/** Whether something came from beside the region, covered it and went on beside it: an occluder that passed. */
function passed(swapped: readonly Change[], steady: readonly Uint8Array[], columns: number, rows: number): boolean {
  const region = new Set(swapped.map(change => change.cell));
  const border: number[] = [];
  for (let cell = 0; cell < columns * rows; cell++) {
    if (region.has(cell)) continue;
    const [x, y] = [cell % columns, Math.floor(cell / columns)];
    const near = [...region].some(
      other => Math.abs((other % columns) - x) <= 2 && Math.abs(Math.floor(other / columns) - y) <= 2,
    );
    if (near) border.push(cell);
  }
  const first = Math.min(...swapped.map(change => change.from));
  const last = Math.max(...swapped.map(change => change.to));
  const moving = (sample: number) => {
    const flags = steady[Math.max(0, Math.min(steady.length - 1, sample))];
    return border.filter(cell => flags[cell] === 0).length / Math.max(1, border.length);
  };
  return Math.max(moving(first - 1), moving(first)) >= BESIDE && Math.max(moving(last), moving(last + 1)) >= BESIDE;
}

function boundsOf(cells: readonly number[], columns: number): Pick<Swap, 'left' | 'top' | 'right' | 'bottom'> {
  const xs = cells.map(cell => cell % columns);
  const ys = cells.map(cell => Math.floor(cell / columns));
  return { left: Math.min(...xs), top: Math.min(...ys), right: Math.max(...xs) + 1, bottom: Math.max(...ys) + 1 };
}

/** Overlap of two views by the camera's path below which the place has left the picture, and above which it is back. */
const AWAY = 0.55;
const BACK = 0.75;
/** Share of the picture that must be found again for the return to be certain. */
const ANCHOR = 0.15;

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
  const guesses = [-8, 0, 8].flatMap(dx => [-4, 0, 4].map(dy => ({ x: guess.x + dx, y: guess.y + dy })));
  const pair = compareViews(views, a, b, guesses);
  const same = pair.cells.filter(cell => cell.detail >= FLAT && isSame(cell));
  const textured = pair.cells.filter(cell => cell.detail >= FLAT);
  if (same.length < ANCHOR * columns * rows || same.length === textured.length) return null;
  const steadyAfter = new Set(
    compareViews(views, b, b2, guessesOf(views, path, b, b2))
      .cells.filter(isSame)
      .map(cell => cell.row * columns + cell.column),
  );
  const earlier = compareViews(views, a, a2, guessesOf(views, path, a, a2));
  const steadyBefore = earlier.cells.filter(isSame).length / Math.max(1, earlier.cells.length);
  if (steadyBefore < 0.7) return null;
  const other = pair.cells.filter(
    cell => isOther(cell) && !isSame(cell) && steadyAfter.has(cell.row * columns + cell.column),
  );
  if (other.length < least * columns * rows) return null;
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
