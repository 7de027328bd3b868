/**
 * Writes the face landmarks of clips for `swap.py`: what the product's own observers saw, one JSON per clip with the outline
 * of the largest face per frame (478 points, picture pixels).
 *
 *     npx tsx training/morphing/faces.ts <out folder> <folder of clips> [more folders]
 */
import { existsSync } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pointsOf, rowsOf } from '../../src/landmarks.ts';
import { probe } from '../../src/media/probe.ts';
import { observe } from '../../src/observe.ts';
import { faces } from '../../src/observers/faces.ts';

const [out, ...folders] = process.argv.slice(2);
if (out === undefined || folders.length === 0) throw new Error('name the out folder and folders of clips');
/** Frames from the start that are looked at: a swap needs a few seconds. */
const MOST_FRAMES = 130;

await mkdir(out, { recursive: true });
for (const folder of folders)
  for (const name of (await readdir(folder)).filter(name => /\.(mp4|mov|mpg|avi|mkv|webm)$/.test(name)).sort()) {
    const target = path.join(out, `${name}.json`);
    if (existsSync(target)) continue;
    const clip = await probe(path.join(folder, name));
    const { signals } = await observe(clip, [faces], { loudness: false });
    const table = signals.faces;
    if (table === undefined) continue;
    const rows = Array.from({ length: Math.min(MOST_FRAMES, clip.times.length) }, (_, frame) => {
      const [from, to] = rowsOf(table, frame) ?? [0, 0];
      let best = -1;
      for (let row = from; row < to; row++)
        if (best < 0 || table.place[3 * row + 2] > table.place[3 * best + 2]) best = row;
      if (best < 0) return null;
      const points = pointsOf(table, best);
      const flat: number[] = [];
      for (let k = 0; k < 478; k++)
        flat.push(Math.round(points[3 * k] * 10) / 10, Math.round(points[3 * k + 1] * 10) / 10);
      return { points: flat, yaw: table.pose[3 * best], side: table.place[3 * best + 2] };
    });
    await writeFile(target, JSON.stringify({ folder, width: clip.video.width, height: clip.video.height, rows }));
    console.log(name, rows.filter(Boolean).length);
  }
