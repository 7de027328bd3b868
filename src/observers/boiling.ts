import type { Picture } from '../media/frame.ts';
import type { TextureChanges } from '../signals.ts';
import { defineObserver } from './observer.ts';
import { CELL, TextureBands } from './texture-bands.ts';
import { clipRate } from './vision/rate.ts';

/** Pictures that are compared with one another, one burst a second. */
const BURST = 11;
/** Mean step of luma below which a picture repeats the one before. */
const REPEATS = 0.15;

/**
 * How the texture of every cell changes within short bursts of pictures, band by band: whether it comes anew with every picture, as
 * boiling does, or goes on from one to the next, as what moves does, and how much of that is left at coarser detail, where grain
 * and coding noise fade. Medians over the burst, so that a picture that is coded anew does not count.
 */
export const boiling = defineObserver({
  id: 'boiling',
  provides: ['textureChanges'],
  reads: 'small',
  start({ clip, small }) {
    const every = Math.max(BURST + 1, Math.round(clipRate(clip)));
    const bands = new TextureBands(small, BURST);
    const { columns, rows } = bands;
    const starts: number[] = [];
    const ends: number[] = [];
    const values: Float32Array[] = [];
    let first = 0;
    let next = 0;
    let before: Uint8Array | null = null;
    return {
      frame({ index, small: picture }) {
        if (index < next || columns < 3 || rows < 3) return;
        const luma = lumaOf(picture, columns * CELL, rows * CELL);
        if (before !== null && step(before, luma) < REPEATS) return;
        before = luma;
        if (bands.count === 0) first = index;
        bands.add(luma);
        if (bands.count < BURST) return;
        starts.push(first);
        ends.push(index);
        values.push(bands.close());
        before = null;
        next = Math.max(index + 1, first + every);
      },
      finish: () => {
        const all = new Float32Array(values.reduce((sum, part) => sum + part.length, 0));
        let at = 0;
        for (const part of values) {
          all.set(part, at);
          at += part.length;
        }
        return {
          textureChanges: {
            starts: Uint32Array.from(starts),
            ends: Uint32Array.from(ends),
            columns,
            rows,
            values: all,
          } satisfies TextureChanges,
        };
      },
    };
  },
});

/** Luma of the whole cells, rows without gaps. */
function lumaOf({ y, stride }: Picture, width: number, height: number): Uint8Array {
  const out = new Uint8Array(width * height);
  for (let row = 0; row < height; row++) out.set(y.subarray(row * stride, row * stride + width), row * width);
  return out;
}

/** Mean absolute difference of every third pixel. */
function step(a: Uint8Array, b: Uint8Array): number {
  let sum = 0;
  for (let k = 0; k < a.length; k += 3) sum += Math.abs(a[k] - b[k]);
  return (3 * sum) / a.length;
}
