import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { wardrobe } from '../../src/detectors/wardrobe.ts';
import { LOOK_REACH, LOOK_SIDE } from '../../src/landmarks.ts';
import { clothes } from '../../src/observers/clothes.ts';
import { faces } from '../../src/observers/faces.ts';
import { identity } from '../../src/observers/identity.ts';
import type { Region } from '../../src/signals/people/look.ts';
import { type Seen as LookSeen, outfitsIn, seenOf } from '../../src/signals/people/outfits.ts';
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
  found: number;
  /** Of those that show enough of it ({@link SHOWS}). */
  seen: number;
  foundSeen: number;
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
    const row = rows.get(key) ?? { clips: 0, found: 0, seen: 0, foundSeen: 0, other: 0 };
    rows.set(key, row);
    row.clips++;
    const right = found.filter(
      ({ kind, start, end }) => kind === plant.kind && start <= plant.end + NEAR && end >= plant.start - NEAR,
    );
    if (right.length > 0) row.found++;
    const shows = canSee(seen, plant.kind === 'hair' ? 'hair' : 'clothes', plant.start, plant.end);
    if (shows) row.seen++;
    if (shows && right.length > 0) row.foundSeen++;
    row.other += found.length - right.length;
    if (!process.argv.includes('--list')) continue;
    if (plant.kind && shows && right.length === 0) console.log(`missed: ${basename(plant.path)}`);
    for (const { kind, start, message } of found)
      if (kind !== plant.kind) console.log(`other: ${basename(plant.path)} at frame ${start}: ${message}`);
  }
  console.log('## People: planted changes of clothes and hair\n');
  console.log(
    '| Kind | way | ΔE or code values | half | clips | found | show enough | found of these | findings elsewhere or of another kind |',
  );
  console.log('|---|---|---|---|---:|---:|---:|---:|---:|');
  for (const [key, row] of [...rows].sort(([a], [b]) => (a < b ? -1 : 1)))
    console.log(`| ${key} | ${row.clips} | ${row.found} | ${row.seen} | ${row.foundSeen} | ${row.other} |`);

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

/**
 * Least share of the picture that shows the clothes or the hair in most looks before and after: plants in pictures that end
 * below the chin reach a strip of the clothes only.
 */
const SHOWS = { clothes: 0.06, hair: 0.005 };

function canSee({ clip, signals }: Seen, region: Region, start: number, end: number): boolean {
  const { personLooks, faces } = signals as Required<typeof signals>;
  const { width, height } = clip.video;
  const seen = seenOf(clip, personLooks, faces, [...personLooks.frames.keys()]);
  const shows = (looks: readonly LookSeen[]): boolean =>
    looks.length >= 3 &&
    2 *
      looks.filter(({ cells, face }) => (cells[region].length * (CELL * face) ** 2) / (width * height) >= SHOWS[region])
        .length >=
      looks.length;
  return shows(seen.filter(({ frame }) => frame < start)) && shows(seen.filter(({ frame }) => frame >= end));
}

/** Side of a cell in heights of the face. */
const CELL = LOOK_REACH.side / LOOK_SIDE;
