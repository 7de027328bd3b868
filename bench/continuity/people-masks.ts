import { probe } from '../../src/media/probe.ts';
import { observe } from '../../src/observe.ts';
import type { AnyObserver } from '../../src/observers/observer.ts';
import { openPictureNet } from '../../src/observers/vision/nets.ts';
import { sceneOf } from '../../src/observers/vision/scene.ts';

/** Where the largest face and the person it belongs to are in one frame, in shares of the picture's width and height. */
export interface PersonMask {
  /** Middle of the face; its height in widths of the picture. */
  x: number;
  y: number;
  size: number;
  /** Mean colour of the cheeks, 0–1. */
  skin: [number, number, number];
  /** {@link MASK_SIDE}² bytes over an upright square of `span` faces, `below` faces under the face's middle. */
  mask: Uint8Array;
}

export const MASK_SIDE = 128;
export const MASK_SPAN = 6;
export const MASK_BELOW = 1.4;

/** The person in each of the first frames of a clip; null where no face is seen. */
export async function masksOf(path: string, frames: number): Promise<(PersonMask | null)[]> {
  const found: (PersonMask | null)[] = [];
  const watcher: AnyObserver = {
    id: 'masks',
    provides: [],
    async start(context) {
      const scene = sceneOf(context);
      const leave = scene.enter();
      const watch = await scene.faces(1);
      const net = await openPictureNet('person-mask');
      const plane = net.size * net.size;
      const step = net.size / MASK_SIDE;
      const free = async () => {
        await net.close();
        await leave();
      };
      return {
        async frame(frame) {
          if (frame.index >= frames) return;
          const faces = (await watch.look(frame)) ?? [];
          const best = faces.map(({ seen }) => seen).sort((a, b) => b.square.side - a.square.side)[0];
          found[frame.index] = null;
          if (!best) return;
          const size = best.square.side / 1.5;
          const { x, y } = best.square;
          const { width, height } = frame.analysis;
          scene.cropper.cut(
            frame.analysis,
            { x, y: y + MASK_BELOW * size, side: MASK_SPAN * size, angle: 0 },
            net.size,
            net.input,
            net.normalisation,
            'repeat',
          );
          const [values] = await net.run();
          const mask = Uint8Array.from({ length: MASK_SIDE ** 2 }, (_, k) => {
            const at = step * Math.floor(k / MASK_SIDE) * net.size + step * (k % MASK_SIDE);
            return 255 * values[at];
          });
          const middle = net.size / 2 - (MASK_BELOW / MASK_SPAN) * net.size;
          const reach = (0.2 / MASK_SPAN) * net.size;
          const skin: [number, number, number] = [0, 0, 0];
          let count = 0;
          for (let r = Math.max(0, Math.floor(middle - reach)); r < middle + reach; r++)
            for (let c = Math.floor(net.size / 2 - reach); c < net.size / 2 + reach; c++, count++)
              for (let k = 0; k < 3; k++) skin[k] += net.input[k * plane + r * net.size + c];
          found[frame.index] = {
            x: x / width,
            y: y / height,
            size: size / width,
            skin: skin.map(sum => sum / (count || 1)) as [number, number, number],
            mask,
          };
        },
        finish: () => ({}),
        ended: free,
        close: free,
      };
    },
  };
  const clip = await probe(path);
  await observe({ ...clip, audio: null }, [watcher], { loudness: false });
  return Array.from({ length: frames }, (_, k) => found[k] ?? null);
}
