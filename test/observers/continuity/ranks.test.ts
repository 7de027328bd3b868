import { expect, it } from 'vitest';
import { select } from '../../../src/observers/continuity/ranks.ts';

/** Numbers that repeat and look random, the same every time. */
const numbers = (count: number, seed: number): Float32Array =>
  Float32Array.from({ length: count }, (_, i) => 100 + Math.round(20 * Math.sin((i + 1) * (seed + 1.7) * 12.9898)));

it.each([1, 2, 9, 16, 576])('of %d values the one at a place is the one that sorting puts there', count => {
  for (let seed = 0; seed < 5; seed++) {
    const sorted = numbers(count, seed).sort();
    for (const place of [0, count >> 1, Math.max(0, count - 8), count - 1]) {
      const values = numbers(count, seed);
      expect(select(values, place)).toBe(sorted[place]);
      expect(Math.max(...values.subarray(0, place + 1))).toBe(sorted[place]);
      expect(Math.min(...values.subarray(place))).toBe(sorted[place]);
    }
  }
});
