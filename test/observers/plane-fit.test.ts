import { describe, expect, it } from 'vitest';
import { type Point, planeThrough } from '../../src/observers/plane-fit.ts';

const grid = (xs: number[], ys: number[], value: (x: number, y: number) => number): Point[] =>
  xs.flatMap(x => ys.map(y => ({ x, y, z: value(x, y) })));
const all = [-0.9, -0.6, -0.3, 0, 0.3, 0.6, 0.9];

describe('planeThrough', () => {
  it('tells level and slopes, whatever a few points say', () => {
    const points = grid(all, all, (x, y) => 0.1 + 0.2 * x - 0.05 * y);
    points[3].z = 5;
    points[20].z = -4;
    const { fit, spread } = planeThrough(points);
    expect(fit[0]).toBeCloseTo(0.1, 2);
    expect(fit[1]).toBeCloseTo(0.2, 1);
    expect(fit[2]).toBeCloseTo(-0.05, 2);
    expect(spread).toBeLessThan(0.01);
  });

  it('tells no slope in a direction in which the points lie close together', () => {
    const narrow = [-0.3, -0.2, -0.1, 0, 0.1, 0.2];
    const { fit } = planeThrough(grid(narrow, all, (x, y) => 0.6 * x + 0.1 * y));
    expect(fit[1]).toBeCloseTo(0, 6);
    expect(fit[2]).toBeCloseTo(0.1, 1);
  });
});
