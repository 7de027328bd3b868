/**
 * Keeps what the product's own observers read in every clip, with the shots and the camera's motion: one `.v8` file per clip,
 * for the bench. Resumable.
 *
 *     npx tsx training/morphing/text-extract.ts <out folder> <folder of clips> [more folders] [--one-shot]
 *
 * `--one-shot` takes every clip as a single shot instead of looking for cuts.
 */
import { serialize } from 'node:v8';
import { observe } from '../../src/observe.ts';
import { observersFor } from '../../src/observers/index.ts';
import { text } from '../../src/observers/text.ts';
import { findShots, shotSignals } from '../../src/signals/shots.ts';
import { eachClip, oneShot } from './each-clip.ts';

await eachClip('.v8', async clip => {
  // Decoded again for what the shots need, so that the cost of reading can be told from it.
  const seen = oneShot ? null : await observe(clip, observersFor(new Set(shotSignals)), { loudness: false });
  const cpu = process.cpuUsage();
  const { signals, clip: facts } = await observe(clip, [text], { loudness: false });
  const { user, system } = process.cpuUsage(cpu);
  const shots = seen === null ? [{ id: 's1', start: 0, end: facts.frames }] : findShots(seen.signals, facts).shots;
  const { lettering } = signals;
  const cost = (user + system) / 1000 / facts.frames;
  return {
    content: serialize({ clip: facts, shots, signals: { lettering }, cost }),
    said: `${facts.frames} frames ${lettering?.texts.length} lines ${cost.toFixed(2)} ms a frame`,
  };
});
