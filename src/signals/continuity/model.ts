import { loadKeptModel } from '../../inference/store.ts';

/** A regression tree as parallel arrays; a leaf has feature −1. A value at most the threshold goes left. */
export interface Tree {
  feature: readonly number[];
  threshold: readonly number[];
  left: readonly number[];
  right: readonly number[];
  value: readonly number[];
}

/** Boosted trees: the sum is the logit of what they look for. */
export interface Boosted {
  bias: number;
  trees: readonly Tree[];
}

/** What the trees look for at a boundary. */
export const JUMP_MODELS = ['pop', 'exposure', 'jump', 'slow'] as const;
export type JumpModel = (typeof JUMP_MODELS)[number];

export interface ContinuityModel {
  version: string;
  /** Names of the values of a boundary that the trees read, in order; `slow` reads those of a place that changes gradually. */
  features: readonly string[];
  fades: readonly string[];
  models: Record<JumpModel, Boosted>;
  /** Sums from which on a boundary counts, set on untouched real takes. */
  thresholds: Record<JumpModel, number>;
}

export const CONTINUITY_MODEL = 'retake-continuity';

let loaded: ContinuityModel | null = null;

/** Reads a model from the text of its file. */
export const parseContinuityModel = (text: string): ContinuityModel => JSON.parse(text) as ContinuityModel;

/** The model that comes with the package, verified and read once. Throws model-missing or model-corrupt. */
export function continuityModel(): ContinuityModel {
  loaded ??= parseContinuityModel(Buffer.from(loadKeptModel(CONTINUITY_MODEL)).toString('utf8'));
  return loaded;
}

/**
 * Sum of boosted trees for one row of values, in the order and precision (64 bits) of the library that grew them.
 *
 * @param offset place of the row's first value
 */
export function boostedSum({ bias, trees }: Boosted, values: Float32Array, offset = 0): number {
  let sum = bias;
  for (const { feature, threshold, left, right, value } of trees) {
    let node = 0;
    while (feature[node] >= 0) node = values[offset + feature[node]] <= threshold[node] ? left[node] : right[node];
    sum += value[node];
  }
  return sum;
}
