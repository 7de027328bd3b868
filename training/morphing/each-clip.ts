import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Clip } from '../../src/clip.ts';
import { probe } from '../../src/media/probe.ts';

/** What is kept of a clip, and what is said of it. */
export interface Kept {
  content: string | Uint8Array;
  said: string;
}

/** Every clip is taken as a single shot instead of looking for cuts. */
export const oneShot = process.argv.includes('--one-shot');

/**
 * Walks the folders that the command line names after the out folder, and writes what `measure` gives for each clip to
 * `<out>/<folder>__<clip><ending>`, complete or not at all. Clips that are already kept are skipped; one that cannot be measured
 * is said and passed over.
 * @param measure also told the path without the ending, for what lies beside, and the folder
 */
export async function eachClip(
  ending: string,
  measure: (clip: Clip, target: string, folder: string) => Promise<Kept>,
): Promise<void> {
  const [out, ...folders] = process.argv.slice(2).filter(argument => !argument.startsWith('--'));
  if (out === undefined || folders.length === 0) throw new Error('name the out folder and folders of clips');
  await mkdir(out, { recursive: true });
  for (const folder of folders)
    for (const name of (await readdir(folder)).filter(name => /\.(mp4|mov|mpg|avi|mkv|webm|gif)$/.test(name)).sort()) {
      const target = path.join(out, `${path.basename(folder)}__${name}`);
      if (existsSync(target + ending)) continue;
      try {
        const cpu = process.cpuUsage();
        const { content, said } = await measure(await probe(path.join(folder, name)), target, folder);
        const { user, system } = process.cpuUsage(cpu);
        await writeFile(`${target}.part`, content);
        await rename(`${target}.part`, target + ending);
        console.log(name, said, Math.round((user + system) / 1000), 'ms');
      } catch (thrown) {
        console.log(name, String(thrown));
      }
    }
}
