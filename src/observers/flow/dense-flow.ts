import { RetakeError } from '../../errors.ts';
import type { Picture, PictureSize } from '../../media/frame.ts';
import { instantiate } from '../wasm.ts';
import { KERNEL } from './kernel.ts';

/** Displacement of every pixel, row-major, in pixels of the pictures. Views into the kernel's memory: the next flow into the same field overwrites them. */
export interface FlowField extends PictureSize {
  /** To the right. */
  readonly u: Float32Array;
  /** Downwards. */
  readonly v: Float32Array;
}

/** A picture's luma at several sizes inside the kernel's memory. */
export interface FlowPicture {
  /** Finest level without its padding: row `y` starts at `y * stride`. */
  readonly luma: Uint8Array;
  readonly stride: number;
  /** A quarter of the size in both directions: means of 4 × 4 pixels. Null when the picture is smaller than 64 a side. */
  readonly quarter: {
    readonly luma: Uint8Array;
    readonly stride: number;
    readonly width: number;
    readonly height: number;
  } | null;
  readonly slot: number;
}

/** What {@link DenseFlow.compare} says of a cell: places in its eight values. */
export const CELL_VALUE = {
  /** Mean of `to` along the flow less mean of `from`, code values. */
  level: 0,
  /** Variance of that difference over the cell. */
  left: 1,
  varianceFrom: 2,
  varianceTo: 3,
  covariance: 4,
  /** Share of pixels whose counterpart lies inside the picture. */
  inside: 5,
  u: 6,
  v: 7,
} as const;
export const CELL_VALUES = 8;

export interface FlowOptions {
  /** Pictures to be kept at the same time. Default 2. */
  pictures?: number;
  /** Fields to be kept at the same time. Default 1. */
  fields?: number;
  /** Pixels a side of the cells of {@link DenseFlow.compare}, even. Default 8. */
  cell?: number;
}

interface Kernel {
  pad(plane: number, width: number, height: number, stride: number): void;
  halve(source: number, sourceStride: number, target: number, width: number, height: number, stride: number): void;
  gradients(plane: number, stride: number, width: number, height: number, across: number, down: number): void;
  search(
    a: number,
    b: number,
    stride: number,
    width: number,
    height: number,
    gx: number,
    gy: number,
    u: number,
    v: number,
    coarseWidth: number,
    coarseHeight: number,
    startU: number,
    startV: number,
    patchU: number,
    patchV: number,
    patchCost: number,
    iterations: number,
  ): void;
  densify(
    a: number,
    b: number,
    stride: number,
    width: number,
    height: number,
    patchU: number,
    patchV: number,
    u: number,
    v: number,
    weight: number,
  ): void;
  compareCells(
    a: number,
    b: number,
    stride: number,
    width: number,
    height: number,
    u: number,
    v: number,
    cell: number,
    out: number,
  ): void;
}

/** Where one level of a picture lies; places of pixel (0, 0). */
interface Level extends PictureSize {
  stride: number;
  plane: number;
  gx: number;
  gy: number;
}

/** Replicated pixels around a plane, as the kernel assumes. */
const PADDING = 16;
/** A level's shorter side stays at least this long: two patches. */
const SHORTEST = 16;
/** Descent steps per patch at the finest level, and at the coarser ones, which decide about large motion. */
const FINE_ITERATIONS = 5;
const COARSE_ITERATIONS = 10;
/** Bytes that vector stores may write past a plane's end. */
const SLACK = 64;

/**
 * Dense optical flow between pictures of one size: inverse search over 8 × 8 patches every 4 pixels from coarse to fine
 * (Kroeger et al., ECCV 2016), in WebAssembly with SIMD. A change of the overall or local level does not pull at it.
 *
 * Load each picture once, then ask for as many flows between loaded pictures as needed, forwards or backwards.
 */
export class DenseFlow implements PictureSize {
  readonly width: number;
  readonly height: number;
  /** Pixels a side of a cell, and whole cells across and down. */
  readonly cell: number;
  readonly cellColumns: number;
  readonly cellRows: number;
  readonly #kernel: Kernel;
  /** Per picture, finest level first. */
  readonly #levels: Level[][] = [];
  readonly #fields: FlowField[] = [];
  readonly #patches: { u: number; v: number; cost: number };
  /** Dense flow of the level above, in turns, and the weights. */
  readonly #coarse: { u: number; v: number }[];
  readonly #places: { u: number; v: number }[] = [];
  readonly #weight: number;
  readonly #pictures: FlowPicture[];
  readonly #cellPlaces: number[];
  readonly #cells: Float32Array[];

