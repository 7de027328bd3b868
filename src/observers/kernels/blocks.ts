/** Blocks of 8 × 8 pixels looked for in the picture before. AssemblyScript, part of match.ts. */
import { lanes } from './lanes';

const BLOCK: i32 = 8;

/** The planes that are compared, set by {@link unmatched} and read by all below. */
let earlier: usize = 0;
let later: usize = 0;
let width: i32 = 0;
let height: i32 = 0;
let level: i32 = 0;

/** The block that is looked for, and its best match so far. */
let left: i32 = 0;
let top: i32 = 0;
let best: i32 = 0;
let bestX: i32 = 0;
let bestY: i32 = 0;

/** Sum of |later − earlier − level| over a block, by the places of its first pixel in both. */
function difference(a: usize, b: usize): i32 {
  const levels = i16x8.splat(<i16>level);
  let sums = i16x8.splat(0);
  for (let row = 0; row < BLOCK; row++) {
    const p = i16x8.extend_low_i8x16_u(v128.load64_zero(a));
    const q = i16x8.extend_low_i8x16_u(v128.load64_zero(b));
    sums = i16x8.add(sums, i16x8.abs(i16x8.sub(i16x8.sub(q, p), levels)));
    a += width;
    b += width;
  }
  return lanes(i32x4.extadd_pairwise_i16x8_u(sums));
}

/** Sum of the distances of a block's pixels from their mean, times 64. */
function texture(at: usize): i32 {
  let sums = i16x8.splat(0);
  for (let row = 0; row < BLOCK; row++)
    sums = i16x8.add(sums, i16x8.extend_low_i8x16_u(v128.load64_zero(at + row * width)));
  const mean = i16x8.splat(<i16>lanes(i32x4.extadd_pairwise_i16x8_u(sums)));
  let spread = i32x4.splat(0);
  for (let row = 0; row < BLOCK; row++) {
    const values = i16x8.shl(i16x8.extend_low_i8x16_u(v128.load64_zero(at + row * width)), 6);
    spread = i32x4.add(spread, i32x4.extadd_pairwise_i16x8_u(i16x8.abs(i16x8.sub(values, mean))));
  }
  return lanes(spread);
}

function consider(x: i32, y: i32): void {
  const column = left - x;
  const row = top - y;
  if (column < 0 || row < 0 || column + BLOCK > width || row + BLOCK > height) return;
  const value = difference(earlier + row * width + column, later + top * width + left);
  if (value >= best) return;
  best = value;
  bestX = x;
  bestY = y;
}

/**
 * Share of the blocks' texture that is found nowhere near, 0–1. Each block is looked for from the best of no motion, the picture's
 * (globalX, globalY), the block's own of the frame before and its left neighbour's, in narrowing steps.
 *
 * @param motionX where the blocks' motions are kept from frame to frame, sixteen bits each; motionY likewise
 * @param floor texture that noise alone gives, and `found` the difference up to which a block is where it was, per pixel
 */
export function unmatched(
  from: usize,
  to: usize,
  w: i32,
  h: i32,
  globalX: i32,
  globalY: i32,
  step: i32,
  motionX: usize,
  motionY: usize,
  floor: i32,
  found: i32,
): f64 {
  earlier = from;
  later = to;
  width = w;
  height = h;
  level = step;
  const columns = width / BLOCK;
  const rows = height / BLOCK;
  const offsetX = (width - columns * BLOCK) >> 1;
  const offsetY = (height - rows * BLOCK) >> 1;
  let missed: f64 = 0;
  let whole: f64 = 0;
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      left = offsetX + column * BLOCK;
      top = offsetY + row * BLOCK;
      const at = (<usize>(row * columns + column)) << 1;
      const place = top * width + left;
      bestX = 0;
      bestY = 0;
      best = difference(earlier + place, later + place);
      if (best > found * BLOCK * BLOCK) {
        consider(globalX, globalY);
        consider(<i32>load<i16>(motionX + at), <i32>load<i16>(motionY + at));
        if (column > 0) consider(<i32>load<i16>(motionX + at - 2), <i32>load<i16>(motionY + at - 2));
        for (let reach = 4; reach > 0; reach >>= 1) {
          const x = bestX;
          const y = bestY;
          for (let dy = -reach; dy <= reach; dy += reach)
            for (let dx = -reach; dx <= reach; dx += reach) if (dx !== 0 || dy !== 0) consider(x + dx, y + dy);
        }
      }
      store<i16>(motionX + at, <i16>bestX);
      store<i16>(motionY + at, <i16>bestY);
      const own = <f64>texture(later + place) / 4096 + <f64>floor;
      missed += min(own, <f64>best / 64);
      whole += own;
    }
  }
  return whole === 0 ? 0 : missed / whole;
}
