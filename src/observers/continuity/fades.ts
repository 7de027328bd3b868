import type { Boundary, Geometry } from './boundary.ts';
import { type Component, components } from './components.ts';
import { around } from './places.ts';
import { AFTER, BEFORE, type Stack } from './stack.ts';

/** Names of what is measured of a gradual change, in order. */
export const FADES = [
  'parts',
  'cells',
  'fill',
  'edge',
  'step',
  'straight',
  'centre',
  'spread',
  'steepest',
  'share',
  'chroma',
  'local',
] as const;

/** Looks for gradual changes in the pictures of a stack. */
export class FadeFinder {
  readonly #geometry: Geometry;
  readonly #stack: Stack;
  readonly #all: readonly Float32Array[];
  readonly #maps: Record<'weight' | 'step' | 'straight' | 'centre' | 'steepest', Float32Array>;

  constructor(geometry: Geometry, stack: Stack) {
    this.#geometry = geometry;
    this.#stack = stack;
    this.#all = Array.from({ length: BEFORE + AFTER + 1 }, (_, i) => stack.luma(i - BEFORE));
    const map = () => new Float32Array(geometry.columns * geometry.rows);
    this.#maps = { weight: map(), step: map(), straight: map(), centre: map(), steepest: map() };
  }

  /** Places that turn into something else over several pictures, all of them at once and for good. */
  find(window: readonly Boundary[], centre: number, out: number[]): Component | null {
    const { columns, rows, quarter } = this.#geometry;
    const { weight, step, straight, centre: middle, steepest } = this.#maps;
    const { reach } = this.#stack;
    const all = this.#all;
    const last = all.length - 1;
    let touched = 0;
    for (let cell = 0; cell < columns * rows; cell++) {
      const corner = Math.floor(cell / columns) * 2 * quarter.width + (cell % columns) * 2;
      let net = 0;
      let way = 0;
      let share = 0;
      let steep = 0;
      let rest = 0;
      let used = 0;
      for (let k = 0; k < 4; k++) {
        const i = corner + (k >> 1) * quarter.width + (k & 1);
        if (reach[i] <= BEFORE) continue;
        const start = (all[0][i] + all[1][i] + all[2][i]) / 3;
        const end = (all[last][i] + all[last - 1][i] + all[last - 2][i]) / 3;
        const change = end - start;
        const size = Math.abs(change);
        net += size;
        rest += Math.abs(all[0][i] - all[2][i]) + Math.abs(all[last][i] - all[last - 2][i]);
        // Most of a picture does not change: its way is not needed.
        if (size <= 3) continue;
        let total = 0;
        let most = 0;
        let before = all[2][i];
        for (let k = 3; k <= last - 2; k++) {
          const now = all[k][i];
          const one = now > before ? now - before : before - now;
          total += one;
          if (one > most) most = one;
          before = now;
        }
        way += total;
        steep += most;
        share += ((all[BEFORE - 1][i] + all[BEFORE][i]) / 2 - start) / change;
        used++;
      }
      step[cell] = net / 4;
      straight[cell] = net / (way + rest + 8);
      middle[cell] = used === 0 ? -1 : share / used;
      steepest[cell] = steep / (net + 4);
      const fades = used >= 3 && step[cell] > 7 && straight[cell] > 0.55 && steepest[cell] < 0.55;
      const now = middle[cell] > 0.2 && middle[cell] < 0.8;
      if (fades) touched++;
      weight[cell] = fades && now ? straight[cell] * Math.min(30, step[cell]) : 0;
    }
    const found = components(weight, columns, rows);
    const part = found[0] ?? null;
    out.push(found.length);
    if (!part) {
      for (let i = 0; i < 11; i++) out.push(0);
      return null;
    }
    const count = part.cells.length;
    const mean = (read: (cell: number) => number) => part.cells.reduce((sum, cell) => sum + read(cell), 0) / count;
    const area = (part.right - part.left + 1) * (part.bottom - part.top + 1);
    const centreMean = mean(cell => middle[cell]);
    out.push(
      count,
      count / area,
      part.edge,
      mean(cell => step[cell]),
      mean(cell => straight[cell]),
      centreMean,
    );
    out.push(
      Math.sqrt(mean(cell => (middle[cell] - centreMean) ** 2)),
      mean(cell => steepest[cell]),
    );
    out.push(count / Math.max(1, touched));
    out.push(
      mean(cell => this.#chromaFar(cell)),
      around(window, centre, [-4, -2, 0, 2, 4], part, this.#geometry, 'local'),
    );
    return part;
  }

  #chromaFar(cell: number): number {
    const { columns, quarter } = this.#geometry;
    const i = Math.floor(cell / columns) * 2 * quarter.width + (cell % columns) * 2;
    const [blueBefore, redBefore] = this.#stack.chroma(-5);
    const [blueAfter, redAfter] = this.#stack.chroma(5);
    return Math.abs(blueAfter[i] - blueBefore[i]) + Math.abs(redAfter[i] - redBefore[i]);
  }
}
