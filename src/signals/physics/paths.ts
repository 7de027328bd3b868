import type { Things } from '../../signals.ts';
import { assign } from '../assignment.ts';

/** One thing at one frame: places in source pixels, in the frame that the camera had when its shot began. */
export interface Sighting {
  row: number;
  frame: number;
  /** Middle, with the camera's motion taken out. */
  x: number;
  y: number;
  /** Middle as seen in the picture. */
  seenX: number;
  seenY: number;
  width: number;
  height: number;
  area: number;
}

/** One thing followed from frame to frame. */
export interface Path {
  points: Sighting[];
}

/** Frames for which a thing may be missed. */
const MISSED = 2;
/** Distance in sizes from where it is expected, growth of its area (logarithm), and difference of looks that are one step. */
const GATE = { distance: 1.3, area: 0.9, look: 0.75 } as const;

/** Every sighting by frame. */
export function sightings(things: Things, start: number, end: number): Sighting[][] {
  let [cx, cy] = [0, 0];
  return Array.from({ length: end - start }, (_, k) => {
    const frame = start + k;
    if (k > 0) {
      cx += things.cameraX[frame];
      cy += things.cameraY[frame];
    }
    const found: Sighting[] = [];
    for (let row = things.rows[frame]; row < things.rows[frame + 1]; row++) {
      const [seenX, seenY, width, height, area] = things.place.subarray(5 * row, 5 * row + 5);
      found.push({ row, frame, x: seenX - cx, y: seenY - cy, seenX, seenY, width, height, area });
    }
    return found;
  });
}

/**
 * Links sightings into paths: each is expected where it was going, and must look much as before. Jumps are not followed;
 * whoever looks for them compares the ends of paths.
 */
export function linkPaths(things: Things, seen: readonly (readonly Sighting[])[]): Path[] {
  const done: Path[] = [];
  let open: Path[] = [];
  for (const now of seen) {
    const cost: number[] = [];
    for (const path of open) for (const sighting of now) cost.push(stepCost(things, path, sighting));
    const columns = assign(cost, open.length, now.length);
    const taken = new Set<number>();
    const frame = now[0]?.frame ?? Number.NaN;
    const next: Path[] = [];
    open.forEach((path, k) => {
      if (columns[k] >= 0) {
        path.points.push(now[columns[k]]);
        taken.add(columns[k]);
        next.push(path);
      } else if (Number.isNaN(frame) || frame - lastOf(path).frame <= MISSED) next.push(path);
      else done.push(path);
    });
    now.forEach((sighting, k) => {
      if (!taken.has(k)) next.push({ points: [sighting] });
    });
    open = next;
  }
  return [...done, ...open].sort((a, b) => a.points[0].frame - b.points[0].frame || a.points[0].row - b.points[0].row);
}

export const lastOf = (path: Path): Sighting => path.points[path.points.length - 1];

/** Larger side of a sighting's box. */
export const sizeOf = ({ width, height }: Sighting): number => Math.max(width, height);

function stepCost(things: Things, path: Path, to: Sighting): number {
  const from = lastOf(path);
  const frames = to.frame - from.frame;
  if (frames < 1 || frames > MISSED + 1) return Number.POSITIVE_INFINITY;
  const [x, y] = expected(path, to.frame);
  const speed = path.points.length > 1 ? 0.4 * Math.hypot(x - from.x, y - from.y) : sizeOf(from);
  const distance = Math.hypot(to.x - x, to.y - y) / (GATE.distance * Math.max(sizeOf(from), sizeOf(to)) + speed);
  const area = Math.abs(Math.log(to.area / from.area)) / GATE.area;
  if (distance > 1 || area > 1) return Number.POSITIVE_INFINITY;
  const look = (1 - likeness(things, from.row, to.row)) / GATE.look;
  return look > 1.6 ? Number.POSITIVE_INFINITY : distance + 0.5 * area + 0.5 * look;
}

/** Where a path leads by its last few points: constant velocity. */
export function expected({ points }: Path, frame: number): [number, number] {
  const last = points[points.length - 1];
  if (points.length < 2) return [last.x, last.y];
  const before = points[Math.max(0, points.length - 4)];
  const step = (frame - last.frame) / (last.frame - before.frame);
  return [last.x + (last.x - before.x) * step, last.y + (last.y - before.y) * step];
}

/** Correlation of two looks, −1 … 1, blind to their mean. */
export function likeness(things: Things, a: number, b: number): number {
  const n = things.lookSide * things.lookSide;
  const { looks } = things;
  let sa = 0;
  let sb = 0;
  let saa = 0;
  let sbb = 0;
  let sab = 0;
  for (let k = 0; k < n; k++) {
    const p = looks[a * n + k];
    const q = looks[b * n + k];
    sa += p;
    sb += q;
    saa += p * p;
    sbb += q * q;
    sab += p * q;
  }
  const va = Math.max(0, saa / n - (sa / n) ** 2);
  const vb = Math.max(0, sbb / n - (sb / n) ** 2);
  return (sab / n - (sa / n) * (sb / n)) / Math.sqrt((va + 4) * (vb + 4));
}

/** Mean luma of a look. */
export function brightness(things: Things, row: number): number {
  const n = things.lookSide * things.lookSide;
  let sum = 0;
  for (let k = 0; k < n; k++) sum += things.looks[row * n + k];
  return sum / n;
}

/**
 * Least-squares parabola of values over times: value, slope and curvature (second derivative) at time 0, and the root mean
 * square error. A straight line through fewer than four points, a constant through one.
 *
 * @param n how many of the points count
 */
export function parabola(
  times: readonly number[],
  values: readonly number[],
  n = times.length,
): { at: number; slope: number; curve: number; error: number } {
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  let s4 = 0;
  let v0 = 0;
  let v1 = 0;
  let v2 = 0;
  for (let i = 0; i < n; i++) {
    const t = times[i];
    const v = values[i];
    const tt = t * t;
    s1 += t;
    s2 += tt;
    s3 += tt * t;
    s4 += tt * tt;
    v0 += v;
    v1 += v * t;
    v2 += v * tt;
  }
  // Sums about the means, then Gauss on what is left: two equations, or one.
  const [m1, m2, mv] = [s1 / n, s2 / n, v0 / n];
  const c11 = s2 - s1 * m1;
  const c12 = s3 - s1 * m2;
  const c22 = s4 - s2 * m2;
  const d1 = v1 - s1 * mv;
  const d2 = v2 - s2 * mv;
  const determinant = c11 * c22 - c12 * c12;
  const bends = n >= 4 && determinant > 1e-9 * c11 * c22;
  const half = bends ? (c11 * d2 - c12 * d1) / determinant : 0;
  const slope = c11 > 0 ? (d1 - c12 * half) / c11 : 0;
  const at = mv - slope * m1 - half * m2;
  let squares = 0;
  for (let i = 0; i < n; i++) {
    const left = values[i] - at - slope * times[i] - half * times[i] * times[i];
    squares += left * left;
  }
  return { at, slope, curve: 2 * half, error: Math.sqrt(squares / Math.max(1, n)) };
}
