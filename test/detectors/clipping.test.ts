import { describe, expect, it } from 'vitest';
import { madeClip } from '../../fixtures/made-clip.ts';
import { soundLevels } from '../../fixtures/sound-signals.ts';
import { clipping } from '../../src/detectors/clipping.ts';
import { faultsOf, judged, scoreOf } from './sound-bench.ts';

const clip = madeClip({ seconds: 8 });
const BLOCK = 2400;
/** `percent` of each block's samples at full scale in the left channel from 2 s on, for `seconds`. */
const driven = (percent: number, seconds: number) => ({
  audioLevels: soundLevels(8, (channel, at) =>
    channel === 0 && at >= 2 && at < 2 + seconds ? { rms: -6, peak: 0, clipped: (percent / 100) * BLOCK } : {},
  ),
});

describe('clipping', () => {
  it.each([
    [0.4, 0.25, 50, 57],
    [1, 0.25, 50, 57],
    [5, 0.5, 50, 63],
    [40, 3, 50, 125],
  ])('%f %% for %f s is a finding with its frames', (percent, seconds, start, end) => {
    expect(faultsOf(clipping, clip, driven(percent, seconds))).toMatchObject([
      { kind: 'clipped', start, end, measured: seconds, threshold: 0.25, values: { share: percent, channel: 'left' } },
    ]);
  });

  it.each([
    ['too few samples', 0.28, 3],
    ['too short', 40, 0.2],
    ['one legal peak', 0.5, 0.05],
  ])('%s: silent', (_, percent, seconds) => {
    expect(faultsOf(clipping, clip, driven(percent, seconds))).toEqual([]);
  });

  it('adds up syllables that follow each other, but not beats that lie apart', () => {
    const every = (period: number) => ({
      audioLevels: soundLevels(8, (_, at) => ({ clipped: at % period < 0.05 ? 0.1 * BLOCK : 0 })),
    });
    expect(faultsOf(clipping, clip, every(0.25))).toHaveLength(1);
    expect(faultsOf(clipping, clip, every(1))).toEqual([]);
  });

  it('points at the worst block', () => {
    const audioLevels = soundLevels(8, (_, at) => ({
      clipped: at >= 2 && at < 3 ? (at >= 2.6 && at < 2.65 ? 500 : 100) : 0,
    }));
    expect(faultsOf(clipping, clip, { audioLevels })).toMatchObject([{ start: 50, end: 75, peak: 65 }]);
  });

  it('scores rise with the time clipped', () => {
    const scores = [0, 0.1, 0.2, 0.3, 1].map(seconds => scoreOf(clipping, clip, driven(5, seconds)));
    expect(scores[0]).toBe(0);
    expect(scores).toEqual([...scores].sort((a, b) => a - b));
  });

  it('is skipped without sound', () => {
    expect(judged(clipping, madeClip({ audio: null }), { audioLevels: null }).status).toBe('skipped');
  });
});
