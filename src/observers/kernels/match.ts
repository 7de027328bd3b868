/**
 * Differences of two luma planes of one size under a whole-pixel shift. AssemblyScript: `npm run kernels` compiles it to
 * WebAssembly.
 *
 * Planes are pointers to pixel (0, 0), rows without padding; sixteen bytes after the last row may be read.
 */

/** Sum of the pixels. */
export function total(plane: usize, pixels: i32): i32 {
  let sums = i32x4.splat(0);
  const end = plane + pixels;
  let at = plane;
  for (; at + 16 <= end; at += 16)
    sums = i32x4.add(sums, i32x4.extadd_pairwise_i16x8_u(i16x8.extadd_pairwise_i8x16_u(v128.load(at))));
  let sum = lanes(sums);
  for (; at < end; at++) sum += load<u8>(at);
  return sum;
}

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

/** Sum of |later − earlier − level| over a block of 8 × 8 pixels, by the places of its first pixel in both. */
export function block(earlier: usize, later: usize, width: i32, level: i32): i32 {
  const levels = i16x8.splat(<i16>level);
  let sums = i16x8.splat(0);
  for (let row = 0; row < 8; row++) {
    const p = i16x8.extend_low_i8x16_u(v128.load64_zero(earlier));
    const q = i16x8.extend_low_i8x16_u(v128.load64_zero(later));
    sums = i16x8.add(sums, i16x8.abs(i16x8.sub(i16x8.sub(q, p), levels)));
    earlier += width;
    later += width;
  }
  return lanes(i32x4.extadd_pairwise_i16x8_u(sums));
}

function lanes(sums: v128): i32 {
  return (
    i32x4.extract_lane(sums, 0) +
    i32x4.extract_lane(sums, 1) +
    i32x4.extract_lane(sums, 2) +
    i32x4.extract_lane(sums, 3)
  );
}
