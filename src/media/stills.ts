import type { Readable } from 'node:stream';
import sharp, { type OverlayOptions } from 'sharp';
import type { Clip, ClipFacts } from '../clip.ts';
import { RetakeError } from '../errors.ts';
import { decodeFailure } from './failures.ts';
import { type Limits, startFfmpeg } from './ffmpeg.ts';

/** One frame as a JPEG, at most so many bytes as was asked for (the smallest quality excepted). */
export interface StillImage {
  jpeg: Buffer;
  width: number;
  height: number;
}

export interface StillOptions extends Limits {
  /** Longest side in pixels of the displayed shape; never enlarged. Default 640. */
  maxSide?: number;
  /** Longest side of one frame where it differs, at most `maxSide`. */
  sideOf?(frame: number): number;
  /** Bytes that one JPEG may take; its quality is lowered until it fits. Default 60 kB. */
  maxBytes?: number;
}

/** More frames than this in one call are a mistake: the page could not carry them. */
export const MOST_STILLS = 400;
const QUALITIES = [80, 66, 52, 38, 26];

/** Size of a clip's displayed picture (sample aspect applied) with its longest side at most `side`, both sides even. */
export function stillSize({ video }: Pick<Clip, 'video'>, side: number): { width: number; height: number } {
  const aspect = video.sampleAspect.num / video.sampleAspect.den;
  const width = video.width * aspect;
  const scale = Math.min(1, side / Math.max(width, video.height));
  const even = (value: number) => Math.max(2, Math.round(value / 2) * 2);
  return { width: even(width * scale), height: even(video.height * scale) };
}

/**
 * Exactly these decoded frames as JPEGs, from one ffmpeg run that counts frames as the judging decode does and ends
 * with the last one asked for. Frames that the clip does not have are missing from the answer.
 * @param frames frame numbers in any order, at most {@link MOST_STILLS}
 * @throws RetakeError `options-invalid`, `aborted`, `timed-out`, `ffmpeg-missing`, `decode-failed`
 */
export async function grabStills(
  clip: Pick<ClipFacts, 'path' | 'video' | 'seconds'>,
  frames: readonly number[],
  options: StillOptions = {},
): Promise<Map<number, StillImage>> {
  const { maxSide = 640, maxBytes = 60_000, sideOf = () => maxSide } = options;
  const wanted = [...new Set(frames)].filter(frame => Number.isInteger(frame) && frame >= 0).sort((a, b) => a - b);
  const stills = new Map<number, StillImage>();
  if (wanted.length === 0) return stills;
  if (wanted.length > MOST_STILLS)
    throw new RetakeError('options-invalid', `${wanted.length} stills asked for at once; ${MOST_STILLS} is the most.`);

  const size = stillSize(clip, maxSide);
  const { index, colour } = clip.video;
  const select = wanted.map(frame => `eq(n\\,${frame})`).join('+');
  // Tell the scaler what the code values mean; a file that does not say is read as small = 601, large = 709.
  const matrix = colour.matrix === 'unknown' && clip.video.height >= 720 ? ':in_color_matrix=bt709' : '';
  const range = colour.range === 'full' ? ':in_range=full' : '';
  const graph = `[0:${index}]select='${select}',scale=${size.width}:${size.height}:flags=area${matrix}${range},format=rgb24[still]`;
  const complaints: string[] = [];
  const running = await startFfmpeg(
    {
      path: clip.path,
      // One decoder thread, like the judging decode: a damaged clip then loses the same frames here as there.
      inputOptions: ['-threads', '1', '-filter_complex_threads', '1'],
      outputs: [
        {
          options: [
            ...['-filter_complex', graph, '-map', '[still]', '-fps_mode', 'passthrough'],
            ...['-frames:v', String(wanted.length), '-f', 'rawvideo'],
          ],
          target: 'pipe:1',
        },
      ],
      pipes: 2,
    },
    { signal: options.signal, timeoutSeconds: options.timeoutSeconds ?? 120 + 60 * clip.seconds },
    line => complaints.length < 50 && complaints.push(line),
  );
  try {
    let at = 0;
    for await (const raw of pictures(running.child.stdout as Readable, size.width * size.height * 3)) {
      const frame = wanted[at++];
      stills.set(frame, await encode(raw, size, sideOf(frame), maxBytes));
    }
    const ended = await running.ended;
    if (stills.size === 0) throw decodeFailure(clip.path, complaints, ended);
    return stills;
  } finally {
    running.kill();
  }
}

/** Cuts a raw pipe into pictures of `bytes` each; the one buffer is reused. */
async function* pictures(pipe: Readable, bytes: number): AsyncGenerator<Buffer, void> {
  const picture = Buffer.allocUnsafe(bytes);
  let filled = 0;
  for await (const chunk of pipe as AsyncIterable<Buffer>) {
    let from = 0;
    while (from < chunk.length) {
      const took = chunk.copy(picture, filled, from, from + Math.min(bytes - filled, chunk.length - from));
      filled += took;
      from += took;
      if (filled === bytes) {
        yield picture;
        filled = 0;
      }
    }
  }
}

