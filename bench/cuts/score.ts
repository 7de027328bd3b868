import type { Cut } from '../../src/signals.ts';
import type { Truth } from './truth.ts';

/** Counts of one kind of boundary. */
export interface Tally {
  found: number;
  missed: number;
  /** Reported where there is nothing. */
  false: number;
}

export const emptyTally = (): Tally => ({ found: 0, missed: 0, false: 0 });

export function add(into: Tally, more: Tally): void {
  into.found += more.found;
  into.missed += more.missed;
  into.false += more.false;
}

export const precision = ({ found, false: wrong }: Tally): number => found / (found + wrong);
export const recall = ({ found, missed }: Tally): number => found / (found + missed);
export function f1(tally: Tally): number {
  return (2 * tally.found) / (2 * tally.found + tally.missed + tally.false);
}

/** Frames that a hard cut may be off by. */
const TOLERANCE = 1;

/**
 * Hard cuts reported at `frames` against the truth, each true cut matched once, ±1 frame. What is reported inside or
 * within two frames of a gradual transition, or in an ignored range, counts neither way.
 */
export function scoreCuts(frames: readonly number[], truth: Truth, ignore: readonly [number, number][] = []): Tally {
  const free = new Set(frames);
  let found = 0;
  for (const cut of truth.cuts) {
    const near = [...free]
      .filter(frame => Math.abs(frame - cut) <= TOLERANCE)
      .sort((a, b) => Math.abs(a - cut) - Math.abs(b - cut));
    if (near.length === 0) continue;
    free.delete(near[0]);
    found++;
  }
  const pass = [...truth.dissolves, ...truth.fades, ...ignore];
  const wrong = [...free].filter(frame => !pass.some(([start, end]) => frame >= start - 2 && frame <= end + 2));
  return { found, missed: truth.cuts.length - found, false: wrong.length };
}

/**
 * Gradual transitions against the truth: found when exactly matched one to one by overlap with the reported range and a
 * middle that is off by no more than half the true length. Reports inside a fade or at a hard cut are false here unless
 * the truth has a gradual transition there.
 */
export function scoreGradual(
  reported: readonly Cut[],
  ranges: readonly [number, number][],
  ignore: readonly [number, number][] = [],
): Tally {
  const free = new Set(reported);
  let found = 0;
  for (const [start, end] of ranges) {
    const match = [...free].find(
      cut =>
        cut.start < end &&
        Math.max(cut.end, cut.start + 1) > start &&
        Math.abs(cut.frame - (start + end) / 2) <= Math.max(1, (end - start) / 2),
    );
    if (!match) continue;
    free.delete(match);
    found++;
  }
  const wrong = [...free].filter(cut => !ignore.some(([start, end]) => cut.start < end && cut.end >= start));
  return { found, missed: ranges.length - found, false: wrong.length };
}
