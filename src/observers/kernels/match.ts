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

/**
 * Marks edges with 1 in `thin`, everything else 0: pixels off the border whose central differences in x and y come to `least`
 * or more. `wide` is the same with every edge made one pixel wider on each side. Returns the number of edges.
 */
export function edges(plane: usize, thin: usize, wide: usize, width: i32, height: i32, least: i32): i32 {
  const step = <usize>width;
  const pixels = step * height;
  memory.fill(thin, 0, pixels);
  const leasts = i8x16.splat(<i8>(least - 1));
  const one = i8x16.splat(1);
  let count = 0;
  for (let y = 1; y < height - 1; y++) {
    for (let x = 1; x < width - 1; x += 16) {
      const at = plane + y * width + x;
      const right = v128.load(at + 1);
      const left = v128.load(at - 1);
      const down = v128.load(at + step);
      const up = v128.load(at - step);
      const across = v128.or(i8x16.sub_sat_u(right, left), i8x16.sub_sat_u(left, right));
      const along = v128.or(i8x16.sub_sat_u(down, up), i8x16.sub_sat_u(up, down));
      const over = i8x16.sub_sat_u(i8x16.add_sat_u(across, along), leasts);
      const marks = i8x16.min_u(over, one);
      const to = thin + y * width + x;
      const left16 = width - 1 - x;
      if (left16 >= 16) {
        v128.store(to, marks);
        count += popcnt(i8x16.bitmask(i8x16.ne(marks, i8x16.splat(0))));
      } else {
        const bits = i8x16.bitmask(i8x16.ne(marks, i8x16.splat(0)));
        for (let k = 0; k < left16; k++) {
          if (((bits >> k) & 1) === 0) continue;
          store<u8>(to + k, 1);
          count++;
        }
      }
    }
  }
  // The first and last column of `thin` are empty, so that a row's end says nothing of the next row's beginning.
  for (let y = 0; y < height; y++) {
    const above = y > 0 ? step : 0;
    const below = y < height - 1 ? step : 0;
    const row = thin + y * width;
    let x: usize = 0;
    for (; x + 16 <= step; x += 16) v128.store(wide + y * width + x, around(row + x, above, below));
    for (; x < step; x++) store<u8>(wide + y * width + x, i8x16.extract_lane_u(around(row + x, above, below), 0));
  }
  return count;
}

/** Union of sixteen pixels' neighbourhoods of 3 × 3. */
function around(at: usize, above: usize, below: usize): v128 {
  let sum = v128.or(v128.or(v128.load(at - 1), v128.load(at)), v128.load(at + 1));
  sum = v128.or(sum, v128.or(v128.or(v128.load(at - above - 1), v128.load(at - above)), v128.load(at - above + 1)));
  return v128.or(sum, v128.or(v128.or(v128.load(at + below - 1), v128.load(at + below)), v128.load(at + below + 1)));
}

/**
 * Marks of `thin` where `wide`, moved by (dx, dy), has none, over what both show; {@link second} tells the marks of `thin`
 * there.
 */
export function entering(thin: usize, wide: usize, width: i32, height: i32, dx: i32, dy: i32): i32 {
  const left = max(0, dx);
  const columns = min(width, width + dx) - left;
  const bottom = min(height, height + dy);
  const back = <usize>(dy * width + dx);
  let all = 0;
  let met = 0;
  for (let y = max(0, dy); y < bottom; y++) {
    let at = thin + y * width + left;
    let other = wide + y * width + left - back;
    let column = 0;
    for (; column + 16 <= columns; column += 16) {
      const marks = v128.load(at);
      all += popcnt(i8x16.bitmask(i8x16.ne(marks, i8x16.splat(0))));
      met += popcnt(i8x16.bitmask(i8x16.ne(v128.and(marks, v128.load(other)), i8x16.splat(0))));
      at += 16;
      other += 16;
    }
    for (; column < columns; column++) {
      const mark = <i32>load<u8>(at++);
      all += mark;
      met += mark & <i32>load<u8>(other++);
    }
  }
  counted = all;
  return all - met;
}

/** Results of {@link fit}. */
let sumA: f64 = 0;
let sumB: f64 = 0;
let sumAA: f64 = 0;
let sumBB: f64 = 0;
let sumAB: f64 = 0;
let sumApart: f64 = 0;

export function fitted(which: i32): f64 {
  if (which === 0) return sumA;
  if (which === 1) return sumB;
  if (which === 2) return sumAA;
  if (which === 3) return sumBB;
  if (which === 4) return sumAB;
  return sumApart;
}

