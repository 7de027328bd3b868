import type { PictureSize } from '../media/frame.ts';
import { KERNEL } from './things-kernel.ts';
import { instantiate } from './wasm.ts';

/** Values after a plane that the kernel may read and write. */
const PADDING = 16;
/** Bytes that a plane has at least. */
const LEAST_ROOM = 1024;

export interface ThingsKernel {
  changes(
    earlier: number,
    later: number,
    mask: number,
    width: number,
    height: number,
    dx: number,
    dy: number,
    change: number,
  ): number;
  tidy(mask: number, clean: number, width: number, height: number, majority: number): void;
  runs(mask: number, out: number, pixels: number): number;
  gather(plane: number, columns: number, rows: number, sixteens: number, window: number): void;
  search(
    plane: number,
    columns: number,
    rows: number,
    sixteens: number,
    window: number,
    width: number,
    across: number,
    down: number,
    stride: number,
    count: number,
    noise: number,
  ): number;
  likeness(): number;
  difference(a: number, b: number, width: number, wide: number, high: number): number;
  cells(later: number, earlier: number, sums: number, count: number): void;
}

/** Planes of one size in the memory of a kernel that works on them by their `byteOffset`. */
export class ThingsMemory implements PictureSize {
  readonly width: number;
  readonly height: number;
  readonly kernel: ThingsKernel;
  readonly #buffer: ArrayBuffer;
  /** Bytes of a plane of one byte per pixel; very small pictures leave some unused. */
  readonly #room: number;
  #used = 4 * PADDING;

  /**
   * @param bytes planes of one byte per pixel that will be asked for
   * @param floats planes of 32-bit floats
   */
  constructor({ width, height }: PictureSize, bytes: number, floats: number) {
    this.width = width;
    this.height = height;
    this.#room = Math.max(LEAST_ROOM, width * height);
    const plane = this.#room + PADDING + 3;
    const { exports, buffer } = instantiate<ThingsKernel>(KERNEL, this.#used + (bytes + 4 * floats) * plane);
    this.kernel = exports;
    this.#buffer = buffer;
  }

  get pixels(): number {
    return this.width * this.height;
  }

  bytes(): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.#buffer, this.#take(1), this.pixels);
  }

  floats(): Float32Array<ArrayBuffer> {
    return new Float32Array(this.#buffer, this.#take(4), this.pixels);
  }

  /** Room for 32-bit numbers; it counts as one plane of bytes per pixel or less. */
  numbers(count: number): Int32Array<ArrayBuffer> {
    if (4 * count > this.#room) throw new RangeError(`${count} numbers are more than a plane holds`);
    return new Int32Array(this.#buffer, this.#take(1), count);
  }

  /** Start of the next plane, a multiple of four. */
  #take(size: number): number {
    const at = this.#used;
    this.#used += (size * (this.#room + PADDING) + 3) & ~3;
    return at;
  }
}
