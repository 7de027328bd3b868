import { describe, expect, it } from 'vitest';
import { cosine, deviation, mean, median, percentile, rollingMedian, runs } from '../src/statistics.ts';

describe('robust statistics', () => {
  it.each([
    [[3], 3],
    [[3, 1, 2], 2],
    [[4, 1, 2, 3], 2.5],
    [[10, 9, 100], 10],
    [[1, Number.NaN, 3], 2],
    [[1, Number.POSITIVE_INFINITY, 5], 3],
  ])('median of %j is %d', (values, expected) => expect(median(values)).toBe(expected));

  it('has no middle without values', () => {
    expect(median([])).toBeNaN();
    expect(mean([])).toBeNaN();
  });

  it.each([
    [0, 0],
    [0.25, 10],
    [0.5, 20],
    [0.9, 36],
    [1, 40],
    [2, 40],
  ])('percentile %d of 0…40 is %d', (q, expected) => expect(percentile([40, 0, 20, 10, 30], q)).toBeCloseTo(expected));

  it('measures the middle and the spread', () => {
    expect(mean([2, 4, Number.NaN])).toBe(3);
    expect(deviation([2, 4])).toBe(1);
  });

  it('leaves its input alone', () => {
    const values = Float32Array.of(3, 1, 2);
    median(values);
    rollingMedian(values, 1);
    expect([...values]).toEqual([3, 1, 2]);
  });

  it('rolls with a window that shrinks at the ends', () => {
    expect([...rollingMedian([1, 9, 1, 1, 5], 1)]).toEqual([5, 1, 1, 1, 3]);
    expect([...rollingMedian([], 3)]).toEqual([]);
  });

  it('compares directions, not lengths', () => {
    expect(cosine([1, 0], [5, 0])).toBe(1);
    expect(cosine([1, 0], [0, 2])).toBe(0);
    expect(cosine(Int16Array.of(3, 4), [-6, -8])).toBe(-1);
    expect(cosine([0, 0], [1, 1])).toBe(0);
  });

  it('finds stretches, end exclusive', () => {
    const series = [1, 1, 0, 1, 0, 0, 1];
    expect(runs(series)).toEqual([
      { start: 0, end: 2 },
      { start: 3, end: 4 },
      { start: 6, end: 7 },
    ]);
    expect(runs(series, 2)).toEqual([{ start: 0, end: 2 }]);
    expect(runs(series, 1, 1)).toEqual([
      { start: 0, end: 4 },
      { start: 6, end: 7 },
    ]);
    expect(runs([false, false])).toEqual([]);
    expect(runs([true])).toEqual([{ start: 0, end: 1 }]);
  });
});
