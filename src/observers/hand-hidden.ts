import { handSize } from './hand-crop.ts';
import { hullOf, nearBones, outside } from './hand-geometry.ts';

/** Half a finger's width in sizes of the hand: what lies so near to a bone is finger. */
const FLESH = 0.11;
const PALM = [0, 1, 5, 9, 13, 17];

/**
 * Share of a hand, palm and fingers where the landmarks take them to be, that something lies in front of.
 * @param cover probability per cell of a square map over the crop that something lies in front of the hand there
 * @param points x, y pairs in pixels of the crop of `size`
 */
export function hiddenShare(cover: Float32Array, points: Float32Array, size: number): number {
  const grid = Math.round(Math.sqrt(cover.length));
  const cell = size / grid;
  const reach = FLESH * handSize(points);
  const palm = hullOf(Float32Array.from(PALM.flatMap(k => [points[2 * k], points[2 * k + 1]])));
  let sum = 0;
  let count = 0;
  for (let j = 0; j < grid; j++)
    for (let i = 0; i < grid; i++) {
      const [x, y] = [(i + 0.5) * cell, (j + 0.5) * cell];
      if (outside(palm, x, y) > 0 && nearBones(points, x, y) > reach) continue;
      sum += cover[j * grid + i];
      count++;
    }
  return count > 0 ? sum / count : 0;
}
