import type { FrameRange } from '../../clip.ts';
import { percentile } from '../../statistics.ts';
import { correlation, type Fingerprint, isFlat } from './fingerprint.ts';

/** One take's fingerprint by name. */
export interface Candidate {
  sha256: string;
  fingerprint: Fingerprint;
}

export interface MatchOptions {
  /** Least correlation of a frame with the take's. */
  frameLeast: number;
  /** … and it may lack so many times what a good frame of the stretch lacks of 1. */
  frameFactor: number;
  /** Least mean correlation of a stretch. */
  least: number;
  /** Takes whose 1 − score is within this factor of the best one's are rivals … */
  rivalFactor: number;
  /** … or within this distance: quantisation and coding noise. */
  rivalDistance: number;
  /** Shortest stretch that is looked for, in frames. */
  shortest: number;
}

/** Figures measured by `bench/fingerprints.ts`. */
export const matchDefaults: MatchOptions = {
  frameLeast: 0.9,
  frameFactor: 6,
  least: 0.95,
  rivalFactor: 1.6,
  rivalDistance: 0.0015,
  shortest: 4,
};

type View = 'whole' | 'inside';
const VIEWS: readonly [View, View][] = [
  ['inside', 'inside'],
  ['whole', 'whole'],
  ['inside', 'whole'],
  ['whole', 'inside'],
];

export interface Alignment {
  candidate: Candidate;
  views: readonly [View, View];
  /** Take frame of the export frame `from`, and take frames per export frame. */
  from: number;
  offset: number;
  rate: number;
  score: number;
}

/** Up to seven frames spread over the range that show something. */
export function keyFrames({ start, end }: FrameRange, film: Fingerprint): number[] {
  const lit: number[] = [];
  for (let frame = start; frame < Math.min(end, film.frames); frame++) if (!isFlat(film.whole, frame)) lit.push(frame);
  if (lit.length < Math.max(1, 0.2 * (end - start))) return [];
  const most = Math.min(7, lit.length);
  return Array.from({ length: most }, (_, i) => lit[Math.floor(((i + 0.5) * lit.length) / most)]);
}

/** The best alignment of every take that explains the range, best first. */
export function bestAlignments(
  range: FrameRange,
  keys: readonly number[],
  film: Fingerprint,
  candidates: readonly Candidate[],
  settings: MatchOptions,
): Alignment[] {
  const found: Alignment[] = [];
  const probes = [keys[keys.length >> 1], keys[0], keys[keys.length - 1]];
  for (const candidate of candidates) {
    const { fingerprint } = candidate;
    const rate = (fingerprint.fps.num * film.fps.den) / (fingerprint.fps.den * film.fps.num);
    let best: Alignment | null = null;
    for (const views of VIEWS)
      for (const key of new Set(probes)) {
        const offsets = likelyOffsets(
          film[views[0]],
          key,
          fingerprint[views[1]],
          fingerprint.frames,
          settings.frameLeast,
        );
        for (const frame of offsets) {
          const from = range.start;
          const offset = frame - (key - from) * rate;
          const score = scoreAt(keys, film, { candidate, views, from, offset, rate, score: 0 });
          if (best === null || score > best.score) best = { candidate, views, from, offset, rate, score };
        }
      }
    if (best) found.push(refine(range, film, best));
  }
  return found.sort((a, b) => b.score - a.score);
}

/**
 * The alignment that explains the longest stretch; of those that explain nearly as much, the one that fits best. Only the
 * best few are tried: one that explains a part has a better mean than one that explains nothing.
 */
export function longestExplained(
  range: FrameRange,
  found: readonly Alignment[],
  film: Fingerprint,
  settings: MatchOptions,
): { alignment: Alignment; run: FrameRange } | null {
  const explained = found.slice(0, 24).flatMap(alignment => {
    const run = longestRun(range, film, alignment, settings);
    if (!run) return [];
    const frames = comparedFrames(run, film);
    return [{ alignment, run, score: frames.length === 0 ? 0 : scoreAt(frames, film, alignment) }];
  });
  const length = ({ run }: { run: FrameRange }): number => run.end - run.start;
  const longest = explained.reduce((most, one) => Math.max(most, length(one)), 0);
  return (
    explained
      .filter(one => length(one) >= 0.9 * longest)
      .sort((a, b) => b.score - a.score || length(b) - length(a))[0] ?? null
  );
}

