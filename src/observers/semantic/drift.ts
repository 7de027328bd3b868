import type { Anywhere } from './anywhere.ts';
import { cellLikeness, type FeatureMap, sampleFeatures } from './features.ts';

/** What is kept of one look: features at three strides and, once the next look came, the flow to it and back. */
export interface Look {
  frame: number;
  /** Strides 8, 16 and 32. */
  features: [FeatureMap, FeatureMap, FeatureMap];
  /** Luma gradient per stride-8 cell, code values. */
  detail: Float32Array;
  /** Mean absolute luma change to the next look per stride-8 cell, code values. */
  change: Float32Array;
  /** Where stride-8 cells go until the next look, and where those of the next look came from, in stride-8 cells. */
  forwardX: Float32Array;
  forwardY: Float32Array;
  backwardX: Float32Array;
  backwardY: Float32Array;
}

/** A place outside the picture cannot be trusted: the largest disagreement that a map holds, in network pixels. */
export const LOST = 24;

/** Paths of cells over consecutive looks. */
interface Paths {
  /** Place after each look, looks × cells, in cells of the grid. */
  x: Float32Array[];
  y: Float32Array[];
  /** Worst disagreement of the way there and back along the path, in network pixels. */
  doubt: Float32Array;
  /** Mean length of a step, in network pixels. */
  motion: Float32Array;
}

const bilinear = (values: Float32Array, columns: number, rows: number, x: number, y: number): number => {
  const px = Math.min(columns - 1, Math.max(0, x));
  const py = Math.min(rows - 1, Math.max(0, y));
  const left = Math.floor(px);
  const top = Math.floor(py);
  const across = px - left;
  const down = py - top;
  const i = top * columns + left;
  const right = left + 1 < columns ? 1 : 0;
  const below = top + 1 < rows ? columns : 0;
  return (
    (1 - down) * ((1 - across) * values[i] + across * values[i + right]) +
    down * ((1 - across) * values[i + below] + across * values[i + below + right])
  );
};

/** Follows every cell of a grid that is `coarser` times coarser than stride 8 through the looks. */
function follow(looks: readonly Look[], grid: FeatureMap, fine: FeatureMap, coarser: number): Paths {
  const { columns, rows } = grid;
  const cells = columns * rows;
  const steps = looks.length - 1;
  const paths: Paths = {
    x: Array.from({ length: steps }, () => new Float32Array(cells)),
    y: Array.from({ length: steps }, () => new Float32Array(cells)),
    doubt: new Float32Array(cells),
    motion: new Float32Array(cells),
  };
  for (let cell = 0; cell < cells; cell++) {
    // In stride-8 cells: the centre of a coarser cell lies between the finer ones.
    const centre = (coarser - 1) / 2;
    let x = (cell % columns) * coarser + centre;
    let y = Math.floor(cell / columns) * coarser + centre;
    let doubt = 0;
    let way = 0;
    for (let step = 0; step < steps; step++) {
      const { forwardX, forwardY, backwardX, backwardY } = looks[step];
      const dx = bilinear(forwardX, fine.columns, fine.rows, x, y);
      const dy = bilinear(forwardY, fine.columns, fine.rows, x, y);
      x += dx;
      y += dy;
      way += Math.hypot(dx, dy);
      const back = Math.hypot(
        dx + bilinear(backwardX, fine.columns, fine.rows, x, y),
        dy + bilinear(backwardY, fine.columns, fine.rows, x, y),
      );
      doubt = Math.max(doubt, 8 * back);
      if (x < 0.5 || y < 0.5 || x > fine.columns - 1.5 || y > fine.rows - 1.5) doubt = LOST;
      paths.x[step][cell] = (x - centre) / coarser;
      paths.y[step][cell] = (y - centre) / coarser;
    }
    paths.doubt[cell] = Math.min(LOST, doubt);
    paths.motion[cell] = (8 * way) / steps;
  }
  return paths;
}

/** How features change along paths. */
interface Change {
  /** 1 − cosine of the first and the last. */
  net: Float32Array;
  /** Mean 1 − cosine of neighbouring looks. */
  step: Float32Array;
  /** Mean length of the second difference. */
  jerk: Float32Array;
}

function changeAlong(maps: readonly FeatureMap[], paths: Paths): Change {
  const { columns, rows, channels, unit } = maps[0];
  const cells = columns * rows;
  const result: Change = { net: new Float32Array(cells), step: new Float32Array(cells), jerk: new Float32Array(cells) };
  const seen = maps.map(() => new Float32Array(channels));
  for (let cell = 0; cell < cells; cell++) {
    seen[0].set(unit.subarray(cell * channels, (cell + 1) * channels));
    for (let k = 1; k < maps.length; k++) sampleFeatures(maps[k], paths.x[k - 1][cell], paths.y[k - 1][cell], seen[k]);
    let step = 0;
    let jerk = 0;
    for (let k = 1; k < maps.length; k++) {
      step += 1 - dot(seen[k], seen[k - 1]);
      if (k > 1) jerk += bend(seen[k - 2], seen[k - 1], seen[k]);
    }
    result.net[cell] = 1 - dot(seen[0], seen[maps.length - 1]);
    result.step[cell] = step / (maps.length - 1);
    result.jerk[cell] = jerk / (maps.length - 2);
  }
  return result;
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum += a[k] * b[k];
  return sum;
}

function bend(a: Float32Array, b: Float32Array, c: Float32Array): number {
  let sum = 0;
  for (let k = 0; k < a.length; k++) {
    const d = a[k] - 2 * b[k] + c[k];
    sum += d * d;
  }
  return Math.sqrt(sum);
}

