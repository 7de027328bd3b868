import type { ClipFacts } from '../../src/clip.ts';
import type { Detector } from '../../src/detectors/detector.ts';
import { type DraftOutcome, judge } from '../../src/judge.ts';
import type { Shot, Signals } from '../../src/signals.ts';

/** Seeded noise, −1 … 1, so that every run judges the same signals (mulberry32). */
export function noise(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 31 - 1;
  };
}

export interface FactsOptions {
  fps?: number;
  width?: number;
  height?: number;
  times?: number[];
  colour?: Partial<ClipFacts['video']['colour']>;
  /** Length that the container states, when it is not that of the frames. */
  seconds?: number;
}

/** Facts of a clip of `frames` frames. */
export function facts(frames: number, options: FactsOptions = {}): ClipFacts {
  const fps = options.fps ?? 24;
  const times = Float64Array.from(options.times ?? Array.from({ length: frames }, (_, i) => i / fps));
  return {
    path: 'clip.mp4',
    sha256: '0'.repeat(64),
    bytes: 1,
    container: 'mp4',
    seconds: options.seconds ?? frames / fps,
    video: {
      index: 0,
      codec: 'h264',
      profile: null,
      width: options.width ?? 1280,
      height: options.height ?? 720,
      rotation: 0,
      sampleAspect: { num: 1, den: 1 },
      pixelFormat: 'yuv420p',
      bitDepth: 8,
      alpha: false,
      interlaced: false,
      colour: {
        range: 'limited',
        primaries: 'bt709',
        transfer: 'bt709',
        matrix: 'bt709',
        hdr: null,
        ...options.colour,
      },
      fps: { num: fps, den: 1 },
      variableFrameRate: options.times !== undefined,
      startTime: 0,
      seconds: options.seconds ?? frames / fps,
      bitRate: null,
    },
    audio: null,
    streams: { video: 1, audio: 0, subtitle: 0, data: 0 },
    tags: {},
    frames,
    times,
  };
}

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
