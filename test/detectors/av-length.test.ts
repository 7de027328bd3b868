import { describe, expect, it } from 'vitest';
import { type ClipShape, madeClip } from '../../fixtures/made-clip.ts';
import { avLength } from '../../src/detectors/av-length.ts';
import { faultsOf, judged, scoreOf } from './sound-bench.ts';

const NTSC = { num: 30000, den: 1001 };
/** Seconds of sound that leave `frames` of an 8 s picture bare. */
const less = (frames: number, fps = 25) => ({ audio: { seconds: 8 - frames / fps } });

describe('sound and picture length', () => {
  it.each<[string, ClipShape, Record<string, number>, object[]]>([
    ['equal', {}, {}, []],
    ['two frames short', less(2), {}, []],
    ['two and a bit', less(2.1), {}, [{ kind: 'short', start: 197, end: 200, measured: 2.1, threshold: 2 }]],
    ['ten frames short', less(10), {}, [{ kind: 'short', start: 190, end: 200, peak: 190, measured: 10 }]],
    ['one frame, DPP', less(1), { short: 1 }, []],
    ['two frames, DPP', less(2), { short: 1 }, [{ kind: 'short', threshold: 1 }]],
    ['starts two frames late', { audio: { startTime: 0.08, seconds: 7.92 } }, {}, []],
    ['starts ten frames late', { audio: { startTime: 0.4, seconds: 7.6 } }, {}, [{ kind: 'late', start: 0, end: 10 }]],
    [
      'late and short',
      { audio: { startTime: 0.4, seconds: 7 } },
      {},
      [{ kind: 'late' }, { kind: 'short', start: 185, end: 200 }],
    ],
    ['runs on for 2 s', { audio: { seconds: 10 } }, {}, []],
    ['runs on for 2.1 s', { audio: { seconds: 10.1 } }, {}, [{ kind: 'long', start: 199, end: 200, measured: 2.1 }]],
    ['runs on for two frames, DPP', { audio: { seconds: 8.08 } }, { long: 0.04 }, [{ kind: 'long' }]],
    [
      'picture starts late',
      { seconds: 4, videoStart: 8.3, audio: { seconds: 12.3 } },
      {},
      [{ kind: 'early', start: 0, end: 1, measured: 8.3 }],
    ],
    ['both start late together', { seconds: 4, videoStart: 1, audio: { startTime: 1, seconds: 4 } }, {}, []],
    ['two NTSC frames short', { fps: NTSC, audio: { seconds: 8 - 2002 / 30000 } }, {}, []],
    [
      'three NTSC frames short',
      { fps: NTSC, audio: { seconds: 8 - 3003 / 30000 } },
      {},
      [{ kind: 'short', measured: 3 }],
    ],
  ])('%s', (_, shape, options, expected) => {
    const faults = faultsOf(avLength, madeClip(shape), {}, options);
    expect(faults).toHaveLength(expected.length);
    expect(faults).toMatchObject(expected);
  });

  it('scores rise with what is missing', () => {
    const scores = [0, 1, 1.9, 2.2, 20].map(frames => scoreOf(avLength, madeClip(less(frames)), {}));
    expect(scores).toEqual([...scores].sort((a, b) => a - b));
    expect(scores[2]).toBeLessThan(0.5);
  });

  it('is skipped without sound', () => {
    expect(judged(avLength, madeClip({ audio: null }), {}).status).toBe('skipped');
  });
});
