import type { Translation } from './global-motion.ts';
import type { ThingsMemory } from './things-memory.ts';

/** Samples along the side of a window, and of all of it. */
const GRID = 12;
const SAMPLES = GRID * GRID;
/** Bytes that the kernel takes a row of samples in, and the distance that is no sample. */
const LANES = 16;
const NONE = 255;
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
  static readonly BYTES = 1;
  readonly #memory: ThingsMemory;
  readonly #width: number;
  readonly #height: number;
  readonly #planes: Uint8Array[];
  readonly #steps: Translation[];
  readonly #kept: number;
  /** Samples of the window that is looked for; distances of the samples along a row, and where the rows begin. */
  readonly #window: Uint8Array;
  readonly #columns: Uint8Array;
  readonly #rows: Int32Array;
  /** Sixteens of bytes that a row of samples reaches over. */
  #sixteens = 1;
  #count = 0;

  /** @param kept frames that are remembered: planes of one byte per pixel */
  constructor(memory: ThingsMemory, kept: number) {
    this.#memory = memory;
    const room = memory.numbers((GRID * LANES + LANES) / 4 + GRID);
    this.#window = new Uint8Array(room.buffer, room.byteOffset, GRID * LANES);
    this.#columns = new Uint8Array(room.buffer, room.byteOffset + GRID * LANES, LANES).fill(NONE);
    this.#rows = new Int32Array(room.buffer, room.byteOffset + (GRID + 1) * LANES, GRID);
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
    if (right <= left || bottom <= top) return 0;
    const from = top * this.#width + left;
    const to = from - dy * this.#width - dx;
    const { kernel } = this.#memory;
    const sum = kernel.difference(a.byteOffset + from, b.byteOffset + to, this.#width, right - left, bottom - top);
    return sum / ((right - left) * (bottom - top));
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
    const [fromX, toX] = within(near.x, near.width, this.#width, reach, stride);
    const [fromY, toY] = within(near.y, near.height, this.#height, reach, stride);
    if (fromX > toX || fromY > toY) return best;
    const { kernel } = this.#memory;
    const [columns, rows, window] = [this.#columns.byteOffset, this.#rows.byteOffset, this.#window.byteOffset];
    this.#places(x, y, w, h);
    kernel.gather(this.plane(age).byteOffset, columns, rows, this.#sixteens, window);
    this.#places(near.x, near.y, near.width, near.height);
    const across = (toX - fromX) / stride + 1;
    const down = (toY - fromY) / stride + 1;
    const first = this.plane(inAge).byteOffset + fromY * this.#width + fromX;
    const sixteens = this.#sixteens;
    const wide = this.#width;
    const at = kernel.search(first, columns, rows, sixteens, window, wide, across, down, stride, SAMPLES, NOISE);
    if (at < 0) return best;
    best.x = near.x + fromX + (at % across) * stride;
    best.y = near.y + fromY + Math.floor(at / across) * stride;
    best.likeness = kernel.likeness();
    return best;
  }

  /** Places of a window's samples in a plane. */
  #places(x: number, y: number, w: number, h: number): void {
    const [columns, rows] = [this.#columns, this.#rows];
    const left = Math.floor(x + (0.5 / GRID - 0.5) * w);
    for (let column = 0; column < GRID; column++)
      columns[column] = Math.floor(x + ((column + 0.5) / GRID - 0.5) * w) - left;
    for (let row = 0; row < GRID; row++)
      rows[row] = Math.floor(y + ((row + 0.5) / GRID - 0.5) * h) * this.#width + left;
    this.#sixteens = (columns[GRID - 1] >> 4) + 1;
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
    for (const row of this.#rows)
      for (let column = 0; column < GRID; column++) sum += plane[row + this.#columns[column]];
    return sum / SAMPLES;
  }
}

/** First and last of the steps `stride` apart, `reach` at most either way, that keep a window within a picture. */
function within(at: number, side: number, whole: number, reach: number, stride: number): [number, number] {
  let first = -reach;
  while (first <= reach && at + first - side / 2 < 0) first += stride;
  let last = -reach + Math.floor((2 * reach) / stride) * stride;
  while (last >= first && at + last + side / 2 > whole) last -= stride;
  return [first, last];
}
