import type { ClipFacts } from '../../clip.ts';
import { IDENTITY_LENGTH, type Identities } from '../../landmarks.ts';
import type { Loudness } from '../../signals.ts';
import { colourDistance, type Lab, meanColour, meanOf, type Part } from './colour.ts';

/** A face as it was sampled on one side of a cut. */
export interface FaceSample {
  frame: number;
  /** x and y of the face's centre and its side in source pixels. */
  place: readonly [number, number, number];
  /** Appearance, {@link IDENTITY_LENGTH} values. */
  vector: Int16Array;
}

/** Two samples of faces, one on each side of a cut. */
export interface FacePair {
  before: FaceSample;
  after: FaceSample;
  cosine: number;
}

/** Frames beside a cut at which colours are measured: near enough to be the same moment, off the cut's own frames. */
export const lastOf = ({ start, end }: { start: number; end: number }): number[] =>
  [2, 6, 12].map(back => Math.max(start, end - back));
export const firstOf = ({ start, end }: { start: number; end: number }): number[] =>
  [2, 6, 12].map(on => Math.min(end - 1, start + on));

/** Distance of the mean colours of pictures before and after a cut; null without pictures on a side. */
export async function colourJump(before: readonly Buffer[], after: readonly Buffer[]): Promise<number | null> {
  if (before.length === 0 || after.length === 0) return null;
  const mean = async (pictures: readonly Buffer[]): Promise<Lab> =>
    meanOf(await Promise.all(pictures.map(picture => meanColour(picture))));
  return colourDistance(await mean(before), await mean(after));
}

/** Momentary loudness covers the seconds before its moment. */
const WINDOW = 0.4;
/** Seconds beside a cut that are listened to. */
const BESIDE = 1.5;

/** Spans in seconds that are listened to: the last of `before`, the first of `after` that hears nothing of `before`. */
export const listened = (
  before: { start: number; end: number },
  after: { start: number; end: number },
): [{ start: number; end: number }, { start: number; end: number }] => [
  { start: Math.max(before.start + WINDOW, before.end - BESIDE), end: before.end },
  { start: after.start + WINDOW, end: Math.min(after.end, after.start + WINDOW + BESIDE) },
];

/** Median momentary loudness of a span in seconds, LUFS; null where too little is heard. */
export function levelOf({ momentary, step }: Loudness, { start, end }: { start: number; end: number }): number | null {
  const values = [
    ...momentary.subarray(Math.max(0, Math.round(start / step)), Math.max(0, Math.round(end / step))),
  ].filter(value => value > -70);
  return values.length < 3 ? null : values.sort((a, b) => a - b)[values.length >> 1];
}

/** Samples of faces in a range of frames. */
export function samplesIn(identities: Identities, range: { start: number; end: number }): FaceSample[] {
  return [...identities.frames.keys()]
    .filter(k => identities.frames[k] >= range.start && identities.frames[k] < range.end)
    .map(k => ({
      frame: identities.frames[k],
      place: [identities.place[3 * k], identities.place[3 * k + 1], identities.place[3 * k + 2]],
      vector: identities.vectors.subarray(k * IDENTITY_LENGTH, (k + 1) * IDENTITY_LENGTH),
    }));
}

/** The two faces that are most alike; null when a side has none. */
export function closestFaces(before: readonly FaceSample[], after: readonly FaceSample[]): FacePair | null {
  let best: FacePair | null = null;
  for (const a of before)
    for (const b of after) {
      const cosine = vectorCosine(a.vector, b.vector);
      if (best === null || cosine > best.cosine) best = { before: a, after: b, cosine };
    }
  return best;
}

/** Cosine of two appearance vectors, −1 … 1. */
export function vectorCosine(a: Int16Array, b: Int16Array): number {
  let [dot, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    dot += a[i] * b[i];
    aa += a[i] * a[i];
    bb += b[i] * b[i];
  }
  return dot / (Math.sqrt(aa * bb) || 1);
}

/** Where clothes are: below a face, in shares of the picture; null where the picture ends before they begin. */
export function clothesBelow(
  [x, y, side]: FaceSample['place'],
  { width, height }: Pick<ClipFacts['video'], 'width' | 'height'>,
): Part | null {
  const left = Math.max(0, (x - 0.4 * side) / width);
  const top = (y + 0.6 * side) / height;
  const part = {
    left,
    top,
    width: Math.min((0.8 * side) / width, 1 - left),
    height: Math.min((0.6 * side) / height, 1 - top),
  };
  return part.height < 0.04 || part.width < 0.02 ? null : part;
}
