/** Planes at half their size. AssemblyScript, part of flow.ts and match.ts. */

/** Means of 2 × 2 pixels, rounded; `width`, `height` and `stride` of the smaller plane. */
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

/** The same for planes without padding: a lone row or column of the source is read twice. */
export function halveWhole(
  source: usize,
  sourceWidth: i32,
  sourceHeight: i32,
  target: usize,
  width: i32,
  height: i32,
): void {
  if (sourceWidth > 1) {
    halve(source, sourceHeight > 1 ? sourceWidth : 0, target, width, height, width);
    return;
  }
  for (let row = 0; row < height; row++) {
    const from = source + row * 2;
    const below = sourceHeight > 1 ? from + 1 : from;
    store<u8>(target + row, (2 * (<i32>load<u8>(from) + <i32>load<u8>(below)) + 2) >> 2);
  }
}
