import { describe, expect, it } from 'vitest';
import { f1, precision, recall, scoreCuts, scoreGradual } from '../../bench/cuts/score.ts';
import type { Cut } from '../../src/signals.ts';

const truth = (cuts: number[], dissolves: [number, number][] = []) => ({ cuts, dissolves, fades: [] });
const dissolve = (start: number, end: number): Cut => ({
  frame: (start + end) >> 1,
  kind: 'dissolve',
  confidence: 1,
  start,
  end,
});

describe('scoring of hard cuts', () => {
  it.each([
    ['exact', [10, 20], [10, 20], { found: 2, missed: 0, false: 0 }],
    ['one frame off', [11, 19], [10, 20], { found: 2, missed: 0, false: 0 }],
    ['two frames off', [12], [10], { found: 0, missed: 1, false: 1 }],
    ['one report for two cuts', [11], [10, 12], { found: 1, missed: 1, false: 0 }],
    ['two reports for one cut', [10, 11], [10], { found: 1, missed: 0, false: 1 }],
    ['nothing', [], [10], { found: 0, missed: 1, false: 0 }],
    ['nothing where nothing is', [], [], { found: 0, missed: 0, false: 0 }],
  ] as const)('%s', (_, reported, cuts, expected) => {
    expect(scoreCuts(reported, truth([...cuts]))).toEqual(expected);
  });

  it('passes over reports within a gradual transition and in ignored ranges', () => {
    expect(scoreCuts([28, 41], truth([], [[30, 42]]))).toEqual({ found: 0, missed: 0, false: 0 });
    expect(scoreCuts([50], truth([]), [[50, 51]])).toEqual({ found: 0, missed: 0, false: 0 });
    expect(scoreCuts([60], truth([], [[30, 42]]))).toEqual({ found: 0, missed: 0, false: 1 });
  });
});

describe('scoring of gradual transitions', () => {
  it.each([
    ['the range itself', [dissolve(30, 42)], { found: 1, missed: 0, false: 0 }],
    ['a middle off by half the length', [dissolve(36, 48)], { found: 1, missed: 0, false: 0 }],
    ['a middle off by more', [dissolve(38, 52)], { found: 0, missed: 1, false: 1 }],
    ['two reports', [dissolve(30, 36), dissolve(36, 42)], { found: 1, missed: 0, false: 1 }],
    ['nothing', [], { found: 0, missed: 1, false: 0 }],
  ])('%s', (_, reported, expected) => {
    expect(scoreGradual(reported, [[30, 42]])).toEqual(expected);
  });
});

it('takes precision, recall and F1 from counts', () => {
  const tally = { found: 6, missed: 2, false: 4 };
  expect(precision(tally)).toBe(0.6);
  expect(recall(tally)).toBe(0.75);
  expect(f1(tally)).toBeCloseTo((2 * 0.6 * 0.75) / (0.6 + 0.75));
});
