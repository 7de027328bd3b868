import { madeClip } from '../../fixtures/made-clip.ts';
import { seeded } from '../../fixtures/random.ts';
import { type Bodies, type Faces, IDENTITY_LENGTH, type Identities, WORLD_STEP } from '../../src/landmarks.ts';
import { type Row, TableBuilder } from '../../src/observers/vision/table.ts';
import { DRIFT_MAPS, DRIFT_MOST, type DriftMap, type SemanticDrift } from '../../src/signals.ts';
import { lettering } from '../signals/morphing/lettering.ts';
import { bodyTable } from './body-signals.ts';

export const FRAMES = 120;
export const COLUMNS = 25;
export const ROWS = 14;
export const clip = madeClip({ frames: FRAMES, fps: { num: 24, den: 1 }, audio: null });

/** Middle values of real footage that moves a little. */
const ORDINARY: Record<DriftMap, number> = {
  motion: 2,
  doubt: 0.6,
  change: 3,
  detail: 7.6,
  strength: 0.95,
  net8: 0.16,
  jerk8: 0.5,
  step8: 0.07,
  net16: 0.09,
  jerk16: 0.36,
  step16: 0.03,
  near16: 0.08,
  gone16: 0.075,
  come16: 0.075,
  near32: 0.065,
};
/** What a strong planted morph did to the same. */
const MORPHED: Partial<Record<DriftMap, number>> = {
  motion: 7,
  doubt: 8,
  change: 22,
  net8: 1.1,
  jerk8: 1.5,
  step8: 0.45,
  net16: 0.75,
  jerk16: 1.3,
  step16: 0.3,
  near16: 0.6,
  gone16: 0.55,
  come16: 0.55,
  near32: 0.4,
};

export interface Plant {
  from: number;
  to: number;
  size?: number;
  strength?: number;
}

/** Windows of five looks every third frame of ordinary footage; a square of cells around (8, 6) morphs in some of them. */
export function drift(plant?: Plant, frames = FRAMES): SemanticDrift {
  const random = seeded(3);
  const count = Math.max(0, Math.floor((frames - 13) / 3) + 1);
  const cells = COLUMNS * ROWS;
  const packed = new Uint8Array(count * DRIFT_MAPS.length * cells);
  const half = (plant?.size ?? 5) / 2;
  for (let window = 0; window < count; window++)
    DRIFT_MAPS.forEach((name, m) => {
      for (let cell = 0; cell < cells; cell++) {
        const inside = Math.abs((cell % COLUMNS) - 8) < half && Math.abs(Math.floor(cell / COLUMNS) - 6) < half;
        const on = plant && window >= plant.from && window < plant.to && inside;
        const usual = ORDINARY[name] * (0.8 + 0.4 * random());
        const value = on ? usual + (plant.strength ?? 1) * ((MORPHED[name] ?? usual) - usual) : usual;
        packed[(window * DRIFT_MAPS.length + m) * cells + cell] = Math.round(
          255 * Math.sqrt(Math.min(1, value / DRIFT_MOST[name])),
        );
      }
    });
  const starts = Uint32Array.from({ length: count }, (_, k) => 3 * k);
  return { starts, ends: starts.map(start => start + 12), step: 3, columns: COLUMNS, rows: ROWS, packed };
}

/** One face in every frame, turned by so many degrees. */
export function facesOf(yaw: (frame: number) => number = () => 0): Faces {
  const builder = new TableBuilder({
    points: 5,
    columns: { pose: { of: 'float', values: 3 } },
    budget: 1e7,
    rowsPerFrame: 1,
    step: 1,
  });
  for (let frame = 0; frame < FRAMES; frame++) {
    const points = new Float32Array(15);
    for (let k = 0; k < 5; k++) points.set([400 + 20 * (k - 2), 300 + 16 * ((k * 3) % 5), 0], 3 * k);
    const row: Row = {
      lineage: 0,
      presence: 1,
      sharpness: 0.3,
      place: [400, 320, 200],
      points,
      extra: { pose: [yaw(frame), 0, 0] },
    };
    builder.add(frame, [row]);
  }
  return builder.finish() as unknown as Faces;
}

export interface Somebody {
  x: number;
  y?: number;
  from?: number;
  to?: number;
  /** Pixels per frame. */
  speed?: number;
  yaw?: number;
}

