import { FINGERS } from './hand-crop.ts';

/** A place at share `t` of a finger's length. */
export function along(points: Float32Array, joints: readonly number[], t: number): [number, number] {
  const lengths = [0, 1, 2].map(s =>
    Math.hypot(
      points[2 * joints[s + 1]] - points[2 * joints[s]],
      points[2 * joints[s + 1] + 1] - points[2 * joints[s] + 1],
    ),
  );
  let left = t * (lengths[0] + lengths[1] + lengths[2]);
  for (let s = 0; s < 3; s++) {
    if (left <= lengths[s] || s === 2) {
      const share = left / (lengths[s] + 1e-6);
      const [a, b] = [joints[s], joints[s + 1]];
      return [
        points[2 * a] + (points[2 * b] - points[2 * a]) * share,
        points[2 * a + 1] + (points[2 * b + 1] - points[2 * a + 1]) * share,
      ];
    }
    left -= lengths[s];
  }
  return [points[2 * joints[3]], points[2 * joints[3] + 1]];
}

export function toSegment(points: Float32Array, a: number, b: number, x: number, y: number): number {
  return segmentDistance(points[2 * a], points[2 * a + 1], points[2 * b], points[2 * b + 1], x, y);
}

function segmentDistance(ax: number, ay: number, bx: number, by: number, x: number, y: number): number {
  const [dx, dy] = [bx - ax, by - ay];
  const t = Math.min(1, Math.max(0, ((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy + 1e-6)));
  return Math.hypot(ax + t * dx - x, ay + t * dy - y);
}

/** Distance to the nearest bone of a hand. */
export function nearBones(points: Float32Array, x: number, y: number): number {
  let best = Number.POSITIVE_INFINITY;
  for (const joints of FINGERS) {
    best = Math.min(best, toSegment(points, 0, joints[0], x, y));
    for (let s = 0; s < 3; s++) best = Math.min(best, toSegment(points, joints[s], joints[s + 1], x, y));
  }
  return best;
}

/** Convex hull of x, y pairs, in order. */
export function hullOf(points: Float32Array): [number, number][] {
  const sorted = Array.from({ length: points.length / 2 }, (_, k): [number, number] => [
    points[2 * k],
    points[2 * k + 1],
  ]).sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  const half = (list: [number, number][]) => {
    const out: [number, number][] = [];
    for (const p of list) {
      while (out.length > 1) {
        const [a, b] = [out[out.length - 2], out[out.length - 1]];
        if ((b[0] - a[0]) * (p[1] - a[1]) - (b[1] - a[1]) * (p[0] - a[0]) > 0) break;
        out.pop();
      }
      out.push(p);
    }
    return out.slice(0, -1);
  };
  return [...half(sorted), ...half([...sorted].reverse())];
}

/** Distance outside a convex hull; 0 inside. */
export function outside(hull: readonly [number, number][], x: number, y: number): number {
  let inner = true;
  let best = Number.POSITIVE_INFINITY;
  hull.forEach(([ax, ay], k) => {
    const [bx, by] = hull[(k + 1) % hull.length];
    if ((bx - ax) * (y - ay) - (by - ay) * (x - ax) < 0) inner = false;
    best = Math.min(best, segmentDistance(ax, ay, bx, by, x, y));
  });
  return inner ? 0 : best;
}
