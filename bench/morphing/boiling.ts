/**
 * How well texture that boils is told from texture that stands, moves, has grain or is coarsely coded, by models that never saw
 * the source. Reads what `training/morphing/make.sh` left: what the product's observer saw in planted, real and generated clips.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { deserialize } from 'node:v8';
import type { ClipFacts } from '../../src/clip.ts';
import { morphing } from '../../src/detectors/morphing.ts';
import { type BoilCourse, type BoilModel, boilsIn } from '../../src/signals/morphing/boil.ts';
import type { Shot, TextureChanges } from '../../src/signals.ts';
import { percent } from './figures.ts';

/** As training/morphing/boil-extract.ts keeps it. */
interface Seen {
  clip: ClipFacts;
  shots: Shot[];
  textureChanges: TextureChanges;
}
/** As training/morphing/boil_plant.py keeps it: centre and radius of the place, first and last frame, in the clip. */
interface Plan {
  x: number;
  y: number;
  r: number;
  start: number;
  end: number;
}

const PLANTED = ['weak', 'medium', 'strong', 'none', 'none32', 'grain'] as const;

/** Prints the tables. */
export function benchBoiling(cache: string): void {
  const { confidence } = morphing.meta.options.parse({});
  const folds: { model: BoilModel; unseen: Set<string> }[] = [];
  for (let k = 0; existsSync(join(cache, `boil-fold-${k}.json`)); k++) {
    const model = JSON.parse(readFileSync(join(cache, `boil-fold-${k}.json`), 'utf8'));
    folds.push({ model, unseen: new Set(model.unseen) });
  }
  const judge = (name: string) => {
    const model = folds.find(({ unseen }) => unseen.has(name))?.model;
    if (model === undefined) return null;
    const { clip, shots, textureChanges } = deserialize(readFileSync(join(cache, 'boil-seen', `${name}.v8`))) as Seen;
    const courses: BoilCourse[] = shots.map(shot => boilsIn(model, textureChanges, shot, clip.video, confidence));
    const { num, den } = clip.video.fps;
    return { found: courses.flatMap(({ found }) => found), minutes: (clip.frames * den) / num / 60 };
  };
  console.log('## Boiling, planted\n\n| | clips | found | box and time right |\n|---|---|---|---|');
  const names = readdirSync(join(cache, 'boil-seen')).map(file => file.slice(0, -3));
  for (const kind of PLANTED) {
    let [clips, found, right] = [0, 0, 0];
    for (const name of names.filter(name => name.startsWith('boil-planted__') && name.endsWith(`-${kind}.mp4`))) {
      const judged = judge(name);
      if (judged === null) continue;
      clips++;
      if (judged.found.length === 0) continue;
      found++;
      const seed = name.slice('boil-planted__'.length, -`-${kind}.mp4`.length);
      const plan = JSON.parse(readFileSync(join(cache, 'boil-planted', `${seed}.json`), 'utf8')) as Plan;
      if (judged.found.some(({ box, start, end }) => overlap(box, plan) >= 0.3 && start < plan.end && end > plan.start))
        right++;
    }
    const rights = kind.startsWith('none') || kind === 'grain' ? '–' : `${right} of ${found}`;
    console.log(`| ${kind} | ${clips} | ${found} (${percent(found / clips)}) | ${rights} |`);
  }
  console.log('');
  for (const kinds of [['footage', 'talking'], ['generated']]) {
    let [clips, minutes, found] = [0, 0, 0];
    for (const name of names.filter(name => kinds.some(kind => name.startsWith(`${kind}__`)))) {
      const judged = judge(name);
      if (judged === null) continue;
      clips++;
      minutes += judged.minutes;
      found += judged.found.length;
      for (const { start, end, evidence } of judged.found)
        console.log(`- ${name} ${start}–${end} ${evidence.toFixed(1)}`);
    }
    console.log(`${kinds.join(' and ')}: ${clips} clips, ${minutes.toFixed(1)} minutes, ${found} findings`);
  }
}

/** Area of a box and the planted circle's square in common over that of both. */
function overlap([left, top, width, height]: readonly number[], { x, y, r }: Plan): number {
  const across = Math.min(left + width, x + r) - Math.max(left, x - r);
  const down = Math.min(top + height, y + r) - Math.max(top, y - r);
  if (across <= 0 || down <= 0) return 0;
  return (across * down) / (width * height + 4 * r * r - across * down);
}
