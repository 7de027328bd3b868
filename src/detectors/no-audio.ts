import { z } from 'zod';
import { defineDetector } from './detector.ts';

export const noAudio = defineDetector({
  meta: {
    id: 'no-audio',
    title: 'Sound missing',
    summary: 'No sound stream although sound was ordered.',
    medium: 'container',
    scope: 'clip',
    signals: [],
    options: z.object({
      expected: z
        .boolean()
        .default(false)
        .describe('true when the clip was ordered with sound; most generators deliver silent film'),
    }),
    certainFrom: 0,
    costsFrames: false,
    messages: { missing: 'The clip has no sound stream, but sound was expected.' },
    advice: { missing: 'Switch sound on in the generator’s settings, or choose a model that makes sound.' },
    source: 'The order itself: the policy’s `expected` option',
  },
  judge({ clip, options }) {
    if (!options.expected) return { status: 'skipped', reason: 'The policy does not expect sound.' };
    const measurements = { audioStreams: clip.streams.audio };
    if (clip.audio !== null) return { status: 'ran', score: 0, measurements, faults: [] };
    return {
      status: 'ran',
      score: 1,
      measurements,
      faults: [
        {
          kind: 'missing',
          start: 0,
          end: clip.frames,
          peak: 0,
          measured: 0,
          threshold: 1,
          unit: 'sound streams',
          confidence: 1,
        },
      ],
    };
  },
});
