import { instantiate } from '../wasm.ts';
import type { FeatureMap } from './features.ts';
import { KERNEL } from './likeness-kernel.ts';

interface Kernel {
  nearest(from: number, to: number, cells: number, channels: number, best: number, found: number): void;
}

/** Finds features of one map in others of its size, in memory of its own. */
export class Anywhere {
  readonly #kernel: Kernel;
  readonly #from: Float32Array;
  readonly #to: Float32Array;
  readonly #best: Float32Array;
  readonly #cells: number;
  readonly #channels: number;

  constructor({ columns, rows, channels }: Pick<FeatureMap, 'columns' | 'rows' | 'channels'>) {
    this.#cells = columns * rows;
    this.#channels = channels;
    // One cell more: the kernel looks at two at a time.
    const length = (this.#cells + 1) * channels;
    const { exports, buffer } = instantiate<Kernel>(KERNEL, 4 * (2 * length + this.#cells));
    this.#kernel = exports;
    this.#from = new Float32Array(buffer, 0, length);
    this.#to = new Float32Array(buffer, 4 * length, length);
    this.#best = new Float32Array(buffer, 8 * length, this.#cells);
  }

  /**
   * 1 − cosine of every cell to the best anywhere in another map. `known` is what nearby search found already; a cell of which
   * that is less than `found` is not looked for.
   */
  nearest(from: FeatureMap, to: FeatureMap, known: Float32Array, found: number): Float32Array {
    this.#from.set(from.unit);
    this.#to.set(to.unit);
    this.#best.set(known);
    const at = (array: Float32Array) => array.byteOffset;
    this.#kernel.nearest(at(this.#from), at(this.#to), this.#cells, this.#channels, at(this.#best), found);
    return this.#best.slice();
  }
}
