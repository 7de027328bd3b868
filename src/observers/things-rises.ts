import type { Translation } from './global-motion.ts';
import type { ThingsMemory } from './things-memory.ts';
import { SUDDEN, suddenStart } from './things-start.ts';
import { type Box, FrameWindows } from './things-windows.ts';

/** Pictures that are remembered, and how far things are followed into the past and on. */
const KEPT = 48;
const BACK = 40;
const ON = 44;
/** Every so many pictures things that rise are looked for, at places so many pixels apart, in windows of this side. */
const EVERY = 4;
const GRID = 7;
export const SIDE = 14;
/** Pixels that a window keeps from the picture's edge. */
const EDGE = 2;
/** Change beside the camera's motion from which a window is looked at, code values; windows that are looked at at most. */
const CHANGE = 5;
const MOST_LOOKED = 60;
/** Paths that are followed into the past per look, and on at the same time. */
const MOST_BACK = 8;
const MOST_OPEN = 8;
/** Likeness of a rising window two pictures apart, and how much less alike it must be where it is, and beside itself. */
const RISING = { likeness: 0.85, less: 0.1, edge: 0.93 } as const;
/** Likeness to the window as it was found, and from one picture to the next. */
const SAME = 0.75;
const NEXT = 0.85;
/** … and between a moment before and a moment after it begins to rise. */
const STAYS = { likeness: 0.88, level: 16 } as const;
/** Where the middle of what moves may lie from a window that shows a part of it, pixels. */
const BESIDE = [
  [5, 0],
  [-5, 0],
  [0, 5],
  [0, -5],
  [4, 4],
  [4, -4],
  [-4, 4],
  [-4, -4],
] as const;
/** A place from which it is gone looks otherwise: likeness, or mean level. */
const GONE = { likeness: 0.7, level: 14 } as const;
/** Reach of the search about where a thing was going, and at most about where it was, pixels. */
const REACH = 3;
const FAR = 26;
/** A small window that was followed from picture to picture around a sudden start upwards. */
export interface Rise {
  /** Number of the first picture, counted from 0. */
  first: number;
  /** Middles in pixels of the plane, picture after picture. */
  x: number[];
  y: number[];
  /** Place among them after which it begins to rise. */
  start: number;
}

/** A window of the newest picture, and how far away it was two pictures before. */
interface Rising {
  x: number;
  y: number;
  likeness: number;
  dx: number;
  dy: number;
}

interface Track extends Rise {
  /** Number of the picture that its window is taken from, and its place there. */
  seed: number;
  seedX: number;
  seedY: number;
}

/** Follows whatever suddenly begins to rise: back to where it came from, and on to where it goes. */
export class RiseFinder {
  /** Planes of one byte per pixel that a finder takes. */
  static readonly BYTES = KEPT + FrameWindows.BYTES;
  readonly #memory: ThingsMemory;
  readonly #frames: FrameWindows;
  #open: Track[] = [];
  #count = 0;

  constructor(memory: ThingsMemory) {
    this.#memory = memory;
    this.#frames = new FrameWindows(memory, KEPT);
  }

