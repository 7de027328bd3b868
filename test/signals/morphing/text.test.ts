import { describe, expect, it } from 'vitest';
import { textCourse } from '../../../src/signals/morphing/text.ts';
import { alignment, letteringTracks, likeness, plainLetters } from '../../../src/signals/morphing/text-tracks.ts';
import { type Line, lettering } from './lettering.ts';

const shot = { start: 0, end: 120 };
/** The line before, in four looks, and after, in four. */
const turning = (before: Line, after: Line) => lettering([...Array(4).fill([before]), ...Array(4).fill([after])]);
const changes = (before: Line, after: Line) => textCourse(shot, turning(before, after), 2).changes;

const KITCHEN = { text: 'KITCHEN' };
/** The same line with its third, fourth and fifth letter turned into something that is read with doubt. */
const MELTED = { text: 'KIAXMEN', certainty: [0.98, 0.97, 0.5, 0.4, 0.55, 0.96, 0.98] };

describe('alignment', () => {
  it('pairs the letters of the cheapest way from one text to the other', () => {
    expect([...alignment('KITCHEN', 'KITCN')]).toEqual([0, 1, 2, 3, -1, -1, 4]);
    expect([...alignment('ABC', 'XABC')]).toEqual([1, 2, 3]);
    expect(likeness('ABCD', 'ABXD')).toBeCloseTo(0.75);
    expect(likeness('', '')).toBe(0);
  });

  it('does not tell look-alikes apart', () => {
    expect(plainLetters('lO 0·5')).toBe(plainLetters('I O0S'));
  });
});

describe('lines through time', () => {
  it('follows what stands by its place and what moves by what it says', () => {
    const looks = Array.from({ length: 5 }, (_, k) => [
      { text: k < 3 ? 'BAKERY' : 'BAXFRT', x: 200 },
      { text: 'STATION', x: 600 + 120 * k },
    ]);
    const tracks = letteringTracks(shot, lettering(looks));
    expect(tracks.map(({ rows }) => rows)).toEqual([
      [0, 2, 4, 6, 8],
      [1, 3, 5, 7, 9],
    ]);
  });

  it('does not follow over the end of a shot, nor to other lettering elsewhere', () => {
    const seen = lettering([[{ text: 'BAKERY' }], [{ text: 'BAKERY' }], [{ text: 'STATION', x: 900 }]]);
    expect(letteringTracks({ start: 0, end: 12 }, seen)).toHaveLength(1);
    expect(letteringTracks(shot, seen).map(({ rows }) => rows.length)).toEqual([2, 1]);
  });
});

describe('lettering that changes', () => {
  it('is found, with what it was and became, where and when', () => {
    const [change, ...more] = changes(KITCHEN, MELTED);
    expect(more).toEqual([]);
    expect(change).toMatchObject({ before: 'KITCHEN', after: 'KIAXMEN', lost: 3, letters: 7, peak: 48 });
    expect(change.start).toBe(36);
    expect(change.end).toBe(49);
    expect(change.box).toEqual([337, 285, 126, 30]);
  });

  it.each<[string, Line, Line]>([
    ['stays', KITCHEN, KITCHEN],
    ['is read with doubt from the start', { ...KITCHEN, certainty: 0.6 }, MELTED],
    ['is short', { text: 'OK' }, { text: 'XY', certainty: 0.5 }],
    ['loses one letter', KITCHEN, { text: 'KITCMEN' }],
    ['gets out of focus', KITCHEN, { ...MELTED, sharpness: 0.09 }],
    ['turns away', KITCHEN, { ...MELTED, length: 90 }],
    ['tilts', KITCHEN, { ...MELTED, angle: 0.3 }],
    ['goes far away', KITCHEN, { ...MELTED, height: 20 }],
    ['leaves the picture', KITCHEN, { text: 'CHEN', length: 72 }],
    ['scrolls', { text: 'FRESH BREAD' }, { text: 'BREADTODAY' }],
    ['is exchanged', { text: 'I am here' }, { text: 'You go now' }],
    ['has one word exchanged', { text: 'NEXT STOP PARIS' }, { text: 'NEXT STOP DOVER' }],
    ['counts', { text: 'TIME 12:45:09' }, { text: 'TIME 12:46:37' }],
    ['is read with another case and marks', { text: 'Coffee·House' }, { text: 'COFFEE H0USE' }],
  ])('is not said of a line that %s', (_, before, after) => {
    expect(changes(before, after)).toEqual([]);
  });

  it('is found where all of it turns into other letters little by little', () => {
    const half = { text: 'KITXQEM', certainty: 0.6 };
    const all = { text: 'BAWXQAM' };
    const looks = [KITCHEN, KITCHEN, KITCHEN, half, all, all, all].map(line => [line]);
    expect(textCourse(shot, lettering(looks), 2).changes).toMatchObject([{ before: 'KITCHEN', after: 'BAWXQAM' }]);
    expect(changes(KITCHEN, all)).toEqual([]);
  });

  it('is not said when the letters come back, or were hidden for a moment', () => {
    const passing = lettering([KITCHEN, KITCHEN, KITCHEN, MELTED, MELTED, KITCHEN, KITCHEN].map(line => [line]));
    expect(textCourse(shot, passing, 2)).toMatchObject({ lines: 1, changes: [] });
  });

  it('is not said of two looks, and never over a cut', () => {
    const short = lettering([[KITCHEN], [KITCHEN], [MELTED]]);
    expect(textCourse(shot, short, 2)).toMatchObject({ lines: 0, most: null, changes: [] });
    const cut = turning(KITCHEN, MELTED);
    expect(textCourse({ start: 0, end: 48 }, cut, 2).changes).toEqual([]);
    expect(textCourse({ start: 48, end: 120 }, cut, 2).changes).toEqual([]);
  });
});
