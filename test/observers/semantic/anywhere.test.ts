import { describe, expect, it } from 'vitest';
import { seeded } from '../../../fixtures/random.ts';
import { Anywhere } from '../../../src/observers/semantic/anywhere.ts';
import { cellLikeness, type FeatureMap, featureMap } from '../../../src/observers/semantic/features.ts';

/** A map of random vectors of unit length. */
function map(columns: number, rows: number, seed: number): FeatureMap {
  const random = seeded(seed);
  const made = featureMap(columns, rows, 96);
  for (let cell = 0; cell < columns * rows; cell++) {
    const vector = Array.from({ length: 96 }, () => random() - 0.4);
    const length = Math.hypot(...vector);
    made.unit.set(
      vector.map(value => value / length),
      96 * cell,
    );
  }
  return made;
}

describe('anywhere', () => {
  it.each([
    [7, 5],
    [8, 5],
  ])('finds the likest cell of %i × %i, and looks only where it must', (columns, rows) => {
    const [from, to] = [map(columns, rows, 1), map(columns, rows, 2)];
    // Cell 3 moved to the last place, which an even count of cells ends with and an odd one does not.
    to.unit.set(from.unit.subarray(3 * 96, 4 * 96), (columns * rows - 1) * 96);
    const cells = columns * rows;
    const known = new Float32Array(cells).fill(1);
    known[5] = 0.1;
    const found = new Anywhere(from).nearest(from, to, known, 0.12);
    for (let cell = 0; cell < cells; cell++) {
      let best = 0;
      for (let other = 0; other < cells; other++) best = Math.max(best, cellLikeness(from, cell, to, other));
      expect(found[cell]).toBeCloseTo(cell === 5 ? 0.1 : 1 - best, 5);
    }
    expect(found[3]).toBeCloseTo(0, 5);
  });

  it('keeps what nearby search found when nothing is liker', () => {
    const [from, to] = [map(6, 4, 3), map(6, 4, 4)];
    const known = new Float32Array(24).fill(0.2);
    const found = new Anywhere(from).nearest(from, to, known, 0.12);
    for (let cell = 0; cell < 24; cell++) expect(found[cell]).toBeLessThanOrEqual(0.2 + 1e-6);
  });
});
