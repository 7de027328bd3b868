/** How well a luma plane, moved by a fraction of a pixel, fits a later one. AssemblyScript, part of match.ts. */

/** Results of {@link fit}. */
let sumA: f64 = 0;
let sumB: f64 = 0;
let sumAA: f64 = 0;
let sumBB: f64 = 0;
let sumAB: f64 = 0;
let sumApart: f64 = 0;

export function fitted(which: i32): f64 {
  if (which === 0) return sumA;
  if (which === 1) return sumB;
  if (which === 2) return sumAA;
  if (which === 3) return sumBB;
  if (which === 4) return sumAB;
  return sumApart;
}

function floats(at: usize): v128 {
  return f32x4.convert_i32x4_u(i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load32_zero(at))));
}

function lanesOf(sums: v128): f64 {
  return (
    <f64>f32x4.extract_lane(sums, 0) +
    <f64>f32x4.extract_lane(sums, 1) +
    <f64>f32x4.extract_lane(sums, 2) +
    <f64>f32x4.extract_lane(sums, 3)
  );
}

/**
 * Sums over a part of the later plane of its values b, of the earlier plane's values a moved there, bilinear, of their squares
 * and product, and of |b − a|; read by {@link fitted} in the order a, b, a², b², ab, |b − a|. Returns the number of pixels.
 *
 * @param back distance from a pixel to the earlier plane's at the whole part of the shift
 * @param here weights of that pixel, of the one before it, of the one above and of the one before that
 */
export function fit(
  earlier: usize,
  later: usize,
  width: i32,
  left: i32,
  right: i32,
  top: i32,
  bottom: i32,
  back: i32,
  here: f32,
  before: f32,
  above: f32,
  both: f32,
): i32 {
  sumA = sumB = sumAA = sumBB = sumAB = sumApart = 0;
  const step = <usize>width;
  const w0 = f32x4.splat(here);
  const w1 = f32x4.splat(before);
  const w2 = f32x4.splat(above);
  const w3 = f32x4.splat(both);
  for (let row = top; row < bottom; row++) {
    let a = f32x4.splat(0);
    let b = f32x4.splat(0);
    let aa = f32x4.splat(0);
    let bb = f32x4.splat(0);
    let ab = f32x4.splat(0);
    let apart = f32x4.splat(0);
    for (let column = left; column < right; column += 4) {
      const at = <usize>(row * width + column);
      const from = earlier + at - back;
      let p = f32x4.mul(w0, floats(from));
      p = f32x4.add(p, f32x4.mul(w1, floats(from - 1)));
      p = f32x4.add(p, f32x4.mul(w2, floats(from - step)));
      p = f32x4.add(p, f32x4.mul(w3, floats(from - step - 1)));
      let q = floats(later + at);
      if (column + 4 > right) {
        const keep = i32x4.lt_s(i32x4(0, 1, 2, 3), i32x4.splat(right - column));
        p = v128.and(p, keep);
        q = v128.and(q, keep);
      }
      a = f32x4.add(a, p);
      b = f32x4.add(b, q);
      aa = f32x4.add(aa, f32x4.mul(p, p));
      bb = f32x4.add(bb, f32x4.mul(q, q));
      ab = f32x4.add(ab, f32x4.mul(p, q));
      apart = f32x4.add(apart, f32x4.abs(f32x4.sub(q, p)));
    }
    sumA += lanesOf(a);
    sumB += lanesOf(b);
    sumAA += lanesOf(aa);
    sumBB += lanesOf(bb);
    sumAB += lanesOf(ab);
    sumApart += lanesOf(apart);
  }
  return max(0, right - left) * max(0, bottom - top);
}
