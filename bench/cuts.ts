/**
 * How well shot boundaries are found: `npm run bench:cuts -- <data folder> [--labels file] [--cache folder] [--list]`.
 *
 * Three kinds of material: labelled clips as they are; concatenations with known hard cuts, dissolves and fades, made
 * from the uncut ones, split by source into a half that the rules were fitted on and a half that took no part; and the
 * uncut clips, where every boundary reported is false.
 */
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { findShots } from '../src/signals/shots.ts';
import type { Cut } from '../src/signals.ts';
import { isUncut, type Labelled, readLabels, sourceOf } from './cuts/material.ts';
import { type Measurement, measure } from './cuts/measure.ts';
import { halfOf, type Montage, makeMontages, type Source } from './cuts/montage.ts';
import { scdet } from './cuts/scdet.ts';
import { add, emptyTally, f1, precision, recall, scoreCuts, scoreGradual, type Tally } from './cuts/score.ts';
import type { Truth } from './cuts/truth.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    labels: { type: 'string', default: fileURLToPath(new URL('./cuts-labels.json', import.meta.url)) },
    cache: { type: 'string', default: fileURLToPath(new URL('./cache/cuts', import.meta.url)) },
    list: { type: 'boolean', default: false },
  },
});
const [folder] = positionals;
if (!folder) {
  console.error('usage: npm run bench:cuts -- <data folder> [--labels file] [--cache folder] [--list]');
  process.exit(2);
}

interface Result {
  name: string;
  truth: Truth & { ignore?: [number, number][] };
  seconds: number;
  cuts: Cut[];
  baseline: number[];
}

const say = (line: string) => process.stderr.isTTY && process.stderr.write(`\r\u001b[K${line}`);

async function judge(name: string, path: string, truth: Result['truth'], known?: Measurement): Promise<Result> {
  const { clip, signals } = known ?? (await measure(path, values.cache));
  const { cuts } = findShots(signals, clip);
  return { name, truth, seconds: clip.seconds, cuts, baseline: await scdet(path, values.cache) };
}

const labelled: { label: Labelled; result: Result; source: Source | null }[] = [];
const missing: string[] = [];
let cost = 0;
let frames = 0;
for (const label of readLabels(values.labels, folder)) {
  say(label.name);
  try {
    const measurement = await measure(label.path, values.cache);
    cost += measurement.cost * measurement.clip.frames;
    frames += measurement.clip.frames;
    const result = await judge(label.name, label.path, label, measurement);
    labelled.push({ label, result, source: sourceOf(label, measurement) });
  } catch (error) {
    missing.push(`${label.name}: ${error instanceof Error ? error.message : error}`);
  }
}

const sources = labelled.flatMap(({ source }) => (source ? [source] : []));
const montages: { montage: Montage; result: Result }[] = [];
for (const montage of await makeMontages(sources, `${values.cache}/montages`)) {
  const name = montage.path.split('/').at(-1) ?? '';
  say(name);
  const measurement = await measure(montage.path, values.cache);
  if (measurement.clip.frames !== montage.frames) {
    throw new Error(`${name} has ${measurement.clip.frames} frames, ${montage.frames} were planned`);
  }
  montages.push({ montage, result: await judge(name, montage.path, montage, measurement) });
}
say('');

const hard = (result: Result) => result.cuts.filter(cut => cut.kind === 'cut').map(cut => cut.frame);
const sum = (results: Result[], score: (result: Result) => Tally): Tally => {
  const total = emptyTally();
  for (const result of results) add(total, score(result));
  return total;
};
const cutTally = (results: Result[]) => sum(results, r => scoreCuts(hard(r), r.truth, r.truth.ignore));
const baselineTally = (results: Result[]) => sum(results, r => scoreCuts(r.baseline, r.truth, r.truth.ignore));
const gradualTally = (results: Result[], kind: 'dissolve' | 'fade') =>
  sum(results, r => {
    const ranges = kind === 'dissolve' ? r.truth.dissolves : r.truth.fades;
    const others = kind === 'dissolve' ? r.truth.fades : r.truth.dissolves;
    const reported = r.cuts.filter(cut => cut.kind === kind);
    return scoreGradual(reported, ranges, [...others, ...(r.truth.ignore ?? [])]);
  });

const figure = (value: number) => (Number.isFinite(value) ? value.toFixed(3) : '–');
const row = (name: string, tally: Tally, baseline?: Tally) =>
  `| ${name} | ${tally.found + tally.missed} | ${tally.missed} | ${tally.false} | ${figure(precision(tally))} | ${figure(
    recall(tally),
  )} | ${figure(f1(tally))} |${baseline ? ` ${figure(f1(baseline))} |` : ''}`;
const print = (...lines: string[]) => console.log(lines.join('\n'));