/** Frames of a take that look like the key frame: the tops of what stands out, at most 12. */
function likelyOffsets(film: Float32Array, key: number, take: Float32Array, frames: number, least: number): number[] {
  const values = new Float32Array(frames);
  for (let frame = 0; frame < frames; frame++) values[frame] = correlation(film, key, take, frame);
  const tops: number[] = [];
  for (let frame = 0; frame < frames; frame++)
    if (
      values[frame] >= least &&
      values[frame] >= (values[frame - 1] ?? -1) &&
      values[frame] > (values[frame + 1] ?? -1)
    )
      tops.push(frame);
  return tops.sort((a, b) => values[b] - values[a]).slice(0, 12);
}

/** Mean correlation over frames that exist in the take; frames beyond its ends count as half. */
export function scoreAt(
  frames: readonly number[],
  film: Fingerprint,
  { candidate, views, from, offset, rate }: Alignment,
): number {
  const { fingerprint } = candidate;
  let sum = 0;
  for (const frame of frames) {
    const at = Math.round(offset + (frame - from) * rate);
    sum += at < 0 || at >= fingerprint.frames ? 0.5 : correlation(film[views[0]], frame, fingerprint[views[1]], at);
  }
  return sum / frames.length;
}

/** Frames of a range that are compared when it counts: all, or 48 spread over it; flat ones left out. */
export function comparedFrames({ start, end }: FrameRange, film: Fingerprint): number[] {
  const step = Math.max(1, (Math.min(end, film.frames) - start) / 48);
  const frames: number[] = [];
  for (let at = start; at < Math.min(end, film.frames); at += step)
    if (!isFlat(film.whole, Math.floor(at))) frames.push(Math.floor(at));
  return frames;
}

function refine(range: FrameRange, film: Fingerprint, rough: Alignment): Alignment {
  const frames = comparedFrames(range, film);
  if (frames.length === 0) return rough;
  let best = { ...rough, score: scoreAt(frames, film, rough) };
  for (let shift = -3; shift <= 3; shift++) {
    const moved = { ...rough, offset: rough.offset + shift };
    const score = scoreAt(frames, film, moved);
    if (score > best.score) best = { ...moved, score };
  }
  return best;
}

/**
 * The longest stretch of the range whose frames the alignment explains; two bad frames in a row end it. A frame is bad
 * when it fits much worse than the stretch's frames usually do: another take of the same scene, or another moment.
 */
function longestRun(
  range: FrameRange,
  film: Fingerprint,
  alignment: Alignment,
  { frameLeast, frameFactor, least }: MatchOptions,
): FrameRange | null {
  const { candidate, views, from, offset, rate } = alignment;
  const likeness = (frame: number): number => {
    const at = Math.round(offset + (frame - from) * rate);
    if (at < 0 || at >= candidate.fingerprint.frames || frame >= film.frames) return -1;
    return isFlat(film.whole, frame)
      ? Number.NaN
      : correlation(film[views[0]], frame, candidate.fingerprint[views[1]], at);
  };
  const fits = Array.from({ length: range.end - range.start }, (_, i) => likeness(range.start + i));
  const explained = fits.filter(value => value >= frameLeast);
  if (explained.length === 0) return null;
  const usual = 1 - percentile(Float32Array.from(explained), 0.75);
  const bound = Math.max(frameLeast, 1 - Math.max(0.01, frameFactor * usual));
  let best: FrameRange | null = null;
  let start = -1;
  let bad = 0;
  const close = (end: number): void => {
    if (start >= 0 && end > start && (best === null || end - start > best.end - best.start)) best = { start, end };
    start = -1;
    bad = 0;
  };
  for (const [i, value] of fits.entries()) {
    const frame = range.start + i;
    // A flat frame tells nothing: it goes with its neighbours.
    if (Number.isNaN(value) || value >= bound) {
      if (start < 0) start = frame;
      bad = 0;
    } else if (start >= 0 && ++bad >= 2) close(frame - 1);
  }
  close(range.end - bad);
  if (best === null) return null;
  const frames = comparedFrames(best, film);
  const score = frames.length === 0 ? 0 : scoreAt(frames, film, alignment);
  return score >= least ? best : null;
}
