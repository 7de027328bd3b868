import { describe, expect, it } from 'vitest';
import { median, stretches, windowMedians } from '../../../src/signals/hands/windows.ts';

describe('medians over looks', () => {
  it('are not moved by single looks', () => {
    expect(median([0, 0.1, 1])).toBe(0.1);
    expect(median([])).toBe(0);
    expect(windowMedians([0, 1, 0, 0, 1, 0, 0], 5)).toEqual([0, 0, 0]);
    expect(windowMedians([0.2, 0.4], 9)).toEqual([0.30000000000000004]);
  });

  it('begin a stretch at the high mark and end it at the low one', () => {
    const values = [0, 0, 0, 0.6, 0.6, 0.6, 0.9, 0.9, 0.9, 0.6, 0.6, 0.6, 0, 0, 0];
    const [one, ...rest] = stretches(values, 3, 0.8, 0.5);
    expect(rest).toEqual([]);
    expect(one).toMatchObject({ peak: 6, value: 0.9 });
    // The windows whose median is at least 0.5 reach one look beyond either end.
    expect([one.from, one.to]).toEqual([2, 13]);
    expect(stretches(values, 3, 0.95, 0.5)).toEqual([]);
  });

  it('keep stretches apart that a calm part divides', () => {
    const calm = Array<number>(8).fill(0);
    const wild = Array<number>(6).fill(0.9);
    expect(stretches([...wild, ...calm, ...wild], 5, 0.8, 0.6)).toHaveLength(2);
  });
});
