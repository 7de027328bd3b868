import type { Box, ClipFacts, FrameRange } from '../../clip.ts';
import { boxOf, type Faces, IDENTITY_LENGTH, type Identities, rowsOf } from '../../landmarks.ts';
import type { Shot } from '../../signals.ts';
import { faceTracks } from '../tracks-people.ts';

/** A face that becomes another while it is followed. */
export interface IdentityChange extends FrameRange {
  peak: number;
  /** Best cosine of any appearance before to any after. */
  likeness: number;
  box: Box;
}

/** What was looked at, for the report. */
export interface IdentityCourse {
  /** Faces that were sampled often enough. */
  faces: number;
  /** Least likeness of any face to its own past; null when no face was sampled often enough. */
  least: number | null;
  changes: IdentityChange[];
}

/** Samples that make one side of a comparison; a single one may be a grimace. */
const GROUP = 3;
const FEWEST = 2;
/** Mean cosine inside a group, least: a face that does not even resemble itself from sample to sample is badly seen. */
const COHERENT = 0.7;
/** Degrees by which the mean turn of the head may differ between the groups: profiles resemble nobody. */
const TURN = 22;

interface Sample {
  frame: number;
  vector: Float64Array;
  yaw: number;
  pitch: number;
}

interface Group {
  samples: readonly Sample[];
  mean: Float64Array;
  coherence: number;
  yaw: number;
  pitch: number;
}

/**
 * Seconds between the looks that are compared, and at most this share of a short track: a change takes its time, and looks in
 * its midst resemble both sides.
 */
const APART = 1;
const APART_SHARE = 0.25;

/** Where a track's past and future differ most. */
interface Split {
  /** Last frame of the past and first of the future. */
  past: number;
  future: number;
  /** The best likeness of any group of the one to any of the other. */
  likeness: number;
}

/**
 * Compares every face's appearance with its own past: groups of consecutive samples (good frames only, see the identity
 * observer), each alike in itself. For every moment the groups before it are compared with those a second later that are seen from
 * much the same side, and the best likeness counts: a grimace passes and resembles some other look, another face resembles none.
 */
export function identityCourse(
  clip: Pick<ClipFacts, 'video'>,
  shot: Shot,
  faces: Faces,
  identities: Identities,
  differentBelow: number,
): IdentityCourse {
  const course: IdentityCourse = { faces: 0, least: null, changes: [] };
  const second = Math.floor((APART * clip.video.fps.num) / clip.video.fps.den) - 1;
  for (const track of faceTracks(clip, [shot], faces, identities)) {
    const samples = track.samples.map(sample => sampleAt(faces, identities, sample));
    const span = samples.length > 0 ? samples[samples.length - 1].frame - samples[0].frame : 0;
    const apart = Math.max(1, Math.min(second, Math.floor(APART_SHARE * span)));
    const split = leastAlike(groupsOf(samples), apart);
    if (split === null) continue;
    course.faces++;
    course.least = Math.min(course.least ?? 1, split.likeness);
    if (split.likeness < differentBelow) course.changes.push(changeAt(faces, track.rows, track.frames, samples, split));
  }
  return course;
}

function leastAlike(groups: readonly Group[], apart: number): Split | null {
  let least: Split | null = null;
  for (const { samples } of groups) {
    const past = samples[samples.length - 1].frame;
    let best: number | null = null;
    let future = Number.POSITIVE_INFINITY;
    for (const before of groups) {
      if (before.samples[before.samples.length - 1].frame > past) continue;
      for (const after of groups) {
        if (after.samples[0].frame < past + apart) continue;
        if (Math.abs(before.yaw - after.yaw) > TURN || Math.abs(before.pitch - after.pitch) > TURN) continue;
        best = Math.max(best ?? -1, dot(before.mean, after.mean));
        future = Math.min(future, after.samples[0].frame);
      }
    }
    if (best !== null && (least === null || best < least.likeness)) least = { past, future, likeness: best };
  }
  return least;
}

function sampleAt(faces: Faces, identities: Identities, sample: number): Sample {
  const from = sample * IDENTITY_LENGTH;
  const frame = identities.frames[sample];
  const [first, last] = rowsOf(faces, frame) ?? [0, 0];
  let [yaw, pitch] = [0, 0];
  for (let row = first; row < last; row++)
    if (faces.lineage[row] === identities.lineage[sample])
      [yaw, pitch] = [faces.pose[3 * row], faces.pose[3 * row + 1]];
  return {
    frame,
    vector: unit(Float64Array.from(identities.vectors.subarray(from, from + IDENTITY_LENGTH))),
    yaw,
    pitch,
  };
}

/** Every run of {@link GROUP} consecutive samples, or of fewer where a track has no more, that is alike in itself. */
function groupsOf(samples: readonly Sample[]): Group[] {
  const size = Math.min(GROUP, Math.floor(samples.length / 2));
  if (size < FEWEST) return [];
  const groups: Group[] = [];
  for (let k = 0; k + size <= samples.length; k++) {
    const group = samples.slice(k, k + size);
    const mean = new Float64Array(IDENTITY_LENGTH);
    for (const { vector } of group) for (let i = 0; i < mean.length; i++) mean[i] += vector[i] / size;
    let coherence = 0;
    for (let a = 1; a < size; a++) for (let b = 0; b < a; b++) coherence += dot(group[a].vector, group[b].vector);
    coherence /= (size * (size - 1)) / 2;
    if (coherence < COHERENT) continue;
    const average = (value: (sample: Sample) => number) => group.reduce((sum, one) => sum + value(one), 0) / size;
    groups.push({
      samples: group,
      mean: unit(mean),
      coherence,
      yaw: average(({ yaw }) => yaw),
      pitch: average(({ pitch }) => pitch),
    });
  }
  return groups;
}

/** The change lies between the last sample that resembles the past more and the first that resembles the future more. */
function changeAt(
  faces: Faces,
  rows: Uint32Array,
  frames: Uint32Array,
  samples: readonly Sample[],
  { past, future, likeness }: Split,
): IdentityChange {
  const before = unit(sumOf(samples.filter(({ frame }) => frame <= past)));
  const after = unit(sumOf(samples.filter(({ frame }) => frame >= future)));
  let [start, end] = [past, future];
  for (const { frame, vector } of samples) {
    if (frame <= past || frame >= future) continue;
    if (dot(vector, before) >= dot(vector, after)) start = Math.max(start, frame);
    else end = Math.min(end, frame);
  }
  if (end <= start) [start, end] = [past, future];
  const peak = Math.floor((start + end + 1) / 2);
  let best = 0;
  for (let k = 1; k < frames.length; k++) if (Math.abs(frames[k] - peak) < Math.abs(frames[best] - peak)) best = k;
  return { start, end: end + 1, peak, likeness, box: boxOf(faces, rows[best]) };
}

function sumOf(samples: readonly Sample[]): Float64Array {
  const sum = new Float64Array(IDENTITY_LENGTH);
  for (const { vector } of samples) for (let i = 0; i < sum.length; i++) sum[i] += vector[i];
  return sum;
}

function unit(vector: Float64Array): Float64Array {
  const length = Math.sqrt(dot(vector, vector)) || 1;
  return vector.map(value => value / length);
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum += a[k] * b[k];
  return sum;
}
