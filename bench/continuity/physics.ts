import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { physicsSanity } from '../../src/detectors/physics-sanity.ts';
import { thingsObserver } from '../../src/observers/things.ts';
import { judged } from './judged.ts';
import { allClips, realTakes } from './material.ts';
import { plantPhysics } from './physics-material.ts';
import { see } from './signals.ts';

const CACHE = fileURLToPath(new URL('../cache/physics', import.meta.url));
/** Frames by which a finding may lie beside what was planted. */
const NEAR = 3;

/**
 * Things moved over real takes: jumps, steps of size and falls that play backwards, by half of the takes; the same things
 * on paths that keep the laws (flights, throws, bounces, approaches, catches, zooms), where every finding is false; and
 * every clip of footage/ and talking/ as it is, likewise.
 */
export async function run(folder: string): Promise<void> {
  const rows = new Map<string, { clips: number; found: number; other: number }>();
  for (const plant of await plantPhysics(realTakes(folder), `${CACHE}/plants`)) {
    const found = judged(physicsSanity, await see(plant.path, `${CACHE}/signals`, thingsObserver));
    const key = `${plant.kind ?? 'nothing'} | ${plant.way} | ${plant.half}`;
    const row = rows.get(key) ?? { clips: 0, found: 0, other: 0 };
    rows.set(key, row);
    row.clips++;
    const right = found.filter(
      ({ kind, start, end }) => kind === plant.kind && start <= plant.end + NEAR && end >= plant.start - NEAR,
    );
    if (right.length > 0) row.found++;
    else if (process.argv.includes('--list') && plant.kind) console.log(`missed: ${basename(plant.path)}`);
    row.other += found.length - right.length;
  }
  console.log('## Physics: planted things\n');
  console.log('| Kind | way | half | clips | found | findings elsewhere or of another kind |');
  console.log('|---|---|---|---:|---:|---:|');
  for (const [key, row] of [...rows].sort(([a], [b]) => (a < b ? -1 : 1)))
    console.log(`| ${key} | ${row.clips} | ${row.found} | ${row.other} |`);

  let seconds = 0;
  const wrong: string[] = [];
  for (const path of allClips(folder)) {
    const seen = await see(
      path,
      fileURLToPath(new URL('../cache/continuity/signals', import.meta.url)),
      thingsObserver,
    );
    seconds += seen.clip.seconds;
    for (const { kind, start, message } of judged(physicsSanity, seen))
      wrong.push(`- ${basename(path)} at frame ${start}, ${kind}: ${message}`);
  }
  const minutes = seconds / 60;
  console.log(
    `\nUntouched clips: ${wrong.length} findings in ${minutes.toFixed(1)} minutes, ${(wrong.length / minutes).toFixed(2)} per minute.`,
  );
  for (const line of wrong) console.log(line);
}
