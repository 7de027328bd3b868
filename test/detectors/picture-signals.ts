import { type ClipShape, madeClip } from '../../fixtures/made-clip.ts';
import { seeded } from '../../fixtures/random.ts';
import type { ClipFacts } from '../../src/clip.ts';
import type { Detector } from '../../src/detectors/detector.ts';
import { type DraftOutcome, judge } from '../../src/judge.ts';
import type { Shot, Signals } from '../../src/signals.ts';

/** Seeded noise, −1 … 1, so that every run judges the same signals. */
export function noise(seed: number): () => number {
  const next = seeded(seed);
  return () => next() * 2 - 1;
}

/** Facts of a clip of `frames` frames without sound. */
export const facts = (
  frames: number,
  { fps = 24, ...shape }: Omit<ClipShape, 'fps' | 'frames'> & { fps?: number } = {},
): ClipFacts => madeClip({ frames, fps: { num: fps, den: 1 }, audio: null, ...shape });

/** Every picture signal of an ordinary moving shot: a steady camera, moderate motion, a little noise everywhere. */
export function ordinary(frames: number, seed = 1): PictureSignals {
  const random = noise(seed);
  const series = (value: (i: number) => number) => Float32Array.from({ length: frames }, (_, i) => value(i));
  return {
    lumaMean: series(i => 110 + 6 * Math.sin(i / 20) + 0.1 * random()),
    lumaDeviation: series(() => 45 + random()),
    lumaLow: series(() => 22),
    lumaHigh: series(() => 220),
    chromaBlue: series(() => 122),
    chromaRed: series(() => 134),
    saturation: series(() => 18),
    frameDifference: series(i => (i === 0 ? 0 : 4 + random())),
    changedShare: series(i => (i === 0 ? 0 : 0.2 + 0.05 * random())),
    motionX: series(() => 0.5 * random()),
    motionY: series(() => 0.5 * random()),
    flashRise: series(() => 0.01),
    flashFall: series(() => 0.01),
    flashRed: series(() => 0),
    flashRedAway: series(() => 0),
    lumaBelowLegal: series(() => 0.0005),
    lumaAboveLegal: series(() => 0.0005),
    chromaIllegal: series(() => 0),
    sharpness: series(() => 0.5 + 0.03 * random()),
    bars: { top: series(() => 0), bottom: series(() => 0), left: series(() => 0), right: series(() => 0) },
    decodeFaults: [],
  };
}

export type PictureSignals = Pick<
  Signals,
  | 'lumaMean'
  | 'lumaDeviation'
  | 'lumaLow'
  | 'lumaHigh'
  | 'chromaBlue'
  | 'chromaRed'
  | 'saturation'
  | 'frameDifference'
  | 'changedShare'
  | 'motionX'
  | 'motionY'
  | 'flashRise'
  | 'flashFall'
  | 'flashRed'
  | 'flashRedAway'
  | 'lumaBelowLegal'
  | 'lumaAboveLegal'
  | 'chromaIllegal'
  | 'sharpness'
  | 'bars'
  | 'decodeFaults'
>;

/** Judges one shot (or the clip) as the product does, messages written out; the one outcome. */
export function outcomeOf(
  detector: unknown,
  clip: ClipFacts,
  signals: Partial<Signals>,
  settings: { options?: Record<string, unknown>; shot?: { start: number; end: number } } = {},
): DraftOutcome {
  const { meta } = detector as Detector;
  const shot: Shot = { id: 's1', ...(settings.shot ?? { start: 0, end: clip.frames }) };
  const options = meta.options.parse(settings.options ?? {});
  const policy = { detectors: { [meta.id]: { level: 'review', options } } } as never;
  const [outcome] = judge([detector as Detector], policy, clip, [shot], signals, new Map());
  for (const { message, advice } of outcome.findings) {
    if (/[{}]/.test(`${message}${advice ?? ''}`)) throw new Error(`unfilled place in: ${message} / ${advice}`);
  }
  return outcome;
}

/** `[kind, start, end]` of each finding. */
export const ranges = (outcome: DraftOutcome): [string, number, number][] =>
  outcome.findings.map(({ kind, start, end }) => [kind, start, end]);
