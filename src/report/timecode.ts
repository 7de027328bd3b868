import type { Rational } from '../clip.ts';
import { RetakeError } from '../errors.ts';

/**
 * How a timeline counts. `base` frame numbers fill a timecode second; at an NTSC rate that second lasts 1.001 real ones.
 * `drop` leaves out frame numbers (not frames) so that the count keeps up with the clock.
 */
export interface TimelineRate {
  fps: Rational;
  base: number;
  drop: boolean;
}

const HOURS = 24;

/** The rates that editing systems offer for a timeline, and that SMPTE ST 12-1 and ST 12-3 give timecode to. */
export const EDITING_RATES: readonly Rational[] = [
  { num: 24000, den: 1001 },
  { num: 24, den: 1 },
  { num: 25, den: 1 },
  { num: 30000, den: 1001 },
  { num: 30, den: 1 },
  { num: 48000, den: 1001 },
  { num: 48, den: 1 },
  { num: 50, den: 1 },
  { num: 60000, den: 1001 },
  { num: 60, den: 1 },
];

/** True when both are the same fraction, reduced or not. */
export const sameRate = (a: Rational, b: Rational): boolean => a.num * b.den === b.num * a.den;

/** True for rates of the form n × 1000/1001. */
export const isNtsc = ({ num, den }: Rational): boolean =>
  !Number.isInteger(num / den) && Number.isInteger((num * 1001) / (den * 1000));

/**
 * The timeline rate with exactly these frames per second.
 *
 * @throws RetakeError `usage` when drop-frame is asked for at a rate other than 29.97 or 59.94
 */
export function rateOf(fps: Rational, drop = false): TimelineRate {
  const base = Math.max(1, Math.round(fps.num / fps.den));
  if (drop && !(isNtsc(fps) && (base === 30 || base === 60))) {
    throw new RetakeError('usage', `drop-frame timecode exists at 29.97 and 59.94 fps only, not at ${rateName(fps)}`, {
      hint: 'Write the start timecode with colons, or choose --rate 29.97 or 59.94.',
    });
  }
  return { fps, base, drop };
}

/**
 * The rate of a timeline that a clip fits on: its own when editing systems offer it; else the smallest offered multiple
 * (every frame of an 8 fps clip has its place at 24 fps); else the nearest one.
 */
export function editingRate(fps: Rational): Rational {
  const own = EDITING_RATES.find(rate => sameRate(rate, fps));
  if (own) return own;
  const ratio = (rate: Rational): number => (rate.num * fps.den) / (rate.den * fps.num);
  const multiple = EDITING_RATES.find(rate => Number.isInteger(ratio(rate)));
  if (multiple) return multiple;
  const distance = (rate: Rational): number => Math.abs(Math.log(ratio(rate)));
  return EDITING_RATES.reduce((best, rate) => (distance(rate) < distance(best) ? rate : best));
}

/** A rate for people: `25`, `23.976`, `29.97`, `12.5`. */
export function rateName({ num, den }: Rational): string {
  const value = num / den;
  return isNtsc({ num, den }) ? String(Math.floor(value * 1000) / 1000) : String(Number(value.toFixed(3)));
}

/**
 * Reads a rate: `25`, `23.976`, `29.97`, `59.94`, or a fraction such as `30000/1001`.
 *
 * @throws RetakeError `usage` for anything that is not an editing rate
 */
export function parseRate(text: string): Rational {
  const [, num, den] = /^(\d{1,6})\/([1-9]\d{0,5})$/.exec(text) ?? [];
  const found = EDITING_RATES.find(rate =>
    num === undefined ? isNamed(rate, text) : sameRate(rate, { num: Number(num), den: Number(den) }),
  );
  if (found) return found;
  const names = EDITING_RATES.map(rateName).join(', ');
  throw new RetakeError('usage', `"${text}" is not a timeline rate`, { hint: `There are: ${names}.` });
}

/** NTSC rates go by several roundings: 23.976, 23.98. The others are whole numbers. */
function isNamed(rate: Rational, text: string): boolean {
  if (!/^\d{2}(\.\d{1,6})?$/.test(text)) return false;
  const value = Number(text);
  const exact = rate.num / rate.den;
  return isNtsc(rate) ? !Number.isInteger(value) && Math.abs(value - exact) < 0.005 : value === exact;
}

/** Frame numbers left out at the start of each minute that is not a tenth one: SMPTE ST 12-1. */
const dropped = (rate: TimelineRate): number => (rate.drop ? rate.base / 15 : 0);

/** Frames in a day by the timecode's own count, after which it starts again. */
export const framesPerDay = (rate: TimelineRate): number => HOURS * 3600 * rate.base - HOURS * 54 * dropped(rate);

/** A frame count since midnight as `HH:MM:SS:FF`, with `;` before the frames when dropping. Wraps after 24 hours. */
export function toTimecode(frames: number, rate: TimelineRate): string {
  const day = framesPerDay(rate);
  let count = ((frames % day) + day) % day;
  const skip = dropped(rate);
  if (skip > 0) {
    const perMinute = 60 * rate.base - skip;
    const perTen = 10 * perMinute + skip;
    const tens = Math.floor(count / perTen);
    const rest = count % perTen;
    // The first minute of ten is whole; each of the nine after it lacks its first numbers.
    const minutes = rest < 60 * rate.base ? 0 : 1 + Math.floor((rest - 60 * rate.base) / perMinute);
    count += skip * (9 * tens + minutes);
  }
  const seconds = Math.floor(count / rate.base);
  const two = (value: number): string => String(value).padStart(2, '0');
  const clock = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60].map(two).join(':');
  return `${clock}${rate.drop ? ';' : ':'}${two(count % rate.base)}`;
}

/**
 * The frame count since midnight of a timecode.
 *
 * @param text `HH:MM:SS:FF`; a `;` or `.` before the frames stands for drop-frame
 * @throws RetakeError `usage` when it is malformed, out of range, drop-frame at another rate, or a dropped number
 */
export function fromTimecode(text: string, rate: TimelineRate): number {
  const match = /^(\d{2})[:;](\d{2})[:;](\d{2})([:;.])(\d{2,3})$/.exec(text.trim());
  if (!match) throw badTimecode(text, 'is not written as HH:MM:SS:FF');
  const [hours, minutes, seconds, frames] = [match[1], match[2], match[3], match[5]].map(Number);
  if (hours >= HOURS || minutes > 59 || seconds > 59) throw badTimecode(text, 'is not a time of day');
  if (frames >= rate.base)
    throw badTimecode(text, `has a frame number beyond ${rate.base - 1} at ${rateName(rate.fps)} fps`);
  if (match[4] !== ':' && !rate.drop)
    throw badTimecode(text, `is drop-frame, but ${rateName(rate.fps)} fps is counted without`);
  const skip = dropped(rate);
  const total = hours * 60 + minutes;
  if (seconds === 0 && frames < skip && minutes % 10 !== 0)
    throw badTimecode(text, 'is a number that drop-frame leaves out');
  return (total * 60 + seconds) * rate.base + frames - skip * (total - Math.floor(total / 10));
}

/** True when a timecode is written the drop-frame way. */
export const isDropFrame = (text: string): boolean => /[;.]\d{2,3}$/.test(text.trim());

const badTimecode = (text: string, why: string): RetakeError =>
  new RetakeError('usage', `the timecode "${text}" ${why}`, {
    hint: 'Write it as 01:00:00:00, or 01:00:00;00 for drop-frame at 29.97 and 59.94 fps.',
  });
