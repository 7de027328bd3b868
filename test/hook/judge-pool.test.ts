import { fork } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { JudgePool } from '../../src/hook/judge-pool.ts';
import { resolvePolicy } from '../../src/policy.ts';
import { fakeClip, type Script } from './fake-report.ts';
import { tempFolder, until } from './support.ts';

const module = new URL('./fake-report.ts', import.meta.url).href;
const policy = resolvePolicy('draft');
const clip = (script: Script): string => {
  const path = join(tempFolder(), 'clip.mp4');
  writeFileSync(path, fakeClip(script));
  return path;
};
const alive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

describe('judging in child processes', () => {
  let pool: JudgePool;
  beforeAll(() => {
    pool = new JudgePool({ size: 1, nice: 0, module });
  });
  afterAll(() => pool.close());

  it('brings the report, or the error with its code', async () => {
    expect((await pool.judge(clip({ decision: 'review' }), { policy })).verdict.decision).toBe('review');
    await expect(pool.judge(clip({ decision: 'pass', error: 'clip-truncated' }), { policy })).rejects.toThrow(
      expect.objectContaining({ code: 'clip-truncated' }),
    );
  });

  it('survives a clip that takes the process down', async () => {
    await expect(pool.judge(clip({ decision: 'pass', crash: true }), { policy })).rejects.toThrow(
      expect.objectContaining({ code: 'internal', message: expect.stringContaining('SIGKILL') }),
    );
    expect((await pool.judge(clip({ decision: 'pass' }), { policy })).verdict.decision).toBe('pass');
  });

  it('stops when it is told to, and goes on with the next', async () => {
    const abort = new AbortController();
    const result = pool.judge(clip({ decision: 'pass', delay: 60_000 }), { policy, signal: abort.signal });
    setTimeout(() => abort.abort(), 50);
    await expect(result).rejects.toThrow(expect.objectContaining({ code: 'aborted' }));
    expect((await pool.judge(clip({ decision: 'pass' }), { policy })).verdict.decision).toBe('pass');
  });

  it('gives up after its time, and ends what waits when it closes', async () => {
    const short = new JudgePool({ size: 1, nice: 0, module, seconds: 0.2 });
    const slow = () => short.judge(clip({ decision: 'pass', delay: 60_000 }), { policy });
    await expect(slow()).rejects.toThrow(expect.objectContaining({ code: 'timed-out' }));
    const open = [slow(), slow()].map(one => expect(one).rejects.toThrow(expect.objectContaining({ code: 'aborted' })));
    setTimeout(() => void short.close(), 20);
    await Promise.all(open);
  });

  it('dies with its parent, whatever it is doing', async () => {
    const loader = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
    const script = fileURLToPath(new URL('./pool-parent.ts', import.meta.url));
    const parent = fork(script, [module, clip({ decision: 'pass', delay: 60_000 })], {
      execArgv: ['--import', loader],
    });
    const child = await new Promise<number>(resolve => parent.once('message', message => resolve(message as number)));
    expect(alive(child)).toBe(true);
    parent.kill('SIGKILL');
    await until(() => !alive(child));
  });
});
