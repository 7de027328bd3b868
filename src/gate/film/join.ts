import type { ClipFacts } from '../../clip.ts';
import { colourDistance, type Lab } from '../../colour.ts';
import { IDENTITY_LENGTH, type Identities, type VoiceActivity } from '../../landmarks.ts';
import type { Loudness } from '../../sound.ts';
import { cosine, median } from '../../statistics.ts';
import type { Stretch } from '../audio/spans.ts';
import { meanColour, meanOf, type Part } from './colour.ts';

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
const BESIDE = 3;
/** Share of a momentary window that speech must fill to be the loudness of speech, and may fill at most to be of the rest. */
const SPEECH = { probability: 0.5, least: 0.7, most: 0.1 } as const;

/** Spans in seconds that are listened to: the last of `before`, the first of `after` that hears nothing of `before`. */
export const listened = (before: Stretch, after: Stretch): [Stretch, Stretch] => [
  { start: Math.max(before.start + WINDOW, before.end - BESIDE), end: before.end },
  { start: after.start + WINDOW, end: Math.min(after.end, after.start + WINDOW + BESIDE) },
];

/** How loud speech and everything else are in a span: median momentary loudness in LUFS, null where too little is heard. */
export interface Levels {
  speech: number | null;
  rest: number | null;
}

export function levelsOf({ momentary, step }: Loudness, voice: VoiceActivity, { start, end }: Stretch): Levels {
  const speech: number[] = [];
  const rest: number[] = [];
  for (let k = Math.ceil(start / step - 1e-6); k < Math.min(end / step, momentary.length); k++) {
    if (!(momentary[k] > -70)) continue;
    const blocks = voice.probability.subarray(
      Math.max(0, Math.floor((k * step - WINDOW) / voice.step)),
      Math.ceil((k * step) / voice.step),
    );
    let spoken = 0;
    for (const probability of blocks) if (probability >= SPEECH.probability) spoken++;
    if (blocks.length > 0 && spoken >= SPEECH.least * blocks.length) speech.push(momentary[k]);
    else if (spoken <= SPEECH.most * blocks.length) rest.push(momentary[k]);
  }
  const level = (values: number[]): number | null => (values.length < 3 ? null : median(Float32Array.from(values)));
  return { speech: level(speech), rest: level(rest) };
}

/**
 * Change of loudness across a cut, LU: speech against speech, else what is no speech against the same. A pause after a
 * sentence is no jump. Null where the two sides have nothing in common.
 */
export function loudnessJump(before: Levels, after: Levels): number | null {
  if (before.speech !== null && after.speech !== null) return after.speech - before.speech;
  return before.rest !== null && after.rest !== null ? after.rest - before.rest : null;
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
      const likeness = cosine(a.vector, b.vector);
      if (best === null || likeness > best.cosine) best = { before: a, after: b, cosine: likeness };
    }
  return best;
}

/** Pictures by which clothes are told: a hand or a turned head in one of them does not decide. */
const MOST_PICTURES = 5;

/** The sample and others on its side that show the same face, at least as alike to `partner` as `least`; spread over them. */
export function alike<Sample extends FaceSample>(
  samples: readonly Sample[],
  partner: FaceSample,
  least: number,
): Sample[] {
  const same = samples.filter(({ vector }) => cosine(vector, partner.vector) >= least);
  const step = Math.max(1, same.length / MOST_PICTURES);
  return Array.from({ length: Math.min(MOST_PICTURES, same.length) }, (_, i) => same[Math.floor(i * step)]);
}

/** Median of colours, channel by channel; null of none. */
export function middleColour(colours: readonly Lab[]): Lab | null {
  if (colours.length === 0) return null;
  return [0, 1, 2].map(k => median(Float32Array.from(colours, lab => lab[k]))) as unknown as Lab;
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
