import { describe, expect, it } from 'vitest';
import { black } from '../../src/detectors/black.ts';
import { facts, ordinary, outcomeOf, type PictureSignals, ranges } from './picture-signals.ts';

/** Frames `start` … `end` show one level with this spread of luma. */
function paint(signals: PictureSignals, start: number, end: number, level: number, deviation = 0.5, colour = 0): void {
  for (let i = start; i < end; i++) {
    signals.lumaMean[i] = level;
    signals.lumaDeviation[i] = deviation;
    signals.lumaLow[i] = level - deviation;
    signals.lumaHigh[i] = level + 2 * deviation;
    signals.chromaBlue[i] = 128 + colour;
    signals.chromaRed[i] = 128;
    signals.saturation[i] = colour;
  }
}

describe('black', () => {
  it.each([
    { fps: 24, frames: 5, found: false },
    { fps: 24, frames: 6, found: true },
    { fps: 24, frames: 48, found: true },
    { fps: 8, frames: 1, found: false },
    { fps: 8, frames: 2, found: true },
    { fps: 60, frames: 14, found: false },
    { fps: 60, frames: 15, found: true },
  ])('$frames black frames at $fps fps in the middle: $found', ({ fps, frames, found }) => {
    const signals = ordinary(100);
    paint(signals, 30, 30 + frames, 16);
    const outcome = outcomeOf(black, facts(100, { fps }), signals);
    expect(ranges(outcome)).toEqual(found ? [['black', 30, 30 + frames]] : []);
    expect(outcome.score! >= 0.5).toBe(found);
  });

  it('has a score that rises with the length before there is a finding', () => {
    const score = (frames: number) => {
      const signals = ordinary(100);
      paint(signals, 30, 30 + frames, 16);
      return outcomeOf(black, facts(100), signals).score!;
    };
    expect(score(0)).toBe(0);
    expect(score(3)).toBeGreaterThan(0.05);
    expect(score(5)).toBeGreaterThan(score(3));
    expect(score(5)).toBeLessThan(0.5);
    expect(score(20)).toBeGreaterThan(0.9);
  });

  it.each([
    { level: 16, deviation: 0.3, kind: 'black' },
    { level: 22, deviation: 3.5, kind: 'black' },
    // A night scene: dark, but with a picture in it.
    { level: 24, deviation: 9, kind: null },
    { level: 120, deviation: 0.5, kind: 'blank' },
    { level: 235, deviation: 0.5, kind: 'blank' },
    // A misty sky has little contrast, but some.
    { level: 180, deviation: 3, kind: null },
  ])('luma $level ± $deviation is $kind', ({ level, deviation, kind }) => {
    const signals = ordinary(100);
    paint(signals, 40, 60, level, deviation, 10);
    expect(ranges(outcomeOf(black, facts(100), signals))).toEqual(kind ? [[kind, 40, 60]] : []);
  });

  it('does not call a picture of several colours blank', () => {
    const signals = ordinary(100);
    paint(signals, 40, 60, 120, 0.5, 10);
    signals.saturation.fill(40, 40, 60);
    expect(outcomeOf(black, facts(100), signals).findings).toEqual([]);
  });

  it.each([
    { name: 'head', start: 0, end: 12, text: 'at the head' },
    { name: 'tail', start: 88, end: 100, text: 'at the tail' },
    { name: 'middle', start: 40, end: 52, text: 'in the middle' },
    { name: 'all', start: 0, end: 100, text: 'from the first to the last frame' },
  ])('says where: $name', ({ start, end, text }) => {
    const signals = ordinary(100);
    paint(signals, start, end, 16);
    const [finding] = outcomeOf(black, facts(100), signals).findings;
    expect([finding.start, finding.end]).toEqual([start, end]);
    expect(finding.message).toContain(text);
  });

  describe('fades', () => {
    /** Luma falls over 8 frames, is black for `hold` and, unless it is the end, rises over 8 frames. */
    function fade(hold: number, atEnd: boolean) {
      const frames = atEnd ? 48 + hold : 100;
      const signals = ordinary(frames);
      paint(signals, 48, 48 + hold, 16);
      for (let k = 1; k <= 8; k++) {
        signals.lumaMean[48 - k] = 16 + 12 * k;
        if (!atEnd) signals.lumaMean[47 + hold + k] = 16 + 12 * k;
      }
      return outcomeOf(black, facts(frames), signals).findings.length;
    }
    it.each([
      { hold: 8, atEnd: false, findings: 0 },
      { hold: 11, atEnd: false, findings: 0 },
      { hold: 12, atEnd: false, findings: 1 },
      { hold: 11, atEnd: true, findings: 0 },
      { hold: 20, atEnd: true, findings: 1 },
    ])('$hold frames held, at the end: $atEnd → $findings', ({ hold, atEnd, findings }) => {
      expect(fade(hold, atEnd)).toBe(findings);
    });
  });

  it('reads black in full range codes', () => {
    const signals = ordinary(100);
    paint(signals, 40, 60, 24);
    // The same code is dark grey in full range.
    expect(ranges(outcomeOf(black, facts(100), signals))).toEqual([['black', 40, 60]]);
    expect(ranges(outcomeOf(black, facts(100, { colour: { range: 'full' } }), signals))).toEqual([['blank', 40, 60]]);
    paint(signals, 40, 60, 4);
    expect(ranges(outcomeOf(black, facts(100, { colour: { range: 'full' } }), signals))).toEqual([['black', 40, 60]]);
  });
});
