import type { ClipFacts } from '../../clip.ts';
import { frameTime } from '../../clip.ts';
import { type Faces, pointsOf } from '../../landmarks.ts';
import type { Track } from '../tracks.ts';
import { apply, centred, similarity } from './alignment.ts';
import { splineRows } from './spline.ts';

/** Mouth measures come on this grid of container time, Hz. */
export const MOUTH_RATE = 50;

/** Points that speech does not move: forehead, nose, eye corners, temples and upper cheeks. */
export const RIGID = [
  10, 151, 9, 168, 6, 197, 195, 5, 4, 1, 2, 33, 133, 362, 263, 127, 356, 234, 454, 98, 327, 50, 280, 101, 330,
] as const;
const EYE_CORNERS = [33, 263] as const;

const OUTER = [61, 185, 40, 39, 37, 0, 267, 269, 270, 409, 291, 375, 321, 405, 314, 17, 84, 181, 91, 146] as const;
const INNER = [78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308, 324, 318, 402, 317, 14, 87, 178, 88, 95] as const;
const JAW = [152, 148, 377, 176, 400, 200, 199, 18, 175] as const;
/** The points whose shape is measured: lips and chin. */
export const SHAPE = [...OUTER, ...INNER, ...JAW];
const SHAPE_WIDTH = SHAPE.length * 3;
/** Points that mirror each other, and those on the middle line. */
const PAIRS: readonly (readonly [number, number])[] = [
  ...[0, 1, 2, 3, 4].map(i => [OUTER[i], OUTER[10 - i]] as const),
  ...[1, 2, 3, 4].map(i => [OUTER[10 + i], OUTER[20 - i]] as const),
  ...[0, 1, 2, 3, 4].map(i => [INNER[i], INNER[10 - i]] as const),
  ...[1, 2, 3, 4].map(i => [INNER[10 + i], INNER[20 - i]] as const),
  [148, 377],
  [176, 400],
];
const MIDDLE = [0, 17, 13, 14, 152, 200, 199, 18, 175] as const;
/** Values per row of {@link MouthTrack.lips}. */
export const LIPS_WIDTH = PAIRS.length * 3 + MIDDLE.length * 2;
/** Values per row of {@link MouthTrack.measures}, in the order of {@link measure}. */
export const MEASURES = [
  'aperture',
  'outerHeight',
  'outerWidth',
  'innerWidth',
  'chin',
  'lowerLip',
  'upperLip',
  'protrusion',
] as const;

/** One face's mouth over time, head pose and size undone. Lengths in spans of the outer eye corners. */
export interface MouthTrack {
  /** First sample: container time is `(first + i) / MOUTH_RATE`. */
  first: number;
  length: number;
  /** {@link MEASURES} per sample. */
  measures: Float32Array;
  /**
   * {@link LIPS_WIDTH} per sample, the shape of lips and chin without its asymmetry, which speech hardly uses and a
   * turned head brings: width, height and depth of each mirrored pair, height and depth of points on the middle line.
   */
  lips: Float32Array;
  /** 1 where the sample lies between two frames on which the face was seen, 0 where it was bridged. */
  seen: Uint8Array;
  /** Eye span in source pixels, median over the track. */
  span: number;
}

/**
 * Mouth measures of one face track on the 50 Hz grid of container time: mesh points aligned to the track's mean rigid
 * face (similarity, orthogonal Procrustes), divided by the eye span, interpolated by a cubic spline.
 */
export function mouthOf(clip: Pick<ClipFacts, 'times' | 'video'>, faces: Faces, track: Track): MouthTrack {
  const n = track.rows.length;
  const rigid = new Float64Array(n * RIGID.length * 3);
  const raw = new Float32Array(n * SHAPE_WIDTH);
  const times = new Float64Array(n);
  const points = new Float32Array(faces.points * 3);
  const spans = new Float64Array(n);
  for (let k = 0; k < n; k++) {
    pointsOf(faces, track.rows[k], points);
    times[k] = frameTime(clip, track.frames[k]);
    RIGID.forEach((point, i) => {
      for (let c = 0; c < 3; c++) rigid[(k * RIGID.length + i) * 3 + c] = points[3 * point + c];
    });
    SHAPE.forEach((point, i) => {
      for (let c = 0; c < 3; c++) raw[k * SHAPE_WIDTH + 3 * i + c] = points[3 * point + c];
    });
    spans[k] = distance(points, EYE_CORNERS[0], points, EYE_CORNERS[1]);
  }
  alignToMean(rigid, raw, n);
  const measures = new Float32Array(n * MEASURES.length);
  const lips = new Float32Array(n * LIPS_WIDTH);
  for (let k = 0; k < n; k++) {
    const shape = raw.subarray(k * SHAPE_WIDTH, (k + 1) * SHAPE_WIDTH);
    measure(shape, measures, k);
    fold(shape, lips, k);
  }

  const first = Math.max(0, Math.ceil(times[0] * MOUTH_RATE - 1e-6));
  const length = Math.max(0, Math.floor(times[n - 1] * MOUTH_RATE + 1e-6) - first + 1);
  const at = Float64Array.from({ length }, (_, i) => (first + i) / MOUTH_RATE);
  return {
    first,
    length,
    measures: splineRows(times, measures, MEASURES.length, at),
    lips: splineRows(times, lips, LIPS_WIDTH, at),
    seen: seenAt(times, at, (faces.step * clip.video.fps.den) / clip.video.fps.num),
    span: [...spans].sort((a, b) => a - b)[n >> 1] ?? 0,
  };
}

