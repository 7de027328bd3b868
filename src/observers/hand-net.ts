import { openSession } from '../inference/onnx.ts';
import { modelEntry } from '../inference/store.ts';
import { FINGERS } from './hand-crop.ts';
import type { PictureNet } from './vision/eye.ts';

/**
 * The project's network for hands: its outputs are the four maps of what is seen, the probabilities of the faults, a map of what
 * something lies in front of, and maps of what is spoilt, what is a finger too many and where a finger is gone.
 */
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
  const [picture] = modelEntry('hand-features').inputs;
  const [size, large] = [image, picture].map(({ shape }) => Number(shape[2]));
  const [from, to] = [image, picture].map(({ normalisation }) => normalisation ?? { scale: 1, offset: 0 });
  // Brings what is normalised for the one network to what the other wants.
  const gain = to.scale / from.scale;
  const shift = to.offset - from.offset * gain;
  const session = await openSession(name);
  const features = await openSession('hand-features').catch(async (thrown: unknown) => {
    await session.dispose();
    throw thrown;
  });
  return {
    size,
    input: session.inputs.image,
    lines: session.inputs.lines,
    normalisation: from,
    async run() {
      enlarge(session.inputs.image, size, features.inputs.image, large);
      for (let k = 0; k < features.inputs.image.length; k++)
        features.inputs.image[k] = features.inputs.image[k] * gain + shift;
      const { fine, coarse } = await features.run();
      session.inputs.fine.set(fine);
      session.inputs.coarse.set(coarse);
      const { maps, faults, hidden, harm } = await session.run();
      return [maps, faults, hidden, harm];
    },
    async close() {
      await session.dispose();
      await features.dispose();
    },
  };
}

/** Enlarges the planes of a square picture, linearly between the centres of pixels; the edge goes on. */
export function enlarge(from: Float32Array, size: number, to: Float32Array, large: number): void {
  const low = new Uint16Array(large);
  const share = new Float32Array(large);
  for (let k = 0; k < large; k++) {
    const place = Math.min(size - 1, Math.max(0, ((k + 0.5) * size) / large - 0.5));
    low[k] = Math.min(size - 2, Math.floor(place));
    share[k] = place - low[k];
  }
  for (let plane = 0; plane < from.length / (size * size); plane++)
    for (let y = 0; y < large; y++) {
      const row = (plane * size + low[y]) * size;
      const down = share[y];
      for (let x = 0; x < large; x++) {
        const at = row + low[x];
        const right = share[x];
        const above = from[at] + (from[at + 1] - from[at]) * right;
        const below = from[at + size] + (from[at + size + 1] - from[at + size]) * right;
        to[(plane * large + y) * large + x] = above + (below - above) * down;
      }
    }
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
