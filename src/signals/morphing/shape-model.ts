import { z } from 'zod';
import { RetakeError } from '../../errors.ts';
import { loadKeptModel } from '../../inference/store.ts';

/** A face or a head in one frame as it is measured. */
export interface ShapeMeasure {
  /** Natural logarithms of distances, free of place and size. */
  shape: Float64Array;
  /** What else moves them: pose and expression. */
  context: Float64Array;
  yaw: number;
  pitch: number;
  /** Source pixels across the mesh. */
  size: number;
}

/** What real ones show of themselves at different times; see models/retake-morphing.md. */
export interface ShapeModel {
  /** A shape without what pose and expression explain. */
  rest(measure: ShapeMeasure): Float64Array;
  /** Turns differences of real ones from themselves into independent ones of deviation 1. */
  whiten(rest: Float64Array): Float64Array;
  /** Of each distance. */
  deviations: readonly number[];
}

/** @param distances and contexts: how many there are. Throws model-corrupt when the text of `name` is no such model. */
export function parseShapeModel(text: string, name: string, distances: number, contexts: number): ShapeModel {
  const rows = (length: number) => z.array(z.array(z.number()).length(length)).length(distances);
  const schema = z.object({
    /** What pose and expression do to every distance. */
    context: rows(contexts),
    whitening: rows(distances),
    deviations: z.array(z.number().positive()).length(distances),
  });
  let model: z.output<typeof schema>;
  try {
    model = schema.parse(JSON.parse(text));
  } catch (cause) {
    throw new RetakeError('model-corrupt', `${name} is damaged`, { cause });
  }
  const { context, whitening, deviations } = model;
  const dot = (a: readonly number[], b: Float64Array) => a.reduce((sum, value, k) => sum + value * b[k], 0);
  return {
    rest: measure => measure.shape.map((value, k) => value - dot(context[k], measure.context)),
    whiten: rest => Float64Array.from(whitening, row => dot(row, rest)),
    deviations,
  };
}

const kept = new Map<string, ShapeModel>();

/** One of the product's own. Throws model-missing or model-corrupt. */
export function shapeModel(name: string, distances: number, contexts: number): ShapeModel {
  let model = kept.get(name);
  if (model === undefined) {
    model = parseShapeModel(new TextDecoder().decode(loadKeptModel(name)), name, distances, contexts);
    kept.set(name, model);
  }
  return model;
}
