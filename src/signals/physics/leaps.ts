import type { Box, FrameRange } from '../../clip.ts';
import { LEAP_VALUES, type Leaps } from '../../signals.ts';
import { median } from '../../statistics.ts';

/** One leap within a shot: the same thing in two neighbouring frames at two places, or in two sizes. */
export interface Leap {
  kind: 'teleport' | 'scale-pop';
  /** First frame after the leap. */
  frame: number;
  /** Teleport: distance in widths of the picture beyond what its speed explains. Scale pop: ratio of sizes, at least 1. */
  measured: number;
  grows: boolean;
  /** Correlation of the thing before and after. */
  likeness: number;
  /** Around both places, source pixels. */
  box: Box;
}

/** Width of the picture's edge, in its widths. */
const EDGE = 0.02;
/** A jump must be so many times what the thing moves from frame to frame. */
const BEYOND = 3;
/** Frames within which leaps of one kind are one event; more places than this that leap at once are the picture's. */
export const TOGETHER = 2;
const MOST_AT_ONCE = 2;
/** Frames around a leap whose pictures tell how long one is held. */
const AROUND = 12;

interface Size {
  width: number;
  height: number;
}

/**
 * Leaps of a shot, the clearest of each moment; none where much of the picture leaps at once, and none after a picture that
 * was held for longer than those around it: what moves goes on where it would have been. Sizes in source pixels.
 *
 * @param pictures frames that show another picture than the frame before, ascending
 */
export function leapsIn(
  { frames, values }: Leaps,
  shot: FrameRange,
  { width, height }: Size,
  pictures: readonly number[],
): Leap[] {
  const all: Leap[] = [];
  frames.forEach((frame, k) => {
    const row = Object.fromEntries(LEAP_VALUES.map((name, i) => [name, values[LEAP_VALUES.length * k + i]])) as LeapRow;
    const leap = observable(row, frame, shot, { width, height }, pictures) && leapOf(row, frame, width);
    if (leap) all.push(leap);
  });
  const found: Leap[] = [];
  for (const leap of all) {
    const near = all.filter(other => other.kind === leap.kind && Math.abs(other.frame - leap.frame) <= TOGETHER);
    if (near.length > MOST_AT_ONCE) continue;
    if (near.some(other => other.likeness > leap.likeness)) continue;
    if (!found.some(other => other.kind === leap.kind && Math.abs(other.frame - leap.frame) <= TOGETHER))
      found.push(leap);
  }
  return found;
}

/** Whether a leap can be told at a frame: not at the edge, not near a cut, and no time was lost. */
export function observable(
  row: LeapRow,
  frame: number,
  shot: FrameRange,
  { width, height }: Size,
  pictures: readonly number[],
): boolean {
  // Things are followed some frames either way: those must lie within the shot too.
  if (frame < shot.start + 4 || frame > shot.end - 4) return false;
  return !atEdge(row, width, height) && !heldBefore(frame, pictures);
}

/** What a row says; null when the thing may have moved so far. */
export const leapOf = (row: LeapRow, frame: number, width: number): Leap | null =>
  row.ratio === 1 ? jump(row, frame, width) : pop(row, frame);

/** Leaps of both ways to look for them: those of the second list only where the first has none about the moment. */
export const eitherLeaps = (first: readonly Leap[], second: readonly Leap[]): Leap[] =>
  [...first, ...second.filter(leap => !first.some(other => Math.abs(other.frame - leap.frame) <= TOGETHER))].sort(
    (a, b) => a.frame - b.frame,
  );

/** Whether the picture before a frame was held for longer than the pictures around it usually are. */
function heldBefore(frame: number, pictures: readonly number[]): boolean {
  const near = pictures.filter(picture => Math.abs(picture - frame) <= AROUND);
  const steps = near.slice(1).map((picture, k) => picture - near[k]);
  const at = near.indexOf(frame);
  return at > 0 && steps.length > 0 && steps[at - 1] > median(steps);
}

/** Whether the thing touches the edge of the picture before or after, where things come and go. */
function atEdge(row: LeapRow, width: number, height: number): boolean {
  const [left, top, w, h] = around(row);
  const margin = EDGE * width;
  return left < margin || top < margin || left + w > width - margin || top + h > height - margin;
}

/** A row of the signal by name. */
export type LeapRow = Record<(typeof LEAP_VALUES)[number], number>;

function jump(row: LeapRow, frame: number, width: number): Leap | null {
  const speed = Math.max(Math.hypot(row.beforeX, row.beforeY), Math.hypot(row.afterX, row.afterY));
  const distance = Math.hypot(row.toX - row.fromX, row.toY - row.fromY);
  if (distance < BEYOND * speed) return null;
  const measured = (distance - speed) / width;
  return { kind: 'teleport', frame, measured, grows: false, likeness: row.likeness, box: around(row) };
}

function pop(row: LeapRow, frame: number): Leap {
  const grows = row.ratio > 1;
  const measured = grows ? row.ratio : 1 / row.ratio;
  return { kind: 'scale-pop', frame, measured, grows, likeness: row.likeness, box: around(row) };
}

function around(row: LeapRow): Box {
  const left = Math.min(row.fromX - row.fromWidth / 2, row.toX - row.toWidth / 2);
  const top = Math.min(row.fromY - row.fromHeight / 2, row.toY - row.toHeight / 2);
  const right = Math.max(row.fromX + row.fromWidth / 2, row.toX + row.toWidth / 2);
  const bottom = Math.max(row.fromY + row.fromHeight / 2, row.toY + row.toHeight / 2);
  return [left, top, right - left, bottom - top];
}
