/**
 * Where cells of 8 × 8 pixels of one luma plane lie in another. AssemblyScript: `npm run kernels` compiles it to WebAssembly.
 *
 * Planes are pointers to pixel (0, 0), rows without padding. Differences are of the pixels less their cell's mean: times 64
 * they are whole numbers.
 */
import { lanes } from './lanes';

export { total } from './lanes';

const SIDE: i32 = 8;

/** Sum of a cell. */
function sumOf(cell: usize, width: usize): i32 {
  let sums = i16x8.splat(0);
  for (let row = 0; row < SIDE; row++) {
    sums = i16x8.add(sums, i16x8.extend_low_i8x16_u(v128.load64_zero(cell)));
    cell += width;
  }
  const pairs = i32x4.extadd_pairwise_i16x8_u(sums);
  return lanes(pairs);
}

/** Mean absolute difference of two cells, the difference of their means taken out. */
function apart(a: usize, b: usize, width: usize, sumB: i32): f64 {
  const level = i16x8.splat(<i16>(sumB - sumOf(a, width)));
  let sums = i32x4.splat(0);
  for (let row = 0; row < SIDE; row++) {
    const p = i16x8.extend_low_i8x16_u(v128.load64_zero(a));
    const q = i16x8.extend_low_i8x16_u(v128.load64_zero(b));
    const step = i16x8.sub(i16x8.shl(i16x8.sub(q, p), 6), level);
    sums = i32x4.add(sums, i32x4.extadd_pairwise_i16x8_u(i16x8.abs(step)));
    a += width;
    b += width;
  }
  return <f64>lanes(sums) / 4096;
}

/** The cost of the place that {@link find} returned. */
let least: f64 = 0;

export function cost(): f64 {
  return least;
}

/**
 * Best place in the earlier plane, as the distance of its first pixel, of the cell of the later one that begins at (left, top):
 * at (left − x, top − y), and unless that differs by no more than `found`, up to `reach` pixels around it, a pixel of distance
 * costing `perPixel`. −1 when no place lies inside the picture.
 */
export function find(
  earlier: usize,
  later: usize,
  width: i32,
  height: i32,
  left: i32,
  top: i32,
  x: i32,
  y: i32,
  reach: i32,
  found: f64,
  perPixel: f64,
): i32 {
  const cell = later + top * width + left;
  const sum = sumOf(cell, width);
  let place = -1;
  least = Infinity;
  const here = top - y;
  const there = left - x;
  if (there >= 0 && here >= 0 && there + SIDE <= width && here + SIDE <= height) {
    place = here * width + there;
    least = apart(earlier + place, cell, width, sum);
    if (least <= found) return place;
  }
  for (let dy = -reach; dy <= reach; dy++) {
    for (let dx = -reach; dx <= reach; dx++) {
      const row = here + dy;
      const column = there + dx;
      if (column < 0 || row < 0 || column + SIDE > width || row + SIDE > height) continue;
      const at = row * width + column;
      const value = apart(earlier + at, cell, width, sum) + perPixel * sqrt(<f64>(dx * dx + dy * dy));
      if (value >= least) continue;
      least = value;
      place = at;
    }
  }
  return place;
}

/**
 * Sum of |later − earlier − level|, each at most `most`, over every `rowStep`-th row and every second column that both show, the
 * earlier plane moved by (dx, dy); odd rows begin a pixel later. {@link count} tells how many pixels were compared.
 */
export function thinned(
  earlier: usize,
  later: usize,
  width: i32,
  height: i32,
  dx: i32,
  dy: i32,
  level: i32,
  most: i32,
  rowStep: i32,
): i32 {
  const left = max(0, dx);
  const right = min(width, width + dx);
  const bottom = min(height, height + dy);
  const back = <usize>(dy * width + dx);
  const levels = i16x8.splat(<i16>level);
  const mosts = i16x8.splat(<i16>most);
  // Two bytes are one pixel that counts and one that does not.
  const low = i16x8.splat(255);
  let sum = 0;
  compared = 0;
  for (let row = max(0, dy); row < bottom; row += rowStep) {
    const first = left + (row & 1);
    if (first >= right) continue;
    const pixels = (right - first + 1) >> 1;
    compared += pixels;
    let b = later + row * width + first;
    let k = 0;
    let sums = i32x4.splat(0);
    for (; k + 8 <= pixels && first + 2 * k + 16 <= right; k += 8) {
      const p = v128.and(v128.load(b - later + earlier - back), low);
      const q = v128.and(v128.load(b), low);
      const step = i16x8.min_s(i16x8.abs(i16x8.sub(i16x8.sub(q, p), levels)), mosts);
      sums = i32x4.add(sums, i32x4.extadd_pairwise_i16x8_u(step));
      b += 16;
    }
    sum += lanes(sums);
    for (; k < pixels; k++) {
      sum += min(most, abs<i32>(<i32>load<u8>(b) - <i32>load<u8>(b - later + earlier - back) - level));
      b += 2;
    }
  }
  return sum;
}

let compared: i32 = 0;

export function count(): i32 {
  return compared;
}
