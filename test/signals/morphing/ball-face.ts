import { seeded } from '../../../fixtures/random.ts';
import type { Faces } from '../../../src/landmarks.ts';
import { type Row, TableBuilder } from '../../../src/observers/vision/table.ts';

export const FRAMES = 144;
const JAW = [132, 361, 58, 288, 172, 397, 136, 365];

/** What a face looks like in one frame. */
export interface FaceLook {
  /** How much wider than at first the jaw is. */
  jaw?: number;
  yaw?: number;
  /** Source pixels across. */
  size?: number;
  presence?: number;
}

/** A face of points strewn over half a ball, the same in every frame but for what is asked for and a little noise. */
export function ballFaces(look: (frame: number) => FaceLook = () => ({}), at: [number, number] = [640, 360]): Faces {
  const random = seeded(5);
  const ball = Array.from({ length: 478 }, () => [random() - 0.5, 1.3 * (random() - 0.5), 0.4 * (random() - 0.5)]);
  const builder = new TableBuilder({
    points: 478,
    columns: { pose: { of: 'float', values: 3 } },
    budget: 1e7,
    rowsPerFrame: 1,
    step: 1,
  });
  for (let frame = 0; frame < FRAMES; frame++) {
    const { jaw = 0, yaw = 0, size = 200, presence = 0.99 } = look(frame);
    const points = new Float32Array(3 * 478);
    ball.forEach(([x, y, z], k) => {
      const wide = JAW.includes(k) ? 1 + jaw : 1;
      const noise = () => 0.002 * (random() - 0.5);
      points.set([at[0] + size * (x * wide + noise()), at[1] + size * (y + noise()), size * (z + noise())], 3 * k);
    });
    const row: Row = {
      lineage: 0,
      presence,
      sharpness: 0.3,
      place: [at[0], at[1], 1.5 * size],
      points,
      extra: { pose: [yaw, 0, 0] },
    };
    builder.add(frame, [row]);
  }
  return builder.finish() as unknown as Faces;
}
