import type { Translation } from './global-motion.ts';
import type { ThingsMemory } from './things-memory.ts';
import type { Box } from './things-windows.ts';

/** Side of a cell, pixels of the plane, and the power of two that it is. */
const CELL = 4;
const SHIFT = 2;
const AREA = CELL * CELL;
/** Mean change from which a cell may stand out, and what counts as change beside it at least, code values. */
const LEAST = 10;
const BESIDE = 4;
/** Cells that a region has at least, regions that are kept, and the share of all cells from which on the whole picture has changed. */
const LEAST_CELLS = 4;
const MOST_REGIONS = 8;
const WHOLE = 0.25;
/** Cells so far apart belong together. */
const TOGETHER = 2;
/** Change up to which a cell counts for a region's place, so that a few bright pixels are not all of it. */
const WEIGHED = 60;
/** How far about a region, in its sides and in pixels, its surroundings are taken in; change relative to the frames beside. */
const ABOUT = { sides: 0.75, pixels: 6, change: [0.7, 0.35] } as const;
/** Share of the change that may lie beyond either end of a span, and what counts at most there. */
const TAIL = 0.04;
const SPAN_WEIGHED = 40;

/** Cells beside each other in which far more changes than in the frames beside: a box about them, pixels of the plane. */
export interface Region extends Box {
  cells: number;
}

/** What stands out between two frames. */
export interface Standing {
  /** The regions that change most, first. */
  regions: Region[];
  /** Cells that stand out in all. */
  cells: number;
}

/** Mean change of small cells from frame to frame beyond the camera's motion, of the last few frames by age: 0 is the newest. */
export class StandingCells {
  /** Planes of one byte per pixel that it takes for every frame it remembers. */
  static readonly BYTES_EACH = 1;
  readonly #columns: number;
  readonly #rows: number;
  /** Change of each cell, summed over its pixels. */
  readonly #maps: Int32Array[];
  readonly #marks: Uint8Array;
  readonly #queue: Int32Array;
  readonly #memory: ThingsMemory;
  #count = 0;

  /** @param kept frames that are remembered: numbers of a quarter plane */
  constructor(memory: ThingsMemory, kept: number) {
    this.#memory = memory;
    this.#columns = Math.floor(memory.width / CELL);
    this.#rows = Math.floor(memory.height / CELL);
    const cells = this.#columns * this.#rows;
    this.#maps = Array.from({ length: kept }, () => memory.numbers(cells));
    this.#marks = new Uint8Array(cells);
    this.#queue = new Int32Array(cells);
  }

