import { describe, expect, it } from 'vitest';
import { madeClip } from '../../fixtures/made-clip.ts';
import { soundLevels } from '../../fixtures/sound-signals.ts';
import { silence } from '../../src/detectors/silence.ts';
import { faultsOf, judged, scoreOf } from './sound-bench.ts';

const clip = madeClip({ seconds: 8 });
/** Sound at −20 dBFS with a hole from `from` to `to`, sinking by `decay` dB over the 0.2 s at either edge of it. */
const hole = (from: number, to: number, { level = -120, decay = 0 } = {}) => ({
  audioLevels: soundLevels(8, (_, at) => {
    if (at >= from && at < to) return { rms: level };
    const near = Math.min(Math.abs(at + 0.05 - from), Math.abs(at - to));
    return { rms: near < 0.2 ? -20 - decay * (1 - near / 0.4) : -20 };
  }),
});

describe('silence', () => {
  it.each([
    [0.2, 75, 80],
    [0.5, 75, 88],
    [2, 75, 125],
  ])('a torn hole of %f s is a dropout with its frames', (seconds, start, end) => {
    expect(faultsOf(silence, clip, hole(3, 3 + seconds))).toMatchObject([
      { kind: 'dropout', start, end, peak: start, unit: 's', measured: seconds, threshold: 0.2 },
    ]);
  });

  it('a torn hole just under the limit passes but scores', () => {
    expect(faultsOf(silence, clip, hole(3, 3.15))).toEqual([]);
    expect(scoreOf(silence, clip, hole(3, 3.15))).toBeGreaterThan(0.2);
  });

  /** Words of 0.6 s at −20 dBFS with pauses of 0.4 s; the pauses hold `tone`, one of them (or all) nothing. */
  const words = (tone: number, silent: (pause: number) => boolean) => ({
    audioLevels: soundLevels(8, (_, at) => {
      if (at % 1 < 0.6) return { rms: -20 };
      return { rms: silent(Math.floor(at)) ? -120 : tone };
    }),
  });

  it('a voice without room tone falls silent between its words: no finding', () => {
    expect(
      faultsOf(
        silence,
        clip,
        words(-120, () => true),
      ),
    ).toEqual([]);
  });

  it('one dead pause among live ones is a dropout, and surer than a hole with nothing to compare', () => {
    const [fault, ...more] = faultsOf(
      silence,
      clip,
      words(-60, pause => pause === 3),
    );
    expect(more).toEqual([]);
    expect(fault).toMatchObject({ kind: 'dropout', start: 90, end: 100 });
    expect(fault.confidence).toBeGreaterThan(faultsOf(silence, clip, hole(3, 3.4))[0].confidence);
  });

  it.each([
    [1, 1],
    [2.5, 1],
    [0.95, 0],
    [0.4, 0],
  ])('a dead pause of %f s between sounds that die away: %i findings', (seconds, count) => {
    const faults = faultsOf(silence, clip, hole(3, 3 + seconds, { decay: 40 }));
    expect(faults.map(fault => fault.kind)).toEqual(Array(count).fill('gap'));
  });

  it.each([
    ['head', 0, 1, 1],
    ['head', 0, 0.9, 0],
    ['tail', 7, 8, 1],
    ['tail', 7.1, 8, 0],
  ])('silence at the %s from %f to %f s: %i findings', (kind, from, to, count) => {
    expect(faultsOf(silence, clip, hole(from, to)).map(fault => fault.kind)).toEqual(Array(count).fill(kind));
  });

  it('says so when the whole track is silent, over the whole clip', () => {
    const audioLevels = soundLevels(8, () => ({ rms: -120 }));
    expect(faultsOf(silence, clip, { audioLevels })).toMatchObject([{ kind: 'whole', start: 0, end: 200 }]);
    expect(scoreOf(silence, clip, { audioLevels })).toBe(1);
  });

  it.each([-84, -80, -70, -55])('room tone at %f dBFS is not silence', level => {
    expect(faultsOf(silence, clip, hole(2, 6, { level }))).toEqual([]);
  });

  it.each([-86, -96, -120])('%f dBFS is', level => {
    expect(faultsOf(silence, clip, hole(2, 6, { level }))).toHaveLength(1);
  });

  it('one living channel is enough to be heard', () => {
    const audioLevels = soundLevels(8, channel => ({ rms: channel === 0 ? -120 : -30 }));
    expect(faultsOf(silence, clip, { audioLevels })).toEqual([]);
  });

  it('does not count the padding before sound that starts late, nor sound without picture', () => {
    const late = madeClip({ seconds: 8, audio: { startTime: 2, seconds: 6 } });
    expect(faultsOf(silence, late, hole(0, 2))).toEqual([]);
    const short = madeClip({ seconds: 4, audio: { seconds: 8 } });
    expect(faultsOf(silence, short, hole(4, 8))).toEqual([]);
  });

  it('is skipped without sound, or with next to none', () => {
    expect(judged(silence, madeClip({ audio: null }), { audioLevels: null }).status).toBe('skipped');
    expect(judged(silence, madeClip({ seconds: 0.2 }), { audioLevels: soundLevels(0.2) }).status).toBe('skipped');
  });
});
