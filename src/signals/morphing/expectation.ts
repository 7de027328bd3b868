import type { DriftMap, SemanticDrift } from '../../signals.ts';
import { dilated, driftMap } from './maps.ts';

/** Maps that are judged, in the order of the tables. */
export type DriftSignal = Exclude<DriftMap, 'motion' | 'doubt' | 'change' | 'detail' | 'strength'>;

/**
 * What real footage shows: mean and mean absolute deviation of the logarithm of every judged map as sums of tables over
 * the contexts (linear between knots) and over pairs of contexts (bilinear between every second knot).
 */
export interface ExpectationTables {
  signals: readonly DriftSignal[];
  /** Added to a map's value before its logarithm is taken. */
  floor: number;
  /** Ascending, one list per context. */
  knots: readonly (readonly number[])[];
  /** Contexts that say what is ordinary, by number; the others are left to the network, since a morph changes them too. */
  contexts: readonly number[];
  /** Pairs of those. */
  pairs: readonly (readonly [number, number])[];
  /** Tables one after the other (contexts, then pairs), per entry one value for each signal. */
  mean: Float32Array;
  spread: Float32Array;
  /** Smallest deviation that is believed, per signal. */
  least: readonly number[];
}

/** Contexts of every cell of a window, one plane per context: logarithms, but for the strength. */
export function contextsOf(drift: SemanticDrift, window: number): Float32Array[] {
  const [motion, doubt, change, detail, strength] = (['motion', 'doubt', 'change', 'detail', 'strength'] as const).map(
    name => driftMap(drift, window, name),
  );
  const log = (values: Float32Array) => values.map(Math.log1p);
  return [
    log(motion),
    log(dilated(motion, drift)),
    log(doubt),
    log(change),
    log(dilated(change, drift)),
    log(detail),
    strength,
  ];
}

/** Place of a value among knots: the lower one and how far on, 0–1; the ends reach on for ever. */
function placeAmong(knots: readonly number[], value: number): [number, number] {
  const last = knots.length - 1;
  if (value <= knots[0]) return [0, 0];
  if (value >= knots[last]) return [last - 1, 1];
  let k = 0;
  while (value >= knots[k + 1]) k++;
  return [k, (value - knots[k]) / (knots[k + 1] - knots[k])];
}

/** How far every judged map lies above what is ordinary, in mean absolute deviations: one plane per signal. */
export function surprise(
  tables: ExpectationTables,
  drift: SemanticDrift,
  window: number,
  contexts: readonly Float32Array[],
): Float32Array[] {
  const { signals, knots, contexts: used, pairs, mean, spread, least, floor } = tables;
  const cells = drift.columns * drift.rows;
  const maps = signals.map(name => driftMap(drift, window, name));
  const out = signals.map(() => new Float32Array(cells));
  const coarse = knots.map(list => list.filter((_, k) => k % 2 === 0));
  const places = new Int32Array(2 * used.length + 4 * pairs.length);
  const weights = new Float64Array(places.length);
  const starts: number[] = [];
  let entries = 0;
  for (const k of used) {
    starts.push(entries);
    entries += knots[k].length;
  }
  for (const [a, b] of pairs) {
    starts.push(entries);
    entries += coarse[a].length * coarse[b].length;
  }
  for (let cell = 0; cell < cells; cell++) {
    let at = 0;
    const put = (place: number, weight: number) => {
      places[at] = place;
      weights[at++] = weight;
    };
    used.forEach((k, n) => {
      const [low, share] = placeAmong(knots[k], contexts[k][cell]);
      put(starts[n] + low, 1 - share);
      put(starts[n] + low + 1, share);
    });
    pairs.forEach(([a, b], p) => {
      const [lowA, shareA] = placeAmong(coarse[a], contexts[a][cell]);
      const [lowB, shareB] = placeAmong(coarse[b], contexts[b][cell]);
      const wide = coarse[b].length;
      const first = starts[used.length + p] + lowA * wide + lowB;
      put(first, (1 - shareA) * (1 - shareB));
      put(first + 1, (1 - shareA) * shareB);
      put(first + wide, shareA * (1 - shareB));
      put(first + wide + 1, shareA * shareB);
    });
    for (let s = 0; s < signals.length; s++) {
      let expected = 0;
      let deviation = 0;
      for (let k = 0; k < at; k++) {
        const i = places[k] * signals.length + s;
        expected += weights[k] * mean[i];
        deviation += weights[k] * spread[i];
      }
      out[s][cell] = (Math.log(maps[s][cell] + floor) - expected) / Math.max(least[s], deviation);
    }
  }
  return out;
}
