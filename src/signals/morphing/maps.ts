import { DRIFT_MAPS, DRIFT_MOST, type DriftMap, type SemanticDrift } from '../../signals.ts';

/** Values by packed byte, one table per map. */
const tables = Object.fromEntries(
  DRIFT_MAPS.map(name => [name, Float32Array.from({ length: 256 }, (_, byte) => DRIFT_MOST[name] * (byte / 255) ** 2)]),
) as Record<DriftMap, Float32Array>;

/** One map of one window, one value per cell, row-major; units as in {@link DRIFT_MAPS}. */
export function driftMap(drift: SemanticDrift, window: number, name: DriftMap): Float32Array {
  const cells = drift.columns * drift.rows;
  const from = (window * DRIFT_MAPS.length + DRIFT_MAPS.indexOf(name)) * cells;
  const table = tables[name];
  const out = new Float32Array(cells);
  for (let k = 0; k < cells; k++) out[k] = table[drift.packed[from + k]];
  return out;
}

type Grid = Pick<SemanticDrift, 'columns' | 'rows'>;

/** The largest of the 3 × 3 cells around each. */
export function dilated(values: Float32Array, { columns, rows }: Grid): Float32Array {
  const out = new Float32Array(values.length);
  for (let row = 0, cell = 0; row < rows; row++)
    for (let column = 0; column < columns; column++, cell++) {
      let most = -Infinity;
      for (let r = Math.max(0, row - 1); r <= Math.min(rows - 1, row + 1); r++)
        for (let c = Math.max(0, column - 1); c <= Math.min(columns - 1, column + 1); c++)
          most = Math.max(most, values[r * columns + c]);
      out[cell] = most;
    }
  return out;
}

/** The mean of the 3 × 3 cells around each, the picture's edge repeated. */
export function blurred(values: Float32Array, { columns, rows }: Grid): Float32Array {
  const out = new Float32Array(values.length);
  for (let row = 0, cell = 0; row < rows; row++)
    for (let column = 0; column < columns; column++, cell++) {
      let sum = 0;
      for (let y = -1; y <= 1; y++) {
        const r = Math.min(rows - 1, Math.max(0, row + y));
        for (let x = -1; x <= 1; x++) sum += values[r * columns + Math.min(columns - 1, Math.max(0, column + x))];
      }
      out[cell] = sum / 9;
    }
  return out;
}