const groups = (['real', 'generated'] as const).flatMap(material =>
  (['tuned', 'held-out'] as const).map(half => ({
    name: `concatenations, ${material}, ${half}`,
    results: montages
      .filter(({ montage }) => montage.generated === (material === 'generated') && montage.half === half)
      .map(({ result }) => result),
  })),
);
const withCuts = labelled.filter(({ label }) => label.cuts.length > 0).map(({ result }) => result);
const all = [...withCuts, ...montages.map(({ result }) => result)];
const heldOut = groups.filter(({ name }) => name.endsWith('held-out')).flatMap(({ results }) => results);

print('## Hard cuts, ±1 frame', '', '| Material | cuts | missed | false | precision | recall | F1 | scdet F1 |');
print('|---|---:|---:|---:|---:|---:|---:|---:|');
print(row('labelled clips', cutTally(withCuts), baselineTally(withCuts)));
for (const { name, results } of groups) print(row(name, cutTally(results), baselineTally(results)));
print(row('all held-out', cutTally(heldOut), baselineTally(heldOut)));
print(row('**all**', cutTally(all), baselineTally(all)));

for (const kind of ['dissolve', 'fade'] as const) {
  const what = kind === 'dissolve' ? 'Dissolves' : 'Fades through black';
  print('', `## ${what}, overlap and middle within half the length`, '');
  print('| Material | true | missed | false | precision | recall | F1 |', '|---|---:|---:|---:|---:|---:|---:|');
  for (const { name, results } of groups) print(row(name, gradualTally(results, kind)));
  print(row('all held-out', gradualTally(heldOut, kind)));
  print(row('**all**', gradualTally(all, kind)));
}

print('', '## Uncut clips: every boundary is false', '');
print('| Material | clips | minutes | false | per minute | scdet per minute |', '|---|---:|---:|---:|---:|---:|');
const sparse: string[] = [];
const uncut = labelled.filter(({ label }) => isUncut(label));
for (const material of ['real', 'generated'] as const) {
  for (const half of ['tuned', 'held-out', null] as const) {
    const chosen = uncut.filter(
      ({ label, source }) =>
        label.material === material && (half === null || (source !== null && halfOf(source.group) === half)),
    );
    const minutes = chosen.reduce((total, { result }) => total + result.seconds, 0) / 60;
    const inIgnored = (frame: number, { ignore = [] }: Result['truth']) =>
      ignore.some(([start, end]) => frame >= start && frame <= end);
    const ours = chosen.reduce(
      (n, { result }) => n + result.cuts.filter(c => !inIgnored(c.frame, result.truth)).length,
      0,
    );
    const theirs = chosen.reduce(
      (n, { result }) => n + result.baseline.filter(f => !inIgnored(f, result.truth)).length,
      0,
    );
    print(
      `| ${material}, ${half ?? 'all'} | ${chosen.length} | ${minutes.toFixed(2)} | ${ours} | ${figure(ours / minutes)} | ${figure(theirs / minutes)} |`,
    );
  }
}

print('', '## Uncut clips at about 6 frames per second: every boundary is false', '');
print('| Material | clips | minutes | false | per minute |', '|---|---:|---:|---:|---:|');
for (const material of ['real', 'generated'] as const) {
  const chosen = uncut.filter(
    ({ label, source }) => label.material === material && source !== null && source.fps >= 20,
  );
  let boundaries = 0;
  let seconds = 0;
  for (const { label, result, source } of chosen) {
    say(label.name);
    const { clip, signals } = await measure(label.path, values.cache, Math.round((source?.fps ?? 0) / 6));
    const { cuts } = findShots(signals, clip);
    boundaries += cuts.length;
    seconds += result.seconds;
    if (cuts.length > 0)
      sparse.push(`- ${label.name} at a low rate: ${cuts.map(c => `${c.kind} ${c.start}–${c.end}`).join(', ')}`);
  }
  say('');
  const minutes = seconds / 60;
  print(`| ${material} | ${chosen.length} | ${minutes.toFixed(2)} | ${boundaries} | ${figure(boundaries / minutes)} |`);
}

print('', `Observers: ${(cost / frames).toFixed(2)} ms of CPU per frame over ${frames} frames.`);
for (const line of missing) print(`not measured: ${line}`);

if (values.list) {
  print('', '## Differences', '', ...sparse);
  for (const { name, truth, cuts } of [...labelled, ...montages].map(({ result }) => result)) {
    const got = cuts.map(cut => `${cut.kind} ${cut.start}–${cut.end} (${cut.confidence.toFixed(2)})`);
    const one = { name, truth, cuts, seconds: 0, baseline: [] };
    const wrong = [cutTally([one]), gradualTally([one], 'dissolve'), gradualTally([one], 'fade')];
    if (wrong.every(tally => tally.missed + tally.false === 0)) continue;
    const expected = [
      ...truth.cuts,
      ...truth.dissolves.map(d => `d${d.join('–')}`),
      ...truth.fades.map(f => `f${f.join('–')}`),
    ];
    print(`- ${name}: got ${got.join(', ') || 'nothing'}; true ${expected.join(', ') || 'nothing'}`);
  }
}
