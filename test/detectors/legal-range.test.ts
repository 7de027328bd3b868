import { describe, expect, it } from 'vitest';
import { legalRange } from '../../src/detectors/legal-range.ts';
import { facts, ordinary, outcomeOf, ranges } from './picture-signals.ts';

const SERIES = { below: 'lumaBelowLegal', above: 'lumaAboveLegal', chroma: 'chromaIllegal' } as const;

describe('legal-range', () => {
  describe.each(['below', 'above', 'chroma'] as const)('%s', kind => {
    it.each([
      { share: 0.002, frames: 40, found: false },
      { share: 0.009, frames: 40, found: false },
      { share: 0.011, frames: 40, found: true },
      { share: 0.3, frames: 40, found: true },
      { share: 0.3, frames: 5, found: false },
      { share: 0.3, frames: 6, found: true },
    ])('$share of the picture over $frames frames: $found', ({ share, frames, found }) => {
      const signals = ordinary(100);
      signals[SERIES[kind]].fill(share, 30, 30 + frames);
      signals[SERIES[kind]][33] = share * 1.02;
      const outcome = outcomeOf(legalRange, facts(100), signals);
      expect(ranges(outcome)).toEqual(found ? [[kind, 30, 30 + frames]] : []);
      expect(outcome.score! >= 0.5).toBe(found);
      if (found) expect(outcome.findings[0].peak).toBe(33);
    });
  });

  it('goes on over two frames inside the limits, not over more', () => {
    const signals = ordinary(100);
    signals.lumaAboveLegal.fill(0.1, 20, 60);
    signals.lumaAboveLegal.fill(0, 40, 42);
    expect(ranges(outcomeOf(legalRange, facts(100), signals))).toEqual([['above', 20, 60]]);
    signals.lumaAboveLegal.fill(0, 40, 43);
    expect(ranges(outcomeOf(legalRange, facts(100), signals))).toEqual([
      ['above', 20, 40],
      ['above', 43, 60],
    ]);
  });

  it.each([
    { illegal: 49, kinds: ['above', 'below'] },
    { illegal: 50, kinds: ['full-range'] },
    { illegal: 100, kinds: ['full-range'] },
  ])('blacks and whites both illegal in $illegal of 100 frames: $kinds', ({ illegal, kinds }) => {
    const signals = ordinary(100);
    signals.lumaBelowLegal.fill(0.05, 0, illegal);
    signals.lumaAboveLegal.fill(0.03, 0, illegal);
    expect(
      outcomeOf(legalRange, facts(100), signals)
        .findings.map(f => f.kind)
        .sort(),
    ).toEqual(kinds);
  });

  it('says of a full range clip what it was judged as', () => {
    const outcome = outcomeOf(legalRange, facts(100, { colour: { range: 'full' } }), ordinary(100));
    expect(outcome.measurements.range).toBe('full');
    expect(outcome.findings).toEqual([]);
  });

  it('judges a shot shorter than the shortest stretch as a whole', () => {
    const signals = ordinary(4);
    signals.chromaIllegal.fill(0.1);
    expect(ranges(outcomeOf(legalRange, facts(4), signals))).toEqual([['chroma', 0, 4]]);
  });

  it('stays inside the shot', () => {
    const signals = ordinary(100);
    signals.chromaIllegal.fill(0.1);
    expect(ranges(outcomeOf(legalRange, facts(100), signals, { shot: { start: 20, end: 50 } }))).toEqual([
      ['chroma', 20, 50],
    ]);
  });
});
