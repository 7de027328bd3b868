import { type LumaGrid, SHOT_GRID } from '../signals.ts';

/** Values of one frame in {@link Signals.lumaGrid}. */
export const CELLS = SHOT_GRID.columns * SHOT_GRID.rows;

/** Whole numbers are 256ths of a luma code value. */
const unitsPerCode = (grid: LumaGrid): number => (grid instanceof Uint16Array ? 256 : 1);

/** Sum of the squared differences of two frames' grids, in the grid's own units. */
export function gridSquares(grid: LumaGrid, a: number, b: number): number {
  let sum = 0;
  for (let i = a * CELLS, k = b * CELLS, end = i + CELLS; i < end; i++, k++) {
    const step = grid[k] - grid[i];
    sum += step * step;
  }
  return sum;
}

/** Root mean square difference of two frames' grids, in luma code values. */
export const gridDistance = (grid: LumaGrid, a: number, b: number): number =>
  Math.sqrt(gridSquares(grid, a, b) / CELLS) / unitsPerCode(grid);

/** Correlation of two frames' grids, −1 … 1; 0 where either is flat. */
export function gridCorrelation(grid: LumaGrid, a: number, b: number): number {
  let sumA = 0;
  let sumB = 0;
  let sumAA = 0;
  let sumBB = 0;
  let sumAB = 0;
  for (let i = a * CELLS, k = b * CELLS, end = i + CELLS; i < end; i++, k++) {
    sumA += grid[i];
    sumB += grid[k];
    sumAA += grid[i] * grid[i];
    sumBB += grid[k] * grid[k];
    sumAB += grid[i] * grid[k];
  }
  // Less than half a code value of deviation is rounding.
  const least = (0.5 * unitsPerCode(grid)) ** 2 * CELLS;
  const varianceA = sumAA - (sumA * sumA) / CELLS;
  const varianceB = sumBB - (sumB * sumB) / CELLS;
  if (varianceA < least || varianceB < least) return 0;
  return (sumAB - (sumA * sumB) / CELLS) / Math.sqrt(varianceA * varianceB);
}

/** Where a frame lies between two others: the share of the second in it, and what neither explains. */
export interface Mixture {
  /** Least-squares share of the second frame, 0 at the first, 1 at the second. */
  share: number;
  /** Size of what is left over, relative to the distance of the two. */
  residual: number;
}

/**
 * Explains frame `s` as a linear mix of the frames `a` and `b`. The two must differ.
 *
 * @param length sum of the squared differences of `a` and `b`: {@link gridSquares}
 */
export function mixture(grid: LumaGrid, a: number, b: number, s: number, length: number, out: Mixture): void {
  let along = 0;
  let whole = 0;
  for (let i = a * CELLS, k = b * CELLS, j = s * CELLS, end = i + CELLS; i < end; i++, k++, j++) {
    const offset = grid[j] - grid[i];
    along += (grid[k] - grid[i]) * offset;
    whole += offset * offset;
  }
  out.share = along / length;
  out.residual = Math.sqrt(Math.max(0, whole - (along * along) / length) / length);
}
