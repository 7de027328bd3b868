import type { Picture } from '../media/frame.ts';
import { defineObserver } from './observer.ts';
import { SeriesBuilder } from './series.ts';

/** The picture is cut into tiles; what stands for the frame is the mean of the sharpest quarter of those with contrast. */
const COLUMNS = 8;
const ROWS = 4;
const TILES = COLUMNS * ROWS;
const SHARPEST = 0.25;
/** Tiles that must have contrast: fewer, and one edge that enters or leaves a tile would decide. */
const LEAST_TILES = 4;

/** Rows that are read, at most: enough for every tile to see 12 of them, at a cost that does not grow with the picture. */
const SAMPLED_ROWS = 48;
/** Of a row one pixel in so many is read. */
const EVERY = 3;
/** Distance over which contrast is measured, in pixels: several times the two pixels of fine detail. */
const REACH = 6;
/** Mean contrast over that distance, in codes, below which a tile has nothing to be sharp or soft about. */
const LEAST_CONTRAST = 6;
/** Second difference that rounding and coding leave in a smooth picture, in codes: it is not detail. */
const NOISE = 1;

/**
 * Fine detail (second difference over two pixels) relative to contrast (difference over {@link REACH} pixels), in the
 * sharper of the two directions, of the sharpest quarter of the picture. Blur that runs one way only (a pan) leaves the
 * other direction, and a rack focus leaves the part that it goes to, so neither lowers it; loss of detail all over does.
 * NaN where hardly a tile has contrast.
 */
export const sharpness = defineObserver({
  id: 'sharpness',
  provides: ['sharpness'],
  reads: 'coarse',
  start({ clip }) {
    const series = new SeriesBuilder(clip.times.length);
    const sums = {
      fineAlong: new Float64Array(TILES),
      coarseAlong: new Float64Array(TILES),
      fineAcross: new Float64Array(TILES),
      coarseAcross: new Float64Array(TILES),
      pixels: new Float64Array(TILES),
    };
    const ratios = new Float64Array(TILES);
    return {
      frame({ analysis }) {
        series.push(measure(analysis, sums, ratios));
      },
      finish: () => ({ sharpness: series.finish() }),
    };
  },
});

interface Sums {
  fineAlong: Float64Array;
  coarseAlong: Float64Array;
  fineAcross: Float64Array;
  coarseAcross: Float64Array;
  pixels: Float64Array;
}

function measure({ y, width, height, stride }: Picture, sums: Sums, ratios: Float64Array): number {
  if (width <= 2 * REACH + COLUMNS || height <= 2 * REACH + ROWS) return Number.NaN;
  for (const values of Object.values(sums) as Float64Array[]) values.fill(0);
  const first = REACH;
  const last = height - REACH;
  const step = Math.max(1, Math.floor((last - first) / SAMPLED_ROWS));
  for (let row = first + (step >> 1); row < last; row += step) {
    const tileRow = Math.min(ROWS - 1, Math.floor((row * ROWS) / height)) * COLUMNS;
    for (let column = 0; column < COLUMNS; column++) {
      const from = Math.max(REACH, Math.floor((column * width) / COLUMNS));
      const to = Math.min(width - REACH, Math.floor(((column + 1) * width) / COLUMNS));
      const end = row * stride + to;
      let fineAlong = 0;
      let coarseAlong = 0;
      let fineAcross = 0;
      let coarseAcross = 0;
      for (let i = row * stride + from; i < end; i += EVERY) {
        const here = y[i];
        const twice = here << 1;
        fineAlong += Math.abs(twice - y[i - 1] - y[i + 1]);
        coarseAlong += Math.abs(here - y[i - REACH]);
        fineAcross += Math.abs(twice - y[i - stride] - y[i + stride]);
        coarseAcross += Math.abs(here - y[i - REACH * stride]);
      }
      const tile = tileRow + column;
      sums.fineAlong[tile] += fineAlong;
      sums.coarseAlong[tile] += coarseAlong;
      sums.fineAcross[tile] += fineAcross;
      sums.coarseAcross[tile] += coarseAcross;
      sums.pixels[tile] += Math.ceil((to - from) / EVERY);
    }
  }
  let valid = 0;
  for (let tile = 0; tile < TILES; tile++) {
    const least = LEAST_CONTRAST * sums.pixels[tile];
    const noise = NOISE * sums.pixels[tile];
    if (Math.max(sums.coarseAlong[tile], sums.coarseAcross[tile]) < least) continue;
    const along = sums.coarseAlong[tile] >= least ? (sums.fineAlong[tile] - noise) / sums.coarseAlong[tile] : 0;
    const across = sums.coarseAcross[tile] >= least ? (sums.fineAcross[tile] - noise) / sums.coarseAcross[tile] : 0;
    ratios[valid++] = Math.max(along, across, 0);
  }
  if (valid < LEAST_TILES) return Number.NaN;
  const ascending = ratios.subarray(0, valid).sort();
  const count = Math.max(1, Math.round(valid * SHARPEST));
  let sum = 0;
  for (let k = valid - count; k < valid; k++) sum += ascending[k];
  return sum / count;
}
