import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { fixturePath } from '../../fixtures/make.ts';
import { hookCommand } from '../../src/cli/hook.ts';
import { reportSchema } from '../../src/report.ts';
import { openLedger } from '../../src/takes/ledger.ts';
import { startCli } from '../cli/run-cli.ts';
import { localServer, post, SECRET, tempFolder, until } from './support.ts';

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

/** Runs `retake hook …` in this process. */
async function runHook(args: string[]): Promise<{ status: number; stdout: string; stderr: string }> {
  let [stdout, stderr] = ['', ''];
  vi.spyOn(process.stdout, 'write').mockImplementation(text => {
    stdout += text;
    return true;
  });
  vi.spyOn(process.stderr, 'write').mockImplementation(text => {
    stderr += text;
    return true;
  });
  process.exitCode = undefined;
  await hookCommand().parseAsync(args, { from: 'user' });
  const status = Number(process.exitCode ?? 0);
  process.exitCode = undefined;
  vi.restoreAllMocks();
  return { status, stdout, stderr };
}

describe('retake hook', () => {
  it('judges one clip for real, into the ledger, signed and told; the second time from the ledger', async () => {
    const folder = tempFolder();
    const receiver = await localServer((_, response) => response.end());
    const config = join(folder, 'hook.yaml');
    writeFileSync(
      config,
      `policy: draft\ndeliver:\n  - { url: "${receiver.url}", secretEnv: OUT }\nregenerate: { enabled: true, dryRun: true }\n`,
    );
    const meta = join(folder, 'job.json');
    writeFileSync(meta, JSON.stringify({ prompt: 'A kite', seed: 12, shot: '010' }));
    vi.stubEnv('OUT', SECRET);
    const ledgerFile = join(folder, '.retake', 'ledger.db');
    const run = () => runHook([fixturePath('tiny'), '--meta', meta, '--config', config, '--json']);
    const first = await run();
    expect(first.stderr).toBe('');
    const result = JSON.parse(first.stdout);
    const report = reportSchema.parse(result.report);
    const wanted = { pass: 0, review: 0, regenerate: 1, error: 2 }[report.verdict.decision];
    expect(first.status).toBe(wanted);
    expect(result).toMatchObject({
      decision: report.verdict.decision,
      deliveries: { done: 1, left: 0 },
      next: { dryRun: true },
    });
    expect(receiver.seen).toHaveLength(1);

    const second = JSON.parse((await run()).stdout);
    expect(second.reportId).toBe(result.reportId);
    const ledger = openLedger(ledgerFile);
    expect(ledger.takes()).toHaveLength(2);
    expect(ledger.take(result.take)).toMatchObject({
      prompt: 'A kite',
      seed: '12',
      shot: '010',
      sha256: report.clip.sha256,
    });
    ledger.close();
  });

  it('says in one line why a clip could not be judged', async () => {
    const folder = tempFolder();
    const { status, stderr, stdout } = await runHook([fixturePath('text'), '--ledger', join(folder, 'l.db')]);
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(stderr).toMatch(/^clip-not-media:/);
  });

  it('names the key of a configuration that is wrong', async () => {
    const folder = tempFolder();
    writeFileSync(
      join(folder, 'bad.yaml'),
      'providers:\n  Sora: { adapter: sora }\nregenerate: { tries: -1, unknown: 1 }\n',
    );
    const { status, stderr } = await runHook([fixturePath('tiny'), '-c', join(folder, 'bad.yaml')]);
    expect(status).toBe(2);
    expect(stderr).toMatch(/regenerate\.tries/);
    expect(stderr).toMatch(/providers\.Sora/);
  });
});

describe('retake serve and watch', () => {
  it('serves, judges in a process of its own, and ends on SIGTERM with its work kept', async () => {
    const folder = tempFolder();
    writeFileSync(join(folder, 'hook.yaml'), `policy: draft\nroots: ["${folder}"]\nlisten: { port: 0 }\n`);
    copyFileSync(fixturePath('tiny'), join(folder, 'a.mp4'));
    const { child, done } = startCli(['serve', '-c', join(folder, 'hook.yaml')], { cwd: folder });
    let text = '';
    child.stdout!.on('data', (chunk: string) => (text += chunk));
    const url = await until(() => /listening on (\S+)/.exec(text)?.[1], 30);
    const { body } = await post(`${url}/clips`, { path: 'a.mp4' });
    const job = await until(async () => {
      const shown = (await (await fetch(`${url}/jobs/${body.job}`)).json()) as {
        state: string;
        result: { report: string };
      };
      return shown.state === 'done' && shown;
    }, 30);
    const report = reportSchema.parse(await (await fetch(`${url}/reports/${job.result.report}`)).json());
    expect(report.tool.version).not.toContain('test');
    child.kill('SIGTERM');
    expect((await done).status).toBe(0);
    expect(readFileSync(join(folder, '.retake', 'ledger.db')).length).toBeGreaterThan(0);
  });

  it('watches a folder', async () => {
    const folder = tempFolder();
    const { child, done } = startCli(['watch', folder, '--settle', '0.2', '--interval', '0.1'], { cwd: folder });
    copyFileSync(fixturePath('tiny'), join(folder, 'a.mp4'));
    let text = '';
    child.stderr!.on('data', (chunk: string) => (text += chunk));
    await until(() => /job_\S+ (pass|review|regenerate) .*a\.mp4/.test(text), 40);
    child.kill('SIGINT');
    expect((await done).status).toBe(0);
  });
});
