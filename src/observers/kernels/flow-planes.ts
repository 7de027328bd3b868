/** Planes of the dense flow and how they are read. AssemblyScript, part of flow.ts. */
export const PATCH: i32 = 8;
export const STEP: i32 = 4;
export const PAD: i32 = 16;

/** Patches across a side of that many pixels. */
export function patches(side: i32): i32 {
  return (side - PATCH + STEP - 1) / STEP + 1;
}

/** Repeats the outermost pixels of a plane PAD times on every side. */
export function pad(plane: usize, width: i32, height: i32, stride: i32): void {
  for (let y = 0; y < height; y++) {
    const row = plane + y * stride;
    memory.fill(row - PAD, load<u8>(row), PAD);
    memory.fill(row + width, load<u8>(row + width - 1), PAD);
  }
  const first = plane - PAD;
  const last = plane + (height - 1) * stride - PAD;
  for (let y = 1; y <= PAD; y++) {
    memory.copy(first - y * stride, first, width + 2 * PAD);
    memory.copy(last + y * stride, last, width + 2 * PAD);
  }
}

/** Means of 2 × 2 pixels, rounded; `width` and `height` of the smaller plane. */
export function halve(source: usize, sourceStride: i32, target: usize, width: i32, height: i32, stride: i32): void {
  for (let y = 0; y < height; y++) {
    let upper = source + 2 * y * sourceStride;
    let place = target + y * stride;
    let x = 0;
    for (; x + 8 <= width; x += 8) {
      const sum = i16x8.add(
        i16x8.extadd_pairwise_i8x16_u(v128.load(upper)),
        i16x8.extadd_pairwise_i8x16_u(v128.load(upper + sourceStride)),
      );
      const mean = i16x8.shr_u(i16x8.add(sum, i16x8.splat(2)), 2);
      v128.store64_lane(place, i8x16.narrow_i16x8_u(mean, mean), 0);
      upper += 16;
      place += 8;
    }
    for (; x < width; x++) {
      const sum: i32 =
        (load<u8>(upper) as i32) +
        (load<u8>(upper + 1) as i32) +
        (load<u8>(upper + sourceStride) as i32) +
        (load<u8>(upper + sourceStride + 1) as i32);
      store<u8>(place, ((sum + 2) >> 2) as u8);
      upper += 2;
      place += 1;
    }
  }
}

/** Central differences of a padded plane, 16 bits each, rows of `width` (one vector may be written past the end). */
export function gradients(plane: usize, stride: i32, width: i32, height: i32, across: usize, down: usize): void {
  for (let y = 0; y < height; y++) {
    const row = plane + y * stride;
    const out = (y * width) << 1;
    for (let x = 0; x < width; x += 8) {
      const at = row + x;
      const place = out + (x << 1);
      v128.store(across + place, i16x8.sub(wide(at + 1), wide(at - 1)));
      v128.store(down + place, i16x8.sub(wide(at + stride), wide(at - stride)));
    }
  }
}

/** Eight pixels as 16-bit lanes. */
export function wide(at: usize): v128 {
  return v128.load_ext<u8>(at);
}

/** Keeps a sampled patch inside the padding. */
export function clamped(place: f32, side: i32): f32 {
  return min<f32>(max<f32>(place, -12), (side + 3) as f32);
}
