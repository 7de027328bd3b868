/**
 * Fits the weights of the two shot boundary rules on the tuned half of the sources and prints them:
 * `tsx bench/cuts-fit.ts <data folder> [--cache folder]`. Bench: `npm run bench:cuts`.
 */
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { dissolveWindows } from '../src/signals/dissolves.ts';
import { cutFeatures } from '../src/signals/hard-cuts.ts';
import { shotDefaults, withoutRepeats } from '../src/signals/shots.ts';
import { type Example, fitLogistic } from './cuts/logistic.ts';
import { readLabels, sourceOf } from './cuts/material.ts';
import { type Measurement, measure } from './cuts/measure.ts';
import { halfOf, makeMontages, type Source } from './cuts/montage.ts';
import type { Truth } from './cuts/truth.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { cache: { type: 'string', default: fileURLToPath(new URL('./cache/cuts', import.meta.url)) } },
});
const [folder] = positionals;
if (!folder) {
  console.error('usage: tsx bench/cuts-fit.ts <data folder> [--cache folder]');
  process.exit(2);
}

/** How many times a true boundary counts: they are few among many. */
const POSITIVE_WEIGHT = { cut: 4, dissolve: 5 };
/** Overlap over union with a true dissolve from which a window is one, and below which it is none. */
const OVERLAP = { same: 0.6, other: 0.25 };

type Range = [number, number];
const cuts: (Example & { names: string[] })[] = [];
const windows: (Example & { names: string[] })[] = [];

function collect({ clip, signals }: Measurement, truth: Truth, ignore: Range[] = []): void {
  const kept = withoutRepeats(signals.frameDifference, clip.frames, shotDefaults);
  const gradual = [...truth.dissolves, ...truth.fades, ...ignore];
  for (let position = 1; position < kept.length; position++) {
    const frame = kept[position];
    if (gradual.some(([start, end]) => frame >= start - 2 && frame <= end + 2)) continue;
    const positive = truth.cuts.includes(frame);
    if (!positive && truth.cuts.some(cut => Math.abs(cut - frame) <= 1)) continue;
    const features = cutFeatures(signals, kept, position, shotDefaults.cutNeighbours);
    cuts.push({ features: Object.values(features), names: Object.keys(features), positive });
  }
  const facts = { times: clip.times, fps: clip.video.fps.num / clip.video.fps.den, size: clip.video };
  const walls = [0, ...truth.cuts.map(cut => kept.findIndex(frame => frame >= cut)), kept.length];
  for (let i = 0; i + 1 < walls.length; i++) {
    for (const { first, last, features } of dissolveWindows(
      signals,
      kept,
      walls[i],
      walls[i + 1],
      facts,
      shotDefaults,
    )) {
      const range: Range = [kept[first] + 1, kept[last]];
      if ([...truth.fades, ...ignore].some(other => overlap(range, other) > 0)) continue;
      const share = Math.max(0, ...truth.dissolves.map(other => overlap(range, other)));
      if (share >= OVERLAP.other && share < OVERLAP.same) continue;
      windows.push({
        features: Object.values(features),
        names: Object.keys(features),
        positive: share >= OVERLAP.same,
      });
    }
  }
}

function overlap([a, b]: Range, [c, d]: Range): number {
  const shared = Math.max(0, Math.min(b, d) - Math.max(a, c));
  return shared / (b - a + d - c - shared);
}

const sources: Source[] = [];
for (const label of readLabels(fileURLToPath(new URL('./cuts-labels.json', import.meta.url)), folder)) {
  const measurement = await measure(label.path, values.cache);
  const source = sourceOf(label, measurement);
  if (source) sources.push(source);
  if (!source || halfOf(source.group) === 'tuned') collect(measurement, label, label.ignore);
}
for (const montage of await makeMontages(sources, `${values.cache}/montages`)) {
  if (montage.half === 'tuned') collect(await measure(montage.path, values.cache), montage);
}

for (const [name, examples, weight] of [
  ['hard cuts', cuts, POSITIVE_WEIGHT.cut],
  ['dissolves', windows, POSITIVE_WEIGHT.dissolve],
] as const) {
  const { bias, weights } = fitLogistic([...examples], weight);
  const positives = examples.filter(example => example.positive).length;
  console.log(`${name}: ${positives} of ${examples.length} examples`);
  console.log(`  bias: ${bias.toFixed(2)}`);
  for (const [j, feature] of examples[0].names.entries()) console.log(`  ${feature}: ${weights[j].toFixed(3)}`);
}
