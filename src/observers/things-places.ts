import type { Box } from './things-windows.ts';

/** Shapes of a thing, height to width, and its sides as shares of the region that it jumps within. */
const SHAPES = [0.8, 1, 1.25] as const;
const SIDES = [0.4, 0.48, 0.56, 0.64, 0.72] as const;

/**
 * Places in opposite corners of a region between which a thing may have jumped, both ways.
 *
 * @param away least distance, in sides of the thing
 */
export function opposites({ x, y, width: w, height: h }: Box, away: number): [Box, Box][] {
  const pairs: [Box, Box][] = [];
  for (const share of SIDES) {
    for (const shape of SHAPES) {
      const width = Math.min(w, share * Math.max(w, h));
      const height = Math.min(h, shape * width);
      const [dx, dy] = [(w - width) / 2, (h - height) / 2];
      if (Math.hypot(2 * dx, 2 * dy) < away * Math.max(width, height)) continue;
      for (const [sx, sy] of [
        [1, 1],
        [1, -1],
        [-1, 1],
        [-1, -1],
      ] as const)
        pairs.push([
          { x: x - sx * dx, y: y - sy * dy, width, height },
          { x: x + sx * dx, y: y + sy * dy, width, height },
        ]);
    }
  }
  return pairs;
}

/** Shares of a region's sides that each of two places in it may have. */
const HALVES = [0.5, 0.65] as const;

/** Places at opposite ends or corners of a region that is both the old and the new place of one thing, both ways. */
export function splits({ x, y, width: w, height: h }: Box): [Box, Box][] {
  const pairs: [Box, Box][] = [];
  for (const [towardsX, towardsY] of [
    [1, 0],
    [0, 1],
    [1, 1],
    [1, -1],
  ] as const)
    for (const share of HALVES) {
      const width = towardsX === 0 ? w : share * w;
      const height = towardsY === 0 ? h : share * h;
      const [dx, dy] = [(towardsX * (w - width)) / 2, (towardsY * (h - height)) / 2];
      const [one, other] = [1, -1].map(way => ({ x: x + way * dx, y: y + way * dy, width, height }));
      pairs.push([one, other], [other, one]);
    }
  return pairs;
}
