import type { ChannelStatistics } from './channels.ts';

/** One frame's features at one stride: a vector of unit length per cell, and how strong it was before. */
export interface FeatureMap {
  columns: number;
  rows: number;
  channels: number;
  /** Channels last. */
  unit: Float32Array;
  /** Root mean square of the standardised channels, one per cell: how much there is to see. */
  strength: Float32Array;
}

export const featureMap = (columns: number, rows: number, channels: number): FeatureMap => ({
  columns,
  rows,
  channels,
  unit: new Float32Array(columns * rows * channels),
  strength: new Float32Array(columns * rows),
});

/** Standardises the network's output by what channels are on ordinary footage and brings every cell to unit length. */
export function fillFeatures(map: FeatureMap, raw: Float32Array, { mean, deviation }: ChannelStatistics): void {
  const { channels, unit, strength } = map;
  for (let cell = 0, from = 0; cell < strength.length; cell++, from += channels) {
    let squares = 0;
    for (let k = 0; k < channels; k++) {
      const value = (raw[from + k] - mean[k]) / deviation[k];
      unit[from + k] = value;
      squares += value * value;
    }
    const scale = 1 / (Math.sqrt(squares) + 1e-6);
    for (let k = 0; k < channels; k++) unit[from + k] *= scale;
    strength[cell] = Math.sqrt(squares / channels);
  }
}

/** The vector at a place between cells (cell units, 0 at the centre of the first cell), linear, of unit length, into `out`. */
export function sampleFeatures({ columns, rows, channels, unit }: FeatureMap, x: number, y: number, out: Float32Array) {
  const px = Math.min(columns - 1, Math.max(0, x));
  const py = Math.min(rows - 1, Math.max(0, y));
  const left = Math.floor(px);
  const top = Math.floor(py);
  const across = px - left;
  const down = py - top;
  const a = (top * columns + left) * channels;
  const b = left + 1 < columns ? a + channels : a;
  const c = top + 1 < rows ? a + columns * channels : a;
  const d = c + (b - a);
  const wa = (1 - across) * (1 - down);
  const wb = across * (1 - down);
  const wc = (1 - across) * down;
  const wd = across * down;
  let squares = 0;
  for (let k = 0; k < channels; k++) {
    const value = wa * unit[a + k] + wb * unit[b + k] + wc * unit[c + k] + wd * unit[d + k];
    out[k] = value;
    squares += value * value;
  }
  const scale = 1 / (Math.sqrt(squares) + 1e-6);
  for (let k = 0; k < channels; k++) out[k] *= scale;
}

/** Inner product of cell `a` of one map with cell `b` of another. */
export function cellLikeness(one: FeatureMap, a: number, other: FeatureMap, b: number): number {
  const { channels, unit } = one;
  const with_ = other.unit;
  let sum = 0;
  for (let i = a * channels, j = b * channels, end = i + channels; i < end; i += 4, j += 4)
    sum += unit[i] * with_[j] + unit[i + 1] * with_[j + 1] + unit[i + 2] * with_[j + 2] + unit[i + 3] * with_[j + 3];
  return sum;
}
