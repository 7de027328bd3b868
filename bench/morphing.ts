/**
 * How well morphs and changed faces are found, by models that never saw the source of the clip that they judge:
 *
 *   npm run bench:morphing -- <data folder>     folder with manifest.json and the media folders that it names
 *   npm run bench:morphing -- <data folder> text       lettering alone; `text 1036`: planted with seeds from 1036 on
 *
 * Reads what `training/morphing/make.sh <data folder>` left in training/cache/morphing: drift maps of all clips, planted
 * pairs, planted faces, and one model per fold. Clips are grouped by prompt or source; intervals are bootstraps over groups.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { deserialize } from 'node:v8';
import type { ClipFacts, FrameRange } from '../src/clip.ts';
import { morphing } from '../src/detectors/morphing.ts';
import { windowsInside } from '../src/signals/morphing/events.ts';
import { contextsOf, surprise } from '../src/signals/morphing/expectation.ts';
import { identityCourse } from '../src/signals/morphing/identity.ts';
import { blurred, driftMap } from '../src/signals/morphing/maps.ts';
import { type MorphingModel, parseMorphingModel } from '../src/signals/morphing/model.ts';
import { type Morph, type Morphs, morphsIn } from '../src/signals/morphing/morphs.ts';
import { findShots } from '../src/signals/shots.ts';
import { type Cached, readCached } from './morphing/cached.ts';
import { areaUnder, interval, percent, rankCorrelation } from './morphing/figures.ts';
import { groupOf, type Label, labelOf, type ManifestRow, secondLabelOf } from './morphing/labels.ts';
import { isDrawn, normalisationTable } from './morphing/normalisation.ts';
import { type Planted, readPlanted } from './morphing/planted.ts';
import { benchText } from './morphing/text.ts';

const CACHE = 'training/cache/morphing';
const [data, cache = CACHE, first] = process.argv.slice(2).filter(argument => argument !== '--');
if (data === undefined) throw new Error('name the data folder');
if (cache === 'text') {
  benchText(CACHE, first === undefined ? undefined : Number(first));
  process.exit();
}

interface Fold {
  model: MorphingModel;
  unseen: Set<string>;
}
const folds: Fold[] = [];
for (let k = 0; existsSync(join(cache, `fold-${k}.json`)); k++) {
  const text = readFileSync(join(cache, `fold-${k}.json`), 'utf8');
  folds.push({ model: parseMorphingModel(text), unseen: new Set(JSON.parse(text).unseen) });
}
if (folds.length === 0) throw new Error('run training/morphing/make.sh first');
const modelFor = (name: string) => folds.find(({ unseen }) => unseen.has(name))?.model;

const options = morphing.meta.options.parse({});

/** What the product's own code says of a clip, shot by shot. */
function judge(clip: Cached, model: MorphingModel, confidence = options.confidence): Morphs[] {
  const facts = { video: { ...clip.source, fps: clip.fps } } as Pick<ClipFacts, 'video'>;
  const signals = { semanticDrift: clip.drift, bodies: clip.bodies };
  return clip.shots.map(shot => {
    const morphs = morphsIn(model, facts, shot, signals, confidence);
    return { ...morphs, found: morphs.found.slice(0, options.most) };
  });
}
const most = (shots: readonly Morphs[], value: (shot: Morphs) => number | null | undefined): number =>
  Math.max(-9, ...shots.map(shot => value(shot) ?? -9));

/** The largest smoothed surprise of one map over the clip: what each kind of evidence says alone. */
function alone(clip: Cached, model: MorphingModel): number[] {
  const most = model.expectation.signals.map(() => -9);
  for (const shot of clip.shots)
    for (const window of windowsInside(clip.drift, shot)) {
      const contexts = contextsOf(clip.drift, window);
      surprise(model.expectation, clip.drift, window, contexts).forEach((plane, k) => {
        const values = blurred(
          plane.map(value => Math.min(8, value)),
          clip.drift,
        ).sort();
        const top = values.slice(-Math.max(4, Math.round(0.03 * values.length)));
        most[k] = Math.max(most[k], top.reduce((sum, value) => sum + value, 0) / top.length);
      });
    }
  return most;
}

const meanOf = ({ drift }: Cached, name: 'motion' | 'detail'): number => {
  let sum = 0;
  for (let k = 0; k < drift.starts.length; k++) {
    const map = driftMap(drift, k, name);
    sum += map.reduce((total, value) => total + value, 0) / map.length;
  }
  return sum / Math.max(1, drift.starts.length);
};

interface Row {
  name: string;
  label: Label;
  second: Label;
  generator: string;
  group: string;
  shots: Morphs[];
  findings: Morphs['found'];
  motion: number;
  detail: number;
  rate: number;
  pixels: number;
  alone: number[];
  seconds: number;
  row: ManifestRow;
}

const manifest = JSON.parse(readFileSync(join(data, 'manifest.json'), 'utf8')) as ManifestRow[];
const rows: Row[] = [];
for (const row of manifest) {
  const name = row.file.replace('/', '__');
  const model = modelFor(name);
  if (model === undefined || !existsSync(join(cache, 'drift', `${name}.json`))) continue;
  const clip = readCached(join(cache, 'drift'), name);
  const shots = judge(clip, model);
  rows.push({
    name,
    label: labelOf(row),
    second: secondLabelOf(row),
    generator: name.split('__')[1],
    group: groupOf(name),
    shots,
    findings: shots.flatMap(({ found }) => found),
    motion: meanOf(clip, 'motion'),
    detail: meanOf(clip, 'detail'),
    rate: clip.fps.num / clip.fps.den,
    pixels: clip.source.width * clip.source.height,
    // Compared among generated clips only.
    alone: row.origin === 'real' ? [] : alone(clip, model),
    seconds: clip.seconds,
    row,
  });
}

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

