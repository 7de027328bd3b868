import type { FrameRange } from '../clip.ts';
import { RetakeError } from '../errors.ts';
import { fromTimecode, isDropFrame, type TimelineRate } from '../report/timecode.ts';
import type { Moment } from '../takes/planned-sound.ts';

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
