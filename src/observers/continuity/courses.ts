import type { Geometry } from './boundary.ts';
import type { FollowedStack } from './followed.ts';

/** Pictures before and after a boundary that a gradual change is looked for in; the first after is at 0. */
export const BEFORE = 6;
export const AFTER = 5;
/** Pictures at either end whose mean is what was there before and after. */
export const ENDS = 2;
/** Pictures between the ends. */
export const BETWEEN = BEFORE + AFTER + 1 - 2 * ENDS;
/** Change of a cell, root mean square in code values, from which it may belong to a place that changes. */
export const GROWS = 4;

/** How each cell goes from what it shows before to what it shows after: as a mix of both, by which share, and what is no mix. */
export class Courses {
  /** Luma from the first picture to the last. */
  readonly all: readonly Float32Array[];
  /** Per cell: square of its change, four pixels summed; 0 where too much of it leaves the picture. */
  readonly square: Float32Array;
  /** Per cell: mean change within either end, code values. */
  readonly rest: Float32Array;
  /** Per cell and picture between the ends: product of its change with the whole change, and square of its change. */
  readonly product: Float32Array;
  readonly energy: Float32Array;
  /** What `course` found: share of the change in each picture, and what a mix leaves unexplained as a share of its square. */
  readonly curve = new Float64Array(BETWEEN);
  readonly curveLeft = new Float64Array(BETWEEN);
  readonly #geometry: Geometry;
  readonly #stack: FollowedStack;

  constructor(geometry: Geometry, stack: FollowedStack) {
    this.#geometry = geometry;
    this.#stack = stack;
    this.all = Array.from({ length: BEFORE + AFTER + 1 }, (_, i) => stack.luma(i - BEFORE));
    const cells = geometry.columns * geometry.rows;
    this.square = new Float32Array(cells);
    this.rest = new Float32Array(cells);
    this.product = new Float32Array(cells * BETWEEN);
    this.energy = new Float32Array(cells * BETWEEN);
  }

  /** Reads what the stack holds now. */
  read(): void {
    for (let cell = 0; cell < this.square.length; cell++) this.#sums(cell);
  }

  /** Root mean square of a cell's change. */
  step(cell: number): number {
    return Math.sqrt(this.square[cell] / 4);
  }

  /** Fills `curve` and `curveLeft` for some cells together. */
  course(cells: readonly number[]): void {
    let square = 1e-6;
    for (const cell of cells) square += this.square[cell];
    for (let t = 0; t < BETWEEN; t++) {
      let product = 0;
      let energy = 0;
      for (const cell of cells) {
        if (this.square[cell] < GROWS * GROWS) continue;
        product += this.product[cell * BETWEEN + t];
        energy += this.energy[cell * BETWEEN + t];
      }
      const share = product / square;
      this.curve[t] = share;
      this.curveLeft[t] = Math.max(0, energy / square - share * share);
    }
  }

  /** Way of the curve there and back, its way back alone, and its greatest step. */
  steps(): { way: number; back: number; steepest: number } {
    let before = 0;
    let way = 0;
    let back = 0;
    let steepest = 0;
    for (let t = 0; t <= BETWEEN; t++) {
      const now = t === BETWEEN ? 1 : this.curve[t];
      way += Math.abs(now - before);
      back += Math.max(0, before - now);
      steepest = Math.max(steepest, now - before);
      before = now;
    }
    return { way, back, steepest };
  }

  #sums(cell: number): void {
    const { columns, quarter } = this.#geometry;
    const { reach } = this.#stack;
    const { all } = this;
    const last = all.length - 1;
    const base = cell * BETWEEN;
    const corner = Math.floor(cell / columns) * 2 * quarter.width + (cell % columns) * 2;
    let square = 0;
    let rest = 0;
    let outside = 0;
    for (let k = 0; k < 4; k++) {
      const i = corner + (k >> 1) * quarter.width + (k & 1);
      if (reach[i] <= BEFORE) {
        outside++;
        continue;
      }
      const change = (all[last][i] + all[last - 1][i] - all[0][i] - all[1][i]) / ENDS;
      square += change * change;
      rest += Math.abs(all[0][i] - all[1][i]) + Math.abs(all[last][i] - all[last - 1][i]);
    }
    if (outside > 1) square = 0;
    this.square[cell] = square;
    this.rest[cell] = rest / 8;
    // Most of a picture does not change: nothing else is asked of it but by neighbours.
    for (let t = 0; t < BETWEEN; t++) {
      this.product[base + t] = 0;
      this.energy[base + t] = 0;
    }
    if (square < GROWS * GROWS) return;
    for (let k = 0; k < 4; k++) {
      const i = corner + (k >> 1) * quarter.width + (k & 1);
      if (reach[i] <= BEFORE) continue;
      const start = (all[0][i] + all[1][i]) / ENDS;
      const change = (all[last][i] + all[last - 1][i]) / ENDS - start;
      for (let t = 0; t < BETWEEN; t++) {
        const now = all[t + ENDS][i] - start;
        this.product[base + t] += now * change;
        this.energy[base + t] += now * now;
      }
    }
  }
}

/** Greatest of some values that are not negative. */
export const mostOf = (values: Float64Array): number => values.reduce((a, b) => Math.max(a, b), 0);
