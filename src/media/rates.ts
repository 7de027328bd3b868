import type { Rational } from '../clip.ts';

/** Rates that cameras, broadcasters and generators use; the NTSC ones are exact fractions. */
const KNOWN: Rational[] = [
  ...[6, 8, 10, 12, 15, 16, 18, 20, 24, 25, 30, 48, 50, 60, 72, 90, 100, 120, 240].map(num => ({ num, den: 1 })),
  ...[12_000, 15_000, 24_000, 30_000, 48_000, 60_000, 120_000, 240_000].map(num => ({ num, den: 1001 })),
];

/** Relative distance within which a measured rate is taken for a known one: half the gap between 24 and 24000/1001. */
const SNAP = 0.001;
/** How far a container's own figure may lie from what its times say before it is disbelieved (90000/1 is common). */
const TRUST = 0.005;

const value = (r: Rational): number => r.num / r.den;

/** The known rate nearest to a measured one, or null when none lies within 0.1 %. */
export function snapRate(measured: number): Rational | null {
  let best: Rational | null = null;
  let least = SNAP;
  for (const rate of KNOWN) {
    const distance = Math.abs(value(rate) / measured - 1);
    if (distance <= least) {
      best = rate;
      least = distance;
    }
  }
  return best;
}

/** Best fraction with a denominator up to `limit`, by continued fractions. */
export function toRational(measured: number, limit = 1001): Rational {
  let [n0, d0, n1, d1] = [0, 1, 1, 0];
  let rest = measured;
  for (let step = 0; step < 20; step++) {
    const whole = Math.floor(rest);
    const [n2, d2] = [whole * n1 + n0, whole * d1 + d0];
    if (d2 > limit) break;
    [n0, d0, n1, d1] = [n1, d1, n2, d2];
    if (Math.abs(rest - whole) < 1e-9) break;
    rest = 1 / (rest - whole);
  }
  return d1 === 0 || n1 === 0 ? { num: 1, den: 1 } : { num: n1, den: d1 };
}

/**
 * Nominal rate of a stream. The frame times are the witness; of the container's figures the one that agrees with them is
 * used as an exact fraction, snapped to a known rate where one is near.
 * @param times frame times in seconds, ascending
 * @param stated the container's average and base rates, in the order in which they are believed
 */
export function nominalRate(times: Float64Array, stated: (Rational | null)[]): Rational {
  const span = times.length > 1 ? times[times.length - 1] - times[0] : 0;
  const believable = stated.filter((rate): rate is Rational => rate !== null && value(rate) <= 1000);
  if (span <= 0) {
    const rate = believable[0] ?? { num: 25, den: 1 };
    return snapRate(value(rate)) ?? rate;
  }
  const measured = (times.length - 1) / span;
  const agreeing = believable.find(rate => Math.abs(value(rate) / measured - 1) <= TRUST);
  if (agreeing !== undefined) return snapRate(value(agreeing)) ?? agreeing;
  return snapRate(measured) ?? toRational(measured);
}

/**
 * Do the frames come at varying intervals? True when at least two intervals, and at least 2 % of them, differ from the
 * median by more than the container's rounding plus 2 %: one lost frame does not make a clip variable.
 * @param tick the container's time unit in seconds
 */
export function isVariable(times: Float64Array, tick: number): boolean {
  if (times.length < 3) return false;
  const steps = new Float64Array(times.length - 1);
  for (let i = 0; i < steps.length; i++) steps[i] = times[i + 1] - times[i];
  const median = steps.slice().sort()[steps.length >> 1];
  // Millisecond containers are often remuxed into finer ones, so a millisecond of rounding is allowed everywhere.
  const tolerance = Math.max(tick, 0.001) * 1.01 + 0.02 * median;
  let apart = 0;
  for (const step of steps) if (Math.abs(step - median) > tolerance) apart += 1;
  return apart >= Math.max(2, 0.02 * steps.length);
}
