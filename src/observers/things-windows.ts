import type { Translation } from './global-motion.ts';
import type { Plane } from './pyramid.ts';

/** Samples along the side of a window. */
const GRID = 12;

/** Where a window was found. */
export interface Match {
  x: number;
  y: number;
  likeness: number;
}

/** The last few frames, by age: 0 is the newest. Windows in them are compared by place and size, all in pixels of the plane. */
export class FrameWindows {
  readonly #width: number;
  readonly #height: number;
  readonly #planes: Uint8Array[];
  readonly #steps: Translation[];
  readonly #kept: number;
  #count = 0;

  /** @param kept frames that are remembered */
  constructor({ width, height }: Pick<Plane, 'width' | 'height'>, kept: number) {
    this.#width = width;
    this.#height = height;
    this.#kept = kept;
    this.#planes = Array.from({ length: kept }, () => new Uint8Array(width * height));
    this.#steps = Array.from({ length: kept }, () => ({ x: 0, y: 0 }));
  }

  /** Takes the next frame with the camera's motion since the one before. */
  push({ data }: Plane, step: Translation): void {
    this.#count++;
    this.plane(0).set(data);
    Object.assign(this.step(0), step);
  }

  plane(age: number): Uint8Array {
    return this.#planes[this.#slot(age)];
  }

  /** The camera's motion since the frame before. */
  step(age: number): Translation {
    return this.#steps[this.#slot(age)];
  }

  #slot(age: number): number {
    return (this.#count - 1 - age + 2 * this.#kept) % this.#kept;
  }

  /** Mean change within a box since the frame before, the camera's motion undone, code values. */
  energy(age: number, x: number, y: number, w: number, h: number): number {
    const step = this.step(age);
    const [dx, dy] = [Math.round(step.x), Math.round(step.y)];
    const a = this.plane(age);
    const b = this.plane(age + 1);
    const left = Math.max(0, dx, Math.floor(x - w / 2));
    const right = Math.min(this.#width, this.#width + dx, Math.ceil(x + w / 2));
    const top = Math.max(0, dy, Math.floor(y - h / 2));
    const bottom = Math.min(this.#height, this.#height + dy, Math.ceil(y + h / 2));
    let sum = 0;
    for (let row = top; row < bottom; row++)
      for (let i = row * this.#width + left; i < row * this.#width + right; i++)
        sum += Math.abs(a[i] - b[i - dy * this.#width - dx]);
    return sum / Math.max(1, (right - left) * (bottom - top));
  }

  /** Best place of a window of one frame near a place in another. */
  match(
    age: number,
    x: number,
    y: number,
    w: number,
    h: number,
    inAge: number,
    nearX: number,
    nearY: number,
    reach: number,
  ): Match {
    const best: Match = { x: nearX, y: nearY, likeness: -1 };
    for (let dy = -reach; dy <= reach; dy++) {
      for (let dx = -reach; dx <= reach; dx++) {
        const likeness = this.compare(age, x, y, w, h, inAge, nearX + dx, nearY + dy, w, h);
        if (likeness > best.likeness) Object.assign(best, { x: nearX + dx, y: nearY + dy, likeness });
      }
    }
    return best;
  }

  /** Correlation of two windows, each sampled on a grid of {@link GRID} by {@link GRID}; −1 when one leaves the picture. */
  compare(
    age: number,
    x: number,
    y: number,
    w: number,
    h: number,
    inAge: number,
    bx: number,
    by: number,
    bw: number,
    bh: number,
  ): number {
    const [width, height] = [this.#width, this.#height];
    const outside = (cx: number, cy: number, cw: number, ch: number) =>
      cx - cw / 2 < 0 || cy - ch / 2 < 0 || cx + cw / 2 > width || cy + ch / 2 > height;
    if (outside(x, y, w, h) || outside(bx, by, bw, bh)) return -1;
    const a = this.plane(age);
    const b = this.plane(inAge);
    let [sa, sb, saa, sbb, sab] = [0, 0, 0, 0, 0];
    for (let row = 0; row < GRID; row++) {
      const v = (row + 0.5) / GRID - 0.5;
      const ra = Math.floor(y + v * h) * width;
      const rb = Math.floor(by + v * bh) * width;
      for (let column = 0; column < GRID; column++) {
        const u = (column + 0.5) / GRID - 0.5;
        const p = a[ra + Math.floor(x + u * w)];
        const q = b[rb + Math.floor(bx + u * bw)];
        sa += p;
        sb += q;
        saa += p * p;
        sbb += q * q;
        sab += p * q;
      }
    }
    const n = GRID * GRID;
    const va = Math.max(0, saa / n - (sa / n) ** 2);
    const vb = Math.max(0, sbb / n - (sb / n) ** 2);
    return (sab / n - (sa / n) * (sb / n)) / Math.sqrt((va + 9) * (vb + 9));
  }

  /** Difference of the mean levels of two windows of one size, code values. */
  levelStep(age: number, x: number, y: number, inAge: number, bx: number, by: number, w: number, h: number): number {
    const mean = (of: number, cx: number, cy: number) => {
      const plane = this.plane(of);
      let sum = 0;
      for (let row = 0; row < GRID; row++)
        for (let column = 0; column < GRID; column++)
          sum +=
            plane[
              Math.floor(cy + ((row + 0.5) / GRID - 0.5) * h) * this.#width +
                Math.floor(cx + ((column + 0.5) / GRID - 0.5) * w)
            ];
      return sum / (GRID * GRID);
    };
    return Math.abs(mean(age, x, y) - mean(inAge, bx, by));
  }
}
