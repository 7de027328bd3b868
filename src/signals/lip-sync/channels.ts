import type { LipSyncModel } from './model.ts';
import { LIPS_WIDTH, MEASURES, type MouthTrack } from './mouth.ts';

/** Bands per row of the sound. */
export const BANDS = 40;

/** Rows of numbers, one row after the other. */
export interface Rows {
  count: number;
  width: number;
  values: Float32Array;
}

/** Rows `from` to before `to`; the end rows stand in for rows outside. */
export function cutRows(values: Float32Array, width: number, from: number, to: number): Rows {
  const count = to - from;
  const last = values.length / width - 1;
  const out = new Float32Array(count * width);
  for (let k = 0; k < count; k++) {
    const row = Math.min(Math.max(from + k, 0), last) * width;
    out.set(values.subarray(row, row + width), k * width);
  }
  return { count, width, values: out };
}

/** Takes every column's mean away, in place. */
export function centreColumns({ count, width, values }: Rows): void {
  for (let c = 0; c < width; c++) {
    let sum = 0;
    for (let k = c; k < values.length; k += width) sum += values[k];
    const mean = sum / (count || 1);
    for (let k = c; k < values.length; k += width) values[k] -= mean;
  }
}

/** What estimators see of a mouth: measures and strengths of principal lip shapes, scaled, the window's mean taken away. */
export function mouthChannels(model: LipSyncModel, mouth: MouthTrack, from: number, to: number): Rows {
  const { measureScale, lipBasis, lipScale } = model;
  const shapes = lipBasis.shape[1];
  const width = MEASURES.length + shapes;
  const out: Rows = { count: to - from, width, values: new Float32Array((to - from) * width) };
  for (let k = 0; k < out.count; k++) {
    const m = (from + k) * MEASURES.length;
    const l = (from + k) * LIPS_WIDTH;
    for (let c = 0; c < MEASURES.length; c++) out.values[k * width + c] = mouth.measures[m + c] / measureScale[c];
    for (let c = 0; c < shapes; c++) {
      let sum = 0;
      for (let i = 0; i < LIPS_WIDTH; i++) sum += mouth.lips[l + i] * lipBasis.values[i * shapes + c];
      out.values[k * width + MEASURES.length + c] = sum / lipScale[c];
    }
  }
  centreColumns(out);
  return out;
}

/** Quiet parts count as this far below the loud ones (natural logarithm of power). */
const FLOOR = 9;
const LOUD = 0.95;

/** Log-mel rows floored below their loud parts, every band's mean taken away, one scale. */
export function soundChannels(bands: Float32Array, from: number, to: number): Rows {
  const out = cutRows(bands, BANDS, from, to);
  const { values } = out;
  const ascending = values.slice().sort();
  const place = LOUD * (ascending.length - 1);
  const below = Math.floor(place);
  const above = Math.min(below + 1, ascending.length - 1);
  const floor = ascending[below] + (ascending[above] - ascending[below]) * (place - below) - FLOOR;
  for (let k = 0; k < values.length; k++) if (values[k] < floor) values[k] = floor;
  centreColumns(out);
  let squares = 0;
  for (const value of values) squares += value * value;
  const scale = 1 / (Math.sqrt(squares / values.length) + 1e-3);
  for (let k = 0; k < values.length; k++) values[k] *= scale;
  return out;
}
