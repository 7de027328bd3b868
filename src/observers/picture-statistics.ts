import type { Picture } from '../media/frame.ts';
import { type LumaGrid, SHOT_GRID } from '../signals.ts';
import { defineObserver } from './observer.ts';
import { SeriesBuilder } from './series.ts';

/** Shares of pixels below which luma counts as the darkest and the brightest that the picture holds. */
const LOW_SHARE = 0.01;
const HIGH_SHARE = 0.99;

/** Neutral chroma in 8-bit code values (ITU-R BT.601, BT.709). */
const NEUTRAL = 128;

/** Frames, half an hour of them, from which the grid is kept in whole 256ths: it takes most of what a long clip is remembered by. */
const LONG_CLIP = 50_000;

/**
 * Level and colour of every frame, read from the small picture: mean, spread and range of luma, mean chroma,
 * saturation, and a coarse grid of luma means.
 */
export const pictureStatistics = defineObserver({
  id: 'picture-statistics',
  provides: ['lumaMean', 'lumaDeviation', 'lumaLow', 'lumaHigh', 'chromaBlue', 'chromaRed', 'saturation', 'lumaGrid'],
  reads: 'small',
  start({ clip }) {
    const frames = clip.times.length;
    const lumaMean = new SeriesBuilder(frames);
    const lumaDeviation = new SeriesBuilder(frames);
    const lumaLow = new SeriesBuilder(frames);
    const lumaHigh = new SeriesBuilder(frames);
    const chromaBlue = new SeriesBuilder(frames);
    const chromaRed = new SeriesBuilder(frames);
    const saturation = new SeriesBuilder(frames);
    const cells = SHOT_GRID.columns * SHOT_GRID.rows;
    const long = frames > LONG_CLIP;
    const lumaGrid = new SeriesBuilder<LumaGrid>(frames * cells, length =>
      long ? new Uint16Array(length) : new Float32Array(length),
    );

    const histogram = new Uint32Array(256);
    const grid = new Float32Array(cells);
    const chroma = { blue: 0, red: 0, saturation: 0 };

    return {
      frame({ small }) {
        readLuma(small, histogram, grid);
        const pixels = small.width * small.height;
        const { mean, deviation } = moments(histogram, pixels);
        lumaMean.push(mean);
        lumaDeviation.push(deviation);
        lumaLow.push(levelAt(histogram, pixels * LOW_SHARE));
        lumaHigh.push(levelAt(histogram, pixels * HIGH_SHARE));
        chromaMeans(small, chroma);
        chromaBlue.push(chroma.blue);
        chromaRed.push(chroma.red);
        saturation.push(chroma.saturation);
        lumaGrid.append(long ? grid.map(value => Math.round(256 * value)) : grid);
      },
      finish: () => ({
        lumaMean: lumaMean.finish(),
        lumaDeviation: lumaDeviation.finish(),
        lumaLow: lumaLow.finish(),
        lumaHigh: lumaHigh.finish(),
        chromaBlue: chromaBlue.finish(),
        chromaRed: chromaRed.finish(),
        saturation: saturation.finish(),
        lumaGrid: lumaGrid.finish(),
      }),
    };
  },
});

function moments(histogram: Uint32Array, pixels: number): { mean: number; deviation: number } {
  let sum = 0;
  let squares = 0;
  for (let level = 0; level < 256; level++) {
    sum += level * histogram[level];
    squares += level * level * histogram[level];
  }
  const mean = sum / pixels;
  return { mean, deviation: Math.sqrt(Math.max(0, squares / pixels - mean * mean)) };
}

/** Lowest level with more than `count` pixels at or below it. */
function levelAt(histogram: Uint32Array, count: number): number {
  let below = 0;
  for (let level = 0; level < 256; level++) {
    below += histogram[level];
    if (below > count) return level;
  }
  return 255;
}

function chromaMeans(
  { u, v, width, height, chromaStride }: Picture,
  out: { blue: number; red: number; saturation: number },
): void {
  const columns = width >> 1;
  const rows = height >> 1;
  let blue = 0;
  let red = 0;
  let distance = 0;
  for (let row = 0; row < rows; row++) {
    const end = row * chromaStride + columns;
    for (let i = row * chromaStride; i < end; i++) {
      const du = u[i] - NEUTRAL;
      const dv = v[i] - NEUTRAL;
      blue += du;
      red += dv;
      distance += Math.sqrt(du * du + dv * dv);
    }
  }
  const samples = columns * rows;
  out.blue = NEUTRAL + blue / samples;
  out.red = NEUTRAL + red / samples;
  out.saturation = distance / samples;
}

/**
 * Histogram of luma and mean luma of each grid cell, in one pass. Cells are cut at whole pixels. A picture with fewer rows
 * or columns than the grid has cells without pixels; they take the pixel at their place.
 */
function readLuma({ y, width, height, stride }: Picture, histogram: Uint32Array, grid: Float32Array): void {
  const { columns, rows } = SHOT_GRID;
  histogram.fill(0);
  for (let cellRow = 0; cellRow < rows; cellRow++) {
    const top = Math.floor((cellRow * height) / rows);
    const bottom = Math.floor(((cellRow + 1) * height) / rows);
    for (let cellColumn = 0; cellColumn < columns; cellColumn++) {
      const left = Math.floor((cellColumn * width) / columns);
      const right = Math.floor(((cellColumn + 1) * width) / columns);
      let sum = 0;
      for (let row = top; row < bottom; row++) {
        const end = row * stride + right;
        for (let i = row * stride + left; i < end; i++) {
          const value = y[i];
          sum += value;
          histogram[value]++;
        }
      }
      const pixels = (bottom - top) * (right - left);
      grid[cellRow * columns + cellColumn] = pixels > 0 ? sum / pixels : y[top * stride + left];
    }
  }
}
