import { describe, expect, it } from 'vitest';
import { madeClip } from '../../fixtures/made-clip.ts';
import { soundLevels } from '../../fixtures/sound-signals.ts';
import { phase } from '../../src/detectors/phase.ts';
import { faultsOf, judged, scoreOf } from './sound-bench.ts';

const clip = madeClip({ seconds: 8 });
/** Correlation of 0.8, and `correlation` from 2 s on for `seconds`, at a level. */
const turned = (correlation: number, seconds: number, level = -24) => ({
  audioLevels: soundLevels(8, (_, at) => ({ rms: level, phase: at >= 2 && at < 2 + seconds ? correlation : 0.8 })),
});

describe('phase', () => {
  it.each([
    [-1, 0.5, 50, 63],
    [-0.8, 2, 50, 100],
    [-0.31, 6, 50, 200],
  ])('correlation %f for %f s is a finding with its frames', (correlation, seconds, start, end) => {
    expect(faultsOf(phase, clip, turned(correlation, seconds))).toMatchObject([
      { kind: 'out-of-phase', start, end, threshold: -0.3, measured: expect.closeTo(correlation, 2) },
    ]);
  });

  it.each([
    ['too short', -1, 0.45, -24],
    ['wide, not turned', -0.29, 6, -24],
    ['dual mono', 1, 6, -24],
    ['independent channels', 0, 6, -24],
  ])('%s: silent', (_, correlation, seconds, level) => {
    expect(faultsOf(phase, clip, turned(correlation, seconds, level))).toEqual([]);
  });

  it('bridges a short interruption', () => {
    const audioLevels = soundLevels(8, (_, at) => ({
      phase: at >= 2 && at < 2.7 && !(at >= 2.3 && at < 2.45) ? -0.9 : 0.5,
    }));
    expect(faultsOf(phase, clip, { audioLevels })).toMatchObject([{ start: 50, end: 68, values: { seconds: 0.55 } }]);
  });

  it('does not judge noise floor, a dead channel, mono or silent film', () => {
    const missing = {
      audioLevels: soundLevels(8, channel => (channel === 0 ? { rms: -120, phase: Number.NaN } : { rms: -20 })),
    };
    expect(judged(phase, clip, turned(-1, 6, -70)).status).toBe('skipped');
    expect(judged(phase, clip, missing).status).toBe('skipped');
    expect(judged(phase, clip, { audioLevels: soundLevels(8, undefined, 1) }).status).toBe('skipped');
    expect(judged(phase, madeClip({ audio: null }), { audioLevels: null }).status).toBe('skipped');
  });

  it('scores rise with the time against phase', () => {
    const scores = [0, 0.2, 0.45, 0.6, 3].map(seconds => scoreOf(phase, clip, turned(-0.9, seconds)));
    expect(scores).toEqual([...scores].sort((a, b) => a - b));
  });
});
