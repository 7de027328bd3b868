import type { Boundary, Geometry } from './boundary.ts';
import { type Component, components } from './components.ts';
import { type Fade, FadeFinder } from './fades.ts';
import { FollowedStack } from './followed.ts';
import { outlineContrast } from './outline.ts';
import { around, gapSpikes } from './places.ts';
import { select } from './ranks.ts';
import { Stack } from './stack.ts';
import { totals } from './totals.ts';
import { usualOf } from './usual.ts';

/** Boundaries on each side that a boundary is seen against. */
export const RADIUS = 10;
/** … that its cells are compared with. */
const CELL_RADIUS = 6;

/** Maps whose cells are seen against the boundaries beside. */
const USUAL = ['left', 'level', 'chroma', 'unlike'] as const;

/** What a window says of its centre. */
export interface Description {
  features: Float32Array;
  /** Cells `[left, top, right, bottom]`, right and bottom inclusive, of the place that changes at once; null when none does. */
  part: Component | null;
  /** Places that change over several pictures, heaviest first. */
  fades: readonly Fade[];
}

/** Describes boundaries by their window; keeps its buffers between calls. */
export class Describer {
  readonly #geometry: Geometry;
  readonly #stack: Stack;
  readonly #spike: Float32Array;
  readonly #mask: Float32Array;
  readonly #maps: Record<'left' | 'level' | 'chroma' | 'unlike' | 'alone' | 'step' | 'once' | 'gap', Float32Array>;
  /** Medians of the boundaries beside. */
  readonly #usual: Record<'left' | 'level' | 'chroma' | 'unlike', Float32Array>;
  readonly #followed: FollowedStack;
  readonly #fades: FadeFinder;
  readonly #sorted: Float32Array;
  /** Luma of the stack from −5 to 5. */
  readonly #near: readonly Float32Array[];

