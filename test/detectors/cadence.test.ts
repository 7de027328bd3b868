import { describe, expect, it } from 'vitest';
import { cadence } from '../../src/detectors/cadence.ts';
import { facts, noise, ordinary, outcomeOf, ranges } from './picture-signals.ts';

/** Signals in which frames for which `repeats` holds are the same as the one before, up to `residue`. */
function repeating(frames: number, repeats: (i: number) => boolean, level = 4, residue = 0.03) {
  const random = noise(9);
  const signals = ordinary(frames);
  for (let i = 1; i < frames; i++) {
    signals.frameDifference[i] = repeats(i) ? residue : level * (1 + 0.3 * random());
  }
  return signals;
}

describe('cadence', () => {
  it.each([
    { name: '12 → 24', repeats: (i: number) => i % 2 === 1, rate: 12, fps: 24, text: '1 of every 2' },
    { name: '8 → 24', repeats: (i: number) => i % 3 !== 0, rate: 8, fps: 24, text: '2 of every 3' },
    { name: '24 → 30', repeats: (i: number) => i % 5 === 4, rate: 24, fps: 30, text: '1 of every 5' },
    { name: '25 → 30', repeats: (i: number) => i % 6 === 5, rate: 25, fps: 30, text: '1 of every 6' },
    { name: '5 → 25', repeats: (i: number) => i % 5 !== 0, rate: 5, fps: 25, text: '4 of every 5' },
    { name: '24 → 25', repeats: (i: number) => i % 25 === 24, rate: 24, fps: 25, text: '1 of every 25' },
  ])('finds $name', ({ repeats, rate, fps, text }) => {
    const outcome = outcomeOf(cadence, facts(200, { fps }), repeating(200, repeats));
    expect(outcome.findings.map(f => f.kind)).toEqual(['pattern']);
    const [{ message, start, end, peak }] = outcome.findings;
    expect(message).toContain(text);
    expect(message).toContain(` ${rate} frames per second`);
    const repeated = Array.from({ length: 200 }, (_, i) => i).filter(i => i > 0 && repeats(i));
    expect([start, end, peak]).toEqual([repeated[0], repeated.at(-1)! + 1, repeated[0]]);
  });

  it('gives the exact range of a pattern that covers part of the shot', () => {
    const outcome = outcomeOf(
      cadence,
      facts(240),
      repeating(240, i => i >= 61 && i < 160 && i % 2 === 1),
    );
    expect(ranges(outcome)).toEqual([['pattern', 61, 160]]);
  });

  it.each([
    { residue: 0.39, level: 4, found: true },
    { residue: 0.45, level: 4, found: false },
    { residue: 0.1, level: 1, found: true },
    { residue: 0.2, level: 1, found: false },
  ])('repeats that differ by $residue where others differ by $level: $found', ({ residue, level, found }) => {
    const signals = repeating(120, i => i % 2 === 1, level, residue);
    for (let i = 1; i < 120; i++) if (i % 2 === 0) signals.frameDifference[i] = level;
    expect(outcomeOf(cadence, facts(120), signals).findings).toHaveLength(found ? 1 : 0);
  });

  it.each([
    { places: [50], found: false },
    { places: [50, 57], found: false },
    { places: [50, 57, 68], found: true },
    { places: [50, 57, 74], found: false },
    { places: [50, 51, 68], found: true },
  ])('irregular repeats at $places: $found', ({ places, found }) => {
    const outcome = outcomeOf(
      cadence,
      facts(150),
      repeating(150, i => places.includes(i)),
    );
    expect(ranges(outcome)).toEqual(found ? [['stutter', places[0], places.at(-1)! + 1]] : []);
    expect(outcome.score! >= 0.5).toBe(found);
  });

  it('is silent about pauses, which come and go gradually', () => {
    const signals = ordinary(200);
    for (let i = 1; i < 200; i++) signals.frameDifference[i] = 0.05 + 2 * (1 + Math.sin(i / 4)) ** 2;
    expect(outcomeOf(cadence, facts(200), signals).findings).toEqual([]);
  });

  it('leaves freezes to the freeze detector', () => {
    const outcome = outcomeOf(
      cadence,
      facts(200),
      repeating(200, i => i > 60 && i < 90),
    );
    expect(outcome.findings).toEqual([]);
  });

  it('is skipped where next to nothing moves', () => {
    const signals = ordinary(120);
    for (let i = 1; i < 120; i++) signals.frameDifference[i] = i % 2 ? 0.3 : 0.02;
    const outcome = outcomeOf(cadence, facts(120), signals);
    expect(outcome.status).toBe('skipped');
    expect(outcome.reason).toMatch(/too little motion/);
  });

  describe('frame times', () => {
    const times = (steps: number[]) => {
      const all = [0];
      for (const step of steps) all.push(all.at(-1)! + step);
      return all;
    };
    const even = new Array<number>(119).fill(1 / 24);

    it.each([
      { factor: 1.3, found: false },
      { factor: 2, found: true },
      { factor: 5, found: true },
    ])('an interval of $factor frames among even ones: $found', ({ factor, found }) => {
      const steps = [...even];
      steps[59] = factor / 24;
      const outcome = outcomeOf(cadence, facts(120, { times: times(steps) }), ordinary(120));
      expect(ranges(outcome)).toEqual(found ? [['gap', 59, 61]] : []);
    });

    it.each([
      { name: 'jittering phone', steps: even.map((step, i) => step * [1, 1.4, 0.7, 1.9][i % 4]) },
      { name: 'rate that changes', steps: even.map((_, i) => 1 / (i < 60 ? 30 : 20)) },
    ])('does not take varying rate for gaps: $name', ({ steps }) => {
      expect(outcomeOf(cadence, facts(120, { times: times(steps) }), ordinary(120)).findings).toEqual([]);
    });

    it('does not mind a gap where nothing moves', () => {
      const steps = [...even];
      steps[59] = 5 / 24;
      const signals = ordinary(120);
      signals.frameDifference.fill(0.1);
      expect(outcomeOf(cadence, facts(120, { times: times(steps) }), signals).findings).toEqual([]);
    });
  });
});
