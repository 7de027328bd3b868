import type { FrameRange } from '../../clip.ts';
import { median, percentile, runs } from '../../statistics.ts';

/** Frames on either side that say how the picture moves. */
const BESIDE = 8;
/** Mean luma difference, code values, that the picture must change by on both sides of a held stretch. */
const MOVING = 0.4;
/**
 * Difference up to which a frame is held, as a share of what the frames around differ by, and at most: x264 leaves 0.05 to
 * 0.2 in held frames at CRF 26 to 31, and up to 0.4 where a new group of pictures begins among them.
 */
const HELD_SHARE = 0.08;
const HELD_MOST = 0.5;
const AROUND = 12;
const AROUND_QUANTILE = 0.85;
/** Share of the usual motion that the frames next to the stretch keep: people come to rest gradually, a held frame does not. */
const EDGE_SHARE = 0.5;
/** … and next to a stretch in which nothing differs at all: noise and breath do not stop with people. */
const EDGE_SHARE_EXACT = 0.2;
const EXACT = 0.03;
/** Share of the last motion before the stretch that its first held frame differs by at most: motion breaks off. */
const BREAK_SHARE = 0.25;
/** Another stretch within so many frames that is longer than this share makes it a pattern: a matter of cadence. */
const PATTERN_SHARE = 0.25;
const PATTERN_FRAMES = 48;

/**
 * Single stretches in which one frame is held while the picture moves before and after. `start` is the held frame, `end` the
 * first that moves on, or the end of the shot where the picture is held until it cuts.
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
  const moves = (from: number, to: number, edge: number, share: number): boolean => {
    const values = differences.subarray(Math.max(1, from), Math.min(differences.length, to));
    if (values.length < 3) return false;
    const usual = median(values);
    return usual >= MOVING && differences[edge] >= share * usual;
  };
  const alone = (run: FrameRange): boolean =>
    all.every(
      other =>
        other === run ||
        other.start >= run.end + PATTERN_FRAMES ||
        other.end <= run.start - PATTERN_FRAMES ||
        other.end - other.start <= PATTERN_SHARE * (run.end - run.start),
    );
  const untilCut = (run: FrameRange): boolean => run.end === differences.length && shot.end < frameDifference.length;
  return all
    .filter(run => run.end - run.start >= least && alone(run))
    .filter(run => {
      const { start, end } = run;
      if (differences[start] > BREAK_SHARE * differences[start - 1]) return false;
      const share = percentile(differences.subarray(start, end), 1) <= EXACT ? EDGE_SHARE_EXACT : EDGE_SHARE;
      return moves(start - BESIDE, start, start - 1, share) && (untilCut(run) || moves(end, end + BESIDE, end, share));
    })
    .map(({ start, end }) => ({ start: shot.start + start - 1, end: shot.start + end }));
}
