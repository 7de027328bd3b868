/**
 * How well morphs and changed faces are found, by models that never saw the source of the clip that they judge:
 *
 *   npm run bench:morphing -- <data folder>     folder with manifest.json and the media folders that it names
 *   npm run bench:morphing -- <data folder> text       lettering alone; `text 1036`: planted with seeds from 1036 on
 *   npm run bench:morphing -- <data folder> people     people who merge or split; `people 100`: scenes with seeds from 100 on
 *   npm run bench:morphing -- <data folder> shape      faces that change their shape
 *   npm run bench:morphing -- <data folder> head       heads that do
 *   npm run bench:morphing -- <data folder> boiling    texture that is drawn anew while it stands still
 *
 * Reads what `training/morphing/make.sh <data folder>` left in training/cache/morphing: drift maps of all clips, planted
 * pairs, planted faces, and one model per fold. Clips are grouped by prompt or source; intervals are bootstraps over groups.
 */

import { benchBoiling } from './morphing/boiling.ts';
import { type Row, readRows } from './morphing/clips.ts';
import { benchFaces } from './morphing/faces.ts';
import { areaUnder, interval, percent, rankCorrelation } from './morphing/figures.ts';
import { most, readFolds } from './morphing/judging.ts';
import { isDrawn, normalisationTable } from './morphing/normalisation.ts';
import { benchPairs } from './morphing/pairs.ts';
import { benchPeople } from './morphing/people.ts';
import { benchShape } from './morphing/shape.ts';
import { benchText } from './morphing/text.ts';

const CACHE = 'training/cache/morphing';
const [data, cache = CACHE, first] = process.argv.slice(2).filter(argument => argument !== '--');
if (data === undefined) throw new Error('name the data folder');
if (cache === 'text') {
  benchText(CACHE, first === undefined ? undefined : Number(first));
  process.exit();
}
if (cache === 'people') {
  benchPeople(CACHE, first === undefined ? undefined : Number(first));
  process.exit();
}
if (cache === 'boiling' || cache === 'shape' || cache === 'head') {
  if (cache === 'boiling') benchBoiling(CACHE);
  else benchShape(CACHE, cache === 'head' ? 'head' : 'face');
  process.exit();
}

const folds = readFolds(cache);
const rows = readRows(data, cache, folds);

const signals = folds[0].model.expectation.signals;
const measures: [string, (row: Row) => number][] = [
  ['motion alone', row => row.motion],
  ...signals.map((name, k): [string, (row: Row) => number] => [name, row => row.alone[k]]),
  ['mean of all maps', row => row.alone.reduce((sum, value) => sum + value, 0) / row.alone.length],
  ['regions: network', row => most(row.shots, ({ region }) => region)],
  ['stretches: things', row => most(row.shots, ({ parts }) => parts?.near)],
  ['stretches: limbs', row => most(row.shots, ({ parts }) => parts?.limbs)],
  ['stretches: comings', row => most(row.shots, ({ parts }) => parts?.visits)],
  ['stretches: things and limbs', row => most(row.shots, ({ parts }) => parts && parts.near + parts.limbs)],
  ['stretches: all', row => most(row.shots, ({ whole }) => whole)],
  ['fused: score of the shot', row => most(row.shots, ({ score }) => score)],
];
for (const [title, labelled] of [
  ['labels as given', (row: Row) => row.label],
  ['labels after a second look', (row: Row) => row.second],
] as const) {
  const morphs = rows.filter(row => labelled(row) === 'morph');
  const clean = rows.filter(row => labelled(row) === 'clean');
  console.log(
    `## Generated, ${title}: ${morphs.length} with a visible fault in time against ${clean.length} clean\n\n| evidence | AUC (95 %) | within generator (95 %) | motion-matched | recall at 5 % |\n|---|---|---|---|---|`,
  );
  for (const [name, value] of measures) {
    const same = (x: Row, y: Row) => x.generator === y.generator;
    const all = (a: readonly Row[], b: readonly Row[]) => areaUnder(a, b, value);
    const within = (a: readonly Row[], b: readonly Row[]) => areaUnder(a, b, value, same);
    const range = (figure: typeof all) =>
      `${figure(morphs, clean).toFixed(2)} (${interval(morphs, clean, ({ group }) => group, figure)
        .map(v => v.toFixed(2))
        .join('–')})`;
    const matched = areaUnder(
      morphs,
      clean,
      value,
      (x, y) => same(x, y) && Math.abs(Math.log1p(x.motion) - Math.log1p(y.motion)) < 0.4,
    );
    const limit = clean.map(value).sort((a, b) => a - b)[Math.floor(0.95 * clean.length)];
    const recall = morphs.filter(row => value(row) > limit).length / morphs.length;
    console.log(`| ${name} | ${range(all)} | ${range(within)} | ${matched.toFixed(2)} | ${percent(recall)} |`);
  }
  console.log('');
}
const scored = rows.flatMap(row => {
  const score = /'TC': (\d)/.exec(row.row.label);
  return score ? [{ row, score: Number(score[1]) }] : [];
});
console.log(
  `Rank correlation with human temporal consistency: ${rankCorrelation(
    scored.map(({ row }) => -most(row.shots, ({ score }) => score)),
    scored.map(({ score }) => score),
  ).toFixed(2)} (${scored.length} clips)`,
);
console.log(
  '\n## Findings at the default\n\n| clips | number | minutes | findings | per minute | clips with one |\n|---|---|---|---|---|---|',
);
for (const [title, labelled] of [
  ['real', (row: Row) => row.label === 'real'],
  ['clean', (row: Row) => row.label === 'clean'],
  ['clean, second look', (row: Row) => row.second === 'clean'],
  ['morph', (row: Row) => row.label === 'morph'],
  ['morph, second look', (row: Row) => row.second === 'morph'],
  ['other fault', (row: Row) => row.label === 'fault'],
] as const) {
  const of = rows.filter(labelled);
  const minutes = of.reduce((sum, { seconds }) => sum + seconds, 0) / 60;
  const found = of.reduce((sum, { findings }) => sum + findings.length, 0);
  console.log(
    `| ${title} | ${of.length} | ${minutes.toFixed(1)} | ${found} | ${(found / minutes).toFixed(2)} | ${percent(of.filter(({ findings }) => findings.length > 0).length / of.length)} |`,
  );
}
for (const { name, label, second, findings } of rows.filter(({ findings }) => findings.length > 0))
  console.log(
    `- ${label ?? '–'}${second === label ? '' : `, second look ${second}`}: ${name} ${findings
      .map(({ kind, start, end, probability }) => `${kind} ${start}–${end} ${probability.toFixed(2)}`)
      .join('; ')}`,
  );

console.log(
  `\n## What the score must not tell\n\n${normalisationTable(
    rows
      .filter(({ second }) => second === 'real' || second === 'clean')
      .map(({ shots, second, row, motion, rate, pixels, detail }) => ({
        score: most(shots, ({ score }) => score),
        region: most(shots, ({ region }) => region),
        generated: second === 'clean',
        drawn: isDrawn(row.label),
        motion,
        rate,
        pixels,
        detail,
      })),
  )}`,
);

const real = rows.filter(({ second }) => second === 'real');
benchPairs(
  cache,
  folds,
  real.map(({ shots }) => most(shots, ({ region }) => region)),
);
benchFaces(cache);
