import { fileURLToPath } from 'node:url';
import { findShots } from '../../src/signals/shots.ts';
import { readLabels, sourceOf } from '../cuts/material.ts';
import { type Measurement, measure } from '../cuts/measure.ts';
import { makeMontages } from '../cuts/montage.ts';
import { scdet } from '../cuts/scdet.ts';
import { add, emptyTally, f1, precision, recall, scoreCuts, scoreGradual, type Tally } from '../cuts/score.ts';
import type { Truth } from '../cuts/truth.ts';

const CACHE = fileURLToPath(new URL('../cache/cuts', import.meta.url));

/** PySceneDetect's AdaptiveDetector: frames on either side, times their mean, least difference. */
const ADAPTIVE = { window: 2, ratio: 3, least: 15 };

/** Its rule on the mean difference of luma instead of hue, saturation and value. */
function adaptive(difference: Float32Array): number[] {
  const cuts: number[] = [];
  for (let frame = ADAPTIVE.window + 1; frame < difference.length - ADAPTIVE.window; frame++) {
    let around = 0;
    for (let k = 1; k <= ADAPTIVE.window; k++) around += difference[frame - k] + difference[frame + k];
    const ratio = difference[frame] / Math.max(1e-3, around / (2 * ADAPTIVE.window));
    if (ratio >= ADAPTIVE.ratio && difference[frame] >= ADAPTIVE.least) cuts.push(frame);
  }
  return cuts;
}

/** Prints hard cuts by the product, by an adaptive rule and by ffmpeg's filter, and dissolves, on labelled clips and concatenations. */
export async function run(folder: string): Promise<void> {
  const labels = readLabels(fileURLToPath(new URL('../cuts-labels.json', import.meta.url)), folder);
  const films: { path: string; truth: Truth & { ignore?: [number, number][] }; measurement: Measurement }[] = [];
  const measured: { label: (typeof labels)[number]; measurement: Measurement }[] = [];
  for (const label of labels) {
    try {
      measured.push({ label, measurement: await measure(label.path, CACHE) });
    } catch (thrown) {
      console.error(`not measured: ${label.name}: ${thrown}`);
    }
  }
  for (const { label, measurement } of measured) {
    if (label.cuts.length > 0) films.push({ path: label.path, truth: label, measurement });
  }
  const sources = measured.flatMap(({ label, measurement }) => sourceOf(label, measurement) ?? []);
  for (const montage of await makeMontages(sources, `${CACHE}/montages`)) {
    films.push({ path: montage.path, truth: montage, measurement: await measure(montage.path, CACHE) });
  }
  const rules: [string, (film: (typeof films)[number]) => Promise<number[]>][] = [
    [
      'this product',
      async ({ measurement: { clip, signals } }) =>
        findShots(signals, clip).cuts.flatMap(({ kind, frame }) => (kind === 'cut' ? [frame] : [])),
    ],
    ['adaptive, on luma', async ({ measurement }) => adaptive(measurement.signals.frameDifference)],
    ['ffmpeg scdet 10', ({ path }) => scdet(path, CACHE)],
  ];
  const print = (name: string, tally: Tally) => {
    const figures = [precision(tally), recall(tally), f1(tally)].map(value => value.toFixed(3).padStart(9));
    console.log(name.padEnd(22), figures.join('  '), ` of ${tally.found + tally.missed}`);
  };
  console.log(`hard cuts, ±1 frame`.padEnd(24), 'precision  recall     F1');
  for (const [name, find] of rules) {
    const tally = emptyTally();
    for (const film of films) add(tally, scoreCuts(await find(film), film.truth, film.truth.ignore));
    print(name, tally);
  }
  console.log('dissolves, overlap and middle within half the length');
  const dissolves = emptyTally();
  for (const { truth, measurement } of films) {
    const found = findShots(measurement.signals, measurement.clip).cuts.filter(({ kind }) => kind === 'dissolve');
    add(dissolves, scoreGradual(found, truth.dissolves, [...truth.fades, ...(truth.ignore ?? [])]));
  }
  print('this product', dissolves);
}
