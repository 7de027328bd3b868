import { median } from '../../statistics.ts';
import { parabola } from './parabola.ts';

/** One path around a sudden start upwards, on an even clock; lengths in source pixels. */
export interface RisePath {
  /** Middles, picture after picture: as seen, or with the camera's motion taken out. */
  x: readonly number[];
  y: readonly number[];
  /** The other of the two: what lies still keeps its place in both. */
  otherY: readonly number[];
  /** Place after which it begins to rise. */
  start: number;
}

/** What a sudden rise was. */
export interface Rising {
  /** `launch`: it lay still. `gain`: it came down, and went up faster. */
  way: 'launch' | 'gain';
  /** Speed after the contact relative to before; for a launch how high it rose, relative to the picture's height. */
  measured: number;
  /** Frames of the fit, both ends inclusive, as places in the path; `begin` is where what came before begins. */
  begin: number;
  end: number;
  /** It comes to a halt at the top and stays there. */
  hangs: boolean;
  /** Pictures of the rise that are one parabola. */
  fitted: number;
}

/** Least height of a rise relative to the picture's height, pictures that it takes, share of the speed that it must lose on its way. */
const LEAST = { rise: 0.12, pictures: 7, slowed: 0.5 } as const;
/** Error of a parabola relative to its height, and in widths of the picture. */
const ERROR = { share: 0.012, width: 0.0025, most: 0.02 } as const;
/** Still: spread within a share of the rise, widths of the picture; pictures before the start. */
const STILL = { share: 0.035, width: 0.004, pictures: 6, hang: 6 } as const;
/** Pictures of the fall before, and of the way up to where it began; its height that is seen, relative to the picture's and to all of it by its speed; share of its speed that the rise loses. */
const GAINED = { pictures: 6, fall: 0.04, seen: 0.4, slowed: 0.6 } as const;

type Fit = { at: number; slope: number; curve: number };

/** Tells what a sudden rise is; null when no law says that it is one of a falling thing. */
export function risingOf(path: RisePath, picture: { width: number; height: number }): Rising | null {
  // Where it starts at speed it is smeared from one place to the other: one picture may be nowhere.
  for (const skip of [0, 1]) {
    const found = risingFrom(path, path.start + 1 + skip, picture);
    if (found) return found;
  }
  return null;
}

/** @param from place in the path at which the fit of the rise begins, its clock's zero */
function risingFrom(path: RisePath, from: number, picture: { width: number; height: number }): Rising | null {
  const { y, start } = path;
  const up = bestRise(path, from, picture);
  if (!up) return null;
  const { fit, n, rise } = up;
  const tolerance = Math.max(ERROR.width * picture.width, ERROR.share * rise);
  const apex = fit.at - fit.slope ** 2 / (2 * fit.curve);
  const top = -fit.slope / fit.curve;
  const hangs = hangsAt(path, from + top, apex, 2 * tolerance);
  const base = { end: from + n - 1, hangs, fitted: n };
  const still = Math.max(STILL.width * picture.width, STILL.share * rise);
  // The last picture before it moves may show it on its way already.
  for (const last of [start, start - 1]) {
    const quiet = quietBefore(path, last, still);
    if (quiet < STILL.pictures) continue;
    // At full speed at once: followed back, it left its place between the last still picture and the next it is seen in.
    if (!leftAt(fit, y[last - 1], last - from - 0.4, 0.4, tolerance)) return null;
    return { way: 'launch', measured: rise / picture.height, begin: last - quiet, ...base };
  }
  if (n - 1 < GAINED.slowed * top) return null;
  for (const last of [start, start - 1]) {
    const gain = gainOf(path, last, from, fit, base, tolerance, picture);
    if (gain) return gain;
  }
  return null;
}

