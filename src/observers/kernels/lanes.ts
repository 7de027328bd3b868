/** What several kernels need. AssemblyScript. */

/** Sum of four 32-bit lanes. */
export function lanes(sums: v128): i32 {
  return (
    i32x4.extract_lane(sums, 0) +
    i32x4.extract_lane(sums, 1) +
    i32x4.extract_lane(sums, 2) +
    i32x4.extract_lane(sums, 3)
  );
}

/** Sum of the pixels of a plane. */
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
