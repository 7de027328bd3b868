import type { Clip } from '../../src/clip.ts';
import type { Picture } from '../../src/media/frame.ts';
import type { Observer } from '../../src/observers/observer.ts';
import type { SignalName, Signals } from '../../src/signals.ts';
import { clipFacts } from '../helpers.ts';
import { noise } from './scenes.ts';

/** What `[y, u, v]` is at a pixel; chroma is taken from the top left pixel of each block of four. */
export type Paint = (x: number, y: number) => [luma: number, blue: number, red: number];

export const grey =
  (luma: number): Paint =>
  () => [luma, 128, 128];

/** A picture with padded rows: what lies in the padding must not count. */
export function paint(width: number, height: number, at: Paint): Picture {
  const stride = width + 6;
  const chromaStride = width / 2 + 3;
  const y = new Uint8Array(stride * height).fill(255);
  const u = new Uint8Array((chromaStride * height) / 2).fill(255);
  const v = new Uint8Array((chromaStride * height) / 2).fill(255);
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const [luma, blue, red] = at(column, row);
      y[row * stride + column] = luma;
      if (row % 2 === 0 && column % 2 === 0) {
        u[(row / 2) * chromaStride + column / 2] = blue;
        v[(row / 2) * chromaStride + column / 2] = red;
      }
    }
  }
  return { width, height, y, u, v, stride, chromaStride };
}

export interface Seen {
  analysis: Picture;
  small?: Picture;
}

/** Runs one observer over frames; `video` overrides what the container says. The small picture defaults to the large one. */
export async function see<Names extends SignalName>(
  observer: Observer<Names>,
  frames: readonly Seen[],
  video: Partial<Clip['video']> = {},
): Promise<Pick<Signals, Names>> {
  const [{ analysis, small = analysis }] = frames;
  const facts = clipFacts({ frames: frames.length });
  const size = { width: analysis.width, height: analysis.height };
  const clip = { ...facts, video: { ...facts.video, ...size, ...video } } as Clip;
  const run = await observer.start({ clip, analysis, small });
  for (const [index, frame] of frames.entries()) {
    await run.frame?.({ index, analysis: frame.analysis, small: frame.small ?? frame.analysis });
  }
  return run.finish();
}

const FIELD = 512;
/** Made once: blurring asks for every pixel many times. */
const field = Uint8Array.from({ length: FIELD * FIELD }, (_, i) => {
  const x = i % FIELD;
  const y = Math.floor(i / FIELD);
  const coarse = noise(x >> 4, y >> 4, 1);
  const middle = noise(x >> 2, y >> 2, 2);
  return Math.round(60 + 140 * (0.5 * coarse + 0.3 * middle + 0.2 * noise(x, y, 3)));
});

/** Texture with detail down to the pixel, 60 … 200. */
export const texture: Paint = (x, y) => [field[((y + FIELD) % FIELD) * FIELD + ((x + FIELD) % FIELD)], 128, 128];

/** A picture blurred by a box of `2 · across + 1` × `2 · down + 1` pixels. */
export function blurred(at: Paint, across: number, down: number): Paint {
  return (x, y) => {
    let sum = 0;
    for (let dy = -down; dy <= down; dy++) for (let dx = -across; dx <= across; dx++) sum += at(x + dx, y + dy)[0];
    return [Math.round(sum / ((2 * across + 1) * (2 * down + 1))), 128, 128];
  };
}
