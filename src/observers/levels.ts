import type { Picture } from '../media/frame.ts';
import { defineObserver } from './observer.ts';
import { SeriesBuilder } from './series.ts';

/**
 * Lowest and highest 8-bit luma that a narrow range picture may hold: 16–235 widened by 5 % of the range either way, the
 * tolerance of EBU R 103 (5–246). Codes beyond them are what full range material has and narrow range material has not.
 */
const LEGAL_LUMA = { low: 5, high: 246 } as const;

/** EBU R 103's tolerance, applied to chroma as well. */
const TOLERANCE = 1.05;

/** Distance of 100 % colour from neutral along one chroma axis: 224 / 2 codes in narrow range, 255 / 2 in full range. */
const AXIS = { narrow: 112, full: 127.5 } as const;

/** Rows of a plane that are counted, at least: a share of 1 % is then good to a tenth of itself on real pictures. */
const SAMPLED_ROWS = 60;

/** Luma weights of red and blue, by ffmpeg's names of the matrix. */
const WEIGHTS: Record<string, readonly [red: number, blue: number]> = {
  bt709: [0.2126, 0.0722],
  bt2020nc: [0.2627, 0.0593],
  bt2020c: [0.2627, 0.0593],
  smpte240m: [0.212, 0.087],
  bt470bg: [0.299, 0.114],
  smpte170m: [0.299, 0.114],
};

/** What a player assumes where the file does not say: BT.709 for HD, BT.601 below. */
const assumedMatrix = (height: number): string => (height >= 720 ? 'bt709' : 'smpte170m');

/**
 * Largest distance from neutral that a legal colour has, in 8-bit codes: that of the most saturated corner of the RGB
 * cube. (The often quoted 118 is the corner of one matrix only: bars of 100 % reach 120 in BT.601 and 134 in BT.709.)
 */
export function legalSaturation(matrix: string, height: number, full: boolean): number {
  const [red, blue] = WEIGHTS[matrix] ?? WEIGHTS[assumedMatrix(height)];
  const axis = full ? AXIS.full : AXIS.narrow;
  let largest = 0;
  for (const [r, g, b] of [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ]) {
    const luma = red * r + (1 - red - blue) * g + blue * b;
    largest = Math.max(largest, Math.hypot((b - luma) / (1 - blue), (r - luma) / (1 - red)) * axis);
  }
  return largest;
}

/**
 * Shares of the picture beyond legal levels, read at analysis size from some sixty rows: luma below and above
 * {@link LEGAL_LUMA} (full range clips use every code, so both are 0 there), and chroma farther from neutral than
 * 100 % colour plus 5 %, along one axis or in saturation.
 */
export const levels = defineObserver({
  id: 'levels',
  provides: ['lumaBelowLegal', 'lumaAboveLegal', 'chromaIllegal'],
  reads: 'coarse',
  start({ clip }) {
    const { colour, height } = clip.video;
    const full = colour.range === 'full';
    const saturation = TOLERANCE * legalSaturation(colour.matrix, height, full);
    const axis = TOLERANCE * (full ? AXIS.full : AXIS.narrow);
    const below = new SeriesBuilder(clip.times.length);
    const above = new SeriesBuilder(clip.times.length);
    const chroma = new SeriesBuilder(clip.times.length);
    const counts = { below: 0, above: 0, sampled: 0 };
    return {
      frame({ analysis }) {
        if (full) {
          below.push(0);
          above.push(0);
        } else {
          countLuma(analysis, counts);
          below.push(counts.below / counts.sampled);
          above.push(counts.above / counts.sampled);
        }
        chroma.push(illegalChroma(analysis, axis, saturation));
      },
      finish: () => ({
        lumaBelowLegal: below.finish(),
        lumaAboveLegal: above.finish(),
        chromaIllegal: chroma.finish(),
      }),
    };
  },
});

const rowStep = (rows: number): number => Math.max(1, Math.floor(rows / SAMPLED_ROWS));

function countLuma(
  { y, width, height, stride }: Picture,
  out: { below: number; above: number; sampled: number },
): void {
  const { low, high } = LEGAL_LUMA;
  let below = 0;
  let above = 0;
  let rows = 0;
  const step = rowStep(height);
  for (let row = step >> 1; row < height; row += step, rows++) {
    const end = row * stride + width;
    for (let i = row * stride; i < end; i++) {
      // The sign bit of the difference is the comparison: no branch to mispredict on noisy edges.
      below += (y[i] - low) >>> 31;
      above += (high - y[i]) >>> 31;
    }
  }
  out.below = below;
  out.above = above;
  out.sampled = rows * width;
}

function illegalChroma({ u, v, width, height, chromaStride }: Picture, axis: number, saturation: number): number {
  const columns = width >> 1;
  const lines = height >> 1;
  const limit = saturation * saturation;
  const step = rowStep(lines);
  let illegal = 0;
  let rows = 0;
  for (let row = step >> 1; row < lines; row += step, rows++) {
    const end = row * chromaStride + columns;
    for (let i = row * chromaStride; i < end; i++) {
      const du = u[i] - 128;
      const dv = v[i] - 128;
      if (du * du + dv * dv > limit || du > axis || -du > axis || dv > axis || -dv > axis) illegal++;
    }
  }
  return illegal / (rows * columns);
}
