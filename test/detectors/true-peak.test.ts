import { describe, expect, it } from 'vitest';
import { madeClip } from '../../fixtures/made-clip.ts';
import { soundLevels, soundLoudness } from '../../fixtures/sound-signals.ts';
import { truePeak } from '../../src/detectors/true-peak.ts';
import { faultsOf, judged, scoreOf } from './sound-bench.ts';

const clip = madeClip({ seconds: 8 });
/** Sample peaks of `peak` dBFS in the right channel from 2 to 2.1 s, −12 elsewhere, and that true peak. */
const peaked = (dbtp: number, peak = dbtp) => ({
  loudness: soundLoudness(-16, { truePeak: dbtp }),
  audioLevels: soundLevels(8, (channel, at) => ({ rms: -24, peak: channel === 1 && at >= 2 && at < 2.1 ? peak : -12 })),
});

describe('true peak', () => {
  it.each([-0.7, -0.5, 0, 1.2, 4])('%f dBTP is over the limit', dbtp => {
    expect(faultsOf(truePeak, clip, peaked(dbtp))).toMatchObject([
      { kind: 'over', start: 50, end: 53, peak: 50, measured: dbtp, threshold: -1, values: { channel: 'right' } },
    ]);
  });

  it.each([-0.81, -1, -1.5, -6, -40])('%f dBTP passes', dbtp => {
    expect(faultsOf(truePeak, clip, peaked(dbtp))).toEqual([]);
  });

  it('finds the place of a peak that lies between the samples', () => {
    expect(faultsOf(truePeak, clip, peaked(0.4, -2))).toMatchObject([{ start: 50, end: 53, measured: 0.4 }]);
  });

  it('reports places apart, the loudest with the true peak', () => {
    const audioLevels = soundLevels(8, (_, at) => ({
      peak: at >= 1 && at < 1.05 ? -0.2 : at >= 6 && at < 6.05 ? 0 : -9,
    }));
    const faults = faultsOf(truePeak, clip, { loudness: soundLoudness(-16, { truePeak: 0.3 }), audioLevels });
    expect(faults).toMatchObject([
      { kind: 'sample-over', start: 25, measured: -0.2, unit: 'dBFS' },
      { kind: 'over', start: 150, measured: 0.3, unit: 'dBTP' },
    ]);
  });

  it('bounds the number of places and says how many there were', () => {
    const audioLevels = soundLevels(60, (_, at) => ({ peak: at % 4 < 0.05 ? 0 : -9 }));
    const answer = judged(truePeak, madeClip({ seconds: 60 }), {
      loudness: soundLoudness(-16, { truePeak: 0 }),
      audioLevels,
    });
    expect(answer).toMatchObject({ measurements: { places: 15 }, faults: { length: 6 } });
  });

  it('respects another limit', () => {
    expect(faultsOf(truePeak, clip, peaked(-1.5), { limit: -2 })).toHaveLength(1);
    expect(faultsOf(truePeak, clip, peaked(-1.9), { limit: -2 })).toEqual([]);
  });

  it('scores rise through the limit', () => {
    const scores = [-6, -2, -1, -0.5, 1].map(dbtp => scoreOf(truePeak, clip, peaked(dbtp)));
    expect(scores).toEqual([...scores].sort((a, b) => a - b));
  });

  it('passes digital silence and skips silent film', () => {
    const nothing = {
      loudness: soundLoudness(-70, { truePeak: Number.NEGATIVE_INFINITY }),
      audioLevels: soundLevels(8, () => ({ rms: -120, peak: -120 })),
    };
    expect(judged(truePeak, clip, nothing)).toMatchObject({ status: 'ran', score: 0, faults: [] });
    expect(judged(truePeak, madeClip({ audio: null }), { loudness: null, audioLevels: null }).status).toBe('skipped');
  });
});
