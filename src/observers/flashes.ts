import type { Picture } from '../media/frame.ts';
import { defineObserver } from './observer.ts';
import { SeriesBuilder } from './series.ts';

/** Screen luminance that flash guidance is written for: 200 cd/m² at reference white, display gamma 2.2. */
const PEAK = 200;
const GAMMA = 2.2;
/** Luminance step of a potentially harmful flash, and the luminance its darker state stays below, cd/m² (ITU-R BT.1702). */
const STEP = 20;
const DARKER = 160;
/** Share of red in the light from which red is saturated, and the change of (R − G − B) · 320 that counts (WCAG 2). */
const RED_SHARE = 0.8;
const RED_STEP = 20;
const RED_SCALE = 320;

/** Screen luminance in cd/m² of each 8-bit luma code. */
export function luminanceTable(full: boolean): Float32Array {
  return Float32Array.from({ length: 256 }, (_, code) => {
    const level = full ? code / 255 : Math.min(1.09, Math.max(0, (code - 16) / 219));
    return PEAK * level ** GAMMA;
  });
}

/**
 * Flash transitions of every frame, read from blocks of 2×2 pixels of the small picture. Each block remembers the lowest
 * and highest luminance since it last flashed: rising {@link STEP} above the lowest is a rise, falling as far below the
 * highest a fall, the darker state below {@link DARKER}. So a change counts at whatever pace it happens, once per step of
 * {@link STEP}, and a reader who looks at the two directions in turn sees each flash once. Red works alike on the redness
 * of saturated red.
 */
export const flashes = defineObserver({
  id: 'flashes',
  provides: ['flashRise', 'flashFall', 'flashRed', 'flashRedAway'],
  reads: 'small',
  start({ clip, small }) {
    const count = clip.times.length;
    const rise = new SeriesBuilder(count);
    const fall = new SeriesBuilder(count);
    const red = new SeriesBuilder(count);
    const redAway = new SeriesBuilder(count);
    const full = clip.video.colour.range === 'full';
    const luminance = luminanceTable(full);
    const redness = rednessOf(full);
    const blocks = (small.width >> 1) * Math.ceil((small.height >> 1) / rowStep(small.height));
    const low = new Float32Array(blocks);
    const high = new Float32Array(blocks);
    /** Codes of the two; equal luminance at the ends of the range may go with several codes. */
    const lowCode = new Uint8Array(blocks).fill(255);
    const highCode = new Uint8Array(blocks);
    const redLow = new Float32Array(blocks);
    const redHigh = new Float32Array(blocks);
    const shares = { rise: 0, fall: 0, red: 0, redAway: 0 };
    let first = true;

    /** Both tests in one walk over the picture. */
    const scan = ({ y, u, v, width, height, stride, chromaStride }: Picture): void => {
      const columns = width >> 1;
      const rows = height >> 1;
      const step = rowStep(height);
      let risen = 0;
      let fallen = 0;
      let turned = 0;
      let left = 0;
      let block = 0;
      for (let row = 0; row < rows; row += step) {
        let upper = row * 2 * stride;
        let lower = upper + stride;
        const chroma = row * chromaStride;
        for (let column = 0; column < columns; column++, block++, upper += 2, lower += 2) {
          const code = (y[upper] + y[upper + 1] + y[lower] + y[lower + 1] + 2) >> 2;
          // Between the extremes, which are less than a step apart, nothing happens.
          if (code < lowCode[block] || code > highCode[block]) {
            const light = luminance[code];
            if (light > high[block]) {
              high[block] = light;
              highCode[block] = code;
            } else if (light < low[block]) {
              low[block] = light;
              lowCode[block] = code;
            } else {
              lowCode[block] = Math.min(lowCode[block], code);
              highCode[block] = Math.max(highCode[block], code);
            }
            if (light - low[block] >= STEP) {
              if (low[block] < DARKER) risen++;
              low[block] = light;
              lowCode[block] = code;
            } else if (high[block] - light >= STEP) {
              if (light < DARKER) fallen++;
              high[block] = light;
              highCode[block] = code;
            }
          }
          const cr = v[chroma + column];
          if (cr <= 160 && redHigh[block] === 0) continue;
          // Saturated red has Cr far above neutral; nothing else needs the conversion.
          const value = cr > 160 ? redness(code, u[chroma + column], cr) : 0;
          if (value > redHigh[block]) redHigh[block] = value;
          else if (value < redLow[block]) redLow[block] = value;
          if (value - redLow[block] > RED_STEP) {
            turned++;
            redLow[block] = value;
          } else if (redHigh[block] - value > RED_STEP) {
            left++;
            redHigh[block] = value;
          }
        }
      }
      shares.rise = risen / blocks;
      shares.fall = fallen / blocks;
      shares.red = (turned + left) / blocks;
      shares.redAway = left / blocks;
    };

    /** The first frame is where every block starts from: no transition. */
    const begin = (picture: Picture): void => {
      low.fill(Number.POSITIVE_INFINITY);
      high.fill(Number.NEGATIVE_INFINITY);
      redLow.fill(Number.POSITIVE_INFINITY);
      redHigh.fill(Number.NEGATIVE_INFINITY);
      setStart(picture, luminance, redness, low, redLow);
      high.set(low);
      redHigh.set(redLow);
    };

    return {
      frame({ small: picture }) {
        if (first) begin(picture);
        scan(picture);
        first = false;
        rise.push(shares.rise);
        fall.push(shares.fall);
        red.push(shares.red);
        redAway.push(shares.redAway);
      },
      finish: () => ({
        flashRise: rise.finish(),
        flashFall: fall.finish(),
        flashRed: red.finish(),
        flashRedAway: redAway.finish(),
      }),
    };
  },
});

