import type { Translation } from './global-motion.ts';
import type { Plane } from './pyramid.ts';

/** Difference to the background that coding noise makes, code values. */
const NOISE = 10;
/** What a background that lies half a pixel beside makes of an edge: added as this share of the local contrast. */
const EDGE = 0.5;
/** Share of the picture that may differ; beyond it this is another picture, and everything is learnt anew. */
const MOST = 0.45;
/** Codes per frame by which the background follows what is nearly the same, and what is different. */
const FOLLOW = 1;
const ABSORB = 0.35;

/**
 * A slowly learnt picture of the place, moved along with the camera by whole pixels. Approximate median: every frame the
 * background steps a little towards the picture, so that what passes leaves no trace and what stays becomes background.
 */
export class BackgroundModel {
  readonly #width: number;
  readonly #height: number;
  readonly #mask: Uint8Array;
  #background: Float32Array;
  #spare: Float32Array;
  #known = false;
  /** Camera motion that is not yet taken up, pixels. */
  #restX = 0;
  #restY = 0;

  constructor({ width, height }: Pick<Plane, 'width' | 'height'>) {
    this.#width = width;
    this.#height = height;
    this.#mask = new Uint8Array(width * height);
    this.#background = new Float32Array(width * height);
    this.#spare = new Float32Array(width * height);
  }

  /**
   * Pixels that differ from the background, 1 each; null when the picture as a whole is another one. The array is reused.
   *
   * @param step the camera's motion since the frame before, pixels
   */
  compare(picture: Plane, step: Translation): Uint8Array | null {
    if (!this.#known) {
      this.#background.set(picture.data);
      this.#known = true;
      return this.#mask.fill(0);
    }
    this.#restX += step.x;
    this.#restY += step.y;
    const x = Math.round(this.#restX);
    const y = Math.round(this.#restY);
    if (x !== 0 || y !== 0) this.#move(picture, x, y);
    this.#restX -= x;
    this.#restY -= y;

    const { data } = picture;
    const width = this.#width;
    const background = this.#background;
    let count = 0;
    this.#mask.fill(0);
    for (let row = 1; row < this.#height - 1; row++) {
      for (let i = row * width + 1, end = (row + 1) * width - 1; i < end; i++) {
        const difference = Math.abs(data[i] - background[i]);
        if (difference <= NOISE) continue;
        const contrast = Math.max(
          Math.abs(background[i + 1] - background[i - 1]),
          Math.abs(background[i + width] - background[i - width]),
        );
        if (difference <= NOISE + EDGE * contrast) continue;
        this.#mask[i] = 1;
        count++;
      }
    }
    if (count <= MOST * data.length) return this.#mask;
    this.#background.set(data);
    this.#restX = 0;
    this.#restY = 0;
    return null;
  }

  /** Steps towards the picture that was compared last. */
  learn({ data }: Plane): void {
    const background = this.#background;
    for (let i = 0; i < data.length; i++) {
      const difference = data[i] - background[i];
      const most = this.#mask[i] ? ABSORB : FOLLOW;
      background[i] += difference > most ? most : difference < -most ? -most : difference;
    }
  }

  /** Moves the background; what comes into the picture is taken from the picture. */
  #move({ data }: Plane, x: number, y: number): void {
    const width = this.#width;
    const height = this.#height;
    this.#spare.set(data);
    for (let row = Math.max(0, y); row < Math.min(height, height + y); row++) {
      const left = Math.max(0, x);
      const right = Math.min(width, width + x);
      if (right <= left) continue;
      const from = (row - y) * width - x;
      this.#spare.set(this.#background.subarray(from + left, from + right), row * width + left);
    }
    [this.#background, this.#spare] = [this.#spare, this.#background];
  }
}