  /** Takes the next picture with the camera's motion since the one before, pixels; tells the paths that end with it. */
  push(picture: Uint8Array, step: Readonly<Translation>): Rise[] {
    this.#frames.push(picture, step);
    const now = this.#count++;
    const done: Rise[] = [];
    this.#open = this.#open.filter(track => {
      if (now - track.seed <= ON && this.#follow(track, now, 1)) return true;
      done.push(track);
      return false;
    });
    if (now % EVERY === 0 && now >= 8) this.#seek(now);
    return done;
  }

  /** Paths that are still open. */
  finish(): Rise[] {
    return this.#open.splice(0);
  }

  #seek(now: number): void {
    const { width, height } = this.#memory;
    const half = SIDE / 2 + 1;
    const places: { x: number; y: number; change: number }[] = [];
    for (let y = half + 2; y < height - half - 4; y += GRID)
      for (let x = half + 2; x < width - half - 2; x += GRID) {
        const change = this.#frames.energy(0, x, y, SIDE, SIDE);
        if (change >= CHANGE) places.push({ x, y, change });
      }
    places.sort((a, b) => b.change - a.change);
    const rising: Rising[] = [];
    for (const { x, y } of places.slice(0, MOST_LOOKED)) {
      const found = this.#rising(x, y);
      if (found) rising.push(this.#centred({ x, y, ...found }));
    }
    rising.sort((a, b) => b.likeness - a.likeness);
    let tried = 0;
    const taken: Rising[] = [];
    for (const window of rising) {
      const { x, y, dx, dy } = window;
      if (taken.some(other => Math.hypot(other.x - x, other.y - y) < SIDE / 2)) continue;
      taken.push(window);
      if (tried >= MOST_BACK || this.#open.length >= MOST_OPEN) break;
      if (this.#open.some(t => Math.hypot(t.x[t.x.length - 1] - x, t.y[t.y.length - 1] - y) < SIDE)) continue;
      tried++;
      const track: Track = { seed: now, seedX: x, seedY: y, first: now, x: [x], y: [y], start: 0 };
      // Where it was, for the first step.
      track.first = now - 1;
      track.x.unshift(x + dx / 2);
      track.y.unshift(y + dy / 2);
      if (!this.#settle(track, now)) continue;
      while (
        now - track.first < Math.min(BACK, KEPT - 2) &&
        track.first > 0 &&
        this.#follow(track, track.first - 1, -1)
      );
      const start = suddenStart(track);
      if (start < 0 || !this.#stays(track, start - 1, start + 3) || !this.#leaves(track, start - 1, now)) continue;
      track.start = start;
      this.#open.push(track);
    }
  }

  /** Where a window of the newest picture was two pictures before, lower; null when that is not clear. */
  #rising(x: number, y: number): { likeness: number; dx: number; dy: number } | null {
    const window: Box = { x, y, width: SIDE, height: SIDE };
    const frames = this.#frames;
    // Along an edge everything is alike.
    for (const [ex, ey] of [
      [4, 0],
      [-4, 0],
      [0, 4],
      [0, -4],
    ])
      if (frames.match(0, window, 0, { ...window, x: x + ex, y: y + ey }, 0).likeness > RISING.edge) return null;
    const rough = frames.match(0, window, 2, { ...window, y: y + 14 }, 14, 2);
    if (rough.likeness < RISING.likeness - 0.15) return null;
    const found = frames.match(0, window, 2, { ...window, x: rough.x, y: rough.y }, 1);
    if (found.likeness < RISING.likeness) return null;
    const camera = frames.step(0);
    const earlier = frames.step(1);
    const [cx, cy] = [camera.x + earlier.x, camera.y + earlier.y];
    const [dx, dy] = [found.x - x, found.y - y];
    if (dy + cy < 2 * SUDDEN.speed) return null;
    const still = { ...window, x: x - Math.round(cx), y: y - Math.round(cy) };
    if (frames.match(0, window, 2, still, 1).likeness > found.likeness - RISING.less) return null;
    return { likeness: found.likeness, dx, dy };
  }

  /** The window beside it that is most alike two pictures before: further within what moves. */
  #centred(window: Rising): Rising {
    let best = window;
    for (const [ox, oy] of BESIDE) {
      const [x, y] = [window.x + ox, window.y + oy];
      const box: Box = { x, y, width: SIDE, height: SIDE };
      const { likeness } = this.#frames.match(0, box, 2, { ...box, x: x + window.dx, y: y + window.dy }, 0);
      if (likeness > best.likeness) best = { ...window, x, y, likeness };
    }
    return best;
  }

  /** Replaces the guess of the second place by what is seen. */
  #settle(track: Track, now: number): boolean {
    const window: Box = { x: track.seedX, y: track.seedY, width: SIDE, height: SIDE };
    const near = { ...window, x: Math.round(track.x[0]), y: Math.round(track.y[0]) };
    const found = this.#frames.match(0, window, 1, near, 4);
    if (found.likeness < NEXT) return false;
    [track.x[0], track.y[0]] = this.#finer(now, window, now - 1, found);
    return true;
  }

  /** Whether a path shows the same thing at two of its places. */
  #stays({ first, x, y }: Track, one: number, other: number): boolean {
    const later = Math.min(other, x.length - 1);
    const age = (place: number) => this.#count - 1 - first - place;
    const window = (place: number): Box => ({ x: x[place], y: y[place], width: SIDE, height: SIDE });
    const [from, to] = [window(one), window(later)];
    return (
      this.#frames.match(age(later), to, age(one), from, 1).likeness >= STAYS.likeness &&
      this.#frames.levelStep(age(later), to.x, to.y, age(one), from.x, from.y, SIDE, SIDE) <= STAYS.level
    );
  }

  /** Whether a place looks otherwise once the thing is gone from it: what lies behind stays. */
  #leaves({ first, x, y }: Track, place: number, now: number): boolean {
    let [cx, cy] = [0, 0];
    for (let k = place + 1; k < y.length; k++) {
      const { x: stepX, y: stepY } = this.#frames.step(now - first - k);
      cx += stepX;
      cy += stepY;
      if (y[place] + cy - y[k] < SIDE + 4) continue;
      const window: Box = { x: x[place], y: y[place], width: SIDE, height: SIDE };
      const there: Box = { ...window, x: Math.round(x[place] + cx), y: Math.round(y[place] + cy) };
      const [before, after] = [now - first - place, now - first - k];
      const { likeness } = this.#frames.match(before, window, after, there, 2);
      if (likeness < GONE.likeness) return true;
      return this.#frames.levelStep(before, window.x, window.y, after, there.x, there.y, SIDE, SIDE) > GONE.level;
    }
    return false;
  }

  /** One step on (`direction` 1) or back (−1); false when it is lost. */
  #follow(track: Track, to: number, direction: 1 | -1): boolean {
    const { x, y } = track;
    const end = direction > 0 ? x.length - 1 : 0;
    const from = to - direction;
    const [vx, vy] = [x[end] - x[end - direction], y[end] - y[end - direction]];
    const seed: Box = { x: track.seedX, y: track.seedY, width: SIDE, height: SIDE };
    const last: Box = { x: x[end], y: y[end], width: SIDE, height: SIDE };
    const near = { ...last, x: Math.round(x[end] + vx), y: Math.round(y[end] + vy) };
    const here = { ...last, x: Math.round(x[end]), y: Math.round(y[end]) };
    const far = Math.min(FAR, Math.ceil(1.6 * Math.hypot(vx, vy)) + 4);
    const window = (number: number) => this.#count - 1 - number;
    let best = { x: 0, y: 0, likeness: -1 };
    let source = seed;
    let age = window(track.seed);
    if (age < KEPT) {
      best = this.#frames.match(age, seed, window(to), near, REACH);
      if (best.likeness < SAME) best = this.#further(age, seed, window(to), here, far);
    }
    if (best.likeness < SAME) {
      // It has turned or the light on it has changed: much as it was a picture ago.
      age = window(from);
      source = last;
      best = this.#frames.match(age, last, window(to), near, REACH);
      if (best.likeness < NEXT) best = this.#further(age, last, window(to), here, far);
      if (best.likeness < NEXT) return false;
    }
    // A window that is cut off by the picture's edge shows what lies behind.
    if (!this.#inside(best.x, best.y)) return false;
    const [bx, by] = this.#finer(this.#count - 1 - age, source, to, best);
    if (direction > 0) {
      x.push(bx);
      y.push(by);
    } else {
      x.unshift(bx);
      y.unshift(by);
      track.first = to;
    }
    return true;
  }

  #inside(x: number, y: number): boolean {
    const least = SIDE / 2 + EDGE;
    const { width, height } = this.#memory;
    return x >= least && y >= least && x <= width - least && y <= height - least;
  }

  #further(age: number, window: Box, inAge: number, here: Box, far: number) {
    const rough = this.#frames.match(age, window, inAge, here, far, 2);
    return this.#frames.match(age, window, inAge, { ...here, x: rough.x, y: rough.y }, 1);
  }

  /** Place between pixels: a parabola through the likeness beside the best place. */
  #finer(number: number, window: Box, inNumber: number, best: { x: number; y: number; likeness: number }) {
    const age = this.#count - 1 - number;
    const inAge = this.#count - 1 - inNumber;
    const at = (dx: number, dy: number) =>
      this.#frames.match(age, window, inAge, { ...window, x: best.x + dx, y: best.y + dy }, 0).likeness;
    return [best.x + between(at(-1, 0), best.likeness, at(1, 0)), best.y + between(at(0, -1), best.likeness, at(0, 1))];
  }
}

function between(before: number, at: number, after: number): number {
  const bend = before - 2 * at + after;
  return bend < -1e-6 ? Math.max(-0.5, Math.min(0.5, (0.5 * (before - after)) / bend)) : 0;
}
