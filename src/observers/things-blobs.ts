import type { Plane } from './pyramid.ts';

/** Regions kept per frame, the largest. */
export const MOST_BLOBS = 12;
/** Side of the small picture of a region. */
export const LOOK_SIDE = 8;
/** Pixels that a region must have, and share of the picture that its box may cover. */
const LEAST_PIXELS = 10;
const MOST_SHARE = 0.16;
/** Set pixels among nine for a pixel to count: lone pixels vanish, small holes close. */
const MAJORITY = 4;

/** A connected region in pixels of the plane: middle of its box, its size, and pixels. */
export interface Blob {
  x: number;
  y: number;
  width: number;
  height: number;
  area: number;
  /** {@link LOOK_SIDE}² means of luma over its box. */
  look: Uint8Array;
}

/** Finds connected regions in masks of one size. */
export class BlobFinder {
  readonly #width: number;
  readonly #height: number;
  readonly #clean: Uint8Array;
  readonly #stack: Int32Array;

  constructor({ width, height }: Pick<Plane, 'width' | 'height'>) {
    this.#width = width;
    this.#height = height;
    this.#clean = new Uint8Array(width * height);
    this.#stack = new Int32Array(width * height);
  }

  /** Regions of the mask, the largest first. */
  find(mask: Uint8Array, picture: Plane): Blob[] {
    this.#tidy(mask);
    const width = this.#width;
    const clean = this.#clean;
    const most = MOST_SHARE * clean.length;
    const found: Omit<Blob, 'look'>[] = [];
    for (let i = 0; i < clean.length; i++) {
      if (clean[i] === 0) continue;
      let [left, right, top, bottom, area] = [width, 0, this.#height, 0, 0];
      let depth = 0;
      this.#stack[depth++] = i;
      clean[i] = 0;
      while (depth > 0) {
        const at = this.#stack[--depth];
        const y = Math.floor(at / width);
        const x = at - y * width;
        area++;
        if (x < left) left = x;
        if (x > right) right = x;
        if (y < top) top = y;
        if (y > bottom) bottom = y;
        // The outermost pixels are never set, so that neighbours always exist.
        for (const step of [-width - 1, -width, -width + 1, -1, 1, width - 1, width, width + 1]) {
          if (clean[at + step] === 0) continue;
          clean[at + step] = 0;
          this.#stack[depth++] = at + step;
        }
      }
      const [w, h] = [right - left + 1, bottom - top + 1];
      if (area < LEAST_PIXELS || w * h > most) continue;
      found.push({ x: left + w / 2, y: top + h / 2, width: w, height: h, area });
    }
    return found
      .sort((a, b) => b.area - a.area || a.y - b.y || a.x - b.x)
      .slice(0, MOST_BLOBS)
      .map(blob => ({ ...blob, look: lookOf(picture, blob) }));
  }

  #tidy(mask: Uint8Array): void {
    const width = this.#width;
    this.#clean.fill(0);
    for (let row = 1; row < this.#height - 1; row++) {
      for (let i = row * width + 1, end = (row + 1) * width - 1; i < end; i++) {
        const sum =
          mask[i - width - 1] +
          mask[i - width] +
          mask[i - width + 1] +
          mask[i - 1] +
          mask[i] +
          mask[i + 1] +
          mask[i + width - 1] +
          mask[i + width] +
          mask[i + width + 1];
        if (sum >= MAJORITY) this.#clean[i] = 1;
      }
    }
  }
}

/** The region's box, resampled to a small picture. */
function lookOf({ data, width }: Plane, blob: Omit<Blob, 'look'>): Uint8Array {
  const look = new Uint8Array(LOOK_SIDE * LOOK_SIDE);
  const left = blob.x - blob.width / 2;
  const top = blob.y - blob.height / 2;
  for (let row = 0; row < LOOK_SIDE; row++) {
    const y0 = Math.floor(top + (row * blob.height) / LOOK_SIDE);
    const y1 = Math.max(y0 + 1, Math.floor(top + ((row + 1) * blob.height) / LOOK_SIDE));
    for (let column = 0; column < LOOK_SIDE; column++) {
      const x0 = Math.floor(left + (column * blob.width) / LOOK_SIDE);
      const x1 = Math.max(x0 + 1, Math.floor(left + ((column + 1) * blob.width) / LOOK_SIDE));
      let sum = 0;
      for (let y = y0; y < y1; y++) for (let x = x0; x < x1; x++) sum += data[y * width + x];
      look[row * LOOK_SIDE + column] = sum / ((y1 - y0) * (x1 - x0));
    }
  }
  return look;
}
