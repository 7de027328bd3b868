import { expect, it } from 'vitest';
import { madeClip } from '../../fixtures/made-clip.ts';
import { noAudio } from '../../src/detectors/no-audio.ts';
import { faultsOf, judged } from './sound-bench.ts';

const silentFilm = madeClip({ audio: null, seconds: 4 });

it('finds missing sound only where sound was expected', () => {
  expect(faultsOf(noAudio, silentFilm, {}, { expected: true })).toMatchObject([
    { kind: 'missing', start: 0, end: 100, measured: 0, threshold: 1 },
  ]);
  expect(judged(noAudio, silentFilm, {})).toMatchObject({
    status: 'skipped',
    reason: expect.stringContaining('expect'),
  });
});

it('passes a clip with sound', () => {
  expect(judged(noAudio, madeClip(), {}, { expected: true })).toMatchObject({ status: 'ran', score: 0, faults: [] });
});
