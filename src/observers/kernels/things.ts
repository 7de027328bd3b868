/**
 * Pixels that changed, against the frame before and against a learnt background. AssemblyScript: `npm run kernels` compiles it
 * to WebAssembly.
 *
 * Planes are pointers to pixel (0, 0), rows without padding; sixteen values after the last row may be read and written.
 */
import { lanes } from './lanes';

function apart(a: v128, b: v128): v128 {
  return v128.or(i8x16.sub_sat_u(a, b), i8x16.sub_sat_u(b, a));
}

/** Contrast at eight pixels: the larger difference of the neighbours on both sides, sixteen bits each. */
function contrast(at: usize, width: usize): v128 {
  const across = apart(v128.load64_zero(at + 1), v128.load64_zero(at - 1));
  const down = apart(v128.load64_zero(at + width), v128.load64_zero(at - width));
  return i16x8.extend_low_i8x16_u(i8x16.max_u(across, down));
}

/**
 * Marks with 1 where 5 · |later − earlier| > 5 · change + 2 · contrast, the contrast being the lesser of both pictures', the
 * earlier one moved by (dx, dy); everything else becomes 0. Returns how many are marked.
 */
export function changes(
  earlier: usize,
  later: usize,
  mask: usize,
  width: i32,
  height: i32,
  dx: i32,
  dy: i32,
  change: i32,
): i32 {
  memory.fill(mask, 0, width * height);
  const left = max(1, 1 + dx);
  const right = min(width - 1, width - 1 + dx);
  const bottom = min(height - 1, height - 1 + dy);
  const back = <usize>(dy * width + dx);
  const least = i16x8.splat(<i16>(5 * change));
  const five = i16x8.splat(5);
  let count = 0;
  for (let y = max(1, 1 + dy); y < bottom; y++) {
    for (let x = left; x < right; x += 8) {
      const at = <usize>(y * width + x);
      const b = later + at;
      const a = earlier + at - back;
      const steps = i16x8.extend_low_i8x16_u(apart(v128.load64_zero(b), v128.load64_zero(a)));
      const over = i16x8.sub(i16x8.mul(steps, five), least);
      if (!v128.any_true(i16x8.gt_s(over, i16x8.splat(0)))) continue;
      const contrasts = i16x8.min_s(contrast(b, width), contrast(a, width));
      const marks = i16x8.bitmask(i16x8.gt_s(over, i16x8.shl(contrasts, 1)));
      for (let k = 0, end = min(8, right - x); k < end; k++) {
        if (((marks >> k) & 1) === 0) continue;
        store<u8>(mask + at + k, 1);
        count++;
      }
    }
  }
  return count;
}

/** Marks with 1 where at least `majority` of the nine pixels of a mask are; a frame of one pixel stays 0. */
export function tidy(mask: usize, clean: usize, width: i32, height: i32, majority: i32): void {
  memory.fill(clean, 0, width * height);
  const step = <usize>width;
  const most = i8x16.splat(<i8>(majority - 1));
  for (let y = 1; y < height - 1; y++) {
    for (let x = 1; x < width - 1; x += 16) {
      const at = mask + y * width + x;
      let sum = i8x16.splat(0);
      for (let row = at - step; row <= at + step; row += step) {
        sum = i8x16.add(sum, v128.load(row - 1));
        sum = i8x16.add(sum, v128.load(row));
        sum = i8x16.add(sum, v128.load(row + 1));
      }
      const marks = v128.and(i8x16.gt_s(sum, most), i8x16.splat(1));
      const to = clean + y * width + x;
      if (x + 16 <= width - 1) v128.store(to, marks);
      else {
        let left = marks;
        for (let k = 0; k < width - 1 - x; k++) {
          store<u8>(to + k, i8x16.extract_lane_u(left, 0));
          left = i8x16.shuffle(left, left, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 15);
        }
      }
    }
  }
}

/** Sum and sum of squares of the window that {@link gather} took. */
let windowSum: i32 = 0;
let windowSquares: i32 = 0;

/** Takes samples of a plane, by the 32-bit distances in `places`, into `window`, sixteen bits each; `samples` is a multiple of 8. */
export function gather(plane: usize, places: usize, window: usize, samples: i32): void {
  windowSum = 0;
  windowSquares = 0;
  for (let k = 0; k < samples; k++) {
    const value = <i32>load<u8>(plane + load<i32>(places + ((<usize>k) << 2)));
    store<i16>(window + ((<usize>k) << 1), <i16>value);
    windowSum += value;
    windowSquares += value * value;
  }
}

/** Correlation of the window with samples of a plane, −1 … 1; `noise` is added to both variances. */
export function correlate(plane: usize, places: usize, window: usize, samples: i32, noise: f64): f64 {
  const ones = i16x8.splat(1);
  let sums = i32x4.splat(0);
  let squares = i32x4.splat(0);
  let products = i32x4.splat(0);
  for (let k = 0; k < samples; k += 8) {
    const at = places + ((<usize>k) << 2);
    let bytes = i8x16.splat(0);
    bytes = v128.load8_lane(plane + load<i32>(at), bytes, 0);
    bytes = v128.load8_lane(plane + load<i32>(at, 4), bytes, 1);
    bytes = v128.load8_lane(plane + load<i32>(at, 8), bytes, 2);
    bytes = v128.load8_lane(plane + load<i32>(at, 12), bytes, 3);
    bytes = v128.load8_lane(plane + load<i32>(at, 16), bytes, 4);
    bytes = v128.load8_lane(plane + load<i32>(at, 20), bytes, 5);
    bytes = v128.load8_lane(plane + load<i32>(at, 24), bytes, 6);
    bytes = v128.load8_lane(plane + load<i32>(at, 28), bytes, 7);
    const values = i16x8.extend_low_i8x16_u(bytes);
    sums = i32x4.add(sums, i32x4.dot_i16x8_s(values, ones));
    squares = i32x4.add(squares, i32x4.dot_i16x8_s(values, values));
    products = i32x4.add(products, i32x4.dot_i16x8_s(values, v128.load(window + ((<usize>k) << 1))));
  }
  const n = <f64>samples;
  const ma = <f64>windowSum / n;
  const mb = <f64>lanes(sums) / n;
  const va = max(0, <f64>windowSquares / n - ma * ma) + noise;
  const vb = max(0, <f64>lanes(squares) / n - mb * mb) + noise;
  return (<f64>lanes(products) / n - ma * mb) / sqrt(va * vb);
}

/**
 * Runs of marks in a mask whose first and last columns are empty: the first pixel of each and the one after its last, as 32-bit
 * numbers. Returns how many numbers there are. `pixels` beyond a multiple of sixteen must be empty too.
 */
export function runs(mask: usize, out: usize, pixels: i32): i32 {
  let inside = 0;
  let count: usize = 0;
  for (let at = 0; at < pixels; at += 16) {
    const bits = i8x16.bitmask(i8x16.ne(v128.load(mask + at), i8x16.splat(0)));
    let turns = (bits ^ ((bits << 1) | inside)) & 0xffff;
    inside = (bits >> 15) & 1;
    while (turns !== 0) {
      store<i32>(out + (count << 2), at + ctz(turns));
      count++;
      turns &= turns - 1;
    }
  }
  return <i32>count;
}
