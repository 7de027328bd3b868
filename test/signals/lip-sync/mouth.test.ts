import { describe, expect, it } from 'vitest';
import { talkingFace } from '../../../fixtures/talking-face.ts';
import { LIPS_WIDTH, MEASURES, mouthOf } from '../../../src/signals/lip-sync/mouth.ts';
import { faceTracks } from '../../../src/signals/tracks-people.ts';

const open = (t: number) => 0.5 + 0.5 * Math.sin(2 * Math.PI * 2 * t);

function mouth(options: Parameters<typeof talkingFace>[2] = {}, seconds = 3) {
  const { clip, faces } = talkingFace(seconds, open, options);
  const [track] = faceTracks(clip, [{ id: 's1', start: 0, end: clip.frames }], faces, null);
  return mouthOf(clip, faces, track);
}
const aperture = (measured: ReturnType<typeof mouth>, row: number) => measured.measures[row * MEASURES.length];

describe('mouthOf', () => {
  it('measures the lips on the 50 Hz grid, whatever the head does', () => {
    const measured = mouth();
    expect(measured.first + 0).toBe(0);
    expect(measured.length).toBe(2 * 74 + 1);
    expect(measured.lips.length).toBe(measured.length * LIPS_WIDTH);
    const rows = Array.from({ length: measured.length }, (_, k) => k);
    const [wide, shut] = [aperture(measured, 6), aperture(measured, 19)];
    expect(wide).toBeGreaterThan(5 * shut);
    for (const row of rows) {
      const expected = shut + ((wide - shut) * (open(row / 50) - open(19 / 50))) / (open(6 / 50) - open(19 / 50));
      expect(aperture(measured, row)).toBeCloseTo(expected, 2);
    }
  });

  it('does not depend on the size of the face or on the frame rate', () => {
    const small = mouth({ span: 40 });
    const quick = mouth({ fps: 60 });
    const measured = mouth();
    for (const row of [10, 37, 90]) {
      expect(aperture(small, row)).toBeCloseTo(aperture(measured, row), 2);
      expect(aperture(quick, row)).toBeCloseTo(aperture(measured, row), 2);
    }
    expect(small.span).toBeGreaterThan(38);
    expect(small.span).toBeLessThan(41);
  });

  it('marks what lies between frames on which the face was missing', () => {
    const { seen } = mouth({ frames: frame => frame < 30 || frame >= 38 });
    expect(seen[2 * 20]).toBe(1);
    expect(seen[2 * 33]).toBe(0);
    expect(seen[2 * 50]).toBe(1);
  });
});
