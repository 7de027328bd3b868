import { spawn } from 'node:child_process';
import { hostname } from 'node:os';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RetakeError } from '../../src/errors.ts';
import { backoffDelay } from '../../src/queue/backoff.ts';
import { EmbeddedQueue } from '../../src/queue/embedded.ts';
import { ownerIsGone, ownerName } from '../../src/queue/owner.ts';
import type { JobState } from '../../src/queue/queue.ts';
import { type Handler, Worker } from '../../src/queue/worker.ts';
import { type Database, openDatabase } from '../../src/takes/database.ts';
import { until } from '../hook/support.ts';

let database: Database;
let time: number;
let queue: EmbeddedQueue;
beforeEach(() => {
  time = 1_000_000;
  database = openDatabase(':memory:');
  queue = new EmbeddedQueue(database, { lease: 100, crashes: 3, now: () => time });
});
afterEach(() => database.close());

const add = (name: string, more: object = {}) => queue.add({ kind: 'test', payload: { name }, ...more });
const error = { code: 'internal' as const, message: 'oh' };

describe('the queue', () => {
  it('does one key once', async () => {
    const first = await add('a', { key: 'k' });
    const second = await add('b', { key: 'k' });
    expect(first.created).toBe(true);
    expect(second).toMatchObject({ created: false, job: { id: first.job.id, payload: { name: 'a' } } });
  });

  it('gives each job to one worker, first come first served', async () => {
    for (let i = 0; i < 20; i++) await add(String(i));
    const leases = await Promise.all(Array.from({ length: 25 }, (_, i) => queue.claim(`w${i % 3}`)));
    expect(leases.flatMap(lease => (lease ? [lease.job.payload.name] : []))).toEqual(
      Array.from({ length: 20 }, (_, i) => String(i)),
    );
  });

  it('prefers higher priority, and lets nobody wait for ever', async () => {
    queue = new EmbeddedQueue(database, { lease: 1e9, now: () => time });
    await add('low', { priority: -1 });
    time += 10;
    await add('normal');
    await add('high', { priority: 5 });
    expect((await queue.claim('w'))?.job.payload.name).toBe('high');
    expect((await queue.claim('w'))?.job.payload.name).toBe('normal');
    time += 61_000;
    await add('newer');
    expect((await queue.claim('w'))?.job.payload.name).toBe('low');
  });

  it('takes only what is asked for and due', async () => {
    const { job } = await add('a');
    await queue.add({ kind: 'other', payload: {} });
    await add('later', { delay: 50 });
    expect(await queue.claim('w', { kinds: ['nothing'] })).toBeNull();
    expect((await queue.claim('w', { ids: [job.id] }))?.job.id).toBe(job.id);
    expect((await queue.claim('w', { kinds: ['other'] }))?.job.kind).toBe('other');
    expect(await queue.claim('w')).toBeNull();
    expect(await queue.nextDue()).toBe(50);
    time += 50;
    expect((await queue.claim('w'))?.job.payload.name).toBe('later');
  });

  it('frees a lease that ran out, and lets its old holder write nothing', async () => {
    await add('a');
    const old = (await queue.claim('w1'))!;
    await queue.checkpoint(old, { step: 1 });
    time += 101;
    const fresh = (await queue.claim('w2'))!;
    expect(fresh.job).toMatchObject({ id: old.job.id, progress: { step: 1 }, crashes: 1, attempts: 0 });
    expect(await queue.renew(old)).toBe('lost');
    expect(await queue.checkpoint(old, { step: 9 })).toBe(false);
    expect(await queue.complete(old, { by: 'old' }, [{ kind: 'test', payload: { name: 'ghost' } }])).toBe(false);
    expect(await queue.release(old, 0, error)).toBe(false);
    expect(await queue.complete(fresh, { by: 'fresh' })).toBe(true);
    expect(await queue.get(old.job.id)).toMatchObject({
      state: 'done',
      result: { by: 'fresh' },
      progress: { step: 1 },
    });
    expect(await queue.list()).toHaveLength(1);
  });

  it('keeps a lease that is renewed', async () => {
    await add('a');
    const lease = (await queue.claim('w1'))!;
    for (let i = 0; i < 5; i++) {
      time += 90;
      expect(await queue.renew(lease)).toBe('held');
    }
    expect(await queue.claim('w2')).toBeNull();
  });

  it('parks a job that keeps taking its process down', async () => {
    const { job } = await add('bomb');
    await add('bystander');
    expect((await queue.claim('w'))?.job.id).toBe(job.id);
    time += 101;
    expect((await queue.claim('w'))?.job.id).toBe(job.id);
    time += 101;
    // The second time it is in doubt: others go first.
    const other = (await queue.claim('w'))!;
    expect(other.job.payload.name).toBe('bystander');
    await queue.complete(other, {});
    expect(await queue.claim('w')).toBeNull();
    time += 100;
    expect((await queue.claim('w'))?.job.id).toBe(job.id);
    time += 101;
    expect(await queue.claim('w')).toBeNull();
    expect(await queue.get(job.id)).toMatchObject({ state: 'parked', crashes: 3, error: { code: 'internal' } });
    expect((await queue.revive(job.id))?.state).toBe('waiting');
    expect((await queue.claim('w'))?.job.id).toBe(job.id);
  });

  it('cancels a waiting job at once and a running one when it is asked', async () => {
    const { job } = await add('a');
    expect((await queue.cancel(job.id))?.state).toBe('cancelled');
    expect(await queue.claim('w')).toBeNull();
    const { job: second } = await add('b');
    const lease = (await queue.claim('w'))!;
    expect((await queue.cancel(second.id))?.state).toBe('running');
    expect(await queue.renew(lease)).toBe('cancelled');
    expect(await queue.stop(lease)).toBe(true);
    expect((await queue.get(second.id))?.state).toBe('cancelled');
  });

  it('adds what follows in the same step, or not at all', async () => {
    await add('a');
    const lease = (await queue.claim('w'))!;
    const broken = { kind: 'test', payload: { big: 1n as unknown as number } };
    await expect(queue.complete(lease, {}, [{ kind: 'test', payload: {} }, broken])).rejects.toThrow();
    expect((await queue.counts()).running).toBe(1);
    expect(await queue.list()).toHaveLength(1);
    await queue.complete(lease, {}, [
      { kind: 'test', key: 'x', payload: {} },
      { kind: 'test', key: 'x', payload: {} },
    ]);
    expect(await queue.counts()).toMatchObject({ done: 1, waiting: 1 });
  });

  it('hurries a waiting job', async () => {
    await add('a', { key: 'k', delay: 5_000 });
    expect(await queue.claim('w')).toBeNull();
    expect(await queue.hurry('k')).toBe(true);
    expect(await queue.claim('w')).not.toBeNull();
  });

  it('takes over at once from a process of this machine that is gone', async () => {
    const child = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60000)']);
    const owner = `${hostname()}/${child.pid}/-/x`;
    await add('a');
    await add('b');
    expect(await queue.claim(owner)).not.toBeNull();
    expect(await queue.claim('elsewhere.example/1/1/x')).not.toBeNull();
    expect(ownerIsGone(owner)).toBe(false);
    expect(await queue.recover()).toBe(0);
    child.kill('SIGKILL');
    await new Promise(resolve => child.on('exit', resolve));
    expect(await queue.recover()).toBe(1);
    expect(await queue.counts()).toMatchObject({ running: 1, waiting: 1 });
    expect(ownerIsGone(ownerName())).toBe(false);
  });
});

