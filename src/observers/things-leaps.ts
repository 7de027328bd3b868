import type { Translation } from './global-motion.ts';
import { type Blob, BlobFinder, MOST_BLOBS } from './things-blobs.ts';
import type { ThingsMemory } from './things-memory.ts';
import { opposites } from './things-places.ts';
import { type Box, FrameWindows } from './things-windows.ts';

/** Frames before and after a leap in which the thing must be followed. */
const FOLLOWED = 3;
const KEPT = 2 * FOLLOWED + 2;
/** Change from frame to frame beyond the camera's motion, code values; two fifths of the local contrast come on top. */
const CHANGE = 14;
/** The same thing at another place: correlation, mean luma, sides and distance in sides. */
const SAME = { likeness: 0.6, level: 24, side: 1.5, away: 0.8 } as const;
/** Likeness below which, at every second place, nothing is looked for at the places between. */
const GLIMPSE = { jump: 0.35, scale: 0.6 } as const;
/** What may remain alike at the old and the new place: the outline of what lies behind. */
const GONE = { likeness: 0.75, less: 0.1 } as const;
/** A thing of another size must look the same inside; smaller regions are the edges of things, not things. Pixels. */
const SCALED = { likeness: 0.8, side: 5, ratio: 1.25, on: 0.8 } as const;
/** How many times more changes at the leap than between the frames beside it, at the old or the new place. */
const STANDS_OUT = { jump: 1.3, scale: 1.3, split: 2 } as const;
/** Inside of a window without what lies behind its corners; the least window that can be compared, pixels; pairs of places that are tried. */
const INSIDE = [0.7, 0.5] as const;
const SMALLEST = 4;
const TRIED = 6;
/** Likeness of the two places of a short jump, and of insides alone: things that cross are alike too, but less. */
const CLEARLY = 0.78;
/** Sides of a region that is longer than two places of one thing beside each other: the edge of something large. */
const LONG = 2.8;
/** Motion per frame, in pixels, that tells a thing from what lies still, and by how much it may change. */
const MOVES = { least: 0.3, change: 0.7, share: 0.35 } as const;
/** Followed from frame to frame. */
const ON = 0.8;
/** Shares of a changed region within which a thing of another size is looked for as well. */
const INSIDES = [0.85, 0.7] as const;
/** Ratios of size that are tried. */
const RATIOS = [1.2, 1.3, 1.4, 1.5, 1.65, 1.8, 2] as const;
/** How much better the best ratio must fit than none, also when the thing has moved by so many pixels. */
const ASIDE = 4;
const BETTER = 0.12;

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

/** Looks for leaps a few frames back: what a thing does after the leap is part of the evidence. */
export class LeapFinder {
  /** Planes of one byte per pixel that a finder takes. */
  static readonly BYTES = KEPT + FrameWindows.BYTES + 1 + BlobFinder.BYTES;
  /** Planes of 32 bits per pixel. */
  static readonly FLOATS = BlobFinder.FLOATS;
  readonly #memory: ThingsMemory;
  readonly #frames: FrameWindows;
  readonly #blobs: Blob[][];
  readonly #mask: Uint8Array;
  readonly #finder: BlobFinder;
  #count = 0;

  constructor(memory: ThingsMemory) {
    this.#memory = memory;
    this.#frames = new FrameWindows(memory, KEPT);
    this.#blobs = Array.from({ length: KEPT }, () => []);
    this.#mask = memory.bytes();
    this.#finder = new BlobFinder(memory);
  }

  /** The frame that was taken last, in the memory. */
  get newest(): Uint8Array {
    return this.#frames.plane(0);
  }

