import type { FrameRange } from '../../clip.ts';
import { median, percentile, runs } from '../statistics.ts';

/** Frames on either side that say how the picture moves. */
const BESIDE = 8;
/** Mean luma difference, code values, that the picture must change by on both sides of a held stretch. */
const MOVING = 0.4;
/**
 * Difference up to which a frame is held, as a share of what the frames around differ by, and at most: x264 leaves 0.05 to
 * 0.2 in held frames at CRF 26 to 31.
 */
const HELD_SHARE = 0.08;
const HELD_MOST = 0.3;
const AROUND = 12;
const AROUND_QUANTILE = 0.85;
/** Share of the usual motion that the frames next to the stretch keep: people come to rest gradually, a held frame does not. */
const EDGE_SHARE = 0.5;
/** So many other stretches, or one of two repeats, within so many frames make it a pattern: a matter of cadence. */
const PATTERN_STRETCHES = 3;
const PATTERN_REPEATS = 2;
const PATTERN_FRAMES = 48;

/**
 * Single stretches in which one frame is held while the picture moves before and after. `start` is the held frame, `end` the
 * first that moves on.
 *
 * @param repeats 1 where a frame repeats the one before
 * @param frameDifference mean absolute luma difference to the frame before, code values
 * @param least repeats that make a stretch
 */
export function heldStretches(
  repeats: Float32Array,
  frameDifference: Float32Array,
  shot: FrameRange,
  least: number,
): FrameRange[] {
  const differences = frameDifference.subarray(shot.start, shot.end);
  const held = Array.from(differences, (difference, i) => {
    if (i === 0) return false;
    if (repeats[shot.start + i] > 0) return true;
    const around = differences.subarray(Math.max(1, i - AROUND), i + AROUND + 1);
    return difference <= Math.min(HELD_MOST, HELD_SHARE * percentile(around, AROUND_QUANTILE));
  });
  const all = runs(held);
  const moves = (from: number, to: number, edge: number): boolean => {
    const values = differences.subarray(Math.max(1, from), Math.min(differences.length, to));
    if (values.length < 3) return false;
    const usual = median(values);
    return usual >= MOVING && differences[edge] >= EDGE_SHARE * usual;
  };
  const alone = (run: FrameRange): boolean => {
    const near = all.filter(
      other => other !== run && other.start < run.end + PATTERN_FRAMES && other.end > run.start - PATTERN_FRAMES,
    );
    return near.length < PATTERN_STRETCHES && near.every(({ start, end }) => end - start < PATTERN_REPEATS);
  };
  return all
    .filter(run => run.end - run.start >= least && alone(run))
    .filter(({ start, end }) => moves(start - BESIDE, start, start - 1) && moves(end, end + BESIDE, end))
    .map(({ start, end }) => ({ start: shot.start + start - 1, end: shot.start + end }));
}
