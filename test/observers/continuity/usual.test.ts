import { describe, expect, it } from 'vitest';
import { usualOf } from '../../../src/observers/continuity/usual.ts';

describe('usual magnitudes of cells', () => {
  /** Values in no order, the same every time; some of them equal. */
  const values = (map: number) =>
    Float32Array.from({ length: 50 }, (_, cell) => ((map * 37 + cell * 11 + map * map * cell) % 23) - 11);

  it.each([1, 2, 5, 6, 11, 12])('the upper median of %d maps', count => {
    const maps = Array.from({ length: count }, (_, map) => values(map));
    const out = new Float32Array(50);
    usualOf(maps, out);
    const expected = Array.from(out, (_, cell) => {
      const sorted = maps.map(map => Math.abs(map[cell])).sort((a, b) => a - b);
      return sorted[count >> 1];
    });
    expect([...out]).toEqual(expected);
  });

  it('nothing of no maps, and the maps stay as they are', () => {
    const out = new Float32Array(3).fill(7);
    usualOf([], out);
    expect([...out]).toEqual([0, 0, 0]);
    const maps = Array.from({ length: 12 }, (_, map) => values(map));
    usualOf(maps, new Float32Array(50));
    expect(maps.map(map => [...map])).toEqual(maps.map((_, map) => [...values(map)]));
  });
});
