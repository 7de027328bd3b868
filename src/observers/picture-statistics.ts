import { type LumaGrid, SHOT_GRID } from '../signals.ts';
import { cameraOf } from './camera.ts';
import { HISTOGRAM_COUNTS, type Matching } from './matching.ts';
import { defineObserver } from './observer.ts';
import type { Plane } from './pyramid.ts';
import { SeriesBuilder } from './series.ts';

/** Shares of pixels below which luma counts as the darkest and the brightest that the picture holds. */
const LOW_SHARE = 0.01;
const HIGH_SHARE = 0.99;

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
  start(context) {
    const frames = context.clip.times.length;
    const camera = cameraOf(context);
    const { matching } = camera;
    const counts = matching.counts(HISTOGRAM_COUNTS);
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

    return {
      frame(frame) {
        const { small, blue, red } = camera.step(frame);
        readLuma(matching, small, counts, histogram, grid);
        const pixels = small.width * small.height;
        const { mean, deviation } = moments(histogram, pixels);
        lumaMean.push(mean);
        lumaDeviation.push(deviation);
        lumaLow.push(levelAt(histogram, pixels * LOW_SHARE));
        lumaHigh.push(levelAt(histogram, pixels * HIGH_SHARE));
        chromaBlue.push(matching.meanOf(blue));
        chromaRed.push(matching.meanOf(red));
        saturation.push(matching.saturation(blue, red));
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

/**
 * Histogram of luma and mean luma of each grid cell, in one pass. Cells are cut at whole pixels. A picture with fewer rows
 * or columns than the grid has cells without pixels; they take the pixel at their place.
 */
function readLuma(
  matching: Matching,
  small: Plane,
  counts: Uint32Array,
  histogram: Uint32Array,
  grid: Float32Array,
): void {
  const { columns, rows } = SHOT_GRID;
  const { width, height, data } = small;
  counts.fill(0);
  for (let cellRow = 0; cellRow < rows; cellRow++) {
    const top = Math.floor((cellRow * height) / rows);
    const bottom = Math.floor(((cellRow + 1) * height) / rows);
    for (let cellColumn = 0; cellColumn < columns; cellColumn++) {
      const left = Math.floor((cellColumn * width) / columns);
      const right = Math.floor(((cellColumn + 1) * width) / columns);
      const sum = matching.histogram(small, { left, right, top, bottom }, counts);
      const pixels = (bottom - top) * (right - left);
      grid[cellRow * columns + cellColumn] = pixels > 0 ? sum / pixels : data[top * width + left];
    }
  }
  for (let level = 0; level < 256; level++)
    histogram[level] = counts[level] + counts[256 + level] + counts[512 + level] + counts[768 + level];
}
