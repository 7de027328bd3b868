import { seeded } from '../../fixtures/random.ts';
import type { Frame } from '../../src/media/frame.ts';
import { boiling } from '../../src/observers/boiling.ts';
import type { ObserveContext } from '../../src/observers/observer.ts';
import type { TextureChanges } from '../../src/signals.ts';

const WIDTH = 256;
const HEIGHT = 144;
export const FRAMES = 50;
export const SOURCE = { width: 1280, height: 720 };

export type Field = (x: number, y: number) => number;

/** Smooth blotches some pixels wide, about −1 to 1. */
export function blotches(seed: number, grain: number): Field {
  const random = seeded(seed);
  const columns = Math.ceil(WIDTH / grain) + 2;
  const values = Float32Array.from({ length: columns * (Math.ceil(HEIGHT / grain) + 2) }, () => 2 * random() - 1);
  return (x, y) => {
    const [u, v] = [Math.min(WIDTH, Math.max(0, x)) / grain, Math.min(HEIGHT, Math.max(0, y)) / grain];
    const [i, j] = [Math.floor(u), Math.floor(v)];
    const [p, q] = [u - i, v - j];
    const at = j * columns + i;
    const top = values[at] * (1 - p) + values[at + 1] * p;
    return top * (1 - q) + (values[at + columns] * (1 - p) + values[at + columns + 1] * p) * q;
  };
}

const texture = blotches(1, 5);
const fine = blotches(2, 2.5);
export const still: Field = (x, y) => 120 + 45 * texture(x, y) + 20 * fine(x, y);

/** What the observer sees of pictures that a function draws. */
export async function seen(luma: (frame: number) => Field, frames = FRAMES): Promise<TextureChanges> {
  const context = {
    clip: { video: { fps: { num: 25, den: 1 } }, times: new Float64Array(frames) },
    small: { width: WIDTH, height: HEIGHT },
  } as unknown as ObserveContext;
  const run = await boiling.start(context);
  for (let index = 0; index < frames; index++) {
    const draw = luma(index);
    const y = new Uint8Array(WIDTH * HEIGHT);
    for (let k = 0; k < y.length; k++) y[k] = draw(k % WIDTH, Math.floor(k / WIDTH));
    await run.frame?.({ index, small: { width: WIDTH, height: HEIGHT, stride: WIDTH, y } } as unknown as Frame);
  }
  return (await run.finish()).textureChanges;
}

/** One in the middle of a place on the left, falling to zero around it. */
export const around = (x: number, y: number) => Math.max(0, 1 - Math.hypot(x - 90, y - 70) / 40);

/** Texture that is drawn anew in that place with every `hold`-th picture. */
export function redrawn(hold: number): (frame: number) => Field {
  const fields = Array.from({ length: FRAMES }, (_, k) => [blotches(50 + k, 6), blotches(500 + k, 6)]);
  return frame => {
    const [u, v] = fields[Math.floor(frame / hold)];
    return (x, y) => {
      const shift = 2.2 * Math.min(1, 2 * around(x, y));
      return still(x + shift * u(x, y), y + shift * v(x, y));
    };
  };
}
