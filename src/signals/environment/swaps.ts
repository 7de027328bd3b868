import type { FrameRange } from '../../clip.ts';
import type { Views } from '../../signals.ts';
import { median } from '../../statistics.ts';
import { CELL, compareViews, planeOf, UNMOVED } from './compare.ts';
import { type CameraPath, isSame } from './course.ts';
import { boundsOf, FLAT, isFound, type Swap, UNLIKE } from './swap.ts';

/** Samples for which a cell must stand still before and after. */
const STEADY = 2;
/** … and when it was covered meanwhile. */
const LONG = 4;
/** Samples that a change may take: a second and a half. */
const SPAN = 6;
/** Change that is more than a shadow: structure gone (`UNLIKE`), or on a bare wall luma or chroma stepped by so many codes. */
const LEVEL = 18;
const COLOUR = 10;
/** Share of the changed cells that must have lost their structure: bare walls alone may only be lit otherwise. */
const STRUCTURE = 0.4;
/** Camera motion between two samples, in view pixels, up to which the picture stands. */
const STANDING = 1;

/** Swaps seen by a camera that stands, over a whole clip; cuts need not be known. */
export function findSwaps(
  views: Views,
  path: CameraPath,
  frameDifference: Float32Array,
  cuts: readonly FrameRange[],
  least: number,
): Swap[] {
  const count = views.frames.length;
  const columns = Math.floor(views.width / CELL);
  const rows = Math.floor(views.height / CELL);
  const cells = columns * rows;
  const steady = steadiness(views, path, cells, columns);
  const found: Swap[] = [];
  // What a span of samples changed; the cells that had stood still before and stand still after.
  const spans = new Map<number, number[]>();
  for (let from = STEADY; from + 1 + STEADY < count; from++) {
    const to = Math.min(from + SPAN, count - 1 - STEADY);
    const before = steady.slice(from - STEADY, from);
    const after = steady.slice(to, to + STEADY);
    const still = Array.from({ length: cells }, (_, cell) => before.every(f => f[cell]) && after.every(f => f[cell]));
    if (still.filter(Boolean).length < least * cells) continue;
    const changed = changedCells(views, from, to, columns).filter(cell => still[cell]);
    if (changed.length >= least * cells) spans.set(from, changed);
  }
  const starts = [...spans.keys()];
  while (starts.length > 0) {
    const best = starts.reduce((a, b) => (spans.get(b)!.length > spans.get(a)!.length ? b : a));
    const swap = judge(
      views,
      best,
      Math.min(best + SPAN, count - 1 - STEADY),
      spans.get(best)!,
      columns,
      rows,
      steady,
      frameDifference,
      cuts,
      least,
    );
    if (swap) found.push(swap);
    for (let i = starts.length - 1; i >= 0; i--) if (Math.abs(starts[i] - best) <= SPAN) starts.splice(i, 1);
  }
  return found.sort((a, b) => a.before - b.before);
}

/** Which cells look alike in sample k and k + 1 where they are; none when the camera moved. */
function steadiness(views: Views, path: CameraPath, cells: number, columns: number): Uint8Array[] {
  return Array.from({ length: views.frames.length - 1 }, (_, k) => {
    const flags = new Uint8Array(cells);
    const pair = compareViews(views, k, k + 1, UNMOVED);
    const [a, b] = [views.frames[k], views.frames[k + 1]];
    const moved = Math.hypot(path.x[b] - path.x[a], path.y[b] - path.y[a]);
    if (Math.max(Math.abs(pair.x), Math.abs(pair.y)) > STANDING && moved > STANDING) return flags;
    for (const cell of pair.cells) if (isSame(cell)) flags[cell.row * columns + cell.column] = 1;
    return flags;
  });
}

/** Cells that show something else, beyond a change of light over the whole picture. */
function changedCells(views: Views, from: number, to: number, columns: number): number[] {
  const { cells } = compareViews(views, from, to, UNMOVED, 1);
  const level = median(cells.map(cell => cell.after - cell.before));
  const blue = median(cells.map(cell => cell.blue));
  const red = median(cells.map(cell => cell.red));
  const structure = cells.filter(cell => cell.detail >= FLAT && cell.likeness < UNLIKE);
  const bare = cells.filter(
    cell =>
      cell.detail < FLAT &&
      (Math.abs(cell.after - cell.before - level) > LEVEL || Math.hypot(cell.blue - blue, cell.red - red) > COLOUR),
  );
  if (structure.length < STRUCTURE * (structure.length + bare.length)) return [];
  return [...structure, ...bare].map(cell => cell.row * columns + cell.column);
}

