import type { Colour } from '../../clip.ts';
import type { Picture, PictureSize } from '../../media/frame.ts';
import { colourMatrix, type Normalisation } from '../vision/crop.ts';
import { Resampler } from './resample.ts';

/** Pixels of the network's picture: what costs 8 to 10 ms a look and still shows a hand in a wide shot. */
const PIXELS = 90_000;
/** The network halves the picture five times. */
const MULTIPLE = 32;
const LEAST_SIDE = 96;
/** Sides of more unequal pictures are not told apart: the longer one is squeezed. */
const MOST_SIDE = 1024;

/** Size of the network's picture for a source: the same shape, about {@link PIXELS}, sides multiples of 32. */
export function viewSize({ width, height }: PictureSize): PictureSize {
  const scale = Math.sqrt(PIXELS / (width * height));
  const side = (length: number) =>
    Math.min(MOST_SIDE, Math.max(LEAST_SIDE, Math.round((length * scale) / MULTIPLE) * MULTIPLE));
  return { width: side(width), height: side(height) };
}

/** Brings decoded pictures to the network's size and colours, and keeps the luma at half that size for the flow. */
export class View {
  readonly size: PictureSize;
  /** Luma, 0–255 whatever the clip's range, half as wide and high as {@link size}. */
  readonly luma: Uint8Array;
  readonly #matrix: ReturnType<typeof colourMatrix>;
  readonly #planes: Float32Array[];
  #resamplers: { from: PictureSize; luma: Resampler; chroma: Resampler } | null = null;

  constructor(colour: Pick<Colour, 'range' | 'matrix'>, sourceHeight: number, size: PictureSize) {
    this.size = size;
    this.#matrix = colourMatrix(colour, sourceHeight);
    this.#planes = [0, 1, 2].map(() => new Float32Array(size.width * size.height));
    this.luma = new Uint8Array((size.width * size.height) / 4);
  }

  /** Fills the network's input (a red, a green and a blue plane) and {@link luma}. */
  fill(picture: Picture, out: Float32Array, { scale, offset }: Normalisation): void {
    const { luma, chroma } = this.#resamplersFor(picture);
    const [y, u, v] = this.#planes;
    luma.resample(picture.y, picture.stride, y);
    chroma.resample(picture.u, picture.chromaStride, u);
    chroma.resample(picture.v, picture.chromaStride, v);
    const { black, luma: gain, redFromV, greenFromU, greenFromV, blueFromU } = this.#matrix;
    const unit = 255 * scale;
    const count = y.length;
    for (let k = 0; k < count; k++) {
      const grey = (y[k] - black) * gain;
      const blue = u[k] - 128;
      const red = v[k] - 128;
      out[k] = clamp(grey + redFromV * red) * unit + offset;
      out[count + k] = clamp(grey + greenFromU * blue + greenFromV * red) * unit + offset;
      out[2 * count + k] = clamp(grey + blueFromU * blue) * unit + offset;
    }
    this.#halve(y, gain * 255, black);
  }

  #halve(y: Float32Array, gain: number, black: number): void {
    const { width, height } = this.size;
    const quarter = gain / 4;
    for (let row = 0, at = 0; row < height; row += 2)
      for (let i = row * width, end = i + width; i < end; i += 2)
        this.luma[at++] = Math.min(
          255,
          Math.max(0, (y[i] + y[i + 1] + y[i + width] + y[i + width + 1] - 4 * black) * quarter + 0.5),
        );
  }

  #resamplersFor(picture: Picture) {
    const known = this.#resamplers;
    if (known && known.from.width === picture.width && known.from.height === picture.height) return known;
    const half = { width: picture.width >> 1, height: picture.height >> 1 };
    const made = {
      from: { width: picture.width, height: picture.height },
      luma: new Resampler(picture, this.size),
      chroma: new Resampler(half, this.size),
    };
    this.#resamplers = made;
    return made;
  }
}

const clamp = (value: number): number => (value < 0 ? 0 : value > 1 ? 1 : value);
