import { z } from 'zod';
import { cellEvidence } from '../signals/morphing/cells.ts';
import { findEvents, gather, type MorphEvent, windowsInside } from '../signals/morphing/events.ts';
import { identityCourse } from '../signals/morphing/identity.ts';
import { MORPHING_MODEL, morphingModel } from '../signals/morphing/model.ts';
import { rounded } from '../signals/sound.ts';
import { defineDetector, type Fault } from './detector.ts';

type Kind = 'morph' | 'identity';

/** Best likenesses of a face to its past and to another face lie either side of this; what one step of the log-odds takes. */
const IDENTITY = { even: 0.77, step: 0.03 } as const;

export const morphing = defineDetector({
  meta: {
    id: 'morphing',
    title: 'Morphing',
    summary: 'Something melts, merges or becomes something else without a cut, or a face becomes another.',
    medium: 'picture',
    scope: 'shot',
    signals: ['semanticDrift', 'faces', 'identities'],
    options: z.object({
      confidence: z
        .number()
        .min(0.05)
        .max(0.99)
        .default(0.5)
        .describe(
          'least probability that a region morphs; the default gave under one finding in two minutes of real footage',
        ),
      likeness: z
        .number()
        .min(0)
        .max(1)
        .default(0.75)
        .describe(
          'cosine of a face with its own past below which it is another face: real faces stayed above 0.80, of 23 planted changes of the inner face 22 fell below 0.66 and one to 0.74',
        ),
      most: z.int().positive().default(3).describe('findings of morphing regions per shot, at most: the worst'),
    }),
    certainFrom: 0.95,
    messages: {
      morph: 'Something here does not stay what it is: its looks change beyond its motion for {seconds} s.',
      identity:
        'The face becomes another one: it resembles its own past by {measured} ({threshold} would still be the same person).',
    },
    advice: {
      morph:
        'Describe the thing and what it does in one plain action, ask for less motion or a shorter shot, or give a reference picture; another seed may do.',
      identity: 'Give a reference picture of the person, or a shorter shot with less turning of the head.',
    },
    models: [MORPHING_MODEL],
    source:
      'Drift of object features along the flow against real footage of the same motion and texture; fused by trees trained on planted morphs',
  },
  judge({ clip, shot, signals, options }) {
    const { semanticDrift: drift, faces, identities } = signals;
    const identity = identityCourse(clip, shot, faces, identities, options.likeness);
    const windows = windowsInside(drift, shot);
    const measurements = {
      windows: windows.length,
      facesCompared: identity.faces,
      likeness: identity.least === null ? null : rounded(identity.least),
    };
    if (windows.length === 0 && identity.faces === 0)
      return { status: 'skipped', reason: 'The shot is shorter than half a second of looks.', measurements };

    const model = morphingModel();
    const { slope, offset } = model.calibration;
    const chance = (evidence: number) => 1 / (1 + Math.exp(-(slope * evidence + offset)));
    const evidence = gather(
      drift,
      windows,
      windows.map(window => cellEvidence(model, drift, window)),
    );
    const threshold = (Math.log(options.confidence / (1 - options.confidence)) - offset) / slope;
    const events = findEvents(drift, evidence, { threshold, goesOn: threshold - 1, source: clip.video })
      .sort((a, b) => b.evidence - a.evidence)
      .slice(0, options.most)
      .sort((a, b) => a.start - b.start);
    const strongest = evidence.strength.reduce((most, value) => Math.max(most, value), -Infinity);
    const faults: Fault<Kind>[] = [
      ...events.map(event => morphFault(event, chance(event.evidence), options.confidence, clip.video.fps)),
      ...identity.changes.map(
        ({ start, end, peak, likeness, box }): Fault<Kind> => ({
          kind: 'identity',
          start,
          end,
          peak,
          box,
          measured: likeness,
          threshold: options.likeness,
          unit: 'cosine',
          confidence: rounded(same(likeness)),
        }),
      ),
    ];
    const score = Math.max(
      windows.length > 0 ? chance(strongest) : 0,
      identity.least === null ? 0 : same(identity.least),
    );
    return {
      status: 'ran',
      score,
      measurements: { ...measurements, evidence: windows.length > 0 ? rounded(strongest) : null },
      faults,
    };
  },
});

/** Probability that two groups of samples with this cosine are different people. */
const same = (cosine: number): number => 1 / (1 + Math.exp((cosine - IDENTITY.even) / IDENTITY.step));

function morphFault(
  { start, end, peak, box }: MorphEvent,
  probability: number,
  threshold: number,
  fps: { num: number; den: number },
): Fault<Kind> {
  return {
    kind: 'morph',
    start,
    end,
    peak,
    box,
    measured: probability,
    threshold,
    unit: 'probability',
    confidence: rounded(probability),
    values: { seconds: rounded(((end - start) * fps.den) / fps.num, 1) },
  };
}
