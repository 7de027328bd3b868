/**
 * Looks at every clip of a folder once and keeps crops and landmarks for the hand bench. Resumable.
 *
 *     npx tsx bench/hands/see.ts <folder> [seconds at most] [part of the names]
 */
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { gateCounts, seeClip } from './seen.ts';

const [folder, most = '1e9', part = ''] = process.argv.slice(2);
if (folder === undefined) throw new Error('name the folder of clips');
const cache = path.join(import.meta.dirname, '..', 'cache', 'hands', 'seen');
const start = performance.now();
for (const name of (await readdir(folder)).filter(name => /\.(mp4|mov|mpg|avi|mkv|webm|gif)$/.test(name)).sort()) {
  if (!name.includes(part)) continue;
  if (performance.now() - start > 1000 * Number(most)) break;
  try {
    const seen = await seeClip(path.join(folder, name), cache);
    console.log(name, seen.clip.frames, JSON.stringify(gateCounts(seen.hands)));
  } catch (thrown) {
    console.log(name, String(thrown));
  }
}
