/** A connected set of marked cells. */
export interface Component {
  cells: number[];
  /** Sum of the cells' weights. */
  weight: number;
  left: number;
  top: number;
  right: number;
  bottom: number;
  /** Share of its cells on the picture's edge. */
  edge: number;
}

/** Connected sets (eight neighbours) of cells with a weight above 0, heaviest first. */
export function components(weights: Float32Array, columns: number, rows: number): Component[] {
  const seen = new Uint8Array(weights.length);
  const found: Component[] = [];
  for (let start = 0; start < weights.length; start++) {
    if (seen[start] || !(weights[start] > 0)) continue;
    const part: Component = { cells: [start], weight: 0, left: columns, top: rows, right: -1, bottom: -1, edge: 0 };
    seen[start] = 1;
    for (let next = 0; next < part.cells.length; next++) {
      const cell = part.cells[next];
      const x = cell % columns;
      const y = Math.floor(cell / columns);
      part.weight += weights[cell];
      part.left = Math.min(part.left, x);
      part.right = Math.max(part.right, x);
      part.top = Math.min(part.top, y);
      part.bottom = Math.max(part.bottom, y);
      if (x === 0 || y === 0 || x === columns - 1 || y === rows - 1) part.edge++;
      for (let dy = -1; dy <= 1; dy++) {
        for (let dx = -1; dx <= 1; dx++) {
          const other = cell + dy * columns + dx;
          if (x + dx < 0 || x + dx >= columns || y + dy < 0 || y + dy >= rows) continue;
          if (seen[other] || !(weights[other] > 0)) continue;
          seen[other] = 1;
          part.cells.push(other);
        }
      }
    }
    part.edge /= part.cells.length;
    found.push(part);
  }
  return found.sort((a, b) => b.weight - a.weight);
}

/** A cell and those next to it. */
export function neighbours(x: number, y: number, columns: number, rows: number): number[] {
  const found: number[] = [];
  for (let dy = -1; dy <= 1; dy++) {
    for (let dx = -1; dx <= 1; dx++) {
      if (x + dx < 0 || x + dx >= columns || y + dy < 0 || y + dy >= rows) continue;
      found.push((y + dy) * columns + x + dx);
    }
  }
  return found;
}
