import { describe, expect, it } from 'vitest';
import { madeClip } from '../../fixtures/made-clip.ts';
import { frameAt, framesBetween, pictureSpan } from '../../src/signals/timeline.ts';

describe('frameAt', () => {
  const clip = madeClip({ seconds: 2 });
  it.each([
    [-1, 0],
    [0, 0],
    [0.0399, 0],
    [0.04, 1],
    [0.0799999999, 2],
    [1.96, 49],
    [2, 49],
    [99, 49],
  ])('%f s is frame %i at 25 fps', (seconds, frame) => {
    expect(frameAt(clip, seconds)).toBe(frame);
  });

  it('agrees with every frame’s own time at an NTSC rate and with a late picture', () => {
    const ntsc = madeClip({ seconds: 30, fps: { num: 30000, den: 1001 }, videoStart: 0.0667 });
    for (let frame = 0; frame < ntsc.frames; frame++) expect(frameAt(ntsc, ntsc.times[frame])).toBe(frame);
    expect(frameAt(ntsc, 0)).toBe(0);
  });

  it('follows container times when the rate varies', () => {
    const clip = { ...madeClip(), times: Float64Array.of(0, 0.04, 0.5, 0.54) };
    expect([0.03, 0.3, 0.49, 0.5, 0.6].map(at => frameAt(clip, at))).toEqual([0, 1, 1, 2, 3]);
  });

  it('is 0 without frames', () => {
    expect(frameAt({ ...madeClip(), times: new Float64Array(0) }, 1)).toBe(0);
  });
});

describe('framesBetween', () => {
  const clip = madeClip({ seconds: 2 });
  it.each([
    [0, 2, { start: 0, end: 50 }],
    [0.4, 0.8, { start: 10, end: 20 }],
    [0.41, 0.81, { start: 10, end: 21 }],
    [0.4, 0.4, { start: 10, end: 11 }],
    [1.9, 9, { start: 47, end: 50 }],
    [5, 9, { start: 49, end: 50 }],
  ])('from %f to %f', (from, to, range) => {
    expect(framesBetween(clip, from, to)).toEqual(range);
  });
});

it('knows when the picture begins and ends', () => {
  const { from, to } = pictureSpan(madeClip({ seconds: 2, videoStart: 0.5 }));
  expect([from, to]).toEqual([0.5, expect.closeTo(2.5, 9)]);
});
