import type { Rational } from '../../clip.ts';

/** Seconds as an exact fraction: timelines at 23.976 or 29.97 lose frames when their times are rounded. `d` > 0. */
export interface Time {
  n: bigint;
  d: bigint;
}

/** A stretch of time: start inclusive, end exclusive. */
export interface Span {
  start: Time;
  end: Time;
}

export const ZERO: Time = { n: 0n, d: 1n };

const gcd = (a: bigint, b: bigint): bigint => {
  while (b !== 0n) [a, b] = [b, a % b];
  return a < 0n ? -a : a;
};

/** The fraction in lowest terms with a positive denominator. */
export function time(n: bigint, d: bigint): Time {
  const divisor = gcd(n, d) || 1n;
  const sign = d < 0n ? -1n : 1n;
  return { n: (sign * n) / divisor, d: (sign * d) / divisor };
}

export const add = (a: Time, b: Time): Time => time(a.n * b.d + b.n * a.d, a.d * b.d);
export const subtract = (a: Time, b: Time): Time => time(a.n * b.d - b.n * a.d, a.d * b.d);
export const multiply = (a: Time, b: Time): Time => time(a.n * b.n, a.d * b.d);
/** `b` must not be zero. */
export const divide = (a: Time, b: Time): Time => time(a.n * b.d, a.d * b.n);
export const compare = (a: Time, b: Time): number => {
  const difference = a.n * b.d - b.n * a.d;
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
};
export const earliest = (a: Time, b: Time): Time => (compare(a, b) <= 0 ? a : b);
export const latest = (a: Time, b: Time): Time => (compare(a, b) >= 0 ? a : b);
export const magnitude = (a: Time): Time => ({ n: a.n < 0n ? -a.n : a.n, d: a.d });
export const toSeconds = (a: Time): number => {
  const whole = a.n / a.d;
  return Number(whole) + Number(a.n - whole * a.d) / Number(a.d);
};

/** A count of frames at a rate, in seconds. */
export const frames = (count: number | bigint, rate: Rational): Time =>
  time(BigInt(count) * BigInt(rate.den), BigInt(rate.num));

/** A plain number as a fraction, to a millionth; numbers within 0.0001 of a whole one are that one. */
export function exact(value: number): Time {
  const whole = Math.round(value);
  return Math.abs(value - whole) < 1e-4
    ? { n: BigInt(whole), d: 1n }
    : time(BigInt(Math.round(value * 1e6)), 1_000_000n);
}

const scaled = (a: Time, rate: Rational): Time => time(a.n * BigInt(rate.num), a.d * BigInt(rate.den));

/** Number of the frame that is on at this time: rounded down. */
export function floorFrame(a: Time, rate: Rational): number {
  const { n, d } = scaled(a, rate);
  const quotient = n / d;
  return Number(n < 0n && quotient * d !== n ? quotient - 1n : quotient);
}

/** Number of the first frame that begins at this time or later: rounded up. */
export const ceilFrame = (a: Time, rate: Rational): number => -floorFrame({ n: -a.n, d: a.d }, rate);

/** The nearest frame; for times that a format rounds to its own grid. */
export const nearestFrame = (a: Time, rate: Rational): number =>
  floorFrame(add(a, time(BigInt(rate.den), 2n * BigInt(rate.num))), rate);

const NTSC = [24, 30, 48, 60, 120, 240];

/**
 * The exact rate behind a decimal one: 23.976, 23.98 and 29.97002997 stand for n × 1000/1001. Null when it is no rate.
 */
export function exactRate(value: number): Rational | null {
  if (!Number.isFinite(value) || value <= 0 || value > 400_000) return null;
  if (Number.isInteger(value)) return { num: value, den: 1 };
  const base = NTSC.find(candidate => Math.abs(value - (candidate * 1000) / 1001) < 0.006);
  if (base !== undefined) return { num: base * 1000, den: 1001 };
  const { n, d } = exact(value);
  return { num: Number(n), den: Number(d) };
}
