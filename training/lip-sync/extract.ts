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
import { probe } from '../../src/media/probe.ts';
import { observe } from '../../src/observe.ts';
import { faces } from '../../src/observers/faces.ts';
import { identity } from '../../src/observers/identity.ts';
import { observersFor } from '../../src/observers/index.ts';
import type { AnyObserver } from '../../src/observers/observer.ts';
import { voice } from '../../src/observers/voice.ts';
import { shotSignals } from '../../src/signals/shots.ts';

const [folder, cache = 'training/cache/lip-sync/seen'] = process.argv.slice(2);
if (folder === undefined) throw new Error('name the folder of clips');

/** Keeps the sound as the observers hear it. */
const sound = () => {
  const chunks: Float32Array[] = [];
  const observer: AnyObserver = {
    id: 'sound',
    provides: [],
    start: () => ({
      audio: samples => {
        chunks.push(samples.slice());
      },
      finish: () => ({}),
    }),
  };
  const samples = () => {
    const all = new Float32Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
    let at = 0;
    for (const chunk of chunks) {
      all.set(chunk, at);
      at += chunk.length;
    }
    return all;
  };
  return { observer, samples };
};

await mkdir(cache, { recursive: true });
for (const name of (await readdir(folder)).filter(name => /\.(mp4|mov|mpg|avi|mkv|webm)$/.test(name)).sort()) {
  const target = path.join(cache, `${name}.v8`);
  if (existsSync(target)) continue;
  const from = performance.now();
  try {
    const heard = sound();
    const clip = await probe(path.join(folder, name));
    const { signals, clip: facts } = await observe(clip, [
      ...observersFor(new Set(shotSignals)),
      faces,
      identity,
      voice,
      heard.observer,
    ]);
    await writeFile(`${target}.part`, serialize({ clip: facts, signals, samples: heard.samples() }));
    await rename(`${target}.part`, target);
    console.log(
      name,
      facts.frames,
      'frames',
      Math.round(performance.now() - from),
      'ms',
      signals.faces?.presence.length,
      'faces',
    );
  } catch (thrown) {
    console.log(name, String(thrown));
  }
}
