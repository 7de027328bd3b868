import { describe, expect, it } from 'vitest';
import { pictureStatistics } from '../../src/observers/picture-statistics.ts';
import { gridCorrelation, gridDistance } from '../../src/signals/grid.ts';
import { SHOT_GRID } from '../../src/signals.ts';
import { flat, HEIGHT, relit, scene, WIDTH, watch } from './scenes.ts';

const CELLS = SHOT_GRID.columns * SHOT_GRID.rows;

describe('picture statistics', () => {
  it('reads level and colour of flat pictures exactly', async () => {
    const signals = await watch(pictureStatistics, [flat(16), flat(235), flat(81, 90, 240)]);
    expect([...signals.lumaMean]).toEqual([16, 235, 81]);
    expect([...signals.lumaDeviation]).toEqual([0, 0, 0]);
    expect([...signals.lumaLow]).toEqual([16, 235, 81]);
    expect([...signals.lumaHigh]).toEqual([16, 235, 81]);
    expect([...signals.chromaBlue]).toEqual([128, 128, 90]);
    expect([...signals.chromaRed]).toEqual([128, 128, 240]);
    expect(signals.saturation[0]).toBe(0);
    expect(signals.saturation[2]).toBeCloseTo(Math.hypot(38, 112), 3);
    expect([...signals.lumaGrid]).toEqual([
      ...Array(CELLS).fill(16),
      ...Array(CELLS).fill(235),
      ...Array(CELLS).fill(81),
    ]);
  });

  it('leaves the padding of the rows out', async () => {
    // The buffers' padding is 255 everywhere: any of it read would raise these.
    const { lumaMean, lumaHigh } = await watch(pictureStatistics, [flat(0)]);
    expect(lumaMean[0]).toBe(0);
    expect(lumaHigh[0]).toBe(0);
  });

  it('takes mean, deviation and percentiles over all pixels', async () => {
    const half = relit(flat(0), (_, i) => (i % WIDTH < WIDTH / 2 ? 50 : 150));
    const spot = relit(flat(100), (_, i) => (i < 0.005 * WIDTH * HEIGHT ? 255 : 100));
    const signals = await watch(pictureStatistics, [half, spot]);
    expect(signals.lumaMean[0]).toBe(100);
    expect(signals.lumaDeviation[0]).toBe(50);
    expect([signals.lumaLow[0], signals.lumaHigh[0]]).toEqual([50, 150]);
    // Half a percent of bright pixels is no highlight by the 99th percentile.
    expect(signals.lumaHigh[1]).toBe(100);
  });

  it('grids the picture row by row', async () => {
    const corner = relit(flat(10), (_, i) => (i % WIDTH < 16 && i < 16 * WIDTH ? 200 : 10));
    const { lumaGrid } = await watch(pictureStatistics, [corner]);
    expect(lumaGrid[0]).toBe(200);
    expect(lumaGrid.slice(1)).toEqual(new Float32Array(CELLS - 1).fill(10));
  });

  it('keeps the grid of a long clip in whole 256ths of code values', async () => {
    const pictures = [flat(10), relit(flat(10), (_, i) => (i % 3 === 0 ? 200 : 10)), relit(flat(0), (_, i) => i % 7)];
    const { lumaGrid: short } = await watch(pictureStatistics, pictures);
    const { lumaGrid: long } = await watch(pictureStatistics, pictures, 60_000);
    expect(long).toBeInstanceOf(Uint16Array);
    expect([...long]).toEqual([...short].map(value => Math.round(256 * value)));
    for (const [a, b] of [
      [0, 1],
      [1, 2],
    ]) {
      expect(gridDistance(long, a, b)).toBeCloseTo(gridDistance(short, a, b), 2);
      expect(gridCorrelation(long, a, b)).toBeCloseTo(gridCorrelation(short, a, b), 2);
    }
  });

  it('agrees with the grid on the mean of a textured picture', async () => {
    const { lumaMean, lumaGrid } = await watch(pictureStatistics, [scene(3)]);
    const mean = Array.from(lumaGrid).reduce((sum, value) => sum + value, 0) / CELLS;
    expect(lumaMean[0]).toBeCloseTo(mean, 3);
  });

  it('provides empty series for no frames', async () => {
    const signals = await watch(pictureStatistics, []);
    for (const series of Object.values(signals)) expect(series).toHaveLength(0);
  });
});
