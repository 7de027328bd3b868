import type { ClipFacts, FrameRange } from '../clip.ts';
import { frameTime } from '../clip.ts';

type Timeline = Pick<ClipFacts, 'times' | 'video'>;

/** Seconds by which two times may differ and still be the same moment: container times are rounded to microseconds. */
const SAME_MOMENT = 1e-6;

/**
 * The frame that is on screen at a time.
 *
 * @param seconds from the container's start
 * @returns an existing frame: 0 before the picture starts, the last one after it ends; 0 when there is no frame
 */
export function frameAt(clip: Timeline, seconds: number): number {
  return Math.max(0, firstAfter(clip.times, seconds + SAME_MOMENT) - 1);
}

/**
 * The frames that are on screen at some moment between two times: never empty, never beyond the clip.
 *
 * @param from seconds from the container's start, inclusive
 * @param to seconds from the container's start, exclusive
 */
export function framesBetween(clip: Timeline, from: number, to: number): FrameRange {
  const start = frameAt(clip, from);
  return { start, end: Math.max(start + 1, firstAfter(clip.times, to - SAME_MOMENT)) };
}

/** Seconds from the container's start at which the picture begins and ends by the decoded frames' times. */
export const pictureSpan = (clip: Timeline): { from: number; to: number } => ({
  from: frameTime(clip, 0),
  to: frameTime(clip, clip.times.length),
});

/** Index of the first time that lies after `seconds`: binary search in ascending times. */
function firstAfter(times: Float64Array, seconds: number): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (times[middle] <= seconds) low = middle + 1;
    else high = middle;
  }
  return low;
}
