/**
 * What the product says of the bodies in every stretch of every clip, for `train.py`: one JSON of all clips whose drift and
 * people were kept.
 *
 *     npx tsx training/morphing/stretches.ts <cache folder>
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { deserialize } from 'node:v8';
import { windowsInside } from '../../src/signals/morphing/events.ts';
import { bodiesIn, stretchesOf } from '../../src/signals/morphing/stretches.ts';
import { bodyTracks } from '../../src/signals/tracks-people.ts';
import type { SemanticDrift, Shot } from '../../src/signals.ts';

const [cache = 'training/cache/morphing'] = process.argv.slice(2);
const out: Record<string, unknown[]> = {};
for (const file of readdirSync(path.join(cache, 'drift')).filter(file => file.endsWith('.json'))) {
  const name = file.slice(0, -5);
  const kept = path.join(cache, 'people', `${name}.v8`);
  if (!existsSync(kept)) continue;
  const about = JSON.parse(readFileSync(path.join(cache, 'drift', file), 'utf8'));
  const drift = {
    ...about,
    starts: Uint32Array.from(about.starts),
    ends: Uint32Array.from(about.ends),
  } as SemanticDrift;
  const { clip, signals } = deserialize(readFileSync(kept));
  out[name] = (about.shots as Shot[]).flatMap(shot => {
    const windows = windowsInside(drift, shot);
    const tracks = bodyTracks(clip, [shot], signals.bodies);
    return stretchesOf(drift, windows).map(({ from, to, start, end }) => {
      const { courses, visits } = bodiesIn(clip, shot, signals.bodies, tracks, { start, end });
      return {
        shot: shot.id,
        windows: windows.slice(from, to),
        start,
        end,
        visits,
        bodies: courses.map(({ looks, motion, step, most, drawn }) => ({ looks, motion, step, most, drawn })),
      };
    });
  });
}
writeFileSync(path.join(cache, 'stretches.json'), JSON.stringify(out));
console.log(Object.keys(out).length, 'clips', Object.values(out).flat().length, 'stretches');
