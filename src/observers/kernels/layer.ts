/**
 * One layer of a small network over windows × rows × columns × values. AssemblyScript: `npm run kernels` compiles it to
 * WebAssembly.
 *
 * Values of a cell lie side by side as floats; outputs are a multiple of four.
 */

/** Adds `value` times a row of `outputs` weights to the outputs of a cell. */
function addInput(out: usize, value: f32, weight: usize, bytes: usize): void {
  const factor = f32x4.splat(value);
  for (let o: usize = 0; o < bytes; o += 16)
    v128.store(out + o, f32x4.add(v128.load(out + o), f32x4.mul(factor, v128.load(weight + o))));
}

/**
 * Fills `out`; cells outside count as zero.
 *
 * @param taps three integers per tap: windows, rows, columns away
 * @param weight tap × input × output
 */
export function convolve(
  input: usize,
  windows: i32,
  rows: i32,
  columns: i32,
  inputs: i32,
  taps: usize,
  tapCount: i32,
  weight: usize,
  bias: usize,
  out: usize,
  outputs: i32,
): void {
  const bytes = (<usize>outputs) << 2;
  const row = (<usize>inputs) << 2;
  for (let t = 0; t < windows; t++)
    for (let y = 0; y < rows; y++)
      for (let x = 0; x < columns; x++, out += bytes) {
        memory.copy(out, bias, bytes);
        for (let tap = 0; tap < tapCount; tap++) {
          const offset = taps + <usize>tap * 12;
          const tt = t + load<i32>(offset);
          const yy = y + load<i32>(offset, 4);
          const xx = x + load<i32>(offset, 8);
          if (tt < 0 || tt >= windows || yy < 0 || yy >= rows || xx < 0 || xx >= columns) continue;
          const from = input + <usize>((tt * rows + yy) * columns + xx) * row;
          let w = weight + <usize>tap * row * <usize>outputs;
          for (let i: usize = 0; i < row; i += 4, w += bytes) {
            const value = load<f32>(from + i);
            if (value !== 0) addInput(out, value, w, bytes);
          }
        }
      }
}

/** What is below zero becomes zero; `count` floats, a multiple of four. */
export function rectify(values: usize, count: i32): void {
  const end = values + ((<usize>count) << 2);
  for (; values < end; values += 16) v128.store(values, f32x4.max(v128.load(values), f32x4.splat(0)));
}

/** Adds the positive part of `more` to `values`; `count` floats, a multiple of four. */
export function addPositive(values: usize, more: usize, count: i32): void {
  const end = values + ((<usize>count) << 2);
  for (; values < end; values += 16, more += 16)
    v128.store(values, f32x4.add(v128.load(values), f32x4.max(v128.load(more), f32x4.splat(0))));
}
