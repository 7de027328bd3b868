import sharp from 'sharp';
import type { Colour } from '../clip.ts';
import { asRetakeError, oneLine, RetakeError } from '../errors.ts';
import type { Picture, PictureSize } from './frame.ts';

/** More pixels than this are no reference picture but an attack on memory. */
const MOST_PIXELS = 64_000_000;

/** Pixels of a picture file as they are to be seen, three bytes each. */
export interface PictureFile extends PictureSize {
  rgb: Buffer;
}

/** Reads a picture file: turned as its camera was held, alpha dropped, sRGB. Throws `policy-invalid` when it is none. */
export async function readPictureFile(path: string): Promise<PictureFile> {
  try {
    const { data, info } = await sharp(path, { limitInputPixels: MOST_PIXELS })
      .rotate()
      .removeAlpha()
      .toColourspace('srgb')
      .raw()
      .toBuffer({ resolveWithObject: true });
    return { rgb: data, width: info.width, height: info.height };
  } catch (thrown) {
    throw new RetakeError('policy-invalid', `${oneLine(path)} cannot be read as a picture.`, {
      hint: 'Give the path of a JPEG, PNG, WebP, AVIF or TIFF file.',
      cause: asRetakeError(thrown),
    });
  }
}

/**
 * A picture in a size, as 4:2:0 code values of limited range.
 *
 * @param fit `fill` squeezes it into the size, `cover` cuts off what is too wide or too high
 * @param matrix of the clip that it is compared with; BT.709 without
 */
export async function pictureAt(
  { rgb, ...from }: PictureFile,
  { width, height }: PictureSize,
  fit: 'fill' | 'cover' = 'fill',
  matrix?: Colour['matrix'],
): Promise<Picture> {
  const pixels = await sharp(rgb, { raw: { ...from, channels: 3 } })
    .resize(width, height, { fit })
    .raw()
    .toBuffer();
  const [kr, kb] = weightsOf(matrix);
  const [across, down] = [width >> 1, height >> 1];
  const y = new Uint8Array(width * height);
  const [u, v] = [new Uint8Array(across * down), new Uint8Array(across * down)];
  for (let i = 0; i < width * height; i++) {
    const [r, g, b] = [pixels[3 * i], pixels[3 * i + 1], pixels[3 * i + 2]];
    const luma = kr * r + (1 - kr - kb) * g + kb * b;
    y[i] = Math.round(16 + (luma * 219) / 255);
    const [row, column] = [Math.floor(i / width), i % width];
    if ((row | column) & 1 || row >> 1 >= down || column >> 1 >= across) continue;
    const at = (row >> 1) * across + (column >> 1);
    u[at] = chroma((b - luma) / (2 * (1 - kb)));
    v[at] = chroma((r - luma) / (2 * (1 - kr)));
  }
  return { width, height, y, u, v, stride: width, chromaStride: across };
}

const chroma = (difference: number): number => Math.min(255, Math.max(0, Math.round(128 + (difference / 255) * 224)));

/** Weights of red and blue in luma: BT.601 for what says so, BT.709 for the rest. */
const weightsOf = (matrix: string | undefined): [red: number, blue: number] =>
  /^(smpte170m|bt470bg|fcc)$/.test(matrix ?? '') ? [0.299, 0.114] : [0.2126, 0.0722];
