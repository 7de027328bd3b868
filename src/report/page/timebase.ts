import type { Rational } from '../../clip.ts';

/** Which frame is on screen when: exact where frame times are given, else by the rational rate. */
export interface Timebase {
  frames: number;
  fps: Rational;
  first: number;
  times?: number[];
}

/** Seconds at which a frame comes on screen. */
export function startOf({ fps, first, times }: Timebase, frame: number): number {
  const step = fps.den / fps.num;
  if (!times || times.length === 0) return first + frame * step;
  if (frame < times.length) return times[Math.max(0, frame)];
  return times[times.length - 1] + (frame - times.length + 1) * step;
}

/** Seconds in the middle of a frame: the only safe place to seek to, half a frame away from both neighbours. */
export const middleOf = (base: Timebase, frame: number): number =>
  (startOf(base, frame) + startOf(base, frame + 1)) / 2;

/**
 * The frame on screen at a time. `slack` is how early, as a share of a frame, a time may come and still mean the next
 * frame: presentation stamps are rounded by containers and browsers.
 */
export function frameAt(base: Timebase, seconds: number, slack = 0.02): number {
  const { fps, first, times, frames } = base;
  const last = Math.max(0, frames - 1);
  const early = seconds + (slack * fps.den) / fps.num;
  if (!times || times.length === 0)
    return Math.min(last, Math.max(0, Math.floor(((early - first) * fps.num) / fps.den)));
  let low = 0;
  let high = times.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (times[middle] <= early) low = middle;
    else high = middle - 1;
  }
  return Math.min(last, low);
}

/** Frames as `hh:mm:ss:ff` at the rate rounded to whole frames, counted without drops. */
export function timecode(fps: Rational, frame: number): string {
  const rate = Math.max(1, Math.round(fps.num / fps.den));
  const two = (value: number) => String(value).padStart(2, '0');
  const seconds = Math.floor(frame / rate);
  return [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60, frame % rate].map(two).join(':');
}
