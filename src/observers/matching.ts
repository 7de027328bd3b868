import { KERNEL } from './match-kernel.ts';
import type { Plane } from './pyramid.ts';
import { instantiate } from './wasm.ts';

/** Bytes before and after a plane that the kernel may read. */
const PADDING = 16;

/** Bytes that are lost where numbers of several bytes begin. */
export const ALIGNMENT = 4;
/** Counts of {@link Matching.histogram}, four for each level, and of {@link Matching.joint}. */
export const HISTOGRAM_COUNTS = 4 * 256;
export const JOINT_COUNTS = 16 * 8 * 8;

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
  unmatched(
    earlier: number,
    later: number,
    width: number,
    height: number,
    globalX: number,
    globalY: number,
    level: number,
    motionX: number,
    motionY: number,
    floor: number,
    found: number,
  ): number;
  joint(luma: number, blue: number, red: number, width: number, height: number, bins: number, out: number): void;
  second(): number;
  difference(a: number, b: number, pixels: number, step: number): number;
  edges(plane: number, thin: number, wide: number, width: number, height: number, least: number): number;
  edgesAll(): number;
  entering(thin: number, wide: number, width: number, height: number, dx: number, dy: number): number;
  fit(
    earlier: number,
    later: number,
    width: number,
    left: number,
    right: number,
    top: number,
    bottom: number,
    back: number,
    here: number,
    before: number,
    above: number,
    both: number,
  ): number;
  fitted(which: number): number;
  histogram(
    plane: number,
    width: number,
    left: number,
    right: number,
    top: number,
    bottom: number,
    counts: number,
  ): number;
  saturation(blue: number, red: number, pixels: number): number;
  halve(source: number, sourceWidth: number, sourceHeight: number, target: number, width: number, height: number): void;
}

/** Sums over what two planes both show, one of them moved: of the earlier values a, the later b, and of how they differ. */
export interface FitSums {
  count: number;
  a: number;
  b: number;
  aa: number;
  bb: number;
  ab: number;
  /** Of |b − a|. */
  apart: number;
}

/** Compares luma planes that lie in its own memory: only planes that {@link Matching.plane} has made can be compared. */
export class Matching {
  readonly #kernel: Kernel;
  readonly #buffer: ArrayBuffer;
  #used = PADDING;

  /** @param sizes pixels of every plane that will be asked for */
  constructor(sizes: readonly number[]) {
    const bytes = sizes.reduce((sum, pixels) => sum + pixels + PADDING, 2 * PADDING);
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

  /** Fills a plane with means of 2 × 2 pixels of another, rounded; a lone row or column is read twice. */
  halve(from: Plane, to: Plane): void {
    this.#kernel.halve(from.data.byteOffset, from.width, from.height, to.data.byteOffset, to.width, to.height);
  }

  /**
   * Adds the pixels of a rectangle to a histogram and returns their sum.
   *
   * @param counts {@link HISTOGRAM_COUNTS} in this memory: four histograms that together are one
   */
  histogram(
    { data, width }: Plane,
    { left, right, top, bottom }: { left: number; right: number; top: number; bottom: number },
    counts: Uint32Array,
  ): number {
    return this.#kernel.histogram(data.byteOffset, width, left, right, top, bottom, counts.byteOffset);
  }

  /** Room for so many 32-bit counts; four bytes each and {@link ALIGNMENT} more must have been asked for. */
  counts(count: number): Uint32Array<ArrayBuffer> {
    const { buffer, byteOffset } = this.#aligned(4 * count);
    return new Uint32Array(buffer, byteOffset, count);
  }

  /** Room for sixteen-bit numbers; two bytes each and {@link ALIGNMENT} more must have been asked for. */
  shorts(count: number): Int16Array<ArrayBuffer> {
    const { buffer, byteOffset } = this.#aligned(2 * count);
    return new Int16Array(buffer, byteOffset, count);
  }

  #aligned(bytes: number): Uint8Array<ArrayBuffer> {
    this.#used = (this.#used + 3) & ~3;
    return this.plane(bytes);
  }

