import type { Picture, PictureSize } from '../../src/media/frame.ts';

/** One 4:2:0 picture without padding. */
export interface Still {
  y: Uint8Array;
  u: Uint8Array;
  v: Uint8Array;
}

/** Pictures of one size in memory. */
export interface Film extends PictureSize {
  fps: number;
  frames: Still[];
}

export type Box = [x: number, y: number, width: number, height: number];

/** Repeatable random numbers (mulberry32). */
export class Dice {
  #state: number;

  constructor(seed: string | number) {
    let state = 2166136261;
    for (const c of String(seed)) state = Math.imul(state ^ c.charCodeAt(0), 16777619);
    this.#state = state >>> 0;
  }

  /** In [0, 1). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }

  between(low: number, high: number): number {
    return low + (high - low) * this.next();
  }

  whole(low: number, high: number): number {
    return Math.floor(this.between(low, high + 1));
  }

  pick<T>(values: readonly T[]): T {
    return values[Math.floor(this.next() * values.length)];
  }

  chance(share: number): boolean {
    return this.next() < share;
  }
}

export const copyOf = ({ y, u, v }: Still): Still => ({ y: y.slice(), u: u.slice(), v: v.slice() });

export const asPicture = ({ y, u, v }: Still, { width, height }: PictureSize): Picture => ({
  width,
  height,
  y,
  u,
  v,
  stride: width,
  chromaStride: width / 2,
});

/** A padded picture's planes, packed. */
export function packed({ width, height, y, u, v, stride, chromaStride }: Picture): Still {
  const plane = (source: Uint8Array, step: number, across: number, down: number) => {
    const out = new Uint8Array(across * down);
    for (let row = 0; row < down; row++) out.set(source.subarray(row * step, row * step + across), row * across);
    return out;
  };
  return {
    y: plane(y, stride, width, height),
    u: plane(u, chromaStride, width / 2, height / 2),
    v: plane(v, chromaStride, width / 2, height / 2),
  };
}

/** The part `[x, y, width, height]` of a still scaled to a size, bilinear. */
export function scaled(still: Still, from: PictureSize, [x, y, w, h]: Box, to: PictureSize): Still {
  const plane = (source: Uint8Array, fw: number, fh: number, scale: number, tw: number, th: number) => {
    const out = new Uint8Array(tw * th);
    for (let row = 0; row < th; row++) {
      const sy = Math.min(fh - 1, Math.max(0, (y + ((row + 0.5) * h) / th) * 1 * scale - 0.5));
      const top = Math.floor(sy);
      const fy = sy - top;
      const below = Math.min(fh - 1, top + 1);
      for (let column = 0; column < tw; column++) {
        const sx = Math.min(fw - 1, Math.max(0, (x + ((column + 0.5) * w) / tw) * scale - 0.5));
        const left = Math.floor(sx);
        const fx = sx - left;
        const right = Math.min(fw - 1, left + 1);
        const a = source[top * fw + left] * (1 - fx) + source[top * fw + right] * fx;
        const b = source[below * fw + left] * (1 - fx) + source[below * fw + right] * fx;
        out[row * tw + column] = Math.round(a * (1 - fy) + b * fy);
      }
    }
    return out;
  };
  return {
    y: plane(still.y, from.width, from.height, 1, to.width, to.height),
    u: plane(still.u, from.width / 2, from.height / 2, 0.5, to.width / 2, to.height / 2),
    v: plane(still.v, from.width / 2, from.height / 2, 0.5, to.width / 2, to.height / 2),
  };
}

/** A cut-out thing: pixels and how much of them shows, 0–1. Sides are even. */
export interface Thing extends PictureSize {
  still: Still;
  alpha: Float32Array;
}

/** A blob with the texture of somewhere in another film. */
export function thingFrom(donor: Film, size: PictureSize, dice: Dice, low = 0.12, high = 0.35): Thing {
  const share = dice.between(low, high);
  const even = (value: number) => 2 * Math.max(6, Math.round(value / 2));
  const height = Math.min(even(size.height * share), size.height - 4);
  const width = Math.min(even(size.width * share * dice.between(0.6, 1.2)), size.width - 4);
  const zoom = Math.min(donor.width / width, donor.height / height, dice.between(0.8, 1.6));
  const w = width * zoom;
  const h = height * zoom;
  const box: Box = [dice.between(0, donor.width - w), dice.between(0, donor.height - h), w, h];
  const still = scaled(dice.pick(donor.frames), donor, box, { width, height });
  const corners = dice.whole(5, 8);
  const radii = Array.from({ length: corners }, () => dice.between(0.65, 1));
  const alpha = new Float32Array(width * height);
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const dx = ((column + 0.5) / width) * 2 - 1;
      const dy = ((row + 0.5) / height) * 2 - 1;
      const turn = ((Math.atan2(dy, dx) / (2 * Math.PI) + 1) % 1) * corners;
      const i = Math.floor(turn) % corners;
      const share = turn - Math.floor(turn);
      const radius = 0.96 * (radii[i] * (1 - share) + radii[(i + 1) % corners] * share);
      const edge = ((radius - Math.hypot(dx, dy)) * Math.min(width, height)) / 2;
      alpha[row * width + column] = Math.min(1, Math.max(0, edge / 1.6 + 0.5));
    }
  }
  return { width, height, still, alpha };
}

/** A thing in another size. */
export function sized(thing: Thing, factor: number): Thing {
  const even = (value: number) => 2 * Math.max(2, Math.round((value * factor) / 2));
  const [width, height] = [even(thing.width), even(thing.height)];
  const still = scaled(thing.still, thing, [0, 0, thing.width, thing.height], { width, height });
  const alpha = Float32Array.from({ length: width * height }, (_, i) => {
    const x = Math.floor((((i % width) + 0.5) * thing.width) / width);
    const y = Math.floor(((Math.floor(i / width) + 0.5) * thing.height) / height);
    return thing.alpha[y * thing.width + x];
  });
  return { width, height, still, alpha };
}

/** Lays a thing over a still, its top left corner at (x, y) rounded to even places; what lies outside is left out. */
export function paste(target: Still, size: PictureSize, thing: Thing, x: number, y: number, opacity = 1): void {
  const left = 2 * Math.round(x / 2);
  const top = 2 * Math.round(y / 2);
  const plane = (out: Uint8Array, source: Uint8Array, div: number) => {
    const w = thing.width / div;
    const h = thing.height / div;
    const across = size.width / div;
    const down = size.height / div;
    for (let row = 0; row < h; row++) {
      const toY = top / div + row;
      if (toY < 0 || toY >= down) continue;
      for (let column = 0; column < w; column++) {
        const toX = left / div + column;
        if (toX < 0 || toX >= across) continue;
        const a = opacity * thing.alpha[row * div * thing.width + column * div];
        const i = toY * across + toX;
        out[i] = Math.round(out[i] * (1 - a) + source[row * w + column] * a);
      }
    }
  };
  plane(target.y, thing.still.y, 1);
  plane(target.u, thing.still.u, 2);
  plane(target.v, thing.still.v, 2);
}
