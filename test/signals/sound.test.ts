import { describe, expect, it } from 'vitest';
import { madeClip } from '../../fixtures/made-clip.ts';
import { soundLevels } from '../../fixtures/sound-signals.ts';
import { RetakeError } from '../../src/errors.ts';
import { hasSound, heardBlocks, scoreAround, stretches, stretchFrames } from '../../src/signals/sound.ts';

describe('hasSound', () => {
  it('is false for silent film, true with a measure', () => {
    expect(hasSound(madeClip({ audio: null }), null)).toBe(false);
    expect(hasSound(madeClip(), soundLevels(1))).toBe(true);
  });

  it('throws when the container promised sound and nothing was measured', () => {
    expect(() => hasSound(madeClip(), null)).toThrowError(RetakeError);
  });
});

describe('heardBlocks', () => {
  it.each([
    ['everything when sound and picture agree', madeClip({ seconds: 4 }), 4, { start: 0, end: 80 }],
    ['nothing before a late picture', madeClip({ seconds: 3, videoStart: 1.01 }), 3, { start: 21, end: 60 }],
    ['nothing after a short picture', madeClip({ seconds: 2, audio: { seconds: 4 } }), 4, { start: 0, end: 40 }],
    [
      'not the padding before late sound',
      madeClip({ seconds: 4, audio: { startTime: 0.5, seconds: 3.5 } }),
      4,
      { start: 10, end: 80 },
    ],
    ['nothing when sound and picture never meet', madeClip({ seconds: 1, videoStart: 5 }), 1, { start: 20, end: 20 }],
  ])('%s', (_, clip, seconds, range) => {
    expect(heardBlocks(clip, soundLevels(seconds))).toEqual(range);
  });
});

it('stretches bridge interruptions without counting them', () => {
  const holds = [1, 1, 0, 1, 0, 0, 0, 1].map(Boolean);
  expect(stretches({ step: 0.05 }, { start: 10, end: 18 }, holds, 0.05)).toEqual([
    { start: 10, end: 14, seconds: expect.closeTo(0.15, 9) },
    { start: 17, end: 18, seconds: expect.closeTo(0.05, 9) },
  ]);
});

it('puts the peak of a stretch inside its frames', () => {
  const clip = madeClip({ seconds: 2 });
  expect(stretchFrames(clip, { step: 0.05 }, { start: 8, end: 16 }, 12)).toEqual({ start: 10, end: 20, peak: 15 });
});

it('scores rise through 0.5 at the threshold, in either direction', () => {
  expect(scoreAround(3, 3, 1)).toBe(0.5);
  expect(scoreAround(4, 3, 1)).toBeCloseTo(0.88, 2);
  expect(scoreAround(2, 3, 1)).toBeCloseTo(0.12, 2);
  expect(scoreAround(2, 3, -1)).toBeCloseTo(0.88, 2);
});
