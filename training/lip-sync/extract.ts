/**
 * Looks at every clip once with the product's own observers and keeps what they measured, so that training, benches and
 * tuning never decode pictures again. Resumable: clips that are already kept are skipped.
 *
 *     npx tsx training/lip-sync/extract.ts <folder of clips> [cache folder]
 */

import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { serialize } from 'node:v8';
import { look } from './look.ts';

const [folder, cache = 'training/cache/lip-sync/seen'] = process.argv.slice(2);
if (folder === undefined) throw new Error('name the folder of clips');

await mkdir(cache, { recursive: true });
for (const name of (await readdir(folder)).filter(name => /\.(mp4|mov|mpg|avi|mkv|webm)$/.test(name)).sort()) {
  const target = path.join(cache, `${name}.v8`);
  if (existsSync(target)) continue;
  const from = performance.now();
  try {
    const seen = await look(path.join(folder, name));
    await writeFile(`${target}.part`, serialize(seen));
    await rename(`${target}.part`, target);
    console.log(
      name,
      seen.clip.frames,
      'frames',
      Math.round(performance.now() - from),
      'ms',
      seen.signals.faces?.presence.length,
      'faces',
    );
  } catch (thrown) {
    console.log(name, String(thrown));
  }
}
