/** Power spectrum of real frames of a fixed power-of-two length, radix 2, tables made once. */
export class PowerSpectrum {
  readonly size: number;
  readonly #real: Float64Array;
  readonly #imaginary: Float64Array;
  readonly #cosine: Float64Array;
  readonly #sine: Float64Array;
  readonly #reversed: Uint32Array;

  constructor(size: number) {
    this.size = size;
    this.#real = new Float64Array(size);
    this.#imaginary = new Float64Array(size);
    this.#cosine = Float64Array.from({ length: size / 2 }, (_, k) => Math.cos((2 * Math.PI * k) / size));
    this.#sine = Float64Array.from({ length: size / 2 }, (_, k) => -Math.sin((2 * Math.PI * k) / size));
    const bits = Math.log2(size);
    this.#reversed = Uint32Array.from({ length: size }, (_, k) => {
      let out = 0;
      for (let b = 0; b < bits; b++) if (k & (1 << b)) out |= 1 << (bits - 1 - b);
      return out;
    });
  }

  /**
   * @param frame at most `size` values; the rest counts as zero
   * @param power receives `size / 2 + 1` squared magnitudes
   */
  run(frame: ArrayLike<number>, power: Float64Array): void {
    const re = this.#real;
    const im = this.#imaginary;
    const { size } = this;
    im.fill(0);
    for (let k = 0; k < size; k++) {
      const from = this.#reversed[k];
      re[k] = from < frame.length ? frame[from] : 0;
    }
    for (let half = 1; half < size; half *= 2) {
      const stride = size / (2 * half);
      for (let start = 0; start < size; start += 2 * half)
        for (let k = 0, t = 0; k < half; k++, t += stride) {
          const i = start + k;
          const j = i + half;
          const c = this.#cosine[t];
          const s = this.#sine[t];
          const x = re[j] * c - im[j] * s;
          const y = re[j] * s + im[j] * c;
          re[j] = re[i] - x;
          im[j] = im[i] - y;
          re[i] += x;
          im[i] += y;
        }
    }
    for (let k = 0; k <= size / 2; k++) power[k] = re[k] * re[k] + im[k] * im[k];
  }
}
