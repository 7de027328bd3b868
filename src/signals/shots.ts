import type { ClipFacts } from '../clip.ts';
import { RetakeError } from '../errors.ts';
import type { Cut, Shot, Signals } from '../signals.ts';
import { percentile } from '../statistics.ts';
import { type DissolveOptions, findDissolves } from './dissolves.ts';
import { type FadeOptions, findFades } from './fades.ts';
import { findHardCuts, type HardCutOptions } from './hard-cuts.ts';

/** Signals that {@link findShots} reads. */
export const shotSignals = [
  'frameDifference',
  'histogramDistance',
  'motionX',
  'motionY',
  'motionFit',
  'motionResidual',
  'matchError',
  'lumaMean',
  'lumaDeviation',
  'lumaGrid',
] as const;
export type ShotSignals = Pick<Signals, (typeof shotSignals)[number]>;

/** Every threshold of the shot boundary rules. `bench/cuts.ts` measures what they give. */
export interface ShotOptions extends HardCutOptions, FadeOptions, DissolveOptions {
  /** Mean luma difference, in code values, up to which a frame may count as a repeat of the one before. */
  repeatDifference: number;
  /** … and the share of the neighbourhood's difference that it must stay below. */
  repeatShare: number;
}

export const shotDefaults: ShotOptions = {
  // Repeats coded anew measure up to 0.23 at H.264 CRF 28 and 0.52 at CRF 34; animated pictures with palettes 0.11.
  repeatDifference: 0.5,
  repeatShare: 0.05,
  // The rules below are fitted so that one half is the even chance.
  cutConfidence: 0.5,
  // Lowest of 247 true cuts: 0.21. Noise of still scenes stays below 0.1.
  cutMatchError: 0.18,
  // Lowest of the same cuts: 0.46. A real take whose camera jumps left 0.14; it belongs to the half kept out of fitting.
  cutResidual: 0.33,
  cutNeighbours: 3,
  // One blended frame between two shots makes two boundaries next to each other.
  cutSpacing: 2,
  // A photographer's flash lights one or two frames at 25 per second.
  flashSeconds: 0.13,
  burstSeconds: 0.6,
  // Luma of a surface at middle grey that becomes twice as bright in BT.709 gamma rises by about 40.
  burstStep: 30,
  // Black after limited-range coding with grain deviates by about 2.
  blankDeviation: 4,
  blankBlack: 40,
  blankWhite: 215,
  fadeFrames: 3,
  fadeSeconds: 2,
  dissolveConfidence: 0.5,
  // Below this two pictures are alike at the grid's resolution.
  dissolveStep: 4,
  dissolveSeconds: 2.2,
};

/**
 * Splits a clip into shots by its signals alone. Frames that repeat the one before are set aside first, so that a clip
 * with held frames is judged by its real pictures; positions are mapped back to source frames in the end.
 *
 * A cut's frame is the first frame of the new shot; of a dissolve or fade, its middle. `start` and `end` of a gradual
 * transition are its mixed frames, end exclusive.
 *
 * @throws RetakeError `signal-missing` when a signal of {@link shotSignals} was not measured
 */
export function findShots(
  measured: Partial<ShotSignals>,
  clip: Pick<ClipFacts, 'frames' | 'times' | 'video'>,
  options: Partial<ShotOptions> = {},
): { shots: Shot[]; cuts: Cut[] } {
  const signals = complete(measured);
  const settings = { ...shotDefaults, ...options };
  const { frames, times } = clip;
  const kept = withoutRepeats(signals.frameDifference, frames, settings);

  const fades = findFades(signals, kept, times, settings);
  const { cuts: found, interruptions } = findHardCuts(signals, kept, times, settings);
  const hard = found.filter(({ position }) => fades.every(fade => position < fade.start || position > fade.end));
  const cuts: Cut[] = [
    ...hard.map(({ frame, confidence }) => ({ frame, kind: 'cut' as const, confidence, start: frame, end: frame })),
    ...fades
      .filter(fade => fade.boundary)
      .map(fade => ({
        frame: kept[fade.middle],
        kind: 'fade' as const,
        confidence: 1,
        start: kept[fade.start],
        end: kept[fade.end],
      })),
  ];

  const clipInfo = { times, fps: clip.video.fps.num / clip.video.fps.den, size: clip.video };
  const walls = [
    ...hard.map(({ position }) => ({ start: position, end: position })),
    ...fades.map(({ start, end }) => ({ start, end })),
    ...interruptions,
    { start: kept.length, end: kept.length },
  ].sort((a, b) => a.start - b.start);
  let from = 0;
  for (const wall of walls) {
    for (const { first, last, confidence } of findDissolves(signals, kept, from, wall.start, clipInfo, settings)) {
      const start = kept[first + 1];
      const end = kept[last];
      cuts.push({ frame: (start + end) >> 1, kind: 'dissolve', confidence, start, end });
    }
    from = Math.max(from, wall.end);
  }
  cuts.sort((a, b) => a.frame - b.frame);
  return { shots: shotsBetween(cuts, frames), cuts };
}

function complete(measured: Partial<ShotSignals>): ShotSignals {
  const missing = shotSignals.filter(name => measured[name] === undefined);
  if (missing.length > 0) {
    throw new RetakeError('signal-missing', `Shots cannot be found without ${missing.join(', ')}.`, {
      hint: 'Run the observers that provide these signals.',
    });
  }
  return measured as ShotSignals;
}

/** Frame numbers without those that repeat the frame before, exactly or but for coding noise. Frame 0 is always kept. */
export function withoutRepeats(
  difference: Float32Array,
  frames: number,
  { repeatDifference, repeatShare }: Pick<ShotOptions, 'repeatDifference' | 'repeatShare'>,
): number[] {
  /** Half a window of neighbours, and the share of them that must be moving for the clip to be one with held frames. */
  const radius = 8;
  const moving = 0.85;
  const exact = 0.02;
  const kept: number[] = [];
  for (let frame = 0; frame < frames; frame++) {
    const value = difference[frame];
    const candidate = frame > 0 && value <= repeatDifference;
    if (candidate) {
      const around = difference.subarray(Math.max(1, frame - radius), frame + radius + 1);
      if (value <= Math.max(exact, repeatShare * percentile(around, moving))) continue;
    }
    kept.push(frame);
  }
  return kept;
}

/** Shots between the cuts; every frame belongs to exactly one. A clip without frames has none. */
function shotsBetween(cuts: readonly Cut[], frames: number): Shot[] {
  const starts = [0, ...cuts.map(cut => cut.frame)];
  return starts
    .map((start, i) => ({ start, end: starts[i + 1] ?? frames }))
    .filter(({ start, end }) => end > start)
    .map((range, i) => ({ id: `s${i + 1}`, ...range }));
}
