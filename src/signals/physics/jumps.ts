import type { Box } from '../../clip.ts';
import type { Things } from '../../signals.ts';
import { median } from '../statistics.ts';
import { brightness, lastOf, likeness, type Path, parabola, type Sighting, sizeOf } from './paths.ts';

/** A place at which a path breaks. */
export interface Break {
  kind: 'teleport' | 'scale-pop';
  /** First frame after the break. */
  frame: number;
  /** Teleport: distance in widths of the picture. Scale pop: ratio of sizes, at least 1. */
  measured: number;
  box: Box;
  /** Scale pops: whether the thing became larger. */
  grows: boolean;
  /** How smooth the path is around it, 0–1: what makes the break stand out. */
  sureness: number;
}

/** Points before and after that must lie on a smooth path. */
const LEAST = 5;
const LOOKED = 8;
/** Error of the smooth path in sizes of the thing, and steadiness of its size (logarithm). */
const SMOOTH = 0.16;
const STEADY = 0.09;
/** The same thing after a jump: correlation of looks, luma (codes), area (logarithm). */
const SAME = { likeness: 0.8, luma: 14, area: 0.4 } as const;
/** A jump goes at least so many sizes and steps beyond where the thing was going. */
const JUMP = { sizes: 1.4, steps: 3.5 } as const;
/** Frames between the last sight at the old place and the first at the new one. */
const GAP = 2;

/** Smooth motion of the points nearest to a break, up to {@link LOOKED}: place, velocity, error, size. */
interface Side {
  points: readonly Sighting[];
  x: number;
  y: number;
  vx: number;
  vy: number;
  error: number;
  size: number;
  sizeSpread: number;
}

function side(points: readonly Sighting[], frame: number): Side | null {
  if (points.length < LEAST) return null;
  const times = points.map(point => point.frame - frame);
  const fx = parabola(
    times,
    points.map(point => point.x),
  );
  const fy = parabola(
    times,
    points.map(point => point.y),
  );
  const sizes = points.map(point => Math.log(Math.sqrt(point.width * point.height)));
  const fs = parabola(times.slice(0, LOOKED), sizes);
  const size = median(points.map(sizeOf));
  return {
    points,
    x: fx.at,
    y: fy.at,
    vx: fx.slope,
    vy: fy.slope,
    error: Math.hypot(fx.error, fy.error) / size,
    size,
    sizeSpread: fs.error,
  };
}

/** Things that vanish on their way and go on at the same moment somewhere else. */
export function findTeleports(things: Things, paths: readonly Path[], width: number, height: number): Break[] {
  const found: Break[] = [];
  for (const one of paths) {
    if (one.points.length < LEAST) continue;
    const last = lastOf(one);
    if (atEdge(last, width, height)) continue;
    const before = side(one.points.slice(-LOOKED), last.frame);
    if (!before || before.error > SMOOTH || before.sizeSpread > 2 * STEADY) continue;
    for (const other of paths) {
      const first = other.points[0];
      const gap = first.frame - last.frame;
      if (other === one || gap < 1 || gap > GAP + 1 || other.points.length < LEAST || atEdge(first, width, height))
        continue;
      if (!sameThing(things, last, first)) continue;
      const after = side(other.points.slice(0, LOOKED), last.frame);
      if (!after || after.error > SMOOTH || after.sizeSpread > 2 * STEADY) continue;
      const distance = Math.hypot(after.x - before.x, after.y - before.y);
      const speed = Math.max(Math.hypot(before.vx, before.vy), Math.hypot(after.vx, after.vy));
      if (distance < JUMP.sizes * before.size || distance < JUMP.steps * speed * Math.max(1, gap)) continue;
      // What goes on as it went before did not merely hide while another one came out.
      const turn = Math.hypot(after.vx - before.vx, after.vy - before.vy);
      if (turn > 0.6 * speed + 0.03 * before.size) continue;
      found.push({
        kind: 'teleport',
        frame: first.frame,
        measured: distance / width,
        grows: false,
        box: boxAround([last, first]),
        sureness: 1 - Math.max(before.error, after.error) / SMOOTH,
      });
    }
  }
  return found;
}

