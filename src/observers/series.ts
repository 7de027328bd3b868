import { bytesOf, Shelf } from './shelf.ts';

/** Bytes that a series takes in memory at most while it grows. */
const BLOCK = 256 * 1024;

/**
 * A per-frame series that grows as frames come. Of a long one only the latest values are in memory until it is finished;
 * the others lie on a {@link Shelf}.
 */
export class SeriesBuilder<Values extends Float32Array | Uint16Array = Float32Array> {
  readonly #make: (length: number) => Values;
  readonly #most: number;
  readonly #shelf = new Shelf();
  #values: Values;
  #length = 0;
  #shelved = 0;

  /**
   * @param capacity number of values to expect, a hint only
   * @param make an array of zeros to keep them in; 32-bit floats when absent
   */
  constructor(capacity = 256, make = ((length: number) => new Float32Array(length)) as (length: number) => Values) {
    this.#make = make;
    this.#most = BLOCK / make(1).BYTES_PER_ELEMENT;
    this.#values = make(Math.min(this.#most, Math.max(16, capacity)));
  }

  push(value: number): void {
    this.#reserve(1);
    this.#values[this.#length++] = value;
  }

  /** Appends a copy of `values`. */
  append(values: ArrayLike<number>): void {
    if (values.length > this.#most) {
      for (let k = 0; k < values.length; k++) this.push(values[k]);
      return;
    }
    this.#reserve(values.length);
    this.#values.set(values, this.#length);
    this.#length += values.length;
  }

  /** What was pushed so far, an array of its own exact size. The builder is not used any more. */
  finish(): Values {
    const out = this.#make(this.#shelved + this.#length);
    this.#shelf.read(0, bytesOf(out).subarray(0, this.#shelved * out.BYTES_PER_ELEMENT));
    out.set(this.#values.subarray(0, this.#length), this.#shelved);
    this.#shelf.close();
    this.#values = this.#make(0);
    return out;
  }

  #reserve(count: number): void {
    const needed = this.#length + count;
    if (needed <= this.#values.length) return;
    if (needed > this.#most) {
      this.#shelf.put(bytesOf(this.#values.subarray(0, this.#length)));
      this.#shelved += this.#length;
      this.#length = 0;
      if (count <= this.#values.length) return;
    }
    const grown = this.#make(Math.min(this.#most, Math.max(this.#length + count, this.#values.length * 2)));
    grown.set(this.#values.subarray(0, this.#length));
    this.#values = grown;
  }
}
