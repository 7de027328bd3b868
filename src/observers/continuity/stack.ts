import type { PictureSize } from '../../media/frame.ts';
import type { Boundary } from './boundary.ts';
import { type Affine, compose, IDENTITY, invert } from './camera.ts';

/** Pictures before and after a boundary that are brought into its coordinates; the last one before is at −1, the first after at 0. */
export const BEFORE = 7;
export const AFTER = 6;
/** Offsets whose chroma is needed. */
const COLOURED = [-5, -4, -2, -1, 0, 1, 4, 5];

/** The pictures round a boundary at a quarter of the size, seen as from its first picture: the camera's motion is undone. */
export class Stack {
  readonly size: PictureSize;
  readonly #luma: Float32Array[];
  readonly #chroma: (readonly [blue: Float32Array, red: Float32Array])[] = [];
  /** Offset, towards either side, from which on a pixel is outside a picture. */
  readonly reach: Uint8Array;

  constructor(size: PictureSize) {
    this.size = size;
    const plane = () => new Float32Array(size.width * size.height);
    this.#luma = Array.from({ length: BEFORE + AFTER + 1 }, plane);
    for (const offset of COLOURED) this.#chroma[offset + BEFORE] = [plane(), plane()];
    this.reach = new Uint8Array(size.width * size.height);
  }

  /** @param window boundaries in order; pictures beyond its ends are those at its ends */
  fill(window: readonly Boundary[], centre: number): void {
    this.reach.fill(255);
    const at = (offset: number) => Math.min(window.length - 1, Math.max(0, centre + offset));
    this.#bring(window[at(0)], 0, IDENTITY);
    let map: Affine = IDENTITY;
    for (let offset = -1; offset >= -BEFORE; offset--) {
      // A boundary's camera leads from the picture before it to its own.
      if (centre + offset >= 0) map = compose(invert(window[centre + offset + 1].camera), map);
      this.#bring(window[at(offset)], offset, map);
    }
    map = IDENTITY;
    for (let offset = 1; offset <= AFTER; offset++) {
      if (centre + offset < window.length) map = compose(window[centre + offset].camera, map);
      this.#bring(window[at(offset)], offset, map);
    }
  }

  luma(offset: number): Float32Array {
    return this.#luma[offset + BEFORE];
  }

  /** Both chroma planes at one of the coloured offsets. */
  chroma(offset: number): readonly [blue: Float32Array, red: Float32Array] {
    return this.#chroma[offset + BEFORE];
  }

  #bring(picture: Boundary, offset: number, [a, b, c, d, e, f]: Affine): void {
    const { width, height } = this.size;
    const luma = this.#luma[offset + BEFORE];
    const [blue, red] = this.#chroma[offset + BEFORE] ?? [];
    const still =
      Math.abs(a * width + b * height - width) < 0.1 &&
      Math.abs(d * width + e * height - height) < 0.1 &&
      Math.abs(c) < 0.4 &&
      Math.abs(f) < 0.4;
    if (still) {
      luma.set(picture.luma);
      blue?.set(picture.blue);
      red?.set(picture.red);
      return;
    }
    const distance = Math.abs(offset);
    const right = width - 1;
    const bottom = height - 1;
    for (let row = 0, i = 0; row < height; row++) {
      let x = a * 0.5 + b * (row + 0.5) + c / 4 - 0.5;
      let y = d * 0.5 + e * (row + 0.5) + f / 4 - 0.5;
      for (let column = 0; column < width; column++, i++, x += a, y += d) {
        if ((x < -0.5 || y < -0.5 || x > right + 0.5 || y > bottom + 0.5) && distance < this.reach[i]) {
          this.reach[i] = distance;
        }
        const sampleX = x < 0 ? 0 : x > right ? right : x;
        const sampleY = y < 0 ? 0 : y > bottom ? bottom : y;
        const left = Math.floor(sampleX);
        const top = Math.floor(sampleY);
        const fx = sampleX - left;
        const fy = sampleY - top;
        const k = top * width + left;
        const across = left < right ? 1 : 0;
        const down = top < bottom ? width : 0;
        const upper = picture.luma[k] + fx * (picture.luma[k + across] - picture.luma[k]);
        const lower = picture.luma[k + down] + fx * (picture.luma[k + down + across] - picture.luma[k + down]);
        luma[i] = upper + fy * (lower - upper);
        if (blue && red) {
          const nearest = k + (fx > 0.5 ? across : 0) + (fy > 0.5 ? down : 0);
          blue[i] = picture.blue[nearest];
          red[i] = picture.red[nearest];
        }
      }
    }
  }
}