function judge(
  views: Views,
  from: number,
  to: number,
  changed: readonly number[],
  columns: number,
  rows: number,
  steady: readonly Uint8Array[],
  frameDifference: Float32Array,
  cuts: readonly FrameRange[],
  least: number,
): Swap | null {
  const swapped = changed.filter(
    cell => !isFound(views, cell, from, to, columns) && !isFound(views, cell, to, from, columns),
  );
  if (swapped.length < least * columns * rows) return null;
  // When the cells changed, to the sample.
  const unsteady = Array.from({ length: to - from }, (_, k) => swapped.filter(cell => !steady[from + k][cell]).length);
  const busy = unsteady.flatMap((n, k) => (n > 0.15 * swapped.length ? [k] : []));
  const first = from + (busy.length > 0 ? busy[0] : 0);
  const last = from + (busy.length > 0 ? busy[busy.length - 1] + 1 : to - from);
  const range = { before: views.frames[first], after: views.frames[last] };
  const swap: Swap = {
    way: 'sudden',
    ...range,
    area: swapped.length / (columns * rows),
    ...boundsOf(swapped, columns),
  };
  const { residual, whole, between } = unmixed(views, from, to, swapped, columns);
  const atCut = cuts.some(cut => cut.start <= views.frames[to] && cut.end >= views.frames[from]);
  if (residual <= UNMIXED && stays(views, first, last, new Set(swapped), columns, rows, atCut, whole <= WALL.unmixed)) {
    const step = isJump(frameDifference, range.before, range.after, atCut ? JUMP_AT_CUT : JUMP);
    if (step || (between && whole <= FADE)) return swap;
  }
  if (whole <= UNMIXED || atCut) return null;
  const long = (cell: number) =>
    steady.slice(Math.max(0, from - LONG), from).every(f => f[cell]) && steady.slice(to, to + LONG).every(f => f[cell]);
  return swapped.filter(long).length >= COVERED * columns * rows ? { ...swap, way: 'covered' } : null;
}

/** Share of the change within one frame from which it is a jump; something that comes in or leaves takes several. */
const JUMP = 0.5;
/** … and where a cut was seen anyway. */
const JUMP_AT_CUT = 0.3;

function isJump(frameDifference: Float32Array, before: number, after: number, share: number): boolean {
  const steps = frameDifference.subarray(before + 1, after + 1);
  const rest = median(frameDifference.subarray(Math.max(1, before - 12), before + 1)) || 0;
  let [sum, most] = [0, 0];
  for (const step of steps) {
    const more = Math.max(0, step - rest);
    sum += more;
    most = Math.max(most, more);
  }
  return most >= share * sum;
}

/** Part of the change that no common mixture of old and new explains, relative to the change, at the worst sample. */
const UNMIXED = 0.5;
/** … and for a fade, in which a sample between the two must be seen. */
const FADE = 0.4;
/** Share of the picture from which a change that came piece by piece is no thing that came to rest in front of the place. */
const COVERED = 0.3;

/**
 * How far the samples between are from being mixtures of the first and the last, all cells in step: 0 for a cut or a fade,
 * `whole` with those in which somebody moves; and whether one of them is a mixture indeed and not one of the two.
 */
function unmixed(
  views: Views,
  from: number,
  to: number,
  cells: readonly number[],
  columns: number,
): { residual: number; whole: number; between: boolean } {
  const size = views.width * views.height;
  const [a, b] = [planeOf(views.luma, from, size), planeOf(views.luma, to, size)];
  let residual = 0;
  let whole = 0;
  let between = false;
  const parts = cells.map(() => ({ along: 0, length: 0, whole: 0 }));
  for (let k = from + 1; k < to; k++) {
    const m = planeOf(views.luma, k, size);
    cells.forEach((cell, n) => {
      const origin = Math.floor(cell / columns) * CELL * views.width + (cell % columns) * CELL;
      let [along, offsets, length] = [0, 0, 0];
      for (let row = 0; row < CELL; row++) {
        for (let i = origin + row * views.width, end = i + CELL; i < end; i++) {
          const step = b[i] - a[i];
          const offset = m[i] - a[i];
          along += step * offset;
          length += step * step;
          offsets += offset * offset;
        }
      }
      Object.assign(parts[n], { along, length, whole: offsets });
    });
    const { part, rest, all } = mixture(parts);
    residual = Math.max(residual, rest);
    whole = Math.max(whole, all);
    if (part > 0.15 && part < 0.85) between = true;
  }
  return { residual, whole, between };
}

