import type { Picture, PictureSize } from '../media/frame.ts';
import { LIGHT_STEP_VALUES } from '../signals.ts';
import { cameraOf } from './camera.ts';
import { type CodeRange, codeRange } from './code-range.ts';
import { LightSteps } from './light-steps.ts';
import { defineObserver } from './observer.ts';
import { SeriesBuilder } from './series.ts';

/** Seconds between two samples. */
const STEP = 0.25;
/** Samples kept at most; beyond it every second one is dropped and the step doubled, so that memory does not grow. */
const MOST = 480;
/** Pixels that a sample's luma plane has at most: half of a 256 × 144 picture. */
const PIXELS = 9300;

/**
 * Small pictures at a low cadence, luma at about 128 wide and chroma at half of it: what is needed to tell whether
 * the place behind the people stays the same, in code values of limited range whatever the
 * clip's. Between the samples, only steps of light and colour are looked for.
 */
export const backgroundViews = defineObserver({
  id: 'background-views',
  provides: ['views', 'lightSteps'],
  reads: 'small',
  start(context) {
    const { clip, small } = context;
    const camera = cameraOf(context);
    const codes = codeRange(clip.video.colour);
    const light = new LightSteps(camera.pyramid.levels[0], camera.pyramid.factor, small, codes);
    const tables = codeTables(codes);
    const steps = new SeriesBuilder(clip.times.length * LIGHT_STEP_VALUES.length);
    const factor = Math.max(1, Math.round(Math.sqrt((small.width * small.height) / PIXELS)));
    const width = Math.max(2, Math.floor(small.width / factor));
    const height = Math.max(2, Math.floor(small.height / factor));
    const half = { width: width >> 1, height: height >> 1 };
    const fps = clip.video.fps.num / clip.video.fps.den;
    let every = Math.max(1, Math.round(fps * STEP));
    let samples: Sample[] = [];

    return {
      frame(frame) {
        const { index, small: picture } = frame;
        steps.append(light.read(camera.step(frame)));
        if (index % every !== 0) return;
        if (samples.length === MOST) {
          every *= 2;
          samples = samples.filter(sample => sample.frame % every === 0);
          if (index % every !== 0) return;
        }
        samples.push({ frame: index, ...shrink(picture, { width, height }, half, factor, tables) });
      },
      finish: () => ({
        lightSteps: steps.finish(),
        views: {
          frames: Uint32Array.from(samples, sample => sample.frame),
          width,
          height,
          // The samples may leave out a last row or column, so the scale is by factor, not by width.
          scaleX: (clip.video.width / small.width) * factor,
          scaleY: (clip.video.height / small.height) * factor,
          luma: joined(samples.map(({ luma }) => luma)),
          blue: joined(samples.map(({ blue }) => blue)),
          red: joined(samples.map(({ red }) => red)),
        },
      }),
    };
  },
});

interface Sample {
  frame: number;
  luma: Uint8Array;
  blue: Uint8Array;
  red: Uint8Array;
}

/** Code of limited range for every code of the clip. */
interface CodeTables {
  luma: Uint8Array;
  chroma: Uint8Array;
}

function codeTables({ gain, base, swing }: CodeRange): CodeTables {
  const table = (value: (code: number) => number) =>
    Uint8Array.from({ length: 256 }, (_, code) => Math.round(value(code)));
  return { luma: table(code => base + gain * code), chroma: table(code => 128 + swing * (code - 128)) };
}

function shrink(
  picture: Picture,
  size: PictureSize,
  half: PictureSize,
  factor: number,
  { luma, chroma }: CodeTables,
): Omit<Sample, 'frame'> {
  return {
    luma: means(picture.y, picture.stride, size, factor, luma),
    blue: means(picture.u, picture.chromaStride, half, factor, chroma),
    red: means(picture.v, picture.chromaStride, half, factor, chroma),
  };
}

/** Means of squares of `factor` pixels, rounded, as codes of limited range. */
function means(
  plane: Uint8Array,
  stride: number,
  { width, height }: PictureSize,
  factor: number,
  codes: Uint8Array,
): Uint8Array {
  const out = new Uint8Array(width * height);
  const pixels = factor * factor;
  const rounding = pixels >> 1;
  let k = 0;
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      let sum = rounding;
      for (let dy = 0; dy < factor; dy++) {
        const from = (row * factor + dy) * stride + column * factor;
        for (let i = from; i < from + factor; i++) sum += plane[i];
      }
      out[k++] = codes[(sum / pixels) | 0];
    }
  }
  return out;
}

function joined(planes: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(planes.reduce((total, plane) => total + plane.length, 0));
  let at = 0;
  for (const plane of planes) {
    out.set(plane, at);
    at += plane.length;
  }
  return out;
}
