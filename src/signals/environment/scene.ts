import type { Views } from '../../signals.ts';
import { median } from '../../statistics.ts';
import { compareViews, planeOf, type Shift } from './compare.ts';
import { type Light, lightBetween } from './course.ts';

/** Colours of a place as one camera saw it. */
export interface Palette {
  /** Logarithms of red and blue against green of what is nearly neutral; NaN when too little is. */
  warm: number;
  cool: number;
  /** Shares of the picture by chroma and luma, {@link BINS} values. */
  colours: Float32Array;
}

/** Eight by eight of chroma by four of luma. */
const BINS = 256;
/** Distance from neutral up to which something may be grey under another light, code values. */
const NEUTRAL = 18;
const LEAST_NEUTRAL = 0.1;
/** Share of the place that must be found again for two views to be compared cell by cell. */
const SAME_VIEW = 0.5;

/** How two stretches of film that should show one place differ. */
export interface Mismatch {
  /** `cells` when the same view was found in both, `palette` when only colours could be compared. */
  by: 'cells' | 'palette';
  /** Change of white balance as a logarithm; NaN when it cannot be told. */
  white: number;
  /** Change of light from one half of the picture to the other as a logarithm; NaN by palette. */
  light: number;
  /** Share of the colours that have no counterpart, 0–1. */
  colours: number;
}

/** Compares the views of two stretches, from one clip or two: sizes may differ, then only colours are compared. */
export function compareScenes(a: Views, ofA: readonly number[], b: Views, ofB: readonly number[]): Mismatch | null {
  const [first, second] = [paletteOf(a, ofA), paletteOf(b, ofB)];
  if (!first || !second) return null;
  const colours = 1 - first.colours.reduce((sum, value, k) => sum + Math.min(value, second.colours[k]), 0);
  const light = a === b ? sameView(a, ofA, ofB) : null;
  if (light) {
    const [white, turned] = [Math.hypot(light.warm, light.cool), Math.hypot(light.across, light.down)];
    return { by: 'cells', white, light: turned, colours };
  }
  const white = Math.hypot(first.warm - second.warm, first.cool - second.cool);
  return { by: 'palette', white, light: Number.NaN, colours };
}

/** Change of light between the two most alike views; null when the stretches show different framings. */
function sameView(views: Views, ofA: readonly number[], ofB: readonly number[]): Light | null {
  const guesses: Shift[] = [];
  for (let y = -12; y <= 12; y += 6) for (let x = -24; x <= 24; x += 6) guesses.push({ x, y });
  let best: Light | null = null;
  for (const earlier of ofA) {
    for (const later of ofB) {
      const light = lightBetween(compareViews(views, earlier, later, guesses), views.frames[later]);
      if (light && light.share >= SAME_VIEW && light.share > (best?.share ?? 0)) best = light;
    }
  }
  return best;
}

/** Colours over several views; null without views. */
export function paletteOf(views: Views, samples: readonly number[]): Palette | null {
  if (samples.length === 0) return null;
  const colours = new Float32Array(BINS);
  const warm: number[] = [];
  const cool: number[] = [];
  let cells = 0;
  const half = views.width >> 1;
  const size = half * (views.height >> 1);
  for (const sample of samples) {
    const luma = planeOf(views.luma, sample, views.width * views.height);
    const blue = planeOf(views.blue, sample, size);
    const red = planeOf(views.red, sample, size);
    for (let y = 0; y + 2 <= views.height >> 1; y += 2) {
      for (let x = 0; x + 2 <= half; x += 2) {
        const at = y * half + x;
        const u = (blue[at] + blue[at + 1] + blue[at + half] + blue[at + half + 1]) / 4 - 128;
        const v = (red[at] + red[at + 1] + red[at + half] + red[at + half + 1]) / 4 - 128;
        const level = luma[(2 * y + 1) * views.width + 2 * x + 1];
        spread(colours, u, v, level);
        cells++;
        if (Math.hypot(u, v) > NEUTRAL || level < 50 || level > 225) continue;
        const l = 1.164 * (level - 16);
        const green = l - 0.213 * u - 0.533 * v;
        warm.push(Math.log((l + 1.793 * v) / green));
        cool.push(Math.log((l + 2.112 * u) / green));
      }
    }
  }
  for (let k = 0; k < BINS; k++) colours[k] /= cells || 1;
  const enough = warm.length >= LEAST_NEUTRAL * cells;
  return { warm: enough ? median(warm) : Number.NaN, cool: enough ? median(cool) : Number.NaN, colours };
}

/** Adds one pixel to the bins around its chroma, linearly, so that a small step of colour is a small step of the palette. */
function spread(colours: Float32Array, u: number, v: number, level: number): void {
  const row = Math.min(3, level >> 6) * 64;
  const x = Math.min(6.999, Math.max(0, u / 12 + 3.5));
  const y = Math.min(6.999, Math.max(0, v / 12 + 3.5));
  const [i, k] = [Math.floor(x), Math.floor(y)];
  const [p, q] = [x - i, y - k];
  colours[row + 8 * k + i] += (1 - p) * (1 - q);
  colours[row + 8 * k + i + 1] += p * (1 - q);
  colours[row + 8 * k + 8 + i] += (1 - p) * q;
  colours[row + 8 * k + 9 + i] += p * q;
}

/** Up to three samples of a stretch, spread over it. */
export function pickThree(samples: readonly number[]): number[] {
  if (samples.length <= 3) return [...samples];
  return [0.15, 0.5, 0.85].map(share => samples[Math.floor(share * samples.length)]);
}
