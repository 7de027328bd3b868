import { HAND_GATES, type HandGate } from '../landmarks.ts';
import { handSize, toCrop } from './hand-crop.ts';
import type { HandSighting } from './vision/hand-eye.ts';
import { type Square, turnedBox } from './vision/square.ts';

/** What a hand must offer to be judged. */
export const JUDGED = {
  /** Presence by the landmark network. */
  presence: 0.85,
  /** Source pixels from wrist to middle knuckle (or the palm's width): fingers of smaller hands are less than five pixels wide. */
  palm: 30,
  /** Fine detail relative to contrast in the landmark network's crop. */
  sharpness: 0.035,
  /** Another hand may come this near, in sizes of the hand, before fingers can no longer be told apart. */
  apart: 0.2,
  /** Share of the hand that an object or another hand may lie in front of, by the network. */
  hidden: 0.25,
} as const;

/** Number of a gate in {@link HAND_GATES}, as stored. */
export const gateNumber = (gate: HandGate): number => HAND_GATES.indexOf(gate);

/**
 * Whether a hand can be judged, and if not, why. Points outside the picture are made up by the landmark network, and so
 * are hidden ones of overlapping hands.
 * @param picture size of the picture that the sighting was measured in
 * @param scale source pixels per pixel of that picture
 */
export function gateHand(
  hand: HandSighting,
  others: readonly HandSighting[],
  picture: { width: number; height: number },
  scale: number,
): HandGate {
  const { points } = hand;
  for (let k = 0; k < points.length; k += 3)
    if (points[k] < 0 || points[k + 1] < 0 || points[k] > picture.width || points[k + 1] > picture.height)
      return 'outside';
  if (hand.presence < JUDGED.presence) return 'faint';
  const size = handSize(toCrop(points, UNIT, 1));
  if (size * scale < JUDGED.palm) return 'small';
  if (hand.sharpness < JUDGED.sharpness) return 'blurred';
  if (others.some(other => touching(points, other.points, JUDGED.apart * size))) return 'crowded';
  return 'judged';
}

/** Whether a hand that passed {@link gateHand} can be judged once it was looked at: of one that holds something, or that something hides, fingers are not seen. */
export const gateLook = ({ hidden }: { hidden: number }): HandGate => (hidden > JUDGED.hidden ? 'hidden' : 'judged');

/** Keeps picture coordinates as they are, for functions that want x, y pairs. */
const UNIT: Square = { x: 0.5, y: 0.5, side: 1, angle: 0 };

/** Whether any landmark of one hand lies within `distance` of any of another. */
function touching(a: Float32Array, b: Float32Array, distance: number): boolean {
  const box = turnedBox(b, 3, 0);
  const reach = [box.width / 2 + distance, box.height / 2 + distance];
  for (let i = 0; i < a.length; i += 3) {
    if (Math.abs(a[i] - box.x) > reach[0] || Math.abs(a[i + 1] - box.y) > reach[1]) continue;
    for (let j = 0; j < b.length; j += 3) if (Math.hypot(a[i] - b[j], a[i + 1] - b[j + 1]) < distance) return true;
  }
  return false;
}
