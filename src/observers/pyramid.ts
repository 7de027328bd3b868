import type { PictureSize } from '../media/frame.ts';
import type { Matching } from './matching.ts';

/** A luma plane without padding. */
export interface Plane extends PictureSize {
  data: Uint8Array;
}

/**
 * Pixels that the finest level may have: half of a 256 × 144 picture. Keeps the cost per frame the same for portrait
 * and landscape.
 */
const FINEST_PIXELS = 9300;

/** Luma at three sizes, each half of the one before in both directions, finest first. */
export class Pyramid {
  readonly levels: readonly Plane[];
  /** Small-picture pixels per pixel of the finest level. */
  readonly factor: number;

  readonly #matching: Matching;

  /** @param matching has room for the levels */
  constructor(small: PictureSize, matching: Matching) {
    this.#matching = matching;
    this.factor = factorOf(small);
    this.levels = Pyramid.sizes(small).map(size => ({ ...size, data: matching.plane(size.width * size.height) }));
  }

  /** Sizes of the levels over a picture of this size. */
  static sizes(small: PictureSize): PictureSize[] {
    const factor = factorOf(small);
    let width = Math.max(1, Math.floor(small.width / factor));
    let height = Math.max(1, Math.floor(small.height / factor));
    return Array.from({ length: 3 }, () => {
      const size = { width, height };
      width = Math.max(1, width >> 1);
      height = Math.max(1, height >> 1);
      return size;
    });
  }

  /** Fills the levels by box averages of the picture, which lies in the same memory. */
  fill(picture: Plane): void {
    const [finest, middle, coarsest] = this.levels;
    if (this.factor === 2) this.#matching.halve(picture, finest);
    else reduce(picture, this.factor, finest);
    this.#matching.halve(finest, middle);
    this.#matching.halve(middle, coarsest);
  }
}

const factorOf = ({ width, height }: PictureSize): number =>
  Math.max(1, Math.round(Math.sqrt((width * height) / FINEST_PIXELS)));

function reduce({ data: y, width: stride }: Plane, factor: number, target: Plane): void {
  const { width, height, data } = target;
  const pixels = factor * factor;
  const half = pixels >> 1;
  let k = 0;
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      let sum = half;
      for (let dy = 0; dy < factor; dy++) {
        const start = (row * factor + dy) * stride + column * factor;
        for (let i = start; i < start + factor; i++) sum += y[i];
      }
      data[k++] = (sum / pixels) | 0;
    }
  }
}
