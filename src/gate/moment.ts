import { z } from 'zod';
import type { FrameRange } from '../clip.ts';
import { RetakeError } from '../errors.ts';
import { fromTimecode, isDropFrame, type TimelineRate } from '../report/timecode.ts';

/** A place in a film: a frame number, seconds (`12.5s`), or a timecode counted from the timeline's start timecode. */
export const moment = z.union([
  z.int().nonnegative(),
  z
    .string()
    .regex(
      /^(\d{1,6}(\.\d{1,6})?s|\d{2}:\d{2}:\d{2}[:;]\d{2,3})$/,
      'must be a frame number, seconds such as 12.5s, or a timecode',
    ),
]);
export type Moment = z.infer<typeof moment>;

export const span = { from: moment, to: moment };

/** How a film counts: its rate, and the timecode of its first frame in frames. */
export interface FilmClock extends TimelineRate {
  start: number;
}

/** Frame from the film's first one. Timecodes before the start timecode count from zero. */
export function frameAt(at: Moment, clock: FilmClock): number {
  if (typeof at === 'number') return at;
  if (at.endsWith('s')) return Math.round((Number(at.slice(0, -1)) * clock.fps.num) / clock.fps.den);
  const drop = isDropFrame(at);
  if (drop !== clock.drop) {
    const plain = { ...clock, drop };
    return sinceStart(fromTimecode(at, plain), clock);
  }
  return sinceStart(fromTimecode(at, clock), clock);
}

const sinceStart = (frame: number, { start }: FilmClock): number => (frame >= start ? frame - start : frame);

/** Throws `policy-invalid` when a span ends before it begins. */
export function framesOfSpan({ from, to }: { from: Moment; to: Moment }, clock: FilmClock): FrameRange {
  const range = { start: frameAt(from, clock), end: frameAt(to, clock) };
  if (range.end <= range.start) throw new RetakeError('policy-invalid', `The span ${from} to ${to} has no length.`);
  return range;
}
