import { appendFileSync, mkdirSync, readdirSync, renameSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { clipJob } from '../../src/hook/clip-job.ts';
import { parseHookConfig } from '../../src/hook/config.ts';
import { startEngine } from '../../src/hook/engine.ts';
import { watchFolder } from '../../src/hook/watch.ts';
import type { TakeFacts } from '../../src/takes/take.ts';
import { fakeClip, judge } from './fake-report.ts';
import { tempFolder, until } from './support.ts';

function watch(folder: string, more: Partial<Parameters<typeof watchFolder>[1]> = {}) {
  const seen: { path: string; stamp: string; facts: TakeFacts }[] = [];
  const abort = new AbortController();
  const log: string[] = [];
  const done = watchFolder(folder, {
    settle: 120,
    interval: 20,
    signal: abort.signal,
    log: line => log.push(line),
    onClip: async clip => void seen.push(clip),
    ...more,
  });
  onTestFinished(async () => {
    abort.abort();
    await done;
  });
  return { seen, log, stop: () => abort.abort(), done };
}
const clip = fakeClip({ decision: 'pass' });

describe('watching a folder', () => {
  it('takes files that are whole, in the order people number them, also those that lay there before', async () => {
    const folder = tempFolder();
    for (const name of ['take-10.mp4', 'take-9.mov', 'take-1.mp4']) writeFileSync(join(folder, name), clip);
    mkdirSync(join(folder, 'deep', 'er'), { recursive: true });
    writeFileSync(join(folder, 'deep', 'er', 'x.webm'), clip);
    for (const name of ['.hidden.mp4', 'a.mp4.part', 'notes.txt', '~lock.mp4', 'b.tmp'])
      writeFileSync(join(folder, name), clip);
    const { seen } = watch(folder);
    await until(() => seen.length === 4);
    expect(seen.map(({ path }) => path.slice(folder.length + 1))).toEqual([
      'deep/er/x.webm',
      'take-1.mp4',
      'take-9.mov',
      'take-10.mp4',
    ]);
  });

  it('waits while a file grows, and for a rename', async () => {
    const folder = tempFolder();
    const path = join(folder, 'slow.mp4');
    const { seen } = watch(folder);
    writeFileSync(path, '');
    for (let i = 0; i < 8; i++) {
      await new Promise(resolve => setTimeout(resolve, 50));
      expect(seen).toEqual([]);
      appendFileSync(path, 'more');
    }
    await until(() => seen.length === 1);
    expect(seen[0].stamp).toMatch(/^32:/);
    writeFileSync(join(folder, 'upload.part'), clip);
    renameSync(join(folder, 'upload.part'), join(folder, 'upload.mp4'));
    await until(() => seen.length === 2);
  });

  it('takes a file again when it is written anew, not when it only lies there', async () => {
    const folder = tempFolder();
    const path = join(folder, 'a.mp4');
    writeFileSync(path, clip);
    const { seen } = watch(folder);
    await until(() => seen.length === 1);
    await new Promise(resolve => setTimeout(resolve, 300));
    expect(seen).toHaveLength(1);
    writeFileSync(path, clip);
    utimesSync(path, new Date(), new Date(Date.now() + 5_000));
    await until(() => seen.length === 2);
    expect(seen[1].stamp).not.toBe(seen[0].stamp);
  });

  it('reads what lies beside the clip, and leaves aside what does not fit', async () => {
    const folder = tempFolder();
    writeFileSync(join(folder, 'a.json'), JSON.stringify({ prompt: 'p', seed: 4, unknown: true }));
    writeFileSync(join(folder, 'b.mp4.json'), '{ broken');
    for (const name of ['a.mp4', 'b.mp4']) writeFileSync(join(folder, name), clip);
    const { seen, log } = watch(folder);
    await until(() => seen.length === 2);
    expect(seen.map(({ facts }) => facts)).toEqual([{ prompt: 'p', seed: '4' }, {}]);
    expect(log.join()).toMatch(/b\.mp4\.json does not describe a take/);
  });

  it('comes back to a file when the ledger was busy, and ends when it is told to', async () => {
    const folder = tempFolder();
    writeFileSync(join(folder, 'a.mp4'), clip);
    let tries = 0;
    const { done, stop } = watch(folder, {
      onClip: async () => {
        if (++tries < 3) throw new Error('busy');
      },
    });
    await until(() => tries === 3);
    stop();
    await done;
    await expect(
      watchFolder(join(folder, 'nowhere'), { signal: new AbortController().signal, onClip: async () => undefined }),
    ).rejects.toThrow(expect.objectContaining({ code: 'clip-not-found' }));
  });

  it('takes 200 clips at once: first come first judged, memory and descriptors bounded', async () => {
    const folder = tempFolder();
    const CLIPS = 200;
    const SIZE = 1_000_000;
    for (let i = 0; i < CLIPS; i++) {
      const body = fakeClip({ decision: 'pass', delay: 2, salt: i });
      writeFileSync(join(folder, `take-${i}.mp4`), Buffer.concat([body, Buffer.alloc(SIZE - body.length, ' ')]));
    }
    const started: number[] = [];
    let judging = 0;
    let most = 0;
    const work = tempFolder();
    const engine = await startEngine({
      config: parseHookConfig({ ledger: join(work, 'l.db'), store: join(work, 'clips'), concurrency: 2 }),
      poll: 20,
      judge: async (path, options) => {
        started.push(Number(/take-(\d+)/.exec(path)![1]));
        most = Math.max(most, ++judging);
        try {
          return await judge(path, options);
        } finally {
          judging--;
        }
      },
    });
    const descriptors = () => readdirSync('/proc/self/fd').length;
    const before = descriptors();
    const rss = process.memoryUsage().rss;
    let peak = rss;
    let openMost = before;
    const gauge = setInterval(() => {
      peak = Math.max(peak, process.memoryUsage().rss);
      openMost = Math.max(openMost, descriptors());
    }, 10);
    const { context, worker } = engine;
    watch(folder, {
      async onClip({ path, stamp, facts }) {
        await context.queue.add(
          clipJob({
            source: { type: 'file', path },
            facts,
            policyHash: context.policy.hash,
            key: `file:${path}:${stamp}`,
          }),
        );
        worker.wake();
      },
    });
    await until(async () => (await context.queue.counts()).done === CLIPS, 40);
    clearInterval(gauge);
    // Concurrent jobs may pass each other by their width, never more.
    const width = 6;
    for (const [place, take] of started.entries()) expect(Math.abs(take - place)).toBeLessThanOrEqual(width);
    expect(most).toBeLessThanOrEqual(width);
    expect(openMost - before).toBeLessThan(40);
    await until(() => descriptors() - before < 8);
    // The clips together are 200 MB; a few at a time are read.
    expect(peak - rss).toBeLessThan(150_000_000);
    await engine.stop();
  }, 60_000);
});
