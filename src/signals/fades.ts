import type { Signals } from '../signals.ts';
import { runs } from '../statistics.ts';
import { gridCorrelation, gridDistance } from './grid.ts';

export interface FadeOptions {
  /** Standard deviation of luma, in code values, up to which a picture is blank. */
  blankDeviation: number;
  /** Mean luma up to which a blank picture is black, and from which it is white. */
  blankBlack: number;
  blankWhite: number;
  /** Least frames that a picture takes to go out or come in; fewer is a cut to black. */
  fadeFrames: number;
  /** Longest side of a fade in seconds. */
  fadeSeconds: number;
}

/** A blank stretch with the slopes into and out of it. Positions count kept frames; `start` inclusive, `end` exclusive. */
export interface Fade {
  start: number;
  end: number;
  middle: number;
  /** False where no new shot begins: at the clip's ends, and after a burst of light that the same picture comes back from. */
  boundary: boolean;
}

/** Contrast that may come back between two frames of a fade, relative: noise and motion. */
const SLACK = 1.03;
/** Correlation of the pictures around a sudden blank from which they are the same. */
const SAME_PICTURE = 0.85;
/** Least contrast, in multiples of blank, that the picture at either end must have. */
const LEAST_CONTRAST = 3;

/**
 * Fades through black or white: a blank stretch inside the clip that the picture goes out into, or comes in from, or
 * both, over several frames of steadily falling or rising contrast. A clip that begins or ends blank has no second shot
 * there; such stretches, and bursts of light, are told as fades that are no boundary.
 */
export function findFades(
  { lumaDeviation, lumaMean, lumaGrid }: Pick<Signals, 'lumaDeviation' | 'lumaMean' | 'lumaGrid'>,
  kept: readonly number[],
  times: Float64Array,
  options: FadeOptions,
): Fade[] {
  const blank = kept.map(
    frame =>
      lumaDeviation[frame] <= options.blankDeviation &&
      (lumaMean[frame] <= options.blankBlack || lumaMean[frame] >= options.blankWhite),
  );
  const found: Fade[] = [];
  for (const { start, end } of runs(blank)) {
    const out = start > 0 ? slope(start - 1, -1) : 0;
    const into = end < kept.length ? slope(end, 1) : kept.length - 1;
    const outFrames = start - 1 - out;
    const inFrames = into - end;
    if (Math.max(outFrames, inFrames) < options.fadeFrames) continue;
    const inside = start > 0 && end < kept.length;
    const contrast = options.blankDeviation * LEAST_CONTRAST;
    if (inside && Math.min(lumaDeviation[kept[out]], lumaDeviation[kept[into]]) < contrast) continue;
    const sudden = Math.min(outFrames, inFrames) < options.fadeFrames;
    const boundary = inside && !(sudden && gridCorrelation(lumaGrid, kept[out], kept[into]) > SAME_PICTURE);
    found.push({
      start: start > 0 ? out + 1 : 0,
      end: end < kept.length ? into : kept.length,
      middle: (start + end) >> 1,
      boundary,
    });
  }
  return found;

  /** Walks away from the blank while contrast keeps growing; the last position reached shows the full picture. */
  function slope(from: number, step: -1 | 1): number {
    const begin = times[kept[from]];
    let position = from;
    for (;;) {
      const next = position + step;
      if (next < 0 || next >= kept.length || blank[next]) return position;
      if (Math.abs(times[kept[next]] - begin) > options.fadeSeconds) return position;
      const grows = lumaDeviation[kept[next]] * SLACK >= lumaDeviation[kept[position]];
      // A picture that stands still has no more contrast to gain.
      if (!grows || gridDistance(lumaGrid, kept[position], kept[next]) < 0.5) return position;
      position = next;
    }
  }
}