function floats(at: usize): v128 {
  return f32x4.convert_i32x4_u(i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load32_zero(at))));
}

function lanesOf(sums: v128): f64 {
  return (
    <f64>f32x4.extract_lane(sums, 0) +
    <f64>f32x4.extract_lane(sums, 1) +
    <f64>f32x4.extract_lane(sums, 2) +
    <f64>f32x4.extract_lane(sums, 3)
  );
}

/**
 * Sums over a part of the later plane of its values b, of the earlier plane's values a moved there, bilinear, of their squares
 * and product, and of |b − a|; read by {@link fitted} in the order a, b, a², b², ab, |b − a|. Returns the number of pixels.
 *
 * @param back distance from a pixel to the earlier plane's at the whole part of the shift
 * @param here weights of that pixel, of the one before it, of the one above and of the one before that
 */
export function fit(
  earlier: usize,
  later: usize,
  width: i32,
  left: i32,
  right: i32,
  top: i32,
  bottom: i32,
  back: i32,
  here: f32,
  before: f32,
  above: f32,
  both: f32,
): i32 {
  sumA = sumB = sumAA = sumBB = sumAB = sumApart = 0;
  const step = <usize>width;
  const w0 = f32x4.splat(here);
  const w1 = f32x4.splat(before);
  const w2 = f32x4.splat(above);
  const w3 = f32x4.splat(both);
  for (let row = top; row < bottom; row++) {
    let a = f32x4.splat(0);
    let b = f32x4.splat(0);
    let aa = f32x4.splat(0);
    let bb = f32x4.splat(0);
    let ab = f32x4.splat(0);
    let apart = f32x4.splat(0);
    for (let column = left; column < right; column += 4) {
      const at = <usize>(row * width + column);
      const from = earlier + at - back;
      let p = f32x4.mul(w0, floats(from));
      p = f32x4.add(p, f32x4.mul(w1, floats(from - 1)));
      p = f32x4.add(p, f32x4.mul(w2, floats(from - step)));
      p = f32x4.add(p, f32x4.mul(w3, floats(from - step - 1)));
      let q = floats(later + at);
      if (column + 4 > right) {
        const keep = i32x4.lt_s(i32x4(0, 1, 2, 3), i32x4.splat(right - column));
        p = v128.and(p, keep);
        q = v128.and(q, keep);
      }
      a = f32x4.add(a, p);
      b = f32x4.add(b, q);
      aa = f32x4.add(aa, f32x4.mul(p, p));
      bb = f32x4.add(bb, f32x4.mul(q, q));
      ab = f32x4.add(ab, f32x4.mul(p, q));
      apart = f32x4.add(apart, f32x4.abs(f32x4.sub(q, p)));
    }
    sumA += lanesOf(a);
    sumB += lanesOf(b);
    sumAA += lanesOf(aa);
    sumBB += lanesOf(bb);
    sumAB += lanesOf(ab);
    sumApart += lanesOf(apart);
  }
  return max(0, right - left) * max(0, bottom - top);
}

/** Means of 2 × 2 pixels, rounded; a lone row or column of the source is read twice. */
export function halve(source: usize, sourceWidth: i32, sourceHeight: i32, target: usize, width: i32, height: i32): void {
  const right: usize = sourceWidth > 1 ? 1 : 0;
  const down: usize = sourceHeight > 1 ? sourceWidth : 0;
  const two = i16x8.splat(2);
  for (let row = 0; row < height; row++) {
    let from = source + row * 2 * sourceWidth;
    let to = target + row * width;
    let column = 0;
    if (sourceWidth > 1)
      for (; column + 8 <= width; column += 8) {
        const upper = i16x8.extadd_pairwise_i8x16_u(v128.load(from));
        const lower = i16x8.extadd_pairwise_i8x16_u(v128.load(from + down));
        const means = i16x8.shr_u(i16x8.add(i16x8.add(upper, lower), two), 2);
        v128.store64_lane(to, i8x16.narrow_i16x8_u(means, means), 0);
        from += 16;
        to += 8;
      }
    for (; column < width; column++) {
      const upper = <i32>load<u8>(from) + <i32>load<u8>(from + right);
      const lower = <i32>load<u8>(from + down) + <i32>load<u8>(from + down + right);
      store<u8>(to++, (upper + lower + 2) >> 2);
      from += 2;
    }
  }
}
