import { describe, expect, it } from 'vitest';
import { drawLandmarks, enlarge } from '../../src/observers/hand-net.ts';
import { openHand } from './open-hand.ts';

const SIZE = 160;
const GRID = 80;
const draw = (points: Float32Array): Float32Array => {
  const lines = new Float32Array(3 * GRID * GRID).fill(7);
  drawLandmarks(points, SIZE, lines);
  return lines;
};
/** Value of a map at a place of the crop. */
const at = (lines: Float32Array, map: number, x: number, y: number): number =>
  lines[(map * GRID + Math.round(y / 2 - 0.5)) * GRID + Math.round(x / 2 - 0.5)];

describe('an enlarged picture', () => {
  it('keeps places and planes, and what is flat', () => {
    const [size, large] = [160, 224];
    const from = new Float32Array(2 * size * size);
    for (let y = 0; y < size; y++)
      for (let x = 0; x < size; x++) {
        from[y * size + x] = (x + 0.5) / size;
        from[(size + y) * size + x] = (y + 0.5) / size;
      }
    const to = new Float32Array(2 * large * large);
    enlarge(from, size, to, large);
    for (const [x, y] of [
      [3, 10],
      [100, 40],
      [200, 219],
    ]) {
      expect(to[y * large + x]).toBeCloseTo((x + 0.5) / large, 5);
      expect(to[(large + y) * large + x]).toBeCloseTo((y + 0.5) / large, 5);
    }
    // Beyond the centres of the outer pixels it is as they are.
    expect(to[0]).toBeCloseTo(0.5 / size, 6);
    expect(to[large - 1]).toBeCloseTo((size - 0.5) / size, 6);
    enlarge(new Float32Array(size * size).fill(0.3), size, to, large);
    expect(Math.max(...to.subarray(0, large * large))).toBeCloseTo(0.3, 6);
  });
});

describe('drawn landmarks', () => {
  const hand = openHand();
  const lines = draw(hand);

  it('have tips where the fingers end, and bones along them', () => {
    for (const tip of [4, 8, 12, 16, 20]) {
      const [x, y] = hand.subarray(2 * tip, 2 * tip + 2);
      expect(at(lines, 1, x, y)).toBeGreaterThan(0.8);
      expect(at(lines, 0, x, y)).toBeGreaterThan(0.7);
    }
    const [x, y] = [(hand[18] + hand[20]) / 2, (hand[19] + hand[21]) / 2];
    expect(at(lines, 0, x, y)).toBeGreaterThan(0.7);
    expect(at(lines, 1, x, y)).toBeLessThan(0.05);
    // The palm runs from the wrist along the knuckles.
    expect(at(lines, 2, hand[0], hand[1])).toBeGreaterThan(0.7);
    expect(at(lines, 2, 80, 115)).toBeLessThan(0.05);
  });

  it('stay within 0 and 1, and within the crop', () => {
    expect(Math.min(...lines)).toBe(0);
    expect(Math.max(...lines)).toBeLessThanOrEqual(1);
    const outside = draw(hand.map(value => value - 1000));
    expect(Math.max(...outside)).toBe(0);
  });

  it('move with the hand', () => {
    const moved = draw(hand.map((value, k) => (k % 2 === 0 ? value + 8 : value)));
    for (let y = 0; y < GRID; y++)
      for (let x = 10; x < 60; x++) expect(moved[y * GRID + x + 4]).toBeCloseTo(lines[y * GRID + x], 5);
  });
});
