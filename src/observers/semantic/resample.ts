import { instantiate, Layout, put } from '../wasm.ts';
import { KERNEL } from './area-kernel.ts';

/** How the pixels along one axis become those of another length: area average to fewer, linear to more. */
interface Axis {
  /** First source pixel of every output pixel. */
  first: Int32Array;
  /** Source pixels per output pixel, and their weights one output pixel after the other. */
  taps: number;
  weights: Float32Array;
}

function axis(from: number, to: number): Axis {
  const ratio = from / to;
  const taps = ratio > 1 ? Math.ceil(ratio) + 1 : 2;
  const first = new Int32Array(to);
  const weights = new Float32Array(to * taps);
  for (let k = 0; k < to; k++) {
    // The stretch of the source under the output pixel; at least one pixel wide, which is linear interpolation.
    const half = Math.max(1, ratio) / 2;
    const start = (k + 0.5) * ratio - half;
    const end = start + 2 * half;
    first[k] = Math.floor(start);
    let sum = 0;
    for (let tap = 0; tap < taps; tap++) {
      const pixel = first[k] + tap;
      const weight = Math.max(0, Math.min(end, pixel + 1) - Math.max(start, pixel));
      weights[k * taps + tap] = weight;
      sum += weight;
    }
    for (let tap = 0; tap < taps; tap++) weights[k * taps + tap] /= sum;
    // Taps that would lie outside repeat the picture's edge.
    const shift = Math.min(0, from - taps - first[k]) + Math.max(0, -first[k]);
    if (shift !== 0) {
      const moved = new Float32Array(taps);
      const base = Math.max(0, first[k] + shift);
      for (let tap = 0; tap < taps; tap++) {
        const pixel = Math.min(from - 1, Math.max(0, first[k] + tap));
        moved[Math.min(taps - 1, pixel - base)] += weights[k * taps + tap];
      }
      weights.set(moved, k * taps);
      first[k] = base;
    }
  }
  return { first, taps, weights };
}

interface Kernel {
  resample(...placesAndSizes: number[]): void;
}

/** Pixels that the kernel takes at a time. */
const LANES = 16;

/** Brings a byte plane to another size: each output pixel is the mean of the area under it, or linear where enlarged. */
export class Resampler {
  readonly #height: number;
  readonly #width: number;
  readonly #kernel: Kernel;
  readonly #plane: Uint8Array;
  readonly #out: Float32Array;
  readonly #places: number[];

  /** Both sizes at least 2 pixels. */
  constructor(from: { width: number; height: number }, to: { width: number; height: number }) {
    const x = axis(from.width, to.width);
    const y = axis(from.height, to.height);
    this.#width = from.width;
    this.#height = from.height;
    const layout = new Layout();
    const planeAt = layout.take((from.height + y.taps) * from.width + LANES);
    const outAt = layout.numbers(to.width * to.height);
    const lineAt = layout.numbers(from.width + LANES + x.taps);
    const tables = [x.first, x.weights, y.first, y.weights].map(table => ({ table, at: layout.numbers(table.length) }));
    const { exports, buffer } = instantiate<Kernel>(KERNEL, layout.bytes);
    for (const { table, at } of tables) put(buffer, at, table);
    const [left, xWeights, top, yWeights] = tables.map(({ at }) => at);
    this.#kernel = exports;
    this.#plane = new Uint8Array(buffer, planeAt, from.height * from.width);
    this.#out = new Float32Array(buffer, outAt, to.width * to.height);
    this.#places = [
      ...[planeAt, from.width, from.width, outAt, to.width, to.height],
      ...[left, x.taps, xWeights, top, y.taps, yWeights, lineAt],
    ];
  }

  /** Fills `out` (rows without gaps) from `plane`, whose rows are `stride` bytes apart. */
  resample(plane: Uint8Array, stride: number, out: Float32Array): void {
    const width = this.#width;
    if (stride === width) this.#plane.set(plane.subarray(0, width * this.#height));
    else
      for (let row = 0; row < this.#height; row++)
        this.#plane.set(plane.subarray(row * stride, row * stride + width), row * width);
    this.#kernel.resample(...this.#places);
    out.set(this.#out);
  }
}
