import { describe, expect, it } from 'vitest';
import { flicker } from '../../src/detectors/flicker.ts';
import { facts, noise, ordinary, outcomeOf, type PictureSignals } from './picture-signals.ts';

/** Adds `wave(i)` to mean luma, and what it changes to the frame differences. */
function light(signals: PictureSignals, wave: (i: number) => number): PictureSignals {
  const { lumaMean, frameDifference } = signals;
  for (let i = 0; i < lumaMean.length; i++) {
    lumaMean[i] += wave(i);
    if (i > 0) frameDifference[i] = Math.max(frameDifference[i], Math.abs(wave(i) - wave(i - 1)));
  }
  return signals;
}

describe('flicker', () => {
  it.each([
    { strength: 0.5, found: false },
    { strength: 1.7, found: false },
    { strength: 2.4, found: true },
    { strength: 5, found: true },
    { strength: 20, found: true },
  ])('every other frame brighter by $strength: $found', ({ strength, found }) => {
    const signals = light(ordinary(120), i => (i >= 40 && i < 80 && i % 2 === 0 ? strength : 0));
    const outcome = outcomeOf(flicker, facts(120), signals);
    expect(outcome.findings).toHaveLength(found ? 1 : 0);
    expect(outcome.score! >= 0.5).toBe(found);
    if (!found) return;
    const [{ start, end, peak, measured }] = outcome.findings;
    expect(Math.abs(start - 40)).toBeLessThanOrEqual(1);
    expect(Math.abs(end - 79)).toBeLessThanOrEqual(1);
    expect(peak).toBeGreaterThanOrEqual(start);
    expect(peak).toBeLessThan(end);
    expect(measured).toBeCloseTo(strength, 0);
  });

  it('finds random flicker', () => {
    const random = noise(5);
    const outcome = outcomeOf(
      flicker,
      facts(120),
      light(ordinary(120), i => (i >= 30 && i < 100 ? 5 * random() : 0)),
    );
    expect(outcome.findings.length).toBeGreaterThan(0);
  });

  it('finds flicker at 12 frames per second in a clip of 24', () => {
    const signals = light(ordinary(160), i => (Math.floor(i / 2) % 2 === 0 ? 6 : 0));
    for (let i = 1; i < 160; i += 2) {
      signals.lumaMean[i] = signals.lumaMean[i - 1];
      signals.frameDifference[i] = 0;
    }
    expect(outcomeOf(flicker, facts(160), signals).findings).toHaveLength(1);
  });

  it.each([
    { name: 'a cut', wave: (i: number) => (i < 60 ? 0 : 70) },
    { name: 'an exposure ramp', wave: (i: number) => 2.5 * Math.min(40, Math.max(0, i - 40)) },
    { name: 'one flash', wave: (i: number) => (i === 60 ? 90 : 0) },
    { name: 'three flashes a second', wave: (i: number) => (i % 8 === 0 ? 60 : 0) },
    { name: 'a slow pulse', wave: (i: number) => 15 * Math.sin(i / 8) },
    { name: 'a lamp switched on and off', wave: (i: number) => (Math.floor(i / 24) % 2 ? 40 : 0) },
  ])('is silent about $name', ({ wave }) => {
    expect(outcomeOf(flicker, facts(120), light(ordinary(120), wave)).findings).toEqual([]);
  });

  it('is silent about ramps in a clip whose frames repeat', () => {
    const signals = light(ordinary(120), i => 4 * Math.floor(i / 2));
    for (let i = 1; i < 120; i += 2) signals.frameDifference[i] = 0;
    expect(outcomeOf(flicker, facts(120), signals).findings).toEqual([]);
  });

  it('is silent where the whole picture is flung about', () => {
    const random = noise(6);
    const signals = light(ordinary(120), () => 3 * random());
    signals.frameDifference.fill(30);
    expect(outcomeOf(flicker, facts(120), signals).findings).toEqual([]);
  });

  it('leaves strobes to the flash screening', () => {
    const signals = light(ordinary(120), i => (i % 2 === 0 ? 80 : 0));
    for (let i = 1; i < 120; i++) (i % 2 === 0 ? signals.flashRise : signals.flashFall)[i] = 0.9;
    const outcome = outcomeOf(flicker, facts(120), signals);
    expect(outcome.status).toBe('skipped');
    expect(outcome.reason).toMatch(/flash/);
  });

  it('looks at its own shot only', () => {
    const signals = light(ordinary(120), i => (i >= 60 && i % 2 === 0 ? 8 : 0));
    expect(outcomeOf(flicker, facts(120), signals, { shot: { start: 0, end: 60 } }).findings).toEqual([]);
    const [{ start }] = outcomeOf(flicker, facts(120), signals, { shot: { start: 50, end: 120 } }).findings;
    expect(Math.abs(start - 60)).toBeLessThanOrEqual(1);
  });

  it('skips a shot of a few frames', () => {
    expect(outcomeOf(flicker, facts(8), ordinary(8)).status).toBe('skipped');
  });
});
