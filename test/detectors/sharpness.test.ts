import { describe, expect, it } from 'vitest';
import { sharpness } from '../../src/detectors/sharpness.ts';
import { facts, ordinary, outcomeOf, type PictureSignals, ranges } from './picture-signals.ts';

function soften(signals: PictureSignals, start: number, end: number, factor: number): PictureSignals {
  for (let i = start; i < end; i++) signals.sharpness[i] = 0.5 * factor;
  return signals;
}

describe('sharpness', () => {
  it.each([
    { factor: 0.8, frames: 30, found: false },
    { factor: 0.45, frames: 30, found: false },
    { factor: 0.37, frames: 30, found: true },
    { factor: 0.1, frames: 30, found: true },
    { factor: 0.1, frames: 6, found: false },
    { factor: 0.1, frames: 7, found: true },
  ])('$factor of the usual detail for $frames frames: $found', ({ factor, frames, found }) => {
    const outcome = outcomeOf(sharpness, facts(120), soften(ordinary(120), 40, 40 + frames, factor));
    expect(ranges(outcome)).toEqual(found ? [['soft', 40, 40 + frames]] : []);
    if (found) expect(outcome.findings[0].confidence).toBeLessThanOrEqual(0.7);
    if (!found && factor >= 0.4) expect(outcome.score!).toBeLessThan(0.35);
  });

  it('does not mind single soft frames', () => {
    const signals = ordinary(120);
    for (let i = 5; i < 120; i += 12) soften(signals, i, i + 2, 0.1);
    expect(outcomeOf(sharpness, facts(120), signals).findings).toEqual([]);
  });

  it('does not judge frames in a fast pan', () => {
    const signals = soften(ordinary(120), 40, 70, 0.2);
    signals.motionX.fill(25, 40, 70);
    expect(outcomeOf(sharpness, facts(120), signals).findings).toEqual([]);
    signals.motionX.fill(10, 40, 70);
    expect(outcomeOf(sharpness, facts(120), signals).findings).toHaveLength(1);
  });

  it('does not judge frames without contrast', () => {
    const signals = soften(ordinary(120), 40, 70, 0.2);
    signals.lumaDeviation.fill(3, 40, 70);
    expect(outcomeOf(sharpness, facts(120), signals).findings).toEqual([]);
  });

  it('follows blur on to where no edge is left, but does not begin there', () => {
    const signals = soften(ordinary(120), 40, 44, 0.2);
    signals.sharpness.fill(Number.NaN, 44, 70);
    const outcome = outcomeOf(sharpness, facts(120), signals);
    expect(ranges(outcome)).toEqual([['soft', 40, 70]]);
    expect(outcome.findings[0].measured).toBeCloseTo(0.2, 1);
    expect(outcome.findings[0].peak).toBeLessThan(44);
    // With half of the contrast gone too it is another picture, or a fade.
    signals.lumaDeviation.fill(22, 44, 70);
    expect(outcomeOf(sharpness, facts(120), signals).findings).toEqual([]);
    const mist = ordinary(120);
    mist.sharpness.fill(Number.NaN, 44, 70);
    expect(outcomeOf(sharpness, facts(120), mist).findings).toEqual([]);
  });

  it('compares with the shot, not with other shots', () => {
    const signals = soften(ordinary(120), 60, 120, 0.2);
    expect(outcomeOf(sharpness, facts(120), signals, { shot: { start: 60, end: 120 } }).findings).toEqual([]);
  });

  it('is skipped where most frames have nothing to measure, and in short shots', () => {
    const signals = ordinary(120);
    signals.sharpness.fill(Number.NaN, 0, 80);
    expect(outcomeOf(sharpness, facts(120), signals).status).toBe('skipped');
    expect(outcomeOf(sharpness, facts(10), ordinary(10)).status).toBe('skipped');
  });
});
