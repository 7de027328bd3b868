import type { Box } from './clip.ts';

/** Fixed-point step of {@link LandmarkTable.packed}: points reach two sides beyond the centre with 1/16384 of a side. */
export const POINT_STEP = 16384;
/** Fixed-point step of `world`: a metre is 8192 steps, which reaches four metres either way. */
export const WORLD_STEP = 8192;

/**
 * Landmarks of all things of one kind that were seen in a clip, one row per thing and measured frame, packed.
 * Rows are in frame order. Points are stored relative to a square around the thing, so that a small face is stored as
 * finely as one that fills the picture. All lengths are source pixels of the displayed picture.
 */
export interface LandmarkTable {
  /** Frames that were looked at, ascending; a frame without rows was looked at and nothing was there. */
  frames: Uint32Array;
  /** Rows of `frames[i]`: from `rows[i]` to before `rows[i + 1]`. One longer than `frames`. */
  rows: Uint32Array;
  /** Every how many frames was looked. */
  step: number;
  /** Landmarks per row. */
  points: number;
  /** Three per row: x and y of the square's centre, length of its side. */
  place: Float32Array;
  /** `points` × (x, y, z) per row in sides of the square over {@link POINT_STEP}, from its centre. */
  packed: Int16Array;
  /** One per row: the landmark network's probability that the thing is there, 0–1. */
  presence: Float32Array;
  /** One per row: rows with the same number were followed from frame to frame without a new detection. A hint, not an identity. */
  lineage: Uint32Array;
  /** One per row: fine detail relative to contrast in the network's crop; upscaled or blurred crops are near 0. */
  sharpness: Float32Array;
}

/** 478 points: 468 of the mesh with refined lips and eyes, then five per iris. z grows away from the camera, in pixels. */
export interface Faces extends LandmarkTable {
  /** Three per row, degrees: yaw (+ turned to the picture's right), pitch (+ up), roll (+ clockwise). */
  pose: Float32Array;
}

/** 21 points: wrist, then four per finger from the thumb. */
export interface Hands extends LandmarkTable {
  /** One per row: probability that it is a right hand, the picture taken as not mirrored. Two hands can both be left. */
  right: Float32Array;
  /** 21 × (x, y, z) per row in metres over {@link WORLD_STEP}, from the hand's centre, axes of the picture. */
  world: Int16Array;
}

/** 33 points of the body, measured about eight times a second; faces and hands are measured in every frame. */
export interface Bodies extends LandmarkTable {
  /** 33 per row: probability that the point is inside the picture and not hidden, 0–255. */
  visibility: Uint8Array;
  /** 33 × (x, y, z) per row in metres over {@link WORLD_STEP}, from the middle of the hips, axes of the picture. */
  world: Int16Array;
}

/** Length of one identity vector. */
export const IDENTITY_LENGTH = 1024;

/** Appearance of faces, sampled at a low cadence on good frames. */
export interface Identities {
  /** One per sample, ascending: frame and the lineage of the face row that it was taken from. */
  frames: Uint32Array;
  lineage: Uint32Array;
  /** Three per sample: x and y of the face's centre and its side in source pixels, as in {@link LandmarkTable.place}. */
  place: Float32Array;
  /** {@link IDENTITY_LENGTH} per sample, unit length times 32767. */
  vectors: Int16Array;
}

/** Speech activity. */
export interface VoiceActivity {
  /** Seconds per value, from the container's start. */
  step: number;
  /** Probability of speech in the step, 0–1. */
  probability: Float32Array;
}

/** Row range of a frame, `null` when the frame was not looked at. */
export function rowsOf(table: Pick<LandmarkTable, 'frames' | 'rows' | 'step'>, frame: number): [number, number] | null {
  const at = indexOf(table.frames, frame);
  return at < 0 ? null : [table.rows[at], table.rows[at + 1]];
}

/** Frame of a row. */
export function frameOfRow(table: Pick<LandmarkTable, 'frames' | 'rows'>, row: number): number {
  return table.frames[lastAtMost(table.rows, row, table.frames.length)];
}

/** x, y and z of every point of a row in source pixels, three values per point; into `into` when given. */
export function pointsOf(table: LandmarkTable, row: number, into?: Float32Array): Float32Array {
  const n = table.points * 3;
  const out = into ?? new Float32Array(n);
  const x = table.place[3 * row];
  const y = table.place[3 * row + 1];
  const unit = table.place[3 * row + 2] / POINT_STEP;
  for (let k = 0, from = n * row; k < n; k += 3, from += 3) {
    out[k] = x + table.packed[from] * unit;
    out[k + 1] = y + table.packed[from + 1] * unit;
    out[k + 2] = table.packed[from + 2] * unit;
  }
  return out;
}

/** x, y, z of one point of a row in source pixels. */
export function pointOf(table: LandmarkTable, row: number, point: number): [number, number, number] {
  const at = 3 * (table.points * row + point);
  const unit = table.place[3 * row + 2] / POINT_STEP;
  return [
    table.place[3 * row] + table.packed[at] * unit,
    table.place[3 * row + 1] + table.packed[at + 1] * unit,
    table.packed[at + 2] * unit,
  ];
}

