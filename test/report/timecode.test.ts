import { describe, expect, it } from 'vitest';
import { RetakeError } from '../../src/errors.ts';
import {
  EDITING_RATES,
  editingRate,
  framesPerDay,
  fromTimecode,
  isDropFrame,
  parseRate,
  rateName,
  rateOf,
  toTimecode,
} from '../../src/report/timecode.ts';

const NTSC30 = { num: 30000, den: 1001 };
const NTSC60 = { num: 60000, den: 1001 };
const DF30 = rateOf(NTSC30, true);
const DF60 = rateOf(NTSC60, true);

/** Timecodes in order as a person would count them: up by one, skipping what drop-frame skips. Written apart from the code. */
function* counted(base: number, skip: number): Generator<string> {
  const pad = (value: number) => `${value}`.padStart(2, '0');
  for (let h = 0; h < 24; h++)
    for (let m = 0; m < 60; m++)
      for (let s = 0; s < 60; s++)
        for (let f = s === 0 && m % 10 !== 0 ? skip : 0; f < base; f++)
          yield `${pad(h)}:${pad(m)}:${pad(s)}${skip ? ';' : ':'}${pad(f)}`;
}

describe('timecode', () => {
  it.each([
    [0, DF30, '00:00:00;00'],
    [1799, DF30, '00:00:59;29'],
    [1800, DF30, '00:01:00;02'],
    [17981, DF30, '00:09:59;29'],
    [17982, DF30, '00:10:00;00'],
    [107892, DF30, '01:00:00;00'],
    [3599, DF60, '00:00:59;59'],
    [3600, DF60, '00:01:00;04'],
    [215784, DF60, '01:00:00;00'],
    [1800, rateOf(NTSC30), '00:01:00:00'],
    [90000, rateOf({ num: 25, den: 1 }), '01:00:00:00'],
    [86400, rateOf({ num: 24000, den: 1001 }), '01:00:00:00'],
    [180000, rateOf({ num: 50, den: 1 }), '01:00:00:00'],
    [2589408, DF30, '00:00:00;00'],
    [-1, DF30, '23:59:59;29'],
    [-1, rateOf({ num: 25, den: 1 }), '23:59:59:24'],
  ])('frame %i', (frame, rate, text) => {
    expect(toTimecode(frame, rate)).toBe(text);
    const day = framesPerDay(rate);
    expect(fromTimecode(text, rate)).toBe(((frame % day) + day) % day);
  });

  it.each([
    ['29.97 drop', DF30, 2],
    ['59.94 drop', DF60, 4],
    ['29.97', rateOf(NTSC30), 0],
    ['25', rateOf({ num: 25, den: 1 }), 0],
  ])('counts like a person for a quarter of an hour and at the end of the day: %s', (_, rate, skip) => {
    const quarter = 15 * 60 * rate.base;
    const last: string[] = [];
    let frame = 0;
    const wrong: string[] = [];
    for (const text of counted(rate.base, skip)) {
      if (frame < quarter && (toTimecode(frame, rate) !== text || fromTimecode(text, rate) !== frame)) wrong.push(text);
      if (text.startsWith('23:59:59')) last.push(text);
      frame++;
    }
    expect(wrong).toEqual([]);
    expect(frame).toBe(framesPerDay(rate));
    expect(last.map((_text, i) => toTimecode(frame - last.length + i, rate))).toEqual(last);
    expect(toTimecode(frame, rate)).toBe(toTimecode(0, rate));
  });

  it.each([
    ['1:00:00:00', rateOf({ num: 25, den: 1 })],
    ['01:00:00', rateOf({ num: 25, den: 1 })],
    ['24:00:00:00', rateOf({ num: 25, den: 1 })],
    ['00:60:00:00', rateOf({ num: 25, den: 1 })],
    ['00:00:00:25', rateOf({ num: 25, den: 1 })],
    ['00:00:00;10', rateOf({ num: 25, den: 1 })],
    ['00:01:00;00', DF30],
    ['00:01:00;03', DF60],
    ['', DF30],
    ['<script>', DF30],
  ])('refuses %j', (text, rate) => {
    expect(() => fromTimecode(text, rate)).toThrowError(expect.objectContaining({ code: 'usage' }));
  });

  it('reads colons as drop-frame when the rate drops', () => {
    expect(fromTimecode('01:00:00:00', DF30)).toBe(107892);
    expect([isDropFrame('01:00:00;00'), isDropFrame('01:00:00.00'), isDropFrame('01:00:00:00')]).toEqual([
      true,
      true,
      false,
    ]);
  });
});

describe('rates', () => {
  it.each(['23.976', '23.98', '24000/1001'])('%s is 24000/1001', text => {
    expect(parseRate(text)).toEqual({ num: 24000, den: 1001 });
  });

  it('reads the name of every editing rate', () => {
    for (const rate of EDITING_RATES) expect(parseRate(rateName(rate))).toEqual(rate);
  });

  it.each(['', '0', '23', '29', '1e9', '30/0', '31', '25.5', 'fps', '-25'])('refuses %j', text => {
    expect(() => parseRate(text)).toThrowError(RetakeError);
  });

  it.each([
    ['25', { num: 25, den: 1 }, '25'],
    ['unreduced 29.97', { num: 60000, den: 2002 }, '29.97'],
    ['8: every frame has its place at 24', { num: 8, den: 1 }, '24'],
    ['12.5', { num: 25, den: 2 }, '25'],
    ['15', { num: 15, den: 1 }, '30'],
    ['16', { num: 16, den: 1 }, '48'],
    ['14.985', { num: 15000, den: 1001 }, '29.97'],
    ['nothing fits: the nearest', { num: 355, den: 12 }, '29.97'],
    ['120', { num: 120, den: 1 }, '60'],
  ])('%s', (_, fps, name) => {
    expect(rateName(editingRate(fps))).toBe(name);
  });

  it('drops frames at 29.97 and 59.94 only', () => {
    for (const rate of EDITING_RATES) {
      const drops = ['29.97', '59.94'].includes(rateName(rate));
      if (drops) expect(rateOf(rate, true).drop).toBe(true);
      else expect(() => rateOf(rate, true)).toThrowError(expect.objectContaining({ code: 'usage' }));
    }
  });
});