/** 1 where the measured frames on both sides are at most two and a half frame distances apart. */
function seenAt(times: Float64Array, at: Float64Array, step: number): Uint8Array {
  const out = new Uint8Array(at.length);
  let i = 0;
  for (let k = 0; k < at.length; k++) {
    while (i < times.length - 2 && at[k] > times[i + 1]) i++;
    out[k] = times.length > 1 && times[i + 1] - times[i] <= 2.5 * step ? 1 : 0;
  }
  return out;
}

/** Turns, scales and shifts every frame's shape so that its rigid points lie on their mean; in place. */
function alignToMean(rigid: Float64Array, shape: Float32Array, frames: number): void {
  const size = RIGID.length * 3;
  if (frames === 0) return;
  let mean = centred(rigid.subarray((frames >> 1) * size, ((frames >> 1) + 1) * size)).points;
  for (let round = 0; round < 2; round++) {
    const sum = new Float64Array(size);
    for (let k = 0; k < frames; k++) {
      const { points } = centred(rigid.subarray(k * size, (k + 1) * size));
      const turn = similarity(points, mean);
      for (let i = 0; i < size; i += 3) {
        const moved = apply(turn, points[i], points[i + 1], points[i + 2]);
        for (let c = 0; c < 3; c++) sum[i + c] += moved[c] / frames;
      }
    }
    mean = sum;
  }
  const eye = (point: number) => 3 * RIGID.indexOf(point as (typeof RIGID)[number]);
  const [a, b] = EYE_CORNERS.map(eye);
  const span = Math.hypot(mean[a] - mean[b], mean[a + 1] - mean[b + 1], mean[a + 2] - mean[b + 2]) || 1;
  for (let k = 0; k < frames; k++) {
    const { points, centre } = centred(rigid.subarray(k * size, (k + 1) * size));
    const turn = similarity(points, mean);
    for (let i = k * SHAPE_WIDTH; i < (k + 1) * SHAPE_WIDTH; i += 3) {
      const moved = apply(turn, shape[i] - centre[0], shape[i + 1] - centre[1], shape[i + 2] - centre[2]);
      for (let c = 0; c < 3; c++) shape[i + c] = moved[c] / span;
    }
  }
}

const at = new Map(SHAPE.map((point, i) => [point as number, i]));
const place = (point: number): number => at.get(point) as number;

/** Writes {@link MEASURES} of one aligned shape. */
function measure(shape: Float32Array, out: Float32Array, row: number): void {
  const gap = (a: number, b: number) => distance(shape, place(a), shape, place(b));
  const y = (point: number) => shape[3 * place(point) + 1];
  const z = (point: number) => shape[3 * place(point) + 2];
  out.set(
    [
      (gap(82, 87) + gap(13, 14) + gap(312, 317)) / 3,
      gap(0, 17),
      gap(61, 291),
      gap(78, 308),
      y(152),
      y(17),
      y(0),
      (z(0) + z(17) - z(61) - z(291)) / 2,
    ],
    row * MEASURES.length,
  );
}

/** Writes one aligned shape without its asymmetry. */
function fold(shape: Float32Array, out: Float32Array, row: number): void {
  let to = row * LIPS_WIDTH;
  for (const [one, other] of PAIRS) {
    const a = 3 * place(one);
    const b = 3 * place(other);
    out[to++] = shape[b] - shape[a];
    out[to++] = (shape[a + 1] + shape[b + 1]) / 2;
    out[to++] = (shape[a + 2] + shape[b + 2]) / 2;
  }
  for (const point of MIDDLE) {
    out[to++] = shape[3 * place(point) + 1];
    out[to++] = shape[3 * place(point) + 2];
  }
}

const distance = (a: Float32Array, i: number, b: Float32Array, j: number): number =>
  Math.hypot(a[3 * i] - b[3 * j], a[3 * i + 1] - b[3 * j + 1], a[3 * i + 2] - b[3 * j + 2]);
