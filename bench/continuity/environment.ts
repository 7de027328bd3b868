import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { environmentConsistency } from '../../src/detectors/environment-consistency.ts';
import { backgroundViews } from '../../src/observers/background-views.ts';
import { type Plant, plantEnvironment, type Strength } from './environment-material.ts';
import { type Visible, visibility } from './environment-seen.ts';
import { judged } from './judged.ts';
import { allClips, realTakes } from './material.ts';
import { see } from './signals.ts';

const CACHE = fileURLToPath(new URL('../cache/environment', import.meta.url));

/**
 * Planted changes of light, white balance and background in real takes, by kind, strength and half of the takes (limits
 * were chosen on `tuned`); things that come, go and pass by, and a camera that pans and returns, in which every finding
 * is false; and every clip of footage/ and talking/ as it is, likewise.
 */
export async function run(folder: string, half?: 'tuned' | 'held-out'): Promise<void> {
  const takes = realTakes(folder).filter(take => half === undefined || take.half === half);
  const plants = (await plantEnvironment(takes, `${CACHE}/plants`)).filter(
    plant => plant.kind === null || measured(plant.strength),
  );
  const visible = await visibility(plants, new Map(takes.map(take => [take.name, take.path])), `${CACHE}/plants`);
  const rows = new Map<string, { found: number; all: number; placed: number; other: number }>();
  for (const plant of plants) {
    const found = judged(environmentConsistency, await see(plant.path, `${CACHE}/plant-signals`, backgroundViews));
    const key = `${plant.kind ?? 'nothing'} | ${plant.way} | ${plant.strength}${told(plant, visible)} | ${plant.half}`;
    const row = rows.get(key) ?? { found: 0, all: 0, placed: 0, other: 0 };
    rows.set(key, row);
    row.all++;
    const right = found.filter(({ kind }) => kind === plant.kind);
    if (right.length > 0) row.found++;
    else if (process.argv.includes('--list') && plant.kind) console.log(`missed: ${basename(plant.path)}`);
    if (right.some(({ start, end }) => start <= plant.end + 8 && end >= plant.start - 8)) row.placed++;
    row.other += found.length - right.length;
    if (plant.kind === null)
      for (const { kind, start, message } of found)
        console.log(`false: ${basename(plant.path)} ${kind} ${start}: ${message}`);
  }
  console.log('## Environment: planted changes\n');
  console.log('| Kind | way | strength | half | clips | found | at the place | findings of another kind |');
  console.log('|---|---|---|---|---:|---:|---:|---:|');
  for (const [key, row] of [...rows].sort(([a], [b]) => (a < b ? -1 : 1)))
    console.log(`| ${key} | ${row.all} | ${row.found} | ${row.placed} | ${row.other} |`);

  let seconds = 0;
  const false_: string[] = [];
  for (const path of half === undefined ? allClips(folder) : takes.map(take => take.path)) {
    const seen = await see(
      path,
      fileURLToPath(new URL('../cache/continuity/signals', import.meta.url)),
      backgroundViews,
    );
    seconds += seen.clip.seconds;
    for (const { kind, start, message } of judged(environmentConsistency, seen))
      false_.push(`- ${basename(path)} at frame ${start}, ${kind}: ${message}`);
  }
  console.log(`\nUntouched clips: ${false_.length} findings in ${(seconds / 60).toFixed(1)} minutes.`);
  for (const line of false_) console.log(line);
}

/** Mean colour difference from which a change of light or colour is seen, and share of the picture from which a swap is. */
const SEEN = { difference: 3, area: 0.12 } as const;
/** Share of the place that must be found again for a drift to be one of the same place. */
const STAYS = 0.35;

/** Plants of a row of their own: what nobody sees, and what drifts while the place leaves the picture. */
function told({ path, kind, way }: Plant, visible: ReadonlyMap<string, Visible>): string {
  const seen = visible.get(basename(path));
  if (!seen) return '';
  const swap = kind === 'background-swap';
  if (swap ? seen.area < SEEN.area : seen.difference < SEEN.difference) return ', hardly seen';
  return way === 'drift' && seen.stays < STAYS ? ', the place leaves' : '';
}

/** Weak changes are rendered but near the threshold; they are told apart in the table. */
const measured = (strength: Strength): boolean => strength === 'medium' || process.argv.includes('--all');
