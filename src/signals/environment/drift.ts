import { median } from '../statistics.ts';
import type { Course, Light } from './course.ts';

/** A change of light or colour along one course: the two views between which it is largest. */
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
/** More views than this are thinned before all pairs are compared. */
const MOST = 160;

/** The largest change of light direction along a course; null when it has fewer than two views. */
export const lightDrift = (course: Course): Drift | null =>
  largest(
    course,
    light => [light.across, light.down],
    light => light.lightSpread,
  );

/** The largest change of white balance along a course. */
export const colourDrift = (course: Course): Drift | null =>
  largest(
    course,
    light => [light.warm, light.cool],
    light => light.colourSpread,
  );

function largest(
  { lights }: Course,
  partsOf: (light: Light) => [number, number],
  spreadOf: (light: Light) => number,
): Drift | null {
  const count = lights.length;
  if (count < 2) return null;
  // A median of three takes out what passes within half a second and keeps steps as they are.
  const steady = lights.map((_, k): [number, number] => {
    const near = lights.slice(Math.max(0, k - 1), k + 2).map(partsOf);
    if (near.length < 3) return partsOf(lights[k]);
    return [median(near.map(part => part[0])), median(near.map(part => part[1]))];
  });
  const step = Math.ceil(count / MOST);
  let [from, to, size] = [0, 0, -1];
  for (let i = 0; i < count; i += step) {
    for (let k = i + 1; k < count; k += step) {
      const value = Math.hypot(steady[k][0] - steady[i][0], steady[k][1] - steady[i][1]);
      if (value > size) [from, to, size] = [i, k, value];
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
    agreement: size / Math.max(0.005, spreadOf(lights[from]) + spreadOf(lights[to])),
    share: Math.min(lights[from].share, lights[to].share),
  };
}
