import { z } from 'zod';

/** An exact fraction; rates such as 30000/1001 lose frames when they are rounded. */
export const rational = z.object({ num: z.int().positive(), den: z.int().positive() });
export type Rational = z.infer<typeof rational>;

/** Frames per second (or any ratio) as a number. */
export const toNumber = (r: Rational): number => r.num / r.den;

/** A frame range: integer source frames, start inclusive, end exclusive. */
export const frameRange = z.object({ start: z.int().nonnegative(), end: z.int().nonnegative() });
export type FrameRange = z.infer<typeof frameRange>;

/** `[x, y, width, height]` in source pixels: the displayed orientation (rotation applied), origin top left. */
export const box = z.tuple([z.number(), z.number(), z.number(), z.number()]);
export type Box = z.infer<typeof box>;

/** How the picture's code values are to be read, in ffmpeg's names; `unknown` where the file does not say. */
export interface Colour {
  range: 'limited' | 'full' | 'unknown';
  primaries: string;
  transfer: string;
  matrix: string;
  /** High dynamic range transfer: SMPTE ST 2084 or ARIB STD-B67. */
  hdr: 'pq' | 'hlg' | null;
}

export interface VideoStream {
  index: number;
  codec: string;
  profile: string | null;
  /** Displayed size in source pixels: after rotation, before the sample aspect ratio is applied. */
  width: number;
  height: number;
  /** Clockwise degrees that the player turns the coded picture by. */
  rotation: 0 | 90 | 180 | 270;
  sampleAspect: Rational;
  pixelFormat: string;
  bitDepth: number;
  alpha: boolean;
  interlaced: boolean;
  colour: Colour;
  /** Nominal rate: the container's average, snapped to an exact broadcast rate where it is within 0.1 %. */
  fps: Rational;
  variableFrameRate: boolean;
  /** Seconds from the container's start to the first frame, and the stream's length. */
  startTime: number;
  seconds: number;
  bitRate: number | null;
}

export interface AudioStream {
  index: number;
  codec: string;
  sampleRate: number;
  channels: number;
  /** ffmpeg's name of the channel layout, such as `stereo` or `5.1(side)`. */
  layout: string;
  /** Seconds from the container's start to the first sample, and the stream's length. */
  startTime: number;
  seconds: number;
  bitRate: number | null;
}

/** What the container says about one clip. Read before any frame is decoded. */
export interface Clip {
  /** As the caller gave it. */
  path: string;
  sha256: string;
  bytes: number;
  container: string;
  /** Seconds from the first to the end of the last sample of the chosen streams. */
  seconds: number;
  video: VideoStream;
  /** The stream a player would play; null when the clip is silent film. */
  audio: AudioStream | null;
  /** How many streams of each kind the container holds, cover pictures not counted as video. */
  streams: { video: number; audio: number; subtitle: number; data: number };
  /** Container and stream tags such as encoder, creation_time, comment: untrusted text. */
  tags: Record<string, string>;
  /** Expected frame times in seconds from the container's start, ascending, one per frame a decoder should deliver. */
  times: Float64Array;
}

/** A clip as detectors see it: the container's facts corrected by what was really decoded. */
export interface ClipFacts extends Omit<Clip, 'times'> {
  /** Frames decoded. */
  frames: number;
  /** Seconds from the container's start, one per decoded frame, ascending. */
  times: Float64Array;
}

/** Seconds that frame `frame` is on screen from: the container's time, extended at the nominal rate past the last one. */
export function frameTime(clip: Pick<ClipFacts, 'times' | 'video'>, frame: number): number {
  const { times } = clip;
  const step = clip.video.fps.den / clip.video.fps.num;
  if (times.length === 0) return frame * step;
  if (frame < 0) return times[0] + frame * step;
  if (frame < times.length) return times[frame];
  return times[times.length - 1] + (frame - times.length + 1) * step;
}

/** Number of frames that last `seconds` at the nominal rate, at least `least`. */
export function framesOf(clip: Pick<ClipFacts, 'video'>, seconds: number, least = 1): number {
  return Math.max(least, Math.round((seconds * clip.video.fps.num) / clip.video.fps.den));
}

/** Length in seconds of a frame range by the container's times. */
export const rangeSeconds = (clip: Pick<ClipFacts, 'times' | 'video'>, range: FrameRange): number =>
  frameTime(clip, range.end) - frameTime(clip, range.start);
