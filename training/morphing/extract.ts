/**
 * Measures drift maps and shots of every clip once with the product's own observers, so that training and experiments never
 * decode pictures again. Resumable: clips that are already kept are skipped. Per clip `<name>.json` (what the clip is) and
 * `<name>.bin` (the packed maps).
 *
 *     npx tsx training/morphing/extract.ts <cache folder> <folder of clips> [more folders] [--one-shot]
 *
 * `--one-shot` takes every clip as a single shot instead of looking for cuts.
 */
import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { openSession } from '../../src/inference/onnx.ts';
import { probe } from '../../src/media/probe.ts';
import { observe } from '../../src/observe.ts';
import { observersFor } from '../../src/observers/index.ts';
import { semantic } from '../../src/observers/semantic.ts';
import { findShots, shotSignals } from '../../src/signals/shots.ts';
import { DRIFT_MAPS, type SemanticDrift } from '../../src/signals.ts';

const whole = process.argv.includes('--one-shot');
const [cache, ...folders] = process.argv.slice(2).filter(argument => !argument.startsWith('--'));
if (cache === undefined || folders.length === 0) throw new Error('name the cache folder and folders of clips');
await mkdir(cache, { recursive: true });

// Held open, so that the network is not loaded anew for every clip.
const held = await openSession('object-features', { dimensions: { width: 96, height: 96 } });

for (const folder of folders)
  for (const name of (await readdir(folder)).filter(name => /\.(mp4|mov|mpg|avi|mkv|webm|gif)$/.test(name)).sort()) {
    const target = path.join(cache, `${path.basename(folder)}__${name}`);
    if (existsSync(`${target}.json`)) continue;
    const cpu = process.cpuUsage();
    try {
      const clip = await probe(path.join(folder, name));
      const { signals, clip: facts } = await observe(
        clip,
        [...observersFor(new Set(whole ? [] : shotSignals)), semantic],
        {
          loudness: false,
        },
      );
      const { shots, cuts } = whole
        ? { shots: [{ id: 's1', start: 0, end: facts.frames }], cuts: [] }
        : findShots(signals, facts);
      const { packed, starts, ends, ...grid } = signals.semanticDrift as SemanticDrift;
      const { width, height, fps } = facts.video;
      const about = { name, folder, width, height, fps, frames: facts.frames, shots, cuts, maps: DRIFT_MAPS };
      await writeFile(`${target}.bin`, packed);
      await writeFile(`${target}.part`, JSON.stringify({ ...about, ...grid, starts: [...starts], ends: [...ends] }));
      await rename(`${target}.part`, `${target}.json`);
      const { user, system } = process.cpuUsage(cpu);
      console.log(name, facts.frames, 'frames', starts.length, 'windows', Math.round((user + system) / 1000), 'ms');
    } catch (thrown) {
      console.log(name, String(thrown));
    }
  }
await held.dispose();
