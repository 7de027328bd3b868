import type { PictureSize } from '../media/frame.ts';
import type { Translation } from './global-motion.ts';
import { ALIGNMENT, type Matching } from './matching.ts';
import type { Plane } from './pyramid.ts';

/** Pixels along the side of a block. */
const BLOCK = 8;

/** Texture, in mean absolute code values, that noise alone gives a block. */
const TEXTURE_FLOOR = 3;

/** Mean difference, in code values, at which a block counts as found where it was: coding noise. */
const FOUND = 1;

const blocksOf = ({ width, height }: PictureSize): number => Math.floor(width / BLOCK) * Math.floor(height / BLOCK);

/** Bytes of each of the two parts of a matching's memory that a matcher takes. */
export const blockMatchBytes = (size: PictureSize): number => 2 * blocksOf(size) + ALIGNMENT;

/**
 * Matches blocks of 8 × 8 pixels of one picture in the picture before, each on its own: what remains tells whether the
 * content was there at all, however it moved. Each search starts at the best of no motion, the global motion, the left
 * neighbour's motion and the block's own motion one frame earlier, and narrows from there.
 */
export class BlockMatcher {
  readonly #matching: Matching;
  /** Motion of each block one frame earlier. */
  readonly #motion: { x: Int16Array; y: Int16Array };

  /** @param matching in whose memory the planes to be compared lie, and twice {@link blockMatchBytes} are free */
  constructor(matching: Matching, size: PictureSize) {
    this.#matching = matching;
    this.#motion = { x: matching.shorts(blocksOf(size)), y: matching.shorts(blocksOf(size)) };
  }

  /**
   * Difference left after the best match, relative to the blocks' own texture, 0 (all found again) to 1 (nothing).
   *
   * @param global in pixels of these planes
   * @param level mean luma of `to` less that of `from`, taken out before comparing
   */
  unmatched(from: Plane, to: Plane, global: Readonly<Translation>, level: number): number {
    const whole = { x: Math.round(global.x), y: Math.round(global.y) };
    return this.#matching.unmatched(from, to, whole, level, this.#motion, { floor: TEXTURE_FLOOR, found: FOUND });
  }
}