  /** Takes the next frame and the one before it, which lie in the memory, and the camera's motion between them. */
  push(later: Uint8Array, earlier: Uint8Array, step: Readonly<Translation>): void {
    this.#count++;
    const map = this.#map(0).fill(0);
    if (this.#count < 2) return;
    const { width, height, kernel } = this.#memory;
    const columns = this.#columns;
    const [dx, dy] = [Math.round(step.x), Math.round(step.y)];
    const left = Math.max(0, dx);
    const right = Math.min(columns * CELL, width + dx);
    const bottom = Math.min(this.#rows * CELL, height + dy);
    const back = -dy * width - dx;
    const add = (from: number, to: number, base: number, row: number) => {
      for (let x = from; x < to; x++) map[row + (x >> SHIFT)] += Math.abs(later[base + x] - earlier[base + x + back]);
    };
    const firstWhole = Math.min(right, (left + CELL - 1) & -CELL);
    const lastWhole = Math.max(firstWhole, right & -CELL);
    for (let y = Math.max(0, dy); y < bottom; y++) {
      const row = (y >> SHIFT) * columns;
      const base = y * width;
      add(left, firstWhole, base, row);
      const at = base + firstWhole;
      const sums = map.byteOffset + 4 * (row + (firstWhole >> SHIFT));
      kernel.cells(later.byteOffset + at, earlier.byteOffset + at + back, sums, (lastWhole - firstWhole) >> SHIFT);
      add(lastWhole, right, base, row);
    }
  }

  #map(age: number): Int32Array {
    const kept = this.#maps.length;
    return this.#maps[(this.#count - 1 - age + 2 * kept) % kept];
  }

  /** The most that a cell changes between the frames beside. */
  #beside(age: number): (cell: number) => number {
    const [a, b, c, d] = [-2, -1, 1, 2].map(k => this.#map(age + k));
    return cell => Math.max(BESIDE * AREA, a[cell], b[cell], c[cell], d[cell]);
  }

  /**
   * What stands out at a frame; nothing where the whole picture does. Two frames on either side must be there.
   *
   * @param times how many times more must change than between the frames beside
   */
  at(age: number, times: number): Standing {
    const here = this.#map(age);
    const beside = this.#beside(age);
    const marks = this.#marks.fill(0);
    let cells = 0;
    for (let cell = 0; cell < here.length; cell++) {
      if (here[cell] < LEAST * AREA || here[cell] < times * beside(cell)) continue;
      marks[cell] = 1;
      cells++;
    }
    const regions: (Region & { change: number })[] = [];
    if (cells < LEAST_CELLS || cells > WHOLE * here.length) return { regions, cells };
    for (let cell = 0; cell < marks.length; cell++) {
      if (marks[cell] === 0) continue;
      const region = this.#region(cell, here);
      if (region) regions.push(region);
    }
    regions.sort((a, b) => b.change - a.change);
    return { regions: regions.slice(0, MOST_REGIONS), cells };
  }

  /** Takes a marked cell, and all that belong with it, out of the marks. An ellipse of such spread is so large. */
  #region(start: number, here: Int32Array): (Region & { change: number }) | null {
    const columns = this.#columns;
    const marks = this.#marks;
    const queue = this.#queue;
    let count = 1;
    let [change, sx, sy, sxx, syy] = [0, 0, 0, 0, 0];
    queue[0] = start;
    marks[start] = 0;
    for (let next = 0; next < count; next++) {
      const cell = queue[next];
      const x = cell % columns;
      const y = (cell - x) / columns;
      const weight = Math.min(here[cell], WEIGHED * AREA);
      change += weight;
      sx += weight * x;
      sy += weight * y;
      sxx += weight * x * x;
      syy += weight * y * y;
      const right = Math.min(columns - 1, x + TOGETHER);
      const bottom = Math.min(this.#rows - 1, y + TOGETHER);
      for (let row = Math.max(0, y - TOGETHER); row <= bottom; row++)
        for (let other = row * columns + Math.max(0, x - TOGETHER); other <= row * columns + right; other++) {
          if (marks[other] === 0) continue;
          marks[other] = 0;
          queue[count++] = other;
        }
    }
    if (count < LEAST_CELLS) return null;
    const [x, y] = [sx / change, sy / change];
    const side = (squares: number, mean: number) => 4 * CELL * Math.sqrt(squares / change - mean * mean + 1 / 12);
    const [width, height] = [side(sxx, x), side(syy, y)];
    return { x: (x + 0.5) * CELL, y: (y + 0.5) * CELL, width, height, cells: count, change };
  }

  /**
   * Boxes about all that changes in and about a region, also what hardly stands out: a thing that moves changes much in the
   * frames beside, too, where it comes and goes.
   */
  spans(region: Region, age: number): Box[] {
    const columns = this.#columns;
    const here = this.#map(age);
    const beside = this.#beside(age);
    const reach = ABOUT.sides * Math.max(region.width, region.height) + ABOUT.pixels;
    const cellOf = (at: number, most: number) => Math.max(0, Math.min(most - 1, Math.floor(at / CELL)));
    const [left, right] = [cellOf(region.x - reach, columns), cellOf(region.x + reach, columns)];
    const [top, bottom] = [cellOf(region.y - reach, this.#rows), cellOf(region.y + reach, this.#rows)];
    const found: Box[] = [];
    for (const least of ABOUT.change) {
      const across = new Float64Array(right - left + 1);
      const down = new Float64Array(bottom - top + 1);
      for (let y = top; y <= bottom; y++)
        for (let x = left; x <= right; x++) {
          const cell = y * columns + x;
          if (here[cell] < LEAST * AREA || here[cell] < least * beside(cell)) continue;
          const weight = Math.min(here[cell], SPAN_WEIGHED * AREA);
          across[x - left] += weight;
          down[y - top] += weight;
        }
      const [x0, x1] = spanOf(across);
      const [y0, y1] = spanOf(down);
      if (!(x1 > x0) || !(y1 > y0)) continue;
      const whole = 1 / (1 - 1.5 * TAIL);
      found.push({
        x: (left + (x0 + x1) / 2) * CELL,
        y: (top + (y0 + y1) / 2) * CELL,
        width: (x1 - x0) * CELL * whole,
        height: (y1 - y0) * CELL * whole,
      });
    }
    return found;
  }
}

/** Where weights begin and end but for their tails, in cells. */
function spanOf(weights: Float64Array): [number, number] {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  let [from, to, sum] = [Number.NaN, Number.NaN, 0];
  weights.forEach((weight, k) => {
    const next = sum + weight;
    if (Number.isNaN(from) && next >= TAIL * total) from = k + (TAIL * total - sum) / weight;
    if (Number.isNaN(to) && next >= (1 - TAIL) * total) to = k + ((1 - TAIL) * total - sum) / weight;
    sum = next;
  });
  return [from, to];
}
