import type { Boundary, Geometry } from './boundary.ts';
import { type Component, components, neighbours } from './components.ts';
import { likeness, outlineContrast } from './outline.ts';
import { around } from './places.ts';
import { AFTER, BEFORE, type Stack } from './stack.ts';

/** Names of what is measured of a gradual change, in order. */
export const FADES = [
  'parts',
  'cells',
  'fill',
  'edge',
  'step',
  'share',
  'chroma',
  'local',
  'centre',
  'spread',
  'left',
  'leftMost',
  'way',
  'ends',
  'steepest',
  'length',
  'alike',
  'outline',
  'ring',
  'ringRest',
] as const;

/** Pictures at either end of the stack whose mean is what was there before and after. */
const ENDS = 3;
/** Change of a pixel, code values, that counts; of a cell, root mean square, from which it may fade, and grow from one that does. */
const STEP = 7;
const GROWS = 4;
/**
 * What a mix of before and after may leave unexplained, as a share of the square of the change. An edge that sweeps over a
 * place leaves up to a quarter: half of it is before, half of it after.
 */
const LEFT = 0.13;
const LEFT_GROWS = 0.3;
/** Parts, heaviest first, of which the one is chosen that is most like something that fades. */
const CANDIDATES = 5;
/** Share of the change in one picture, from which on it is none over several; way of the share against its net change. */
const STEEPEST = 0.6;
const WAY = 1.6;

/**
 * Looks for places where the pictures of a stack go over from one thing to another as a mix of both: every picture between
 * is the one before plus a share of the change, the same share all over the place.
 */
export class FadeFinder {
  readonly #geometry: Geometry;
  readonly #stack: Stack;
  readonly #all: readonly Float32Array[];
  readonly #between: number;
  /** Each cell with those next to it. */
  readonly #near: readonly (readonly number[])[];
  readonly #weight: Float32Array;
  readonly #square: Float32Array;
  readonly #rest: Float32Array;
  /** Per cell and picture between the ends: product of its change with the whole change, and square of its change. */
  readonly #product: Float32Array;
  readonly #energy: Float32Array;
  /** Per cell: share at the middle. */
  readonly #middle: Float32Array;
  readonly #curve: Float64Array;
  readonly #curveLeft: Float64Array;

