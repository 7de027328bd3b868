/**
 * Turned squares out of 4:2:0 pictures as red, green and blue planes, bilinear. AssemblyScript: `npm run kernels`
 * compiles it to WebAssembly.
 *
 * Planes are pointers to pixel (0, 0); only the rows that the square can reach need to be there. Positions are 16.16
 * fixed point, weights 0–256.
 */
const SHIFT: i32 = 16;
const ONE: f64 = 65536;
const NEUTRAL: i32 = 128 * 65536;

/** The picture and the square, set by `frame` and read by every row. */
let width: i32 = 0;
let height: i32 = 0;
let stride: i32 = 0;
let chromaStride: i32 = 0;
let left: f64 = 0;
let top: f64 = 0;
let across: f64 = 0;
let down: f64 = 0;

/** The picture's size and strides; the square's centre and one output pixel's step along its own horizontal axis. */
export function frame(w: i32, h: i32, s: i32, cs: i32, x: f64, y: f64, stepX: f64, stepY: f64): void {
  width = w;
  height = h;
  stride = s;
  chromaStride = cs;
  left = x;
  top = y;
  across = stepX;
  down = stepY;
}

function clampTo(value: i32, most: i32): i32 {
  return value < 0 ? 0 : value > most ? most : value;
}

/** Bilinear value at a position between pixel centres, outermost pixels repeated; times 2¹⁶. */
function sample(plane: usize, step: i32, maxX: i32, maxY: i32, fx: i32, fy: i32): i32 {
  const x = fx >> SHIFT;
  const y = fy >> SHIFT;
  const wx = (fx >> 8) & 255;
  const wy = (fy >> 8) & 255;
  const x0 = clampTo(x, maxX);
  const x1 = clampTo(x + 1, maxX);
  const upper = plane + clampTo(y, maxY) * step;
  const lower = plane + clampTo(y + 1, maxY) * step;
  const above = <i32>load<u8>(upper + x0) * (256 - wx) + <i32>load<u8>(upper + x1) * wx;
  const below = <i32>load<u8>(lower + x0) * (256 - wx) + <i32>load<u8>(lower + x1) * wx;
  return above * (256 - wy) + below * wy;
}

/** Whether a position and the next pixel after it lie inside. */
function within(position: i32, most: i32): bool {
  return <u32>(position >> SHIFT) < <u32>most;
}

function fixed(value: f64): i32 {
  return <i32>Math.floor(value * ONE + 0.5);
}

/** Four positions that all lie between pixels of the picture: the values of {@link sample}, at once. */
function four(plane: usize, step: i32, fx: v128, fy: v128): v128 {
  const columns = i32x4.shr_s(fx, SHIFT);
  const rows = i32x4.shr_s(fy, SHIFT);
  const places = i32x4.add(i32x4.mul(rows, i32x4.splat(step)), columns);
  const p0 = plane + i32x4.extract_lane(places, 0);
  const p1 = plane + i32x4.extract_lane(places, 1);
  const p2 = plane + i32x4.extract_lane(places, 2);
  const p3 = plane + i32x4.extract_lane(places, 3);
  let upper = i16x8.splat(0);
  upper = v128.load16_lane(p0, upper, 0);
  upper = v128.load16_lane(p1, upper, 1);
  upper = v128.load16_lane(p2, upper, 2);
  upper = v128.load16_lane(p3, upper, 3);
  let lower = i16x8.splat(0);
  lower = v128.load16_lane(p0 + step, lower, 0);
  lower = v128.load16_lane(p1 + step, lower, 1);
  lower = v128.load16_lane(p2 + step, lower, 2);
  lower = v128.load16_lane(p3 + step, lower, 3);
  const byte = i32x4.splat(255);
  const wx = v128.and(i32x4.shr_s(fx, 8), byte);
  const wy = v128.and(i32x4.shr_s(fy, 8), byte);
  // Each lane holds the weights of the left pixel in its lower half and of the right one in its upper half.
  const weights = v128.or(i32x4.sub(i32x4.splat(256), wx), i32x4.shl(wx, 16));
  const above = i32x4.dot_i16x8_s(i16x8.extend_low_i8x16_u(upper), weights);
  const below = i32x4.dot_i16x8_s(i16x8.extend_low_i8x16_u(lower), weights);
  return i32x4.add(i32x4.shl(above, 8), i32x4.mul(i32x4.sub(below, above), wy));
}

function clampTone(value: f32, low: f32, high: f32): f32 {
  return max<f32>(low, min<f32>(high, value));
}

/** Two chroma cells as they lie under four output columns. */
function spread(cells: usize): v128 {
  const two = v128.load64_zero(cells);
  return v128.shuffle<i32>(two, two, 0, 0, 1, 1);
}

/**
 * Fills `out` with three planes of `size` × `size`. Chroma is sampled once per 2 × 2 output pixels, left-sited: on the
 * even luma column, between rows.
 *
 * @param cells room for six values per output column, and some
 * @param gain of luma, which comes times 2¹⁶; the factors of chroma likewise
 * @param base what a luma of zero gives
 * @param black outside the picture `low` in all planes instead of the nearest pixel
 */
