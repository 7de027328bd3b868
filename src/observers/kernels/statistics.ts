/** Level and colour of a picture. AssemblyScript, part of match.ts. */

/**
 * Adds the pixels of a rectangle of a plane to a histogram and returns their sum. The histogram is four of 256 32-bit counts each,
 * neighbours counting in turn: equal values in a row would otherwise wait for each other.
 */
export function histogram(plane: usize, width: i32, left: i32, right: i32, top: i32, bottom: i32, counts: usize): i32 {
  let sum = 0;
  for (let row = top; row < bottom; row++) {
    let at = plane + row * width + left;
    const end = plane + row * width + right;
    for (; at + 4 <= end; at += 4) {
      const four = load<u32>(at);
      const a = four & 255;
      const b = (four >> 8) & 255;
      const c = (four >> 16) & 255;
      const d = four >> 24;
      sum += a + b + c + d;
      const pa = counts + (a << 2);
      const pb = counts + 1024 + (b << 2);
      const pc = counts + 2048 + (c << 2);
      const pd = counts + 3072 + (d << 2);
      store<u32>(pa, load<u32>(pa) + 1);
      store<u32>(pb, load<u32>(pb) + 1);
      store<u32>(pc, load<u32>(pc) + 1);
      store<u32>(pd, load<u32>(pd) + 1);
    }
    for (; at < end; at++) {
      const value = <u32>load<u8>(at);
      sum += value;
      const place = counts + (value << 2);
      store<u32>(place, load<u32>(place) + 1);
    }
  }
  return sum;
}

/** Sum over two chroma planes of each sample's distance from neutral. */
export function saturation(blue: usize, red: usize, pixels: i32): f64 {
  const neutral = f32x4.splat(128);
  let sum: f64 = 0;
  let at: usize = 0;
  const end = <usize>pixels;
  // Sums of a few hundred samples keep all their digits.
  while (at + 4 <= end) {
    let part = f32x4.splat(0);
    const stop = min(end, at + 1024);
    for (; at + 4 <= stop; at += 4) {
      const du = f32x4.sub(four(blue + at), neutral);
      const dv = f32x4.sub(four(red + at), neutral);
      part = f32x4.add(part, f32x4.sqrt(f32x4.add(f32x4.mul(du, du), f32x4.mul(dv, dv))));
    }
    sum +=
      <f64>f32x4.extract_lane(part, 0) +
      <f64>f32x4.extract_lane(part, 1) +
      <f64>f32x4.extract_lane(part, 2) +
      <f64>f32x4.extract_lane(part, 3);
  }
  for (; at < end; at++) {
    const du = <f64>(<i32>load<u8>(blue + at) - 128);
    const dv = <f64>(<i32>load<u8>(red + at) - 128);
    sum += sqrt(du * du + dv * dv);
  }
  return sum;
}

function four(at: usize): v128 {
  return f32x4.convert_i32x4_u(i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load32_zero(at))));
}

/**
 * Histogram over levels of luma and bins of both chromas: one vote per chroma sample, with the luma of its top left pixel.
 *
 * @param bins the bin of every chroma value, a byte each, below 8
 * @param out 1024 32-bit counts: (level · 8 + blue) · 8 + red
 */
export function joint(luma: usize, blue: usize, red: usize, width: i32, height: i32, bins: usize, out: usize): void {
  memory.fill(out, 0, 4096);
  const columns = width >> 1;
  const rows = height >> 1;
  for (let row = 0; row < rows; row++) {
    let at = luma + row * 2 * width;
    let chroma: usize = row * columns;
    for (let column = 0; column < columns; column++) {
      const level = <u32>load<u8>(at) >> 4;
      const b = <u32>load<u8>(bins + load<u8>(blue + chroma));
      const r = <u32>load<u8>(bins + load<u8>(red + chroma));
      const place = out + (((level << 6) | (b << 3) | r) << 2);
      store<u32>(place, load<u32>(place) + 1);
      at += 2;
      chroma++;
    }
  }
}
