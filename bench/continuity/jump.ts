import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FADES_KEPT } from '../../src/observers/continuity/fades.ts';
import { jumpEvents, jumpSums } from '../../src/signals/continuity/events.ts';
import { heldStretches } from '../../src/signals/continuity/held.ts';
import { type ContinuityModel, JUMP_MODELS, type JumpModel } from '../../src/signals/continuity/model.ts';
import { FARTHEST, findRepetitions } from '../../src/signals/continuity/repetition.ts';
import type { Continuity, Cut } from '../../src/signals.ts';
import { LOOKALIKES, type Plant } from '../../training/continuity/plant.ts';

const CACHE = fileURLToPath(new URL('../../training/cache/continuity', import.meta.url));

/** A film that extract.ts kept. */
interface Kept {
  take: string;
  group: string;
  variant: string;
  fps: number;
  width: number;
  height: number;
  frames: number;
  names: string[];
  fades: string[];
  cuts: Cut[];
  plants: Plant[];
  continuity: Continuity;
  frameDifference: Float32Array;
  lumaGrid: Float32Array;
}

interface Fold {
  groups: string[];
  models: ContinuityModel['models'];
  thresholds: ContinuityModel['thresholds'];
}

/** What was reported on a film. */
interface Found {
  what: JumpModel | 'held' | 'loop' | 'reversal';
  frame: number;
  box: readonly number[] | null;
}

/** Plants that a report of each kind answers to, and the frames that it may be off by. */
const ANSWERS: Record<string, { what: readonly Found['what'][]; slack: number }> = {
  appear: { what: ['pop', 'jump'], slack: 1 },
  vanish: { what: ['pop', 'jump'], slack: 1 },
  teleport: { what: ['pop', 'jump'], slack: 1 },
  scale: { what: ['pop', 'jump'], slack: 1 },
  colour: { what: ['pop', 'exposure'], slack: 1 },
  exposure: { what: ['exposure', 'pop', 'jump'], slack: 1 },
  freeze: { what: ['held', 'jump'], slack: 2 },
  duplicate: { what: ['held', 'jump'], slack: 2 },
  jump: { what: ['jump', 'pop'], slack: 1 },
  loop: { what: ['jump', 'pop', 'loop'], slack: 2 },
  reframe: { what: ['jump', 'pop', 'exposure'], slack: 1 },
  'slow-appear': { what: ['slow', 'pop'], slack: 3 },
  'slow-vanish': { what: ['slow', 'pop'], slack: 3 },
};

/** Kinds of medium strength and more that are one figure. */
const POOLED: readonly [name: string, kinds: readonly string[]][] = [
  ['at once', ['appear', 'vanish', 'teleport', 'scale', 'colour 1', 'colour 2', 'exposure 1.12', 'exposure 1.25']],
  ['gradually, at an even pace', ['slow-appear', 'slow-vanish']],
  ['gradually, at an uneven pace', ['slow-appear uneven', 'slow-vanish uneven']],
];

function readKept(): Kept[] {
  return readdirSync(CACHE)
    .filter(name => name.endsWith('.json') && !/^(folds|parity)\.json$/.test(name))
    .sort()
    .map(name => {
      const about = JSON.parse(readFileSync(join(CACHE, name), 'utf8')) as Kept;
      const bytes = readFileSync(join(CACHE, name.replace(/json$/, 'f32')));
      const values = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
      let at = 0;
      const take = (count: number) => {
        const from = at;
        at += count * about.frames;
        return values.subarray(from, at);
      };
      const continuity = {
        features: take(about.names.length),
        boxes: take(4),
        fades: take(FADES_KEPT * about.fades.length),
        fadeBoxes: take(FADES_KEPT * 4),
        repeats: take(1),
      };
      return { ...about, continuity, frameDifference: take(1), lumaGrid: take(144) };
    });
}

/** Breaks that untouched takes really have. */
const known = JSON.parse(readFileSync(new URL('../../training/continuity/known.json', import.meta.url), 'utf8')) as {
  takes: Record<string, { frame: number; why: string }[]>;
};

/** Shots between the cuts that the product found. */
function shotsOf({ cuts, frames }: Kept): { start: number; end: number }[] {
  const starts = [0, ...cuts.map(cut => cut.frame)];
  return starts.map((start, i) => ({ start, end: starts[i + 1] ?? frames })).filter(({ start, end }) => end > start);
}

/** What the check reports on a film, with given trees. */
function report(film: Kept, { models, thresholds }: Fold): Found[] {
  const { continuity, names } = film;
  const model = { version: '', features: names, fades: film.fades, models, thresholds };
  return shotsOf(film).flatMap(shot => {
    const sums = jumpSums(continuity, shot, model);
    const found: Found[] = JUMP_MODELS.flatMap(what =>
      jumpEvents(continuity, shot, sums, what, thresholds[what], names, film).map(({ frame, box }) => ({
        what,
        frame,
        box,
      })),
    );
    const kept: number[] = [];
    for (let i = Math.max(0, shot.start - FARTHEST); i < shot.end; i++) {
      if (i === shot.start || continuity.repeats[i] === 0) kept.push(i);
    }
    for (const { start } of heldStretches(continuity.repeats, film.frameDifference, shot, 4)) {
      found.push({ what: 'held', frame: start + 1, box: null });
    }
    for (const { kind, again } of findRepetitions(film.lumaGrid, kept, kept.indexOf(shot.start))) {
      found.push({ what: kind, frame: again.start, box: null });
    }
    return found;
  });
}