async function encode(
  raw: Buffer,
  size: { width: number; height: number },
  side: number,
  maxBytes: number,
): Promise<StillImage> {
  const scale = Math.min(1, side / Math.max(size.width, size.height));
  const width = Math.max(1, Math.round(size.width * scale));
  const height = Math.max(1, Math.round(size.height * scale));
  const source = sharp(raw, { raw: { ...size, channels: 3 } }).resize(width, height, { fit: 'fill' });
  const pixels = await source.raw().toBuffer();
  let jpeg = Buffer.alloc(0);
  for (const quality of QUALITIES) {
    jpeg = await sharp(pixels, { raw: { width, height, channels: 3 } })
      .jpeg({ quality, mozjpeg: true })
      .toBuffer();
    if (jpeg.length <= maxBytes) break;
  }
  return { jpeg, width, height };
}

/** A smaller copy of a JPEG, longest side at most `side`. */
export const shrinkJpeg = (jpeg: Buffer, side: number, quality = 68): Promise<Buffer> =>
  sharp(jpeg)
    .resize(side, side, { fit: 'inside', withoutEnlargement: true })
    .jpeg({ quality, mozjpeg: true })
    .toBuffer();

/** Differences of so many code values, after smoothing, are shown as the strongest. */
const STRONGEST = 96;

/**
 * What differs between two pictures of one size: the second one in dim grey, and over it how far the smoothed luma of both lies
 * apart, from red to yellow to white.
 */
export async function differenceOf(one: StillImage, other: StillImage, quality = 78): Promise<StillImage> {
  const { width, height } = other;
  const grey = ({ jpeg }: StillImage, sigma: number) => {
    const plain = sharp(jpeg).resize(width, height, { fit: 'fill' }).greyscale();
    return (sigma > 0 ? plain.blur(sigma) : plain).raw().toBuffer();
  };
  const sigma = Math.max(0.5, width / 200);
  const [before, after, ground] = await Promise.all([grey(one, sigma), grey(other, sigma), grey(other, 0)]);
  const pixels = Buffer.alloc(3 * width * height);
  for (let k = 0; k < width * height; k++) {
    const share = Math.min(1, Math.abs(after[k] - before[k]) / STRONGEST);
    const dim = 0.35 * ground[k] * (1 - share);
    // Three ramps one after the other: red, then green to yellow, then blue to white.
    for (let channel = 0; channel < 3; channel++)
      pixels[3 * k + channel] = Math.min(255, dim + 255 * Math.min(1, Math.max(0, 3 * share - channel)));
  }
  const jpeg = await sharp(pixels, { raw: { width, height, channels: 3 } })
    .jpeg({ quality, mozjpeg: true })
    .toBuffer();
  return { jpeg, width, height };
}

/** A box to draw: `[x, y, width, height]` in source pixels of a picture that is `sourceWidth` × `sourceHeight`. */
export interface DrawnBox {
  box: readonly [number, number, number, number];
  sourceWidth: number;
  sourceHeight: number;
}

/** Pictures side by side at one height with thin gaps, boxes drawn in: evidence for a mail or a chat message. */
export async function composeStrip(
  images: readonly (StillImage & { box?: DrawnBox })[],
  { height = 240, gap = 4, quality = 78 } = {},
): Promise<StillImage> {
  if (images.length === 0) throw new RetakeError('options-invalid', 'A strip needs at least one picture.');
  const cells = images.map(image => ({ image, width: Math.max(1, Math.round((image.width * height) / image.height)) }));
  const width = cells.reduce((sum, cell) => sum + cell.width, 0) + gap * (cells.length - 1);
  let left = 0;
  const layers: OverlayOptions[] = [];
  for (const { image, width: across } of cells) {
    layers.push({ input: await sharp(image.jpeg).resize(across, height, { fit: 'fill' }).toBuffer(), left, top: 0 });
    if (image.box) layers.push({ input: outline(image.box, across, height), left, top: 0 });
    left += across + gap;
  }
  const jpeg = await sharp({ create: { width, height, channels: 3, background: '#191a1c' } })
    .composite(layers)
    .jpeg({ quality, mozjpeg: true })
    .toBuffer();
  return { jpeg, width, height };
}

function outline({ box, sourceWidth, sourceHeight }: DrawnBox, width: number, height: number): Buffer {
  const [x, y, w, h] = [
    (box[0] * width) / sourceWidth,
    (box[1] * height) / sourceHeight,
    (box[2] * width) / sourceWidth,
    (box[3] * height) / sourceHeight,
  ].map(value => (Number.isFinite(value) ? value.toFixed(1) : '0'));
  const place = `x="${x}" y="${y}" width="${w}" height="${h}" fill="none"`;
  return Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><rect ${place} stroke="#000" stroke-opacity=".7" stroke-width="5"/><rect ${place} stroke="#ff5c7f" stroke-width="2.5"/></svg>`,
  );
}
