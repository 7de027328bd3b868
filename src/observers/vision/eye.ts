import type { Picture } from '../../media/frame.ts';
import type { Edge, Normalisation } from './crop.ts';
import type { Square } from './square.ts';

/** A picture network ready to run: fill `input` (planes of red, green and blue), run, read the outputs in their declared order. */
export interface PictureNet {
  readonly size: number;
  readonly input: Float32Array;
  readonly normalisation: Normalisation;
  /** The outputs are overwritten by the next run. */
  run(): Promise<Float32Array[]>;
  close(): Promise<void>;
}

/** One thing measured in one picture, in pixels of the picture that it was measured in. */
export interface Sighting {
  /** The crop that the network looked at. */
  square: Square;
  /** x, y, z per point; z in the same pixels, growing away from the camera. */
  points: Float32Array;
  /** Probability that the thing is in the crop, 0–1. */
  presence: number;
  /** See {@link sharpnessOf}. */
  sharpness: number;
}

/** Detector score from which a place is worth a look with the landmark network when nothing else was found. */
export const FAINT = 0.3;

/** A place that a detector points to. */
export interface Candidate {
  square: Square;
  /** Certain enough for this search; others need the landmarks to be certain. */
  sure: boolean;
}

/** Finds and measures things of one kind. */
export interface Eye<Seen extends Sighting> {
  /** Most things to follow in one frame. */
  readonly limit: number;
  /** What to put around the picture when it is seen from further away: each of these is tried. */
  readonly beyond: readonly Edge[];
  /** Squares worth measuring inside an area of the picture; an area that is only tried on the chance asks for more certainty. */
  detect(picture: Picture, area: Square, chance: boolean, edge?: Edge): Promise<Candidate[]>;
  /** Measures a square. Null when the thing is not there: below the usual presence, or below `least`. */
  measure(picture: Picture, square: Square, least?: number): Promise<Seen | null>;
  /** Where to look for it in the next frame. */
  next(seen: Seen): Square;
  /** Whether a second look, from where the first one's landmarks point, saw the same: chance finds drift. */
  confirms(first: Seen, second: Seen): boolean;
  /** Whether two sightings in one frame are one thing. */
  same(a: Seen, b: Seen): boolean;
}

/**
 * Fine detail relative to contrast of a crop's green channel: root mean square of the Laplacian over the standard
 * deviation, inner half only, every other pixel. About 0 for an enlarged or blurred crop, above 0.3 for a sharp one.
 */
export function sharpnessOf(input: Float32Array, size: number): number {
  const from = size >> 2;
  const to = size - from;
  let sum = 0;
  let squares = 0;
  let detail = 0;
  let count = 0;
  for (let y = from; y < to; y += 2) {
    for (let x = from, i = (size + y) * size + from; x < to; x += 2, i += 2) {
      const value = input[i];
      const laplacian = 4 * value - input[i - 1] - input[i + 1] - input[i - size] - input[i + size];
      sum += value;
      squares += value * value;
      detail += laplacian * laplacian;
      count++;
    }
  }
  const variance = squares / count - (sum / count) ** 2;
  return variance > 1e-6 ? Math.sqrt(detail / count / variance) : 0;
}

/** Mean distance between the points of two sightings (same number of points), x and y only. */
export function meanDistance(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let k = 0; k < a.length; k += 3) sum += Math.hypot(a[k] - b[k], a[k + 1] - b[k + 1]);
  return (3 * sum) / a.length;
}
