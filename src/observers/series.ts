/** A per-frame series that grows as frames come; doubling keeps the cost of appending constant. */
export class SeriesBuilder {
  #values: Float32Array;
  #length = 0;

  /** @param capacity number of values to expect, a hint only */
  constructor(capacity = 256) {
    this.#values = new Float32Array(Math.max(16, capacity));
  }

  push(value: number): void {
    this.#reserve(1);
    this.#values[this.#length++] = value;
  }

  /** Appends a copy of `values`. */
  append(values: Float32Array): void {
    this.#reserve(values.length);
    this.#values.set(values, this.#length);
    this.#length += values.length;
  }

  /** What was pushed so far, as an array of its own exact size. */
  finish(): Float32Array {
    return this.#values.slice(0, this.#length);
  }

  #reserve(count: number): void {
    const needed = this.#length + count;
    if (needed <= this.#values.length) return;
    const grown = new Float32Array(Math.max(needed, this.#values.length * 2));
    grown.set(this.#values);
    this.#values = grown;
  }
}
