import sharp from 'sharp';

/** CIE L*a*b*, D65. */
export type Lab = readonly [number, number, number];

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

const linear = (code: number): number => (code <= 10.31475 ? code / 3294.6 : ((code / 255 + 0.055) / 1.055) ** 2.4);
const cube = (t: number): number => (t > 216 / 24389 ? Math.cbrt(t) : (t * 24389) / 27 / 116 + 16 / 116);

/** sRGB codes (IEC 61966-2-1) to CIE L*a*b*. */
export function labOf(red: number, green: number, blue: number): Lab {
  const [r, g, b] = [linear(red), linear(green), linear(blue)];
  const x = cube((0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.95047);
  const y = cube(0.2126 * r + 0.7152 * g + 0.0722 * b);
  const z = cube((0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.08883);
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

/** Distance of two colours with lightness counted half: exposure moves more between shots than hue does. */
export const colourDistance = (a: Lab, b: Lab): number => Math.hypot((a[0] - b[0]) / 2, a[1] - b[1], a[2] - b[2]);

export const meanOf = (colours: readonly Lab[]): Lab =>
  [0, 1, 2].map(k => colours.reduce((sum, lab) => sum + lab[k], 0) / colours.length) as unknown as Lab;
