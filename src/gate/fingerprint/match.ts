import type { FrameRange } from '../../clip.ts';
import {
  type Alignment,
  bestAlignments,
  type Candidate,
  comparedFrames,
  keyFrames,
  longestExplained,
  type MatchOptions,
  matchDefaults,
  scoreAt,
} from './align.ts';
import type { Fingerprint } from './fingerprint.ts';

export type { Candidate, MatchOptions } from './align.ts';

/** Where a stretch of an export comes from. */
export interface Match {
  /** Export frames. */
  frames: FrameRange;
  sha256: string;
  /** Take frames: of every alignment that fits as well, where the picture hardly moves. */
  source: FrameRange;
  /** Mean correlation of the aligned frames. */
  score: number;
  /** Other takes that fit as well: they look the same at this resolution. */
  rivals: string[];
}

/** A stretch that no take explains; `blank`: nothing but one colour. */
export interface Unmatched {
  frames: FrameRange;
  reason: 'blank' | 'unknown';
  /** The best take's correlation. */
  score: number;
}

/**
 * Finds the takes that an export's shot shows. A shot that hides a cut (two takes that look alike at it) is taken apart:
 * the longest stretch that one take explains is kept and the rest looked for again. Pure.
 */
export function matchShot(
  shot: FrameRange,
  film: Fingerprint,
  candidates: readonly Candidate[],
  options: Partial<MatchOptions> = {},
): { matches: Match[]; unmatched: Unmatched[] } {
  const settings = { ...matchDefaults, ...options };
  const matches: Match[] = [];
  const unmatched: Unmatched[] = [];
  const pending: FrameRange[] = [shot];
  for (let range = pending.pop(); range !== undefined; range = pending.pop()) {
    const keys = keyFrames(range, film);
    if (keys.length === 0) {
      unmatched.push({ frames: range, reason: 'blank', score: 0 });
      continue;
    }
    const best = longestExplained(range, bestAlignments(range, keys, film, candidates, settings), film, settings);
    if (!best || best.run.end - best.run.start < Math.min(settings.shortest, range.end - range.start)) {
      unmatched.push({ frames: range, reason: 'unknown', score: best?.alignment.score ?? 0 });
      continue;
    }
    const rest = [
      { start: range.start, end: best.run.start },
      { start: best.run.end, end: range.end },
    ].filter(({ start, end }) => end > start);
    // A few frames at the edges are a transition's or the cut's own uncertainty, unless they show something else.
    const long = (part: FrameRange): boolean => part.end - part.start >= settings.shortest;
    const edges = rest.filter(part => !long(part));
    const frames = edges.reduce(
      (a, b) => ({ start: Math.min(a.start, b.start), end: Math.max(a.end, b.end) }),
      best.run,
    );
    pending.push(...rest.filter(long));
    // Compared anew by the frames that are meant, so that rivals are rivals for these.
    const again = bestAlignments(best.run, keyFrames(best.run, film), film, candidates, settings);
    matches.push(toMatch(frames, film, again.length > 0 ? again : [best.alignment], settings));
  }
  const order = (a: { frames: FrameRange }, b: { frames: FrameRange }): number => a.frames.start - b.frames.start;
  return { matches: matches.sort(order), unmatched: unmatched.sort(order) };
}

function toMatch(frames: FrameRange, film: Fingerprint, found: readonly Alignment[], settings: MatchOptions): Match {
  const [best] = found;
  const slack = Math.max(settings.rivalDistance, (1 - best.score) * (settings.rivalFactor - 1));
  const rivals = found.slice(1).filter(({ score }) => best.score - score < slack);
  return {
    frames,
    sha256: best.candidate.sha256,
    source: sourceRange(frames, film, best),
    score: best.score,
    rivals: rivals.map(({ candidate }) => candidate.sha256),
  };
}

/** Take frames of the range under every alignment that fits nearly as well: a still picture fits everywhere. */
function sourceRange(frames: FrameRange, film: Fingerprint, best: Alignment): FrameRange {
  const compared = comparedFrames(frames, film);
  const total = best.candidate.fingerprint.frames;
  const nearly = Math.max(0.0004, 0.1 * (1 - best.score));
  const base = best.offset + (frames.start - best.from) * best.rate;
  const fits = (shift: number): boolean =>
    scoreAt(compared, film, { ...best, from: frames.start, offset: base + shift }) >= best.score - nearly;
  let [early, late] = [0, 0];
  while (early > -total && fits(early - 1)) early--;
  while (late < total && fits(late + 1)) late++;
  const length = (frames.end - frames.start) * best.rate;
  const start = Math.max(0, Math.floor(base + early + 1e-6));
  return { start, end: Math.min(total, Math.max(start + 1, Math.ceil(base + late + length - 1e-6))) };
}
