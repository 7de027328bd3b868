import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Plant } from './environment-material.ts';
import { type Film, planesOf, readFilm } from './frames.ts';

/** What an eye sees of a planted change, told from the untouched take and not from any check. */
export interface Visible {
  /** Mean colour difference over the picture after the change, CIE 1976 ΔE. */
  difference: number;
  /** Share of the picture that has become something else: cells in which luma differs by 20 codes or chroma by 12 on average. */
  area: number;
  /** Share of the take's own textured cells that are found again from just before to just after a drift, all moved alike. */
  stays: number;
}

/** Side of a cell, pixels of the planted film. */
const CELL = 16;
const DIFFERS = { luma: 20, chroma: 12 } as const;
/**
 * Contrast that tells a textured cell, correlation and reach, in shares of the width, with which it is found again, and pixels
 * by which cells of one place may have moved apart.
 */
const FOUND = { contrast: 5, likeness: 0.75, reach: 0.1, apart: 6 } as const;

/** Measures plants once; kept beside them. */
export async function visibility(
  plants: readonly Plant[],
  takes: ReadonlyMap<string, string>,
  cache: string,
): Promise<Map<string, Visible>> {
  const file = join(cache, 'visible-3.json');
  const known: Record<string, Visible> = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
  let take: { name: string; film: Film } | undefined;
  for (const plant of plants) {
    const name = basename(plant.path);
    if (known[name] || plant.kind === null || plant.way === 'return') continue;
    if (take?.name !== plant.take) take = { name: plant.take, film: await readFilm(takes.get(plant.take)!, 5) };
    const planted = await readFilm(plant.path, 5);
    known[name] = seen(take.film, planted, plant);
    writeFileSync(file, JSON.stringify(known));
  }
  return new Map(Object.entries(known));
}

function seen(film: Film, planted: Film, { start, end, way }: Plant): Visible {
  const last = Math.min(film.frames.length, planted.frames.length) - 1;
  const after = Math.min(last, end + 1);
  const [was, is] = [planesOf(film, film.frames[after]), planesOf(film, planted.frames[after])];
  let [sum, cells, changed] = [0, 0, 0];
  const half = film.width >> 1;
  for (let y = 0; y + CELL <= film.height; y += CELL) {
    for (let x = 0; x + CELL <= film.width; x += CELL) {
      let [luma, blue, red, n] = [0, 0, 0, 0];
      for (let dy = 0; dy < CELL; dy += 2) {
        for (let dx = 0; dx < CELL; dx += 2) {
          const i = (y + dy) * film.width + x + dx;
          const c = ((y + dy) >> 1) * half + ((x + dx) >> 1);
          const [p, q] = [lab(was.y[i], was.u[c], was.v[c]), lab(is.y[i], is.u[c], is.v[c])];
          sum += Math.hypot(p[0] - q[0], p[1] - q[1], p[2] - q[2]);
          luma += Math.abs(was.y[i] - is.y[i]);
          blue += Math.abs(was.u[c] - is.u[c]);
          red += Math.abs(was.v[c] - is.v[c]);
          n++;
        }
      }
      cells++;
      if (luma > DIFFERS.luma * n || Math.hypot(blue, red) > DIFFERS.chroma * n) changed++;
    }
  }
  const samples = cells * (CELL / 2) ** 2;
  return {
    difference: sum / samples,
    area: changed / cells,
    stays: way !== 'drift' ? 1 : stays(film, Math.max(0, Math.min(start, last) - 1), after),
  };
}

/** Share of the textured cells of one frame that another frame shows again, all moved alike and a tenth of the width at most. */
function stays({ width, height, frames }: Film, from: number, to: number): number {
  const [a, b] = [frames[from], frames[to]];
  const reach = 2 * Math.round((FOUND.reach * width) / 2);
  let textured = 0;
  const shifts: { dx: number; dy: number }[] = [];
  for (let y = 0; y + CELL <= height; y += CELL) {
    for (let x = 0; x + CELL <= width; x += CELL) {
      const patch = momentsOf(a, width, x, y);
      if (patch.deviation < FOUND.contrast) continue;
      textured++;
      let best = { dx: 0, dy: 0, alike: 0 };
      for (let dy = -reach; dy <= reach; dy += 2) {
        for (let dx = -reach; dx <= reach; dx += 2) {
          const [u, v] = [x + dx, y + dy];
          if (u < 0 || v < 0 || u + CELL > width || v + CELL > height) continue;
          const alike = likeness(a, b, width, x, y, u, v, patch);
          if (alike > best.alike) best = { dx, dy, alike };
        }
      }
      if (best.alike >= FOUND.likeness) shifts.push(best);
    }
  }
  if (textured === 0) return 1;
  const together = shifts.map(
    one => shifts.filter(other => Math.hypot(one.dx - other.dx, one.dy - other.dy) <= FOUND.apart).length,
  );
  return Math.max(0, ...together) / textured;
}

interface Moments {
  mean: number;
  deviation: number;
}

function momentsOf(frame: Uint8Array, width: number, x: number, y: number): Moments {
  let [sum, squares, n] = [0, 0, 0];
  for (let dy = 0; dy < CELL; dy += 2) {
    for (let dx = 0; dx < CELL; dx += 2) {
      const value = frame[(y + dy) * width + x + dx];
      sum += value;
      squares += value * value;
      n++;
    }
  }
  return { mean: sum / n, deviation: Math.sqrt(Math.max(0, squares / n - (sum / n) ** 2)) };
}

function likeness(
  a: Uint8Array,
  b: Uint8Array,
  width: number,
  x: number,
  y: number,
  u: number,
  v: number,
  patch: Moments,
): number {
  const other = momentsOf(b, width, u, v);
  let [sum, n] = [0, 0];
  for (let dy = 0; dy < CELL; dy += 2) {
    for (let dx = 0; dx < CELL; dx += 2) {
      sum += a[(y + dy) * width + x + dx] * b[(v + dy) * width + u + dx];
      n++;
    }
  }
  return (sum / n - patch.mean * other.mean) / (patch.deviation * other.deviation + 1);
}

/** CIE L*a*b* of limited-range BT.709 code values, D65. */
function lab(luma: number, blue: number, red: number): [number, number, number] {
  const y = 1.164 * (luma - 16);
  const linear = (code: number) => {
    const v = Math.min(1, Math.max(0, code / 255));
    return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  };
  const r = linear(y + 1.793 * (red - 128));
  const g = linear(y - 0.213 * (blue - 128) - 0.533 * (red - 128));
  const b = linear(y + 2.112 * (blue - 128));
  const f = (t: number) => (t > 0.008856 ? Math.cbrt(t) : 7.787 * t + 16 / 116);
  const fx = f((0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.9505);
  const fy = f(0.2126 * r + 0.7152 * g + 0.0722 * b);
  const fz = f((0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.089);
  return [116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)];
}
