/** Points (x, y, z, …) around their mean. */
export function centred(points: Float64Array): { points: Float64Array; centre: [number, number, number] } {
  const centre: [number, number, number] = [0, 0, 0];
  for (let i = 0; i < points.length; i++) centre[i % 3] += (points[i] * 3) / points.length;
  return { points: points.map((value, i) => value - centre[i % 3]), centre };
}

/** Row-major rotation times scale that lays `from` onto `to`, both centred, in the least squares sense. */
export function similarity(from: Float64Array, to: Float64Array): Float64Array {
  const cross = new Float64Array(9);
  let squares = 0;
  for (let i = 0; i < from.length; i += 3) {
    for (let r = 0; r < 3; r++) for (let c = 0; c < 3; c++) cross[3 * r + c] += to[i + r] * from[i + c];
    squares += from[i] ** 2 + from[i + 1] ** 2 + from[i + 2] ** 2;
  }
  const rotation = nearestRotation(cross);
  let trace = 0;
  for (let i = 0; i < 9; i++) trace += rotation[i] * cross[i];
  const scale = trace / (squares || 1);
  return rotation.map(value => value * scale);
}

/** The rotation of a matrix's polar decomposition, by Newton's iteration (Higham 1986): faces have depth, so it is regular. */
function nearestRotation(matrix: Float64Array): Float64Array {
  let x = matrix.slice();
  for (let round = 0; round < 30; round++) {
    const [a, b, c, d, e, f, g, h, i] = x;
    const cofactors = [
      e * i - f * h,
      f * g - d * i,
      d * h - e * g,
      c * h - b * i,
      a * i - c * g,
      b * g - a * h,
      b * f - c * e,
      c * d - a * f,
      a * e - b * d,
    ];
    const determinant = a * cofactors[0] + b * cofactors[1] + c * cofactors[2];
    if (!(Math.abs(determinant) > 1e-300)) return Float64Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1);
    const balance = Math.abs(determinant) ** (-1 / 3);
    let change = 0;
    const next = x.map((value, k) => {
      const better = 0.5 * (value * balance + cofactors[k] / (determinant * balance));
      change = Math.max(change, Math.abs(better - value));
      return better;
    });
    x = next;
    if (change < 1e-12) break;
  }
  return x;
}

/** A row-major 3 × 3 matrix times a point. */
export const apply = (m: Float64Array, x: number, y: number, z: number): [number, number, number] => [
  m[0] * x + m[1] * y + m[2] * z,
  m[3] * x + m[4] * y + m[5] * z,
  m[6] * x + m[7] * y + m[8] * z,
];
