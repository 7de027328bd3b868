/**
 * Measures drift maps and shots of every clip once with the product's own observers, so that training and experiments never
 * decode pictures again. Resumable: clips that are already kept are skipped. Per clip `<name>.json` (what the clip is) and
 * `<name>.bin` (the packed maps).
 *
 *     npx tsx training/morphing/extract.ts <cache folder> <folder of clips> [more folders]
 */
import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { probe } from '../../src/media/probe.ts';
import { observe } from '../../src/observe.ts';
import { observersFor } from '../../src/observers/index.ts';
import { semantic } from '../../src/observers/semantic.ts';
import { findShots, shotSignals } from '../../src/signals/shots.ts';
import { DRIFT_MAPS, type SemanticDrift } from '../../src/signals.ts';

const [cache, ...folders] = process.argv.slice(2);
if (cache === undefined || folders.length === 0) throw new Error('name the cache folder and folders of clips');
await mkdir(cache, { recursive: true });

for (const folder of folders)
  for (const name of (await readdir(folder)).filter(name => /\.(mp4|mov|mpg|avi|mkv|webm|gif)$/.test(name)).sort()) {
    const target = path.join(cache, `${path.basename(folder)}__${name}`);
    if (existsSync(`${target}.json`)) continue;
    const cpu = process.cpuUsage();
    try {
      const clip = await probe(path.join(folder, name));
      const { signals, clip: facts } = await observe(clip, [...observersFor(new Set(shotSignals)), semantic], {
        loudness: false,
      });
      const { shots, cuts } = findShots(signals, facts);
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
