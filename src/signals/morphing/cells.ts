import type { SemanticDrift } from '../../signals.ts';
import { contextsOf, surprise } from './expectation.ts';
import { blurred, dilated } from './maps.ts';
import type { MorphingModel } from './model.ts';
import { addUp } from './trees.ts';

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

/** What one window shows. */
export interface WindowEvidence {
  /** Log-odds of a morph per cell, smoothed over 3 × 3 cells. */
  odds: Float32Array;
  /** How much less a cell resembles anything near it half a second later than is ordinary, at the coarsest stride; deviations. */
  near: Float32Array;
}

/**
 * Evidence that cells are part of something that changes its nature within the window: deviations from what real footage does
 * at such motion and texture, alone, around, at most around and against the rest of the
 * picture, weighed by trees.
 */
export function windowEvidence(
  { expectation, trees }: MorphingModel,
  drift: SemanticDrift,
  window: number,
): WindowEvidence {
  const contexts = contextsOf(drift, window);
  const surprises = surprise(expectation, drift, window, contexts);
  const own = surprises.map(plane => plane.map(value => Math.min(MOST, Math.max(LEAST, value))));
  const near = own.map(plane => blurred(plane, drift));
  const most = own.map(plane => dilated(plane, drift));
  const middle = own.map(plane => interiorMedian(plane, drift));
  const apart = near.map((plane, k) => plane.map(value => value - middle[k]));
  const whole = middle.map(value => new Float32Array(own[0].length).fill(value));
  const planes = [...own, ...near, ...most, ...apart, ...whole, ...contexts];
  const values = new Float32Array(planes.length);
  const odds = new Float32Array(own[0].length);
  for (let cell = 0; cell < odds.length; cell++) {
    for (let k = 0; k < planes.length; k++) values[k] = planes[k][cell];
    odds[cell] = addUp(trees, values);
  }
  return { odds: blurred(odds, drift), near: surprises[expectation.signals.indexOf('near32')] };
}
