import type { Picture } from '../../media/frame.ts';
import type { TextRegion } from './regions.ts';

/** Height of the reading network's picture. */
export const LINE_HEIGHT = 48;
/** Samples per output pixel and direction, at most: large lettering is averaged, not skipped over. */
const MOST_SAMPLES = 4;

/** Range of the luma code values. */
export interface LumaRange {
  black: number;
  white: number;
}

/** Length of a line at the network's height, output pixels. */
export const lineLength = ({ length, height }: TextRegion): number =>
  Math.max(1, Math.round((LINE_HEIGHT * length) / height));

/**
 * Cuts a line out of the luma, upright, and hands it over three times (the network wants colours), −1 … 1; what lies right of the
 * line is 0. Returns how sharp the line is: mean luma step between neighbours relative to the contrast.
 * @param out `3 × LINE_HEIGHT × width`
 * @param width of the network's picture; a longer line is squeezed
 */
export function cutLine(
  { y: luma, width: pictureWidth, height: pictureHeight, stride }: Pick<Picture, 'y' | 'width' | 'height' | 'stride'>,
  region: TextRegion,
  { black, white }: LumaRange,
  out: Float32Array,
  width: number,
): number {
  const used = Math.min(width, lineLength(region));
  const plane = LINE_HEIGHT * width;
  out.fill(0);
  const [cos, sin] = [Math.cos(region.angle), Math.sin(region.angle)];
  const [stepAlong, stepAcross] = [region.length / used, region.height / LINE_HEIGHT];
  const samples = Math.min(MOST_SAMPLES, Math.max(1, Math.round(Math.max(stepAlong, stepAcross))));
  const gain = 2 / (white - black) / samples ** 2;
  const offset = -1 - (2 * black) / (white - black);
  for (let row = 0; row < LINE_HEIGHT; row++)
    for (let column = 0; column < used; column++) {
      let sum = 0;
      for (let n = 0; n < samples; n++)
        for (let m = 0; m < samples; m++) {
          const along = (column + (m + 0.5) / samples) * stepAlong - region.length / 2;
          const across = (row + (n + 0.5) / samples) * stepAcross - region.height / 2;
          const x = clamp(region.x + along * cos - across * sin - 0.5, pictureWidth - 1.001);
          const y = clamp(region.y + along * sin + across * cos - 0.5, pictureHeight - 1.001);
          const [left, top] = [Math.floor(x), Math.floor(y)];
          const at = top * stride + left;
          const [fx, fy] = [x - left, y - top];
          const above = luma[at] + fx * (luma[at + 1] - luma[at]);
          const below = luma[at + stride] + fx * (luma[at + stride + 1] - luma[at + stride]);
          sum += above + fy * (below - above);
        }
      out[row * width + column] = sum * gain + offset;
    }
  out.copyWithin(plane, 0, plane);
  out.copyWithin(2 * plane, 0, plane);
  return sharpnessOf(out, width, used);
}

function sharpnessOf(plane: Float32Array, width: number, used: number): number {
  let [sum, squares, steps] = [0, 0, 0];
  for (let row = 0; row < LINE_HEIGHT; row++)
    for (let column = 0; column < used; column++) {
      const value = plane[row * width + column];
      sum += value;
      squares += value * value;
      if (column > 0) steps += Math.abs(value - plane[row * width + column - 1]);
    }
  const count = LINE_HEIGHT * used;
  const deviation = Math.sqrt(Math.max(0, squares / count - (sum / count) ** 2));
  return steps / count / (deviation + 0.02);
}

const clamp = (value: number, most: number): number => (value < 0 ? 0 : value > most ? most : value);
