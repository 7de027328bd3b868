import type { FrameRange, Rational } from '../../clip.ts';
import {
  ceilFrame,
  floorFrame,
  frames,
  nearestFrame,
  subtract,
  type Time,
  toSeconds,
  ZERO,
} from '../timeline/exact.ts';
import type { Use } from '../timeline/timeline.ts';

/** What must be known of a file to count a use's frames in it. */
export interface MediaClock {
  fps: Rational;
  frames: number;
  /** Timecode of its first frame, in frames since midnight; null when it has none. */
  startTimecode: number | null;
  /** Frame times in seconds, only where the rate varies. */
  times: readonly number[] | null;
}

/** Rates this near to each other count the same frames: 24 and 23.976, not 24 and 25. */
const CONFORM = 0.002;

/**
 * Frames of the file that a use shows. Exact where the timeline counts in the file's rate; where it counts in another
 * (or the file's rate varies) every frame that is on screen for any part of the stretch belongs to it.
 */
export function framesOfUse(use: Pick<Use, 'range' | 'origin' | 'rate'>, media: MediaClock): FrameRange {
  const fallback = media.startTimecode === null ? ZERO : frames(media.startTimecode, use.rate ?? media.fps);
  // A list without timecodes of its own counts from zero even where the file has a timecode.
  const origin =
    use.origin ??
    (media.startTimecode !== null && toSeconds(subtract(use.range.start, fallback)) < -1e-9 ? ZERO : fallback);
  const [start, end] = [subtract(use.range.start, origin), subtract(use.range.end, origin)];
  if (media.times) return framesBetween(media.times, toSeconds(start), toSeconds(end));
  const counted = use.rate ?? media.fps;
  const ratio = (counted.num * media.fps.den) / (counted.den * media.fps.num);
  if (Math.abs(ratio - 1) < CONFORM)
    return range(nearestOrCover(start, counted, floorFrame), nearestOrCover(end, counted, ceilFrame));
  return range(floorFrame(start, media.fps), ceilFrame(end, media.fps));
}

/** A time that lies on the grid to a thousandth of a frame is that frame: writers round. */
function nearestOrCover(at: Time, rate: Rational, cover: typeof floorFrame): number {
  const nearest = nearestFrame(at, rate);
  const off = subtract(at, frames(nearest, rate));
  return Math.abs(toSeconds(off)) * (rate.num / rate.den) < 0.002 ? nearest : cover(at, rate);
}

const range = (start: number, end: number): FrameRange => ({ start, end: Math.max(start + 1, end) });

function framesBetween(times: readonly number[], start: number, end: number): FrameRange {
  const first = times[0] ?? 0;
  /** Times come from rounded figures: a microsecond is no frame. */
  const slack = 2e-6;
  let from = 0;
  while (from + 1 < times.length && times[from + 1] - first <= start + slack) from++;
  let to = from;
  while (to < times.length && times[to] - first < end - slack) to++;
  return range(from, to);
}
