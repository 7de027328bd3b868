/**
 * A byte plane at another size. AssemblyScript: `npm run kernels` compiles it to WebAssembly.
 *
 * An axis is, for every output pixel, its first source pixel and `taps` weights.
 */

/** Sixteen pixels of a row times `weight`, added to four vectors of floats at `line`. */
function addRow(line: usize, row: usize, weight: v128): void {
  const bytes = v128.load(row);
  const low = i16x8.extend_low_i8x16_u(bytes);
  const high = i16x8.extend_high_i8x16_u(bytes);
  accumulate(line, i32x4.extend_low_i16x8_u(low), weight);
  accumulate(line + 16, i32x4.extend_high_i16x8_u(low), weight);
  accumulate(line + 32, i32x4.extend_low_i16x8_u(high), weight);
  accumulate(line + 48, i32x4.extend_high_i16x8_u(high), weight);
}

function accumulate(at: usize, pixels: v128, weight: v128): void {
  v128.store(at, f32x4.add(v128.load(at), f32x4.mul(f32x4.convert_i32x4_u(pixels), weight)));
}

/**
 * Fills `out`, rows without gaps, with floats.
 *
 * @param plane rows `stride` bytes apart, fifteen bytes more than it needs
 * @param line room for a row of the source as floats, fifteen and `across` more than it needs
 */
export function resample(
  plane: usize,
  stride: i32,
  sourceWidth: i32,
  out: usize,
  width: i32,
  height: i32,
  left: usize,
  across: i32,
  xWeights: usize,
  top: usize,
  down: i32,
  yWeights: usize,
  line: usize,
): void {
  for (let row = 0; row < height; row++) {
    memory.fill(line, 0, (<usize>(((sourceWidth + 15) & ~15) + across)) << 2);
    const first = load<i32>(top + ((<usize>row) << 2));
    for (let tap = 0; tap < down; tap++) {
      const weight = load<f32>(yWeights + ((<usize>(row * down + tap)) << 2));
      if (weight === 0) continue;
      const weights = f32x4.splat(weight);
      const from = plane + (first + tap) * stride;
      for (let x = 0; x < sourceWidth; x += 16) addRow(line + ((<usize>x) << 2), from + x, weights);
    }
    let weightAt = xWeights;
    for (let column = 0; column < width; column++) {
      let at = line + ((<usize>load<i32>(left + ((<usize>column) << 2))) << 2);
      let sum: f32 = 0;
      for (let tap = 0; tap < across; tap++, at += 4, weightAt += 4) sum += load<f32>(at) * load<f32>(weightAt);
      store<f32>(out, sum);
      out += 4;
    }
  }
}
