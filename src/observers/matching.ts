import { instantiate } from './flow/wasm.ts';
import { KERNEL } from './match-kernel.ts';
import type { Plane } from './pyramid.ts';

/** Bytes after a plane's last row that the kernel may read. */
const PADDING = 16;

interface Kernel {
  total(plane: number, pixels: number): number;
  spread(plane: number, pixels: number, value: number): number;
  same(a: number, b: number, pixels: number): number;
  shifted(
    earlier: number,
    later: number,
    width: number,
    height: number,
    dx: number,
    dy: number,
    level: number,
    rowStep: number,
    most: number,
    stop: number,
  ): number;
  block(earlier: number, later: number, width: number, level: number): number;
}

/** Compares luma planes that lie in its own memory: only planes that {@link Matching.plane} has made can be compared. */
export class Matching {
  readonly #kernel: Kernel;
  readonly #buffer: ArrayBuffer;
  #used = 0;

  /** @param sizes pixels of every plane that will be asked for */
  constructor(sizes: readonly number[]) {
    const bytes = sizes.reduce((sum, pixels) => sum + pixels + PADDING, PADDING);
    const { exports, buffer } = instantiate<Kernel>(KERNEL, bytes);
    this.#kernel = exports;
    this.#buffer = buffer;
  }

  /** Room for one of the planes. */
  plane(pixels: number): Uint8Array<ArrayBuffer> {
    const at = this.#used;
    this.#used += pixels + PADDING;
    return new Uint8Array(this.#buffer, at, pixels);
  }

  mean({ data }: Plane): number {
    return this.#kernel.total(data.byteOffset, data.length) / data.length;
  }

  /** Mean absolute deviation from the rounded mean. */
  deviation(plane: Plane): number {
    const { byteOffset, length } = plane.data;
    return this.#kernel.spread(byteOffset, length, Math.round(this.mean(plane))) / length;
  }

  /** Whether two planes hold the same. */
  same({ data: a }: Plane, { data: b }: Plane): boolean {
    return this.#kernel.same(a.byteOffset, b.byteOffset, a.length) !== 0;
  }

  /**
   * Sum of the differences between a plane and an earlier one moved by whole pixels, over every `rowStep`-th row that both show,
   * a whole number `level` taken out and each at most `most`; −1 as soon as it exceeds `stop`.
   */
  shifted(
    earlier: Plane,
    later: Plane,
    dx: number,
    dy: number,
    { level, rowStep, most, stop }: { level: number; rowStep: number; most: number; stop: number },
  ): number {
    const { width, height } = later;
    const [a, b] = [earlier.data.byteOffset, later.data.byteOffset];
    return this.#kernel.shifted(a, b, width, height, dx, dy, level, rowStep, most, stop);
  }

  /** Sum of the differences of two blocks of 8 × 8 pixels by the places of their first pixels, a whole number `level` taken out. */
  block(earlier: Plane, later: Plane, a: number, b: number, level: number): number {
    return this.#kernel.block(earlier.data.byteOffset + a, later.data.byteOffset + b, later.width, level);
  }
}
