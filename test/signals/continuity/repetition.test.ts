import { describe, expect, it } from 'vitest';
import { heldStretches } from '../../../src/signals/continuity/held.ts';
import { findRepetitions } from '../../../src/signals/continuity/repetition.ts';
import { SHOT_GRID } from '../../../src/signals.ts';
import { noise } from '../../observers/scenes.ts';

const CELLS = SHOT_GRID.columns * SHOT_GRID.rows;

/** Grids of a scene that moves on with every step; `moments` says which moment each frame shows. */
function grids(moments: readonly number[], coding = 0.1): Float32Array {
  return Float32Array.from({ length: moments.length * CELLS }, (_, i) => {
    const frame = Math.floor(i / CELLS);
    const cell = i % CELLS;
    const moment = moments[frame];
    const here = 40 * Math.sin(moment * (0.11 + 0.05 * noise(cell, 1, 3)) + 6 * noise(cell, 2, 3));
    return 120 + here + coding * (noise(cell, frame, 9) - 0.5);
  });
}

const upTo = (count: number) => Array.from({ length: count }, (_, i) => i);

describe('repeated stretches', () => {
  it('finds frames that are shown again', () => {
    const moments = [...upTo(40), ...upTo(20).map(i => i + 20), ...upTo(20).map(i => i + 40)];
    expect(findRepetitions(grids(moments), upTo(moments.length))).toEqual([
      expect.objectContaining({ kind: 'loop', again: { start: 40, end: 60 }, first: 20 }),
    ]);
  });

  it('finds a shot that runs back over what it has shown', () => {
    const moments = [...upTo(30), ...upTo(20).map(i => 28 - i)];
    const [found, ...others] = findRepetitions(grids(moments), upTo(moments.length));
    expect(others).toEqual([]);
    expect(found.kind).toBe('reversal');
    expect(Math.abs(found.again.start - 30)).toBeLessThanOrEqual(1);
    expect(found.again.end).toBe(50);
  });

  it('finds what a shot before has shown, but only in the shot that is asked for', () => {
    const moments = [...upTo(40), ...upTo(20).map(i => i + 20), ...upTo(20).map(i => i + 40)];
    expect(findRepetitions(grids(moments), upTo(moments.length), 40)).toEqual([
      expect.objectContaining({ kind: 'loop', again: { start: 40, end: 60 }, first: 20 }),
    ]);
    expect(findRepetitions(grids(moments), upTo(moments.length), 60)).toEqual([]);
  });

  it('seven repeated frames are too few, and so is rest', () => {
    const few = [...upTo(40), ...upTo(7).map(i => i + 20), ...upTo(20).map(i => i + 60)];
    expect(findRepetitions(grids(few), upTo(few.length))).toEqual([]);
    expect(findRepetitions(grids(upTo(60).map(() => 5)), upTo(60))).toEqual([]);
  });

  it('periodic motion that comes back nearly, but not exactly, is none', () => {
    const swing = upTo(90).map(i => 20 * Math.sin((2 * Math.PI * i) / 18.4) + 0.04 * i);
    expect(findRepetitions(grids(swing), upTo(90))).toEqual([]);
  });
});

