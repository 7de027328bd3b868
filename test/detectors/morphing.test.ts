import { describe, expect, it } from 'vitest';
import { madeClip } from '../../fixtures/made-clip.ts';
import { seeded } from '../../fixtures/random.ts';
import { morphing } from '../../src/detectors/morphing.ts';
import { type Bodies, type Faces, IDENTITY_LENGTH, type Identities, WORLD_STEP } from '../../src/landmarks.ts';
import { type Row, TableBuilder } from '../../src/observers/vision/table.ts';
import { DRIFT_MAPS, DRIFT_MOST, type DriftMap, type SemanticDrift } from '../../src/signals.ts';
import { type Line, lettering } from '../signals/morphing/lettering.ts';
import { bodyTable } from './body-signals.ts';
import { faultsOf, judged, scoreOf } from './sound-bench.ts';

const FRAMES = 120;
const COLUMNS = 25;
const ROWS = 14;
const clip = madeClip({ frames: FRAMES, fps: { num: 24, den: 1 }, audio: null });

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

interface Plant {
  from: number;
  to: number;
  size?: number;
  strength?: number;
}

/** Windows of five looks every third frame of ordinary footage; a square of cells around (8, 6) morphs in some of them. */
function drift(plant?: Plant, frames = FRAMES): SemanticDrift {
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
function facesOf(yaw: (frame: number) => number = () => 0): Faces {
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

interface Somebody {
  x: number;
  y?: number;
  from?: number;
  to?: number;
  /** Pixels per frame. */
  speed?: number;
  yaw?: number;
}

/** Faces 200 pixels wide, from one frame to another. */
function people(...all: Somebody[]): Faces {
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
function identities(share: (frame: number) => number, scatter = 0.3): Identities {
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
function bodiesOf(arms: (look: number) => number = () => 1, until = FRAMES): Bodies {
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

const nobody = {
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
  lettering: lettering([]),
};
const seen = (plant?: Plant) => ({ semanticDrift: drift(plant), ...nobody });
const faced = (share: (frame: number) => number, yaw?: (frame: number) => number, scatter?: number) => ({
  ...seen(),
  faces: facesOf(yaw),
  identities: identities(share, scatter),
});

describe('morphing', () => {
  it('has nothing to say about ordinary footage', () => {
    expect(faultsOf(morphing, clip, seen())).toEqual([]);
    expect(scoreOf(morphing, clip, seen())).toBeLessThan(0.3);
  });

  it('finds a region that changes its nature, where and when', () => {
    const [fault, ...more] = faultsOf(morphing, clip, seen({ from: 12, to: 19, size: 7, strength: 1.6 }));
    expect(more).toEqual([]);
    expect(fault).toMatchObject({ kind: 'morph', unit: 'probability' });
    // What happens between frames 45 and 54 shows in windows 12 to 18: all that hold some of it.
    expect(fault.start).toBeLessThanOrEqual(48);
    expect(fault.end).toBeGreaterThan(48);
    expect(fault.end - fault.start).toBeGreaterThan(3);
    expect(fault.end - fault.start).toBeLessThan(30);
    const [x, y, width, height] = fault.box!;
    const cell = 1280 / COLUMNS;
    expect(Math.abs(x + width / 2 - 8.5 * cell)).toBeLessThan(1.2 * cell);
    expect(Math.abs(y + height / 2 - 6.5 * (720 / ROWS))).toBeLessThan(1.2 * cell);
  });

  it.each([
    ['a trace of it', { from: 12, to: 17, strength: 0.15 }],
    ['one cell', { from: 12, to: 17, size: 1, strength: 1.6 }],
    ['one window alone', { from: 12, to: 13, size: 7, strength: 1.6 }],
  ])('leaves %s alone', (_, plant) => {
    expect(faultsOf(morphing, clip, seen(plant))).toEqual([]);
  });

  it('takes what happens in the whole picture for the picture, not for an event', () => {
    const whole = judged(morphing, clip, seen({ from: 12, to: 19, size: 60, strength: 1.6 }));
    const region = judged(morphing, clip, seen({ from: 12, to: 19, size: 7, strength: 1.6 }));
    if (whole.status !== 'ran' || region.status !== 'ran') throw new Error('skipped');
    expect(whole.score).toBeLessThan(region.score);
  });

  it('finds the face that becomes another, and when', () => {
    const [fault, ...more] = faultsOf(
      morphing,
      clip,
      faced(frame => Math.min(1, Math.max(0, (frame - 52) / 12))),
    );
    expect(more).toEqual([]);
    expect(fault).toMatchObject({ kind: 'identity', unit: 'cosine' });
    expect(fault.start).toBeLessThanOrEqual(60);
    expect(fault.end).toBeGreaterThan(52);
    expect(fault.box?.[2]).toBeGreaterThan(40);
  });

  it('does not call a face another because it turns away, is badly seen, or stays itself', () => {
    const change = (frame: number) => Math.min(1, Math.max(0, (frame - 52) / 12));
    expect(
      faultsOf(
        morphing,
        clip,
        faced(() => 0),
      ),
    ).toEqual([]);
    expect(
      faultsOf(
        morphing,
        clip,
        faced(change, frame => (frame < 56 ? -20 : 20)),
      ),
    ).toEqual([]);
    expect(faultsOf(morphing, clip, faced(change, undefined, 2))).toEqual([]);
  });

  it('knows a body whose arms change their length, and where', () => {
    const judge = (bodies: Bodies) => {
      const answer = judged(morphing, clip, { ...seen(), bodies });
      if (answer.status !== 'ran') throw new Error('skipped');
      return answer;
    };
    const stiff = judge(bodiesOf());
    const rubber = judge(bodiesOf(look => (look % 4 < 2 ? 1 : 3.5)));
    expect(stiff.measurements.bodiesCompared).toBe(1);
    expect(stiff.faults).toEqual([]);
    expect(rubber.score).toBeGreaterThan(stiff.score + 0.3);
    expect(rubber.faults).toHaveLength(1);
    const [{ kind, box, start, end, peak }] = rubber.faults;
    expect(kind).toBe('limbs');
    expect(start).toBeLessThanOrEqual(peak);
    expect(peak).toBeLessThan(end);
    const [x, y, width, height] = box!;
    const middle = 500 + peak;
    expect(x).toBeLessThan(middle);
    expect(x + width).toBeGreaterThan(middle);
    expect(y).toBeLessThan(360);
    expect(y + height).toBeGreaterThan(360);
  });

  it('takes somebody who vanishes in the middle of the picture for a sign, not for proof', () => {
    const stays = scoreOf(morphing, clip, { ...seen(), bodies: bodiesOf() });
    const vanishes = { ...seen(), bodies: bodiesOf(() => 1, 60) };
    expect(scoreOf(morphing, clip, vanishes)).toBeGreaterThan(stays);
    expect(faultsOf(morphing, clip, vanishes)).toEqual([]);
  });

  // The region of the plant lies around (435, 334) and shows what happens between frames 45 and 54.
  const melts: Plant = { from: 12, to: 19, size: 7, strength: 1.6 };
  const beside = { x: 800 };
  it.each([
    ['merge', { x: 435, to: 50 }, beside],
    ['split', { x: 435, from: 50 }, beside],
    ['merge', { x: 435, to: 50 }, { ...beside, to: 46 }, { ...beside, from: 56 }],
  ])('knows a %s by a face that melts beside another', (kind, ...all) => {
    const faults = faultsOf(morphing, clip, { ...seen(melts), faces: people(...(all as Somebody[])) });
    expect(faults).toHaveLength(1);
    const [{ box, ...fault }] = faults;
    expect(fault).toMatchObject({ kind, unit: 'probability' });
    expect(Math.abs(fault.peak - 50)).toBeLessThan(4);
    // The box holds both.
    expect(box![0]).toBeLessThan(435);
    expect(box![0] + box![2]).toBeGreaterThan(790);
  });

  it.each<[string, Plant | undefined, ...Somebody[]]>([
    ['one who is gone while nothing morphs', undefined, { x: 435, to: 50 }, beside],
    ['one who is alone', melts, { x: 435, to: 50 }],
    ['one who turns away', melts, { x: 435, to: 50, yaw: 60 }, beside],
    ['one who goes behind the other', melts, { x: 435, to: 50 }, { x: 470 }],
    ['one who leaves the picture', melts, { x: 435, to: 50, speed: -7 }, beside],
    ['two who stay', melts, { x: 435 }, beside],
    ['two of whom one goes far from the other', melts, { x: 100, to: 50 }, { x: 1150 }],
  ])('does not say of %s that they merge', (_, plant, ...all) => {
    const kinds = faultsOf(morphing, clip, { ...seen(plant), faces: people(...all) }).map(({ kind }) => kind);
    expect(kinds.filter(kind => kind === 'merge' || kind === 'split')).toEqual([]);
  });

  it('finds lettering that changes, and says what it read', () => {
    const sign = (after: Line) =>
      faultsOf(morphing, clip, {
        ...seen(),
        lettering: lettering([...Array(4).fill([{ text: 'KITCHEN' }]), ...Array(4).fill([after])]),
      });
    expect(sign({ text: 'KITCHEN' })).toEqual([]);
    const [fault, ...more] = sign({ text: 'KIAXMEN', certainty: 0.6 });
    expect(more).toEqual([]);
    expect(fault).toMatchObject({ kind: 'text', unit: 'letters', measured: 3, start: 36, peak: 48 });
    expect(fault.values).toEqual({ before: 'KITCHEN', after: 'KIAXMEN', letters: 7 });
  });

  it('says when a shot is too short to be judged', () => {
    const answer = judged(morphing, clip, { semanticDrift: drift(undefined, 8), ...nobody });
    expect(answer.status).toBe('skipped');
  });
});
