import type { SemanticDrift } from '../../signals.ts';
import { contextsOf, surprise } from './expectation.ts';
import { blurred, dilated } from './maps.ts';
import type { MorphingModel } from './model.ts';
import { addUp } from './trees.ts';

/** Deviations beyond these say no more. */
const LEAST = -4;
const MOST = 8;

/** The middle value of the cells that do not lie on the picture's edge. */
function interiorMedian(values: Float32Array, { columns, rows }: SemanticDrift): number {
  const inner: number[] = [];
  for (let row = 1; row < rows - 1; row++)
    for (let column = 1; column < columns - 1; column++) inner.push(values[row * columns + column]);
  inner.sort((a, b) => a - b);
  const half = inner.length >> 1;
  return inner.length % 2 === 1 ? inner[half] : (inner[half - 1] + inner[half]) / 2;
}

/**
 * Log-odds that a cell is part of something that changes its nature within the window, smoothed over 3 × 3 cells: deviations
 * from what real footage does at such motion, texture and blur, alone, around, at most around and against the rest of the
 * picture, weighed by trees.
 */
export function cellEvidence(
  { expectation, trees }: MorphingModel,
  drift: SemanticDrift,
  window: number,
): Float32Array {
  const contexts = contextsOf(drift, window);
  const own = surprise(expectation, drift, window, contexts).map(plane =>
    plane.map(value => Math.min(MOST, Math.max(LEAST, value))),
  );
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
  return blurred(odds, drift);
}