  constructor(geometry: Geometry, stack: Stack) {
    this.#geometry = geometry;
    this.#stack = stack;
    this.#all = Array.from({ length: BEFORE + AFTER + 1 }, (_, i) => stack.luma(i - BEFORE));
    this.#between = this.#all.length - 2 * ENDS;
    const cells = geometry.columns * geometry.rows;
    this.#weight = new Float32Array(cells);
    this.#square = new Float32Array(cells);
    this.#rest = new Float32Array(cells);
    this.#middle = new Float32Array(cells);
    this.#product = new Float32Array(cells * this.#between);
    this.#energy = new Float32Array(cells * this.#between);
    const { columns, rows } = geometry;
    this.#near = Array.from({ length: cells }, (_, cell) =>
      neighbours(cell % columns, Math.floor(cell / columns), columns, rows),
    );
    this.#curve = new Float64Array(this.#between);
    this.#curveLeft = new Float64Array(this.#between);
  }

  /** The largest place that goes over into something else and stays so, or null; its measures are appended to `out`. */
  find(window: readonly Boundary[], centre: number, out: number[]): Component | null {
    const { columns, rows } = this.#geometry;
    const cells = columns * rows;
    for (let cell = 0; cell < cells; cell++) this.#sums(cell);
    let touched = 0;
    const weight = this.#weight;
    const grows: number[] = [];
    for (let cell = 0; cell < cells; cell++) {
      weight[cell] = 0;
      if (this.#square[cell] < 4 * GROWS * GROWS) continue;
      this.#course(this.#near[cell]);
      const left = mostOf(this.#curveLeft);
      if (left > LEFT_GROWS || !this.#goesOver()) continue;
      const now = (this.#curve[BEFORE - ENDS - 1] + this.#curve[BEFORE - ENDS]) / 2;
      this.#middle[cell] = now;
      if (this.#square[cell] >= 4 * STEP * STEP && left <= LEFT) touched++;
      if (now <= 0.2 || now >= 0.8) continue;
      if (this.#square[cell] >= 4 * STEP * STEP && left <= LEFT) weight[cell] = Math.min(30, this.#step(cell));
      else grows.push(cell);
    }
    this.#grow(grows);
    const found = components(weight, columns, rows);
    let best: { part: Component; likely: number; measures: number[] } | null = null;
    for (const part of found.slice(0, CANDIDATES)) {
      const measures: number[] = [];
      const likely = this.#describe(part, touched, window, centre, measures);
      if (!best || likely > best.likely) best = { part, likely, measures };
    }
    out.push(found.length);
    if (best) out.push(...best.measures);
    else for (let i = 1; i < FADES.length; i++) out.push(0);
    return best?.part ?? null;
  }

  /** Root mean square of a cell's change. */
  #step(cell: number): number {
    return Math.sqrt(this.#square[cell] / 4);
  }

  #sums(cell: number): void {
    const { columns, quarter } = this.#geometry;
    const { reach } = this.#stack;
    const all = this.#all;
    const last = all.length - 1;
    const count = this.#between;
    const base = cell * count;
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
      const change = (all[last][i] + all[last - 1][i] + all[last - 2][i] - all[0][i] - all[1][i] - all[2][i]) / ENDS;
      square += change * change;
      rest += Math.abs(all[0][i] - all[2][i]) + Math.abs(all[last][i] - all[last - 2][i]);
    }
    if (outside > 1) square = 0;
    this.#square[cell] = square;
    this.#rest[cell] = rest / 8;
    // Most of a picture does not change: nothing else is asked of it but by neighbours.
    for (let t = 0; t < count; t++) {
      this.#product[base + t] = 0;
      this.#energy[base + t] = 0;
    }
    if (square < GROWS * GROWS) return;
    for (let k = 0; k < 4; k++) {
      const i = corner + (k >> 1) * quarter.width + (k & 1);
      if (reach[i] <= BEFORE) continue;
      const start = (all[0][i] + all[1][i] + all[2][i]) / ENDS;
      const change = (all[last][i] + all[last - 1][i] + all[last - 2][i]) / ENDS - start;
      for (let t = 0; t < count; t++) {
        const now = all[t + ENDS][i] - start;
        this.#product[base + t] += now * change;
        this.#energy[base + t] += now * now;
      }
    }
  }

  /** Share of the change in each picture, and what a mix leaves unexplained, over some cells. */
  #course(cells: readonly number[]): void {
    const count = this.#between;
    let square = 1e-6;
    for (const cell of cells) square += this.#square[cell];
    for (let t = 0; t < count; t++) {
      let product = 0;
      let energy = 0;
      for (const cell of cells) {
        if (this.#square[cell] < GROWS * GROWS) continue;
        product += this.#product[cell * count + t];
        energy += this.#energy[cell * count + t];
      }
      const share = product / square;
      this.#curve[t] = share;
      this.#curveLeft[t] = Math.max(0, energy / square - share * share);
    }
  }

  /** Whether the course leads from 0 to 1, without much of a way back and not at once. */
  #goesOver(): boolean {
    const { way, steepest } = this.#steps();
    return way <= WAY && steepest <= STEEPEST;
  }

  #steps(): { way: number; steepest: number } {
    const curve = this.#curve;
    let before = 0;
    let way = 0;
    let steepest = 0;
    for (let t = 0; t <= curve.length; t++) {
      const now = t === curve.length ? 1 : curve[t];
      way += Math.abs(now - before);
      steepest = Math.max(steepest, now - before);
      before = now;
    }
    return { way, steepest };
  }

  /** Fainter cells next to a place that fades belong to it. */
  #grow(cells: readonly number[]): void {
    for (let round = 0; round < 2; round++) {
      const joined = cells.filter(
        cell => !(this.#weight[cell] > 0) && this.#near[cell].some(other => this.#weight[other] > 0),
      );
      for (const cell of joined) this.#weight[cell] = this.#step(cell) / 2;
    }
  }

  /** Appends a part's measures; tells how much it is like something that fades, to choose between parts. */
  #describe(part: Component, touched: number, window: readonly Boundary[], centre: number, out: number[]): number {
    const { cells } = part;
    const mean = (read: (cell: number) => number) => cells.reduce((sum, cell) => sum + read(cell), 0) / cells.length;
    const area = (part.right - part.left + 1) * (part.bottom - part.top + 1);
    out.push(
      cells.length,
      cells.length / area,
      part.edge,
      mean(cell => this.#step(cell)),
    );
    out.push(cells.length / Math.max(1, touched, cells.length));
    out.push(
      mean(cell => this.#chromaFar(cell)),
      around(window, centre, [-4, -2, 0, 2, 4], part, this.#geometry, 'local'),
    );
    this.#course(cells);
    const curve = this.#curve;
    const middle = (curve[BEFORE - ENDS - 1] + curve[BEFORE - ENDS]) / 2;
    out.push(middle, Math.sqrt(mean(cell => (this.#middle[cell] - middle) ** 2)));
    const { way, steepest } = this.#steps();
    out.push(this.#curveLeft.reduce((sum, left) => sum + left, 0) / curve.length, mostOf(this.#curveLeft));
    out.push(way, Math.max(Math.abs(curve[0]), Math.abs(1 - curve[curve.length - 1])), steepest);
    out.push(curve.reduce((sum, share) => sum + Number(share > 0.15 && share < 0.85), 0));
    const alike = likeness(cells, this.#geometry, this.#all[1], this.#all[this.#all.length - 2]);
    const [ring, rest] = this.#ring(part);
    out.push(alike, this.#outline(cells), ring, rest);
    const mixed = Math.max(0, 1 - mostOf(this.#curveLeft) / LEFT_GROWS);
    return (Math.sqrt(part.weight) * mixed * (1 - Math.max(0, alike))) / (0.3 + ring);
  }

  /** Contrast along the outline after against before, a logarithm: above 0 something came. */
  #outline(cells: readonly number[]): number {
    const [before, after] = [this.#all[1], this.#all[this.#all.length - 2]];
    const at = (plane: Float32Array) => outlineContrast(cells, this.#geometry, [plane]);
    return Math.log((at(after) + 3) / (at(before) + 3));
  }

  /** Change of the two rows of cells round a part over the stack, and within its ends, both against the part's own. */
  #ring({ cells, left, top, right, bottom }: Component): [number, number] {
    const { columns, rows } = this.#geometry;
    const inside = new Set(cells);
    let change = 0;
    let rest = 0;
    let count = 0;
    for (let y = Math.max(0, top - 2); y <= Math.min(rows - 1, bottom + 2); y++) {
      for (let x = Math.max(0, left - 2); x <= Math.min(columns - 1, right + 2); x++) {
        const cell = y * columns + x;
        if (inside.has(cell)) continue;
        change += this.#step(cell);
        rest += this.#rest[cell];
        count++;
      }
    }
    const own = cells.reduce((sum, cell) => sum + this.#step(cell), 0) / cells.length + 1;
    return count === 0 ? [0, 0] : [change / count / own, rest / count / own];
  }

  #chromaFar(cell: number): number {
    const { columns, quarter } = this.#geometry;
    const i = Math.floor(cell / columns) * 2 * quarter.width + (cell % columns) * 2;
    const [blueBefore, redBefore] = this.#stack.chroma(-5);
    const [blueAfter, redAfter] = this.#stack.chroma(5);
    return Math.abs(blueAfter[i] - blueBefore[i]) + Math.abs(redAfter[i] - redBefore[i]);
  }
}

const mostOf = (values: Float64Array): number => values.reduce((a, b) => Math.max(a, b), 0);
