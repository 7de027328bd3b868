import type { Translation } from './global-motion.ts';
import type { ThingsMemory } from './things-memory.ts';

/** Samples along the side of a window, and of all of it. */
const GRID = 12;
const SAMPLES = GRID * GRID;
/** Variance that coding noise gives, squared code values. */
const NOISE = 9;

/** A window: its middle and its sides, pixels of the plane. */
export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** Where a window was found. */
export interface Match {
  x: number;
  y: number;
  likeness: number;
}

/** The last few frames, by age: 0 is the newest. Windows in them are compared by place and size, all in pixels of the plane. */
export class FrameWindows {
  /** Planes of one byte per pixel that it takes beside those of the frames. */
  static readonly BYTES = 2;
  readonly #memory: ThingsMemory;
  readonly #width: number;
  readonly #height: number;
  readonly #planes: Uint8Array[];
  readonly #steps: Translation[];
  readonly #kept: number;
  /** Samples of the window that is looked for, and places of samples. */
  readonly #window: Int32Array;
  readonly #at: Int32Array;
  readonly #columns = new Int32Array(GRID);
  #count = 0;

  /** @param kept frames that are remembered: planes of one byte per pixel */
  constructor(memory: ThingsMemory, kept: number) {
    this.#memory = memory;
    this.#window = memory.numbers(SAMPLES / 2);
    this.#at = memory.numbers(SAMPLES);
    this.#width = memory.width;
    this.#height = memory.height;
    this.#kept = kept;
    this.#planes = Array.from({ length: kept }, () => memory.bytes());
    this.#steps = Array.from({ length: kept }, () => ({ x: 0, y: 0 }));
  }

  /** Takes the next frame with the camera's motion since the one before. */
  push(picture: Uint8Array, step: Readonly<Translation>): void {
    this.#count++;
    this.plane(0).set(picture);
    Object.assign(this.step(0), step);
  }

  plane(age: number): Uint8Array {
    return this.#planes[this.#slot(age)];
  }

  /** The camera's motion since the frame before. */
  step(age: number): Translation {
    return this.#steps[this.#slot(age)];
  }

  #slot(age: number): number {
    return (this.#count - 1 - age + 2 * this.#kept) % this.#kept;
  }

  /** Mean change within a box since the frame before, the camera's motion undone, code values. */
  energy(age: number, x: number, y: number, w: number, h: number): number {
    const step = this.step(age);
    const [dx, dy] = [Math.round(step.x), Math.round(step.y)];
    const a = this.plane(age);
    const b = this.plane(age + 1);
    const left = Math.max(0, dx, Math.floor(x - w / 2));
    const right = Math.min(this.#width, this.#width + dx, Math.ceil(x + w / 2));
    const top = Math.max(0, dy, Math.floor(y - h / 2));
    const bottom = Math.min(this.#height, this.#height + dy, Math.ceil(y + h / 2));
    let sum = 0;
    for (let row = top; row < bottom; row++)
      for (let i = row * this.#width + left; i < row * this.#width + right; i++)
        sum += Math.abs(a[i] - b[i - dy * this.#width - dx]);
    return sum / Math.max(1, (right - left) * (bottom - top));
  }

  /**
   * Best place in another frame, near one, of a window of one frame. Likeness is −1 when a window leaves the picture.
   *
   * @param reach pixels in every direction
   * @param stride pixels between the places that are tried
   */
  match(age: number, { x, y, width: w, height: h }: Box, inAge: number, near: Box, reach: number, stride = 1): Match {
    const best: Match = { x: near.x, y: near.y, likeness: -1 };
    if (!this.#holds(x, y, w, h)) return best;
    const { kernel } = this.#memory;
    const [{ byteOffset: places }, { byteOffset: window }] = [this.#at, this.#window];
    const b = this.plane(inAge).byteOffset;
    this.#places(x, y, w, h);
    kernel.gather(this.plane(age).byteOffset, places, window, SAMPLES);
    this.#places(near.x, near.y, near.width, near.height);
    for (let dy = -reach; dy <= reach; dy += stride) {
      for (let dx = -reach; dx <= reach; dx += stride) {
        if (!this.#holds(near.x + dx, near.y + dy, near.width, near.height)) continue;
        const likeness = kernel.correlate(b + dy * this.#width + dx, places, window, SAMPLES, NOISE);
        if (likeness > best.likeness) {
          best.x = near.x + dx;
          best.y = near.y + dy;
          best.likeness = likeness;
        }
      }
    }
    return best;
  }

  /** Places of a window's samples in a plane. */
  #places(x: number, y: number, w: number, h: number): void {
    const at = this.#at;
    const columns = this.#columns;
    for (let column = 0; column < GRID; column++) columns[column] = Math.floor(x + ((column + 0.5) / GRID - 0.5) * w);
    for (let row = 0, k = 0; row < GRID; row++) {
      const from = Math.floor(y + ((row + 0.5) / GRID - 0.5) * h) * this.#width;
      for (let column = 0; column < GRID; column++) at[k++] = from + columns[column];
    }
  }

  /** Whether a box lies inside the picture. */
  #holds(x: number, y: number, w: number, h: number): boolean {
    return x - w / 2 >= 0 && y - h / 2 >= 0 && x + w / 2 <= this.#width && y + h / 2 <= this.#height;
  }

  /** Mean level of a window, code values; NaN when it leaves the picture. */
  level(age: number, { x, y, width, height }: Box): number {
    return this.#holds(x, y, width, height) ? this.#level(age, x, y, width, height) : Number.NaN;
  }

  /** Difference of the mean levels of two windows of one size, code values. */
  levelStep(age: number, x: number, y: number, inAge: number, bx: number, by: number, w: number, h: number): number {
    return Math.abs(this.#level(age, x, y, w, h) - this.#level(inAge, bx, by, w, h));
  }

  #level(age: number, x: number, y: number, w: number, h: number): number {
    const plane = this.plane(age);
    this.#places(x, y, w, h);
    let sum = 0;
    for (let k = 0; k < SAMPLES; k++) sum += plane[this.#at[k]];
    return sum / SAMPLES;
  }
}
