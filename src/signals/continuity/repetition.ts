import type { FrameRange } from '../../clip.ts';
import type { LumaGrid } from '../../signals.ts';
import { median, runs } from '../../statistics.ts';
import { gridDistance } from '../grid.ts';

/** Frames that were shown before: `again` repeats what was seen from frame `first` on, forwards or backwards. */
export interface Repetition {
  kind: 'loop' | 'reversal';
  again: FrameRange;
  first: number;
  /** Distance of the repeated frames to the earlier ones as a share of the motion between frames. */
  likeness: number;
}

/** Least frames that must repeat; farthest repetition looked for, in frames. */
const LEAST = 8;
export const FARTHEST = 150;
/** Frames between a loop's two showings at least: closer ones are held frames. */
const NEAREST = 3;
/** Distance of repeated frames, root mean square of the grid's cells in code values, and as a share of the motion around. */
const CLOSE = 0.6;
const CLOSE_SHARE = 0.2;
/** Motion between frames, same unit, below which nothing can be told apart. */
const MOVING = 0.12;

/**
 * Stretches that repeat earlier frames of a shot exactly but for coding, read from the grids of luma means: a loop shows them
 * again in order, a reversal runs back over them. Periodic motion of real things never comes back so exactly.
 *
 * @param kept frames without those that repeat the one before, ascending
 * @param first place in `kept` of the shot's first frame: what is before it may be repeated, but is no repetition
 */
export function findRepetitions(lumaGrid: LumaGrid, kept: readonly number[], first = 0): Repetition[] {
  const steps = kept.map((frame, i) => (i === 0 ? 0 : gridDistance(lumaGrid, kept[i - 1], frame)));
  const found: Repetition[] = [];
  const covered = new Uint8Array(kept.length);
  const matches = (i: number, k: number): boolean => {
    const motion = (steps[i] + (steps[i + 1] ?? steps[i])) / 2;
    if (motion < MOVING) return false;
    return gridDistance(lumaGrid, kept[i], kept[k]) <= Math.min(CLOSE, CLOSE_SHARE * motion);
  };
  const add = (kind: Repetition['kind'], from: number, length: number, earlier: (i: number) => number) => {
    const motion = median(steps.slice(from, from + length));
    const distances = Array.from({ length }, (_, j) => gridDistance(lumaGrid, kept[from + j], kept[earlier(from + j)]));
    found.push({
      kind,
      again: { start: kept[from], end: kept[from + length - 1] + 1 },
      first: kept[earlier(kind === 'loop' ? from : from + length - 1)],
      likeness: median(distances) / Math.max(motion, MOVING),
    });
    covered.fill(1, from, from + length);
  };
  for (let i = Math.max(LEAST, first); i < kept.length; i++) {
    if (covered[i]) continue;
    for (let lag = NEAREST; lag <= Math.min(FARTHEST, i); lag++) {
      if (!matches(i, i - lag)) continue;
      let length = 1;
      while (i + length < kept.length && matches(i + length, i + length - lag)) length++;
      if (length < LEAST) continue;
      add('loop', i, length, k => k - lag);
      break;
    }
  }
  for (let turn = first + LEAST; turn + LEAST < kept.length; turn++) {
    if (covered[turn]) continue;
    for (const offset of [0, 1]) {
      // Frame turn + j shows what turn − offset − j showed.
      const alike: boolean[] = [];
      for (let j = 1; turn + j < kept.length && turn - offset - j >= first; j++) {
        const same = matches(turn + j, turn - offset - j);
        if (!same && j > 2) break;
        alike.push(same);
      }
      const longest = Math.max(0, ...runs(alike).map(({ start, end }) => end - start));
      if (longest < LEAST) continue;
      add('reversal', turn + 1, alike.length, k => 2 * turn - offset - k);
      break;
    }
  }
  return found;
}