export function cut(
  luma: usize,
  blue: usize,
  red: usize,
  out: usize,
  cells: usize,
  size: i32,
  gain: f32,
  base: f32,
  low: f32,
  high: f32,
  redFromV: f32,
  greenFromU: f32,
  greenFromV: f32,
  blueFromU: f32,
  black: bool,
): void {
  const maxX = width - 1;
  const maxY = height - 1;
  const chromaX = (width >> 1) - 1;
  const chromaY = (height >> 1) - 1;
  const stepX = fixed(across);
  const stepY = fixed(down);
  const half = <f64>size / 2;
  const plane = (<usize>(size * size)) << 2;
  const greenCells = cells + ((size + 4) << 1);
  const blueCells = greenCells + ((size + 4) << 1);
  const lowest = f32x4.splat(low);
  const highest = f32x4.splat(high);
  const gains = f32x4.splat(gain);
  const bases = f32x4.splat(base);
  const neutral = i32x4.splat(NEUTRAL);
  const stepsX = i32x4.splat(4 * stepX);
  const stepsY = i32x4.splat(4 * stepY);
  for (let row = 0; row < size; row++) {
    if ((row & 1) === 0) {
      const u = 1 - half;
      const v = <f64>row + 1 - half;
      let fx = fixed((left + u * across - v * down - 0.5) / 2);
      let fy = fixed((top + u * down + v * across) / 2 - 0.5);
      const end = (<usize>(size + 1)) << 1;
      let cell: usize = 0;
      while (cell < end) {
        const inside = cell + 16 <= end && within(fx, chromaX) && within(fy, chromaY);
        if (inside && within(fx + 3 * stepX, chromaX) && within(fy + 3 * stepY, chromaY)) {
          const xs = i32x4(fx, fx + stepX, fx + 2 * stepX, fx + 3 * stepX);
          const ys = i32x4(fy, fy + stepY, fy + 2 * stepY, fy + 3 * stepY);
          const cb = f32x4.convert_i32x4_s(i32x4.sub(four(blue, chromaStride, xs, ys), neutral));
          const cr = f32x4.convert_i32x4_s(i32x4.sub(four(red, chromaStride, xs, ys), neutral));
          v128.store(cells + cell, f32x4.add(bases, f32x4.mul(cr, f32x4.splat(redFromV))));
          const green = f32x4.add(bases, f32x4.mul(cb, f32x4.splat(greenFromU)));
          v128.store(greenCells + cell, f32x4.add(green, f32x4.mul(cr, f32x4.splat(greenFromV))));
          v128.store(blueCells + cell, f32x4.add(bases, f32x4.mul(cb, f32x4.splat(blueFromU))));
          fx += 4 * stepX;
          fy += 4 * stepY;
          cell += 16;
          continue;
        }
        const cb = <f32>(sample(blue, chromaStride, chromaX, chromaY, fx, fy) - NEUTRAL);
        const cr = <f32>(sample(red, chromaStride, chromaX, chromaY, fx, fy) - NEUTRAL);
        store<f32>(cells + cell, base + cr * redFromV);
        store<f32>(greenCells + cell, base + cb * greenFromU + cr * greenFromV);
        store<f32>(blueCells + cell, base + cb * blueFromU);
        fx += stepX;
        fy += stepY;
        cell += 4;
      }
    }
    const u = 0.5 - half;
    const v = <f64>row + 0.5 - half;
    let fx = fixed(left + u * across - v * down - 0.5);
    let fy = fixed(top + u * down + v * across - 0.5);
    let xs = i32x4(fx, fx + stepX, fx + 2 * stepX, fx + 3 * stepX);
    let ys = i32x4(fy, fy + stepY, fy + 2 * stepY, fy + 3 * stepY);
    let place = out + ((<usize>(row * size)) << 2);
    let column = 0;
    while (column < size) {
      const inside = within(fx, maxX) && within(fy, maxY);
      if (column + 4 <= size && inside && within(fx + 3 * stepX, maxX) && within(fy + 3 * stepY, maxY)) {
        const grey = f32x4.mul(f32x4.convert_i32x4_s(four(luma, stride, xs, ys)), gains);
        const cell = (column >> 1) << 2;
        const r = f32x4.add(grey, spread(cells + cell));
        const g = f32x4.add(grey, spread(greenCells + cell));
        const b = f32x4.add(grey, spread(blueCells + cell));
        v128.store(place, f32x4.min(f32x4.max(r, lowest), highest));
        v128.store(place + plane, f32x4.min(f32x4.max(g, lowest), highest));
        v128.store(place + 2 * plane, f32x4.min(f32x4.max(b, lowest), highest));
      } else {
        const end = min(4, size - column);
        for (let k = 0; k < end; k++) {
          const px = fx + k * stepX;
          const py = fy + k * stepY;
          const x = px >> SHIFT;
          const y = py >> SHIFT;
          const to = place + (k << 2);
          if (black && (x < 0 || y < 0 || x > maxX || y > maxY)) {
            store<f32>(to, low);
            store<f32>(to + plane, low);
            store<f32>(to + 2 * plane, low);
            continue;
          }
          const grey = <f32>sample(luma, stride, maxX, maxY, px, py) * gain;
          const cell = ((column + k) >> 1) << 2;
          store<f32>(to, clampTone(grey + load<f32>(cells + cell), low, high));
          store<f32>(to + plane, clampTone(grey + load<f32>(greenCells + cell), low, high));
          store<f32>(to + 2 * plane, clampTone(grey + load<f32>(blueCells + cell), low, high));
        }
      }
      column += 4;
      place += 16;
      fx += 4 * stepX;
      fy += 4 * stepY;
      xs = i32x4.add(xs, stepsX);
      ys = i32x4.add(ys, stepsY);
    }
  }
}
