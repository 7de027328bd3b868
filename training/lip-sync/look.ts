import { probe } from '../../src/media/probe.ts';
import { observe } from '../../src/observe.ts';
import { faces } from '../../src/observers/faces.ts';
import { identity } from '../../src/observers/identity.ts';
import { observersFor } from '../../src/observers/index.ts';
import type { AnyObserver } from '../../src/observers/observer.ts';
import { voice } from '../../src/observers/voice.ts';
import { shotSignals } from '../../src/signals/shots.ts';
import type { Seen } from './features.ts';

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

/** What the product's own observers measure of a clip, and its sound as they hear it. */
export async function look(file: string): Promise<Seen> {
  const heard = sound();
  const { signals, clip } = await observe(await probe(file), [
    ...observersFor(new Set(shotSignals)),
    faces,
    identity,
    voice,
    heard.observer,
  ]);
  return { clip, signals: signals as unknown as Seen['signals'], samples: heard.samples() };
}
