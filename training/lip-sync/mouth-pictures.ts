import type { AnyObserver } from '../../src/observers/observer.ts';
import { sceneOf } from '../../src/observers/vision/scene.ts';

/** Pixels of a mouth picture: `WIDTH` × `HEIGHT` luma values, about one span of the outer eye corners wide. */
export const MOUTH = { width: 32, height: 24 } as const;

/** Small pictures of the lips of every face: frame, lineage and pixels of each, for asking whether pixels add to landmarks. */
export interface MouthPictures {
  frames: number[];
  lineage: number[];
  pixels: Uint8Array;
}

/** An observer that cuts the lips out of every frame; roll is undone, the crop hangs below the nose. */
export const mouthPictures = (): { observer: AnyObserver; pictures(): MouthPictures } => {
  const frames: number[] = [];
  const lineage: number[] = [];
  const pixels: Uint8Array[] = [];
  const observer: AnyObserver = {
    id: 'mouth-pictures',
    provides: [],
    async start(context) {
      const scene = sceneOf(context);
      scene.enter();
      const watch = await scene.faces(1);
      return {
        async frame(frame) {
          for (const { seen, lineage: line } of (await watch.look(frame)) ?? []) {
            const { points } = seen;
            const [ax, ay, bx, by] = [points[99], points[100], points[789], points[790]];
            const span = Math.hypot(bx - ax, by - ay);
            const [cx, sx] = [(bx - ax) / span, (by - ay) / span];
            const side = 1.15 * span;
            // Down along the face from below the nose.
            const x0 = points[6] - sx * 0.33 * span;
            const y0 = points[7] + cx * 0.33 * span;
            const out = new Uint8Array(MOUTH.width * MOUTH.height);
            const { y: plane, stride, width, height } = frame.analysis;
            for (let j = 0; j < MOUTH.height; j++)
              for (let i = 0; i < MOUTH.width; i++) {
                let sum = 0;
                for (let s = 0; s < 4; s++) {
                  const u = (side * (i + (s % 2 ? 0.75 : 0.25) - MOUTH.width / 2)) / MOUTH.width;
                  const v = (side * (j + (s < 2 ? 0.25 : 0.75) - MOUTH.height / 2)) / MOUTH.width;
                  const x = Math.max(0, Math.min(width - 2, x0 + u * cx - v * sx - 0.5));
                  const y = Math.max(0, Math.min(height - 2, y0 + u * sx + v * cx - 0.5));
                  const [xi, yi] = [Math.floor(x), Math.floor(y)];
                  const [fx, fy] = [x - xi, y - yi];
                  const at = yi * stride + xi;
                  sum +=
                    (plane[at] * (1 - fx) + plane[at + 1] * fx) * (1 - fy) +
                    (plane[at + stride] * (1 - fx) + plane[at + stride + 1] * fx) * fy;
                }
                out[j * MOUTH.width + i] = Math.round(sum / 4);
              }
            frames.push(frame.index);
            lineage.push(line);
            pixels.push(out);
          }
        },
        finish: () => ({}),
        close: () => scene.leave(),
      };
    },
  };
  const pictures = () => {
    const size = MOUTH.width * MOUTH.height;
    const all = new Uint8Array(pixels.length * size);
    pixels.forEach((picture, k) => {
      all.set(picture, k * size);
    });
    return { frames, lineage, pixels: all };
  };
  return { observer, pictures };
};