const pairs: (Planted & {
  before: number;
  after: number;
  named: boolean;
  hit: boolean;
  /** The strongest region, found or not, lies on what was planted. */
  strongest: boolean;
  placed: boolean;
  timed: boolean;
})[] = [];
const untouchedOnes = new Map<string, Morphs[]>();
for (const planted of readPlanted(cache)) {
  // Of several morphs planted in one stretch every second one: it saves minutes.
  if (planted.a !== planted.key && Number(planted.key) % 2 === 0) continue;
  const model = modelFor(`planted__${planted.key}`);
  if (model === undefined) continue;
  const read = (name: string) => readCached(join(cache, 'planted-drift'), `planted__${name}.mp4`);
  const changed = read(`${planted.key}-b`);
  const before = untouchedOnes.get(planted.a) ?? judge(read(`${planted.a}-a`), model);
  untouchedOnes.set(planted.a, before);
  const after = judge(changed, model);
  const found = after.flatMap(({ found }) => found);
  const covers = ({ box }: Pick<Morph, 'box'>) => planted.overlap(box, changed.source) >= 0.3;
  const meets = ({ start, end }: FrameRange) => {
    const shared = Math.min(end, planted.end) - Math.max(start, planted.start);
    return shared / Math.max(1, Math.min(end - start, planted.end - planted.start)) >= 0.5;
  };
  // Where the strongest region lies, found or not: as if the least that is found were just below it.
  const strongest = most(after, ({ region }) => region);
  const { slope, offset } = model.calibration;
  const [top] = judge(changed, model, 1 / (1 + Math.exp(0.001 - slope * strongest - offset))).flatMap(({ found }) =>
    found.filter(({ kind }) => kind === 'morph'),
  );
  pairs.push({
    ...planted,
    before: most(before, ({ region }) => region),
    after: most(after, ({ region }) => region),
    named: before.some(({ found }) => found.length > 0),
    hit: found.length > 0,
    strongest: top !== undefined && covers(top) && meets(top),
    placed: found.some(covers),
    timed: found.some(meets),
  });
}
console.log(
  `\n## Planted: ${pairs.length} pairs\n\n| planted | n | AUC | pairs ordered | strongest region on it: box ≥ .3, time ≥ .5 | found at the default | of found: box ≥ .3 | time ≥ .5 | untouched named |\n|---|---|---|---|---|---|---|---|---|`,
);
const line = (title: string, of: typeof pairs) => {
  if (of.length === 0) return;
  const found = of.filter(({ hit }) => hit);
  const share = (count: number, all: number) => (all === 0 ? '–' : percent(count / all));
  const auc = areaUnder(
    of.map(({ after }) => after),
    of.map(({ before }) => before),
    value => value,
  );
  const ordered = of.filter(({ before, after }) => after > before).length / of.length;
  const named = of.filter(({ named }) => named).length;
  console.log(
    `| ${title} | ${of.length} | ${auc.toFixed(2)} | ${percent(ordered)} | ${percent(of.filter(({ strongest }) => strongest).length / of.length)} | ${percent(found.length / of.length)} | ${share(found.filter(({ placed }) => placed).length, found.length)} | ${share(found.filter(({ timed }) => timed).length, found.length)} | ${named} |`,
  );
};
line('all', pairs);
// The first 409 seeds are what earlier models were measured on.
line(
  'first 409 seeds, medium',
  pairs.filter(({ key, strength }) => Number(key) < 409 && strength === 'medium'),
);
for (const strength of ['weak', 'medium', 'strong'])
  line(
    strength,
    pairs.filter(pair => pair.strength === strength),
  );
for (const kind of [...new Set(pairs.map(({ kind }) => kind))].sort())
  line(
    kind,
    pairs.filter(pair => pair.kind === kind),
  );

/** Faces as the product's observers saw them, kept by training/morphing/seen.ts. */
function faceCourses(folder: string): { name: string; least: number; changes: number }[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder).flatMap(file => {
    const { clip, signals } = deserialize(readFileSync(join(folder, file)));
    const courses = findShots(signals, clip).shots.map(shot =>
      identityCourse(clip, shot, signals.faces, signals.identities, options.likeness),
    );
    const least = Math.min(2, ...courses.map(course => course.least ?? 2));
    return [{ name: file, least, changes: courses.reduce((sum, { changes }) => sum + changes.length, 0) }];
  });
}
const talking = faceCourses(join(cache, 'talking-seen')).filter(({ least }) => least <= 1);
const swaps = faceCourses(join(cache, 'swaps-seen'));
const swapped = swaps.filter(({ name }) => name.includes('-swap'));
const same = swaps.filter(({ name }) => name.includes('-same'));
console.log(
  `\n## Faces\n\nUntouched talking clips: ${talking.length} compared, ${talking.filter(({ changes }) => changes > 0).length} named; least likeness ${talking
    .map(({ least }) => least.toFixed(2))
    .sort()
    .slice(0, 5)
    .join(', ')}`,
);
console.log(
  `Planted changes over 12 to 24 frames: ${swapped.length}, found ${swapped.filter(({ changes }) => changes > 0).length}, not compared ${swapped.filter(({ least }) => least > 1).length}; the same clips untouched: ${same.length}, named ${same.filter(({ changes }) => changes > 0).length}`,
);
console.log(
  `likeness of planted: ${swapped
    .map(({ least }) => least.toFixed(2))
    .sort()
    .join(' ')}`,
);
