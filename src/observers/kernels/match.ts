/**
 * Differences of two luma planes of one size under a whole-pixel shift. AssemblyScript: `npm run kernels` compiles it to
 * WebAssembly.
 *
 * Planes are pointers to pixel (0, 0), rows without padding; sixteen bytes after the last row may be read.
 */
import { lanes } from './lanes';

export { unmatched } from './blocks';
export { edges, edgesAll, entering } from './edges';
export { fit, fitted } from './fit';
export { total } from './lanes';
export { halveWhole as halve } from './shrink';
export { histogram, joint, saturation } from './statistics';

/** Sum of the pixels' distances from a value. */
export function spread(plane: usize, pixels: i32, value: i32): i32 {
  const values = i8x16.splat(<i8>value);
  let sums = i32x4.splat(0);
  const end = plane + pixels;
  let at = plane;
  for (; at + 16 <= end; at += 16) {
    const here = v128.load(at);
    const apart = v128.or(i8x16.sub_sat_u(here, values), i8x16.sub_sat_u(values, here));
    sums = i32x4.add(sums, i32x4.extadd_pairwise_i16x8_u(i16x8.extadd_pairwise_i8x16_u(apart)));
  }
  let sum = lanes(sums);
  for (; at < end; at++) sum += abs<i32>(<i32>load<u8>(at) - value);
  return sum;
}

/** Whether two runs of pixels hold the same. */
export function same(a: usize, b: usize, pixels: i32): bool {
  let at: usize = 0;
  const end = <usize>pixels;
  for (; at + 16 <= end; at += 16) if (v128.any_true(v128.xor(v128.load(a + at), v128.load(b + at)))) return false;
  for (; at < end; at++) if (load<u8>(a + at) !== load<u8>(b + at)) return false;
  return true;
}

/**
 * Sum over the overlap, every `rowStep`-th row, of |later − earlier − level|, each at most `most`; −1 as soon as it exceeds
 * `stop`. The earlier picture is moved by (dx, dy).
 */
export function shifted(
  earlier: usize,
  later: usize,
  width: i32,
  height: i32,
  dx: i32,
  dy: i32,
  level: i32,
  rowStep: i32,
  most: i32,
  stop: f64,
): i32 {
  const left = max(0, dx);
  const columns = min(width, width + dx) - left;
  const bottom = min(height, height + dy);
  const back = <usize>(dy * width + dx);
  const levels = i16x8.splat(<i16>level);
  const mosts = i16x8.splat(<i16>most);
  let sum = 0;
  for (let row = max(0, dy); row < bottom; row += rowStep) {
    let b = later + row * width + left;
    let a = b - later + earlier - back;
    let sums = i32x4.splat(0);
    let column = 0;
    for (; column + 8 <= columns; column += 8) {
      const p = i16x8.extend_low_i8x16_u(v128.load64_zero(a));
      const q = i16x8.extend_low_i8x16_u(v128.load64_zero(b));
      const apart = i16x8.min_s(i16x8.abs(i16x8.sub(i16x8.sub(q, p), levels)), mosts);
      sums = i32x4.add(sums, i32x4.extadd_pairwise_i16x8_u(apart));
      a += 8;
      b += 8;
    }
    sum += lanes(sums);
    for (; column < columns; column++) {
      sum += min(most, abs<i32>(<i32>load<u8>(b) - <i32>load<u8>(a) - level));
      a++;
      b++;
    }
    if (<f64>sum > stop) return -1;
  }
  return sum;
}

let counted: i32 = 0;

/** The second figure of the function that was called last. */
export function second(): i32 {
  return counted;
}

/** Sum of the differences of two runs of pixels; {@link second} tells how many differ by more than `step`. */
export function difference(a: usize, b: usize, pixels: i32, step: i32): i32 {
  const steps = i8x16.splat(<i8>step);
  const none = i8x16.splat(0);
  let sums = i32x4.splat(0);
  let within = 0;
  let at: usize = 0;
  const end = <usize>pixels;
  for (; at + 16 <= end; at += 16) {
    const p = v128.load(a + at);
    const q = v128.load(b + at);
    const apart = v128.or(i8x16.sub_sat_u(p, q), i8x16.sub_sat_u(q, p));
    sums = i32x4.add(sums, i32x4.extadd_pairwise_i16x8_u(i16x8.extadd_pairwise_i8x16_u(apart)));
    within += popcnt(i8x16.bitmask(i8x16.eq(i8x16.sub_sat_u(apart, steps), none)));
  }
  let sum = lanes(sums);
  counted = <i32>at - within;
  for (; at < end; at++) {
    const apart = abs<i32>(<i32>load<u8>(a + at) - <i32>load<u8>(b + at));
    sum += apart;
    if (apart > step) counted++;
  }
  return sum;
}
