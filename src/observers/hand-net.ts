import { openSession } from '../inference/onnx.ts';
import { modelEntry } from '../inference/store.ts';
import { FINGERS } from './hand-crop.ts';
import type { PictureNet } from './vision/eye.ts';

/** The project's network for hands: its outputs are the four maps of what is seen, then the probabilities of the faults. */
export interface HandNet extends PictureNet {
  /** Drawn landmarks: fill with {@link drawLandmarks} before running. */
  readonly lines: Float32Array;
}

/**
 * Opens the network that judges hands.
 * @throws RetakeError `model-missing`, `model-corrupt`, `inference-failed`
 */
export async function openHandNet(): Promise<HandNet> {
  const name = 'retake-hand-local';
  const [image] = modelEntry(name).inputs;
  const session = await openSession(name);
  return {
    size: Number(image.shape[2]),
    input: session.inputs.image,
    lines: session.inputs.lines,
    normalisation: image.normalisation ?? { scale: 1, offset: 0 },
    async run() {
      const { maps, faults } = await session.run();
      return [maps, faults];
    },
    close: () => session.dispose(),
  };
}

/** Widths of drawn bones and tips in cells, as in training. */
const BONE = 1.2;
const TIP = 1.6;
/** Drawn no further than so many widths. */
const REACH = 3.5;
const PALM = [0, 5, 9, 13, 17, 0, 1] as const;

/**
 * Draws landmarks as the network wants them: three maps of half the crop's size with finger bones, fingertips and the palm's
 * outline, 0–1, each falling off as a bell curve.
 * @param points x, y pairs in pixels of a crop of `size`, pixel centres at .5
 */
export function drawLandmarks(points: Float32Array, size: number, into: Float32Array): void {
  const grid = size / 2;
  into.fill(0);
  const at = (point: number): [number, number] => [points[2 * point] / 2 - 0.5, points[2 * point + 1] / 2 - 0.5];
  const line = (map: number, from: number, to: number, width: number): void => {
    const [[ax, ay], [bx, by]] = [at(from), at(to)];
    const [dx, dy] = [bx - ax, by - ay];
    const length = dx * dx + dy * dy + 1e-6;
    const reach = REACH * width;
    const right = Math.min(grid - 1, Math.floor(Math.max(ax, bx) + reach));
    const bottom = Math.min(grid - 1, Math.floor(Math.max(ay, by) + reach));
    for (let y = Math.max(0, Math.ceil(Math.min(ay, by) - reach)); y <= bottom; y++)
      for (let x = Math.max(0, Math.ceil(Math.min(ax, bx) - reach)); x <= right; x++) {
        const t = Math.min(1, Math.max(0, ((x - ax) * dx + (y - ay) * dy) / length));
        const far = (ax + t * dx - x) ** 2 + (ay + t * dy - y) ** 2;
        const k = (map * grid + y) * grid + x;
        into[k] = Math.max(into[k], Math.exp(-far / (2 * width * width)));
      }
  };
  for (const joints of FINGERS) {
    for (let s = 0; s < 3; s++) line(0, joints[s], joints[s + 1], BONE);
    line(1, joints[3], joints[3], TIP);
  }
  for (let s = 0; s + 1 < PALM.length; s++) line(2, PALM[s], PALM[s + 1], BONE);
}
