/**
 * Least-squares parabola of values over times: value, slope and curvature (second derivative) at time 0, and the root mean
 * square error. A straight line through fewer than four points, a constant through one.
 *
 * @param n how many of the points count
 * @param straight fits a straight line
 */
export function parabola(
  times: readonly number[],
  values: readonly number[],
  n = times.length,
  straight = false,
): { at: number; slope: number; curve: number; error: number } {
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  let s4 = 0;
  let v0 = 0;
  let v1 = 0;
  let v2 = 0;
  for (let i = 0; i < n; i++) {
    const t = times[i];
    const v = values[i];
    const tt = t * t;
    s1 += t;
    s2 += tt;
    s3 += tt * t;
    s4 += tt * tt;
    v0 += v;
    v1 += v * t;
    v2 += v * tt;
  }
  // Sums about the means, then Gauss on what is left: two equations, or one.
  const [m1, m2, mv] = [s1 / n, s2 / n, v0 / n];
  const c11 = s2 - s1 * m1;
  const c12 = s3 - s1 * m2;
  const c22 = s4 - s2 * m2;
  const d1 = v1 - s1 * mv;
  const d2 = v2 - s2 * mv;
  const determinant = c11 * c22 - c12 * c12;
  const bends = !straight && n >= 4 && determinant > 1e-9 * c11 * c22;
  const half = bends ? (c11 * d2 - c12 * d1) / determinant : 0;
  const slope = c11 > 0 ? (d1 - c12 * half) / c11 : 0;
  const at = mv - slope * m1 - half * m2;
  let squares = 0;
  for (let i = 0; i < n; i++) {
    const left = values[i] - at - slope * times[i] - half * times[i] * times[i];
    squares += left * left;
  }
  return { at, slope, curve: 2 * half, error: Math.sqrt(squares / Math.max(1, n)) };
}
