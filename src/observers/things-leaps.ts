import type { Translation } from './global-motion.ts';
import type { Plane } from './pyramid.ts';
import { type Blob, BlobFinder } from './things-blobs.ts';

/** Frames before and after a leap in which the thing must be followed. */
const FOLLOWED = 3;
const KEPT = 2 * FOLLOWED + 2;
/** Change from frame to frame beyond the camera's motion, code values, plus a share of the local contrast. */
const CHANGE = 14;
const EDGE = 0.4;
/** The same thing at another place: correlation, mean luma, sides and distance in sides. */
const SAME = { likeness: 0.6, level: 24, side: 1.5, away: 0.8 } as const;
/** What may remain alike at the old and the new place: the outline of what lies behind. */
const GONE = { likeness: 0.75, less: 0.1 } as const;
/** A thing of another size must look the same inside; smaller regions are the edges of things, not things. Pixels. */
const SCALED = { likeness: 0.83, side: 4.5, ratio: 1.25, on: 0.85 } as const;
/** How many times more changes at the leap than between the frames beside it, at the old or the new place. */
const STANDS_OUT = { jump: 1.3, scale: 1.7 } as const;
/** Motion per frame, in pixels, that tells a thing from what lies still, and by how much it may change. */
const MOVES = { least: 0.5, change: 0.5, share: 0.35 } as const;
/** Followed from frame to frame. */
const ON = 0.8;
/** Ratios of size that are tried. */
const RATIOS = [1.2, 1.3, 1.4, 1.5, 1.65, 1.8, 2] as const;
/** How much better the best ratio must fit than none. */
const BETTER = 0.2;
/** Samples along the side of a window. */
const GRID = 12;

/** Something that was followed smoothly up to a frame and from the next one on, but not from one to the other. Pixels of the plane. */
export interface Leap {
  kind: 'jump' | 'scale';
  /** Frames ago of the first frame after the leap, counted from the newest. */
  ago: number;
  from: Box;
  to: Box;
  /** Ratio of sizes, later to earlier. */
  ratio: number;
  likeness: number;
  /** Mean motion per frame before and after, the camera's taken out. */
  before: Translation;
  after: Translation;
}

interface Box {
  /** Middle. */
  x: number;
  y: number;
  width: number;
  height: number;
}

interface Match {
  x: number;
  y: number;
  likeness: number;
}

/** Looks for leaps a few frames back: what a thing does after the leap is part of the evidence. */
export class LeapFinder {
  readonly #width: number;
  readonly #height: number;
  readonly #planes: Uint8Array[];
  readonly #steps: Translation[];
  readonly #blobs: Blob[][];
  readonly #mask: Uint8Array;
  readonly #finder: BlobFinder;
  #count = 0;

  constructor(size: Pick<Plane, 'width' | 'height'>) {
    this.#width = size.width;
    this.#height = size.height;
    this.#planes = Array.from({ length: KEPT }, () => new Uint8Array(size.width * size.height));
    this.#steps = Array.from({ length: KEPT }, () => ({ x: 0, y: 0 }));
    this.#blobs = Array.from({ length: KEPT }, () => []);
    this.#mask = new Uint8Array(size.width * size.height);
    this.#finder = new BlobFinder(size);
  }

