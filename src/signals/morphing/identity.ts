import type { Box, ClipFacts, FrameRange } from '../../clip.ts';
import { boxOf, type Faces, IDENTITY_LENGTH, type Identities, rowsOf } from '../../landmarks.ts';
import type { Shot } from '../../signals.ts';
import { faceTracks } from '../tracks-people.ts';

/** A face that becomes another while it is followed. */
export interface IdentityChange extends FrameRange {
  peak: number;
  /** Cosine of the mean appearance before and after. */
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
 * Compares every face's appearance with its own past: groups of consecutive samples (good frames only, see the identity
 * observer) of a track, seen from much the same side and each alike in itself. The closest two groups that differ bound the change.
 */
export function identityCourse(
  clip: Pick<ClipFacts, 'video'>,
  shot: Shot,
  faces: Faces,
  identities: Identities,
  differentBelow: number,
): IdentityCourse {
  const course: IdentityCourse = { faces: 0, least: null, changes: [] };
  for (const track of faceTracks(clip, [shot], faces, identities)) {
    const samples = track.samples.map(sample => sampleAt(faces, identities, sample));
    const groups = groupsOf(samples);
    let judged = false;
    let change: { a: Group; b: Group; likeness: number } | null = null;
    for (let i = 0; i < groups.length; i++)
      for (let j = i + 1; j < groups.length; j++) {
        const [a, b] = [groups[i], groups[j]];
        if (b.samples[0].frame <= a.samples[a.samples.length - 1].frame) continue;
        if (Math.abs(a.yaw - b.yaw) > TURN || Math.abs(a.pitch - b.pitch) > TURN) continue;
        judged = true;
        const likeness = dot(a.mean, b.mean);
        course.least = Math.min(course.least ?? 1, likeness);
        // The nearest groups that differ tell when it happened; of equally near ones the most unlike.
        if (likeness < differentBelow && (change === null || nearer(a, b, likeness, change)))
          change = { a, b, likeness };
      }
    if (judged) course.faces++;
    if (change !== null) course.changes.push(changeBetween(faces, track.rows, track.frames, change));
  }
  return course;
}

function nearer(a: Group, b: Group, likeness: number, than: { a: Group; b: Group; likeness: number }): boolean {
  const gap = between(a, b);
  const known = between(than.a, than.b);
  return gap < known || (gap === known && likeness < than.likeness);
}

const between = (a: Group, b: Group): number => b.samples[0].frame - a.samples[a.samples.length - 1].frame;

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

function changeBetween(
  faces: Faces,
  rows: Uint32Array,
  frames: Uint32Array,
  { a, b, likeness }: { a: Group; b: Group; likeness: number },
): IdentityChange {
  const start = a.samples[a.samples.length - 1].frame;
  const end = b.samples[0].frame + 1;
  const peak = Math.floor((start + end) / 2);
  let best = 0;
  for (let k = 1; k < frames.length; k++) if (Math.abs(frames[k] - peak) < Math.abs(frames[best] - peak)) best = k;
  return { start, end, peak, likeness, box: boxOf(faces, rows[best]) };
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
