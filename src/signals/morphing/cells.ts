import type { SemanticDrift } from '../../signals.ts';
import { contextsOf, surprise } from './expectation.ts';
import { blurred } from './maps.ts';
import type { MorphingModel } from './model.ts';
import { regionOdds } from './network.ts';

/** Deviations beyond these say no more. */
const LEAST = -4;
const MOST = 8;

/** The cells that do not lie on the picture's edge. */
export function interior(
  values: Float32Array,
  { columns, rows }: Pick<SemanticDrift, 'columns' | 'rows'>,
): Float32Array {
  const inner = new Float32Array((columns - 2) * (rows - 2));
  for (let row = 1, at = 0; row < rows - 1; row++, at += columns - 2)
    inner.set(values.subarray(row * columns + 1, (row + 1) * columns - 1), at);
  return inner;
}

/** The middle value of {@link interior}. */
function interiorMedian(values: Float32Array, drift: SemanticDrift): number {
  const inner = interior(values, drift).sort();
  const half = inner.length >> 1;
  return inner.length % 2 === 1 ? inner[half] : (inner[half - 1] + inner[half]) / 2;
}

/** What a run of windows shows, one plane per window. */
export interface RunEvidence {
  /** Log-odds of a morph per cell, smoothed over 3 × 3 cells; less what most of the picture shows, if that is above zero. */
  odds: Float32Array[];
  /** How much less a cell resembles anything near it half a second later than is ordinary, at the coarsest stride; deviations. */
  near: Float32Array[];
}

/**
 * Evidence that cells are part of something that changes its nature: deviations from what real footage does at such motion
 * and texture, those of the picture's middle cell and the contexts, read by a network that sees five cells around and six windows
 * before and after. `windows` follow one another without a cut between them.
 */
export function runEvidence(
  { expectation, network }: MorphingModel,
  drift: SemanticDrift,
  windows: readonly number[],
): RunEvidence {
  const near: Float32Array[] = windows.map(() => new Float32Array());
  const last = expectation.signals.indexOf('near32');
  const { scale, middle, spread } = network;
  const odds = regionOdds(network, drift, windows.length, k => {
    const contexts = contextsOf(drift, windows[k]);
    const surprises = surprise(expectation, drift, windows[k], contexts);
    near[k] = surprises[last];
    const own = surprises.map(plane => plane.map(value => Math.min(MOST, Math.max(LEAST, value)) / scale));
    const whole = own.map(plane => new Float32Array(plane.length).fill(interiorMedian(plane, drift)));
    const set = contexts.map((plane, c) => plane.map(value => (value - middle[c]) / spread[c]));
    return [...own, ...whole, ...set];
  });
  return {
    odds: odds.map(plane => {
      const smooth = blurred(plane, drift);
      // Where most of the picture looks like a morph it is the picture that changes, not something in it.
      const usual = Math.max(0, interiorMedian(smooth, drift));
      return smooth.map(value => value - usual);
    }),
    near,
  };
}
