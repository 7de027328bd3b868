/**
 * Detail of a picture in bands, and how it changes cell by cell. AssemblyScript: `npm run kernels` compiles it to WebAssembly.
 *
 * Planes are floats, their rows a multiple of four apart; what lies beyond a row's width is never counted.
 */

/** Bytes, rows `byteStride` apart, as floats. */
export function widen(bytes: usize, byteStride: i32, width: i32, height: i32, out: usize, stride: i32): void {
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      store<f32>(out + ((<usize>(y * stride + x)) << 2), <f32>load<u8>(bytes + <usize>(y * byteStride + x)));
}

/** Every second pixel of every second row. */
export function halve(plane: usize, from: i32, width: i32, height: i32, out: usize, stride: i32): void {
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      store<f32>(out + ((<usize>(y * stride + x)) << 2), load<f32>(plane + ((<usize>(2 * y * from + 2 * x)) << 2)));
}

/** 1 4 6 4 1 over five vectors, divided by 16. */
function soft(a: v128, b: v128, c: v128, d: v128, e: v128): v128 {
  const sides = f32x4.mul(f32x4.add(b, d), f32x4.splat(4));
  const sum = f32x4.add(f32x4.add(f32x4.add(a, e), sides), f32x4.mul(c, f32x4.splat(6)));
  return f32x4.mul(sum, f32x4.splat(0.0625));
}

/**
 * Blurs a plane into `blurred` and writes what that takes away to `detail`; edges repeat.
 *
 * @param line room for a row and eight floats
 * @param across room for a plane
 */
export function split(
  plane: usize,
  stride: i32,
  width: i32,
  height: i32,
  line: usize,
  across: usize,
  blurred: usize,
  detail: usize,
): void {
  const bytes = (<usize>stride) << 2;
  for (let y = 0; y < height; y++) {
    const row = plane + <usize>y * bytes;
    const first = load<f32>(row);
    const last = load<f32>(row + ((<usize>(width - 1)) << 2));
    memory.copy(line + 8, row, (<usize>width) << 2);
    store<f32>(line, first);
    store<f32>(line, first, 4);
    for (let x = width; x < stride + 6; x++) store<f32>(line + ((<usize>x) << 2), last, 8);
    const to = across + <usize>y * bytes;
    for (let at: usize = 0; at < bytes; at += 16)
      v128.store(
        to + at,
        soft(
          v128.load(line + at),
          v128.load(line + at, 4),
          v128.load(line + at, 8),
          v128.load(line + at, 12),
          v128.load(line + at, 16),
        ),
      );
  }
  for (let y = 0; y < height; y++) {
    const a = across + <usize>max(0, y - 2) * bytes;
    const b = across + <usize>max(0, y - 1) * bytes;
    const c = across + <usize>y * bytes;
    const d = across + <usize>min(height - 1, y + 1) * bytes;
    const e = across + <usize>min(height - 1, y + 2) * bytes;
    const place = <usize>y * bytes;
    for (let at: usize = 0; at < bytes; at += 16) {
      const value = soft(v128.load(a + at), v128.load(b + at), v128.load(c + at), v128.load(d + at), v128.load(e + at));
      v128.store(blurred + place + at, value);
      v128.store(detail + place + at, f32x4.sub(v128.load(plane + place + at), value));
    }
  }
}

function total(v: v128, lanes: i32): f32 {
  const low = f32x4.extract_lane(v, 0) + f32x4.extract_lane(v, 1);
  return lanes === 2 ? low : low + f32x4.extract_lane(v, 2) + f32x4.extract_lane(v, 3);
}

function squared(a: v128, b: v128): v128 {
  const apart = f32x4.sub(a, b);
  return f32x4.mul(apart, apart);
}

/**
 * Per cell of `side` × `side` pixels (2, 4 or 8) the mean squares of: the second difference of three pictures over 6; the change
 * across the middle one over 2; from the middle one to `two` and `four` over 2; the middle one itself. Five planes of `count` cells `apart`
 * bytes apart.
 */
export function changes(
  was: usize,
  now: usize,
  comes: usize,
  two: usize,
  four: usize,
  stride: i32,
  columns: i32,
  rows: i32,
  side: i32,
  out: usize,
  apart: usize,
): void {
  const lanes = min(4, side);
  const area = <f32>(side * side);
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++, out += 4) {
      let bend = f32x4.splat(0);
      let across = f32x4.splat(0);
      let later = f32x4.splat(0);
      let latest = f32x4.splat(0);
      let power = f32x4.splat(0);
      for (let y = 0; y < side; y++)
        for (let x = 0; x < side; x += 4) {
          const at = (<usize>((row * side + y) * stride + column * side + x)) << 2;
          const middle = v128.load(now + at);
          const before = v128.load(was + at);
          const after = v128.load(comes + at);
          bend = f32x4.add(bend, squared(f32x4.add(before, after), f32x4.add(middle, middle)));
          across = f32x4.add(across, squared(after, before));
          later = f32x4.add(later, squared(v128.load(two + at), middle));
          latest = f32x4.add(latest, squared(v128.load(four + at), middle));
          power = f32x4.add(power, f32x4.mul(middle, middle));
        }
      store<f32>(out, total(bend, lanes) / (6 * area));
      store<f32>(out + apart, total(across, lanes) / (2 * area));
      store<f32>(out + 2 * apart, total(later, lanes) / (2 * area));
      store<f32>(out + 3 * apart, total(latest, lanes) / (2 * area));
      store<f32>(out + 4 * apart, total(power, lanes) / area);
    }
}

/**
 * Median over `count` planes of `cells` floats (a multiple of four), `apart` bytes apart; of an even number the mean of the two
 * in the middle.
 *
 * @param sorted room for `count` vectors
 */
export function medians(planes: usize, apart: usize, count: i32, cells: i32, sorted: usize, out: usize): void {
  for (let cell = 0; cell < cells; cell += 4) {
    const at = (<usize>cell) << 2;
    for (let k = 0; k < count; k++) {
      let value = v128.load(planes + <usize>k * apart + at);
      for (let i = 0; i < k; i++) {
        const place = sorted + ((<usize>i) << 4);
        const other = v128.load(place);
        v128.store(place, f32x4.min(value, other));
        value = f32x4.max(value, other);
      }
      v128.store(sorted + ((<usize>k) << 4), value);
    }
    const middle = sorted + ((<usize>(count >> 1)) << 4);
    const upper = v128.load(middle);
    const value = count % 2 === 1 ? upper : f32x4.mul(f32x4.add(v128.load(middle - 16), upper), f32x4.splat(0.5));
    v128.store(out + at, value);
  }
}
