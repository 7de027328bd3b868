import type { FrameRange } from '../../clip.ts';
import { median, percentile, runs } from '../../statistics.ts';

/** Frames on either side that say how the picture moves. */
const BESIDE = 8;
/** Mean luma difference, code values, that the picture must change by on both sides of a held stretch. */
const MOVING = 0.4;
/**
 * Difference up to which a frame is held, as a share of what the frames around differ by, and at most: x264 leaves 0.05 to
 * 0.3 in held frames at CRF 26 to 31, and up to 0.4 where a new group of pictures begins among them.
 */
const HELD_SHARE = 0.1;
const HELD_MOST = 0.5;
const AROUND = 12;
const AROUND_QUANTILE = 0.85;
/** Share of the usual motion that the frames next to the stretch keep: people come to rest gradually, a held frame does not. */
const EDGE_SHARE = 0.5;
/** … and next to a stretch in which nothing differs at all: noise and breath do not stop with people. */
const EDGE_SHARE_EXACT = 0.2;
const EXACT = 0.03;
/**
 * Share of the usual difference up to which one more frame is held that lies at the end of a stretch: x264 codes the last
 * of some equal frames better than the others.
 */
const LAST_SHARE = 0.4;
/** … and times what the held frame before it differs by, at least: motion comes up gradually. */
const LAST_RISE = 2.2;
/**
 * Times the usual motion on either side that the picture leaps by after a stretch when time was lost. Nothing comes to rest
 * and then leaps: motion may slow down more before it, and be less.
 */
const LEAP = 1.35;
const EDGE_SHARE_LEAP = 0.12;
const MOVING_LEAP = 0.1;
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
    return difference <= Math.min(HELD_MOST, HELD_SHARE * around(differences, i));
  });
  const all = runs(held).map(run => withLast(run, held, differences));
  const alone = (run: FrameRange): boolean =>
    all.every(
      other =>
        other === run ||
        other.start >= run.end + PATTERN_FRAMES ||
        other.end <= run.start - PATTERN_FRAMES ||
        other.end - other.start <= PATTERN_SHARE * (run.end - run.start) ||
        isRest(other, differences),
    );
  return all
    .filter(run => run.end - run.start >= least && alone(run))
    .filter(run => interrupts(run, differences, run.end === differences.length && shot.end < frameDifference.length))
    .map(({ start, end }) => ({ start: shot.start + start - 1, end: shot.start + end }));
}

/** A stretch with the frame after it, where that hardly differs from it. */
function withLast({ start, end }: FrameRange, held: readonly boolean[], differences: Float32Array): FrameRange {
  const after = differences[end + 1];
  const usual = around(differences, end);
  const last = end - start >= 2 && after !== undefined && !held[end + 1];
  const fits = differences[end] <= LAST_SHARE * Math.min(usual, after);
  return { start, end: last && fits && differences[end] >= LAST_RISE * differences[end - 1] ? end + 1 : end };
}

/** Differences about a frame that say how the picture moves there. */
const around = (differences: Float32Array, i: number): number =>
  percentile(differences.subarray(Math.max(1, i - AROUND), i + AROUND + 1), AROUND_QUANTILE);

/** Usual difference on one side of a stretch; NaN where too few frames are left. */
function usualOf(differences: Float32Array, from: number, to: number): number {
  const values = differences.subarray(Math.max(1, from), Math.min(differences.length, to));
  return values.length < 3 ? Number.NaN : median(values);
}

/** Whether hardly anything moves on either side of a stretch either: stillness is no cadence. */
function isRest({ start, end }: FrameRange, differences: Float32Array): boolean {
  const moves = (from: number, to: number) => usualOf(differences, from, to) >= MOVING;
  return !moves(start - BESIDE, start) && !moves(end, end + BESIDE);
}

/** Whether motion breaks off where a stretch starts and goes on where it ends. */
function interrupts({ start, end }: FrameRange, differences: Float32Array, untilCut: boolean): boolean {
  const before = usualOf(differences, start - BESIDE, start);
  const after = usualOf(differences, end, end + BESIDE);
  const exact = percentile(differences.subarray(start, end), 1) <= EXACT;
  const leaps = !untilCut && differences[end] >= LEAP * Math.max(before, after);
  const moving = leaps && exact ? MOVING_LEAP : MOVING;
  if (!(before >= moving) || !(untilCut || after >= moving)) return false;
  // Motion that is slow before and comes up gradually is none that breaks off: all but the last frame differ by little.
  const most = percentile(differences.subarray(start, Math.max(start + 1, end - 1)), 1);
  if (!leaps && most > BREAK_SHARE * (untilCut ? before : Math.min(before, after))) return false;
  // Where some frames hardly move, the one beside them tells.
  const beside = (near: number, next: number) =>
    exact ? Math.max(differences[near], differences[next] ?? 0) : differences[near];
  const last = leaps ? before : beside(start - 1, start - 2);
  if (differences[start] > BREAK_SHARE * last) return false;
  const share = exact ? EDGE_SHARE_EXACT : EDGE_SHARE;
  if (beside(start - 1, start - 2) < (leaps ? EDGE_SHARE_LEAP : share) * before) return false;
  return untilCut || beside(end, end + 1) >= share * after;
}
