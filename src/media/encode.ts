import { spawn } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Clip } from '../clip.ts';
import { oneLine, RetakeError } from '../errors.ts';
import { ffmpegVersion } from './ffmpeg.ts';
import type { Picture, PictureSize } from './frame.ts';
import { inputArguments } from './input.ts';

export interface EncodeOptions {
  signal?: AbortSignal;
}

/** A video file being written. */
export interface Encoding {
  /** Adds a frame; resolves when the encoder can take the next one. */
  write(picture: Picture): Promise<void>;
  /** Ends the file. Throws `output-unwritable` when the encoder failed. */
  finish(): Promise<void>;
  /** Gives up and removes the unfinished file; does nothing after {@link finish}. */
  close(): Promise<void>;
}

/**
 * Writes 4:2:0 pictures as an H.264 file with the sound of `clip`, at the clip's nominal rate, range and matrix.
 * @throws RetakeError `ffmpeg-missing`, `ffmpeg-too-old`, `output-unwritable`, `aborted`
 */
export async function encode(
  clip: Clip,
  size: PictureSize,
  target: string,
  { signal }: EncodeOptions = {},
): Promise<Encoding> {
  await ffmpegVersion();
  const binary = process.env.FFMPEG_PATH ? resolve(process.env.FFMPEG_PATH) : 'ffmpeg';
  const output = resolve(target);
  const child = spawn(binary, encodeArguments(clip, size, output), {
    stdio: ['pipe', 'ignore', 'pipe'],
    windowsHide: true,
  });
  const exit = () => child.kill('SIGKILL');
  process.on('exit', exit);
  signal?.addEventListener('abort', exit, { once: true });
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', text => {
    complaint = (complaint + text).slice(-2000);
  });
  // A broken pipe is told by the exit status, with the encoder's own words.
  child.stdin.on('error', () => {});
  const ended = new Promise<number | null>(settle => {
    child.once('error', thrown => {
      complaint = thrown.message;
      settle(null);
    });
    child.once('close', code => settle(code));
  }).finally(() => {
    process.off('exit', exit);
    signal?.removeEventListener('abort', exit);
  });
  let closed = false;
  const failure = () => {
    if (signal?.aborted) return new RetakeError('aborted', 'Stopped before the overlay was written.');
    return new RetakeError('output-unwritable', `${oneLine(target)}: ${oneLine(complaint) || 'the encoder failed'}`, {
      hint: 'Choose a file name ending in .mp4 or .mkv in a folder that you may write to.',
    });
  };
  return {
    async write(picture) {
      if (child.exitCode !== null || child.signalCode !== null) throw failure();
      if (child.stdin.write(packed(picture))) return;
      const drained = new Promise<void>(settle => {
        child.stdin.once('drain', settle);
      });
      await Promise.race([drained, ended]);
    },
    async finish() {
      child.stdin.end();
      const code = await ended;
      closed = code === 0;
      if (code !== 0) throw failure();
    },
    async close() {
      if (closed) return;
      closed = true;
      exit();
      await ended;
      await rm(output, { force: true });
    },
  };
}

function encodeArguments(clip: Clip, { width, height }: PictureSize, output: string): string[] {
  const { colour, fps } = clip.video;
  const full = colour.range === 'full';
  const picture = ['-f', 'rawvideo', '-pix_fmt', full ? 'yuvj420p' : 'yuv420p', '-video_size', `${width}x${height}`];
  const args = ['-hide_banner', '-loglevel', 'error', '-nostats', '-y'];
  args.push(...picture, '-framerate', `${fps.num}/${fps.den}`, '-i', 'pipe:0');
  if (clip.audio) {
    const { options, source } = inputArguments(clip.path);
    args.push(...options, '-i', source);
  }
  args.push('-map', '0:v:0');
  if (clip.audio) args.push('-map', `1:${clip.audio.index}`, '-c:a', 'aac');
  const matrix = /^[a-z0-9]+$/.test(colour.matrix) && colour.matrix !== 'unknown' && colour.matrix !== 'gbr';
  if (matrix) args.push('-colorspace', colour.matrix);
  args.push('-c:v', 'libx264', '-preset', 'veryfast', '-crf', '18', '-pix_fmt', full ? 'yuvj420p' : 'yuv420p');
  args.push('-movflags', '+faststart', `file:${output}`);
  return args;
}

/** The planes without padding, in one piece. */
function packed(picture: Picture): Uint8Array {
  const { width, height, stride, chromaStride } = picture;
  const half = width / 2;
  const out = new Uint8Array(width * height + half * height);
  let at = 0;
  const rows = (plane: Uint8Array, step: number, length: number, count: number) => {
    for (let row = 0; row < count; row++, at += length) out.set(plane.subarray(row * step, row * step + length), at);
  };
  rows(picture.y, stride, width, height);
  rows(picture.u, chromaStride, half, height / 2);
  rows(picture.v, chromaStride, half, height / 2);
  return out;
}
