import type { Geometry } from './boundary.ts';

/** Two cells out: the outermost marked cells hold both what is inside and what is outside. */
const OUTWARDS = [
  [-2, 0],
  [2, 0],
  [0, -2],
  [0, 2],
] as const;

/**
 * Mean contrast along the outline of a set of cells, code values, all planes summed: a thing stands out from what is round
 * it, where one went the surroundings have closed.
 *
 * @param planes of a quarter of the size: two pixels a side per cell
 */
export function outlineContrast(
  cells: readonly number[],
  { columns, rows, quarter }: Geometry,
  planes: readonly Float32Array[],
): number {
  const inside = new Set(cells);
  const mean = (plane: Float32Array, cell: number) => {
    const i = Math.floor(cell / columns) * 2 * quarter.width + (cell % columns) * 2;
    return (plane[i] + plane[i + 1] + plane[i + quarter.width] + plane[i + quarter.width + 1]) / 4;
  };
  let sum = 0;
  let count = 0;
  for (const cell of cells) {
    const x = cell % columns;
    const y = Math.floor(cell / columns);
    for (const [dx, dy] of OUTWARDS) {
      if (x + dx < 0 || x + dx >= columns || y + dy < 0 || y + dy >= rows) continue;
      const other = cell + dy * columns + dx;
      if (inside.has(other)) continue;
      for (const plane of planes) sum += Math.abs(mean(plane, cell) - mean(plane, other));
      count++;
    }
  }
  return count === 0 ? 0 : sum / count;
}

/** Correlation of two planes over some cells: light and shadow leave the texture as it is, another thing does not. */
export function likeness(
  cells: readonly number[],
  { columns, quarter }: Geometry,
  a: Float32Array,
  b: Float32Array,
): number {
  let [sa, sb, saa, sbb, sab, n] = [0, 0, 0, 0, 0, 0];
  for (const cell of cells) {
    const corner = Math.floor(cell / columns) * 2 * quarter.width + (cell % columns) * 2;
    for (let k = 0; k < 4; k++) {
      const i = corner + (k >> 1) * quarter.width + (k & 1);
      sa += a[i];
      sb += b[i];
      saa += a[i] * a[i];
      sbb += b[i] * b[i];
      sab += a[i] * b[i];
      n++;
    }
  }
  const va = saa / n - (sa / n) ** 2 + 9;
  const vb = sbb / n - (sb / n) ** 2 + 9;
  return (sab / n - (sa / n) * (sb / n)) / Math.sqrt(va * vb);
}
