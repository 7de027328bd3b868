import path from 'node:path';
import { readPhoto } from '../../fixtures/photos.ts';
import { boxOf } from '../../src/landmarks.ts';
import { type Asked, LOOKS, look, percent, stillsIn } from './common.ts';

interface TruthBox {
  xmin: string;
  ymin: string;
  xmax: string;
  ymax: string;
}

/** Hands found in the labelled stills of correct hands. */
export async function stillsFound({ folder, missed: named }: Asked): Promise<void> {
  const perSource = new Map<string, { hands: number; found: number; missed: string[] }>();
  for (const { file, notes } of await stillsIn(folder)) {
    const { frame } = await readPhoto(path.join(folder, file), 100_000);
    const table = await look(frame, 'hands', LOOKS / 2);
    const json = /\[\{.*\}\]/.exec(notes)?.[0];
    const truth = json ? (JSON.parse(json) as TruthBox[]) : null;
    const source = path.basename(file).split('_')[0];
    const tally = perSource.get(source) ?? { hands: 0, found: 0, missed: [] };
    perSource.set(source, tally);
    const boxes = Array.from({ length: table.presence.length }, (_, row) => boxOf(table, row));
    const centres = boxes.map(([x, y, width, height]) => [x + width / 2, y + height / 2]);
    if (truth === null) {
      tally.hands++;
      if (boxes.length > 0) tally.found++;
      else tally.missed.push(path.basename(file));
      continue;
    }
    for (const { xmin, ymin, xmax, ymax } of truth) {
      tally.hands++;
      const hit = centres.some(([x, y]) => x > +xmin && x < +xmax && y > +ymin && y < +ymax);
      if (hit) tally.found++;
      else tally.missed.push(path.basename(file));
    }
  }
  console.log('\n## Hands found in stills of correct hands\n\n| source | hands | found |\n|---|---|---|');
  let all = 0;
  let found = 0;
  for (const [source, tally] of perSource) {
    all += tally.hands;
    found += tally.found;
    console.log(`| ${source} | ${tally.hands} | ${percent(tally.found, tally.hands)} |`);
  }
  console.log(`| **all** | ${all} | **${percent(found, all)}** |`);
  if (named) for (const { missed } of perSource.values()) for (const name of missed) console.log(name);
}
