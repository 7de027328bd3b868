/**
 * Pairs rows with columns at the least total cost (Hungarian method with potentials, O(n²m)). Costs of `Infinity` are
 * never paired.
 * @param cost `rows × columns`, row by row
 * @returns the column of each row, −1 for none
 */
export function assign(cost: readonly number[], rows: number, columns: number): number[] {
  // Rows and columns that go with nothing need no thought; mostly few are left.
  const live = { rows: new Set<number>(), columns: new Set<number>() };
  cost.forEach((value, k) => {
    if (!Number.isFinite(value)) return;
    live.rows.add(Math.floor(k / columns));
    live.columns.add(k % columns);
  });
  const liveRows = [...live.rows];
  const liveColumns = [...live.columns].sort((a, b) => a - b);
  const part = liveRows.flatMap(row => liveColumns.map(column => cost[row * columns + column]));
  const found = hungarian(part, liveRows.length, liveColumns.length);
  const columnOf = new Array<number>(rows).fill(-1);
  liveRows.forEach((row, k) => {
    if (found[k] >= 0) columnOf[row] = liveColumns[found[k]];
  });
  return columnOf;
}

function hungarian(cost: readonly number[], rows: number, columns: number): number[] {
  const size = Math.max(rows, columns);
  if (size === 0) return [];
  // Forbidden and missing pairs cost more than all allowed ones together, so that they are used only where nothing else is left.
  let most = 1;
  for (const value of cost) if (Number.isFinite(value)) most += Math.abs(value);
  const at = (row: number, column: number): number => {
    if (row >= rows || column >= columns) return most;
    const value = cost[row * columns + column];
    return Number.isFinite(value) ? value : most;
  };
  const rowPotential = new Float64Array(size + 1);
  const columnPotential = new Float64Array(size + 1);
  const rowOf = new Int32Array(size + 1);
  const way = new Int32Array(size + 1);
  for (let row = 1; row <= size; row++) {
    rowOf[0] = row;
    let column = 0;
    const least = new Float64Array(size + 1).fill(Number.POSITIVE_INFINITY);
    const used = new Uint8Array(size + 1);
    do {
      used[column] = 1;
      const current = rowOf[column];
      let delta = Number.POSITIVE_INFINITY;
      let next = 0;
      for (let j = 1; j <= size; j++) {
        if (used[j]) continue;
        const reduced = at(current - 1, j - 1) - rowPotential[current] - columnPotential[j];
        if (reduced < least[j]) {
          least[j] = reduced;
          way[j] = column;
        }
        if (least[j] < delta) {
          delta = least[j];
          next = j;
        }
      }
      for (let j = 0; j <= size; j++) {
        if (used[j]) {
          rowPotential[rowOf[j]] += delta;
          columnPotential[j] -= delta;
        } else least[j] -= delta;
      }
      column = next;
    } while (rowOf[column] !== 0);
    while (column !== 0) {
      rowOf[column] = rowOf[way[column]];
      column = way[column];
    }
  }
  const columnOf = new Array<number>(rows).fill(-1);
  for (let j = 1; j <= columns; j++) {
    const row = rowOf[j] - 1;
    if (row >= 0 && row < rows && Number.isFinite(cost[row * columns + j - 1])) columnOf[row] = j - 1;
  }
  return columnOf;
}
