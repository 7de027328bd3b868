/**
 * Keeps what the product's own observers read in every clip, with the shots and the camera's motion: one `.v8` file per clip,
 * for the bench. Resumable.
 *
 *     npx tsx training/morphing/text-extract.ts <out folder> <folder of clips> [more folders] [--one-shot]
 *
 * `--one-shot` takes every clip as a single shot instead of looking for cuts.
 */
import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { serialize } from 'node:v8';
import { probe } from '../../src/media/probe.ts';
import { observe } from '../../src/observe.ts';
import { observersFor } from '../../src/observers/index.ts';
import { text } from '../../src/observers/text.ts';
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
      // Decoded again for what the shots need, so that the cost of reading can be told from it.
      const seen = whole ? null : await observe(clip, observersFor(new Set(shotSignals)), { loudness: false });
      const cpu = process.cpuUsage();
      const { signals, clip: facts } = await observe(clip, [text], { loudness: false });
      const { user, system } = process.cpuUsage(cpu);
      const shots = seen === null ? [{ id: 's1', start: 0, end: facts.frames }] : findShots(seen.signals, facts).shots;
      const { lettering } = signals;
      const cost = (user + system) / 1000 / facts.frames;
      await writeFile(`${target}.part`, serialize({ clip: facts, shots, signals: { lettering }, cost }));
      await rename(`${target}.part`, target);
      console.log(name, facts.frames, 'frames', lettering?.texts.length, 'lines', cost.toFixed(2), 'ms a frame');
    } catch (thrown) {
      console.log(name, String(thrown));
    }
  }
