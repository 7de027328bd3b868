import type { Frame, Picture } from '../../media/frame.ts';
import { halvePicture, type Square } from './square.ts';

/** Mean absolute luma difference (code values) between two frames from which the picture counts as a new one. */
const NEW_PICTURE = 28;
const GRID = 32;

/** One frame at the scales that networks look at. The buffers are the frame's own and are reused. */
export class Views {
  analysis!: Picture;
  #small!: Picture;
  #half: Picture | null = null;
  #halfReady = false;
  readonly #lumas = new Float32Array(GRID * GRID);
  #seen = false;
  /** Latest frame whose picture has hardly anything to do with that of the frame before it: after a cut, and the first. */
  freshAt = 0;
  #index = -1;

  /** Takes the next frame; does nothing when it is already there. */
  load(frame: Frame): void {
    if (frame.index === this.#index) return;
    this.#index = frame.index;
    this.analysis = frame.analysis;
    this.#small = frame.small;
    this.#halfReady = false;
    const { y, stride, width, height } = frame.small;
    let sum = 0;
    for (let row = 0, k = 0; row < GRID; row++) {
      const line = Math.floor(((row + 0.5) * height) / GRID) * stride;
      for (let column = 0; column < GRID; column++, k++) {
        const value = y[line + Math.floor(((column + 0.5) * width) / GRID)];
        sum += Math.abs(value - this.#lumas[k]);
        this.#lumas[k] = value;
      }
    }
    if (!this.#seen || sum / (GRID * GRID) > NEW_PICTURE) this.freshAt = frame.index;
    this.#seen = true;
  }

  /**
   * The smallest picture that still has detail enough for a detector's look at `area`, and its scale relative to the
   * analysis picture. Detectors see at most 224 pixels, so that a large area may come from a reduced, alias-free picture.
   */
  forArea(area: Square): { picture: Picture; factor: number } {
    const toSmall = this.#small.width / this.analysis.width;
    if (area.side * toSmall >= 224) return { picture: this.#small, factor: toSmall };
    if (area.side / 2 < 224) return { picture: this.analysis, factor: 1 };
    if (!this.#halfReady) {
      this.#half = halvePicture(this.analysis, this.#half);
      this.#halfReady = true;
    }
    return { picture: this.#half as Picture, factor: 0.5 };
  }
}
