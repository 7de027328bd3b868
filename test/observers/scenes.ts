import { madeClip } from '../../fixtures/made-clip.ts';
import type { Clip, ClipFacts, Rational } from '../../src/clip.ts';
import type { Frame, Picture } from '../../src/media/frame.ts';
import type { Observer } from '../../src/observers/observer.ts';
import type { SignalName, Signals } from '../../src/signals.ts';

export const WIDTH = 256;
export const HEIGHT = 144;

/** Luma and chroma of one picture, without padding. */
export interface Painting {
  y: Uint8Array;
  u: Uint8Array;
  v: Uint8Array;
}

/** Repeatable noise in [0, 1) for a pair of whole numbers and a seed. */
export function noise(x: number, y: number, seed: number): number {
  let value = Math.imul(x, 374761393) ^ Math.imul(y, 668265263) ^ Math.imul(seed, 2246822519);
  value = Math.imul(value ^ (value >>> 13), 1274126177);
  return ((value ^ (value >>> 16)) >>> 0) / 4294967296;
}

/** Smooth noise with features about `size` pixels wide. */
function smooth(x: number, y: number, size: number, seed: number): number {
  const column = Math.floor(x / size);
  const row = Math.floor(y / size);
  const across = x / size - column;
  const down = y / size - row;
  const top = noise(column, row, seed) * (1 - across) + noise(column + 1, row, seed) * across;
  const bottom = noise(column, row + 1, seed) * (1 - across) + noise(column + 1, row + 1, seed) * across;
  return top * (1 - down) + bottom * down;
}

/**
 * A textured scene without end seen through a window whose top left corner is at `(x, y)`, which may be fractional:
 * another seed is another place.
 */
export function scene(seed: number, x = 0, y = 0, brightness = 0): Painting {
  const painting = { y: new Uint8Array(WIDTH * HEIGHT), u: chroma(seed), v: chroma(seed + 1) };
  for (let row = 0; row < HEIGHT; row++) {
    for (let column = 0; column < WIDTH; column++) {
      const value =
        smooth(column + x, row + y, 40, seed) * 0.55 +
        smooth(column + x, row + y, 13, seed + 7) * 0.3 +
        smooth(column + x, row + y, 5, seed + 13) * 0.15;
      painting.y[row * WIDTH + column] = Math.round(20 + 210 * value + brightness);
    }
  }
  return painting;
}

const chroma = (seed: number): Uint8Array =>
  new Uint8Array((WIDTH * HEIGHT) / 4).fill(Math.round(108 + 40 * noise(seed, 3, 9)));

/** A picture of one colour. */
export const flat = (luma: number, u = 128, v = 128): Painting => ({
  y: new Uint8Array(WIDTH * HEIGHT).fill(luma),
  u: new Uint8Array((WIDTH * HEIGHT) / 4).fill(u),
  v: new Uint8Array((WIDTH * HEIGHT) / 4).fill(v),
});

/** `share` of `b` over the rest of `a`. */
export function mix(a: Painting, b: Painting, share: number): Painting {
  const plane = (from: Uint8Array, to: Uint8Array) =>
    from.map((value, i) => Math.round(value + (to[i] - value) * share));
  return { y: plane(a.y, b.y), u: plane(a.u, b.u), v: plane(a.v, b.v) };
}

/** Every pixel of luma changed by a function. */
export const relit = (painting: Painting, change: (luma: number, index: number) => number): Painting => ({
  ...painting,
  y: painting.y.map((value, i) => Math.min(255, Math.max(0, Math.round(change(value, i))))),
});

/** Coding noise of up to ±`amplitude`, different in every frame. */
export const grainy = (painting: Painting, amplitude: number, frame: number): Painting =>
  relit(painting, (luma, i) => luma + (noise(i, frame, 5) * 2 - 1) * amplitude);

/** `length` pictures of one kind. */
export const times = (length: number, paint: (i: number) => Painting): Painting[] =>
  Array.from({ length }, (_, i) => paint(i));

/** Facts of a clip with so many frames at a constant rate whose source is five times as wide as the small picture. */
export const clipOf = (frames: number, fps?: Rational): ClipFacts =>
  madeClip({ frames, fps, width: WIDTH * 5, height: HEIGHT * 5, audio: null });

/** Runs an observer over pictures the way the line does: one buffer with padded rows, filled anew for every frame. */
export async function watch<Names extends SignalName>(
  observer: Observer<Names>,
  paintings: readonly Painting[],
  expected = paintings.length,
): Promise<Pick<Signals, Names>> {
  const stride = WIDTH + 32;
  const chromaStride = WIDTH / 2 + 16;
  const small: Picture = {
    width: WIDTH,
    height: HEIGHT,
    stride,
    chromaStride,
    y: new Uint8Array(stride * HEIGHT).fill(255),
    u: new Uint8Array((chromaStride * HEIGHT) / 2).fill(255),
    v: new Uint8Array((chromaStride * HEIGHT) / 2).fill(255),
  };
  const clip: Clip = clipOf(expected);
  const size = { width: WIDTH, height: HEIGHT };
  const run = await observer.start({ clip, analysis: size, small: size });
  for (const [index, painting] of paintings.entries()) {
    for (let row = 0; row < HEIGHT; row++) {
      small.y.set(painting.y.subarray(row * WIDTH, (row + 1) * WIDTH), row * stride);
      if (row % 2 === 1) continue;
      const chromaRow = row / 2;
      const from = (chromaRow * WIDTH) / 2;
      small.u.set(painting.u.subarray(from, from + WIDTH / 2), chromaRow * chromaStride);
      small.v.set(painting.v.subarray(from, from + WIDTH / 2), chromaRow * chromaStride);
    }
    const frame: Frame = { index, analysis: small, small };
    await run.frame?.(frame);
  }
  const signals = await run.finish();
  await run.close?.();
  return signals;
}
