/**
 * How well people who merge or split are told from people who pass behind each other, leave or stay, by models that never saw the
 * first of the two. Reads what `training/morphing/make.sh` left: planted scenes, what the product's observers saw in them, real clips.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { deserialize } from 'node:v8';
import type { ClipFacts, FrameRange } from '../../src/clip.ts';
import { morphing } from '../../src/detectors/morphing.ts';
import type { Bodies, Faces, Identities } from '../../src/landmarks.ts';
import { meldings } from '../../src/signals/morphing/melding.ts';
import { parseMorphingModel } from '../../src/signals/morphing/model.ts';
import { morphsIn } from '../../src/signals/morphing/morphs.ts';
import { faceTracks } from '../../src/signals/tracks-people.ts';
import type { Shot } from '../../src/signals.ts';
import { readCached } from './cached.ts';
import { percent } from './figures.ts';

/** As training/morphing/merge_plant.py keeps it. */
interface Scene {
  names: string[];
  frames: number;
  start: number;
  end: number;
}
interface Seen {
  clip: ClipFacts;
  shots: Shot[];
  signals: { bodies: Bodies; faces: Faces; identities: Identities };
}
interface Found extends FrameRange {
  kind: string;
  box: readonly number[];
  evidence: number;
  probability: number;
}

const NOTHING = { windows: [], strength: new Float32Array(), place: new Int32Array(), cells: [] };

const WHAT = ['merge', 'split', 'stay', 'leave', 'pass', 'hide'] as const;

/** Prints the tables; scenes with seeds from `first` on are counted. */
export function benchPeople(cache: string, first = 0): void {
  const { confidence } = morphing.meta.options.parse({});
  const folds: { model: ReturnType<typeof parseMorphingModel>; unseen: Set<string> }[] = [];
  for (let k = 0; existsSync(join(cache, `fold-${k}.json`)); k++) {
    const text = readFileSync(join(cache, `fold-${k}.json`), 'utf8');
    folds.push({ model: parseMorphingModel(text), unseen: new Set(JSON.parse(text).unseen) });
  }
  const judge = (people: string, drift: string, name: string, source: string) => {
    const model = folds.find(({ unseen }) => unseen.has(source))?.model;
    if (model === undefined || !existsSync(join(people, `${name}.v8`)) || !existsSync(join(drift, `${name}.json`)))
      return;
    const seen = deserialize(readFileSync(join(people, `${name}.v8`))) as Seen;
    const cached = readCached(drift, name);
    const signals = { ...seen.signals, semanticDrift: cached.drift };
    let lost = 0;
    const found: Found[] = [];
    for (const shot of seen.shots) {
      // What the cells show is asked for only where a face was lost: that takes the time.
      if (meldings(seen.clip, shot, signals, NOTHING).counted === 0) continue;
      const { evidence } = morphsIn(model, seen.clip, shot, signals, 0.5);
      if (evidence === null) continue;
      const course = meldings(seen.clip, shot, signals, evidence);
      lost += course.counted;
      found.push(...course.found);
    }
    return { seen, lost, found: found.filter(({ probability }) => probability >= confidence), seconds: cached.seconds };
  };

  const folder = join(cache, 'merges');
  const scenes = readdirSync(folder)
    .filter(file => file.endsWith('.json') && Number(file.slice(0, -5)) >= first)
    .map(file => ({ seed: file.slice(0, -5), ...(JSON.parse(readFileSync(join(folder, file), 'utf8')) as Scene) }));
  const counts = Object.fromEntries(WHAT.map(what => [what, { all: 0, faced: 0, named: 0, right: 0, missed: 0 }]));
  for (const { seed, names, frames, start, end } of scenes) {
    let faced = false;
    for (const what of ['stay', ...WHAT.filter(what => what !== 'stay')]) {
      const name = `merges__${seed}-${what}.mp4`;
      const judged = judge(`${cache}/merges-people`, `${cache}/merges-drift`, name, names[0]);
      if (judged === undefined) continue;
      if (what === 'stay') faced = bothFaces(judged.seen, start) >= 2;
      const count = counts[what];
      count.all++;
      if (faced) count.faced++;
      const [from, to] = what === 'split' ? [frames - end, frames - start] : [start, end];
      if (judged.found.length > 0) count.named++;
      if (judged.found.some(one => one.kind === what && one.start <= to && one.end >= from)) {
        count.right++;
        if (!faced) count.missed++;
      }
    }
  }
  console.log(
    `## People who merge, ${scenes.length} scenes\n\n| | clips | both faces followed | named | in the right way and at its time |\n|---|---|---|---|---|`,
  );
  for (const what of WHAT) {
    const { all, faced, named, right, missed } = counts[what];
    const rights =
      what === 'merge' || what === 'split'
        ? `${right} (${percent((right - missed) / faced)} where both faces were followed)`
        : '–';
    console.log(`| ${what} | ${all} | ${faced} | ${named} | ${rights} |`);
  }
  for (const kind of ['footage', 'talking', 'generated']) {
    let [clips, minutes, lost, found] = [0, 0, 0, 0];
    for (const file of readdirSync(join(cache, 'people')).filter(file => file.startsWith(`${kind}__`))) {
      const name = file.slice(0, -3);
      const judged = judge(`${cache}/people`, `${cache}/drift`, name, name);
      if (judged === undefined) continue;
      clips++;
      minutes += judged.seconds / 60;
      lost += judged.lost;
      found += judged.found.length;
      for (const { kind, start, evidence } of judged.found)
        console.log(`  ${name} ${kind} ${start} ${evidence.toFixed(1)}`);
    }
    console.log(
      `${kind}: ${clips} clips, ${minutes.toFixed(1)} minutes, ${lost} faces lost or come beside another, ${found} named`,
    );
  }
}

/** Faces turned to the camera and followed for half a second when it begins. */
function bothFaces({ clip, shots, signals: { faces, identities } }: Seen, at: number): number {
  const half = (0.5 * clip.video.fps.num) / clip.video.fps.den;
  return faceTracks(clip, shots, faces, identities).filter(({ rows, frames }) => {
    const around = [...rows].filter((_, k) => frames[k] > at - half && frames[k] <= at);
    return around.length >= 0.8 * half && around.every(row => Math.abs(faces.pose[3 * row]) <= 40);
  }).length;
}
