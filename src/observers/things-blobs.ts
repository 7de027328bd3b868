import type { ThingsMemory } from './things-memory.ts';

/** Regions kept per frame, the largest. */
export const MOST_BLOBS = 12;
/** Pixels that a region must have, and share of the picture that its box may cover. */
const LEAST_PIXELS = 10;
const MOST_SHARE = 0.16;
/** Set pixels among nine for a pixel to count: lone pixels vanish, small holes close. */
const MAJORITY = 4;

/** A connected region in pixels of the plane: middle of its box, its size, and pixels. */
export interface Blob {
  x: number;
  y: number;
  width: number;
  height: number;
  area: number;
}

/**
 * Finds connected regions in masks of one size. Pixels that touch, also by a corner, belong together: runs of a row join the
 * runs of the row above that they touch.
 */
export class BlobFinder {
  /** Planes of one byte per pixel that a finder takes. */
  static readonly BYTES = 1;
  /** Planes of 32 bits per pixel that a finder takes. */
  static readonly FLOATS = 1;
  readonly #memory: ThingsMemory;
  readonly #clean: Uint8Array;
  /** Runs: the first pixel and the one after the last by turns, and the region that each run began with. */
  readonly #runs: Int32Array;
  readonly #region: Int32Array;
  /** Regions: the one that each has become part of, its box, its pixels. */
  readonly #parent: Int32Array;
  readonly #left: Int32Array;
  readonly #right: Int32Array;
  readonly #top: Int32Array;
  readonly #bottom: Int32Array;
  readonly #area: Int32Array;

  constructor(memory: ThingsMemory) {
    this.#memory = memory;
    this.#clean = memory.bytes();
    const { buffer, byteOffset, length } = memory.floats();
    this.#runs = new Int32Array(buffer, byteOffset, length);
    const list = () => new Int32Array((length >> 1) + 1);
    [this.#region, this.#parent, this.#left, this.#right] = [list(), list(), list(), list()];
    [this.#top, this.#bottom, this.#area] = [list(), list(), list()];
  }

  /** Regions of a mask that lies in the memory, the largest first. */
  find(mask: Uint8Array): Blob[] {
    const { kernel, width, height } = this.#memory;
    kernel.tidy(mask.byteOffset, this.#clean.byteOffset, width, height, MAJORITY);
    const regions = this.#label();
    const most = MOST_SHARE * width * height;
    const found: Blob[] = [];
    for (let k = 0; k < regions; k++) {
      const area = this.#area[k];
      if (this.#parent[k] !== k || area < LEAST_PIXELS) continue;
      const w = this.#right[k] - this.#left[k] + 1;
      const h = this.#bottom[k] - this.#top[k] + 1;
      if (w * h <= most) found.push({ x: this.#left[k] + w / 2, y: this.#top[k] + h / 2, width: w, height: h, area });
    }
    return found.sort((a, b) => b.area - a.area || a.y - b.y || a.x - b.x).slice(0, MOST_BLOBS);
  }

  /** Joins runs into regions; returns how many regions were begun. */
  #label(): number {
    const { kernel, width, pixels } = this.#memory;
    const [runs, region] = [this.#runs, this.#region];
    const [parent, left, right] = [this.#parent, this.#left, this.#right];
    const [tops, bottom, areas] = [this.#top, this.#bottom, this.#area];
    const count = kernel.runs(this.#clean.byteOffset, runs.byteOffset, pixels) >> 1;
    let regions = 0;
    /** First run of the row above that may touch the next one. */
    let above = 0;
    for (let run = 0; run < count; run++) {
      const start = runs[2 * run];
      const end = runs[2 * run + 1];
      const row = (start / width) | 0;
      // What ended more than a row and a pixel before this run begins touches no later run either.
      while (runs[2 * above + 1] < start - width) above++;
      let own = -1;
      for (let k = above; k < run && runs[2 * k] <= end - width; k++) own = this.#join(own, region[k]);
      const from = start - row * width;
      const to = end - row * width - 1;
      if (own < 0) {
        own = regions++;
        parent[own] = own;
        left[own] = from;
        right[own] = to;
        tops[own] = row;
        areas[own] = 0;
      }
      if (from < left[own]) left[own] = from;
      if (to > right[own]) right[own] = to;
      bottom[own] = row;
      areas[own] += end - start;
      region[run] = own;
    }
    return regions;
  }

  /** Makes two regions one, the first possibly none (−1); returns the one that stands for both. */
  #join(a: number, other: number): number {
    let b = other;
    while (this.#parent[b] !== b) b = this.#parent[b];
    if (a < 0 || a === b) return b;
    const [to, from] = a < b ? [a, b] : [b, a];
    this.#parent[from] = to;
    this.#left[to] = Math.min(this.#left[to], this.#left[from]);
    this.#right[to] = Math.max(this.#right[to], this.#right[from]);
    this.#top[to] = Math.min(this.#top[to], this.#top[from]);
    this.#bottom[to] = Math.max(this.#bottom[to], this.#bottom[from]);
    this.#area[to] += this.#area[from];
    return to;
  }
}