/** Change of a cell: what of it lies along the step from old to new, the step's square, the square of all of it. */
interface Part {
  along: number;
  length: number;
  whole: number;
}

/** Share of the cells in which somebody may move meanwhile. */
const MOVING = 0.15;

/**
 * The common mixture of old and new that explains nearly all cells best, and what it leaves of them, relative to the step;
 * `all`: the same over all cells.
 */
function mixture(parts: readonly Part[]): { part: number; rest: number; all: number } {
  const sumOf = (some: readonly Part[], key: keyof Part) => some.reduce((sum, each) => sum + each[key], 0);
  const partOf = (some: readonly Part[]) => sumOf(some, 'along') / sumOf(some, 'length');
  const left = ({ along, length, whole }: Part, part: number) => whole - 2 * part * along + part * part * length;
  const first = partOf(parts);
  const kept = parts
    .toSorted((a, b) => left(a, first) - left(b, first))
    .slice(0, Math.max(1, Math.ceil((1 - MOVING) * parts.length)));
  const part = partOf(kept);
  const restOf = (some: readonly Part[], share: number) =>
    Math.sqrt(
      Math.max(
        0,
        some.reduce((sum, each) => sum + left(each, share), 0),
      ) / sumOf(some, 'length'),
    );
  return { part, rest: restOf(kept, part), all: restOf(parts, first) };
}

/** Share of all cells with structure that must go on across a sudden change for it to be a swap behind them and not a cut. */
const GOES_ON = 0.12;
/** … and where the whole picture changes so much that it counts as a cut: some cells are alike by chance. */
const GOES_ON_AT_CUT = 0.18;
/** What goes on looks much the same just after as just before. */
const GOING = { likeness: 0.75, level: 20 } as const;
/**
 * A bare wall or floor that goes on: codes between which it is lit, by how many it may step, and share of the picture. A
 * picture that slides along a wall is told by what no mixture of old and new explains.
 */
const WALL = { dark: 40, bright: 235, step: 2, share: 0.3, unmixed: 0.25 } as const;
/** Share of what goes on that must hang together. */
const TOGETHER = 0.5;

/** Whether enough of what is not swapped goes on across the change, moved a little at most; `atOnce`: bare walls count too. */
function stays(
  views: Views,
  from: number,
  to: number,
  swapped: ReadonlySet<number>,
  columns: number,
  rows: number,
  atCut: boolean,
  atOnce: boolean,
): boolean {
  let textured = 0;
  const on = new Set<number>();
  const bare = new Set<number>();
  for (const cell of compareViews(views, from, to, UNMOVED, 1).cells) {
    const at = cell.row * columns + cell.column;
    if (cell.detail < FLAT) {
      const lit = cell.before >= WALL.dark && cell.before <= WALL.bright;
      const same = Math.abs(cell.after - cell.before) <= WALL.step && Math.hypot(cell.blue, cell.red) <= WALL.step;
      if (lit && same && !swapped.has(at)) bare.add(at);
      continue;
    }
    textured++;
    if (swapped.has(at)) continue;
    if (cell.likeness >= GOING.likeness && Math.abs(cell.after - cell.before) <= GOING.level) on.add(at);
  }
  if (atOnce && largestPart(bare, columns) >= WALL.share * columns * rows) return true;
  if (on.size < Math.max((atCut ? GOES_ON_AT_CUT : GOES_ON) * textured, 0.04 * columns * rows)) return false;
  return largestPart(on, columns) >= TOGETHER * on.size;
}

/** Cells of the largest connected part. */
function largestPart(cells: ReadonlySet<number>, columns: number): number {
  const open = new Set(cells);
  let most = 0;
  for (const start of cells) {
    if (!open.delete(start)) continue;
    const stack = [start];
    let size = 0;
    for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
      size++;
      const column = at % columns;
      for (const next of [at - columns, at + columns, column > 0 ? at - 1 : -1, column + 1 < columns ? at + 1 : -1])
        if (open.delete(next)) stack.push(next);
    }
    most = Math.max(most, size);
  }
  return most;
}
