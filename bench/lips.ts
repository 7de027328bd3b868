/**
 * What tells whether a line's speaker is in the picture: `npm run bench:lips -- <folder of talking clips>`.
 *
 * How far lips move in speech and in the speakers' own pauses, and how often speech is taken to belong to a mouth: its
 * own, and somebody else's. Wants what `training/lip-sync/extract.ts` and `train.py` left under training/cache; every
 * speaker is measured with a model that never saw them.
 */
import { lipSync } from '../src/detectors/lip-sync.ts';
import { deviationOf } from '../src/gate/audio/lips.ts';
import { analyse, isSure } from '../src/signals/lip-sync/analyse.ts';
import { isSteady } from '../src/signals/lip-sync/belief.ts';
import { MEASURES, MOUTH_RATE } from '../src/signals/lip-sync/mouth.ts';
import { bandsOf, strict, type Talker, talkers, windowStarts } from './sync/material.ts';

const [folder] = process.argv.slice(2).filter(argument => argument !== '--');
if (!folder) throw new Error('usage: npm run bench:lips -- <folder of talking clips>');
const all = await talkers(folder, 'training/cache/lip-sync/seen', 'training/cache/lip-sync/folds');
const limits = lipSync.meta.options.parse({});
const quantile = (values: number[], q: number): string =>
  [...values].sort((a, b) => a - b)[Math.round(q * (values.length - 1))]?.toFixed(4) ?? '–';

/** Deviation of the opening over the window, and the share of speech in it; null where the face was lost. */
function moved({ mouth, seen }: Talker, from: number, rows: number): { deviation: number; speech: number } | null {
  const { voice } = seen.signals;
  const openings: number[] = [];
  let speech = 0;
  for (let k = from; k < from + rows; k++) {
    if (mouth.seen[k] !== 1) return null;
    openings.push(mouth.measures[k * MEASURES.length]);
    const block = Math.floor((mouth.first + k) / MOUTH_RATE / (voice?.step ?? 1));
    if ((voice?.probability[block] ?? 0) >= 0.5) speech++;
  }
  return { deviation: deviationOf(openings), speech: speech / rows };
}

console.log(`${all.length} clips of speakers\n`);
console.log('| window | lips | n | least | 5 % | median | 95 % | most |');
console.log('|---|---|---|---|---|---|---|---|');
for (const seconds of [0.5, 1, 2]) {
  const rows = seconds * MOUTH_RATE;
  const speaking: number[] = [];
  const silent: number[] = [];
  for (const talker of all)
    for (let from = 0; from + rows <= talker.mouth.length; from += rows) {
      const window = moved(talker, from, rows);
      if (window && window.speech >= 0.7) speaking.push(window.deviation);
      else if (window?.speech === 0) silent.push(window.deviation);
    }
  for (const [name, values] of [
    ['in speech', speaking],
    ['in pauses', silent],
  ] as const)
    console.log(
      `| ${seconds} s | ${name} | ${values.length} | ${[0, 0.05, 0.5, 0.95, 1].map(q => quantile(values, q)).join(' | ')} |`,
    );
}

const sounds = new Map(all.map(talker => [talker.name, bandsOf(talker.samples)]));
console.log('\n| window | pairs | n | taken to belong |');
console.log('|---|---|---|---|');
for (const seconds of [3, 4, 6]) {
  const taken = { own: [] as boolean[], other: [] as boolean[] };
  for (const talker of all)
    for (const start of windowStarts(talker.mouth, seconds, 4))
      for (const other of all) {
        // The model has heard the speakers of other folds.
        if (other.fold !== talker.fold) continue;
        const count = seconds * MOUTH_RATE - 4;
        const bands = sounds.get(other.name)!;
        if (other !== talker && 2 * (talker.mouth.first + start + count) * 40 > bands.length) continue;
        const [mouth, sound] = strict(talker.mouth, bands, start, count);
        const course = analyse(talker.model, mouth, sound, 0, count);
        taken[other === talker ? 'own' : 'other'].push(isSure(course.whole, limits) && isSteady(course));
      }
  for (const [name, answers] of Object.entries(taken))
    console.log(
      `| ${seconds} s | ${name} speech | ${answers.length} | ${((100 * answers.filter(Boolean).length) / answers.length).toFixed(1)} % |`,
    );
}
