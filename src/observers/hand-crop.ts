import { normaliseAngle, type Square, turnedBox } from './vision/square.ts';

/** Fingers from the thumb, knuckle to tip, as landmark numbers. */
export const FINGERS = [
  [1, 2, 3, 4],
  [5, 6, 7, 8],
  [9, 10, 11, 12],
  [13, 14, 15, 16],
  [17, 18, 19, 20],
] as const;

/** The crop's side over the longer extent of the landmarks: room for a finger beside the outer ones. */
const ROOM = 1.5;

/**
 * The square that a hand is judged in: turned so that the palm's axis (wrist to knuckles) points up.
 * @param points x, y, z per landmark in pixels of the picture
 */
export function squareOfJudgedHand(points: Float32Array): Square {
  const x = (points[15] + points[39]) / 4 + points[27] / 2 - points[0];
  const y = (points[16] + points[40]) / 4 + points[28] / 2 - points[1];
  const angle = normaliseAngle(Math.atan2(x, -y));
  const box = turnedBox(points, 3, angle);
  return { x: box.x, y: box.y, side: ROOM * Math.max(box.width, box.height), angle };
}

/** Picture points as x, y pairs in pixels of a crop of `size`, pixel centres at .5. */
export function toCrop(points: Float32Array, square: Square, size: number): Float32Array {
  const count = points.length / 3;
  const out = new Float32Array(count * 2);
  const unit = size / square.side;
  const c = Math.cos(square.angle) * unit;
  const s = Math.sin(square.angle) * unit;
  for (let k = 0; k < count; k++) {
    const x = points[3 * k] - square.x;
    const y = points[3 * k + 1] - square.y;
    out[2 * k] = x * c + y * s + size / 2;
    out[2 * k + 1] = y * c - x * s + size / 2;
  }
  return out;
}

/** A crop's point in pixels of the picture. */
export function fromCrop(x: number, y: number, square: Square, size: number): [number, number] {
  const unit = square.side / size;
  const u = (x - size / 2) * unit;
  const v = (y - size / 2) * unit;
  const c = Math.cos(square.angle);
  const s = Math.sin(square.angle);
  return [square.x + u * c - v * s, square.y + u * s + v * c];
}

/** Size of a hand whose points are x, y pairs: wrist to middle knuckle, or the palm's width where that is seen end on. */
export function handSize(p: ArrayLike<number>): number {
  const length = Math.hypot(p[18] - p[0], p[19] - p[1]);
  const width = Math.hypot(p[10] - p[34], p[11] - p[35]);
  return Math.max(length, 1.1 * width, 1e-6);
}

/** Per finger whether it is straight and long enough in the picture for its tip to stand out; points are x, y pairs. */
export function extendedFingers(p: ArrayLike<number>): boolean[] {
  const size = handSize(p);
  return FINGERS.map((joints, finger) => {
    let way = 0;
    for (let k = 0; k < 3; k++) {
      const [a, b] = [joints[k], joints[k + 1]];
      way += Math.hypot(p[2 * b] - p[2 * a], p[2 * b + 1] - p[2 * a + 1]);
    }
    const [root, tip] = [joints[0], joints[3]];
    const straight = Math.hypot(p[2 * tip] - p[2 * root], p[2 * tip + 1] - p[2 * root + 1]) / (way + 1e-6);
    return finger === 0 ? straight > 0.9 && way > 0.4 * size : straight > 0.93 && way > 0.45 * size;
  });
}
