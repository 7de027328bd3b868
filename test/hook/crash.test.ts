import { fork } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { clipJob, providerKey } from '../../src/hook/clip-job.ts';
import { resolvePolicy } from '../../src/policy.ts';
import { EmbeddedQueue } from '../../src/queue/embedded.ts';
import { openLedger } from '../../src/takes/ledger.ts';
import { fakeClip } from './fake-report.ts';
import { localServer, SECRET, sendJson, tempFolder } from './support.ts';

const LIVES = 50;
/** Clips that come in before each life, so that there is always work to be killed in. */
const PER_LIFE = 3;
/** Every third clip has the same bytes as the one before it. */
const bytesOf = (n: number): number => (n % 3 === 2 ? n - 1 : n);

/** mulberry32: the same kills in every run, as far as the machine's pace allows. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** The child as one plain file: starting it fifty times must be quick. */
async function bundleChild(): Promise<string> {
  // One folder below the package, as src/ is: the version is read from the package's file beside it.
  const outfile = fileURLToPath(new URL('../../node_modules/.retake-crash-child.mjs', import.meta.url));
  await build({
    entryPoints: [fileURLToPath(new URL('./crash-child.ts', import.meta.url))],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    external: ['libsql'],
    banner: {
      js: "import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url);",
    },
    logLevel: 'error',
  });
  return outfile;
}

describe('kill −9', () => {
  it(`in ${LIVES} places of the job's life loses nothing, judges nothing twice, and leaves the ledger clean`, async () => {
    const folder = tempFolder();
    const child = await bundleChild();
    const api = await localServer(({ url }, response) => {
      const n = bytesOf(Number(/video_(\d+)/.exec(url)![1]));
      if (!url.endsWith('/content')) return sendJson(response, { id: `video_${n}`, status: 'completed', prompt: 'p' });
      const clip = fakeClip({ decision: n % 3 === 0 ? 'regenerate' : 'pass', delay: (n % 5) * 8, salt: n });
      response.writeHead(200, { 'content-type': 'video/mp4', 'content-length': clip.length });
      response.write(clip.subarray(0, 20));
      setTimeout(() => response.end(clip.subarray(20)), n % 4);
    });
    const receiver = await localServer((_, response) => response.end());
    const config = {
      ledger: join(folder, 'ledger.db'),
      store: join(folder, 'clips'),
      concurrency: 2,
      retry: { first: 5, most: 20, factor: 1, tries: 1_000 },
      providers: { sora: { adapter: 'sora', baseUrl: api.url, keyEnv: 'KEY' } },
      deliver: [{ url: receiver.url, secretEnv: 'OUT' }],
    };
    const ledger = openLedger(config.ledger);
    const queue = new EmbeddedQueue(ledger.database);
    const policy = resolvePolicy('draft');
    let clips = 0;
    const addClips = async () => {
      for (const end = clips + PER_LIFE; clips < end; clips++) {
        const job = `video_${clips}`;
        const source = { type: 'provider' as const, provider: 'sora', job };
        await queue.add(clipJob({ source, policyHash: policy.hash, key: providerKey('sora', job) }));
      }
    };
    const log = join(folder, 'judged.log');
    const draw = random(20_261_122);
    const live = (env: Record<string, string>, killAfter?: number) =>
      new Promise<{ code: number | null; signal: string | null }>(resolve => {
        const life = fork(child, {
          execArgv: [],
          env: { ...process.env, CRASH_CONFIG: JSON.stringify(config), CRASH_LOG: log, CRASH_SECRET: SECRET, ...env },
          stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
        });
        if (killAfter !== undefined) life.once('message', () => setTimeout(() => life.kill('SIGKILL'), killAfter));
        life.on('exit', (code, signal) => resolve({ code, signal }));
      });
    let killed = 0;
    for (let life = 0; killed < LIVES && life < 2 * LIVES; life++) {
      await addClips();
      // Half of them die by the clock, half at a statement: on either side of a commit.
      const { signal } =
        life % 2 === 0
          ? await live({}, draw() * 120)
          : await live({ CRASH_AFTER: String(6 + Math.floor(draw() * 45)) });
      if (signal === 'SIGKILL') killed++;
    }
    expect(killed).toBe(LIVES);
    // The kills must have hit work under way, not an idle process.
    const crashes = (await queue.list({ limit: 10_000 })).reduce((sum, job) => sum + job.crashes, 0);
    expect(crashes).toBeGreaterThan(LIVES);
    expect(await live({})).toEqual({ code: 0, signal: null });

    const jobs = await queue.list({ kind: 'clip', limit: 10_000 });
    expect(jobs).toHaveLength(clips);
    expect(jobs.filter(({ state }) => state !== 'done')).toEqual([]);
    for (const job of jobs) expect(job).toMatchObject({ state: 'done', result: { outcome: 'judged' } });
    expect(ledger.takes()).toHaveLength(clips);
    expect(ledger.takes().every(({ status }) => status === 'present')).toBe(true);
    // One verdict per bytes and policy, and nobody began to judge what was judged already.
    const reports = ledger.database.all<{ sha256: string; created_at: number }>(
      'SELECT sha256, created_at FROM reports',
    );
    const different = new Set(Array.from({ length: clips }, (_, n) => bytesOf(n))).size;
    expect(reports).toHaveLength(different);
    expect(new Set(reports.map(({ sha256 }) => sha256)).size).toBe(different);
    const starts = readFileSync(log, 'utf8')
      .trim()
      .split('\n')
      .map(line => line.split(' '));
    const perLife = new Set<string>();
    for (const [, pid, path, at] of starts) {
      expect(perLife.has(`${pid} ${path}`)).toBe(false);
      perLife.add(`${pid} ${path}`);
      const report = reports.find(({ sha256 }) => path.includes(sha256))!;
      expect(Number(at)).toBeLessThanOrEqual(report.created_at);
    }
    // Every verdict arrived, repeats under the same id with the same bytes.
    const messages = new Map<string, string>();
    for (const { headers, body } of receiver.seen) {
      const id = String(headers['webhook-id']);
      if (messages.has(id)) expect(messages.get(id)).toBe(body);
      messages.set(id, body);
    }
    expect(messages.size).toBe(clips);
    expect(ledger.database.get('PRAGMA integrity_check')).toEqual({ integrity_check: 'ok' });
    expect(ledger.database.all('PRAGMA foreign_key_check')).toEqual([]);
    expect(existsSync(config.ledger)).toBe(true);
    ledger.close();
  }, 120_000);
});
