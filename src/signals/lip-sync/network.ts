import type { Rows } from './channels.ts';
import { fillUnseen, LAG, overlapAt } from './correlation.ts';
import type { Convolution, Encoder, LipSyncModel, Network } from './model.ts';

/** Convolution over rows with zeros outside ("same" padding), output count = ceil(count / stride). */
export function convolve(input: Rows, { kernel, bias, stride, dilation }: Convolution): Rows {
  const [outputs, inputs, taps] = kernel.shape;
  const pad = ((taps - 1) * dilation) / 2;
  const count = Math.floor((input.count - 1) / stride) + 1;
  const out = new Float32Array(count * outputs);
  const turned = turn(kernel.values, outputs, inputs, taps);
  for (let k = 0; k < count; k++) {
    const to = k * outputs;
    for (let o = 0; o < outputs; o++) out[to + o] = bias[o];
    for (let tap = 0; tap < taps; tap++) {
      const at = k * stride + tap * dilation - pad;
      if (at < 0 || at >= input.count) continue;
      for (let i = 0; i < inputs; i++) {
        const value = input.values[at * inputs + i];
        if (value === 0) continue;
        const weights = (tap * inputs + i) * outputs;
        for (let o = 0; o < outputs; o++) out[to + o] += value * turned[weights + o];
      }
    }
  }
  return { count, width: outputs, values: out };
}

const turnedKernels = new WeakMap<Float32Array, Float32Array>();

/** Kernels as tap × input × output, so that the innermost loop runs over neighbours in memory. */
function turn(values: Float32Array, outputs: number, inputs: number, taps: number): Float32Array {
  const known = turnedKernels.get(values);
  if (known) return known;
  const out = new Float32Array(values.length);
  for (let o = 0; o < outputs; o++)
    for (let i = 0; i < inputs; i++)
      for (let tap = 0; tap < taps; tap++)
        out[(tap * inputs + i) * outputs + o] = values[(o * inputs + i) * taps + tap];
  turnedKernels.set(values, out);
  return out;
}

/** Negative values to zero, in place. */
export function rectify(rows: Rows): Rows {
  for (let k = 0; k < rows.values.length; k++) if (rows.values[k] < 0) rows.values[k] = 0;
  return rows;
}

/** Adds rows of the same shape, in place. */
export function addTo(rows: Rows, more: Rows): Rows {
  for (let k = 0; k < rows.values.length; k++) rows.values[k] += more.values[k];
  return rows;
}

/** Runs one stream: first convolution, two residual ones, pointwise last; the window's mean is taken away. */
export function encode(encoder: Encoder, input: Rows): Rows {
  const first = rectify(convolve(input, encoder.first));
  const second = addTo(rectify(convolve(first, encoder.second)), first);
  const third = addTo(rectify(convolve(second, encoder.third)), second);
  const last = convolve(third, encoder.last);
  const { count, width, values } = last;
  for (let c = 0; c < width; c++) {
    let sum = 0;
    for (let k = c; k < values.length; k += width) sum += values[k];
    for (let k = c; k < values.length; k += width) values[k] -= sum / count;
  }
  return last;
}

/** Scales every row to length one, or to tanh(length / 4) where rows that say little shall count for little. */
function unit(rows: Rows, soft: boolean): Rows {
  const { count, width, values } = rows;
  for (let k = 0; k < count; k++) {
    let squares = 0;
    for (let c = 0; c < width; c++) squares += values[k * width + c] ** 2;
    const length = Math.sqrt(squares);
    const scale = (soft ? Math.tanh(length / 4) : 1) / Math.max(length, 1e-12);
    for (let c = 0; c < width; c++) values[k * width + c] *= scale;
  }
  return rows;
}

/** Mouth and sound as directions, 50 Hz both. */
export interface Embedding {
  mouth: Rows;
  sound: Rows;
  sharpness: number;
}

export const embed = (network: Network, mouth: Rows, sound: Rows): Embedding => ({
  mouth: unit(encode(network.mouth, mouth), true),
  sound: unit(encode(network.sound, sound), false),
  sharpness: Math.abs(network.sharpness),
});

export const embedAll = (model: LipSyncModel, mouth: Rows, sound: Rows): Embedding[] =>
  model.networks.map(network => embed(network, mouth, sound));

/** Lags of a curve and of a {@link Course}'s rows. */
export const LAGS = 2 * LAG + 1;

/** Similarity of every mouth row with the sound at every lag: rows × {@link LAGS}, mean over the networks. */
export interface Course {
  rows: number;
  values: Float32Array;
}

/** Lays out the similarities of embedded mouth and sound; lags whose sound is not there are 0, which says nothing. */
export function courseOf(embeddings: readonly Embedding[], before: number): Course {
  const rows = embeddings[0].mouth.count;
  const values = new Float32Array(rows * LAGS);
  for (const { mouth, sound, sharpness } of embeddings) {
    const share = 1 / (embeddings.length * sharpness);
    const { width } = mouth;
    const v = mouth.values;
    const a = sound.values;
    for (let t = 0; t < rows; t++) {
      const first = Math.max(0, LAG - before - t);
      const end = Math.min(LAGS, sound.count - t + LAG - before);
      for (let k = first; k < end; k++) {
        let dot = 0;
        const j = (t + k - LAG + before) * width;
        const i = t * width;
        for (let c = 0; c < width; c++) dot += v[i + c] * a[j + c];
        values[t * LAGS + k] += share * dot;
      }
    }
  }
  return { rows, values };
}

/** Score per lag over a range of rows: mean similarity times the root of the share of the range that could be compared. */
export function networkCurve(
  { rows, values }: Course,
  sound: number,
  before: number,
  from = 0,
  to = rows,
): Float64Array {
  const curve = new Float64Array(LAGS).fill(Number.NaN);
  for (let lag = -LAG; lag <= LAG; lag++) {
    const overlap = overlapAt(from, to, sound, lag + before);
    if (overlap === null) continue;
    const [first, end] = overlap;
    let sum = 0;
    for (let t = first, k = first * LAGS + lag + LAG; t < end; t++, k += LAGS) sum += values[k];
    curve[lag + LAG] = (sum / (end - first)) * Math.sqrt((end - first) / (to - from));
  }
  return fillUnseen(curve);
}
