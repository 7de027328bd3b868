import type { PictureSize } from '../../media/frame.ts';
import type { Boundary } from './boundary.ts';
import { AFTER, BEFORE } from './courses.ts';

/** Offsets whose chroma is needed. */
const COLOURED = [-4, 0, 4, 5];

/**
 * The pictures round a boundary at a quarter of the size, each pixel followed along dense flow from the picture after the
 * boundary: people and things that move stay where they are, what fades still changes.
 */
export class FollowedStack {
  /** Offset, towards either side, from which on a pixel is outside a picture; 255 when it is in all. */
  readonly reach: Uint8Array;
  readonly #size: PictureSize;
  readonly #luma: Float32Array[];
  readonly #chroma: (readonly [blue: Float32Array, red: Float32Array])[] = [];
  /** Where each pixel is in the picture that was reached last. */
  readonly #x: Float32Array;
  readonly #y: Float32Array;

  constructor(size: PictureSize) {
    this.#size = size;
    const plane = () => new Float32Array(size.width * size.height);
    this.#luma = Array.from({ length: BEFORE + AFTER + 1 }, plane);
    for (const offset of COLOURED) this.#chroma[offset + BEFORE] = [plane(), plane()];
    this.#x = plane();
    this.#y = plane();
    this.reach = new Uint8Array(size.width * size.height);
  }

  /** Picture at an offset from the boundary, the first after it being 0. */
  luma(offset: number): Float32Array {
    return this.#luma[offset + BEFORE];
  }

  /** Both chroma planes at one of the coloured offsets. */
  chroma(offset: number): readonly [blue: Float32Array, red: Float32Array] {
    return this.#chroma[offset + BEFORE];
  }

  /** @param window boundaries in order; pictures beyond its ends are those at its ends */
  fill(window: readonly Boundary[], centre: number): void {
    this.reach.fill(255);
    this.luma(0).set(window[centre].luma);
    this.#rest();
    for (let offset = -1; offset >= -BEFORE; offset--) {
      const from = window[centre + offset + 1];
      if (centre + offset >= 0) this.#go(from.backU, from.backV, -offset);
      this.#sample(window[Math.max(0, centre + offset)], offset);
    }
    this.#rest();
    // One further than is sampled: what leaves the picture is asked for as far on either side.
    for (let offset = 1; offset <= BEFORE; offset++) {
      const to = window[centre + offset];
      if (to) this.#go(to.forthU, to.forthV, offset);
      if (offset <= AFTER) this.#sample(to ?? window[window.length - 1], offset);
    }
  }

  #rest(): void {
    const { width } = this.#size;
    for (let i = 0, x = 0, y = 0; i < this.#x.length; i++) {
      this.#x[i] = x;
      this.#y[i] = y;
      if (++x === width) {
        x = 0;
        y++;
      }
    }
  }

  #go(u: Float32Array, v: Float32Array, distance: number): void {
    const { width, height } = this.#size;
    const right = width - 1;
    const bottom = height - 1;
    const [xs, ys, reach] = [this.#x, this.#y, this.reach];
    for (let i = 0; i < xs.length; i++) {
      // Coordinates are not negative: cutting off rounds down.
      const at = ((ys[i] + 0.5) | 0) * width + ((xs[i] + 0.5) | 0);
      const x = xs[i] + u[at];
      const y = ys[i] + v[at];
      if ((x < -0.5 || y < -0.5 || x > right + 0.5 || y > bottom + 0.5) && distance < reach[i]) reach[i] = distance;
      xs[i] = x < 0 ? 0 : x > right ? right : x;
      ys[i] = y < 0 ? 0 : y > bottom ? bottom : y;
    }
  }

  #sample(picture: Boundary, offset: number): void {
    const { width, height } = this.#size;
    const out = this.luma(offset);
    const { luma } = picture;
    const [xs, ys] = [this.#x, this.#y];
    const right = width - 1;
    const bottom = height - 1;
    for (let i = 0; i < out.length; i++) {
      const x = xs[i];
      const y = ys[i];
      const left = x | 0;
      const top = y | 0;
      const fx = x - left;
      const k = top * width + left;
      const across = left < right ? 1 : 0;
      const down = top < bottom ? width : 0;
      const upper = luma[k] + fx * (luma[k + across] - luma[k]);
      const lower = luma[k + down] + fx * (luma[k + down + across] - luma[k + down]);
      out[i] = upper + (y - top) * (lower - upper);
    }
    const planes = this.#chroma[offset + BEFORE];
    if (!planes) return;
    const [blue, red] = planes;
    for (let i = 0; i < out.length; i++) {
      const at = ((ys[i] + 0.5) | 0) * width + ((xs[i] + 0.5) | 0);
      blue[i] = picture.blue[at];
      red[i] = picture.red[at];
    }
  }
}
