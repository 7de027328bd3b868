import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clip } from '../clip.ts';
import { RetakeError } from '../errors.ts';
import { decodeFailure } from './failures.ts';
import { type Ended, type Limits, startFfmpeg } from './ffmpeg.ts';

/** Whether browsers play a clip as it is, and what to do when they do not. */
export type Playability =
  | { playable: true; type: string }
  | { playable: false; by: 'remux' | 'transcode'; why: string };

type Facts = Pick<Clip, 'container' | 'video' | 'audio'>;

const EIGHT_BIT = /^(yuvj?420p|nv12)$/;
const TEN_BIT = /^yuv420p10/;

/**
 * What every current browser (Chromium, Firefox, Safari) plays: 8-bit 4:2:0 H.264 in MP4, VP8 and VP9 in WebM, AV1 in
 * either, each with sound that belongs there. H.264 of more bits or chroma, HEVC, ProRes, MPEG-2, GIF and the like play
 * in some browsers or none, and a page has to open in all of them.
 */
export function playability({ container, video, audio }: Facts): Playability {
  const mp4 = /\b(mov|mp4)\b/.test(container);
  const webm = /\b(matroska|webm)\b/.test(container);
  const shallow = EIGHT_BIT.test(video.pixelFormat);
  const no = (by: 'remux' | 'transcode', why: string): Playability => ({ playable: false, by, why });
  const codec = video.codec;
  const known =
    (codec === 'h264' && shallow && !video.interlaced) ||
    (codec === 'vp8' && shallow) ||
    (codec === 'vp9' && shallow) ||
    (codec === 'av1' && (shallow || TEN_BIT.test(video.pixelFormat)));
  if (!known) return no('transcode', `browsers do not all play ${codec} ${video.pixelFormat}`);
  const sound = audio?.codec;
  const fitsMp4 = sound === undefined || sound === 'aac' || sound === 'mp3';
  const fitsWebm = sound === undefined || sound === 'opus' || sound === 'vorbis';
  const inMp4 = codec === 'h264' || codec === 'av1';
  if (mp4 && inMp4) {
    if (fitsMp4) return { playable: true, type: 'video/mp4' };
    return no('remux', `browsers do not all play ${sound} sound in MP4`);
  }
  if (webm && codec !== 'h264') {
    if (fitsWebm) return { playable: true, type: 'video/webm' };
    return no('remux', `browsers do not all play ${sound} sound in WebM`);
  }
  return no('remux', `browsers do not all open ${codec} in ${container.split(',')[0]}`);
}

export interface Proxy {
  /** File name inside the folder. */
  file: string;
  type: string;
}

const SIDE = 1280;

/**
 * Makes a copy that browsers play, frame for frame at the same times: the pictures are copied where only the container
 * or the sound is in the way, else encoded (H.264, or VP9 where this ffmpeg has no H.264 encoder) with a key frame every
 * half second so that stepping stays quick. Written whole or not at all.
 * @param folder where `<name>.mp4` or `<name>.webm` goes
 * @throws RetakeError `decode-failed`, `aborted`, `timed-out`, `ffmpeg-missing`, `output-unwritable`
 */
export async function makeProxy(
  clip: Pick<Clip, 'path' | 'container' | 'video' | 'audio' | 'seconds'>,
  folder: string,
  name = 'clip-proxy',
  limits: Limits = {},
): Promise<Proxy> {
  const play = playability(clip);
  const copies = !play.playable && play.by === 'remux';
  const webm = copies && (clip.video.codec === 'vp8' || clip.video.codec === 'vp9');
  const plans = copies
    ? [{ type: webm ? 'webm' : 'mp4', video: ['-c:v', 'copy'] }]
    : [
        { type: 'mp4', video: h264(clip) },
        { type: 'webm', video: vp9(clip) },
      ];
  let last: RetakeError | null = null;
  for (const { type, video } of plans) {
    const file = `${name}.${type}`;
    const partial = join(folder, `.${name}.${process.pid}.part.${type}`);
    try {
      const complaints: string[] = [];
      const ended = await convert(clip, partial, video, type, limits, complaints);
      if (ended.code === 0) {
        await rename(partial, join(folder, file));
        return { file, type: `video/${type}` };
      }
      last = decodeFailure(clip.path, complaints, ended);
    } finally {
      await rm(partial, { force: true });
    }
  }
  throw last ?? new RetakeError('decode-failed', 'No proxy could be made.');
}

async function convert(
  { path, video, audio, seconds }: Pick<Clip, 'path' | 'video' | 'audio' | 'seconds'>,
  target: string,
  codec: string[],
  type: string,
  limits: Limits,
  complaints: string[],
): Promise<Ended> {
  const sound =
    audio === null
      ? ['-an']
      : ['-map', `0:${audio.index}`, '-c:a', type === 'webm' ? 'libopus' : 'aac', '-b:a', '128k', '-ac', '2'];
  const running = await startFfmpeg(
    {
      path,
      inputOptions: ['-threads', '1'],
      outputs: [
        {
          options: [
            ...['-map', `0:${video.index}`, ...codec, '-fps_mode', 'passthrough', ...sound],
            // Names, comments and places of the original do not belong in a copy for viewing.
            ...['-map_metadata', '-1', '-map_chapters', '-1', '-threads', '2', '-f', type],
            ...(type === 'mp4' ? ['-movflags', '+faststart', '-video_track_timescale', '90000'] : []),
          ],
          target: `file:${target}`,
        },
      ],
      pipes: 2,
    },
    { signal: limits.signal, timeoutSeconds: limits.timeoutSeconds ?? 300 + 120 * seconds },
    line => {
      if (complaints.length < 50) complaints.push(line);
    },
  );
  running.child.stdout?.resume();
  return running.ended;
}

const fit = `scale='min(${SIDE},iw)':'min(${SIDE},ih)':force_original_aspect_ratio=decrease:force_divisible_by=2,setsar=1`;

/** Displayed shape with square pixels, 8-bit 4:2:0. */
function shape({ video }: Pick<Clip, 'video'>): string[] {
  const { num, den } = video.sampleAspect;
  const square = num === den ? '' : `scale=trunc(iw*${num}/${den}/2)*2:ih,`;
  const progressive = video.interlaced ? 'yadif=mode=send_frame,' : '';
  return ['-vf', `${progressive}${square}${fit},format=yuv420p`];
}

const keyFrames = ({ video }: Pick<Clip, 'video'>): string[] => [
  '-g',
  String(Math.max(1, Math.round(video.fps.num / video.fps.den / 2))),
];

// No B-frames: presentation starts at the first decoded frame, so no edit list can shift the proxy's times.
const h264 = (clip: Pick<Clip, 'video'>): string[] => [
  ...shape(clip),
  ...['-c:v', 'libx264', '-preset', 'veryfast', '-crf', '21', '-bf', '0'],
  ...keyFrames(clip),
];

const vp9 = (clip: Pick<Clip, 'video'>): string[] => [
  ...shape(clip),
  ...['-c:v', 'libvpx-vp9', '-deadline', 'realtime', '-cpu-used', '8', '-crf', '30', '-b:v', '0'],
  ...keyFrames(clip),
];
