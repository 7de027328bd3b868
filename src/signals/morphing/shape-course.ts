import type { Box, ClipFacts, FrameRange } from '../../clip.ts';
import { boxOf, type Faces, type Identities } from '../../landmarks.ts';
import type { Shot } from '../../signals.ts';
import { mean, median, percentile } from '../../statistics.ts';
import { faceTracks } from '../tracks-people.ts';
import type { ShapeMeasure, ShapeModel } from './shape-model.ts';

/** What is measured of faces over time: themselves, or their heads. */
export interface ShapeSource {
  faces: Faces;
  identities: Identities | null;
  model: ShapeModel;
  /** What each distance belongs to. */
  parts: readonly string[];
  /** Frames between two measures. */
  step: number;
  /** Measures in a look, and from one look to the next. */
  look: { count: number; hop: number };
  /** Of a row of the faces; null where it cannot be measured. */
  measure(row: number, frame: number): ShapeMeasure | null;
}

/** A face whose shape is another for the rest of the time that it is followed. */
export interface ShapeChange extends FrameRange {
  peak: number;
  box: Box;
  /**
   * By how much the looks before and after differ more than those before, and those after, among themselves, in deviations of
   * real faces (root mean square over all distances).
   */
  difference: number;
  /** What changed most. */
  part: string;
}

/** What was looked at, for the report. */
export interface ShapeCourse {
  faces: number;
  /** Largest difference of any face from its own past; null when no face was seen long enough. */
  most: number | null;
  changes: ShapeChange[];
}

/** Nobody was there to be measured. */
export const NO_SHAPES: ShapeCourse = { faces: 0, most: null, changes: [] };

/** Seconds between the looks that are compared; of a short track at most this share of it. */
const APART = { seconds: 1, share: 0.25 } as const;
/** Looks on each side; share of them that must have a partner from the same side and at the same size. */
const LOOKS = 5;
const PAIRED = 0.5;
/** How alike two looks must be to be compared: degrees, ratio of sizes. */
const ALIKE = { yaw: 7, pitch: 6, size: 1.25 } as const;
/** Which of the differences between before and after counts: an odd moment resembles other odd moments, so not the least. */
const SMALL = 0.1;
/** Looks per track; of longer ones fewer are taken. */
const MOST_LOOKS = 120;

interface Look {
  first: number;
  last: number;
  /** Shape without what pose and expression explain, in the model's independent deviations. */
  white: Float64Array;
  /** The same in logarithms of distances. */
  plain: Float64Array;
  yaw: number;
  pitch: number;
  size: number;
}

/**
 * Compares the shape of every face, or head, with its own past: about half a second at a time, without what pose and expression explain, each
 * look with those a second later from the same side and at the same size. The small differences count, so an odd
 * moment is none: only a face that stays another does; and how much the looks of either side differ among themselves is taken off, which
 * is large where a face is small, blurred or lively. Nothing reaches over a cut.
 */
export function shapeCourse(
  clip: Pick<ClipFacts, 'video'>,
  shot: Shot,
  source: ShapeSource,
  differentFrom: number,
): ShapeCourse {
  const course: ShapeCourse = { faces: 0, most: null, changes: [] };
  const fps = clip.video.fps.num / clip.video.fps.den;
  const { faces, identities } = source;
  for (const track of faceTracks(clip, [shot], faces, identities)) {
    const seen: [frame: number, measure: ShapeMeasure][] = [];
    track.rows.forEach((row, k) => {
      const measure = source.measure(row, track.frames[k]);
      if (measure !== null) seen.push([track.frames[k], measure]);
    });
    const looks = looksOf(seen, source);
    const split = mostDifferent(looks, fps);
    if (split === null) continue;
    course.faces++;
    course.most = Math.max(course.most ?? -1, split.difference);
    if (split.difference >= differentFrom) {
      const { past, future, difference } = split;
      const [start, end] = between(looks, past, future);
      const peak = Math.floor((start + end) / 2);
      let best = 0;
      track.frames.forEach((frame, k) => {
        if (Math.abs(frame - peak) < Math.abs(track.frames[best] - peak)) best = k;
      });
      const part = changedPart(past, future, source);
      course.changes.push({ start, end, peak, box: boxOf(faces, track.rows[best]), difference, part });
    }
  }
  return course;
}

