/**
 * Keeps what the product's own observer sees of changing texture in every clip: one `.v8` file per clip, for training and the
 * bench. Resumable.
 *
 *     npx tsx training/morphing/boil-extract.ts <out folder> <folder of clips> [more folders] [--one-shot]
 */
import { serialize } from 'node:v8';
import { observe } from '../../src/observe.ts';
import { boiling } from '../../src/observers/boiling.ts';
import { observersFor } from '../../src/observers/index.ts';
import { findShots, shotSignals } from '../../src/signals/shots.ts';
import { eachClip, oneShot } from './each-clip.ts';

await eachClip('.v8', async clip => {
  const observers = [...observersFor(new Set(oneShot ? [] : shotSignals)), boiling];
  const { signals, clip: facts } = await observe(clip, observers, { loudness: false });
  const shots = oneShot ? [{ id: 's1', start: 0, end: facts.frames }] : findShots(signals, facts).shots;
  const { textureChanges } = signals;
  return {
    content: serialize({ clip: facts, shots, textureChanges }),
    said: `${facts.frames} frames ${textureChanges?.starts.length} bursts`,
  };
});