/** Smallest upright box around a row's points, source pixels; may reach outside the picture. */
export function boxOf(table: LandmarkTable, row: number): Box {
  let left = Infinity;
  let top = Infinity;
  let right = -Infinity;
  let bottom = -Infinity;
  const x = table.place[3 * row];
  const y = table.place[3 * row + 1];
  const unit = table.place[3 * row + 2] / POINT_STEP;
  for (let k = 0, from = 3 * table.points * row; k < table.points; k++, from += 3) {
    const px = table.packed[from];
    const py = table.packed[from + 1];
    if (px < left) left = px;
    if (px > right) right = px;
    if (py < top) top = py;
    if (py > bottom) bottom = py;
  }
  return [x + left * unit, y + top * unit, (right - left) * unit, (bottom - top) * unit];
}

/** World points of a row in metres, three values per point. */
export function worldOf(table: Hands | Bodies, row: number): Float32Array {
  const n = table.points * 3;
  return Float32Array.from(table.world.subarray(n * row, n * row + n), v => v / WORLD_STEP);
}

/** Position of `value` in an ascending array, −1 when it is not there. */
function indexOf(ascending: Uint32Array, value: number): number {
  const at = lastAtMost(ascending, value, ascending.length);
  return at >= 0 && ascending[at] === value ? at : -1;
}

/** First position in an ascending array whose entry is at least `value`; its length when all are smaller. */
export function firstAtLeast(ascending: Uint32Array, value: number): number {
  return lastAtMost(ascending, value - 1, ascending.length) + 1;
}

/** Last position below `length` whose entry is at most `value`, −1 when all are larger. */
function lastAtMost(ascending: Uint32Array, value: number, length: number): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (ascending[middle] <= value) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** Why a hand was not judged, in the order in which the reasons are tried; `judged` is none. */
export const HAND_GATES = ['judged', 'outside', 'faint', 'small', 'blurred', 'crowded', 'hidden'] as const;
export type HandGate = (typeof HAND_GATES)[number];

/**
 * What a network that sees one or two fingers at a time says of a hand, held against its landmarks; 0–1 unless said otherwise.
 * `extra`: a fingertip that no landmark accounts for, `stem`: the finger below it, `apart`: how far it is from any bone of the
 * landmarks in sizes of the hand. `tips`: how well the tips of extended fingers are seen, median. `tipless`, `boneless`: an
 * extended finger of which the tip or the length is not seen. `webless`: nothing seen between two extended fingers.
 * `damage`: strongest damage on the hand. `open`: extended fingers, 0–5, of a hand not seen from its edge,
 * and `spread`: the smallest gap between the tips of two neighbours of the four fingers, in sizes of the hand. `surplus`,
 * `lacking`, `fused`, `melted`: probability of a finger too many, too few, of fused fingers, of melted ones, by a second network
 * that sees these maps and the landmarks. `hidden`: share of the hand that something lies in front of.
 * `spoilt`, `grown`, `gone`: strongest places on the hand where the features of the landmark network show melted or fused flesh, a finger
 * too many, a finger that is not there. `unsteady`: how far the landmarks disagree, in sizes of the hand, when the same hand is cut out a little
 * differently, 0–1; measured at every fourth judged look at a hand, NaN at the others.
 */
export const HAND_CUES = [
  'extra',
  'stem',
  'apart',
  'tips',
  'tipless',
  'boneless',
  'webless',
  'damage',
  'open',
  'spread',
  'surplus',
  'lacking',
  'fused',
  'melted',
  'hidden',
  'spoilt',
  'grown',
  'gone',
  'unsteady',
] as const;
export type HandCue = (typeof HAND_CUES)[number];

/** Side of the small pictures in {@link HandEvidence}. */
export const HAND_THUMB = 24;

/** Hands looked at closely a few times a second, one row per hand and look, in frame order. */
export interface HandEvidence {
  /** Frames between two looks. */
  step: number;
  /** Frame of each row, and the lineage of the row of the signal `hands` that it is about. */
  frames: Uint32Array;
  lineage: Uint32Array;
  /** Position in {@link HAND_GATES}: a row that is not judged has no cues. */
  gate: Uint8Array;
  /** {@link HAND_CUES} of each row. */
  cues: Float32Array;
  /** x and y in source pixels of the tip behind `extra`. */
  extraAt: Float32Array;
  /** Centre, side (source pixels) and angle (radians, clockwise from up) of the crop of each row. */
  crops: Float32Array;
  /** Luma of the crop's inner two thirds, `HAND_THUMB`² bytes per row: the same hand, upright, at the same size. */
  thumbs: Uint8Array;
}

/** Side of the pictures in {@link PersonLooks} and their planes: red, green, blue, share of person, deviation of luma within the cell times 4. */
export const LOOK_SIDE = 32;
export const LOOK_PLANES = 5;
/** The square of a look in sizes of the face (two thirds of the side in {@link LandmarkTable.place}): its side, and its centre below the face's. */
export const LOOK_REACH = { side: 3.2, below: 0.55 } as const;

/** People from the hair to the chest a few times a second, one row per face and look, in frame order. */
export interface PersonLooks {
  /** Frames between two looks. */
  step: number;
  /** Frame of each row, and the lineage of the row of the signal `faces` that it was taken round. */
  frames: Uint32Array;
  lineage: Uint32Array;
  /** Three per row: x and y of the face's centre and its side in source pixels, as in {@link LandmarkTable.place}. */
  place: Float32Array;
  /** {@link LOOK_PLANES} planes of {@link LOOK_SIDE}² bytes per row, row-major; cells beyond the picture repeat its edge. */
  pictures: Uint8Array;
}
