import type { Box, FrameRange } from '../../clip.ts';
import type { Rises } from '../../signals.ts';
import { type RisePath, type Rising, risingOf } from './rises.ts';

/** A fall that plays backwards; a span of frames, its end exclusive. */
export interface ReversedFall extends FrameRange {
  way: Rising['way'];
  /** First frame on its way up. */
  peak: number;
  /** Speed after the contact relative to the speed before; for a launch the height of the rise in heights of the picture. */
  measured: number;
  hangs: boolean;
  /** Around the middles of the path, widened by {@link AROUND}; source pixels. */
  box: Box;
}

/** Frames within which starts are one event. */
const TOGETHER = 8;
/** What is followed is a piece of the thing: how far the thing reaches beyond it, in widths of the picture. */
const AROUND = 0.06;

/**
 * Falls that play backwards: what comes down and goes up faster under the same gravity, and what lies still and rises at full
 * speed from one frame to the next, slowed by gravity alone.
 *
 * @param video size in source pixels
 * @param least speed after a contact relative to before, and rise of a launch in heights of the picture, from which it is a fault
 */
export function findReversedFalls(
  { rows, starts, frames, place }: Rises,
  shot: FrameRange,
  video: { width: number; height: number },
  least: { gain: number; rise: number },
): ReversedFall[] {
  const found: (ReversedFall & { fitted: number })[] = [];
  for (let k = 0; k < starts.length; k++) {
    let [from, to] = [rows[k], rows[k + 1]];
    while (from < to && frames[from] < shot.start) from++;
    while (to > from && frames[to - 1] >= shot.end) to--;
    const start = rows[k] + starts[k] - from;
    if (start < 1 || start > to - from - 2) continue;
    const column = (i: number) => Array.from({ length: to - from }, (_, p) => place[4 * (from + p) + i]);
    const [seenX, seenY, steadyX, steadyY] = [0, 1, 2, 3].map(column);
    const path: RisePath = { x: seenX, y: seenY, otherY: steadyY, start };
    // In the picture as seen or behind the camera's motion: what estimates that adds an error of its own.
    const rising = risingOf(path, video) ?? risingOf({ x: steadyX, y: steadyY, otherY: seenY, start }, video);
    if (!rising || rising.measured < (rising.way === 'gain' ? least.gain : least.rise)) continue;
    const frame = (p: number) => frames[from + Math.max(0, Math.min(to - from - 1, p))];
    found.push({
      way: rising.way,
      start: frame(rising.way === 'gain' ? rising.begin : start),
      end: Math.min(shot.end, frame(rising.end) + 1),
      peak: frame(start + 1),
      measured: rising.measured,
      hangs: rising.hangs,
      box: boxAround(
        seenX.slice(rising.begin, rising.end + 1),
        seenY.slice(rising.begin, rising.end + 1),
        AROUND * video.width,
        video,
      ),
      fitted: rising.fitted,
    });
  }
  // Several pieces of one thing: the one that was followed best speaks for it.
  found.sort((a, b) => b.fitted - a.fitted);
  const events: ReversedFall[] = [];
  for (const { fitted, ...fall } of found)
    if (!events.some(other => Math.abs(other.peak - fall.peak) <= TOGETHER)) events.push(fall);
  return events.sort((a, b) => a.peak - b.peak);
}

function boxAround(
  xs: number[],
  ys: number[],
  around: number,
  { width, height }: { width: number; height: number },
): Box {
  const left = Math.max(0, Math.min(...xs) - around);
  const top = Math.max(0, Math.min(...ys) - around);
  const right = Math.min(width, Math.max(...xs) + around);
  const bottom = Math.min(height, Math.max(...ys) + around);
  return [left, top, right - left, bottom - top];
}
