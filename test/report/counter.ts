import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';

/** Clips whose frames carry their own number as a row of black and white blocks, so that any picture tells its frame. */
const WIDTH = 320;
const HEIGHT = 180;
const BLOCK = 20;
const ROW = 40;
const BITS = 12;
const FOLDER = fileURLToPath(new URL('../../fixtures/media/counter', import.meta.url));

export interface CounterClip {
  name: string;
  /** ffmpeg's input rate. */
  rate: string;
  frames: number;
  options: string[];
  /** Filter on the picture after the counter was drawn. */
  filter?: string;
}

const h264 = ['-c:v', 'libx264', '-preset', 'veryfast', '-crf', '18'];
const sound = ['-f', 'lavfi', '-i', 'sine=frequency=330:sample_rate=48000'];
export const COUNTERS = {
  /** Long groups and B-frames: the hard case for seeking. */
  film: { name: 'film.mp4', rate: '24', frames: 120, options: [...h264, '-g', '240', '-bf', '3'] },
  ntsc: { name: 'ntsc.mp4', rate: '30000/1001', frames: 120, options: [...h264, '-g', '60', '-bf', '2'] },
  fast: { name: 'fast.mp4', rate: '60000/1001', frames: 150, options: [...h264, '-bf', '2'] },
  /** Every third gap three times as long. */
  uneven: {
    name: 'uneven.mp4',
    rate: '24',
    frames: 96,
    options: [...h264, '-fps_mode', 'passthrough', '-video_track_timescale', '24000'],
    filter: 'setpts=PTS+floor(N/3)*2/24/TB',
  },
  /** Not for browsers: a proxy has to be made. */
  studio: { name: 'studio.mov', rate: '25', frames: 60, options: ['-c:v', 'prores_ks', '-profile:v', '0'] },
} satisfies Record<string, CounterClip>;

function draw(frame: number): Buffer {
  const picture = Buffer.alloc(WIDTH * HEIGHT);
  for (let y = 0; y < HEIGHT; y++)
    for (let x = 0; x < WIDTH; x++) {
      const block = Math.floor(x / BLOCK);
      const bit = block === 0 ? 1 : block === 1 ? 0 : (frame >> (block - 2)) & 1;
      const counter = y < ROW && block < BITS + 2;
      picture[y * WIDTH + x] = counter ? (bit ? 235 : 16) : 60 + ((x + 3 * frame + y) % 120);
    }
  return picture;
}

/** Path of a counter clip, rendered on first use. */
export async function counterClip(clip: CounterClip): Promise<string> {
  const target = join(FOLDER, clip.name);
  try {
    await access(target);
    return target;
  } catch {}
  await mkdir(FOLDER, { recursive: true });
  const partial = join(FOLDER, `${process.pid}-${clip.name}`);
  const input = ['-f', 'rawvideo', '-pix_fmt', 'gray', '-s', `${WIDTH}x${HEIGHT}`, '-r', clip.rate, '-i', 'pipe:0'];
  const filter = `${clip.filter ? `${clip.filter},` : ''}format=yuv420p`;
  const args = ['-v', 'error', '-y', ...input, ...sound, '-shortest', '-vf', filter, ...clip.options, partial];
  const child = spawn('ffmpeg', args, { stdio: ['pipe', 'inherit', 'inherit'] });
  const ended = once(child, 'close');
  for (let frame = 0; frame < clip.frames; frame++)
    if (!child.stdin.write(draw(frame))) await once(child.stdin, 'drain');
  child.stdin.end();
  const [code] = await ended;
  if (code !== 0) throw new Error(`ffmpeg ended with status ${code}`);
  await rename(partial, target);
  return target;
}

/** The frame number that a picture of a counter clip carries; null when it carries none. */
export async function readCounter(image: Buffer): Promise<number | null> {
  const { data } = await sharp(image)
    .resize(WIDTH, HEIGHT, { fit: 'fill' })
    .greyscale()
    .raw()
    .toBuffer({ resolveWithObject: true });
  const lit = (block: number) => data[(ROW / 2) * WIDTH + block * BLOCK + BLOCK / 2] > 125;
  if (!lit(0) || lit(1)) return null;
  let frame = 0;
  for (let bit = 0; bit < BITS; bit++) if (lit(bit + 2)) frame |= 1 << bit;
  return frame;
}