function looksOf(
  seen: readonly [number, ShapeMeasure][],
  { step, model, parts, look: { count, hop: least } }: ShapeSource,
): Look[] {
  const looks: Look[] = [];
  const hop = Math.max(1, least, Math.ceil((seen.length - count) / MOST_LOOKS));
  for (let k = 0; k + count <= seen.length; k += hop) {
    const frames = seen.slice(k, k + count);
    const [first, last] = [frames[0][0], frames[count - 1][0]];
    if (last - first > 2 * count * step) continue;
    const measures = frames.map(([, measure]) => measure);
    const rests = measures.map(measure => model.rest(measure));
    const plain = Float64Array.from({ length: parts.length }, (_, i) => median(rests.map(rest => rest[i])));
    looks.push({
      first,
      last,
      plain,
      white: model.whiten(plain),
      yaw: mean(measures.map(({ yaw }) => yaw)),
      pitch: mean(measures.map(({ pitch }) => pitch)),
      size: mean(measures.map(({ size }) => size)),
    });
  }
  return looks;
}

interface Split {
  past: Look[];
  future: Look[];
  difference: number;
}

/** Where before and after differ most beyond what they differ in themselves; null when there is nothing to compare. */
function mostDifferent(looks: readonly Look[], fps: number): Split | null {
  if (looks.length < 2 * LOOKS) return null;
  const distances = looks.map((a, i) => looks.map((b, j) => (j > i && b.first > a.last ? differenceOf(a, b) : null)));
  const span = looks[looks.length - 1].last - looks[0].first;
  const apart = Math.min(APART.seconds * fps, APART.share * span);
  const enough = (count: number, of: number) => count >= Math.max(LOOKS - 1, PAIRED * of);
  let most: Split | null = null;
  for (let k = LOOKS - 1; k < looks.length - LOOKS; k++) {
    const from = looks.findIndex(({ first }) => first >= looks[k].last + apart);
    if (from < 0 || looks.length - from < LOOKS) break;
    const between: number[] = [];
    const within: number[] = [];
    const pasts = new Set<number>();
    const futures = new Set<number>();
    for (let i = 0; i < looks.length; i++)
      for (let j = i + 1; j < looks.length; j++) {
        const distance = distances[i][j];
        if (distance === null) continue;
        if (j <= k || i >= from) within.push(distance);
        else if (i <= k && j >= from) {
          between.push(distance);
          pasts.add(i);
          futures.add(j);
        }
      }
    if (within.length === 0 || !enough(pasts.size, k + 1) || !enough(futures.size, looks.length - from)) continue;
    const difference = percentile(between, SMALL) - median(within);
    if (most === null || difference > most.difference)
      most = { past: looks.slice(0, k + 1), future: looks.slice(from), difference };
  }
  return most;
}

/** Root mean square of the deviations; null for looks from different sides or at different sizes. */
function differenceOf(a: Look, b: Look): number | null {
  if (Math.abs(a.yaw - b.yaw) > ALIKE.yaw || Math.abs(a.pitch - b.pitch) > ALIKE.pitch) return null;
  if (Math.max(a.size, b.size) > ALIKE.size * Math.min(a.size, b.size)) return null;
  return apartBy(a.white, b.white);
}

function apartBy(a: Float64Array, b: Float64Array): number {
  let squares = 0;
  for (let i = 0; i < a.length; i++) squares += (a[i] - b[i]) ** 2;
  return Math.sqrt(squares / a.length);
}

/** The change lies between the last look that resembles the past more and the first that resembles the future more. */
function between(looks: readonly Look[], past: readonly Look[], future: readonly Look[]): [number, number] {
  const before = average(past, ({ white }) => white);
  const after = average(future, ({ white }) => white);
  let [start, end] = [past[past.length - 1].last, future[0].first];
  for (const { first, last, white } of looks) {
    if (first <= past[past.length - 1].first || last >= future[0].last) continue;
    if (apartBy(white, before) <= apartBy(white, after)) start = Math.max(start, Math.min(last, end - 1));
    else end = Math.min(end, Math.max(first, start + 1));
  }
  return [start, Math.max(end, start) + 1];
}

function changedPart(past: readonly Look[], future: readonly Look[], { parts, model }: ShapeSource): string {
  const before = average(past, ({ plain }) => plain);
  const after = average(future, ({ plain }) => plain);
  const sums = new Map<string, number[]>();
  parts.forEach((part, i) => {
    sums.set(part, [...(sums.get(part) ?? []), Math.abs(after[i] - before[i]) / model.deviations[i]]);
  });
  return [...sums].sort(([, a], [, b]) => mean(b) - mean(a))[0][0];
}

function average(looks: readonly Look[], value: (look: Look) => Float64Array): Float64Array {
  return value(looks[0]).map((_, i) => mean(looks.map(look => value(look)[i])));
}