/** Faces 200 pixels wide, from one frame to another. */
export function people(...all: Somebody[]): Faces {
  const builder = new TableBuilder({
    points: 5,
    columns: { pose: { of: 'float', values: 3 } },
    budget: 1e7,
    rowsPerFrame: 2,
    step: 1,
  });
  for (let frame = 0; frame < FRAMES; frame++) {
    const rows = all.flatMap(({ x, y = 334, from = 0, to = FRAMES, speed = 0, yaw = 0 }, lineage): Row[] => {
      if (frame < from || frame >= to) return [];
      const at = x + speed * frame;
      const points = new Float32Array(15);
      for (let k = 0; k < 5; k++) points.set([at + 20 * (k - 2), y - 20 + 16 * ((k * 3) % 5), 0], 3 * k);
      return [{ lineage, presence: 1, sharpness: 0.3, place: [at, y, 200], points, extra: { pose: [yaw, 0, 0] } }];
    });
    builder.add(frame, rows);
  }
  return builder.finish() as unknown as Faces;
}

/** Samples every tenth frame of somebody who turns from one person (0) into another (1). */
export function identities(share: (frame: number) => number, scatter = 0.3): Identities {
  const frames = Uint32Array.from({ length: FRAMES / 10 }, (_, k) => 10 * k);
  const vectors = new Int16Array(frames.length * IDENTITY_LENGTH);
  frames.forEach((frame, k) => {
    for (let i = 0; i < IDENTITY_LENGTH; i++) {
      const [one, other] = [Math.sin((i + 1) * 12.9898), Math.sin((i + 1) * 31.7)];
      const noise = scatter * Math.sin((i + 1) * (k + 7) * 78.233);
      vectors[k * IDENTITY_LENGTH + i] = Math.round(900 * (one * (1 - share(frame)) + other * share(frame) + noise));
    }
  });
  return {
    frames,
    lineage: new Uint32Array(frames.length),
    place: new Float32Array(3 * frames.length),
    vectors,
  };
}

/**
 * One walker in a quarter of the picture, looked at every third frame: bones of the same length in every look, but for those of the
 * arms, which change by the share that is asked for.
 */
export function bodiesOf(arms: (look: number) => number = () => 1, until = FRAMES): Bodies {
  const builder = bodyTable(3, 1);
  for (let frame = 0; frame < FRAMES; frame += 3) {
    if (frame >= until) {
      builder.add(frame, []);
      continue;
    }
    const points = new Float32Array(99);
    const world = new Int16Array(99);
    for (let k = 0; k < 33; k++) {
      const arm = k >= 13 && k <= 16 ? arms(frame / 3) : 1;
      const x = (k % 2 ? 1 : -1) * 0.2 * arm;
      const y = (k / 33 - 0.5) * 1.7 + 0.01 * Math.sin(frame + k);
      points.set([500 + frame + 200 * x, 360 + 200 * y, 0], 3 * k);
      world.set([Math.round(x * WORLD_STEP), Math.round(y * WORLD_STEP), 0], 3 * k);
    }
    const row: Row = {
      lineage: 0,
      presence: 1,
      sharpness: 0.3,
      place: [500 + frame, 360, 400],
      points,
      extra: { visibility: new Uint8Array(33).fill(250), world },
    };
    builder.add(frame, [row]);
  }
  return builder.finish() as unknown as Bodies;
}

export const nobody = {
  bodies: new TableBuilder({
    points: 33,
    columns: { visibility: { of: 'byte', values: 33 }, world: { of: 'short', values: 99 } },
    budget: 1e5,
    rowsPerFrame: 1,
    step: 3,
  }).finish() as unknown as Bodies,
  faces: new TableBuilder({
    points: 5,
    columns: { pose: { of: 'float', values: 3 } },
    budget: 1e5,
    rowsPerFrame: 1,
    step: 1,
  }).finish() as unknown as Faces,
  identities: {
    frames: new Uint32Array(),
    lineage: new Uint32Array(),
    place: new Float32Array(),
    vectors: new Int16Array(),
  },
  personLooks: {
    step: 5,
    frames: new Uint32Array(),
    lineage: new Uint32Array(),
    place: new Float32Array(),
    pictures: new Uint8Array(),
  },
  lettering: lettering([]),
  textureChanges: {
    starts: new Uint32Array(),
    ends: new Uint32Array(),
    columns: 32,
    rows: 18,
    values: new Float32Array(),
  },
};
export const seen = (plant?: Plant) => ({ semanticDrift: drift(plant), ...nobody });
export const faced = (share: (frame: number) => number, yaw?: (frame: number) => number, scatter?: number) => ({
  ...seen(),
  faces: facesOf(yaw),
  identities: identities(share, scatter),
});
