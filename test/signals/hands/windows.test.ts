import { describe, expect, it } from 'vitest';
import { measuredIn, stretches, windowMedians } from '../../../src/signals/hands/windows.ts';

describe('medians over looks', () => {
  it('are not moved by single looks', () => {
    expect(windowMedians([0, 1, 0, 0, 1, 0, 0], 5)).toEqual([0, 0, 0]);
    expect(windowMedians([0.2, 0.4], 9)).toEqual([0.30000000000000004]);
  });

  it('leave out what could not be measured, and say nothing of too few', () => {
    const values = [Number.NaN, 0.9, Number.NaN, 0.8, 0.7, Number.NaN];
    expect(measuredIn(values)).toBe(3);
    expect(windowMedians(values, 9, 3)).toEqual([0.8]);
    expect(windowMedians(values, 9, 4)).toEqual([0]);
    expect(windowMedians([Number.NaN, Number.NaN], 9)).toEqual([0]);
    expect(stretches(values, 9, 0.75, 0.5, 3)).toEqual([{ from: 0, to: 6, peak: 1, value: 0.8 }]);
    expect(windowMedians([], 9)).toEqual([]);
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
