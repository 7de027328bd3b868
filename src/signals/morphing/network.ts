import type { SemanticDrift } from '../../signals.ts';

type Grid = Pick<SemanticDrift, 'columns' | 'rows'>;

/** Weights of one layer, tap × input × output, and what is added to each output. */
export interface Layer {
  weight: Float32Array;
  bias: Float32Array;
}

/** A small network over space and time; made by training/morphing/fusion.py. */
export interface RegionNetwork {
  /** Values per cell between layers. */
  width: number;
  /** Deviations are divided by this. */
  scale: number;
  /** Contexts are brought to about mean 0 and deviation 1 by these. */
  middle: readonly number[];
  spread: readonly number[];
  /** `mix` a cell's values, `near` 3 × 3 cells, `long` five windows two apart, `far` 3 × 3 cells two apart, `brief` five windows, `out`. */
  layers: Record<'mix' | 'near' | 'long' | 'far' | 'brief' | 'out', Layer>;
}

/** Windows before and after one that its log-odds depend on: four of `long` and two of `brief`. */
const REACH = 6;
/** Windows that are judged at a time: memory does not grow with the clip. */
const CHUNK = 48;

/** Offsets of a layer's taps, in windows, rows and columns. */
type Tap = readonly [number, number, number];
const SQUARE = [-1, 0, 1];
const HERE: readonly Tap[] = [[0, 0, 0]];
const cellsAround = (apart: number): Tap[] => SQUARE.flatMap(y => SQUARE.map((x): Tap => [0, apart * y, apart * x]));
const windowsAround = (apart: number): Tap[] => [-2, -1, 0, 1, 2].map((t): Tap => [apart * t, 0, 0]);
const NEAR = cellsAround(1);
const FAR = cellsAround(2);
const LONG = windowsAround(2);
const BRIEF = windowsAround(1);

/**
 * Log-odds of a morph for every cell of the windows of an unbroken run. `valuesOf(window)` gives one plane per value of a cell
 * for a place in the run: deviations, then those of the picture's middle cell, then contexts, all scaled.
 */
export function regionOdds(
  network: RegionNetwork,
  grid: Grid,
  count: number,
  valuesOf: (window: number) => Float32Array[],
): Float32Array[] {
  const out: Float32Array[] = [];
  const known = new Map<number, Float32Array[]>();
  for (let from = 0; from < count; from += CHUNK) {
    const first = Math.max(0, from - REACH);
    const last = Math.min(count, from + CHUNK + REACH);
    const planes: Float32Array[][] = [];
    for (let window = first; window < last; window++) {
      const values = known.get(window) ?? valuesOf(window);
      planes.push(values);
      if (window >= from + CHUNK - REACH) known.set(window, values);
      else known.delete(window);
    }
    out.push(...chunkOdds(network, grid, planes).slice(from - first, Math.min(count, from + CHUNK) - first));
  }
  return out;
}

function chunkOdds({ width, layers }: RegionNetwork, grid: Grid, planes: readonly Float32Array[][]): Float32Array[] {
  const cells = grid.columns * grid.rows;
  const values = planes[0].length;
  const run = { ...grid, windows: planes.length };
  const packed = new Float32Array(planes.length * cells * values);
  planes.forEach((window, t) => {
    window.forEach((plane, k) => {
      for (let cell = 0, at = t * cells * values + k; cell < cells; cell++, at += values) packed[at] = plane[cell];
    });
  });
  const mixed = convolved(packed, run, layers.mix, HERE, values, width);
  const near = convolved(rectified(mixed), run, layers.near, NEAR, width, width);
  const long = added(rectified(near), convolved(near, run, layers.long, LONG, width, width));
  const far = added(long, convolved(long, run, layers.far, FAR, width, width));
  const brief = added(far, convolved(far, run, layers.brief, BRIEF, width, width));
  const odds = convolved(brief, run, layers.out, HERE, width, 1);
  return planes.map((_, t) => odds.subarray(t * cells, (t + 1) * cells));
}

/** One layer over windows × rows × columns × inputs; what lies outside is zero. */
function convolved(
  input: Float32Array,
  { windows, rows, columns }: Grid & { windows: number },
  { weight, bias }: Layer,
  taps: readonly Tap[],
  inputs: number,
  outputs: number,
): Float32Array {
  const out = new Float32Array(windows * rows * columns * outputs);
  for (let t = 0, at = 0; t < windows; t++)
    for (let y = 0; y < rows; y++)
      for (let x = 0; x < columns; x++, at += outputs) {
        for (let o = 0; o < outputs; o++) out[at + o] = bias[o];
        for (let tap = 0; tap < taps.length; tap++) {
          const [dt, dy, dx] = taps[tap];
          const [tt, yy, xx] = [t + dt, y + dy, x + dx];
          if (tt < 0 || tt >= windows || yy < 0 || yy >= rows || xx < 0 || xx >= columns) continue;
          const from = ((tt * rows + yy) * columns + xx) * inputs;
          for (let i = 0, w = tap * inputs * outputs; i < inputs; i++, w += outputs) {
            const value = input[from + i];
            if (value === 0) continue;
            for (let o = 0; o < outputs; o++) out[at + o] += value * weight[w + o];
          }
        }
      }
  return out;
}

/** What is below zero becomes zero, in place. */
function rectified(values: Float32Array): Float32Array {
  for (let k = 0; k < values.length; k++) if (values[k] < 0) values[k] = 0;
  return values;
}

/** Adds the positive part of the second to the first, in place. */
function added(values: Float32Array, more: Float32Array): Float32Array {
  for (let k = 0; k < values.length; k++) if (more[k] > 0) values[k] += more[k];
  return values;
}
