import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { pictureContext, readRgb, toFrame } from '../../fixtures/photos.ts';
import type { Frame } from '../../src/media/frame.ts';
import { observers } from '../../src/observers/index.ts';
import type { AnyObserver, AnyRun, ObserveContext } from '../../src/observers/observer.ts';
import { inThreads, PEOPLE } from '../../src/observers/thread/split.ts';
import { ObserverThread } from '../../src/observers/thread/thread.ts';
import type { Measured } from '../../src/signals.ts';

const demo = path.join(
  path.dirname(createRequire(import.meta.url).resolve('@vladmandic/face-api/package.json')),
  'demo',
);
const here = path.dirname(fileURLToPath(import.meta.url));

/** A camera that drifts over a photo of people. */
async function drift(count: number): Promise<Frame[]> {
  const frames: Frame[] = [];
  const whole = await sharp(path.join(demo, 'sample1.jpg')).resize(640, 400, { fit: 'cover' }).png().toBuffer();
  for (let index = 0; index < count; index++) {
    const cut = await sharp(whole)
      .extract({ left: 2 * index, top: index, width: 600, height: 380 })
      .png()
      .toBuffer();
    frames.push({ ...(await toFrame(await readRgb(cut))), index });
  }
  return frames;
}

const named = (...ids: string[]) => observers().filter(({ id }) => ids.includes(id));
const context = (frames: Frame[]) => pictureContext(frames[0]!, frames.length);

async function measure(list: readonly AnyObserver[], frames: Frame[], given = context(frames)): Promise<Measured> {
  const runs: AnyRun[] = [];
  try {
    for (const observer of list) runs.push(await observer.start(given));
    for (const frame of frames) await Promise.all(runs.map(run => run.frame?.(frame)));
    return Object.assign({}, ...(await Promise.all(runs.map(run => run.finish()))));
  } finally {
    await Promise.all(runs.map(run => run.close?.()));
  }
}

describe('observers in a thread of their own', () => {
  it('measure the same to the last digit', async () => {
    const frames = await drift(9);
    const list = named('faces', 'bodies', 'identity', 'semantic', 'motion');
    const split = inThreads(list, context(frames).clip, { cores: 2, leastFrames: 1 });
    expect(split.filter((observer, at) => observer !== list[at]).map(({ id }) => id)).toEqual([
      'faces',
      'bodies',
      'identity',
    ]);
    const apart = await measure(split, frames);
    const together = await measure(list, frames);
    expect(Object.keys(apart).sort()).toEqual(Object.keys(together).sort());
    expect(together.faces!.presence.length).toBeGreaterThan(5);
    expect(apart).toEqual(together);
  });

  it('stay where they are when that is quicker', async () => {
    const clip = (length: number) => ({ times: new Float64Array(length) });
    const list = named('faces', 'semantic');
    expect(inThreads(list, clip(500), { cores: 1 })).toBe(list);
    expect(inThreads(list, clip(20), { cores: 2 })).toBe(list);
    const few = named('faces', 'motion', 'voice');
    expect(inThreads(few, clip(500), { cores: 2 })).toBe(few);
  });

  it('copy what they are given before it is reused', async () => {
    const frames = await drift(2);
    const thread = new ObserverThread(['faces'], context(frames), {});
    try {
      const buffer = frames[0]!;
      await thread.feed(buffer);
      buffer.analysis.y.fill(0);
      buffer.small.y.fill(0);
      const { faces } = await thread.finish('faces');
      expect(faces!.presence.length).toBeGreaterThan(0);
    } finally {
      await thread.close();
    }
  });

  it('tell what went wrong, each for itself, and a thread that dies leaves nobody waiting', async () => {
    const frames = await drift(1);
    const thread = new ObserverThread(['faces', 'nobody'], context(frames), {});
    await thread.feed(frames[0]!);
    await expect(thread.finish('nobody')).rejects.toMatchObject({ code: 'observer-failed' });
    expect((await thread.finish('faces')).faces!.frames.length).toBe(1);
    await thread.close();
    await expect(thread.feed({ ...frames[0]!, index: 1 })).resolves.toBeUndefined();

    const bad: ObserveContext = { ...context(frames), clip: null as never };
    const dying = new ObserverThread(['faces'], bad, {});
    for (let index = 0; index < 12; index++) await dying.feed({ ...frames[0]!, index });
    await expect(dying.finish('faces')).rejects.toMatchObject({ code: 'observer-failed' });
    await dying.close();
  });

  it('are all of those that share a scene of people', () => {
    const folder = path.join(here, '../../src/observers');
    const sharing = readdirSync(folder)
      .filter(
        file =>
          file.endsWith('.ts') &&
          /from '\.\/vision\/(scene|run)\.ts'/.test(readFileSync(path.join(folder, file), 'utf8')),
      )
      .filter(file => file !== 'index.ts')
      .map(file => file.replace('.ts', ''));
    expect(new Set(sharing)).toEqual(PEOPLE);
  });
});
