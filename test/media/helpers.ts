import { spawnSync } from 'node:child_process';
import type { Clip } from '../../src/clip.ts';
import { type Decoded, type DecodeOptions, decode } from '../../src/media/decode.ts';
import type { Frame, Picture } from '../../src/media/frame.ts';
import { probe } from '../../src/media/probe.ts';

/** Runs a program to its end and gives what it printed on both outputs. */
export function run(program: 'ffmpeg' | 'ffprobe', args: string[]): string {
  const { stdout, stderr } = spawnSync(program, ['-nostdin', ...args].slice(program === 'ffprobe' ? 1 : 0), {
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  return stdout + stderr;
}

/** Times of the frames of the chosen stream by ffprobe's own decode, in seconds from the container's start; NaN where it has none. */
export function framesByFfprobe(path: string, stream: number): number[] {
  const entries = [
    '-select_streams',
    String(stream),
    '-show_entries',
    'frame=best_effort_timestamp_time:format=start_time',
  ];
  const printed = run('ffprobe', ['-v', 'error', ...entries, '-of', 'compact', `file:${path}`]);
  const origin = Number(/start_time=([\d.-]+)/.exec(printed)?.[1] ?? 0);
  return [...printed.matchAll(/^frame\|.*best_effort_timestamp_time=([\d.-]+|N\/A)/gm)].map(
    found => Number(found[1].replace('N/A', 'NaN')) - origin,
  );
}

export interface Watched {
  clip: Clip;
  decoded: Decoded;
  samples: Float32Array;
}

/** Probes and decodes a clip to the end, gathers its speech samples and closes. */
export async function watch(
  path: string,
  onFrame: (frame: Frame) => void = () => {},
  options: DecodeOptions = {},
): Promise<Watched> {
  const clip = await probe(path);
  const decoding = await decode(clip, options);
  try {
    for await (const frame of decoding.frames) onFrame(frame);
    const decoded = await decoding.finish();
    const pieces: Float32Array[] = [];
    for await (const piece of decoded.samples()) pieces.push(piece);
    const samples = new Float32Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
    let at = 0;
    for (const piece of pieces) {
      samples.set(piece, at);
      at += piece.length;
    }
    return { clip, decoded, samples };
  } finally {
    await decoding.close();
  }
}

/** Mean luma of a rectangle given in shares of the picture. */
export function meanLuma(picture: Picture, [x0, y0, x1, y1]: [number, number, number, number]): number {
  let [sum, count] = [0, 0];
  for (let y = Math.floor(y0 * picture.height); y < Math.floor(y1 * picture.height); y++) {
    for (let x = Math.floor(x0 * picture.width); x < Math.floor(x1 * picture.width); x++) {
      sum += picture.y[y * picture.stride + x];
      count += 1;
    }
  }
  return sum / count;
}
