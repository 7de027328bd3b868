import { describe, expect, it } from 'vitest';
import { freeze } from '../../src/detectors/freeze.ts';
import { facts, noise, ordinary, outcomeOf, type PictureSignals, ranges } from './picture-signals.ts';

/** The picture of frame `start` stays until `end`. */
function hold(signals: PictureSignals, start: number, end: number, difference = 0): void {
  for (let i = start + 1; i < end; i++) {
    signals.frameDifference[i] = difference;
    signals.changedShare[i] = 0;
  }
}

describe('freeze', () => {
  it('leaves an empty room alone whose only change is the pulse of its key frames', () => {
    const signals = ordinary(150);
    for (let i = 1; i < 150; i++) {
      signals.frameDifference[i] = i % 10 === 0 ? 0.63 : 0.05;
      // Grain comes and goes around the limit of what counts as changed; for a second it stays below.
      signals.changedShare[i] = i > 70 && i < 80 ? 0.0002 : 0.0008;
    }
    expect(ranges(outcomeOf(freeze, facts(150, { fps: 10 }), signals))).toEqual([]);
  });

  it.each([
    { fps: 24, frames: 14, found: false },
    { fps: 24, frames: 15, found: true },
    { fps: 24, frames: 60, found: true },
    { fps: 8, frames: 4, found: false },
    { fps: 8, frames: 5, found: true },
    { fps: 50, frames: 29, found: false },
    { fps: 50, frames: 30, found: true },
  ])('$frames frames at $fps fps: $found', ({ fps, frames, found }) => {
    const signals = ordinary(150);
    hold(signals, 40, 40 + frames);
    const outcome = outcomeOf(freeze, facts(150, { fps }), signals);
    expect(ranges(outcome)).toEqual(found ? [['freeze', 40, 40 + frames]] : []);
    expect(outcome.score! >= 0.5).toBe(found);
  });

  it.each([
    { name: 'to the very end', start: 100, end: 150, text: 'to the end' },
    { name: 'from the first frame', start: 0, end: 40, text: 'at the head' },
  ])('finds a freeze $name', ({ start, end, text }) => {
    const signals = ordinary(150);
    hold(signals, start, end);
    const outcome = outcomeOf(freeze, facts(150), signals);
    expect(ranges(outcome)).toEqual([['freeze', start, end]]);
    expect(outcome.findings[0].message).toContain(text);
  });

  it.each([
    { difference: 0.02, found: true },
    { difference: 0.11, found: true },
    { difference: 0.2, found: false },
  ])('coding noise of $difference inside: $found', ({ difference, found }) => {
    const signals = ordinary(150);
    hold(signals, 40, 80, difference);
    expect(outcomeOf(freeze, facts(150), signals).findings).toHaveLength(found ? 1 : 0);
  });

  it('passes over the pulse of a key frame, but not over movement', () => {
    const signals = ordinary(150);
    hold(signals, 40, 80);
    signals.frameDifference[60] = 0.9;
    expect(ranges(outcomeOf(freeze, facts(150), signals))).toEqual([['freeze', 40, 80]]);
    signals.frameDifference[60] = 4;
    signals.changedShare[60] = 0.2;
    expect(ranges(outcomeOf(freeze, facts(150), signals))).toEqual([
      ['freeze', 40, 60],
      ['freeze', 60, 80],
    ]);
  });

  it('lets people come to rest', () => {
    const signals = ordinary(150);
    rest(signals, 0.06);
    expect(outcomeOf(freeze, facts(150), signals).findings).toEqual([]);
  });

  it('finds a freeze that begins at rest, where grain and breath stop too', () => {
    const signals = ordinary(150);
    rest(signals, 0);
    expect(ranges(outcomeOf(freeze, facts(150), signals))).toEqual([['freeze', 60, 90]]);
  });

  /** Motion dies down before frame 60 and comes up after frame 90; between them frames differ by `difference`. */
  function rest(signals: PictureSignals, difference: number): void {
    hold(signals, 60, 90, difference);
    for (let k = 0; k < 12; k++) {
      const share = k / 12;
      for (const i of [60 - k, 90 + k]) {
        signals.frameDifference[i] = 0.15 + 4 * share;
        signals.changedShare[i] = 0.2 * share ** 2;
      }
    }
  }

  it('is silent about an empty static scene whose key frames pulse', () => {
    const signals = ordinary(150);
    for (let i = 1; i < 150; i++) {
      signals.frameDifference[i] = i % 10 === 0 ? 0.7 : 0.03;
      signals.changedShare[i] = 0;
    }
    for (let i = 1; i < 30; i++) {
      signals.frameDifference[i] = 3 - i / 10;
      signals.changedShare[i] = 0.1 - i / 300;
    }
    expect(outcomeOf(freeze, facts(150, { fps: 10 }), signals).findings.filter(f => f.kind === 'freeze')).toEqual([]);
  });

  it('calls a shot in which nothing ever moves a still, with little confidence', () => {
    const signals = ordinary(100);
    hold(signals, 0, 100);
    const outcome = outcomeOf(freeze, facts(100), signals);
    expect(ranges(outcome)).toEqual([['still', 0, 100]]);
    expect(outcome.findings[0].confidence).toBeLessThan(0.5);
  });

  it('leaves black to the black detector', () => {
    const signals = ordinary(150);
    hold(signals, 60, 100);
    for (let i = 60; i < 100; i++) {
      signals.lumaHigh[i] = 17;
      signals.lumaDeviation[i] = 0.3;
    }
    expect(outcomeOf(freeze, facts(150), signals).findings).toEqual([]);
  });

  it('stays inside the shot', () => {
    const signals = ordinary(150);
    hold(signals, 40, 100);
    expect(ranges(outcomeOf(freeze, facts(150), signals, { shot: { start: 0, end: 70 } }))).toEqual([
      ['freeze', 40, 70],
    ]);
  });

  it('finds a freeze in a shot that moves only a little', () => {
    const random = noise(4);
    const signals = ordinary(150);
    for (let i = 1; i < 150; i++) {
      signals.frameDifference[i] = 0.6 + 0.1 * random();
      signals.changedShare[i] = 0.004;
    }
    hold(signals, 60, 90);
    expect(ranges(outcomeOf(freeze, facts(150), signals))).toEqual([['freeze', 60, 90]]);
  });

  it('skips a shot too short to hold a freeze', () => {
    expect(outcomeOf(freeze, facts(10), ordinary(10)).status).toBe('skipped');
  });
});
