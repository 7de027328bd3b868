/**
 * Keeps what the product's own observers see of people in every clip, bodies, faces, identities and outlines, with the shots they
 * stand in: one `.v8` file per clip, for training and the bench. Resumable.
 *
 *     npx tsx training/morphing/people.ts <out folder> <folder of clips> [more folders] [--one-shot]
 *
 * `--one-shot` takes every clip as a single shot instead of looking for cuts.
 */
import { serialize } from 'node:v8';
import { observe } from '../../src/observe.ts';
import { bodiesObserver } from '../../src/observers/bodies.ts';
import { clothesObserver } from '../../src/observers/clothes.ts';
import { facesObserver } from '../../src/observers/faces.ts';
import { identityObserver } from '../../src/observers/identity.ts';
import { observersFor } from '../../src/observers/index.ts';
import { findShots, shotSignals } from '../../src/signals/shots.ts';
import { eachClip, oneShot } from './each-clip.ts';

await eachClip('.v8', async clip => {
  const observers = [
    ...observersFor(new Set(oneShot ? [] : shotSignals)),
    bodiesObserver(),
    facesObserver(),
    identityObserver(),
    clothesObserver(),
  ];
  const { signals, clip: facts } = await observe(clip, observers, { loudness: false });
  const shots = oneShot ? [{ id: 's1', start: 0, end: facts.frames }] : findShots(signals, facts).shots;
  const { bodies, faces, identities, personLooks } = signals;
  return {
    content: serialize({ clip: facts, shots, signals: { bodies, faces, identities, personLooks } }),
    said: `${facts.frames} frames ${bodies?.presence.length} bodies ${faces?.presence.length} faces`,
  };
});