  /** @throws RetakeError `observer-failed` when the pictures are smaller than two patches (16 pixels) */
  constructor({ width, height }: PictureSize, { pictures = 2, fields = 1, cell = 8 }: FlowOptions = {}) {
    if (Math.min(width, height) < SHORTEST) {
      throw new RetakeError('observer-failed', `Flow needs pictures of at least ${SHORTEST} pixels a side.`);
    }
    this.width = width;
    this.height = height;
    this.cell = cell;
    this.cellColumns = Math.floor(width / cell);
    this.cellRows = Math.floor(height / cell);
    let end = 1024;
    const take = (bytes: number): number => {
      const place = end;
      end = (end + bytes + SLACK + 15) & ~15;
      return place;
    };
    for (let slot = 0; slot < pictures; slot++) this.#levels.push(layOut(width, height, take));
    const pixels = width * height * 4;
    for (let i = 0; i < fields; i++) this.#places.push({ u: take(pixels), v: take(pixels) });
    this.#coarse = [0, 1].map(() => ({ u: take(pixels / 4), v: take(pixels / 4) }));
    this.#weight = take(pixels);
    const count = (Math.ceil(width / 4) + 1) * (Math.ceil(height / 4) + 1) * 4;
    this.#patches = { u: take(count), v: take(count), cost: take(count) };

    const cells = this.cellColumns * this.cellRows * CELL_VALUES;
    this.#cellPlaces = this.#places.map(() => take(cells * 4));

    const { exports, buffer } = instantiate<Kernel>(KERNEL, end);
    this.#kernel = exports;
    for (const { u, v } of this.#places) {
      const [right, down] = [u, v].map(place => new Float32Array(buffer, place, width * height));
      this.#fields.push({ width, height, u: right, v: down });
    }
    this.#cells = this.#cellPlaces.map(place => new Float32Array(buffer, place, cells));
    this.#pictures = this.#levels.map((levels, slot) => {
      const [finest, , quarter] = levels;
      return { ...view(buffer, finest), quarter: quarter ? view(buffer, quarter) : null, slot };
    });
  }

  /** Copies the picture's luma into a slot (from 0) and makes its smaller sizes. */
  load({ y, stride }: Pick<Picture, 'y' | 'stride'>, slot: number): FlowPicture {
    const levels = this.#levels[slot];
    const picture = this.#pictures[slot];
    const { luma } = picture;
    // A plain loop: views of single rows cost more than their bytes.
    for (let row = 0; row < this.height; row++) {
      const end = row * stride + this.width;
      for (let i = row * stride, k = row * picture.stride; i < end; i++, k++) luma[k] = y[i];
    }
    let finer: Level | undefined;
    for (const level of levels) {
      if (finer) this.#kernel.halve(finer.plane, finer.stride, level.plane, level.width, level.height, level.stride);
      this.#kernel.pad(level.plane, level.width, level.height, level.stride);
      this.#kernel.gradients(level.plane, level.stride, level.width, level.height, level.gx, level.gy);
      finer = level;
    }
    return picture;
  }

  /**
   * Where each pixel of `from` is in `to`. Reaches about a quarter of the shorter side per frame; motion beyond that can
   * be found when `start` is near it.
   *
   * @param field number of the field to be filled, from 0
   * @param start displacement to try first everywhere, in pixels
   */
  between(from: FlowPicture, to: FlowPicture, field = 0, start = { x: 0, y: 0 }): FlowField {
    const a = this.#levels[from.slot];
    const b = this.#levels[to.slot];
    let above: { u: number; v: number; width: number; height: number } | null = null;
    for (let index = a.length - 1; index >= 0; index--) {
      const { plane, stride, width, height, gx, gy } = a[index];
      const other = b[index].plane;
      const { u, v, cost } = this.#patches;
      const scale = 2 ** -index;
      this.#kernel.search(
        plane,
        other,
        stride,
        width,
        height,
        gx,
        gy,
        above?.u ?? 0,
        above?.v ?? 0,
        above?.width ?? 0,
        above?.height ?? 0,
        start.x * scale,
        start.y * scale,
        u,
        v,
        cost,
        index === 0 ? FINE_ITERATIONS : COARSE_ITERATIONS,
      );
      const out = index === 0 ? this.#places[field] : this.#coarse[index & 1];
      this.#kernel.densify(plane, other, stride, width, height, u, v, out.u, out.v, this.#weight);
      above = { ...out, width, height };
    }
    return this.#fields[field];
  }

  /**
   * Compares two pictures along the flow that {@link between} last put into `field`, in cells of `from`,
   * row-major, {@link CELL_VALUES} values each; see {@link CELL_VALUE}. A view that the next call for that field overwrites.
   */
  compare(from: FlowPicture, to: FlowPicture, field = 0): Float32Array {
    const { plane, stride, width, height } = this.#levels[from.slot][0];
    const { u, v } = this.#places[field];
    const out = this.#cellPlaces[field];
    this.#kernel.compareCells(plane, this.#levels[to.slot][0].plane, stride, width, height, u, v, this.cell, out);
    return this.#cells[field];
  }
}

const view = (buffer: ArrayBuffer, { plane, stride, width, height }: Level) => ({
  luma: new Uint8Array(buffer, plane, stride * height),
  stride,
  width,
  height,
});

/** Places for a picture's levels, finest first. */
function layOut(width: number, height: number, take: (bytes: number) => number): Level[] {
  const levels: Level[] = [];
  while (levels.length === 0 || Math.min(width, height) >= SHORTEST) {
    const stride = width + 2 * PADDING;
    const plane = take(stride * (height + 2 * PADDING)) + PADDING * stride + PADDING;
    levels.push({ width, height, stride, plane, gx: take(width * height * 2), gy: take(width * height * 2) });
    width >>= 1;
    height >>= 1;
  }
  return levels;
}
