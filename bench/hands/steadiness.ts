import { readRgb, toPicture } from '../../fixtures/photos.ts';
import { unsteadyOf } from '../../src/observers/hand-unsteady.ts';
import { Cropper } from '../../src/observers/vision/crop.ts';
import { HandEye } from '../../src/observers/vision/hand-eye.ts';
import { closeNets, openNets } from '../../src/observers/vision/nets.ts';

/** Measures the landmarks of kept pictures in changed crops, as the product does. */
export interface Steadiness {
  /** @param points landmarks (x, y, z) in pixels of the picture */
  of(file: string, points: Float32Array): Promise<number>;
  /** Measured hands, and milliseconds of CPU that they took, reading of pictures apart. */
  cost(): { hands: number; ms: number };
  close(): Promise<void>;
}

export async function openSteadiness(): Promise<Steadiness> {
  const nets = await openNets({ palm: 'palm-detection', full: 'hand-landmarks' });
  const cropper = new Cropper({ range: 'limited', matrix: 'smpte170m' }, 224);
  const eye = new HandEye(nets, cropper, { limit: 1, detection: 0.5, presence: 0.5, chance: 0.65 });
  let hands = 0;
  let ms = 0;
  return {
    async of(file, points) {
      const picture = toPicture(await readRgb(file));
      const before = process.cpuUsage();
      const value = await unsteadyOf(eye, picture, { points });
      const { user, system } = process.cpuUsage(before);
      ms += (user + system) / 1000;
      hands++;
      return value;
    },
    cost: () => ({ hands, ms }),
    close: () => closeNets(nets),
  };
}
