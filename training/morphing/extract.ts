/**
 * Measures drift maps and shots of every clip once with the product's own observers, so that training and experiments never
 * decode pictures again. Resumable: clips that are already kept are skipped. Per clip `<name>.json` (what the clip is) and
 * `<name>.bin` (the packed maps).
 *
 *     npx tsx training/morphing/extract.ts <cache folder> <folder of clips> [more folders] [--one-shot]
 *
 * `--one-shot` takes every clip as a single shot instead of looking for cuts.
 */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { openSession } from '../../src/inference/onnx.ts';
import { observe } from '../../src/observe.ts';
import { observersFor } from '../../src/observers/index.ts';
import { semantic } from '../../src/observers/semantic.ts';
import { findShots, shotSignals } from '../../src/signals/shots.ts';
import { DRIFT_MAPS, type SemanticDrift } from '../../src/signals.ts';
import { eachClip, oneShot } from './each-clip.ts';

// Held open, so that the network is not loaded anew for every clip.
const held = await openSession('object-features', { dimensions: { width: 96, height: 96 } });
await eachClip('.json', async (clip, target, folder) => {
  const observers = [...observersFor(new Set(oneShot ? [] : shotSignals)), semantic];
  const { signals, clip: facts } = await observe(clip, observers, { loudness: false });
  const { shots, cuts } = oneShot
    ? { shots: [{ id: 's1', start: 0, end: facts.frames }], cuts: [] }
    : findShots(signals, facts);
  const { packed, starts, ends, ...grid } = signals.semanticDrift as SemanticDrift;
  const { width, height, fps } = facts.video;
  const name = path.basename(target).slice(`${path.basename(folder)}__`.length);
  const about = { name, folder, width, height, fps, frames: facts.frames, shots, cuts, maps: DRIFT_MAPS };
  await writeFile(`${target}.bin`, packed);
  return {
    content: JSON.stringify({ ...about, ...grid, starts: [...starts], ends: [...ends] }),
    said: `${facts.frames} frames ${starts.length} windows`,
  };
});
await held.dispose();
