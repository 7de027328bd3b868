import { HAND_THUMB, type HandEvidence, type Hands, worldOf } from '../../landmarks.ts';
import { median } from '../../statistics.ts';
import type { Look } from './looks.ts';
import { jointBends } from './pose.ts';

/** How a hand changes from look to look; all 0 or more, larger is stranger. */
export interface TimeCues {
  /** Median over the bones of the deviation of their length over looks, relative to it, after the hand's size is undone. */
  bones: number;
  /** Mean change of the straightened picture from look to look over its contrast, after brightness is undone. */
  texture: number;
  /** The same over what the landmarks moved: a hand at rest that changes its looks. */
  restless: number;
  /** Share of looks at which the handedness is another than before. */
  flips: number;
  /** Median over the joints of how abruptly they bend: mean second difference of the angle over three looks, degrees. */
  joints: number;
  /** As `texture`, of the slopes of the straightened picture: where its edges lie, not how light what lies between them is. */
  outline: number;
  /** Mean change, from a look at which fingers can be counted to the next, of how many more or fewer there seem to be than landmarks. */
  counts: number;
}

/** Names of {@link TimeCues}. */
export const TIME_CUES = [
  'bones',
  'texture',
  'restless',
  'flips',
  'joints',
  'outline',
  'counts',
] as const satisfies readonly (keyof TimeCues)[];

const BONES = [
  [0, 1],
  [1, 2],
  [2, 3],
  [3, 4],
  [0, 5],
  [5, 6],
  [6, 7],
  [7, 8],
  [9, 10],
  [10, 11],
  [11, 12],
  [13, 14],
  [14, 15],
  [15, 16],
  [0, 17],
  [17, 18],
  [18, 19],
  [19, 20],
] as const;

/** Change over looks of one hand, two at least. */
export function timeCues(hands: Hands, evidence: HandEvidence, looks: readonly Look[]): TimeCues {
  if (looks.length < 2) return { bones: 0, texture: 0, restless: 0, flips: 0, joints: 0, outline: 0, counts: 0 };
  const shapes = looks.map(({ hand }) => worldOf(hands, hand));
  let texture = 0;
  let outline = 0;
  let moved = 0;
  let flips = 0;
  for (let k = 1; k < looks.length; k++) {
    texture += thumbChange(evidence.thumbs, looks[k - 1].row, looks[k].row);
    outline += thumbChange(evidence.thumbs, looks[k - 1].row, looks[k].row, slopes);
    moved += shapeChange(shapes[k - 1], shapes[k]);
    if (hands.right[looks[k - 1].hand] > 0.5 !== hands.right[looks[k].hand] > 0.5) flips++;
  }
  const steps = looks.length - 1;
  return {
    bones: boneChange(shapes),
    texture: texture / steps,
    restless: texture / steps / (moved / steps + 0.08),
    flips: flips / steps,
    joints: jointChange(shapes),
    outline: outline / steps,
    counts: countChange(looks),
  };
}

/** Zero for fewer than three looks. */
function jointChange(shapes: readonly Float32Array[]): number {
  const bends = shapes.map(jointBends);
  const changes = bends[0].map((_, joint) => {
    let sum = 0;
    for (let k = 2; k < bends.length; k++)
      sum += Math.abs(bends[k][joint] - 2 * bends[k - 1][joint] + bends[k - 2][joint]);
    return sum / Math.max(1, bends.length - 2);
  });
  return median(changes);
}

/** Zero where fingers can be counted in fewer than two looks. */
function countChange(looks: readonly Look[]): number {
  const counts = looks.map(({ cues }) => cues.surplus - cues.lacking).filter(Number.isFinite);
  let change = 0;
  for (let k = 1; k < counts.length; k++) change += Math.abs(counts[k] - counts[k - 1]);
  return change / Math.max(1, counts.length - 1);
}

/** Deviation of bone lengths over time, each relative to its mean, as shares of the hand's size at the time. */
function boneChange(shapes: readonly Float32Array[]): number {
  const lengths = shapes.map(shape => {
    const all = BONES.map(([a, b]) =>
      Math.hypot(shape[3 * a] - shape[3 * b], shape[3 * a + 1] - shape[3 * b + 1], shape[3 * a + 2] - shape[3 * b + 2]),
    );
    const whole = all.reduce((sum, length) => sum + length, 0);
    return all.map(length => length / (whole || 1));
  });
  const changes = BONES.map((_, bone) => {
    const values = lengths.map(row => row[bone]);
    const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
    const variance = values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length;
    return Math.sqrt(variance) / (mean || 1);
  }).sort((a, b) => a - b);
  return changes[changes.length >> 1];
}

/** Mean distance of the points of two shapes in metres over a palm's 8 cm. */
function shapeChange(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let k = 0; k < a.length; k += 3) sum += Math.hypot(a[k] - b[k], a[k + 1] - b[k + 1], a[k + 2] - b[k + 2]);
  return (3 * sum) / a.length / 0.08;
}

/** Mean absolute difference of two small pictures over their contrast, brightness and contrast undone. */
export function thumbChange(
  thumbs: Uint8Array,
  a: number,
  b: number,
  of: (values: Uint8Array) => ArrayLike<number> = values => values,
): number {
  const n = HAND_THUMB * HAND_THUMB;
  const p = levelled(of(thumbs.subarray(a * n, (a + 1) * n)));
  const q = levelled(of(thumbs.subarray(b * n, (b + 1) * n)));
  let sum = 0;
  for (let k = 0; k < n; k++) sum += Math.abs(p[k] - q[k]);
  return sum / n;
}

function levelled(values: ArrayLike<number>): Float32Array {
  let sum = 0;
  let squares = 0;
  for (let k = 0; k < values.length; k++) {
    sum += values[k];
    squares += values[k] * values[k];
  }
  const mean = sum / values.length;
  const deviation = Math.sqrt(Math.max(1, squares / values.length - mean * mean));
  return Float32Array.from(values, value => (value - mean) / deviation);
}

/** How steep a small picture is at every pixel, codes per two pixels; 0 along its edge. */
function slopes(values: Uint8Array): Float32Array {
  const out = new Float32Array(values.length);
  for (let y = 1; y < HAND_THUMB - 1; y++)
    for (let x = 1; x < HAND_THUMB - 1; x++) {
      const k = y * HAND_THUMB + x;
      out[k] = Math.hypot(values[k + 1] - values[k - 1], values[k + HAND_THUMB] - values[k - HAND_THUMB]);
    }
  return out;
}
