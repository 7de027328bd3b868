import type { Picture } from '../media/frame.ts';
import { handSize } from './hand-crop.ts';
import { type HandSighting, squareOfHand } from './vision/hand-eye.ts';
import type { Square } from './vision/square.ts';

/** Every how many judged looks at a hand its landmarks are measured again. */
export const UNSTEADY_EVERY = 4;

/** Tells at which judged looks a hand's landmarks are measured again: the first, then every {@link UNSTEADY_EVERY}th of the same hand. */
export class UnsteadyTurns {
  readonly #looks = new Map<number, number>();

  /** Counts a judged look at a hand, named by its lineage. */
  due(lineage: number): boolean {
    const before = this.#looks.get(lineage) ?? 0;
    this.#looks.set(lineage, before + 1);
    return before % UNSTEADY_EVERY === 0;
  }
}

/** How the crop is changed: shifts along its own axes and growth in shares of its side, turn in radians. Opposite to each other. */
export const JITTERS = [
  { right: 0.03, down: -0.02, grow: 0.06, turn: (8 * Math.PI) / 180 },
  { right: -0.02, down: 0.03, grow: -0.06, turn: (-8 * Math.PI) / 180 },
] as const;

/** A hand that a changed crop no longer shows is as unsteady as one whose landmarks lie a whole hand apart. */
const LOST = 1;

/** Measures the hand in a square of a picture; null when there is none. */
export interface HandMeasure {
  measure(picture: Picture, square: Square, least?: number): Promise<Pick<HandSighting, 'points'> | null>;
}

/** The square a little elsewhere, larger or smaller and turned. */
export function jittered(
  square: Square,
  { right, down, grow, turn }: { right: number; down: number; grow: number; turn: number },
): Square {
  const { x, y, side, angle } = square;
  const c = Math.cos(angle) * side;
  const s = Math.sin(angle) * side;
  return {
    x: x + right * c - down * s,
    y: y + right * s + down * c,
    side: side * (1 + grow),
    angle: angle + turn,
  };
}

/**
 * Distances of corresponding points after the similarity (shift, turn, scale) between the two sets is undone by least squares,
 * in sizes of the hand of the first set.
 * @param a, b x, y, z per landmark in pixels of the same picture; z is left out
 */
export function disagreement(a: Float32Array, b: Float32Array): Float64Array {
  const n = a.length / 3;
  const middle = (p: Float32Array, axis: 0 | 1): number => {
    let sum = 0;
    for (let k = 0; k < n; k++) sum += p[3 * k + axis] / n;
    return sum;
  };
  const [ax, ay, bx, by] = [middle(a, 0), middle(a, 1), middle(b, 0), middle(b, 1)];
  let real = 0;
  let imaginary = 0;
  let spread = 1e-9;
  for (let k = 0; k < n; k++) {
    const [px, py] = [b[3 * k] - bx, b[3 * k + 1] - by];
    const [qx, qy] = [a[3 * k] - ax, a[3 * k + 1] - ay];
    real += px * qx + py * qy;
    imaginary += px * qy - py * qx;
    spread += px * px + py * py;
  }
  const [c, s] = [real / spread, imaginary / spread];
  const flat = Float32Array.from({ length: 2 * n }, (_, k) => a[3 * (k >> 1) + (k & 1)]);
  const size = handSize(flat);
  return Float64Array.from({ length: n }, (_, k) => {
    const [px, py] = [b[3 * k] - bx, b[3 * k + 1] - by];
    return Math.hypot(c * px - s * py - (a[3 * k] - ax), s * px + c * py - (a[3 * k + 1] - ay)) / size;
  });
}

/**
 * How far the landmarks of a hand disagree when the network sees it in two crops that differ a little: the distance of the point that
 * they place farthest apart, in sizes of the hand, 0–1. A hand that is as hands are is seen alike each time. The farthest point tells
 * planted faults from real hands better than the median, the upper quartile, the tips alone or the handedness (models/retake-hand-local.md).
 * @param hand landmarks x, y, z in pixels of the picture
 */
export async function unsteadyOf(
  eye: HandMeasure,
  picture: Picture,
  { points }: Pick<HandSighting, 'points'>,
): Promise<number> {
  const square = squareOfHand(points);
  const seen = [];
  for (const jitter of JITTERS) seen.push(await eye.measure(picture, jittered(square, jitter)));
  const [first, second] = seen;
  if (!first || !second) return LOST;
  return Math.min(LOST, Math.max(...disagreement(first.points, second.points)));
}