/** 1 − cosine to the best cell of a later map within `reach` cells of where the path leads. */
function bestNear(from: FeatureMap, to: FeatureMap, x: Float32Array, y: Float32Array, reach: number): Float32Array {
  const { columns, rows } = from;
  const out = new Float32Array(columns * rows);
  for (let cell = 0; cell < out.length; cell++) {
    const cx = Math.round(x[cell]);
    const cy = Math.round(y[cell]);
    let best = -1;
    for (let row = Math.max(0, cy - reach); row <= Math.min(rows - 1, cy + reach); row++)
      for (let column = Math.max(0, cx - reach); column <= Math.min(columns - 1, cx + reach); column++)
        best = Math.max(best, cellLikeness(from, cell, to, row * columns + column));
    out[cell] = 1 - best;
  }
  return out;
}

/** A cell that is found this well near its path is not looked for elsewhere. */
const FOUND = 0.12;

/** The largest value of the 2 × 2 finer cells under each coarser one. */
function largest(fine: Float32Array, { columns: across, rows: down }: FeatureMap, coarse: FeatureMap): Float32Array {
  const out = new Float32Array(coarse.columns * coarse.rows);
  for (let cell = 0; cell < out.length; cell++) {
    const x = 2 * (cell % coarse.columns);
    const y = 2 * Math.floor(cell / coarse.columns);
    let most = 0;
    for (let row = y; row < Math.min(down, y + 2); row++)
      for (let column = x; column < Math.min(across, x + 2); column++)
        most = Math.max(most, fine[row * across + column]);
    out[cell] = most;
  }
  return out;
}

function meanOf(fine: Float32Array, { columns: across, rows: down }: FeatureMap, coarse: FeatureMap): Float32Array {
  const out = new Float32Array(coarse.columns * coarse.rows);
  for (let cell = 0; cell < out.length; cell++) {
    const x = 2 * (cell % coarse.columns);
    const y = 2 * Math.floor(cell / coarse.columns);
    let sum = 0;
    let count = 0;
    for (let row = y; row < Math.min(down, y + 2); row++)
      for (let column = x; column < Math.min(across, x + 2); column++, count++) sum += fine[row * across + column];
    out[cell] = sum / Math.max(1, count);
  }
  return out;
}

/** A coarser grid's values at the cells of the stride-16 grid, linear. */
function spread(values: Float32Array, coarse: FeatureMap, grid: FeatureMap): Float32Array {
  const out = new Float32Array(grid.columns * grid.rows);
  for (let cell = 0; cell < out.length; cell++) {
    const x = ((cell % grid.columns) + 0.5) / 2 - 0.5;
    const y = (Math.floor(cell / grid.columns) + 0.5) / 2 - 0.5;
    out[cell] = bilinear(values, coarse.columns, coarse.rows, x, y);
  }
  return out;
}

/**
 * The maps of one window of five looks on the stride-16 grid, in the order of `DRIFT_MAPS`. Cells belong to the first look: a
 * cell's values say what became of what was there. `anywhere` is for maps of stride 16.
 */
export function driftMaps(looks: readonly Look[], anywhere: Anywhere): Float32Array[] {
  const first = looks[0];
  const last = looks[looks.length - 1];
  const [fine, grid, coarse] = first.features;
  const finePaths = follow(looks, fine, fine, 1);
  const paths = follow(looks, grid, fine, 2);
  const coarsePaths = follow(looks, coarse, fine, 4);
  const end = looks.length - 2;
  const at8 = changeAlong(
    looks.map(({ features }) => features[0]),
    finePaths,
  );
  const at16 = changeAlong(
    looks.map(({ features }) => features[1]),
    paths,
  );
  const near = bestNear(grid, last.features[1], paths.x[end], paths.y[end], 2);
  const at32 = bestNear(coarse, last.features[2], coarsePaths.x[end], coarsePaths.y[end], 1);
  const change = new Float32Array(fine.columns * fine.rows);
  for (const look of looks.slice(0, -1)) for (let k = 0; k < change.length; k++) change[k] += look.change[k];
  for (let k = 0; k < change.length; k++) change[k] /= looks.length - 1;
  return [
    paths.motion,
    paths.doubt,
    meanOf(change, fine, grid),
    meanOf(first.detail, fine, grid),
    grid.strength.slice(),
    largest(at8.net, fine, grid),
    largest(at8.jerk, fine, grid),
    largest(at8.step, fine, grid),
    at16.net,
    at16.jerk,
    at16.step,
    near,
    anywhere.nearest(grid, last.features[1], near, FOUND),
    anywhere.nearest(last.features[1], grid, bestBack(last.features[1], grid, paths, end), FOUND),
    spread(at32, coarse, grid),
  ];
}

/** What the last look's cells find of the first one near where they came from: 1 − cosine at the nearest cells. */
function bestBack(last: FeatureMap, first: FeatureMap, paths: Paths, end: number): Float32Array {
  const { columns, rows } = last;
  const out = new Float32Array(columns * rows).fill(2);
  // Every first cell offers itself where its path ends, and around it.
  for (let cell = 0; cell < out.length; cell++) {
    const cx = Math.round(paths.x[end][cell]);
    const cy = Math.round(paths.y[end][cell]);
    for (let row = Math.max(0, cy - 1); row <= Math.min(rows - 1, cy + 1); row++)
      for (let column = Math.max(0, cx - 1); column <= Math.min(columns - 1, cx + 1); column++) {
        const other = row * columns + column;
        out[other] = Math.min(out[other], 1 - cellLikeness(last, other, first, cell));
      }
  }
  return out;
}
