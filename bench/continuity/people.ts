import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { wardrobe } from '../../src/detectors/wardrobe.ts';
import { clothes } from '../../src/observers/clothes.ts';
import { faces } from '../../src/observers/faces.ts';
import { identity } from '../../src/observers/identity.ts';
import { outfitsIn } from '../../src/signals/people/outfits.ts';
import { findShots } from '../../src/signals/shots.ts';
import { judged } from './judged.ts';
import { allClips, realTakes } from './material.ts';
import { plantPeople } from './people-material.ts';
import { type Seen, see } from './signals.ts';

const CACHE = fileURLToPath(new URL('../cache/people', import.meta.url));
/** Frames by which a finding may lie beside what was planted. */
const NEAR = 12;

interface Row {
  clips: number;
  /** Clips in which this kind of change could be measured at all. */
  seen: number;
  found: number;
  other: number;
}

/**
 * Clothes and hair changed in real takes, by half of the takes: slowly, behind a panel that passes, over a cut; look-alikes,
 * where every finding is false; and every clip of footage/ and talking/ as it is, likewise. `--list` names what is missed.
 */
export async function run(folder: string): Promise<void> {
  const rows = new Map<string, Row>();
  const look = (path: string): Promise<Seen> => see(path, `${CACHE}/signals`, faces, identity, clothes);
  for (const plant of await plantPeople(realTakes(folder), `${CACHE}/plants`)) {
    const seen = await look(plant.path);
    const found = judged(wardrobe, seen);
    const key = `${plant.kind ?? 'nothing'} | ${plant.way} | ${plant.strength || ''} | ${plant.half}`;
    const row = rows.get(key) ?? { clips: 0, seen: 0, found: 0, other: 0 };
    rows.set(key, row);
    row.clips++;
    if (canSee(seen, plant.kind, plant.way === 'cut')) row.seen++;
    const right = found.filter(
      ({ kind, start, end }) => kind === plant.kind && start <= plant.end + NEAR && end >= plant.start - NEAR,
    );
    if (right.length > 0) row.found++;
    row.other += found.length - right.length;
    if (!process.argv.includes('--list')) continue;
    if (plant.kind && right.length === 0) console.log(`missed: ${basename(plant.path)}`);
    for (const { kind, start, message } of found)
      if (kind !== plant.kind) console.log(`other: ${basename(plant.path)} at frame ${start}: ${message}`);
  }
  console.log('## People: planted changes of clothes and hair\n');
  console.log(
    '| Kind | way | ΔE or code values | half | clips | measurable | found | findings elsewhere or of another kind |',
  );
  console.log('|---|---|---|---|---:|---:|---:|---:|');
  for (const [key, row] of [...rows].sort(([a], [b]) => (a < b ? -1 : 1)))
    console.log(`| ${key} | ${row.clips} | ${row.seen} | ${row.found} | ${row.other} |`);

  let seconds = 0;
  const wrong: string[] = [];
  const highest = new Map<string, { size: number; name: string }>();
  for (const path of allClips(folder)) {
    const seen = await look(path);
    seconds += seen.clip.seconds;
    for (const { what, measured } of changesOf(seen)) {
      const size = Math.abs(measured);
      if (size > (highest.get(what)?.size ?? 0)) highest.set(what, { size, name: basename(path) });
    }
    for (const { kind, start, message } of judged(wardrobe, seen))
      wrong.push(`- ${basename(path)} at frame ${start}, ${kind}: ${message}`);
  }
  console.log(`\nUntouched clips: ${wrong.length} findings in ${(seconds / 60).toFixed(1)} minutes.`);
  for (const [what, { size, name }] of highest) console.log(`Largest ${what}: ${size.toFixed(2)} (${name})`);
  for (const line of wrong) console.log(line);
}

/** What is measured in all shots, whether it is a finding or not. */
function changesOf({ clip, signals }: Seen) {
  const { shots } = findShots(signals, clip);
  return shots.flatMap(shot => outfitsIn(clip, shot, signals as Required<typeof signals>));
}

const canSee = (seen: Seen, kind: string | null, acrossCut: boolean): boolean =>
  changesOf(seen).some(change => (kind === null || change.what === kind) && (!acrossCut || change.acrossCut));
