/**
 * Keeps the faces, identities, outlines and shot signals of every clip as the product's own observers measure them, one `.v8` file per
 * clip, for the bench. Resumable.
 *
 *     npx tsx training/morphing/seen.ts <out folder> <folder of clips>
 */
import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { serialize } from 'node:v8';
import { probe } from '../../src/media/probe.ts';
import { observe } from '../../src/observe.ts';
import { clothesObserver } from '../../src/observers/clothes.ts';
import { facesObserver } from '../../src/observers/faces.ts';
import { identityObserver } from '../../src/observers/identity.ts';
import { observersFor } from '../../src/observers/index.ts';
import { shotSignals } from '../../src/signals/shots.ts';

const [out, folder] = process.argv.slice(2);
if (out === undefined || folder === undefined) throw new Error('name the out folder and the folder of clips');
await mkdir(out, { recursive: true });
for (const name of (await readdir(folder)).filter(name => /\.(mp4|mov|mpg|avi|mkv|webm)$/.test(name)).sort()) {
  const target = path.join(out, `${name}.v8`);
  if (existsSync(target)) continue;
  const clip = await probe(path.join(folder, name));
  const observers = [...observersFor(new Set(shotSignals)), facesObserver(), identityObserver(), clothesObserver()];
  const { signals, clip: facts } = await observe(clip, observers, { loudness: false });
  await writeFile(`${target}.part`, serialize({ clip: facts, signals }));
  await rename(`${target}.part`, target);
  console.log(name, signals.faces?.presence.length, 'faces', signals.identities?.frames.length, 'samples');
}
