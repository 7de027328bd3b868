import { describe, expect, it } from 'vitest';
import { madeClip } from '../../../fixtures/made-clip.ts';
import { morphing } from '../../../src/detectors/morphing.ts';
import { LOOK_PLANES, LOOK_REACH, LOOK_SIDE, type PersonLooks } from '../../../src/landmarks.ts';
import { CONTEXT_LENGTH } from '../../../src/signals/morphing/face-shape.ts';
import {
  HEAD_LENGTH,
  HEAD_PARTS,
  headShapeModel,
  headsShaped,
  measureHead,
} from '../../../src/signals/morphing/head-shape.ts';
import { shapeCourse } from '../../../src/signals/morphing/shape-course.ts';
import { parseShapeModel } from '../../../src/signals/morphing/shape-model.ts';
import { seen } from '../../detectors/morphing-signals.ts';
import { faultsOf } from '../../detectors/sound-bench.ts';
import { ballFaces, FRAMES } from './ball-face.ts';

const clip = madeClip({ frames: FRAMES, fps: { num: 24, den: 1 }, audio: null });
const shot = { id: 's1', start: 0, end: FRAMES };
const STEP = 4;
const CELLS = LOOK_SIDE * LOOK_SIDE;

/** Pose and expression explain nothing; every breadth of a real head would differ by two hundredths. */
const model = parseShapeModel(
  JSON.stringify({
    context: Array.from({ length: HEAD_LENGTH }, () => Array(CONTEXT_LENGTH).fill(0)),
    whitening: Array.from({ length: HEAD_LENGTH }, (_, i) =>
      Array.from({ length: HEAD_LENGTH }, (_, j) => (i === j ? 50 : 0)),
    ),
    deviations: Array(HEAD_LENGTH).fill(0.02),
  }),
  'test',
  HEAD_LENGTH,
  CONTEXT_LENGTH,
);

interface Head {
  /** Half its breadth and its height over the face's middle, in heights of the face. */
  broad?: number;
  tall?: number;
  /** Somebody stands beside it. */
  beside?: boolean;
  at?: [number, number];
}

/** Looks at an oval head on a neck and shoulders; shares of cells that the outline crosses are measured on 8 x 8 points. */
function heads(head: (frame: number) => Head = () => ({})): PersonLooks {
  const frames = Array.from({ length: FRAMES / STEP }, (_, k) => k * STEP);
  const pictures = new Uint8Array(frames.length * LOOK_PLANES * CELLS);
  const place: number[] = [];
  frames.forEach((frame, k) => {
    const { broad = 0.5, tall = 0.72, beside = false, at = [640, 360] } = head(frame);
    place.push(...at, 300);
    const isPerson = (x: number, y: number): boolean =>
      Math.hypot(x / broad, y / tall) < 1 ||
      (Math.abs(x) < 0.3 && y > 0) ||
      (y > 0.9 && Math.abs(x) < 1.2) ||
      (beside && x > broad + 0.15);
    for (let cell = 0; cell < CELLS; cell++) {
      let inside = 0;
      for (let part = 0; part < 64; part++) {
        const x = ((cell % LOOK_SIDE) + ((part % 8) + 0.5) / 8) / LOOK_SIDE - 0.5;
        const y = (Math.floor(cell / LOOK_SIDE) + (Math.floor(part / 8) + 0.5) / 8) / LOOK_SIDE - 0.5;
        if (isPerson(x * LOOK_REACH.side, y * LOOK_REACH.side + LOOK_REACH.below)) inside++;
      }
      pictures[(k * LOOK_PLANES + 3) * CELLS + cell] = Math.round((255 * inside) / 64);
    }
  });
  const lineage = new Uint32Array(frames.length);
  return { step: STEP, frames: Uint32Array.from(frames), lineage, place: Float32Array.from(place), pictures };
}
const course = (looks: PersonLooks, faces = ballFaces(), from = 1) =>
  shapeCourse(clip, shot, headsShaped(clip, faces, null, looks, model)!, from);
const changed = (frame: number) => Math.min(1, Math.max(0, (frame - 60) / 16));
const breadthsOf = (looks: PersonLooks, at: [number, number] = [640, 360]) =>
  measureHead(ballFaces(undefined, at), 0, looks, 0, clip.video)?.shape;

describe('the outline of a head', () => {
  it('is as broad as it is drawn, whoever stands beside it', () => {
    const [plain, broad, tall, beside] = [{}, { broad: 0.6 }, { tall: 0.86 }, { beside: true }].map(
      head => breadthsOf(heads(() => head))!,
    );
    const temples = HEAD_PARTS.indexOf('temples');
    const crown = HEAD_PARTS.indexOf('crown');
    expect(broad[temples] - plain[temples]).toBeCloseTo(Math.log(0.6 / 0.5), 1);
    // A higher skull is broader where the lower one closes.
    expect(tall[crown] - plain[crown]).toBeGreaterThan(0.15);
    expect(Math.abs(tall[temples] - plain[temples])).toBeLessThan(0.1);
    expect(Math.abs(beside[temples] - plain[temples])).toBeLessThan(0.1);
  });

  it('is not measured where the picture cuts it off', () => {
    expect(
      breadthsOf(
        heads(() => ({ at: [640, 120] })),
        [640, 120],
      ),
    ).toBeUndefined();
    expect(
      breadthsOf(
        heads(() => ({ at: [1175, 360], broad: 0.6 })),
        [1175, 360],
      ),
    ).toBeUndefined();
    expect(
      breadthsOf(
        heads(() => ({ at: [640, 180] })),
        [640, 180],
      ),
    ).toBeDefined();
  });
});

describe('a head against its own past', () => {
  it('that stays itself is compared and not named', () => {
    const { faces, most, changes } = course(heads());
    expect(faces).toBe(1);
    expect(most).toBeLessThan(0.3);
    expect(changes).toEqual([]);
  });

  it('that grows is named, with the part and when', () => {
    const { changes } = course(heads(frame => ({ tall: 0.72 + 0.12 * changed(frame) })));
    expect(changes).toHaveLength(1);
    expect(changes[0].part).toBe('crown');
    expect(changes[0].start).toBeLessThanOrEqual(76);
    expect(changes[0].end).toBeGreaterThan(60);
  });

  it('that is another for a moment, or grows as the face turns away, is not named', () => {
    expect(course(heads(frame => ({ broad: frame >= 60 && frame < 80 ? 0.6 : 0.5 }))).changes).toEqual([]);
    const turning = ballFaces(frame => ({ yaw: 25 * changed(frame) }));
    expect(
      course(
        heads(frame => ({ broad: 0.5 + 0.1 * changed(frame) })),
        turning,
      ).changes,
    ).toEqual([]);
  });
});

describe('the check', () => {
  it('measures heads and names one that changes where that is asked for', () => {
    const looks = heads(frame => ({ broad: 0.5 + 0.25 * changed(frame), tall: 0.72 + 0.25 * changed(frame) }));
    const faults = (nameShapes: boolean) =>
      faultsOf(morphing, clip, { ...seen(), faces: ballFaces(), personLooks: looks }, { nameShapes }).map(
        ({ kind }) => kind,
      );
    expect(faults(false)).not.toContain('head-shape');
    expect(faults(true)).toContain('head-shape');
  });

  it('has a model with a line for every distance', () => {
    const kept = headShapeModel();
    expect(kept.deviations).toHaveLength(HEAD_LENGTH);
    const measure = measureHead(ballFaces(), 0, heads(), 0, clip.video)!;
    expect([...kept.whiten(kept.rest(measure))].every(Number.isFinite)).toBe(true);
  });
});