/** Every second line of blocks stands for both where there are many: a quarter of the picture is a wide area. */
const rowStep = (height: number): number => (height >= 96 ? 2 : 1);

type Redness = (luma: number, blue: number, red: number) => number;

function setStart(
  { y, u, v, width, height, stride, chromaStride }: Picture,
  luminance: Float32Array,
  redness: Redness,
  light: Float32Array,
  red: Float32Array,
): void {
  const columns = width >> 1;
  const step = rowStep(height);
  for (let row = 0; row < height >> 1; row += step) {
    for (let column = 0; column < columns; column++) {
      const upper = row * 2 * stride + column * 2;
      const lower = upper + stride;
      const code = (y[upper] + y[upper + 1] + y[lower] + y[lower + 1] + 2) >> 2;
      const chroma = row * chromaStride + column;
      light[(row / step) * columns + column] = luminance[code];
      red[(row / step) * columns + column] = v[chroma] > 160 ? redness(code, u[chroma], v[chroma]) : 0;
    }
  }
}

/** (R − G − B) · 320 of linear light where red is saturated, else 0; BT.709 matrix, near enough for every other. */
function rednessOf(full: boolean): Redness {
  const lumaScale = full ? 1 / 255 : 1 / 219;
  const lumaZero = full ? 0 : 16;
  const chromaScale = full ? 1 / 255 : 1 / 224;
  const linear = Float32Array.from({ length: 1025 }, (_, i) => (i / 1024) ** GAMMA);
  const light = (level: number): number => linear[Math.round(1024 * Math.min(1, Math.max(0, level)))];
  return (luma, blue, red) => {
    const grey = (luma - lumaZero) * lumaScale;
    const cb = (blue - 128) * chromaScale;
    const cr = (red - 128) * chromaScale;
    const r = light(grey + 1.5748 * cr);
    const g = light(grey - 0.1873 * cb - 0.4681 * cr);
    const b = light(grey + 1.8556 * cb);
    return r >= RED_SHARE * (r + g + b) ? Math.max(0, RED_SCALE * (r - g - b)) : 0;
  };
}