/** @param last place in the path at which the fall ends */
function gainOf(
  path: RisePath,
  last: number,
  from: number,
  fit: Fit,
  base: Omit<Rising, 'way' | 'measured' | 'begin'>,
  tolerance: number,
  picture: { height: number },
): Rising | null {
  const { x, y } = path;
  // Down before, with the same gravity: as far back as that holds, over the top where it came from below.
  const { curve } = fit;
  const clock = last - from;
  let down: Fit | null = null;
  let pictures = 0;
  for (let n = 4; n <= last + 1; n++) {
    const times = Array.from({ length: n }, (_, k) => clock - k);
    const line = parabola(
      times,
      times.map(t => y[from + t] - 0.5 * curve * t * t),
      n,
      true,
    );
    if (line.error > tolerance) {
      if (n > 7) break;
      continue;
    }
    down = { at: line.at, slope: line.slope, curve };
    pictures = n;
  }
  if (!down || pictures < GAINED.pictures) return null;
  // Nothing pulls sideways.
  const times = Array.from({ length: pictures }, (_, k) => clock - k);
  const across = parabola(
    times,
    times.map(t => x[from + t]),
  );
  if (!isStraight(across, curve, tolerance)) return null;
  // Where both meet.
  let contact = -1;
  let nearest = Number.POSITIVE_INFINITY;
  for (let t = clock - 0.5; t <= 0.5; t += 0.05) {
    const gap = Math.abs(heightAt(down, t) - heightAt(fit, t));
    if (gap < nearest) [nearest, contact] = [gap, t];
  }
  if (nearest > 3 * tolerance) return null;
  const before = down.slope + curve * contact;
  const after = -(fit.slope + curve * contact);
  if (before <= 0) return null;
  const fall = before ** 2 / (2 * curve);
  const seen = y[last] - Math.min(...y.slice(last + 1 - pictures, last + 1));
  if (seen < GAINED.fall * picture.height || seen < GAINED.seen * fall) return null;
  return { way: 'gain', measured: after / before, begin: last + 1 - pictures, ...base };
}

/** Whether a way across is straight beside gravity. */
const isStraight = (across: { curve: number; error: number }, gravity: number, tolerance: number): boolean =>
  Math.abs(across.curve) <= 0.35 * gravity && across.error <= 2 * tolerance;

const heightAt = (fit: Fit, t: number) => fit.at + fit.slope * t + 0.5 * fit.curve * t * t;

/** Pictures up to one through which a thing keeps its place. */
function quietBefore({ x, y, otherY }: RisePath, last: number, still: number): number {
  let quiet = 0;
  const same = (values: readonly number[], k: number) => Math.abs(values[k] - values[last]) <= still;
  for (let k = last - 1; k >= 0 && same(y, k) && same(x, k) && same(otherY, k); k--) quiet++;
  return quiet;
}

/** Whether a parabola, followed back, leaves a height at some time between two. */
function leftAt(fit: Fit, from: number, first: number, last: number, tolerance: number): boolean {
  for (let t = first; t <= last; t += 0.05) if (Math.abs(heightAt(fit, t) - from) <= 1.5 * tolerance) return true;
  return false;
}

/** The longest parabola from a place in a path that bends downwards. */
function bestRise(path: RisePath, from: number, picture: { width: number; height: number }) {
  const { y, x, start } = path;
  const most = y.length - from;
  let best: { fit: ReturnType<typeof parabola>; n: number; rise: number; error: number } | null = null;
  const times = Array.from({ length: most }, (_, k) => k);
  for (let n = 5; n <= most; n++) {
    const fit = parabola(times, y.slice(from), n);
    const rise = y[start] - Math.min(...y.slice(from, from + n));
    const tolerance = Math.max(ERROR.width * picture.width, ERROR.share * rise);
    if (fit.error > tolerance) {
      if (n > 8) break;
      continue;
    }
    if (fit.slope >= 0 || fit.curve <= 0) continue;
    // Beyond the top it may hang: what is fitted ends there.
    if (n - 1 > -fit.slope / fit.curve + 0.5) break;
    const across = parabola(times, x.slice(from), n);
    if (!isStraight(across, fit.curve, tolerance)) continue;
    best = { fit, n, rise, error: fit.error };
  }
  if (!best || best.n < LEAST.pictures || best.rise < LEAST.rise * picture.height) return null;
  if (best.error > ERROR.most * best.rise) return null;
  if ((best.n - 1) / (-best.fit.slope / best.fit.curve) < LEAST.slowed) return null;
  return best;
}

function hangsAt(path: RisePath, top: number, apex: number, tolerance: number): boolean {
  const from = Math.ceil(top);
  const after = path.y.slice(from, from + 12);
  if (after.length < STILL.hang) return false;
  return Math.abs(median(after) - apex) <= 2 * tolerance && after.every(y => Math.abs(y - median(after)) <= tolerance);
}
