import { describe, expect, it } from 'vitest';
import { madeClip } from '../../fixtures/made-clip.ts';
import { soundLoudness } from '../../fixtures/sound-signals.ts';
import { loudness } from '../../src/detectors/loudness.ts';
import { faultsOf, judged, scoreOf } from './sound-bench.ts';

const clip = madeClip({ seconds: 8 });
const at = (lufs: number) => ({ loudness: soundLoudness(lufs) });

describe('loudness', () => {
  it.each([
    [-60, 'quiet', -33],
    [-40, 'quiet', -33],
    [-33.1, 'quiet', -33],
    [-6.9, 'loud', -7],
    [-3, 'loud', -7],
    [0, 'loud', -7],
  ])('%f LUFS is too %s', (lufs, kind, threshold) => {
    expect(faultsOf(loudness, clip, at(lufs))).toMatchObject([
      { kind, start: 0, end: 200, measured: lufs, threshold, unit: 'LUFS' },
    ]);
  });

  it.each([-33, -32.9, -27, -23, -14, -7.1, -7])('%f LUFS passes', lufs => {
    expect(faultsOf(loudness, clip, at(lufs))).toEqual([]);
  });

  it.each([
    ['EBU R128', { target: -23, tolerance: 0.5 }, -22.4, -22.6],
    ['EBU R128', { target: -23, tolerance: 0.5 }, -23.6, -23.4],
    ['Netflix', { target: -27, tolerance: 3 }, -23.9, -24.1],
    ['web', { target: -14, tolerance: 1 }, -15.1, -14.9],
  ])('%s window: the nearest step outside fails, inside passes', (_, options, outside, inside) => {
    expect(faultsOf(loudness, clip, at(outside), options)).toHaveLength(1);
    expect(faultsOf(loudness, clip, at(inside), options)).toEqual([]);
  });

  it('scores rise with the distance, also below the threshold', () => {
    const scores = [-20, -28, -32, -34, -40].map(lufs => scoreOf(loudness, clip, at(lufs)));
    expect(scores).toEqual([...scores].sort((a, b) => a - b));
    expect(scores[2]).toBeLessThan(0.5);
    expect(scores[3]).toBeGreaterThan(0.5);
  });

  it('points at the loudest moment of a loud clip and the quietest of a quiet one', () => {
    const momentary = Float32Array.from({ length: 80 }, (_, i) =>
      i === 50 ? -1 : i === 20 ? -60 : i === 10 ? -90 : -5,
    );
    expect(faultsOf(loudness, clip, { loudness: soundLoudness(-5, { momentary }) })[0].peak).toBe(125);
    expect(faultsOf(loudness, clip, { loudness: soundLoudness(-45, { momentary }) })[0].peak).toBe(50);
  });

  it('is less sure about a short sound', () => {
    const short = faultsOf(loudness, madeClip({ seconds: 2 }), { loudness: soundLoudness(-50, { seconds: 2 }) });
    const long = faultsOf(loudness, clip, at(-50));
    expect(short[0].confidence).toBeLessThan(long[0].confidence);
  });

  it.each([
    ['silent film', madeClip({ audio: null }), null, /no sound/],
    ['under 400 ms', madeClip({ seconds: 0.3 }), soundLoudness(-20, { seconds: 0.3 }), /400 ms/],
    ['all below the gate', clip, soundLoudness(Number.NEGATIVE_INFINITY), /gate/],
    ['ffmpeg’s floor for silence', clip, soundLoudness(-70), /gate/],
  ])('is skipped: %s', (_, facts, measure, reason) => {
    expect(judged(loudness, facts, { loudness: measure })).toMatchObject({
      status: 'skipped',
      reason: expect.stringMatching(reason),
    });
  });
});
