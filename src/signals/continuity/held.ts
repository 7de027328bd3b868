import type { FrameRange } from '../../clip.ts';
import { median, runs } from '../statistics.ts';

/** Frames on either side that say how the picture moves. */
const BESIDE = 8;
/** Mean luma difference, code values, that the picture must change by on both sides of a held stretch. */
const MOVING = 0.6;
/** Another held stretch of this many repeats within so many frames makes it a pattern: a matter of cadence. */
const PATTERN_REPEATS = 2;
const PATTERN_FRAMES = 48;

/**
 * Single stretches in which one frame is held while the picture moves before and after. `start` is the held frame, `end` the
 * first that moves on.
 *
 * @param repeats 1 where a frame repeats the one before
 * @param least repeats that make a stretch
 */
export function heldStretches(
  repeats: Float32Array,
  frameDifference: Float32Array,
  shot: FrameRange,
  least: number,
): FrameRange[] {
  const own = Array.from({ length: shot.end - shot.start }, (_, i) => i > 0 && repeats[shot.start + i] > 0);
  const all = runs(own).map(({ start, end }) => ({ start: shot.start + start, end: shot.start + end }));
  const moves = (from: number, to: number): boolean => {
    const values: number[] = [];
    for (let i = Math.max(shot.start + 1, from); i < Math.min(shot.end, to); i++) values.push(frameDifference[i]);
    return values.length >= 3 && median(values) >= MOVING;
  };
  return all
    .filter(({ start, end }) => end - start >= least)
    .filter(
      run =>
        !all.some(
          other =>
            other !== run &&
            other.end - other.start >= PATTERN_REPEATS &&
            other.start < run.end + PATTERN_FRAMES &&
            other.end > run.start - PATTERN_FRAMES,
        ),
    )
    .filter(({ start, end }) => moves(start - BESIDE, start) && moves(end, end + BESIDE))
    .map(({ start, end }) => ({ start: start - 1, end }));
}
