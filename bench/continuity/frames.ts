import { execFile, spawn } from 'node:child_process';
import { renameSync } from 'node:fs';
import { promisify } from 'node:util';
import { runFfmpeg } from '../../fixtures/run.ts';

const run = promisify(execFile);

/** Planar 4:2:0 frames of one size in memory. */
export interface Film {
  width: number;
  height: number;
  /** Frames per second. */
  rate: number;
  frames: Uint8Array[];
}

/** Longest side of planted clips: the checks look at 256 wide anyway. */
const SIDE = 384;

/**
 * Reads up to `seconds` of a clip from `from` on, reduced to at most `side` pixels.
 *
 * @throws when ffmpeg cannot read it
 */
export async function readFilm(path: string, seconds: number, from = 0, side = SIDE): Promise<Film> {
  const { stdout } = await run('ffprobe', [
    ...['-v', 'error', '-select_streams', 'v:0', '-show_entries', 'stream=width,height,avg_frame_rate'],
    ...['-of', 'json', path],
  ]);
  const stream = JSON.parse(stdout).streams[0] as { width: number; height: number; avg_frame_rate: string };
  const [num, den] = stream.avg_frame_rate.split('/').map(Number);
  const rate = Math.min(60, num / den);
  const scale = Math.min(1, side / Math.max(stream.width, stream.height));
  const [width, height] = [stream.width, stream.height].map(length => 2 * Math.round((length * scale) / 2));
  const child = spawn('ffmpeg', [
    ...['-v', 'error', '-nostdin', '-threads', '1', '-filter_threads', '1', '-noautorotate', '-i', path],
    ...['-vf', `scale=${width}:${height}:flags=area:out_range=limited,format=yuv420p`, '-fps_mode', 'passthrough'],
    ...['-frames:v', String(Math.ceil((from + seconds) * rate)), '-f', 'rawvideo', '-'],
  ]);
  child.stderr.resume();
  const chunks: Buffer[] = [];
  for await (const chunk of child.stdout) chunks.push(chunk as Buffer);
  const bytes = Buffer.concat(chunks);
  const size = (width * height * 3) / 2;
  const first = Math.round(from * rate);
  const frames: Uint8Array[] = [];
  for (let i = first; (i + 1) * size <= bytes.length; i++)
    frames.push(new Uint8Array(bytes.subarray(i * size, (i + 1) * size)));
  return { width, height, rate, frames };
}

/** Writes a film as H.264, the way generators deliver. */
export async function writeFilm(film: Film, path: string): Promise<void> {
  const draft = `${path}.${process.pid}.mp4`;
  const input = ['-f', 'rawvideo', '-pix_fmt', 'yuv420p', '-s', `${film.width}x${film.height}`, '-r', `${film.rate}`];
  const codec = ['-c:v', 'libx264', '-preset', 'veryfast', '-crf', '21', '-threads', '1'];
  await runFfmpeg([...input, '-i', '-', ...codec, draft], film.frames);
  renameSync(draft, path);
}

/** Planes of a frame, sharing its memory. */
export function planesOf(film: Pick<Film, 'width' | 'height'>, frame: Uint8Array) {
  const size = film.width * film.height;
  return {
    y: frame.subarray(0, size),
    u: frame.subarray(size, size + size / 4),
    v: frame.subarray(size + size / 4),
  };
}
