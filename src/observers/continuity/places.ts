import { type Boundary, CELL, GAP, type Geometry } from './boundary.ts';
import type { Component } from './components.ts';

/**
 * Residual between the pictures half a gap before and after, less the greatest residual nearby of gaps wholly before and
 * wholly after: what can be followed on either side, but not across.
 */
export function gapSpikes(
  window: readonly Boundary[],
  centre: number,
  columns: number,
  rows: number,
  out: Float32Array,
): void {
  const across = window[centre + GAP / 2 - 1]?.gap;
  const before = window[centre - 1]?.gap;
  const after = window[centre + GAP - 1]?.gap;
  if (!across || !before || !after) {
    out.fill(0);
    return;
  }
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      let beside = 0;
      for (let y = Math.max(0, row - 1); y <= Math.min(rows - 1, row + 1); y++) {
        for (let x = Math.max(0, column - 1); x <= Math.min(columns - 1, column + 1); x++) {
          const other = y * columns + x;
          beside = Math.max(beside, before[other], after[other]);
        }
      }
      out[row * columns + column] = across[row * columns + column] - beside;
    }
  }
}

/** Mean of a measure in and about a part, two cells further on every side, over some boundaries of the window. */
export function around(
  window: readonly Boundary[],
  centre: number,
  offsets: readonly number[],
  { left, top, right, bottom }: Component,
  { columns, rows }: Geometry,
  measure: 'local' | 'left',
): number {
  let sum = 0;
  let count = 0;
  for (const offset of offsets) {
    const map = window[centre + offset]?.maps[measure];
    if (!map) continue;
    for (let y = Math.max(0, top - 2); y <= Math.min(rows - 1, bottom + 2); y++) {
      for (let x = Math.max(0, left - 2); x <= Math.min(columns - 1, right + 2); x++) {
        sum += map[y * columns + x];
        count++;
      }
    }
  }
  return count === 0 ? 0 : sum / count;
}

/** Mean magnitude of a measure over some cells at some boundaries about one. */
export function meanOver(
  window: readonly Boundary[],
  centre: number,
  offsets: readonly number[],
  cells: readonly number[],
  measure: 'left' | 'unlike' | 'local' | 'level',
): number {
  let sum = 0;
  let count = 0;
  for (const offset of offsets) {
    const map = window[centre + offset]?.maps[measure];
    if (!map) continue;
    for (const cell of cells) sum += Math.abs(map[cell]);
    count += cells.length;
  }
  return count === 0 ? 0 : sum / count;
}

/** The cells of a part's box, two further on every side, that are not its own. */
export function ringOf({ cells, left, top, right, bottom }: Component, columns: number, rows: number): number[] {
  const inside = new Set(cells);
  const ring: number[] = [];
  for (let y = Math.max(0, top - 2); y <= Math.min(rows - 1, bottom + 2); y++) {
    for (let x = Math.max(0, left - 2); x <= Math.min(columns - 1, right + 2); x++) {
      if (!inside.has(y * columns + x)) ring.push(y * columns + x);
    }
  }
  return ring;
}

/** A part's place in source pixels. */
export function boxOf(
  part: Component | null,
  scaleX: number,
  scaleY: number,
): [x: number, y: number, width: number, height: number] {
  if (!part) return [0, 0, 0, 0];
  const { left, top, right, bottom } = part;
  return [
    left * CELL * scaleX,
    top * CELL * scaleY,
    (right - left + 1) * CELL * scaleX,
    (bottom - top + 1) * CELL * scaleY,
  ];
}
