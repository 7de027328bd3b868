import { describe, expect, it } from 'vitest';
import { bandsOf, late, opening, speech, talkingFace } from '../../fixtures/talking-face.ts';
import type { ClipFacts } from '../../src/clip.ts';
import { boxOf } from '../../src/landmarks.ts';
import { lipSyncCurves } from '../../src/report/evidence-lip-sync.ts';
import { finding, ran } from './sample.ts';

const samples = speech();
const seconds = samples.length / 16_000;
const { clip, faces } = talkingFace(seconds, opening(bandsOf(samples)));
const box = boxOf(faces, 50);
const report = (clip: ClipFacts, detector = 'lip-sync') => ({
  shots: [{ id: 's1', start: 0, end: clip.frames }],
  outcomes: [ran(detector, 's1', [finding({ detector, start: 0, end: clip.frames, peak: 50, box })])],
});

/** Frames by which the trace of what is heard follows that of what is seen. */
function lag(seen: (number | null)[], heard: (number | null)[]): number {
  const at = (shift: number) =>
    seen.reduce<number>((sum, value, k) => sum + (value ?? 0) * (heard[k + shift] ?? 0), 0) / seen.length;
  return Array.from({ length: 31 }, (_, k) => k - 15).reduce((best, shift) => (at(shift) > at(best) ? shift : best), 0);
}

describe('the plot of lips and sound', () => {
  it('lays what is heard beside what is seen: apart by as much as the sound is', () => {
    for (const frames of [0, 8, -6]) {
      const sound = bandsOf(late(samples, frames / 25));
      const [plot, ...more] = lipSyncCurves(clip, report(clip), { faces, speechBands: sound });
      expect(more).toEqual([]);
      expect(plot).toMatchObject({ detectors: ['lip-sync'], every: 1, beside: { title: 'Lips heard' } });
      expect(plot.values).toHaveLength(clip.frames);
      expect(plot.beside?.values).toHaveLength(clip.frames);
      expect(Math.abs(lag(plot.values, plot.beside?.values ?? []) - frames)).toBeLessThanOrEqual(1);
    }
  });

  it('is not drawn without a finding, a face or sound', () => {
    const speechBands = bandsOf(samples);
    expect(lipSyncCurves(clip, report(clip, 'freeze'), { faces, speechBands })).toEqual([]);
    expect(lipSyncCurves(clip, report(clip), { speechBands })).toEqual([]);
    expect(lipSyncCurves(clip, report(clip), { faces, speechBands: null })).toEqual([]);
  });
});
