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
