import type { Translation } from './global-motion.ts';
import type { ThingsMemory } from './things-memory.ts';
import { splits } from './things-places.ts';
import { resized } from './things-sizes.ts';
import { type Region, type Standing, StandingCells } from './things-standing.ts';
import { type Box, FrameWindows } from './things-windows.ts';

/** Frames before and after a shift in which the thing must be followed. */
const FOLLOWED = 3;
const KEPT = 2 * FOLLOWED + 2;
/** How many times more changes where it was and where it is than in the frames beside: regions are looked for at both. */
const TIMES = [1.15, 1.5] as const;
/** Regions that differ by so many pixels are found twice. */
const TWICE = 1.5;
/** Share of what stands out that a place, or both together, must be. */
const SHARE = 0.3;
/** Sides of a thing: pixels at least, shares of the picture's width at most; ratio of the sizes of two places of one. */
const SIDE = { least: 6, jump: 0.3, scale: 0.35, ratio: 1.7 } as const;
/**
 * How many times more must change at a place, at the lesser and the greater of two, than in the frames beside before anything is
 * compared there. What was planted over the choosing half of the bench's takes reaches 1.5 and 1.7; sizes 1.5 at one of both.
 */
const STANDS_OUT = { lesser: 1.15, greater: 1.5, scale: 1.3 } as const;
/** Shares of a place's size that are compared, and the least window, pixels. */
const SHARES = [0.55, 0.75, 1] as const;
const WINDOW = 7;
/** Likeness of both places roughly and at best, and how much less alike what was there and what is must be. */
const SAME = { rough: 0.5, best: 0.7, less: 0.05 } as const;
/** Distance of two places, pixels. */
const AWAY = 8;
/** Likeness from one frame to the next, and over all of them to correct the way. */
const ON = { next: 0.6, whole: 0.7 } as const;

/** Something that leaves one place, or one size, and is at another in the next frame, with all that speaks for it. Pixels of the plane. */
export interface Shift {
  /** Frames ago of the first frame after it, counted from the newest. */
  ago: number;
  from: Box;
  to: Box;
  /** Ratio of sizes, later to earlier; 1 for another place. */
  ratio: number;
  likeness: number;
  /** Likeness that is left without a shift: of the place to itself, of the size to itself. */
  unmoved: number;
  /** Likeness with only the width or only the height changed; −1 for another place. */
  oneWay: number;
  /** Least likeness from one frame to the next while it is followed. */
  followed: number;
  /** Difference of the mean levels before and after, code values. */
  level: number;
  /** How many times more changes at the old and the new place than in the frames beside. */
  timesFrom: number;
  timesTo: number;
  /** Share of all that stands out. */
  share: number;
  /** Old and new place are one region. */
  split: boolean;
  /** Mean motion per frame before and after, the camera's taken out. */
  before: Translation;
  after: Translation;
}

/** Where a shift may have been, without what is measured along the way. */
type Found = Pick<Shift, 'from' | 'to' | 'ratio' | 'likeness' | 'unmoved' | 'oneWay' | 'share' | 'split'>;

/** Looks for shifts a few frames back: what a thing does afterwards is part of the evidence. */
export class ShiftFinder {
  /** Planes of one byte per pixel that a finder takes. */
  static readonly BYTES = KEPT * (1 + StandingCells.BYTES_EACH) + FrameWindows.BYTES;
  readonly #frames: FrameWindows;
  readonly #cells: StandingCells;
  readonly #width: number;
  #count = 0;

  constructor(memory: ThingsMemory) {
    this.#frames = new FrameWindows(memory, KEPT);
    this.#cells = new StandingCells(memory, KEPT);
    this.#width = memory.width;
  }

