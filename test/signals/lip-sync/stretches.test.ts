import { describe, expect, it } from 'vitest';
import { MEASURES, type MouthTrack } from '../../../src/signals/lip-sync/mouth.ts';
import { openLips, pair, restingLips, talkingLips } from '../../../src/signals/lip-sync/stretches.ts';

const SECONDS = 8;
const ROWS = SECONDS * 50;
const STEP = 0.032;

/** Lips that open `open(t)` far, 0 – 1. */
function mouth(open: (seconds: number) => number): MouthTrack {
  const measures = new Float32Array(ROWS * MEASURES.length);
  for (let k = 0; k < ROWS; k++) measures[k * MEASURES.length] = 0.01 + 0.1 * open(k / 50);
  return { first: 0, length: ROWS, measures, lips: new Float32Array(0), seen: new Uint8Array(ROWS).fill(1), span: 80 };
}
const syllables = (t: number) => 0.5 - 0.5 * Math.cos(2 * Math.PI * 3.5 * t);
const inside = (t: number, from: number, to: number) => t >= from && t < to;

/** Speech except from `from` to `to`, where the sound is `below` dB lower. */
function sound(from: number, to: number, below = 40) {
  const bands = new Float32Array(SECONDS * 100 * 40);
  for (let k = 0; k < bands.length; k++) bands[k] = inside(k / 4000, from, to) ? (-below / 10) * Math.LN10 : 0;
  const probability = Float32Array.from({ length: Math.ceil(SECONDS / STEP) }, (_, k) =>
    inside(k * STEP, from, to) ? 0.02 : 0.98,
  );
  return { bands, voice: { step: STEP, probability } };
}
const paired = (open: (t: number) => number, from: number, to: number, below?: number, offset = 0) => {
  const { bands, voice } = sound(from, to, below);
  return pair(mouth(open), bands, voice, 0, ROWS, offset);
};

describe('lips that speak in silence', () => {
  it('are found where they are, with their pace', () => {
    const [found, ...more] = talkingLips(paired(syllables, 3, 5), 0.8, 2);
    expect(more).toEqual([]);
    expect(found.from / 50).toBeGreaterThan(3.1);
    expect(found.to / 50).toBeLessThan(5);
    expect(found.measured).toBeGreaterThan(5);
    expect(found.measured).toBeLessThan(8);
  });

  it('are looked for where the offset puts the silence', () => {
    const [found] = talkingLips(paired(syllables, 3, 5, 40, 400), 0.8, 2);
    expect(found.from / 50).toBeLessThan(3);
    expect(found.to / 50).toBeLessThan(4.6);
  });

  it.each([
    ['rest', (t: number) => (inside(t, 3, 5) ? 0.05 : syllables(t)), 3, 5, 40],
    [
      'open once, as for a breath',
      (t: number) => (inside(t, 3, 5) ? Math.sin((t - 3) * (Math.PI / 2)) : syllables(t)),
      3,
      5,
      40,
    ],
    ['speak in a short pause', syllables, 3, 3.9, 40],
    ['move to music: the sound goes on', syllables, 3, 5, 8],
    ['move in a clip without speech', syllables, 0, 8, 40],
  ])('are not claimed where lips %s', (_what, open, from, to, below) => {
    expect(talkingLips(paired(open, from, to, below), 0.8, 2)).toEqual([]);
  });
});

describe('lips that rest during speech', () => {
  const resting =
    (from: number, to: number, at = 0.05) =>
    (t: number) =>
      inside(t, from, to) ? at + 0.02 * Math.sin(40 * t) : syllables(t);

  it('are found where they are', () => {
    const [found, ...more] = restingLips(paired(resting(3, 4.5), 7, 7.1), 0.8, 0.18);
    expect(more).toEqual([]);
    expect(Math.abs(found.from / 50 - 3)).toBeLessThan(0.15);
    expect(Math.abs(found.to / 50 - 4.5)).toBeLessThan(0.15);
    expect(found.measured).toBeLessThan(0.1);
  });

  it.each([
    ['for less than the least', resting(3, 3.6), 7],
    ['open, as in a long vowel', resting(3, 4.5, 0.8), 7],
    ['in silence', resting(3, 4.5), 2.5],
  ])('are not claimed when they rest %s', (_what, open, silentFrom) => {
    const silentTo = silentFrom === 7 ? 7.1 : 5;
    expect(restingLips(paired(open, silentFrom, silentTo), 0.8, 0.18)).toEqual([]);
  });
});

describe('lips that never close', () => {
  /** Lips that come no nearer than 0.06 eye spans from `from` to `to`. */
  const apart = (from: number, to: number) => (t: number) =>
    inside(t, from, to) ? 0.5 + 0.5 * syllables(t) : syllables(t);

  it('are found where they are, with how near they come', () => {
    const [found, ...more] = openLips(paired(apart(1, 6), 7, 7.1), 4, 0.05);
    expect(more).toEqual([]);
    expect(Math.abs(found.from / 50 - 1)).toBeLessThan(0.15);
    expect(Math.abs(found.to / 50 - 6)).toBeLessThan(0.15);
    expect(found.measured).toBeCloseTo(0.06, 2);
    expect(found.worst).toBeGreaterThanOrEqual(found.from);
    expect(found.worst).toBeLessThan(found.to);
  });

  it.each([
    ['for less than the least', apart(1, 4.5), 7, 7.1],
    ['while nothing is said', apart(1, 6), 2, 5],
    ['not at all', syllables, 7, 7.1],
  ])('are not claimed when they stay open %s', (_what, open, from, to) => {
    expect(openLips(paired(open, from, to), 4, 0.05)).toEqual([]);
  });
});
