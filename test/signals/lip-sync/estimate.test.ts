import { beforeAll, describe, expect, it } from 'vitest';
import { bandsOf, late, opening, speech, talkingFace } from '../../../fixtures/talking-face.ts';
import { analyse } from '../../../src/signals/lip-sync/analyse.ts';
import { bestLines, bestSplit } from '../../../src/signals/lip-sync/course.ts';
import { compare, confidenceOf, estimateOffset, peakOf } from '../../../src/signals/lip-sync/estimate.ts';
import { lipSyncModel } from '../../../src/signals/lip-sync/model.ts';
import { type MouthTrack, mouthOf } from '../../../src/signals/lip-sync/mouth.ts';
import { convolve, LAGS } from '../../../src/signals/lip-sync/network.ts';
import { faceTracks } from '../../../src/signals/tracks-people.ts';

const model = lipSyncModel();
const samples = speech(2);
const seconds = samples.length / 16_000;
let mouth: MouthTrack;

beforeAll(() => {
  const { clip, faces } = talkingFace(seconds, opening(bandsOf(samples)));
  const [track] = faceTracks(clip, [{ id: 's1', start: 0, end: clip.frames }], faces, null);
  mouth = mouthOf(clip, faces, track);
});

/** Sound read at `place(t)`: what a player with a wrong clock would play. */
const warped = (place: (seconds: number) => number) =>
  Float32Array.from({ length: samples.length }, (_, k) => samples[Math.round(place(k / 16_000) * 16_000)] ?? 0);

describe('estimateOffset', () => {
  it('tells how late the sound is, between the steps too', () => {
    const zero = estimateOffset(model, compare(model, mouth, bandsOf(samples).values, 0, 400)).offset;
    expect(Math.abs(zero)).toBeLessThan(40);
    for (const shift of [-0.4, -0.13, 0.05, 0.25, 0.5]) {
      const { values } = bandsOf(late(samples, shift));
      const { offset, confidence } = estimateOffset(model, compare(model, mouth, values, 0, 400));
      expect(Math.abs(offset - zero - 1000 * shift)).toBeLessThan(12);
      expect(confidence).toBeGreaterThan(0.95);
    }
  });

  it('is unsure of noise, and matches it less than speech', () => {
    let state = 7;
    const noise = samples.map(() => {
      state = (Math.imul(state, 1664525) + 1013904223) | 0;
      return state / 2 ** 33;
    });
    const right = estimateOffset(model, compare(model, mouth, bandsOf(samples).values, 0, 400));
    const wrong = estimateOffset(model, compare(model, mouth, bandsOf(noise).values, 0, 400));
    expect(wrong.match).toBeLessThan(right.match / 2);
    expect(wrong.margin).toBeLessThan(right.margin);
  });

  it('holds at the ends of the sound, where lags run out of it', () => {
    const bands = bandsOf(samples).values;
    const cut = bands.subarray(0, 2 * 40 * 300);
    const { offset } = estimateOffset(model, compare(model, mouth, cut, 100, 300));
    expect(Math.abs(offset)).toBeLessThan(40);
  });
});

describe('analyse', () => {
  it('tells drift by its slope', () => {
    for (const rate of [-15, 15]) {
      const { values } = bandsOf(warped(t => t * (1 - rate / 1000)));
      const { slope, split } = analyse(model, mouth, values, 0, 500);
      expect(slope?.perSecond).toBeGreaterThan(rate - 4);
      expect(slope?.perSecond).toBeLessThan(rate + 4);
      expect(slope?.gain).toBeGreaterThan(split?.gain ?? 0);
    }
  });

  it('tells a jump, its place and both offsets', () => {
    const { values } = bandsOf(warped(t => (t < 5 ? t : t - 0.24)));
    const { split, slope } = analyse(model, mouth, values, 0, 500);
    expect(Math.abs((split?.row ?? 0) / 50 - 5)).toBeLessThan(0.5);
    expect((split?.after.offset ?? 0) - (split?.before.offset ?? 0)).toBeGreaterThan(200);
    expect((split?.after.offset ?? 0) - (split?.before.offset ?? 0)).toBeLessThan(280);
    expect(split?.gain).toBeGreaterThan(slope?.gain ?? 0);
  });

  it('finds neither in steady sound', () => {
    const { slope, split, windows } = analyse(model, mouth, bandsOf(samples).values, 0, 500);
    expect(slope?.gain ?? 0).toBeLessThan(30);
    expect(Math.abs((split?.after.offset ?? 0) - (split?.before.offset ?? 0))).toBeLessThan(30);
    expect(windows.length).toBe(7);
  });
});

describe('lines and splits', () => {
  const course = (lag: (row: number) => number, rows = 500) => {
    const values = new Float32Array(rows * LAGS);
    for (let t = 0; t < rows; t++)
      for (let k = 0; k < LAGS; k++) values[t * LAGS + k] = Math.exp(-0.5 * ((k - 35 - lag(t)) / 1.5) ** 2);
    return { rows, values };
  };

  it('finds slope and offset of a slanted ridge', () => {
    // Half a step of 20 ms per second: 10 ms/s.
    const lines = bestLines(course(t => 3 + (0.5 * (t - 249.5)) / 50));
    const best = lines.reduce((a, b) => (b.score > a.score ? b : a));
    expect(best.slope).toBe(10);
    expect(best.offset).toBe(60);
  });

  it('finds the row of a jump; needs room on both sides', () => {
    const ridge = course(t => (t < 200 ? -4 : 6));
    expect(bestSplit(ridge, 150)).toMatchObject({ row: 200, before: -80, after: 120 });
    expect(bestSplit(ridge, 251)).toBeNull();
  });
});

describe('parts of the estimator', () => {
  it('convolves with zeros outside, strides and dilation', () => {
    const kernel = { shape: [1, 1, 3], values: Float32Array.of(1, 2, 4) };
    const input = { count: 5, width: 1, values: Float32Array.of(1, 0, 0, 1, 3) };
    const run = (stride: number, dilation: number) => [
      ...convolve(input, { kernel, bias: Float32Array.of(0.5), stride, dilation }).values,
    ];
    expect(run(1, 1)).toEqual([2.5, 1.5, 4.5, 14.5, 7.5]);
    expect(run(2, 1)).toEqual([2.5, 4.5, 7.5]);
    expect(run(1, 2)).toEqual([2.5, 4.5, 13.5, 2.5, 6.5]);
  });

  it('finds a peak between the steps', () => {
    const curve = Float64Array.from({ length: 71 }, (_, k) => -((k - 40.3) ** 2));
    expect(peakOf(curve).place).toBeCloseTo(5.3 * 20, 3);
  });

  it('is surer with a wider margin and a longer window, never certain', () => {
    let last = 0;
    for (const margin of [0, 0.5, 1, 2, 3, 9]) {
      const value = confidenceOf(model, 4, margin);
      expect(value).toBeGreaterThanOrEqual(last);
      last = value;
    }
    expect(last).toBeLessThan(1);
    expect(confidenceOf(model, 1, 3)).toBeLessThan(confidenceOf(model, 4, 3));
  });
});