  /** Takes the next frame with the camera's motion since the one before; tells the shifts that it completes. */
  push(picture: Uint8Array, step: Readonly<Translation>): Shift[] {
    this.#frames.push(picture, step);
    this.#cells.push(this.#frames.plane(0), this.#frames.plane(1), step);
    if (++this.#count < KEPT) return [];
    const found: Shift[] = [];
    const known: Region[] = [];
    for (const times of TIMES) {
      const standing = this.#cells.at(FOLLOWED, times);
      const fresh = new Set(standing.regions.filter(region => !known.some(other => alike(region, other))));
      known.push(...fresh);
      for (const candidate of [...this.#jumps(standing, fresh), ...this.#sizes(standing, fresh)]) {
        const shift = this.#along(candidate);
        if (shift) found.push(shift);
      }
    }
    return found;
  }

  #jumps({ regions, cells }: Standing, fresh: ReadonlySet<Region>): Found[] {
    const found: Found[] = [];
    const known = new Map<Box, number>();
    const timesAt = (box: Box): number => {
      const times = known.get(box) ?? this.#times(box);
      known.set(box, times);
      return times;
    };
    const take = (from: Box, to: Box, share: number, split: boolean) => {
      const sides = [from.width, from.height, to.width, to.height];
      if (Math.min(...sides) < SIDE.least || Math.max(...sides) > SIDE.jump * this.#width) return;
      const [a, b] = [timesAt(from), timesAt(to)];
      if (Math.min(a, b) < STANDS_OUT.lesser || Math.max(a, b) < STANDS_OUT.greater) return;
      const jump = this.#jump(from, to);
      if (jump) found.push({ ...jump, ratio: 1, oneWay: -1, share, split });
    };
    for (const to of regions)
      for (const from of regions) {
        if (from === to || from.cells + to.cells < SHARE * cells || !(fresh.has(from) || fresh.has(to))) continue;
        const ratio = Math.sqrt((from.width * from.height) / (to.width * to.height));
        if (Math.max(ratio, 1 / ratio) <= SIDE.ratio) take(from, to, (from.cells + to.cells) / cells, false);
      }
    for (const region of regions) {
      if (region.cells < SHARE * cells || !fresh.has(region)) continue;
      for (const [from, to] of splits(region)) take(from, to, region.cells / cells, true);
    }
    return found;
  }

  /** Whether what is at one place was at another in the frame before. */
  #jump(a: Box, b: Box): Pick<Shift, 'from' | 'to' | 'likeness' | 'unmoved'> | null {
    const [earlier, later] = [FOLLOWED + 1, FOLLOWED];
    const [width, height] = [(a.width + b.width) / 2, (a.height + b.height) / 2];
    const reach = Math.max(6, Math.round(0.25 * Math.max(width, height)));
    let best: { from: Box; to: Box; likeness: number } | null = null;
    for (const share of SHARES) {
      const size = { width: Math.max(WINDOW, share * width), height: Math.max(WINDOW, share * height) };
      const to = { x: Math.round(b.x), y: Math.round(b.y), ...size };
      const near = { x: Math.round(a.x), y: Math.round(a.y), ...size };
      const rough = this.#frames.match(later, to, earlier, near, reach, 2);
      if (rough.likeness < SAME.rough) continue;
      const { x, y, likeness } = this.#frames.match(later, to, earlier, { ...near, x: rough.x, y: rough.y }, 1);
      if (!best || likeness > best.likeness) best = { from: { ...near, x, y }, to, likeness };
    }
    if (!best || best.likeness < SAME.best) return null;
    const { from, to, likeness } = best;
    if (Math.hypot(to.x - from.x, to.y - from.y) < AWAY) return null;
    const was = this.#frames.match(later, to, earlier, to, 4).likeness;
    if (was > likeness - SAME.less) return null;
    const still = this.#frames.match(earlier, from, later, from, 4).likeness;
    return still > likeness - SAME.less ? null : { ...best, unmoved: Math.max(was, still) };
  }

  #sizes({ regions, cells }: Standing, fresh: ReadonlySet<Region>): Found[] {
    const found: Found[] = [];
    for (const region of regions) {
      const share = region.cells / cells;
      if (share < SHARE || !fresh.has(region)) continue;
      const size = resized(this.#frames, this.#places(region), FOLLOWED);
      if (size) found.push({ ...size, share, split: false });
    }
    return found;
  }

  /** Where a thing may be that has changed its size about a region. */
  #places(region: Region): Box[] {
    const { least, scale } = SIDE;
    const fits = ({ width, height }: Box, smallest: number) =>
      Math.min(width, height) >= smallest && Math.max(width, height) <= scale * this.#width;
    if (!fits(region, least) || this.#times(region) < STANDS_OUT.scale) return [];
    return [region, ...this.#cells.spans(region, FOLLOWED)].filter(place => fits(place, 1.5 * least));
  }

  /** What is seen of a shift before and after; null when the thing is lost. */
  #along(found: Found): Shift | null {
    const { from, to } = found;
    const before = this.#follow(FOLLOWED + 1, from, 1);
    const after = before && this.#follow(FOLLOWED, to, -1);
    if (!before || !after) return null;
    return {
      ...found,
      ago: FOLLOWED,
      followed: Math.min(before.likeness, after.likeness),
      level: Math.abs(this.#frames.level(FOLLOWED, to) - this.#frames.level(FOLLOWED + 1, from)),
      timesFrom: this.#times(from),
      timesTo: this.#times(to),
      before: before.motion,
      after: after.motion,
    };
  }

  #times({ x, y, width, height }: Box): number {
    const energy = (k: number) => this.#frames.energy(FOLLOWED + k, x, y, width, height);
    return energy(0) / Math.max(1, energy(-2), energy(-1), energy(1), energy(2));
  }

  /** Follows a window frame by frame into the past (`direction` 1) or on (−1); null when it is lost. */
  #follow(age: number, box: Box, direction: 1 | -1): { motion: Translation; likeness: number } | null {
    const reach = Math.min(9, Math.max(5, Math.ceil(0.35 * Math.max(box.width, box.height))));
    let { x, y } = box;
    let [cameraX, cameraY] = [0, 0];
    let least = 1;
    for (let k = 1; k <= FOLLOWED; k++) {
      const to = age + direction * k;
      const camera = this.#frames.step(direction > 0 ? to - 1 : to);
      const [cx, cy] = [-direction * Math.round(camera.x), -direction * Math.round(camera.y)];
      const window = { ...box, x, y };
      const rough = this.#frames.match(to - direction, window, to, { ...box, x: x + cx, y: y + cy }, reach, 2);
      const found = this.#frames.match(to - direction, window, to, { ...box, x: rough.x, y: rough.y }, 1);
      least = Math.min(least, found.likeness);
      if (least < ON.next) return null;
      cameraX += cx;
      cameraY += cy;
      x = found.x;
      y = found.y;
    }
    // Steps of whole pixels: over all of the way the error is that of one of them.
    const whole = this.#frames.match(age, box, age + direction * FOLLOWED, { ...box, x, y }, 2);
    if (whole.likeness >= ON.whole) ({ x, y } = whole);
    const speed = (way: number, camera: number) => (-direction * (way - camera)) / FOLLOWED;
    return { motion: { x: speed(x - box.x, cameraX), y: speed(y - box.y, cameraY) }, likeness: least };
  }
}

/** Whether two regions are one place, found twice. */
const alike = (a: Region, b: Region): boolean =>
  Math.max(Math.abs(a.x - b.x), Math.abs(a.y - b.y), Math.abs(a.width - b.width), Math.abs(a.height - b.height)) <=
  TWICE;
