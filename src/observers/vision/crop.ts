import type { Colour } from '../../clip.ts';
import type { Picture } from '../../media/frame.ts';
import { instantiate } from '../wasm.ts';
import { KERNEL } from './crop-kernel.ts';
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

/** What lies outside the picture: black, or its nearest pixel repeated. */
export type Edge = 'black' | 'repeat';

/** Rows beyond the square's own that its outermost pixels draw on. */
const MARGIN = 4;
const ALIGNMENT = 16;

interface Kernel {
  frame(...pictureAndSquare: number[]): void;
  cut(...numbers: number[]): void;
}

/**
 * Cuts turned squares out of 4:2:0 pictures into a network's float input (a red, a green and a blue plane), bilinear,
 * in one pass. Coordinates are 16.16 fixed point: exact for pictures up to 8191 pixels. Chroma is sampled once per 2 × 2
 * output pixels, which is finer than the picture's own chroma unless the crop is enlarged less than twice.
 */
export class Cropper {
  readonly #matrix: Matrix;
  #kernel: { exports: Kernel; buffer: ArrayBuffer } | null = null;

  constructor(colour: Pick<Colour, 'range' | 'matrix'>, sourceHeight: number) {
    this.#matrix = colourMatrix(colour, sourceHeight);
  }

  /**
   * @param out `3 × size × size` values, filled by rows
   */
  cut(
    picture: Picture,
    square: Square,
    size: number,
    out: Float32Array,
    { scale: perByte, offset }: Normalisation,
    edge: Edge = 'black',
  ): void {
    const { width, height, stride, chromaStride } = picture;
    const unit = square.side / size;
    const across = Math.cos(square.angle) * unit;
    const down = Math.sin(square.angle) * unit;
    // Only the rows that the square can reach are handed over, an even number of them.
    const reach = (size / 2) * (Math.abs(across) + Math.abs(down)) + MARGIN;
    const first = clamp(Math.floor(square.y - reach), 0, height - 2) & ~1;
    const end = clamp((Math.ceil(square.y + reach) + 1) & ~1, first + 2, height);

    const take = allocator();
    const lumaAt = take((end - first) * stride);
    const [blueAt, redAt] = [take((end - first) * chromaStride), take((end - first) * chromaStride)];
    const cellsAt = take(6 * (size + 8));
    const outAt = take(12 * size * size);
    const { exports, buffer } = this.#memory(take(0));
    const bytes = new Uint8Array(buffer);
    bytes.set(picture.y.subarray(first * stride, end * stride), lumaAt);
    const [chromaFirst, chromaEnd] = [(first / 2) * chromaStride, Math.ceil(end / 2) * chromaStride];
    bytes.set(picture.u.subarray(chromaFirst, chromaEnd), blueAt);
    bytes.set(picture.v.subarray(chromaFirst, chromaEnd), redAt);

    // Luma and chroma come from the kernel times 2¹⁶.
    const scale = (perByte * 255) / 65536;
    const { black, luma, redFromV, greenFromU, greenFromV, blueFromU } = this.#matrix;
    exports.frame(width, height, stride, chromaStride, square.x, square.y, across, down);
    exports.cut(
      ...[lumaAt - first * stride, blueAt - chromaFirst, redAt - chromaFirst, outAt, cellsAt, size],
      ...[luma * scale, offset - black * luma * perByte * 255, offset, offset + perByte * 255],
      ...[redFromV, greenFromU, greenFromV, blueFromU].map(factor => factor * scale),
      edge === 'black' ? 1 : 0,
    );
    out.set(new Float32Array(buffer, outAt, 3 * size * size));
  }

  /** The kernel with room for so many bytes, and some to spare. */
  #memory(bytes: number): { exports: Kernel; buffer: ArrayBuffer } {
    if (this.#kernel === null || this.#kernel.buffer.byteLength < bytes)
      this.#kernel = instantiate<Kernel>(KERNEL, Math.ceil(1.25 * bytes));
    return this.#kernel;
  }
}

/** Hands out places one after the other, aligned, behind the kernel's own data. */
function allocator(): (bytes: number) => number {
  let next = 1024;
  return bytes => {
    const at = next;
    next = Math.ceil((at + bytes) / ALIGNMENT) * ALIGNMENT;
    return at;
  };
}

function clamp(value: number, low: number, high: number): number {
  if (value < low) return low;
  return Math.min(value, high);
}
