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

/** Rows of a window's samples. */
const ROWS: i32 = 12;

/** Sum and sum of squares of the window that {@link gather} took, and the likeness that {@link search} found. */
let windowSum: i32 = 0;
let windowSquares: i32 = 0;
let found: f64 = -1;

/** Samples of a row: bytes at the distances in `columns` (255: none, 0), of as many sixteens as they reach over. */
function samples(row: usize, columns: v128, sixteens: i32): v128 {
  let bytes = i8x16.swizzle(v128.load(row), columns);
  for (let k = 1; k < sixteens; k++) {
    const there = i8x16.sub(columns, i8x16.splat(<i8>(k << 4)));
    bytes = v128.or(bytes, i8x16.swizzle(v128.load(row + ((<usize>k) << 4)), there));
  }
  return bytes;
}

function squaresOf(bytes: v128, others: v128): v128 {
  return i32x4.add(
    i32x4.dot_i16x8_s(i16x8.extend_low_i8x16_u(bytes), i16x8.extend_low_i8x16_u(others)),
    i32x4.dot_i16x8_s(i16x8.extend_high_i8x16_u(bytes), i16x8.extend_high_i8x16_u(others)),
  );
}

/**
 * Takes samples of a plane into `window`, twelve rows of sixteen bytes: those at the distances `columns` (sixteen bytes, below
 * 240; 255 for none) from each of the places `rows` (32 bits each).
 */
export function gather(plane: usize, columns: usize, rows: usize, sixteens: i32, window: usize): void {
  const distances = v128.load(columns);
  let sums = i32x4.splat(0);
  let squares = i32x4.splat(0);
  for (let row = 0; row < ROWS; row++) {
    const bytes = samples(plane + load<i32>(rows + ((<usize>row) << 2)), distances, sixteens);
    v128.store(window + ((<usize>row) << 4), bytes);
    sums = i32x4.add(sums, i32x4.extadd_pairwise_i16x8_u(i16x8.extadd_pairwise_i8x16_u(bytes)));
    squares = i32x4.add(squares, squaresOf(bytes, bytes));
  }
  windowSum = lanes(sums);
  windowSquares = lanes(squares);
}

/** Correlation of the window with samples of a plane, −1 … 1; `noise` is added to both variances. */
function correlation(plane: usize, columns: v128, rows: usize, sixteens: i32, window: usize, n: f64, noise: f64): f64 {
  let sums = i16x8.splat(0);
  let squares = i32x4.splat(0);
  let products = i32x4.splat(0);
  for (let row = 0; row < ROWS; row++) {
    const bytes = samples(plane + load<i32>(rows + ((<usize>row) << 2)), columns, sixteens);
    sums = i16x8.add(sums, i16x8.extadd_pairwise_i8x16_u(bytes));
    squares = i32x4.add(squares, squaresOf(bytes, bytes));
    products = i32x4.add(products, squaresOf(bytes, v128.load(window + ((<usize>row) << 4))));
  }
  const ma = <f64>windowSum / n;
  const mb = <f64>lanes(i32x4.extadd_pairwise_i16x8_u(sums)) / n;
  const va = max(0, <f64>windowSquares / n - ma * ma) + noise;
  const vb = max(0, <f64>lanes(squares) / n - mb * mb) + noise;
  return (<f64>lanes(products) / n - ma * mb) / sqrt(va * vb);
}

/**
 * Number of the place at which a plane is most like the window, row by row, of `across` × `down` places `stride` apart, the
 * first at the samples' own; −1 when it is like it nowhere. {@link likeness} tells how much.
 */
export function search(
  plane: usize,
  columns: usize,
  rows: usize,
  sixteens: i32,
  window: usize,
  width: i32,
  across: i32,
  down: i32,
  stride: i32,
  count: f64,
  noise: f64,
): i32 {
  const distances = v128.load(columns);
  let best = -1;
  found = -1;
  for (let y = 0; y < down; y++) {
    const row = plane + y * stride * width;
    for (let x = 0; x < across; x++) {
      const here = correlation(row + x * stride, distances, rows, sixteens, window, count, noise);
      if (here <= found) continue;
      found = here;
      best = y * across + x;
    }
  }
  return best;
}

/** What the last {@link search} found. */
export function likeness(): f64 {
  return found;
}

/** Sum of the differences of two windows of `wide` × `high` pixels. */
export function difference(a: usize, b: usize, width: i32, wide: i32, high: i32): i32 {
  let sums = i32x4.splat(0);
  const whole = wide & ~15;
  const rest = i8x16.lt_u(i8x16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15), i8x16.splat(<i8>(wide & 15)));
  for (let y = 0; y < high; y++) {
    const from = a + y * width;
    const to = b + y * width;
    for (let x = 0; x < whole; x += 16) sums = i32x4.add(sums, quarters(from + x, to + x));
    if (whole < wide) {
      const steps = v128.and(apart(v128.load(from + whole), v128.load(to + whole)), rest);
      sums = i32x4.add(sums, i32x4.extadd_pairwise_i16x8_u(i16x8.extadd_pairwise_i8x16_u(steps)));
    }
  }
  return lanes(sums);
}

/** Differences of sixteen pixels, summed four by four. */
function quarters(a: usize, b: usize): v128 {
  return i32x4.extadd_pairwise_i16x8_u(i16x8.extadd_pairwise_i8x16_u(apart(v128.load(a), v128.load(b))));
}

/** Adds the differences of `count` times four pixels of a row of two pictures to sums of 32 bits each. */
export function cells(later: usize, earlier: usize, sums: usize, count: i32): void {
  let k = 0;
  for (; k + 4 <= count; k += 4) {
    const at = sums + ((<usize>k) << 2);
    const x = (<usize>k) << 2;
    v128.store(at, i32x4.add(v128.load(at), quarters(later + x, earlier + x)));
  }
  for (let x = k << 2; x < count << 2; x++) {
    const at = sums + ((<usize>x >> 2) << 2);
    store<i32>(at, load<i32>(at) + abs(<i32>load<u8>(later + x) - <i32>load<u8>(earlier + x)));
  }
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
