import { describe, expect, it } from 'vitest';
import { madeClip } from '../../fixtures/made-clip.ts';
import { soundLevels } from '../../fixtures/sound-signals.ts';
import { deadChannel } from '../../src/detectors/dead-channel.ts';
import { faultsOf, judged, scoreOf } from './sound-bench.ts';

const clip = madeClip({ seconds: 8 });
/** One channel at `level` from 2 s on for `seconds`; the rest at −24 dBFS. */
const dead = (channel: number, seconds: number, level = -120, channels = 2) => ({
  audioLevels: soundLevels(
    8,
    (c, at) => ({ rms: c === channel && at >= 2 && at < 2 + seconds ? level : -24 }),
    channels,
  ),
});

describe('dead channel', () => {
  it.each([
    [0, 'left'],
    [1, 'right'],
  ])('channel %i dead throughout is one finding over the clip', (channel, name) => {
    const audioLevels = soundLevels(8, (c, at) => ({ rms: c === channel ? -120 : at % 2 < 1 ? -24 : -100 }));
    expect(faultsOf(deadChannel, clip, { audioLevels })).toMatchObject([
      { kind: 'whole', start: 0, end: 200, values: { channel: name } },
    ]);
  });

  it.each([
    [1, 50, 75],
    [3, 50, 125],
  ])('dead for %f s is a stretch with its frames', (seconds, start, end) => {
    expect(faultsOf(deadChannel, clip, dead(1, seconds))).toMatchObject([
      { kind: 'stretch', start, end, measured: seconds, values: { channel: 'right' } },
    ]);
  });

  it.each([
    ['too short', dead(0, 0.95)],
    ['quiet, not dead', dead(0, 4, -84)],
    ['dual mono', { audioLevels: soundLevels(8) }],
    ['both silent together', { audioLevels: soundLevels(8, (_, at) => ({ rms: at > 3 && at < 6 ? -120 : -24 })) }],
    ['a dead surround channel', dead(4, 6, -120, 6)],
  ])('%s: silent', (_, signals) => {
    expect(faultsOf(deadChannel, clip, signals)).toEqual([]);
  });

  it('bridges a pause of the playing channel, ends at a sign of life', () => {
    const paint = (alive: number) =>
      soundLevels(8, (c, at) => {
        const middle = at >= 3 && at < 3.3;
        if (at < 2 || at >= 4.3) return { rms: -24 };
        return { rms: c === 0 ? (middle ? alive : -120) : middle ? -100 : -24 };
      });
    expect(faultsOf(deadChannel, clip, { audioLevels: paint(-120) })).toMatchObject([{ start: 50, end: 108 }]);
    expect(faultsOf(deadChannel, clip, { audioLevels: paint(-40) })).toHaveLength(2);
  });

  it('is skipped without sound, in mono, and when nothing plays', () => {
    expect(judged(deadChannel, madeClip({ audio: null }), { audioLevels: null }).status).toBe('skipped');
    expect(judged(deadChannel, clip, { audioLevels: soundLevels(8, undefined, 1) }).status).toBe('skipped');
    expect(judged(deadChannel, clip, { audioLevels: soundLevels(8, () => ({ rms: -120 })) }).status).toBe('skipped');
  });

  it('scores rise with the time dead', () => {
    const scores = [0, 0.5, 0.95, 1.1, 4].map(seconds => scoreOf(deadChannel, clip, dead(0, seconds)));
    expect(scores).toEqual([...scores].sort((a, b) => a - b));
  });
});
