/**
 * What of one feature map is found anywhere in another. AssemblyScript: `npm run kernels` compiles it to WebAssembly.
 *
 * Maps are pointers to cells of `channels` floats of unit length; `channels` is a multiple of four.
 */

/** Inner products of one cell with two others, the larger. */
function likest(a: usize, b: usize, bytes: usize): f32 {
  let first = f32x4.splat(0);
  let second = f32x4.splat(0);
  for (let at: usize = 0; at < bytes; at += 16) {
    const one = v128.load(a + at);
    first = f32x4.add(first, f32x4.mul(one, v128.load(b + at)));
    second = f32x4.add(second, f32x4.mul(one, v128.load(b + bytes + at)));
  }
  return max(lanes(first), lanes(second));
}

function lanes(sums: v128): f32 {
  return (
    f32x4.extract_lane(sums, 0) +
    f32x4.extract_lane(sums, 1) +
    (f32x4.extract_lane(sums, 2) + f32x4.extract_lane(sums, 3))
  );
}

/**
 * 1 − cosine of every cell of `from` to the likest cell of `to`, where `best` does not hold a value below `found` already; into
 * `best`. The cell after the last of `to` must be there and may hold anything that is like nothing.
 */
export function nearest(from: usize, to: usize, cells: i32, channels: i32, best: usize, found: f32): void {
  const bytes = (<usize>channels) << 2;
  const end = to + <usize>cells * bytes;
  for (let cell = 0; cell < cells; cell++) {
    const known = best + ((<usize>cell) << 2);
    if (load<f32>(known) < found) continue;
    const a = from + <usize>cell * bytes;
    let like: f32 = 1 - load<f32>(known);
    for (let b = to; b < end; b += 2 * bytes) like = max(like, likest(a, b, bytes));
    store<f32>(known, 1 - like);
  }
}
