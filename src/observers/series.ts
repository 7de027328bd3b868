/** Bytes from which on a finished series is not copied into an array of its exact size. */
const LARGE = 8 * 2 ** 20;

/** A per-frame series that grows as frames come; doubling keeps the cost of appending constant. */
export class SeriesBuilder<Values extends Float32Array | Uint16Array = Float32Array> {
  readonly #make: (length: number) => Values;
  #values: Values;
  #length = 0;

  /**
   * @param capacity number of values to expect, a hint only
   * @param make an array of zeros to keep them in; 32-bit floats when absent
   */
  constructor(capacity = 256, make = ((length: number) => new Float32Array(length)) as (length: number) => Values) {
    this.#make = make;
    this.#values = make(Math.max(16, capacity));
  }

  push(value: number): void {
    this.#reserve(1);
    this.#values[this.#length++] = value;
  }

  /** Appends a copy of `values`. */
  append(values: ArrayLike<number>): void {
    this.#reserve(values.length);
    this.#values.set(values, this.#length);
    this.#length += values.length;
  }

  /**
   * What was pushed so far: an array of its own exact size or, where that would take the memory of a long clip twice, the
   * filled part of the builder's own. The builder is not used any more.
   */
  finish(): Values {
    const unused = this.#values.length - this.#length;
    if (this.#values.byteLength >= LARGE && unused < this.#length)
      return this.#values.subarray(0, this.#length) as Values;
    return this.#values.slice(0, this.#length) as Values;
  }

  #reserve(count: number): void {
    const needed = this.#length + count;
    if (needed <= this.#values.length) return;
    const grown = this.#make(Math.max(needed, this.#values.length * 2));
    grown.set(this.#values);
    this.#values = grown;
  }
}