describe('back-off', () => {
  it('grows, is bounded and never lets jobs come back together', () => {
    const backoff = { first: 1_000, most: 10_000, factor: 3, tries: 9 };
    expect([1, 2, 3, 4, 9].map(attempts => backoffDelay(attempts, backoff, () => 1))).toEqual([
      1_000, 3_000, 9_000, 10_000, 10_000,
    ]);
    expect(backoffDelay(1, backoff, () => 0)).toBe(500);
    expect(new Set(Array.from({ length: 20 }, () => backoffDelay(2, backoff))).size).toBeGreaterThan(10);
  });
});

describe('the worker', () => {
  const start = async (
    run: Handler['run'],
    more: Partial<ConstructorParameters<typeof Worker>[0]> = {},
    handler: Partial<Handler> = {},
  ) => {
    queue = new EmbeddedQueue(database, { lease: 2_000 });
    const backoff = { first: 5, most: 10, factor: 1, tries: 3 };
    const worker = new Worker({
      queue,
      handlers: { test: { run, backoff, ...handler } },
      concurrency: 2,
      poll: 10,
      heartbeat: 20,
      ...more,
    });
    await worker.start();
    return worker;
  };
  const state = async (id: string, wanted: JobState) => (await queue.get(id))?.state === wanted;

  it('never does more at a time than it may', async () => {
    let now = 0;
    let most = 0;
    const worker = await start(async () => {
      most = Math.max(most, ++now);
      await new Promise(resolve => setTimeout(resolve, 3));
      now--;
      return { end: 'complete', result: {} };
    });
    for (let i = 0; i < 30; i++) await add(String(i));
    worker.wake();
    await until(async () => (await queue.counts()).done === 30);
    expect(most).toBe(2);
    await worker.stop();
  });

  it('tries again with back-off, then parks with the error and what follows', async () => {
    let runs = 0;
    const worker = await start(
      async () => {
        runs++;
        throw new RetakeError('download-failed', `try ${runs}`);
      },
      {},
      { onParked: ({ message }) => [{ kind: 'told', payload: { message } }] },
    );
    const { job } = await add('a');
    worker.wake();
    await until(() => state(job.id, 'parked'));
    expect(runs).toBe(3);
    expect(await queue.get(job.id)).toMatchObject({
      attempts: 3,
      error: { code: 'download-failed', message: 'try 3' },
    });
    expect((await queue.list({ kind: 'told' }))[0].payload).toEqual({ message: 'try 3' });
    await worker.stop();
  });

  it('does not try again what cannot be cured', async () => {
    let runs = 0;
    const worker = await start(async () => {
      runs++;
      throw new RetakeError('clip-not-media', 'a text');
    });
    const { job } = await add('a');
    worker.wake();
    await until(() => state(job.id, 'parked'));
    expect(runs).toBe(1);
    await worker.stop();
  });

  it('stops a running job that is cancelled, here or by another process', async () => {
    const worker = await start(
      ({ signal }) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('aborted')))),
    );
    const { job: a } = await add('a');
    const { job: b } = await add('b');
    worker.wake();
    await until(async () => (await queue.counts()).running === 2);
    await worker.cancel(a.id);
    await until(() => state(a.id, 'cancelled'));
    await queue.cancel(b.id);
    await until(() => state(b.id, 'cancelled'));
    await worker.stop();
  });

  it('looks again later without counting it as a failure', async () => {
    let runs = 0;
    const worker = await start(async () =>
      ++runs < 6 ? { end: 'later', delay: 1 } : { end: 'complete', result: { runs } },
    );
    const { job } = await add('a');
    worker.wake();
    await until(() => state(job.id, 'done'));
    expect(await queue.get(job.id)).toMatchObject({ attempts: 0, result: { runs: 6 } });
    await worker.stop();
  });

  it('gives unfinished work back when it stops', async () => {
    const worker = await start(
      ({ signal }) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('aborted')))),
    );
    const { job } = await add('a');
    worker.wake();
    await until(() => state(job.id, 'running'));
    await worker.stop(10);
    expect(await queue.get(job.id)).toMatchObject({ state: 'waiting', attempts: 0 });
    expect(worker.active).toBe(0);
  });

  it('stops working on a job that was taken over', async () => {
    let lost = false;
    const worker = await start(
      ({ signal }) =>
        new Promise((_, reject) =>
          signal.addEventListener('abort', () => {
            lost = signal.reason === 'lost';
            reject(new Error('aborted'));
          }),
        ),
      { concurrency: 1 },
    );
    const { job } = await add('a');
    worker.wake();
    await until(() => state(job.id, 'running'));
    database.run('UPDATE jobs SET token = token + 1, owner = ? WHERE id = ?', ['other/1/1/x', job.id]);
    await until(() => lost);
    expect((await queue.get(job.id))?.state).toBe('running');
    await worker.stop(10);
  });
});
