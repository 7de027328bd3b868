/**
 * Keeps what the product's own observers see of people in every clip, bodies, faces and identities, with the shots they stand
 * in: one `.v8` file per clip, for training and the bench. Resumable.
 *
 *     npx tsx training/morphing/people.ts <out folder> <folder of clips> [more folders] [--one-shot]
 *
 * `--one-shot` takes every clip as a single shot instead of looking for cuts.
 */
import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { serialize } from 'node:v8';
import { probe } from '../../src/media/probe.ts';
import { observe } from '../../src/observe.ts';
import { bodiesObserver } from '../../src/observers/bodies.ts';
import { facesObserver } from '../../src/observers/faces.ts';
import { identityObserver } from '../../src/observers/identity.ts';
import { observersFor } from '../../src/observers/index.ts';
import { findShots, shotSignals } from '../../src/signals/shots.ts';

const whole = process.argv.includes('--one-shot');
const [out, ...folders] = process.argv.slice(2).filter(argument => !argument.startsWith('--'));
if (out === undefined || folders.length === 0) throw new Error('name the out folder and folders of clips');
await mkdir(out, { recursive: true });

for (const folder of folders)
  for (const name of (await readdir(folder)).filter(name => /\.(mp4|mov|mpg|avi|mkv|webm|gif)$/.test(name)).sort()) {
    const target = path.join(out, `${path.basename(folder)}__${name}.v8`);
    if (existsSync(target)) continue;
    try {
      const clip = await probe(path.join(folder, name));
      const observers = [
        ...observersFor(new Set(whole ? [] : shotSignals)),
        bodiesObserver(),
        facesObserver(),
        identityObserver(),
      ];
      const cpu = process.cpuUsage();
      const { signals, clip: facts } = await observe(clip, observers, { loudness: false });
      const { user, system } = process.cpuUsage(cpu);
      const shots = whole ? [{ id: 's1', start: 0, end: facts.frames }] : findShots(signals, facts).shots;
      const { bodies, faces, identities } = signals;
      await writeFile(`${target}.part`, serialize({ clip: facts, shots, signals: { bodies, faces, identities } }));
      await rename(`${target}.part`, target);
      console.log(
        name,
        facts.frames,
        'frames',
        bodies?.presence.length,
        'bodies',
        faces?.presence.length,
        'faces',
        Math.round((user + system) / 1000),
        'ms',
      );
    } catch (thrown) {
      console.log(name, String(thrown));
    }
  }
