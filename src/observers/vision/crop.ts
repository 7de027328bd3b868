import type { Colour } from '../../clip.ts';
import type { Picture } from '../../media/frame.ts';
import type { Square } from './square.ts';

/** How the code values become red, green and blue: factors for luma and both chroma differences, 0–1 per code value. */
interface Matrix {
  black: number;
  luma: number;
  redFromV: number;
  greenFromU: number;
  greenFromV: number;
  blueFromU: number;
}

/** The picture values that a network wants: `byte × scale + offset` for a byte of 0–255. */
export interface Normalisation {
  scale: number;
  offset: number;
}

/** Luma weights of red and blue by matrix name, ITU-R BT.601, BT.709 and BT.2020. */
const WEIGHTS: Record<string, [number, number]> = {
  bt709: [0.2126, 0.0722],
  bt470bg: [0.299, 0.114],
  smpte170m: [0.299, 0.114],
  fcc: [0.3, 0.11],
  smpte240m: [0.212, 0.087],
  bt2020nc: [0.2627, 0.0593],
  bt2020c: [0.2627, 0.0593],
};

/** Players take untagged high-definition video as BT.709 and the rest as BT.601. */
export function colourMatrix(colour: Pick<Colour, 'range' | 'matrix'>, sourceHeight: number): Matrix {
  const [kr, kb] = WEIGHTS[colour.matrix] ?? WEIGHTS[sourceHeight >= 720 ? 'bt709' : 'smpte170m'];
  const kg = 1 - kr - kb;
  const full = colour.range === 'full';
  const luma = 1 / (full ? 255 : 219);
  const chroma = 1 / (full ? 255 : 224);
  return {
    black: full ? 0 : 16,
    luma,
    redFromV: 2 * (1 - kr) * chroma,
    greenFromU: (-2 * (1 - kb) * kb * chroma) / kg,
    greenFromV: (-2 * (1 - kr) * kr * chroma) / kg,
    blueFromU: 2 * (1 - kb) * chroma,
  };
}

const SHIFT = 16;
const ONE = 1 << SHIFT;

/**
 * Cuts turned squares out of 4:2:0 pictures into a network's float input (a red, a green and a blue plane), bilinear,
 * in one pass. Coordinates are 16.16 fixed point: exact for pictures up to 8191 pixels. Chroma is sampled once per 2 × 2
 * output pixels, which is finer than the picture's own chroma unless the crop is enlarged less than twice.
 */
export class Cropper {
  readonly #matrix: Matrix;
  /** Red, green and blue contributions of chroma for one row of 2 × 2 output cells. */
  #chroma = new Float64Array(0);

  constructor(colour: Pick<Colour, 'range' | 'matrix'>, sourceHeight: number) {
    this.#matrix = colourMatrix(colour, sourceHeight);
  }