/** Things that change their size from one frame to the next and keep it, while they go on as before. */
export function findScalePops(
  things: Things,
  paths: readonly Path[],
  seen: readonly (readonly Sighting[])[],
  start: number,
  least: number,
  width: number,
  height: number,
): Break[] {
  const found: Break[] = [];
  for (const { points } of paths) {
    for (let k = LEAST; k + LEAST <= points.length; k++) {
      const [a, b] = [points[k - 1], points[k]];
      if (b.frame - a.frame > 1) continue;
      const [w, h] = [Math.log(b.width / a.width), Math.log(b.height / a.height)];
      const step = (w + h) / 2;
      if (Math.abs(step) < Math.log(least) * 0.8 || Math.abs(w - h) > 0.35 * Math.abs(step) + 0.12) continue;
      const before = side(points.slice(Math.max(0, k - LOOKED), k), a.frame);
      const after = side(points.slice(k, k + LOOKED), a.frame);
      if (!before || !after || before.error > SMOOTH || after.error > SMOOTH) continue;
      if (before.sizeSpread > STEADY || after.sizeSpread > STEADY) continue;
      const ratio = Math.exp(Math.abs(sizeAt(after) - sizeAt(before)));
      if (ratio < least) continue;
      if (Math.hypot(after.x - before.x, after.y - before.y) > 0.3 * Math.max(before.size, after.size)) continue;
      if (likeness(things, a.row, b.row) < SAME.likeness) continue;
      const near = [a, b, ...points.slice(k - 2, k + 3)];
      if (near.some(point => atEdge(point, width, height))) continue;
      if (near.some(point => crowded(point, seen[point.frame - start]))) continue;
      found.push({
        kind: 'scale-pop',
        frame: b.frame,
        measured: ratio,
        grows: step > 0,
        box: boxAround([a, b]),
        sureness: 1 - Math.max(before.sizeSpread, after.sizeSpread) / STEADY,
      });
      k += LOOKED;
    }
  }
  return found;
}

const sizeAt = ({ points }: Side): number =>
  median(points.slice(0, LOOKED).map(point => Math.log(Math.sqrt(point.width * point.height))));

function sameThing(things: Things, a: Sighting, b: Sighting): boolean {
  return (
    Math.abs(Math.log(a.area / b.area)) <= SAME.area &&
    Math.abs(brightness(things, a.row) - brightness(things, b.row)) <= SAME.luma &&
    likeness(things, a.row, b.row) >= SAME.likeness
  );
}

/** Whether a thing touches the edge of the picture, where it may come and go. */
export function atEdge({ seenX, seenY, width: w, height: h }: Sighting, width: number, height: number): boolean {
  const margin = 0.02 * width;
  return (
    seenX - w / 2 < margin ||
    seenX + w / 2 > width - margin ||
    seenY - h / 2 < margin ||
    seenY + h / 2 > height - margin
  );
}

/** Whether another thing is so near that the two may be seen as one. */
export function crowded(point: Sighting, all: readonly Sighting[]): boolean {
  return all.some(
    other =>
      other.row !== point.row &&
      Math.abs(other.seenX - point.seenX) < 0.5 * (other.width + point.width) + 0.3 * sizeOf(point) &&
      Math.abs(other.seenY - point.seenY) < 0.5 * (other.height + point.height) + 0.3 * sizeOf(point),
  );
}

/** Smallest box around sightings, source pixels. */
export function boxAround(points: readonly Sighting[]): Box {
  const left = Math.min(...points.map(p => p.seenX - p.width / 2));
  const top = Math.min(...points.map(p => p.seenY - p.height / 2));
  const right = Math.max(...points.map(p => p.seenX + p.width / 2));
  const bottom = Math.max(...points.map(p => p.seenY + p.height / 2));
  return [left, top, right - left, bottom - top];
}
