import { median } from '../../statistics.ts';
import type { Course, Light } from './course.ts';

/** A change of light or colour along one course: the two views between which it is clearest. */
export interface Drift {
  /** Frames: last view before the change, first view after it. */
  start: number;
  end: number;
  /** Length of the change as a logarithm, and its two parts: across and down, or red and blue against green. */
  size: number;
  parts: [number, number];
  /** Size relative to how far the cells disagree. */
  agreement: number;
  /** Least share of the place that was found again. */
  share: number;
}

/** Parts of the way at which a change counts as begun and as done. */
const BEGUN = 0.15;
const DONE = 0.85;
/** Views that a course must have: places that are lost after a second were not followed well. */
const LEAST = 7;
/** More views than this are thinned before all pairs are compared. */
const MOST = 160;

/**
 * The clearest change of light direction of at least `least` along a course, else the largest; null when it has too few
 * views for a place to be known.
 */
export const lightDrift = (course: Course, least: number): Drift | null =>
  clearest(
    course,
    least,
    light => [light.across, light.down],
    light => light.lightSpread,
  );

/** The same of white balance. */
export const colourDrift = (course: Course, least: number): Drift | null =>
  clearest(
    course,
    least,
    light => [light.warm, light.cool],
    light => light.colourSpread,
  );

function clearest(
  { lights }: Course,
  least: number,
  partsOf: (light: Light) => [number, number],
  spreadOf: (light: Light) => number,
): Drift | null {
  const count = lights.length;
  if (count < LEAST) return null;
  // A median of three takes out what passes within half a second and keeps steps as they are.
  const steady = lights.map((_, k): [number, number] => {
    const near = lights.slice(Math.max(0, k - 1), k + 2).map(partsOf);
    if (near.length < 3) return partsOf(lights[k]);
    return [median(near.map(part => part[0])), median(near.map(part => part[1]))];
  });
  const step = Math.ceil(count / MOST);
  const agreementOf = (i: number, k: number, size: number) =>
    size / Math.max(0.005, spreadOf(lights[i]) + spreadOf(lights[k]));
  const shareOf = (i: number, k: number) => Math.min(lights[i].share, lights[k].share);
  let [from, to, size, best] = [0, 0, -1, -1];
  for (let i = 0; i < count; i += step) {
    for (let k = i + 1; k < count; k += step) {
      const value = Math.hypot(steady[k][0] - steady[i][0], steady[k][1] - steady[i][1]);
      const clear = value >= least ? agreementOf(i, k, value) * shareOf(i, k) : value - least;
      if (size < 0 || clear > best) [from, to, size, best] = [i, k, value, clear];
    }
  }
  const parts: [number, number] = [steady[to][0] - steady[from][0], steady[to][1] - steady[from][1]];
  const progress = (k: number): number =>
    ((steady[k][0] - steady[from][0]) * parts[0] + (steady[k][1] - steady[from][1]) * parts[1]) / (size * size || 1);
  let start = from;
  for (let k = from; k < to; k++) if (progress(k) <= BEGUN) start = k;
  let end = to;
  for (let k = to; k > start; k--) if (progress(k) >= DONE) end = k;
  return {
    start: lights[start].frame,
    end: lights[end].frame,
    size,
    parts,
    agreement: agreementOf(from, to, size),
    share: shareOf(from, to),
  };
}
