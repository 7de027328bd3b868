import type { Views } from '../../signals.ts';
import { percentile } from '../../statistics.ts';
import { CELL, planeOf } from './compare.ts';

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

/** Correlation below which structure is gone. */
export const UNLIKE = 0.5;
/** Contrast below which structure says nothing, code values. */
export const FLAT = 4;

/** How far around, in view pixels, and how well contents must be found to have moved there: codes of luma and chroma. */
const NEAR = { reach: 12, likeness: 0.75, level: 14, chroma: 9 } as const;

/** Looks for a cell of one sample around the same place in another. */
export function isFound(views: Views, cell: number, from: number, to: number, columns: number): boolean {
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
  for (let y = Math.max(0, top - NEAR.reach); y <= Math.min(height - CELL, top + NEAR.reach); y += 2) {
    for (let x = Math.max(0, left - NEAR.reach); x <= Math.min(width - CELL, left + NEAR.reach); x += 2) {
      const other = patchOf(target, width, x, y);
      if (Math.abs(other.mean - patch.mean) > NEAR.level) continue;
      const [b, r] = tint(to, x, y);
      if (Math.hypot(b - blue, r - red) > NEAR.chroma) continue;
      if (patch.deviation < FLAT && other.deviation < FLAT) return true;
      if (likeness(source, target, width, left, top, x, y, patch, other) >= NEAR.likeness) return true;
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

/** Columns and rows around nearly all of the cells: a stray one must not stretch the box. */
export function boundsOf(cells: readonly number[], columns: number): Pick<Swap, 'left' | 'top' | 'right' | 'bottom'> {
  const xs = cells.map(cell => cell % columns);
  const ys = cells.map(cell => Math.floor(cell / columns));
  const low = (values: number[]) => Math.floor(percentile(values, 0.04));
  const high = (values: number[]) => Math.ceil(percentile(values, 0.96)) + 1;
  return { left: low(xs), top: low(ys), right: high(xs), bottom: high(ys) };
}