  /**
   * @param out `3 × size × size` values, filled by rows
   * @param edge what lies outside the picture: black, or the nearest pixel repeated
   */
  cut(
    picture: Picture,
    square: Square,
    size: number,
    out: Float32Array,
    { scale: perByte, offset }: Normalisation,
    edge: 'black' | 'repeat' = 'black',
  ): void {
    const { y: plane, stride, width, height } = picture;
    const { black, luma } = this.#matrix;
    const scale = perByte * 255;
    const planeSize = size * size;
    const cells = (size + 1) >> 1;
    if (this.#chroma.length < cells * 3) this.#chroma = new Float64Array(cells * 3);
    const chroma = this.#chroma;
    const unit = square.side / size;
    const ca = Math.cos(square.angle) * unit;
    const sa = Math.sin(square.angle) * unit;
    const stepX = Math.round(ca * ONE);
    const stepY = Math.round(sa * ONE);
    const low = offset;
    const high = offset + scale;
    // 8.8 bilinear weights leave luma × 2¹⁶.
    const gain = (luma * scale) / 65536;
    const base = offset - black * luma * scale;
    const maxX = width - 1;
    const maxY = height - 1;
    let at = 0;
    for (let row = 0; row < size; row++) {
      if ((row & 1) === 0) this.#chromaRow(picture, square, size, row, base, scale);
      // Centre of the row's first output pixel as a position between pixel centres.
      const u = 0.5 - size / 2;
      const v = row + 0.5 - size / 2;
      let fx = Math.round((square.x + u * ca - v * sa - 0.5) * ONE);
      let fy = Math.round((square.y + u * sa + v * ca - 0.5) * ONE);
      const [first, last] = insideSpan(fx, stepX, maxX, fy, stepY, maxY, size);
      for (let column = 0; column < size; column++, fx += stepX, fy += stepY) {
        const cell = (column >> 1) * 3;
        const x = fx >> SHIFT;
        const y = fy >> SHIFT;
        const wx = (fx >> 8) & 255;
        const wy = (fy >> 8) & 255;
        let value: number;
        if (column >= first && column < last) {
          const i = y * stride + x;
          const top = (plane[i] << 8) + (plane[i + 1] - plane[i]) * wx;
          const bottom = (plane[i + stride] << 8) + (plane[i + stride + 1] - plane[i + stride]) * wx;
          value = (top << 8) + (bottom - top) * wy;
        } else {
          if (edge === 'black' && (x < 0 || y < 0 || x > maxX || y > maxY)) {
            out[at] = low;
            out[at + planeSize] = low;
            out[at + 2 * planeSize] = low;
            at++;
            continue;
          }
          const x0 = clamp(x, 0, maxX);
          const y0 = clamp(y, 0, maxY);
          const x1 = clamp(x + 1, 0, maxX);
          const y1 = clamp(y + 1, 0, maxY);
          const top = plane[y0 * stride + x0] * (256 - wx) + plane[y0 * stride + x1] * wx;
          const bottom = plane[y1 * stride + x0] * (256 - wx) + plane[y1 * stride + x1] * wx;
          value = top * (256 - wy) + bottom * wy;
        }
        const grey = value * gain;
        const r = grey + chroma[cell];
        const g = grey + chroma[cell + 1];
        const b = grey + chroma[cell + 2];
        out[at] = clamp(r, low, high);
        out[at + planeSize] = clamp(g, low, high);
        out[at + 2 * planeSize] = clamp(b, low, high);
        at++;
      }
    }
  }

  /** Chroma of output rows `row` and `row + 1`, left-sited as in MPEG-2 and H.264: on the even luma column, between rows. */
  #chromaRow(picture: Picture, square: Square, size: number, row: number, base: number, scale: number): void {
    const { u: planeU, v: planeV, chromaStride } = picture;
    const { redFromV, greenFromU, greenFromV, blueFromU } = this.#matrix;
    const maxX = (picture.width >> 1) - 1;
    const maxY = (picture.height >> 1) - 1;
    const chroma = this.#chroma;
    const unit = square.side / size;
    const ca = Math.cos(square.angle) * unit;
    const sa = Math.sin(square.angle) * unit;
    const kr = (redFromV * scale) / 65536;
    const kgu = (greenFromU * scale) / 65536;
    const kgv = (greenFromV * scale) / 65536;
    const kb = (blueFromU * scale) / 65536;
    const neutral = 128 * 65536;
    const u = 1 - size / 2;
    const v = row + 1 - size / 2;
    let fx = Math.round(((square.x + u * ca - v * sa - 0.5) / 2) * ONE);
    let fy = Math.round(((square.y + u * sa + v * ca) / 2 - 0.5) * ONE);
    const stepX = Math.round(ca * ONE);
    const stepY = Math.round(sa * ONE);
    const cells = (size + 1) >> 1;
    for (let cell = 0, to = 0; cell < cells; cell++, to += 3, fx += stepX, fy += stepY) {
      const x = fx >> SHIFT;
      const y = fy >> SHIFT;
      const wx = (fx >> 8) & 255;
      const wy = (fy >> 8) & 255;
      const x0 = clamp(x, 0, maxX);
      const x1 = clamp(x + 1, 0, maxX);
      const above = clamp(y, 0, maxY) * chromaStride;
      const below = clamp(y + 1, 0, maxY) * chromaStride;
      const a = (256 - wx) * (256 - wy);
      const b = wx * (256 - wy);
      const c = (256 - wx) * wy;
      const d = wx * wy;
      const blue = a * planeU[above + x0] + b * planeU[above + x1] + c * planeU[below + x0] + d * planeU[below + x1];
      const red = a * planeV[above + x0] + b * planeV[above + x1] + c * planeV[below + x0] + d * planeV[below + x1];
      chroma[to] = base + (red - neutral) * kr;
      chroma[to + 1] = base + (blue - neutral) * kgu + (red - neutral) * kgv;
      chroma[to + 2] = base + (blue - neutral) * kb;
    }
  }
}

/** Output columns of a row whose four luma neighbours all lie inside the picture: from the first to before the last. */
function insideSpan(
  fx: number,
  stepX: number,
  maxX: number,
  fy: number,
  stepY: number,
  maxY: number,
  size: number,
): [number, number] {
  const [a, b] = insideAlong(fx, stepX, maxX, size);
  const [c, d] = insideAlong(fy, stepY, maxY, size);
  return [Math.max(a, c), Math.min(b, d)];
}

/** Steps n for which 0 ≤ from + n·step < max·2¹⁶. */
function insideAlong(from: number, step: number, max: number, size: number): [number, number] {
  const end = max * ONE;
  if (step === 0) return from >= 0 && from < end ? [0, size] : [0, 0];
  const toZero = -from / step;
  const toEnd = (end - from) / step;
  const first = step > 0 ? Math.ceil(toZero) : Math.floor(toEnd) + 1;
  const last = step > 0 ? Math.ceil(toEnd) : Math.floor(toZero) + 1;
  return [Math.max(0, Math.min(size, first)), Math.max(0, Math.min(size, last))];
}

function clamp(value: number, low: number, high: number): number {
  if (value < low) return low;
  return Math.min(value, high);
}