  /** Mean distance of chroma from neutral, code values. */
  saturation(blue: Uint8Array, red: Uint8Array): number {
    return this.#kernel.saturation(blue.byteOffset, red.byteOffset, blue.length) / blue.length;
  }

  meanOf(values: Uint8Array): number {
    return this.#kernel.total(values.byteOffset, values.length) / values.length;
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

  /** Sum of the differences of two runs of pixels, and how many differ by more than `step`. */
  difference(a: Uint8Array, b: Uint8Array, step: number): { sum: number; changed: number } {
    const sum = this.#kernel.difference(a.byteOffset, b.byteOffset, a.length, step);
    return { sum, changed: this.#kernel.second() };
  }

  /**
   * Edges of a plane: 1 in `thin` where the central differences in x and y come to `least` or more, and `wide` the same, one
   * pixel wider on each side. Returns how many there are.
   */
  edges({ data, width, height }: Plane, thin: Uint8Array, wide: Uint8Array, least: number): number {
    return this.#kernel.edges(data.byteOffset, thin.byteOffset, wide.byteOffset, width, height, least);
  }

  /** Marks of `thin` over what both show, and those of them where `wide`, moved by whole pixels, has none. */
  entering(thin: Uint8Array, wide: Uint8Array, { width, height }: Plane, dx: number, dy: number) {
    const entering = this.#kernel.entering(thin.byteOffset, wide.byteOffset, width, height, dx, dy);
    return { all: this.#kernel.edgesAll(), entering };
  }

  /** Sums over the overlap of the later plane with the earlier one moved, bilinear between pixels. */
  fit({ data: earlier }: Plane, { data: later, width, height }: Plane, x: number, y: number): FitSums {
    const [wholeX, wholeY] = [Math.floor(x), Math.floor(y)];
    const [shareX, shareY] = [x - wholeX, y - wholeY];
    // later(i) = earlier(i − shift): the pixel at whole distance and, for the fraction, its neighbour one further back.
    const count = this.#kernel.fit(
      earlier.byteOffset,
      later.byteOffset,
      width,
      Math.max(0, wholeX + 1),
      Math.min(width, width + wholeX),
      Math.max(0, wholeY + 1),
      Math.min(height, height + wholeY),
      wholeY * width + wholeX,
      (1 - shareX) * (1 - shareY),
      shareX * (1 - shareY),
      (1 - shareX) * shareY,
      shareX * shareY,
    );
    const [a, b, aa, bb, ab, apart] = [0, 1, 2, 3, 4, 5].map(which => this.#kernel.fitted(which));
    return { count, a, b, aa, bb, ab, apart };
  }

  /**
   * Share of the texture of blocks of 8 × 8 pixels that is found nowhere near in the earlier plane, 0–1.
   *
   * @param global the picture's motion in whole pixels
   * @param level difference of the mean levels that is taken out, a whole number
   * @param motion where the blocks' motions are kept from frame to frame
   * @param limits texture that noise alone gives, and the difference up to which a block is where it was, code values
   */
  unmatched(
    { data: earlier }: Plane,
    { data: later, width, height }: Plane,
    global: { x: number; y: number },
    level: number,
    motion: { x: Int16Array; y: Int16Array },
    limits: { floor: number; found: number },
  ): number {
    return this.#kernel.unmatched(
      earlier.byteOffset,
      later.byteOffset,
      width,
      height,
      global.x,
      global.y,
      level,
      motion.x.byteOffset,
      motion.y.byteOffset,
      limits.floor,
      limits.found,
    );
  }

  /** Histogram of colours: sixteen levels of luma by eight bins of each chroma, `bins` telling that of every chroma value. */
  joint({ data, width, height }: Plane, blue: Uint8Array, red: Uint8Array, bins: Uint8Array, out: Uint32Array): void {
    const [u, v, table] = [blue.byteOffset, red.byteOffset, bins.byteOffset];
    this.#kernel.joint(data.byteOffset, u, v, width, height, table, out.byteOffset);
  }
}
