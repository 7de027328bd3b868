import type { Translation } from './global-motion.ts';
import type { Matching } from './matching.ts';
import type { Plane } from './pyramid.ts';

const BLOCK = 8;

/** Texture, in mean absolute code values, that noise alone gives a block. */
const TEXTURE_FLOOR = 3;

/** Mean difference, in code values, at which a block counts as found where it was: coding noise. */
const FOUND = 1;

/** Step sizes of the search around the best of the starting vectors. */
const STEPS = [4, 2, 1];

/**
 * Matches blocks of 8 × 8 pixels of one picture in the picture before, each on its own: what remains tells whether the
 * content was there at all, however it moved. Each search starts at the best of no motion, the global motion, the left
 * neighbour's motion and the block's own motion one frame earlier, and narrows from there.
 */
export class BlockMatcher {
  readonly #matching: Matching;
  readonly #columns: number;
  readonly #rows: number;
  readonly #offsetX: number;
  readonly #offsetY: number;
  /** Motion of each block one frame earlier. */
  readonly #x: Int16Array;
  readonly #y: Int16Array;

  /** @param matching in whose memory the planes to be compared lie */
  constructor(matching: Matching, { width, height }: Plane) {
    this.#matching = matching;
    this.#columns = Math.floor(width / BLOCK);
    this.#rows = Math.floor(height / BLOCK);
    this.#offsetX = (width - this.#columns * BLOCK) >> 1;
    this.#offsetY = (height - this.#rows * BLOCK) >> 1;
    this.#x = new Int16Array(this.#columns * this.#rows);
    this.#y = new Int16Array(this.#columns * this.#rows);
  }

  /**
   * Difference left after the best match, relative to the blocks' own texture, 0 (all found again) to 1 (nothing).
   *
   * @param global in pixels of these planes
   * @param level mean luma of `to` less that of `from`, taken out before comparing
   */
  unmatched(from: Plane, to: Plane, global: Readonly<Translation>, level: number): number {
    let left = 0;
    let whole = 0;
    for (let block = 0; block < this.#x.length; block++) {
      const column = block % this.#columns;
      const origin =
        (this.#offsetY + Math.floor(block / this.#columns) * BLOCK) * to.width + this.#offsetX + column * BLOCK;
      const texture = textureOf(to, origin) + TEXTURE_FLOOR;
      left += Math.min(texture, this.#match(from, to, block, origin, global, level));
      whole += texture;
    }
    return whole === 0 ? 0 : left / whole;
  }

  #match(from: Plane, to: Plane, block: number, origin: number, global: Readonly<Translation>, level: number): number {
    const { width, height } = to;
    const left = origin % width;
    const top = (origin - left) / width;
    let bestX = 0;
    let bestY = 0;
    const difference = (place: number) => this.#matching.block(from, to, place, origin, level) / (BLOCK * BLOCK);
    let best = difference(origin);
    if (best <= FOUND) {
      this.#x[block] = 0;
      this.#y[block] = 0;
      return best;
    }
    const consider = (x: number, y: number) => {
      const fromLeft = left - x;
      const fromTop = top - y;
      if (fromLeft < 0 || fromTop < 0 || fromLeft + BLOCK > width || fromTop + BLOCK > height) return;
      const value = difference(fromTop * width + fromLeft);
      if (value < best) {
        best = value;
        bestX = x;
        bestY = y;
      }
    };
    consider(Math.round(global.x), Math.round(global.y));
    consider(this.#x[block], this.#y[block]);
    if (block % this.#columns > 0) consider(this.#x[block - 1], this.#y[block - 1]);
    for (const step of STEPS) {
      const x = bestX;
      const y = bestY;
      for (let dy = -step; dy <= step; dy += step) {
        for (let dx = -step; dx <= step; dx += step) if (dx !== 0 || dy !== 0) consider(x + dx, y + dy);
      }
    }
    this.#x[block] = bestX;
    this.#y[block] = bestY;
    return best;
  }
}

function textureOf({ data, width }: Plane, origin: number): number {
  let sum = 0;
  for (let row = 0; row < BLOCK; row++) {
    for (let i = origin + row * width; i < origin + row * width + BLOCK; i++) sum += data[i];
  }
  const mean = sum / (BLOCK * BLOCK);
  let spread = 0;
  for (let row = 0; row < BLOCK; row++) {
    for (let i = origin + row * width; i < origin + row * width + BLOCK; i++) spread += Math.abs(data[i] - mean);
  }
  return spread / (BLOCK * BLOCK);
}
