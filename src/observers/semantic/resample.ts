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

/** Brings a byte plane to another size: each output pixel is the mean of the area under it, or linear where enlarged. */
export class Resampler {
  readonly #from: { width: number; height: number };
  readonly #to: { width: number; height: number };
  readonly #x: Axis;
  readonly #y: Axis;
  readonly #line: Float32Array;

  /** Both sizes at least 2 pixels. */
  constructor(from: { width: number; height: number }, to: { width: number; height: number }) {
    this.#from = { width: from.width, height: from.height };
    this.#to = { width: to.width, height: to.height };
    this.#x = axis(from.width, to.width);
    this.#y = axis(from.height, to.height);
    this.#line = new Float32Array(from.width + this.#x.taps);
  }

  /** Fills `out` (rows without gaps) from `plane`, whose rows are `stride` bytes apart. */
  resample(plane: Uint8Array, stride: number, out: Float32Array): void {
    const { width: sourceWidth, height: sourceHeight } = this.#from;
    const { width, height } = this.#to;
    const { first: left, taps: across, weights: xWeights } = this.#x;
    const { first: top, taps: down, weights: yWeights } = this.#y;
    const line = this.#line;
    for (let row = 0, at = 0; row < height; row++) {
      line.fill(0);
      for (let tap = 0; tap < down; tap++) {
        const weight = yWeights[row * down + tap];
        const y = top[row] + tap;
        if (weight === 0 || y >= sourceHeight) continue;
        const base = y * stride;
        for (let x = 0; x < sourceWidth; x++) line[x] += weight * plane[base + x];
      }
      for (let column = 0, w = 0; column < width; column++, w += across) {
        let sum = 0;
        for (let tap = 0, x = left[column]; tap < across; tap++, x++) sum += xWeights[w + tap] * line[x];
        out[at++] = sum;
      }
    }
  }
}
