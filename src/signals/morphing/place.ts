import type { Box, FrameRange } from '../../clip.ts';
import { type Bodies, pointsOf } from '../../landmarks.ts';
import type { SemanticDrift } from '../../signals.ts';
import { findEvents, gather } from './events.ts';
import { blurred } from './maps.ts';
import type { Stretch, StretchEvidence } from './stretches.ts';

/** Where and when a stretch shows most. */
export interface Place extends FrameRange {
  peak: number;
  box: Box;
  /** Where it is over time, where that is known. */
  path?: { frame: number; box: Box }[];
}

/** Whether two places meet, in time and in the picture. */
export const sameEvent = (a: Place, b: Place): boolean =>
  a.start < b.end &&
  b.start < a.end &&
  a.box[0] < b.box[0] + b.box[2] &&
  b.box[0] < a.box[0] + a.box[2] &&
  a.box[1] < b.box[1] + b.box[3] &&
  b.box[1] < a.box[1] + a.box[3];

/** A region goes on while its evidence is at least this share of its worst. */
const GOES_ON = 0.6;

/** The region that resembles least what it was half a second before, at its worst moment; null when none stands out. */
export function regionOf(
  drift: SemanticDrift,
  windows: readonly number[],
  near: readonly Float32Array[],
  { from, to }: Stretch,
  source: { width: number; height: number },
): Place | null {
  const planes = near.slice(from, to).map(plane => blurred(plane, drift));
  const evidence = gather(drift, windows.slice(from, to), planes);
  const threshold = Math.max(...evidence.strength);
  if (!(threshold > 0)) return null;
  const [event] = findEvents(drift, evidence, { threshold, goesOn: GOES_ON * threshold, source });
  return event ?? null;
}

/** The body whose bones change most, around the looks between which they do. */
export function bodyOf(
  bodies: Bodies,
  { track, worst }: NonNullable<StretchEvidence['body']>,
  source: { width: number; height: number },
): Place {
  const k = track.rows.indexOf(worst.row);
  const points = pointsOf(bodies, worst.row);
  let [left, right, top, bottom] = [Infinity, -Infinity, Infinity, -Infinity];
  for (let p = 0; p < bodies.points; p++) {
    left = Math.min(left, points[3 * p]);
    right = Math.max(right, points[3 * p]);
    top = Math.min(top, points[3 * p + 1]);
    bottom = Math.max(bottom, points[3 * p + 1]);
  }
  left = Math.max(0, Math.round(left));
  top = Math.max(0, Math.round(top));
  return {
    start: track.frames[Math.max(0, k - 1)],
    end: track.frames[Math.min(track.frames.length - 1, k + 2)] + 1,
    peak: Math.round((worst.start + worst.end - 1) / 2),
    box: [
      left,
      top,
      Math.max(1, Math.min(source.width, Math.round(right)) - left),
      Math.max(1, Math.min(source.height, Math.round(bottom)) - top),
    ],
  };
}
