import type { Translation } from './global-motion.ts';
import type { ThingsMemory } from './things-memory.ts';

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
  /** Planes of one byte per pixel, and of floats, that a model takes. */
  static readonly BYTES = 1;
  static readonly FLOATS = 2;
  readonly #memory: ThingsMemory;
  readonly #mask: Uint8Array;
  #background: Float32Array;
  #spare: Float32Array;
  #known = false;
  /** Camera motion that is not yet taken up, pixels. */
  #restX = 0;
  #restY = 0;

  constructor(memory: ThingsMemory) {
    this.#memory = memory;
    this.#mask = memory.bytes();
    this.#background = memory.floats();
    this.#spare = memory.floats();
  }

  /**
   * Pixels that differ from the background, 1 each; null when the picture as a whole is another one. The array is reused.
   *
   * @param picture lies in the memory
   * @param step the camera's motion since the frame before, pixels
   */
  compare(picture: Uint8Array, step: Readonly<Translation>): Uint8Array | null {
    if (!this.#known) {
      this.#background.set(picture);
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

    const { kernel, width, height, pixels } = this.#memory;
    const { byteOffset: mask } = this.#mask;
    const { byteOffset: background } = this.#background;
    const count = kernel.differs(picture.byteOffset, background, mask, width, height, NOISE, EDGE);
    if (count <= MOST * pixels) return this.#mask;
    this.#background.set(picture);
    this.#restX = 0;
    this.#restY = 0;
    return null;
  }

  /** Steps towards the picture that was compared last. */
  learn(picture: Uint8Array): void {
    const { kernel, pixels } = this.#memory;
    kernel.learn(picture.byteOffset, this.#background.byteOffset, this.#mask.byteOffset, pixels, FOLLOW, ABSORB);
  }

  /** Moves the background; what comes into the picture is taken from the picture. */
  #move(picture: Uint8Array, x: number, y: number): void {
    const { width, height } = this.#memory;
    this.#spare.set(picture);
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
