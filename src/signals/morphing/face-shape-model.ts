import { z } from 'zod';
import { RetakeError } from '../../errors.ts';
import { loadKeptModel } from '../../inference/store.ts';
import { CONTEXT_LENGTH, type FaceMeasure, SHAPE_LENGTH } from './face-shape.ts';

export const FACE_SHAPE_MODEL = 'retake-face-shape';

const rows = (count: number, length: number) => z.array(z.array(z.number()).length(length)).length(count);
const schema = z.object({
  /** What pose and expression do to every distance. */
  context: rows(SHAPE_LENGTH, CONTEXT_LENGTH),
  /** Turns differences of real faces from themselves into independent ones of deviation 1. */
  whitening: rows(SHAPE_LENGTH, SHAPE_LENGTH),
  /** Deviation of each distance. */
  deviations: z.array(z.number().positive()).length(SHAPE_LENGTH),
});

/** What real faces show of themselves at different times; see models/retake-morphing.md. */
export interface FaceShapeModel {
  /** A shape without what pose and expression explain. */
  rest(measure: FaceMeasure): Float64Array;
  whiten(rest: Float64Array): Float64Array;
  deviations: readonly number[];
}

/** Throws model-corrupt when the text is not such a model. */
export function parseFaceShapeModel(text: string): FaceShapeModel {
  let model: z.output<typeof schema>;
  try {
    model = schema.parse(JSON.parse(text));
  } catch (cause) {
    throw new RetakeError('model-corrupt', `${FACE_SHAPE_MODEL} is damaged`, { cause });
  }
  const { context, whitening, deviations } = model;
  const dot = (a: readonly number[], b: Float64Array) => a.reduce((sum, value, k) => sum + value * b[k], 0);
  return {
    rest: measure => measure.shape.map((value, k) => value - dot(context[k], measure.context)),
    whiten: rest => Float64Array.from(whitening, row => dot(row, rest)),
    deviations,
  };
}

let kept: FaceShapeModel | undefined;

/** The product's own. Throws model-missing or model-corrupt. */
export function faceShapeModel(): FaceShapeModel {
  kept ??= parseFaceShapeModel(new TextDecoder().decode(loadKeptModel(FACE_SHAPE_MODEL)));
  return kept;
}