  /** Takes the next frame with the camera's motion since the one before; tells the leaps that it completes. */
  push(picture: Plane, step: Translation): Leap[] {
    const slot = this.#count % KEPT;
    this.#planes[slot].set(picture.data);
    Object.assign(this.#steps[slot], step);
    this.#blobs[slot] = this.#count > 0 ? this.#changes(picture, step) : [];
    this.#count++;
    if (this.#count < KEPT) return [];
    // The newest frame has age 0; the first frame after the leap has this age.
    const age = FOLLOWED;
    const blobs = this.#blobs[this.#slot(age)];
    const found: Leap[] = [];
    for (const to of blobs) {
      for (const from of blobs) {
        const leap = from === to ? this.#scale(to, age) : this.#jump(from, to, age);
        if (leap) found.push(leap);
      }
    }
    return found;
  }

  #slot(age: number): number {
    return (this.#count - 1 - age + 2 * KEPT) % KEPT;
  }

  /** Regions that changed since the frame before. */
  #changes(picture: Plane, step: Translation): Blob[] {
    const before = this.#planes[(this.#count - 1 + KEPT) % KEPT];
    const { data, width, height } = picture;
    const dx = Math.round(step.x);
    const dy = Math.round(step.y);
    this.#mask.fill(0);
    let count = 0;
    for (let y = Math.max(1, 1 + dy); y < Math.min(height - 1, height - 1 + dy); y++) {
      for (let x = Math.max(1, 1 + dx); x < Math.min(width - 1, width - 1 + dx); x++) {
        const i = y * width + x;
        const k = i - dy * width - dx;
        const difference = Math.abs(data[i] - before[k]);
        if (difference <= CHANGE) continue;
        const contrast = Math.min(
          Math.max(Math.abs(data[i + 1] - data[i - 1]), Math.abs(data[i + width] - data[i - width])),
          Math.max(Math.abs(before[k + 1] - before[k - 1]), Math.abs(before[k + width] - before[k - width])),
        );
        if (difference <= CHANGE + EDGE * contrast) continue;
        this.#mask[i] = 1;
        count++;
      }
    }
    return count > 0.3 * data.length ? [] : this.#finder.find(this.#mask, picture);
  }

  #jump(a: Blob, b: Blob, age: number): Leap | null {
    const side = Math.max(b.width, b.height);
    if (ratioOf(a.width, b.width) > SAME.side || ratioOf(a.height, b.height) > SAME.side) return null;
    if (Math.hypot(a.x - b.x, a.y - b.y) < SAME.away * side) return null;
    // With its outline: what is of one colour is known by nothing else.
    const [w, h] = [Math.min(a.width, b.width) + 1, Math.min(a.height, b.height) + 1];
    const [earlier, later] = [age + 1, age];
    const seen = this.#match(later, b.x, b.y, w, h, earlier, a.x, a.y, 2);
    if (seen.likeness < SAME.likeness || !this.#sameLevel(later, b.x, b.y, earlier, seen.x, seen.y, w, h)) return null;
    // Neither was it there before, nor is it still where it was.
    const was = this.#match(later, b.x, b.y, w, h, earlier, b.x, b.y, 2).likeness;
    if (was > Math.min(GONE.likeness, seen.likeness - GONE.less)) return null;
    if (this.#match(earlier, seen.x, seen.y, w, h, later, seen.x, seen.y, 2).likeness > GONE.likeness) return null;
    const place = { x: seen.x, y: seen.y, width: w, height: h };
    if (Math.max(this.#outstanding(age, place), this.#outstanding(age, b)) < STANDS_OUT.jump) return null;
    const before = this.#follow(earlier, seen.x, seen.y, w, h, 1);
    const after = before && this.#follow(later, b.x, b.y, w, h, -1);
    if (!before || !after || !goesOn(before, after)) return null;
    return {
      kind: 'jump',
      ago: age,
      from: { x: seen.x, y: seen.y, width: a.width, height: a.height },
      to: { x: b.x, y: b.y, width: b.width, height: b.height },
      ratio: 1,
      likeness: seen.likeness,
      before,
      after,
    };
  }

  /** Change within a box at the leap, relative to the most that changes between the frames beside it. */
  #outstanding(age: number, { x, y, width: w, height: h }: Box): number {
    const here = this.#energy(age, x, y, w, h);
    const beside = [-2, -1, 1, 2].map(k => this.#energy(age + k, x, y, w, h));
    return here / Math.max(1, ...beside);
  }

  /** Mean change within a box since the frame before, the camera's motion undone, code values. */
  #energy(age: number, x: number, y: number, w: number, h: number): number {
    const step = this.#steps[this.#slot(age)];
    const [dx, dy] = [Math.round(step.x), Math.round(step.y)];
    const a = this.#planes[this.#slot(age)];
    const b = this.#planes[this.#slot(age + 1)];
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

  #scale(blob: Blob, age: number): Leap | null {
    if (ratioOf(blob.width, blob.height) > 1.8 || this.#outstanding(age, blob) < STANDS_OUT.scale) return null;
    // The changed region is as large as the larger of the two, or a little smaller where it is faint.
    for (const pad of [0, 2]) {
      for (const grows of [true, false]) {
        const leap = this.#resized(blob.x, blob.y, blob.width + pad, blob.height + pad, grows, age);
        if (leap) return leap;
      }
    }
    return null;
  }

  /** Whether what lies within a box of one of two frames is in the other one in another size. */
  #resized(x: number, y: number, w: number, h: number, grows: boolean, age: number): Leap | null {
    const [earlier, later] = [age + 1, age];
    const [large, small] = grows ? [later, earlier] : [earlier, later];
    const flat = this.#compare(large, x, y, w, h, small, x, y, w, h);
    let best = { ratio: 1, likeness: flat, x, y };
    for (const ratio of RATIOS) {
      for (let dy = -2; dy <= 2; dy++) {
        for (let dx = -2; dx <= 2; dx++) {
          const likeness = this.#compare(large, x, y, w, h, small, x + dx, y + dy, w / ratio, h / ratio);
          if (likeness > best.likeness) best = { ratio, likeness, x: x + dx, y: y + dy };
        }
      }
    }
    if (
      best.ratio < SCALED.ratio ||
      Math.min(w, h) / best.ratio < SCALED.side ||
      best.likeness < SCALED.likeness ||
      best.likeness < flat + BETTER
    )
      return null;
    const [sw, sh] = [w / best.ratio, h / best.ratio];
    const largeBox = { x, y, width: w, height: h };
    const smallBox = { x: best.x, y: best.y, width: sw, height: sh };
    const [from, to] = grows ? [smallBox, largeBox] : [largeBox, smallBox];
    const before = this.#follow(earlier, from.x, from.y, 1.1 * from.width, 1.1 * from.height, 1, SCALED.on);
    const after = before && this.#follow(later, to.x, to.y, 1.1 * to.width, 1.1 * to.height, -1, SCALED.on);
    if (!before || !after || !goesOn(before, after)) return null;
    return {
      kind: 'scale',
      ago: age,
      from,
      to,
      ratio: grows ? best.ratio : 1 / best.ratio,
      likeness: best.likeness,
      before,
      after,
    };
  }

  /** Follows a window frame by frame into the past (`direction` 1) or on (−1); null when it is lost. Mean motion per frame. */
  #follow(
    age: number,
    x: number,
    y: number,
    w: number,
    h: number,
    direction: 1 | -1,
    on: number = ON,
  ): Translation | null {
    const reach = Math.min(5, Math.max(2, Math.ceil(0.35 * Math.max(w, h))));
    let [px, py] = [x, y];
    let [mx, my] = [0, 0];
    for (let k = 1; k <= FOLLOWED; k++) {
      const to = age + direction * k;
      const camera = this.#steps[this.#slot(direction > 0 ? to - 1 : to)];
      const [cx, cy] = [-direction * Math.round(camera.x), -direction * Math.round(camera.y)];
      const found = this.#match(to - direction, px, py, w, h, to, px + cx, py + cy, reach);
      if (found.likeness < on) return null;
      mx += found.x - px - cx;
      my += found.y - py - cy;
      px = found.x;
      py = found.y;
    }
    return { x: (-direction * mx) / FOLLOWED, y: (-direction * my) / FOLLOWED };
  }

  /** Best place of a window of one frame near a place in another. */
  #match(
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
        const likeness = this.#compare(age, x, y, w, h, inAge, nearX + dx, nearY + dy, w, h);
        if (likeness > best.likeness) Object.assign(best, { x: nearX + dx, y: nearY + dy, likeness });
      }
    }
    return best;
  }

  /** Correlation of two windows, each sampled on a grid of {@link GRID} by {@link GRID}; −1 when one leaves the picture. */
  #compare(
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
    const a = this.#planes[this.#slot(age)];
    const b = this.#planes[this.#slot(inAge)];
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

  #sameLevel(age: number, x: number, y: number, inAge: number, bx: number, by: number, w: number, h: number): boolean {
    const mean = (of: number, cx: number, cy: number) => {
      const plane = this.#planes[this.#slot(of)];
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
    return Math.abs(mean(age, x, y) - mean(inAge, bx, by)) <= SAME.level;
  }
}

/** Whether a thing moves, and moves on as before. */
function goesOn(before: Translation, after: Translation): boolean {
  const speed = Math.min(Math.hypot(before.x, before.y), Math.hypot(after.x, after.y));
  const change = Math.hypot(after.x - before.x, after.y - before.y);
  return speed >= MOVES.least && change <= Math.max(MOVES.change, MOVES.share * speed);
}

const ratioOf = (a: number, b: number): number => Math.max(a / b, b / a);
