import { rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type ClipFacts, type FrameRange, frameTime } from '../clip.ts';
import { RetakeError } from '../errors.ts';
import { decodeFailure } from './failures.ts';
import { type Limits, startFfmpeg } from './ffmpeg.ts';

/**
 * Writes frames `start` to `end` (exclusive) of a clip as an MP4 of their own, frame for frame at their own times, with
 * the sound that belongs to them. Encoded anew (H.264 at a quality above what generators deliver, ten bits where the
 * source has more than eight; AAC), because a copy could only begin at a key frame. Written whole or not at all.
 *
 * @throws RetakeError `options-invalid` for an empty range, `decode-failed`, `aborted`, `timed-out`, `ffmpeg-missing`,
 * `output-unwritable`
 */
export async function trimClip(
  clip: Pick<ClipFacts, 'path' | 'video' | 'audio' | 'seconds' | 'times'>,
  { start, end }: FrameRange,
  target: string,
  limits: Limits = {},
): Promise<void> {
  if (!(start >= 0 && end > start)) throw new RetakeError('options-invalid', `no frames from ${start} to ${end}`);
  const { video, audio } = clip;
  const { primaries, transfer, matrix, range } = video.colour;
  const tag = (option: string, value: string) =>
    /^[a-z0-9-]+$/.test(value) && !/^(unknown|gbr|reserved)$/.test(value) ? [option, value] : [];
  const deep = /p1[0-6]|x2rgb|p01[0-6]/.test(video.pixelFormat);
  const between = (time: number) => Math.max(0, time).toFixed(6);
  const sound = audio
    ? [
        ...['-map', `0:${audio.index}`, '-c:a', 'aac', '-b:a', '256k', '-af'],
        `atrim=start=${between(frameTime(clip, start))}:end=${between(frameTime(clip, end))},asetpts=PTS-STARTPTS`,
      ]
    : ['-an'];
  const partial = join(dirname(target), `.${process.pid}-${start}-${end}.part.mp4`);
  const complaints: string[] = [];
  try {
    const running = await startFfmpeg(
      {
        path: clip.path,
        inputOptions: ['-threads', '2'],
        outputs: [
          {
            options: [
              ...['-map', `0:${video.index}`, '-vf'],
              `trim=start_frame=${start}:end_frame=${end},setpts=PTS-STARTPTS,scale=trunc(iw/2)*2:trunc(ih/2)*2`,
              ...['-fps_mode', 'passthrough', '-c:v', 'libx264', '-preset', 'medium', '-crf', '14'],
              ...['-pix_fmt', deep ? 'yuv420p10le' : 'yuv420p', '-color_range', range === 'full' ? 'pc' : 'tv'],
              ...tag('-color_primaries', primaries),
              ...tag('-color_trc', transfer),
              ...tag('-colorspace', matrix),
              ...sound,
              ...['-map_chapters', '-1', '-threads', '2', '-video_track_timescale', '90000'],
              ...['-movflags', '+faststart', '-f', 'mp4'],
            ],
            target: `file:${partial}`,
          },
        ],
        pipes: 2,
      },
      { signal: limits.signal, timeoutSeconds: limits.timeoutSeconds ?? 300 + 120 * clip.seconds },
      line => {
        if (complaints.length < 50) complaints.push(line);
      },
    );
    running.child.stdout?.resume();
    const ended = await running.ended;
    if (ended.code !== 0) throw decodeFailure(clip.path, complaints, ended);
    await rename(partial, target);
  } finally {
    await rm(partial, { force: true });
  }
}