  /** Takes the next frame with the camera's motion since the one before; tells the leaps that it completes. */
  push(picture: Uint8Array, step: Readonly<Translation>): Leap[] {
    const slot = this.#count % KEPT;
    this.#frames.push(picture, step);
    this.#blobs[slot] = this.#count > 0 ? this.#changes(step) : [];
    this.#count++;
    if (this.#count < KEPT) return [];
    // The newest frame has age 0; the first frame after the leap has this age.
    const age = FOLLOWED;
    const blobs = this.#blobs[(this.#count - 1 - age) % KEPT];
    const outstanding = blobs.map(blob => this.#outstanding(age, blob));
    const was = blobs.map(blob => this.#frames.level(age + 1, blob));
    const is = blobs.map(blob => this.#frames.level(age, blob));
    const found: Leap[] = [];
    // As many regions as are ever kept: the picture as a whole has changed.
    if (blobs.length === MOST_BLOBS) return found;
    blobs.forEach((to, i) => {
      blobs.forEach((from, k) => {
        if (Math.max(outstanding[i], outstanding[k]) < (i === k ? STANDS_OUT.scale : STANDS_OUT.jump)) return;
        // Regions take in a little of what lies around a thing, so their levels tell less than those of windows.
        if (i !== k && Math.abs(is[i] - was[k]) > 2 * SAME.level) return;
        const leap =
          i === k ? (this.#scale(to, age) ?? this.#near(to, outstanding[i], age)) : this.#jump(from, to, age);
        if (leap) found.push(leap);
      });
    });
    return found;
  }

  /** Regions that changed since the frame before. */
  #changes(step: Readonly<Translation>): Blob[] {
    const { kernel, width, height, pixels } = this.#memory;
    const [{ byteOffset: later }, { byteOffset: earlier }] = [this.#frames.plane(0), this.#frames.plane(1)];
    const [dx, dy] = [Math.round(step.x), Math.round(step.y)];
    const count = kernel.changes(earlier, later, this.#mask.byteOffset, width, height, dx, dy, CHANGE);
    return count > 0.3 * pixels ? [] : this.#finder.find(this.#mask);
  }

  #jump(a: Box, b: Box, age: number): Leap | null {
    const side = Math.max(b.width, b.height);
    if (ratioOf(a.width, b.width) > SAME.side || ratioOf(a.height, b.height) > SAME.side) return null;
    if (Math.hypot(a.x - b.x, a.y - b.y) < SAME.away * side) return null;
    const [w, h] = [Math.min(a.width, b.width), Math.min(a.height, b.height)];
    // With its outline: what is of one colour is known by nothing else. Or only its inside, when it lies before what is not alike.
    const outline = this.#moved(a, b, w + 1, h + 1, age);
    if (outline) return outline;
    for (const share of INSIDE) {
      const leap = this.#moved(a, b, share * w, share * h, age);
      if (leap && leap.likeness >= CLEARLY) return leap;
    }
    return null;
  }

  /** Whether what a window shows at one place was at the other in the frame before, and went on at either. */
  #moved(a: Box, b: Box, w: number, h: number, age: number): Leap | null {
    if (Math.min(w, h) < SMALLEST) return null;
    const [earlier, later] = [age + 1, age];
    const window = (x: number, y: number): Box => ({ x, y, width: w, height: h });
    const here = window(b.x, b.y);
    if (this.#frames.match(later, here, earlier, window(a.x, a.y), 2, 2).likeness < GLIMPSE.jump) return null;
    const seen = this.#frames.match(later, here, earlier, window(a.x, a.y), 2);
    if (
      seen.likeness < SAME.likeness ||
      this.#frames.levelStep(later, b.x, b.y, earlier, seen.x, seen.y, w, h) > SAME.level
    )
      return null;
    // Neither was it there before, nor is it still where it was.
    const was = this.#frames.match(later, here, earlier, here, 2).likeness;
    if (was > Math.min(GONE.likeness, seen.likeness - GONE.less)) return null;
    const there = window(seen.x, seen.y);
    if (this.#frames.match(earlier, there, later, there, 2).likeness > GONE.likeness) return null;
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

  /** A short jump within a region, where that stands out and is as compact as two places of one thing. */
  #near(blob: Blob, outstanding: number, age: number): Leap | null {
    const long = ratioOf(blob.width, blob.height) > LONG;
    return outstanding < STANDS_OUT.split || long ? null : this.#split(blob, age);
  }

  /** A jump shorter than two sizes: old and new place are one region, with the thing in opposite corners of it. */
  #split(blob: Blob, age: number): Leap | null {
    const pairs = opposites(blob, SAME.away)
      .map(([from, to]) => ({ from, to, likeness: this.#frames.match(age, to, age + 1, from, 1).likeness }))
      .filter(({ likeness }) => likeness >= CLEARLY)
      .sort((p, q) => q.likeness - p.likeness);
    for (const { from, to } of pairs.slice(0, TRIED)) {
      const leap = this.#jump(from, to, age);
      if (leap && leap.likeness >= CLEARLY) return leap;
    }
    return null;
  }

  /** Change within a box at the leap, relative to the most that changes between the frames beside it. */
  #outstanding(age: number, { x, y, width: w, height: h }: Box): number {
    const here = this.#frames.energy(age, x, y, w, h);
    let beside = 1;
    for (const k of [-2, -1, 1, 2]) beside = Math.max(beside, this.#frames.energy(age + k, x, y, w, h));
    return here / beside;
  }

  #scale(blob: Blob, age: number): Leap | null {
    if (ratioOf(blob.width, blob.height) > 1.8) return null;
    // The changed region is as large as the larger of the two, or a little smaller where it is faint.
    // Its inside is compared too: what lies behind its corners does not grow with it.
    const { x, y, width: w, height: h } = blob;
    const sizes = [[w, h], [w + 2, h + 2], ...INSIDES.map(share => [share * w, share * h])];
    for (const [width, height] of sizes) {
      for (const grows of [true, false]) {
        const leap = this.#resized(x, y, width, height, grows, age);
        if (leap) return leap;
      }
    }
    return null;
  }

  /** Whether what lies within a box of one of two frames is in the other one in another size. */
  #resized(x: number, y: number, w: number, h: number, grows: boolean, age: number): Leap | null {
    const [earlier, later] = [age + 1, age];
    const [large, small] = grows ? [later, earlier] : [earlier, later];
    const box = { x, y, width: w, height: h };
    const flat = this.#frames.match(large, box, small, box, 0).likeness;
    let best = { ratio: 1, likeness: flat, x, y };
    for (const ratio of RATIOS) {
      const near = { x, y, width: w / ratio, height: h / ratio };
      if (this.#frames.match(large, box, small, near, 2, 2).likeness < GLIMPSE.scale) continue;
      const found = this.#frames.match(large, box, small, near, 2);
      if (found.likeness > best.likeness) best = { ratio, ...found };
    }
    if (
      best.ratio < SCALED.ratio ||
      Math.min(w, h) / best.ratio < SCALED.side ||
      best.likeness < SCALED.likeness ||
      best.likeness < flat + BETTER
    )
      return null;
    // What has moved is alike at its new place without having changed its size.
    if (this.#frames.match(large, box, small, box, ASIDE).likeness > best.likeness - BETTER) return null;
    // A mouth that closes becomes smaller one way only.
    const flatter = { ...box, x: best.x, y: best.y, height: h / best.ratio };
    const narrower = { ...box, x: best.x, y: best.y, width: w / best.ratio };
    for (const other of [flatter, narrower])
      if (this.#frames.match(large, box, small, other, 2).likeness > best.likeness - BETTER / 2) return null;
    const [sw, sh] = [w / best.ratio, h / best.ratio];
    const smallBox = { x: best.x, y: best.y, width: sw, height: sh };
    const [from, to] = grows ? [smallBox, box] : [box, smallBox];
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
    let [cameraX, cameraY] = [0, 0];
    for (let k = 1; k <= FOLLOWED; k++) {
      const to = age + direction * k;
      const camera = this.#frames.step(direction > 0 ? to - 1 : to);
      const [cx, cy] = [-direction * Math.round(camera.x), -direction * Math.round(camera.y)];
      const window = { x: px, y: py, width: w, height: h };
      const found = this.#frames.match(to - direction, window, to, { ...window, x: px + cx, y: py + cy }, reach);
      if (found.likeness < on) return null;
      cameraX += cx;
      cameraY += cy;
      px = found.x;
      py = found.y;
    }
    // Steps of whole pixels: over all of the way the error is that of one of them.
    const window = { x, y, width: w, height: h };
    const whole = this.#frames.match(age, window, age + direction * FOLLOWED, { ...window, x: px, y: py }, 1);
    if (whole.likeness >= on) [px, py] = [whole.x, whole.y];
    const [mx, my] = [px - x - cameraX, py - y - cameraY];
    return { x: (-direction * mx) / FOLLOWED, y: (-direction * my) / FOLLOWED };
  }
}

/** Whether a thing moves, and moves on as before. */
function goesOn(before: Translation, after: Translation): boolean {
  const speed = Math.min(Math.hypot(before.x, before.y), Math.hypot(after.x, after.y));
  const change = Math.hypot(after.x - before.x, after.y - before.y);
  return speed >= MOVES.least && change <= Math.max(MOVES.change, MOVES.share * speed);
}

const ratioOf = (a: number, b: number): number => Math.max(a / b, b / a);
