import sharp from 'sharp';
import { type Lab, labOf } from '../../colour.ts';

/** Part of a picture in shares of its sides. */
export interface Part {
  left: number;
  top: number;
  width: number;
  height: number;
}

/** Longest side at which mean colours are measured: finer detail does not move a mean. */
const SIDE = 48;

/** Mean colour of a picture (or a part of it). Throws what sharp throws for bytes that are no picture. */
export async function meanColour(picture: Buffer | string, part?: Part): Promise<Lab> {
  let image = sharp(picture, { limitInputPixels: 64_000_000, pages: 1 }).removeAlpha().toColourspace('srgb');
  if (part) {
    const { width, height } = await sharp(picture).metadata();
    const left = Math.round(part.left * width);
    const top = Math.round(part.top * height);
    image = image.extract({
      left,
      top,
      width: Math.max(1, Math.min(width - left, Math.round(part.width * width))),
      height: Math.max(1, Math.min(height - top, Math.round(part.height * height))),
    });
  }
  const { data, info } = await image.resize(SIDE, SIDE, { fit: 'inside' }).raw().toBuffer({ resolveWithObject: true });
  const sum = [0, 0, 0];
  const pixels = info.width * info.height;
  for (let i = 0; i < pixels; i++) {
    const at = i * info.channels;
    const grey = info.channels < 3;
    const lab = labOf(data[at], data[grey ? at : at + 1], data[grey ? at : at + 2]);
    for (let k = 0; k < 3; k++) sum[k] += lab[k];
  }
  return [sum[0] / pixels, sum[1] / pixels, sum[2] / pixels];
}

export const meanOf = (colours: readonly Lab[]): Lab =>
  [0, 1, 2].map(k => colours.reduce((sum, lab) => sum + lab[k], 0) / colours.length) as unknown as Lab;
