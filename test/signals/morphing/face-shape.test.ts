import { describe, expect, it } from 'vitest';
import { madeClip } from '../../../fixtures/made-clip.ts';
import { morphing } from '../../../src/detectors/morphing.ts';
import type { Faces } from '../../../src/landmarks.ts';
import {
  CONTEXT_LENGTH,
  faceShapeModel,
  facesShaped,
  measureFace,
  SHAPE_LENGTH,
  SHAPE_PARTS,
} from '../../../src/signals/morphing/face-shape.ts';
import { shapeCourse } from '../../../src/signals/morphing/shape-course.ts';
import { parseShapeModel } from '../../../src/signals/morphing/shape-model.ts';
import { seen } from '../../detectors/morphing-signals.ts';
import { faultsOf } from '../../detectors/sound-bench.ts';
import { FRAMES, ballFaces as faces, type FaceLook as Look } from './ball-face.ts';

const clip = madeClip({ frames: FRAMES, fps: { num: 24, den: 1 }, audio: null });
const shot = { id: 's1', start: 0, end: FRAMES };

/** Pose and expression explain nothing; every distance of a real face would differ by two hundredths. */
const parse = (text: string) => parseShapeModel(text, 'test', SHAPE_LENGTH, CONTEXT_LENGTH);
const model = parse(
  JSON.stringify({
    context: Array.from({ length: SHAPE_LENGTH }, () => Array(CONTEXT_LENGTH).fill(0)),
    whitening: Array.from({ length: SHAPE_LENGTH }, (_, i) =>
      Array.from({ length: SHAPE_LENGTH }, (_, j) => (i === j ? 50 : 0)),
    ),
    deviations: Array(SHAPE_LENGTH).fill(0.02),
  }),
);

const course = (table: Faces, from = 1.4) => shapeCourse(clip, shot, facesShaped(clip, table, null, model)!, from);
const changed = (frame: number) => Math.min(1, Math.max(0, (frame - 60) / 16));

describe('the shape of a face', () => {
  it('does not depend on where, how large and how far away it is', () => {
    const [a, b] = [faces(), faces(() => ({ size: 120 }), [400, 300])].map(table => measureFace(table, 0, clip.video));
    expect(Math.abs(a!.size - 200)).toBeLessThan(1);
    a!.shape.forEach((value, k) => {
      expect(Math.abs(value - b!.shape[k])).toBeLessThan(0.05);
    });
    expect(a!.shape.reduce((sum, value) => sum + value, 0)).toBeCloseTo(0, 8);
    expect(a!.context).toHaveLength(CONTEXT_LENGTH);
  });

  it.each<[string, Look, [number, number]?]>([
    ['small', { size: 40 }],
    ['turned away', { yaw: 50 }],
    ['hardly a face', { presence: 0.6 }],
    ['cut off by the side', {}, [60, 360]],
  ])('is not measured when the face is %s', (_, look, at) => {
    expect(
      measureFace(
        faces(() => look, at),
        0,
        clip.video,
      ),
    ).toBeNull();
  });
});

describe('a face against its own past', () => {
  it('that stays itself is compared and not named', () => {
    const { faces: compared, most, changes } = course(faces());
    expect(compared).toBe(1);
    expect(most).toBeLessThan(0.3);
    expect(changes).toEqual([]);
  });

  it('that changes is named, with the part, when and where', () => {
    const { changes } = course(faces(frame => ({ jaw: 0.3 * changed(frame) })));
    expect(changes).toHaveLength(1);
    const [{ part, start, end, peak, box, difference }] = changes;
    expect(part).toBe('jaw');
    expect(SHAPE_PARTS).toContain(part);
    expect(difference).toBeGreaterThan(2);
    expect(start).toBeLessThanOrEqual(76);
    expect(end).toBeGreaterThan(60);
    expect(end - start).toBeLessThan(40);
    expect(peak).toBeGreaterThanOrEqual(start);
    expect(peak).toBeLessThan(end);
    expect(Math.abs(box[0] + box[2] / 2 - 640)).toBeLessThan(20);
  });

  it.each<[string, (frame: number) => Look]>([
    ['changes for a moment', frame => ({ jaw: frame >= 60 && frame < 84 ? 0.3 : 0 })],
    ['changes as it turns', frame => ({ jaw: 0.3 * changed(frame), yaw: 25 * changed(frame) })],
    ['changes as it comes near', frame => ({ jaw: 0.3 * changed(frame), size: 120 + 80 * changed(frame) })],
    ['is another at the very end', frame => ({ jaw: frame > 132 ? 0.3 : 0 })],
  ])('that %s is not named', (_, look) => {
    expect(course(faces(look)).changes).toEqual([]);
  });

  it('is not compared when it is seen too short, and never over a cut', () => {
    const table = faces(frame => ({ jaw: 0.3 * changed(frame) }));
    const part = (start: number, end: number) =>
      shapeCourse(clip, { id: 's', start, end }, facesShaped(clip, table, null, model)!, 1.4);
    expect(part(0, 40).faces).toBe(0);
    expect(part(76, 144).changes).toEqual([]);
  });
});

describe('the check', () => {
  it('names a face that takes another shape where that is asked for, and no face that stays itself', () => {
    const faults = (look?: (frame: number) => Look, nameShapes = true) =>
      faultsOf(morphing, clip, { ...seen(), faces: faces(look) }, { nameShapes }).filter(
        ({ kind }) => kind === 'face-shape',
      );
    expect(faults()).toEqual([]);
    expect(faults(frame => ({ jaw: 0.3 * changed(frame) }), false)).toEqual([]);
    expect(morphing.meta.options.parse({}).nameShapes).toBe(false);
    const [fault, ...more] = faults(frame => ({ jaw: 0.3 * changed(frame) }));
    expect(more).toEqual([]);
    expect(fault).toMatchObject({ unit: 'deviations', threshold: 0.5, values: { part: 'jaw' } });
    expect(fault.confidence).toBeGreaterThan(0.5);
  });
});

describe('the model', () => {
  it('is there, with a line for every distance', () => {
    const kept = faceShapeModel();
    expect(kept.deviations).toHaveLength(SHAPE_LENGTH);
    const measure = measureFace(faces(), 0, clip.video)!;
    expect([...kept.whiten(kept.rest(measure))].every(Number.isFinite)).toBe(true);
  });

  it('is refused when it is damaged', () => {
    expect(() => parse('{"context": []}')).toThrow(expect.objectContaining({ code: 'model-corrupt' }));
  });
});