  constructor(geometry: Geometry) {
    this.#geometry = geometry;
    this.#stack = new Stack(geometry.quarter);
    this.#near = Array.from({ length: 11 }, (_, i) => this.#stack.luma(i - 5));
    const cells = geometry.columns * geometry.rows;
    const map = () => new Float32Array(cells);
    this.#spike = map();
    this.#mask = map();
    this.#sorted = map();
    this.#maps = {
      left: map(),
      level: map(),
      chroma: map(),
      unlike: map(),
      alone: map(),
      step: map(),
      once: map(),
      gap: map(),
    };
    this.#usual = { left: map(), level: map(), chroma: map(), unlike: map() };
    this.#followed = new FollowedStack(geometry.quarter);
    this.#fades = new FadeFinder(geometry, this.#followed);
  }

  /**
   * @param window boundaries in order, `centre` among them with up to RADIUS on either side
   * @param interval seconds from the frame before
   */
  describe(window: readonly Boundary[], centre: number, interval: number): Description {
    const out: number[] = [];
    this.#stack.fill(window, centre);
    totals(window, centre, out);
    const here = window[centre];
    out.push(here.cameraShare, here.inside, interval);
    out.push(window[centre - 1]?.held ?? 0, Math.max(0, ...window.map(({ held }) => held)));
    this.#level(window, centre, out);
    this.#far(out);
    this.#cells(window, centre);
    for (const map of Object.values(this.#maps)) this.#ranked(map, out);
    const part = this.#part(window, centre, out);
    this.#followed.fill(window, centre);
    const fades = this.#fades.find(window, centre);
    return { features: Float32Array.from(out, value => (Number.isFinite(value) ? value : 0)), part, fades };
  }

  /** A change of the whole picture's level, and whether it stays. */
  #level(window: readonly Boundary[], centre: number, out: number[]): void {
    const medianLevel = (index: number): number => {
      const boundary = window[index];
      if (!boundary) return 0;
      if (boundary.middle === null) {
        this.#sorted.set(boundary.maps.level);
        boundary.middle = select(this.#sorted, this.#sorted.length >> 1);
      }
      return boundary.middle;
    };
    const here = medianLevel(centre);
    let beside = 0;
    let stays = here;
    for (let offset = 1; offset <= 3; offset++) {
      const after = medianLevel(centre + offset);
      stays += after;
      beside = Math.max(beside, Math.abs(after), Math.abs(medianLevel(centre - offset)));
    }
    const { level } = window[centre].maps;
    let agree = 0;
    for (const value of level) if (Math.sign(value) === Math.sign(here) && Math.abs(value) > 1) agree++;
    out.push(Math.abs(here), beside, Math.abs(stays) / (Math.abs(here) + 0.5), agree / level.length);
    const gain = this.#gain(-1, 0);
    out.push(
      Math.abs(gain),
      Math.abs(this.#gain(-4, 3)) - Math.max(Math.abs(this.#gain(-4, -1)), Math.abs(this.#gain(0, 3))),
    );
  }

  /** Logarithm of the gain between two pictures of the stack. */
  #gain(from: number, to: number): number {
    const a = this.#stack.luma(from);
    const b = this.#stack.luma(to);
    let sa = 0;
    let sb = 0;
    let saa = 0;
    let sbb = 0;
    for (let i = 0; i < a.length; i++) {
      sa += a[i];
      sb += b[i];
      saa += a[i] * a[i];
      sbb += b[i] * b[i];
    }
    const n = a.length;
    const variance = (square: number, sum: number) => Math.max(0, square / n - (sum / n) ** 2) + 25;
    return Math.log(variance(sbb, sb) / variance(saa, sa)) / 2;
  }

  /** How different the pictures on both sides are, against how different pictures as far apart on one side are. */
  #far(out: number[]): void {
    const distance = (from: number, to: number): number => {
      const a = this.#stack.luma(from);
      const b = this.#stack.luma(to);
      let sum = 0;
      for (let i = 0; i < a.length; i++) sum += Math.abs(a[i] - b[i]);
      return sum / a.length;
    };
    for (const m of [1, 2, 4]) {
      const across = distance(-m, m - 1);
      const beside = Math.max(distance(-m - 3, -m), distance(m - 1, m + 2));
      out.push(Math.log(across + 0.3), Math.log((across + 0.3) / (beside + 0.3)));
    }
  }

  #cells(window: readonly Boundary[], centre: number): void {
    const { columns, rows, quarter } = this.#geometry;
    const maps = this.#maps;
    const here = window[centre].maps;
    const from = Math.max(0, centre - CELL_RADIUS);
    const to = Math.min(window.length - 1, centre + CELL_RADIUS);
    const others: Boundary[] = [];
    for (let i = from; i <= to; i++) if (i !== centre) others.push(window[i]);
    const near = [-2, -1, 1, 2].map(offset => window[centre + offset]?.maps).filter(found => found !== undefined);
    const usual = this.#usual;
    for (const name of USUAL) {
      const maps = others.map(other => other.maps[name]);
      usualOf(maps, usual[name]);
    }
    for (let cell = 0; cell < columns * rows; cell++) {
      const left = usual.left[cell];
      const step = usual.level[cell] / 3;
      const chroma = usual.chroma[cell] / 3;
      maps.left[cell] = (here.left[cell] - left) / (0.25 + left);
      maps.level[cell] = (Math.abs(here.level[cell]) / 3 - step) / (0.4 + step);
      maps.chroma[cell] = (here.chroma[cell] / 3 - chroma) / (0.6 + chroma);
      maps.unlike[cell] = here.unlike[cell] - usual.unlike[cell];
      let highest = 0;
      let highestLevel = 0;
      let highestChroma = 0;
      for (const { left, level: levels, chroma: chromas } of near) {
        highest = Math.max(highest, left[cell]);
        highestLevel = Math.max(highestLevel, Math.abs(levels[cell]) / 3);
        highestChroma = Math.max(highestChroma, chromas[cell] / 3);
      }
      maps.alone[cell] = Math.max(
        here.left[cell] - highest,
        0.7 * (Math.abs(here.level[cell]) / 3 - highestLevel),
        0.5 * (here.chroma[cell] / 3 - highestChroma),
      );
      this.#spike[cell] = Math.max(clip(maps.left[cell]), clip(maps.level[cell]), clip(maps.chroma[cell]));
      this.#steps(cell, columns, quarter.width);
    }
    gapSpikes(window, centre, columns, rows, maps.gap);
  }

  /** Change of chroma at a pixel between two pictures of the stack, both planes summed. */
  #colour(from: number, to: number, pixel: number): number {
    const [b0, r0] = this.#stack.chroma(from);
    const [b1, r1] = this.#stack.chroma(to);
    return Math.abs(b1[pixel] - b0[pixel]) + Math.abs(r1[pixel] - r0[pixel]);
  }

  /** Step over the boundary against what happens on either side of it, from the four pixels of a cell. */
  #steps(cell: number, columns: number, width: number): void {
    const { reach } = this.#stack;
    const [f5, f4, , f2, f1, n0, n1, , n3, n4, n5] = this.#near;
    const corner = Math.floor(cell / columns) * 2 * width + (cell % columns) * 2;
    let step = 0;
    let once = 0;
    for (let k = 0; k < 4; k++) {
      const i = corner + (k >> 1) * width + (k & 1);
      if (reach[i] <= 5) continue;
      const colour = this.#colour(-1, 0, i);
      const across = Math.abs((n0[i] + n1[i] - f1[i] - f2[i]) / 2) + colour;
      const later = Math.abs((n4[i] + n5[i] - f5[i] - f4[i]) / 2) + this.#colour(-5, 4, i);
      const drift = Math.abs(f1[i] - f4[i]) + Math.abs(n3[i] - n0[i]) + this.#colour(-4, -1, i) + this.#colour(0, 4, i);
      step += Math.min(across, later) / (drift + 6);
      const single = Math.abs(n0[i] - f1[i]) + colour;
      const beside =
        Math.abs(f1[i] - f2[i]) + Math.abs(n1[i] - n0[i]) + this.#colour(-2, -1, i) + this.#colour(0, 1, i);
      once += single / (beside + 5);
    }
    this.#maps.step[cell] = step / 4;
    this.#maps.once[cell] = once / 4;
  }

  #ranked(map: Float32Array, out: number[]): void {
    const values = this.#sorted;
    values.set(map);
    const last = values.length - 1;
    const limited = (value: number) => Math.min(30, Math.max(-2, value));
    const half = last >> 1;
    const eighth = Math.max(0, last - 7);
    // Each leaves what is larger behind it.
    const middle = select(values, half);
    const high = select(values, eighth, eighth > half ? half : 0);
    const top = select(values, Math.max(0, last - 2), eighth);
    out.push(limited(high), limited(top), limited(middle));
  }

  /** Contrast along an outline in the picture after against the picture before, a logarithm: above 0 something came. */
  #outline(cells: readonly number[]): number {
    const at = (offset: number) =>
      outlineContrast(cells, this.#geometry, [this.#stack.luma(offset), ...this.#stack.chroma(offset)]);
    return Math.log((at(0) + 3) / (at(-1) + 3));
  }

  #part(window: readonly Boundary[], centre: number, out: number[]): Component | null {
    const { columns, rows } = this.#geometry;
    const maps = this.#maps;
    const mask = this.#mask;
    let loose = 0;
    let spikes = 0;
    for (let cell = 0; cell < mask.length; cell++) {
      const strong = this.#spike[cell] > 1.2 && maps.once[cell] > 0.9 && maps.step[cell] > 0.6;
      mask[cell] = strong ? this.#spike[cell] * Math.min(4, maps.step[cell]) : 0;
      if (this.#spike[cell] > 1.5) spikes++;
      if (maps.step[cell] > 0.6 && this.#spike[cell] > 0.6) loose++;
    }
    out.push(loose / mask.length, spikes / mask.length);
    const found = components(mask, columns, rows);
    const part = found[0] ?? null;
    if (!part) {
      for (let i = 0; i < 20; i++) out.push(0);
      return null;
    }
    const count = part.cells.length;
    const mean = (read: (cell: number) => number) => part.cells.reduce((sum, cell) => sum + read(cell), 0) / count;
    const here = window[centre].maps;
    const area = (part.right - part.left + 1) * (part.bottom - part.top + 1);
    const total = found.reduce((sum, { weight }) => sum + weight, 0);
    out.push(count, part.weight, part.weight / total, count / area, part.edge, part.weight / count);
    out.push(
      mean(cell => Math.min(8, maps.step[cell])),
      mean(cell => Math.min(8, maps.once[cell])),
    );
    out.push(
      this.#outline(part.cells),
      Math.abs(mean(cell => here.level[cell])),
      mean(cell => here.chroma[cell]),
    );
    out.push(
      mean(cell => here.left[cell]),
      mean(cell => here.unlike[cell]),
      mean(cell => maps.gap[cell]),
    );
    out.push(around(window, centre, [-3, -2, -1], part, this.#geometry, 'local'));
    out.push(around(window, centre, [1, 2, 3], part, this.#geometry, 'local'));
    out.push(around(window, centre, [-3, -2, -1], part, this.#geometry, 'left'));
    out.push(around(window, centre, [1, 2, 3], part, this.#geometry, 'left'));
    const second = found[1];
    out.push(second ? second.weight / part.weight : 0);
    const middle = ({ left, right, top, bottom }: Component) => [(left + right) / 2, (top + bottom) / 2];
    out.push(second ? Math.hypot(middle(second)[0] - middle(part)[0], middle(second)[1] - middle(part)[1]) : 0);
    return part;
  }
}

const clip = (value: number): number => Math.min(8, Math.max(0, value));
