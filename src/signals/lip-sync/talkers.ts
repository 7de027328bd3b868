import type { Box } from '../../clip.ts';
import { type ClipFacts, toNumber } from '../../clip.ts';
import { boxOf, type Faces, type VoiceActivity } from '../../landmarks.ts';
import type { Shot } from '../../signals.ts';
import type { SpeechBands } from '../../sound.ts';
import { type FaceTrack, faceTracks } from '../tracks-people.ts';
import { soundRows } from './estimate.ts';
import { MOUTH_RATE, type MouthTrack, mouthOf } from './mouth.ts';

/** A face that may be the one that speaks, over its longest unbroken stretch. */
export interface Talker {
  track: FaceTrack;
  mouth: MouthTrack;
  /** Rows of the mouth: first and behind the last. */
  from: number;
  to: number;
  /** Seconds of speech heard in the stretch. */
  speech: number;
}

/** What a face must be like for its mouth to be read. */
export interface Readable {
  /** Least length of the stretch, s. */
  seconds: number;
  /** Least distance of the outer eye corners, source pixels. */
  span: number;
  /** Most the head is turned to a side, median in degrees. */
  yaw: number;
  /** Least rate at which the face was measured, Hz. */
  rate: number;
}

/** Speech is heard where its probability is at least this. */
const VOICE = 0.5;

/** Why none of the faces in a shot can be read, or those that can. */
export type Talkers = { talkers: Talker[] } | { reason: string };

/** The faces of a shot whose mouths can be read while speech is heard. */
export function findTalkers(
  clip: Pick<ClipFacts, 'times' | 'video'>,
  shot: Shot,
  faces: Faces,
  voice: VoiceActivity,
  bands: SpeechBands,
  readable: Readable,
): Talkers {
  if (toNumber(clip.video.fps) / faces.step < readable.rate)
    return { reason: `Lips are read from ${readable.rate} measured pictures a second on.` };
  const tracks = faceTracks(clip, [shot], faces, null);
  if (tracks.length === 0) return { reason: 'No face is seen in this shot.' };
  const large = tracks
    .map(track => ({ track, mouth: mouthOf(clip, faces, track) }))
    .filter(({ track, mouth }) => mouth.span >= readable.span && medianYaw(faces, track) <= readable.yaw);
  if (large.length === 0)
    return { reason: 'The faces in this shot are too small or turned too far to read their lips.' };
  const rows = soundRows(bands.values);
  const long = large
    .map(({ track, mouth }) => ({ track, mouth, ...longestSeen(mouth, rows) }))
    .filter(({ from, to }) => (to - from) / MOUTH_RATE >= readable.seconds - 0.1);
  if (long.length === 0) return { reason: `No face is seen for ${readable.seconds} s while there is sound.` };
  const talkers = long
    .map(found => ({ ...found, speech: speechIn(found.mouth, found.from, found.to, voice) }))
    .filter(({ speech }) => speech >= readable.seconds / 2);
  return talkers.length === 0 ? { reason: 'Too little speech is heard while a face is seen.' } : { talkers };
}

/** The longest run of rows that were seen and have sound. */
export function longestSeen(mouth: MouthTrack, sound: number): { from: number; to: number } {
  let best = { from: 0, to: 0 };
  let start = -1;
  for (let k = 0; k <= mouth.length; k++) {
    const seen = k < mouth.length && mouth.seen[k] === 1 && mouth.first + k < sound && mouth.first + k >= 0;
    if (seen && start < 0) start = k;
    if (!seen && start >= 0) {
      if (k - start > best.to - best.from) best = { from: start, to: k };
      start = -1;
    }
  }
  return best;
}

function speechIn(mouth: MouthTrack, from: number, to: number, voice: VoiceActivity): number {
  let rows = 0;
  for (let k = from; k < to; k++) {
    const at = Math.floor((mouth.first + k) / MOUTH_RATE / voice.step);
    if ((voice.probability[at] ?? 0) >= VOICE) rows++;
  }
  return rows / MOUTH_RATE;
}

function medianYaw(faces: Faces, track: FaceTrack): number {
  const yaw = Array.from(track.rows, row => Math.abs(faces.pose[3 * row])).sort((a, b) => a - b);
  return yaw[yaw.length >> 1] ?? 90;
}

/** The face at a frame, or at the nearest one at which it was measured. */
export function boxAt(faces: Faces, { track }: Pick<Talker, 'track'>, frame: number): Box | undefined {
  let best = 0;
  for (let k = 1; k < track.frames.length; k++)
    if (Math.abs(track.frames[k] - frame) < Math.abs(track.frames[best] - frame)) best = k;
  return track.rows.length > 0 ? boxOf(faces, track.rows[best]) : undefined;
}