describe('held stretches', () => {
  const shot = { start: 0, end: 60 };
  const moving = (repeated: (frame: number) => boolean, motion = 2) => ({
    repeats: Float32Array.from({ length: 60 }, (_, i) => Number(repeated(i))),
    difference: Float32Array.from({ length: 60 }, (_, i) => (repeated(i) ? 0 : motion)),
  });

  it.each([
    [3, false],
    [4, true],
    [9, true],
  ])('%d repeats: %s', (count, found) => {
    const { repeats, difference } = moving(i => i > 30 && i <= 30 + count);
    const expected = found ? [{ start: 30, end: 31 + count }] : [];
    expect(heldStretches(repeats, difference, shot, 4)).toEqual(expected);
  });

  it('a pattern of held frames is a matter of cadence', () => {
    const { repeats, difference } = moving(i => i % 10 > 4);
    expect(heldStretches(repeats, difference, shot, 4)).toEqual([]);
  });

  it('a picture that hardly moves anyway holds nothing', () => {
    const { repeats, difference } = moving(i => i > 30 && i <= 36, 0.3);
    expect(heldStretches(repeats, difference, shot, 4)).toEqual([]);
  });

  it('a picture that is held until the shot cuts is held, at the end of the clip it is not', () => {
    const { repeats, difference } = moving(i => i > 30 && i <= 36);
    const until = { start: 0, end: 37 };
    expect(heldStretches(repeats, difference, until, 4)).toEqual([{ start: 30, end: 37 }]);
    expect(heldStretches(repeats.subarray(0, 37), difference.subarray(0, 37), until, 4)).toEqual([]);
  });

  it('coding noise within a stretch does not end it', () => {
    const { repeats, difference } = moving(i => i > 30 && i <= 36, 6);
    repeats[33] = 0;
    difference[33] = 0.4;
    expect(heldStretches(repeats, difference, shot, 4)).toEqual([{ start: 30, end: 37 }]);
  });

  it('single repeats beside a long stretch do not make it a pattern', () => {
    const { repeats, difference } = moving(i => (i > 30 && i <= 36) || [10, 17, 44, 51].includes(i));
    expect(heldStretches(repeats, difference, shot, 4)).toEqual([{ start: 30, end: 37 }]);
  });

  it('motion that has come to rest before is no held picture', () => {
    const { repeats, difference } = moving(i => i > 30 && i <= 36, 1);
    for (let i = 31; i <= 36; i++) {
      repeats[i] = 0;
      difference[i] = 0.08;
    }
    difference[30] = 0.3;
    expect(heldStretches(repeats, difference, shot, 4)).toEqual([]);
    difference[30] = 1;
    expect(heldStretches(repeats, difference, shot, 4)).toEqual([{ start: 30, end: 37 }]);
  });

  it('the last of some equal frames may be coded better than the others, but motion that comes up gradually is none', () => {
    const { repeats, difference } = moving(i => i > 30 && i <= 33, 1);
    difference.set([0.04, 0.03, 0.05, 0.3], 31);
    expect(heldStretches(repeats, difference, shot, 4)).toEqual([{ start: 30, end: 35 }]);
    repeats.fill(0);
    difference.set([0.06, 0.03, 0.1, 0.18, 0.33], 31);
    expect(heldStretches(repeats, difference, shot, 4)).toEqual([]);
  });

  it('a leap after a stretch tells of lost time where motion was slow before', () => {
    const { repeats, difference } = moving(i => i > 30 && i <= 34, 3);
    difference.set([0.5], 30);
    for (let i = 31; i <= 34; i++) {
      repeats[i] = 0;
      difference[i] = 0.2;
    }
    expect(heldStretches(repeats, difference, shot, 4)).toEqual([]);
    difference[35] = 5;
    expect(heldStretches(repeats, difference, shot, 4)).toEqual([{ start: 30, end: 35 }]);
  });

  it('where every third frame hardly moves, exact repetition tells all the same', () => {
    const { repeats, difference } = moving(i => i > 30 && i <= 34);
    for (let i = 3; i <= 30; i += 3) difference[i] = 0.3;
    expect(heldStretches(repeats, difference, shot, 4)).toEqual([{ start: 30, end: 35 }]);
  });

  it('stillness long before does not make a held picture a cadence', () => {
    const { repeats, difference } = moving(i => (i > 1 && i <= 14) || (i > 40 && i <= 44));
    for (let i = 1; i < 26; i++) difference[i] = repeats[i] > 0 ? 0 : 0.3;
    expect(heldStretches(repeats, difference, shot, 4)).toEqual([{ start: 40, end: 45 }]);
  });
});