/** Reports within six frames count once. */
const distinct = (found: readonly Found[]): number => {
  const frames = found.map(({ frame }) => frame).sort((a, b) => a - b);
  return frames.filter((frame, i) => i === 0 || frame - frames[i - 1] > 6).length;
};

function overlap(a: readonly number[], b: readonly number[]): number {
  const across = Math.max(0, Math.min(a[0] + a[2], b[0] + b[2]) - Math.max(a[0], b[0]));
  const down = Math.max(0, Math.min(a[1] + a[3], b[1] + b[3]) - Math.max(a[1], b[1]));
  return (across * down) / (a[2] * a[3] + b[2] * b[3] - across * down);
}

/** Prints recall per fault and strength, false reports on untouched takes, look-alikes and the fit of boxes. */
export async function run(folder: string): Promise<void> {
  if (!existsSync(join(CACHE, 'folds.json'))) {
    console.error(
      `Run training/continuity/make.sh ${folder} first: the bench needs the films and trees that it keeps.`,
    );
    process.exitCode = 2;
    return;
  }
  const folds = JSON.parse(readFileSync(join(CACHE, 'folds.json'), 'utf8')) as Fold[];
  const films = readKept().filter(film => folds.some(fold => fold.groups.includes(film.group)));
  const recall = new Map<string, { found: number; cut: number; all: number }>();
  const looks = new Map<string, { taken: number; all: number }>();
  const boxes: number[] = [];
  const false_ = new Map<string, number>();
  let falseReports = 0;
  let seconds = 0;
  for (const film of films) {
    const found = report(film, folds.find(fold => fold.groups.includes(film.group))!);
    if (film.variant === 'as-is') {
      seconds += film.frames / film.fps;
      const real = known.takes[film.take] ?? [];
      const wrong = found.filter(one => !real.some(({ frame }) => Math.abs(frame - one.frame) <= 6));
      falseReports += distinct(wrong);
      for (const { what, frame } of wrong) {
        false_.set(what, (false_.get(what) ?? 0) + 1);
        console.log(`false: ${film.take} frame ${frame} ${what}`);
      }
    }
    for (const plant of film.plants) {
      if ((LOOKALIKES as readonly string[]).includes(plant.kind)) {
        const look = looks.get(plant.kind) ?? { taken: 0, all: 0 };
        looks.set(plant.kind, look);
        look.all++;
        const near = ({ frame }: Found) => frame >= plant.frame - 1 && frame <= plant.end + 1;
        const other = film.plants.some(
          one => one !== plant && one.frame >= plant.frame - 1 && one.frame <= plant.end + 1,
        );
        if (found.some(near) && !other) look.taken++;
        continue;
      }
      const { what, slack } = ANSWERS[plant.kind];
      const strong = ['colour', 'exposure', 'freeze', 'duplicate'].includes(plant.kind);
      const pace = plant.kind.startsWith('slow') && film.variant.startsWith('uneven') ? ' uneven' : '';
      const key = `${plant.kind}${strong ? ` ${plant.strength}` : pace}`;
      const count = recall.get(key) ?? { found: 0, cut: 0, all: 0 };
      recall.set(key, count);
      count.all++;
      const answer = found.find(
        one => what.includes(one.what) && one.frame >= plant.frame - slack && one.frame <= plant.end + slack,
      );
      if (answer) count.found++;
      else if (film.cuts.some(cut => Math.abs(cut.frame - plant.frame) <= 2)) count.cut++;
      if (answer?.box && plant.box) boxes.push(overlap(answer.box, plant.box));
    }
  }
  const groups = new Set(films.map(({ group }) => group)).size;
  console.log(`\n${films.length} films of ${groups} sources; every film judged by trees that have not seen its source`);
  console.log(`${'planted'.padEnd(20)} recall   found as a cut      of`);
  for (const [key, { found, cut, all }] of [...recall].sort(([a], [b]) => (a < b ? -1 : 1))) {
    console.log(
      `${key.padEnd(20)} ${(found / all).toFixed(2)}     ${(cut / all).toFixed(2)}            ${String(all).padStart(5)}`,
    );
  }
  for (const [name, kinds] of POOLED) {
    const pool = kinds.flatMap(kind => recall.get(kind) ?? []);
    const all = pool.reduce((sum, one) => sum + one.all, 0);
    const found = pool.reduce((sum, one) => sum + one.found, 0);
    console.log(`${name}: ${(found / all).toFixed(2)} of ${all}`);
  }
  const good = boxes.filter(value => value >= 0.3).length / Math.max(1, boxes.length);
  console.log(`boxes that overlap by 0.3 or more: ${good.toFixed(2)} of ${boxes.length}`);
  const minutes = seconds / 60;
  console.log(
    `false reports on ${minutes.toFixed(1)} minutes of untouched takes: ${falseReports}, ${(falseReports / minutes).toFixed(2)} per minute`,
  );
  console.log([...false_].map(([what, count]) => `${what} ${count}`).join(', '));
  for (const [kind, { taken, all }] of looks)
    console.log(`look-alike ${kind.padEnd(10)} ${taken} of ${all} taken for a fault`);
}
