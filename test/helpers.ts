import { z } from 'zod';
import { madeClip } from '../fixtures/made-clip.ts';
import type { ClipFacts } from '../src/clip.ts';
import { defineDetector, type Fault } from '../src/detectors/detector.ts';

/** A clip's facts without a file: `frames` frames at `fps`, stereo sound unless `audio` is null. */
export function clipFacts(over: Partial<ClipFacts> & { fps?: number } = {}): ClipFacts {
  const { fps = 24, frames = 120, ...rest } = over;
  return { ...madeClip({ frames, fps: { num: fps, den: 1 } }), ...rest };
}

/** A detector for tests of the machinery: finds what it is told to find. */
export const scripted = (
  id: string,
  faults: Partial<Fault<'fault'>>[],
  over: {
    certainFrom?: number;
    scope?: 'shot' | 'clip';
    costsFrames?: boolean;
    score?: number;
    skip?: string;
    crash?: Error;
  } = {},
) =>
  defineDetector({
    meta: {
      id,
      title: id,
      summary: 'A detector for tests.',
      medium: 'picture',
      scope: over.scope ?? 'shot',
      signals: [],
      source: 'test',
      options: z.object({ limit: z.number().default(1).describe('how much is too much') }),
      certainFrom: over.certainFrom ?? 0,
      costsFrames: over.costsFrames,
      messages: { fault: 'measured {measured} {unit}, allowed {threshold}{extra}' },
      advice: { fault: 'ask for less than {measured}' },
    },
    judge: ({ shot }) => {
      if (over.crash) throw over.crash;
      if (over.skip) return { status: 'skipped', reason: over.skip };
      return {
        status: 'ran',
        score: over.score ?? 0.5,
        measurements: { limit: 1 },
        faults: faults.map(fault => ({
          kind: 'fault' as const,
          start: shot.start,
          end: shot.end,
          peak: shot.start,
          measured: 2,
          threshold: 1,
          unit: 'u',
          confidence: 1,
          values: { extra: '' },
          ...fault,
        })),
      };
    },
  });
