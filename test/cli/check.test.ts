import { existsSync, readFileSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fixturePath } from '../../fixtures/make.ts';
import { keyedFindings } from '../../src/report/review/decisions.ts';
import { type Report, reportSchema } from '../../src/report.ts';
import { runCli, startCli } from './run-cli.ts';

let out: string;
beforeAll(async () => {
  out = await mkdtemp(join(tmpdir(), 'retake-check-'));
});
afterAll(() => rm(out, { recursive: true, force: true }));

const check = (...args: string[]) => runCli(['check', ...args, '--out', out]);
const withoutTiming = ({ timing: _timing, ...report }: Report) => report;

/** In ffmpeg's test pattern things do appear and vanish at once. */
async function plainPolicy(): Promise<string> {
  const path = join(out, 'pattern.yaml');
  await writeFile(path, 'extends: editorial\ndetectors: { continuity-jump: off }\n');
  return path;
}

describe('retake check', () => {
  it('passes a good clip: status 0, a valid report, a page', async () => {
    const { status, stdout } = await check(fixturePath('passing'));
    expect(stdout).toMatch(/^PASS/);
    expect(status).toBe(0);
    const [folder] = (await readdir(out)).filter(name => name.startsWith('passing-'));
    const report = reportSchema.parse(JSON.parse(await readFile(join(out, folder, 'report.json'), 'utf8')));
    expect(report.verdict.decision).toBe('pass');
    expect(report.verdict.usable).toEqual([{ start: 0, end: report.clip.frames }]);
    expect(report.outcomes.every(({ status: s }) => s !== 'error')).toBe(true);
    expect(await readFile(join(out, folder, 'report.html'), 'utf8')).toContain('<!doctype html>');
  });

  it('finds every planted fault: status 1, and says the same twice', async () => {
    const first = await check(fixturePath('faulty'), '--json');
    expect(first.status).toBe(1);
    const report = reportSchema.parse(JSON.parse(first.stdout));
    const found = report.outcomes.flatMap(({ findings }) => findings.map(({ detector }) => detector));
    expect(found).toEqual(expect.arrayContaining(['black', 'freeze', 'dead-channel', 'clipping']));
    for (const finding of report.outcomes.flatMap(({ findings }) => findings)) {
      expect(finding.start).toBeLessThan(finding.end);
      expect(finding.peak).toBeGreaterThanOrEqual(finding.start);
      expect(finding.peak).toBeLessThan(finding.end);
      expect(finding.message).not.toMatch(/\{\w+\}/);
    }
    const second = await check(fixturePath('faulty'), '--json');
    expect(withoutTiming(JSON.parse(second.stdout))).toEqual(withoutTiming(JSON.parse(first.stdout)));
  });

  it('honours waivers of the same bytes, shows them in every format, and reads the clip for pictures once', async () => {
    const folder = await mkdtemp(join(out, 'waived-'));
    const run = () =>
      runCli(['check', fixturePath('faulty'), '-o', folder, '-f', 'json,html,strips,junit,sarif,github,markdown']);
    expect((await run()).status).toBe(1);
    const [own] = (await readdir(folder)).filter(name => name.startsWith('faulty-'));
    const read = async (...path: string[]) => readFile(join(folder, ...path), 'utf8');
    const report = reportSchema.parse(JSON.parse(await read(own, 'report.json')));
    const keys = keyedFindings(report.outcomes).map(({ key }) => key);
    expect((await readdir(join(folder, own, 'strips'))).length).toBe(keys.length);
    expect((await readdir(join(folder, own, 'strips')))[0]).toMatch(/^01-[a-z-]+-\d+\.jpg$/);
    const decided = { v: 1, at: '2026-01-01T00:00:00.000Z', clip: report.clip.sha256, who: 'Kim', action: 'waive' };
    const lines = keys.map(finding => `${JSON.stringify({ ...decided, finding, reason: 'planned' })}\n`);
    await writeFile(join(folder, own, 'review.json'), lines.join(''));

    const { status, stdout } = await run();
    expect(status).toBe(0);
    expect(stdout).toMatch(/^PASS/);
    expect(stdout.match(/^ {2}waived /gm)).toHaveLength(keys.length);
    expect(stdout.match(/waived by Kim: planned/g)).toHaveLength(keys.length);
    const after = reportSchema.parse(JSON.parse(await read(own, 'report.json')));
    const said = after.outcomes.flatMap(({ findings }) => findings.map(({ review }) => review?.status));
    expect(said).toEqual(keys.map(() => 'waived'));
    for (const file of ['junit.xml', 'annotations.txt', 'summary.md'])
      expect((await read(file)).match(/waived by Kim: planned/g)?.length).toBeGreaterThanOrEqual(keys.length);
    expect((await read('retake.sarif')).match(/"justification": "waived by Kim: planned"/g)).toHaveLength(keys.length);
    expect(await read(own, 'report.html')).toContain('"status":"waived"');
  });

  it('judges the rest of a batch when one clip cannot be: status 2, one coded line per failure', async () => {
    const { status, stdout, stderr } = await check(
      fixturePath('empty'),
      fixturePath('tiny'),
      'no-such-clip.mp4',
      fixturePath('audioOnly'),
    );
    expect(status).toBe(2);
    expect(stderr.trim().split('\n')).toHaveLength(3);
    expect(stderr).toMatch(/clip-empty: .*empty\.mp4/);
    expect(stderr).toMatch(/clip-not-found: .*no-such-clip\.mp4/);
    expect(stderr).toMatch(/clip-no-video: .*sound\.m4a/);
    expect(stdout).toMatch(/tiny\.mp4/);
    expect(stdout).toMatch(/4 clips: .*3 not judged/);
  });

  it('never shows an unjudged clip as a pass in --json', async () => {
    const { status, stdout } = await check(fixturePath('text'), fixturePath('tiny'), '--json');
    expect(status).toBe(2);
    const [bad, good] = JSON.parse(stdout);
    expect(bad).toMatchObject({ error: { code: 'clip-not-media' }, verdict: { decision: 'error' } });
    expect(good.schema).toBe(1);
  });

  it('judges clips with hostile names, all at once', async () => {
    const names = ['nameSpaces', 'nameQuotes', 'nameNewline', 'nameDash', 'nameProtocol', 'nameConcat'] as const;
    const { status, stdout } = await check(...names.map(fixturePath), '--json', '--policy', await plainPolicy());
    expect(status).toBe(0);
    const reports: Report[] = JSON.parse(stdout);
    expect(reports.map(({ clip }) => basename(clip.path))).toEqual(names.map(name => basename(fixturePath(name))));
    for (const { verdict } of reports) expect(verdict.decision).toBe('pass');
  });

  it('judges a file that only looks like a pattern or an option', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'retake-names-'));
    await copyFile(fixturePath('tiny'), join(folder, '[a]*.mp4'));
    await copyFile(fixturePath('tiny'), join(folder, '--strict.mp4'));
    const starred = await runCli(['check', '[a]*.mp4', '--json', '--out', out], { cwd: folder });
    expect(JSON.parse(starred.stdout).clip.path).toBe('[a]*.mp4');
    const dashed = await runCli(['check', '--json', '--out', out, '--', '--strict.mp4'], { cwd: folder });
    expect(JSON.parse(dashed.stdout).clip.path).toBe('--strict.mp4');
    await rm(folder, { recursive: true });
  });

  it('searches folders, says so when there is no clip, and keeps equal names apart', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'retake-folder-'));
    const none = await check(folder);
    expect(none).toMatchObject({ status: 2 });
    expect(none.stderr).toMatch(/^no-clips: /);
    for (const sub of ['a', 'b']) {
      await mkdir(join(folder, sub));
      await copyFile(fixturePath('tiny'), join(folder, sub, 'same.MP4'));
    }
    await writeFile(join(folder, 'notes.txt'), 'not a clip');
    const { stdout, status } = await check(folder, '--format', 'json', '--policy', await plainPolicy());
    expect(status).toBe(0);
    expect(stdout).toContain('2 clips: 2 pass');
    const folders = (await readdir(out)).filter(name => name.startsWith('same-')).sort();
    expect(folders).toEqual([
      expect.stringMatching(/^same-2-[0-9a-f]{8}$/),
      expect.stringMatching(/^same-[0-9a-f]{8}$/),
    ]);
    await rm(folder, { recursive: true });
  });

  it('keeps names apart that differ only in what a folder cannot hold, and names with dots', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'retake-folder-'));
    for (const name of ['x y.mp4', 'x-y.mp4', 'a/v1.2.mp4', 'b/v1.2.mp4', 'c/v1.2.mp4']) {
      await mkdir(dirname(join(folder, name)), { recursive: true });
      await copyFile(fixturePath('tiny'), join(folder, name));
    }
    const apart = await mkdtemp(join(out, 'apart-'));
    await runCli(['check', folder, '--out', apart, '--format', 'json', '--policy', await plainPolicy()]);
    expect((await readdir(apart)).map(name => name.replace(/-[0-9a-f]{8}$/, '')).sort()).toEqual(
      ['v1.2', 'v1.2-2', 'v1.2-3', 'x-y', 'x-y-2'].sort(),
    );
    await rm(folder, { recursive: true });
  });

  it('writes every signal with --stats', async () => {
    const stats = join(out, 'signals.json');
    await check(fixturePath('tiny'), '--stats', stats, '--format', 'json');
    const { clip, times, signals } = JSON.parse(await readFile(stats, 'utf8'));
    expect(times).toHaveLength(clip.frames);
    expect(signals.lumaMean).toHaveLength(clip.frames);
  });

  it('explains a wrong policy with the key, and wrong usage with status 2', async () => {
    const policy = join(out, 'bad.yaml');
    await writeFile(policy, 'detectors:\n  black:\n    secnds: 1\n');
    const wrong = await check(fixturePath('tiny'), '--policy', policy);
    expect(wrong.status).toBe(2);
    expect(wrong.stderr).toMatch(/^policy-invalid: .*detectors\.black.*secnds/);
    expect((await runCli(['check'])).status).toBe(2);
    expect((await runCli(['chekc', 'x.mp4'])).status).toBe(2);
    expect((await check(fixturePath('tiny'), '--format', 'pdf')).stderr).toMatch(/pdf/);
  });

  it('counts review as failure when strict', async () => {
    const clip = fixturePath('deadChannel');
    expect((await check(clip, '--format', 'json')).status).toBe(0);
    expect((await check(clip, '--format', 'json', '--strict')).status).toBe(1);
  });

  it('says where it may not write, and leaves nothing behind', async () => {
    const file = join(out, 'a-file');
    await writeFile(file, '');
    const { status, stderr } = await runCli(['check', fixturePath('tiny'), '--out', join(file, 'below')]);
    expect(status).toBe(2);
    expect(stderr).toMatch(/^output-unwritable: /);
  });

  it.runIf(existsSync('/proc/self/task'))(
    'stops on SIGINT with status 130, no report and no child process',
    async () => {
      const folder = join(out, 'interrupted');
      const { child, done } = startCli([
        'check',
        fixturePath('passing'),
        fixturePath('faulty'),
        fixturePath('hardCuts'),
        '--out',
        folder,
        '--jobs',
        '1',
      ]);
      await waitFor(() => childrenOf(child.pid as number).length > 0);
      const children = childrenOf(child.pid as number);
      child.kill('SIGINT');
      const { status, stderr } = await done;
      expect(status).toBe(130);
      expect(stderr).toMatch(/^Stopped: \d of 3 clips judged/m);
      for (const pid of children) expect(existsSync(`/proc/${pid}`)).toBe(false);
      const left = existsSync(folder) ? await readdir(folder, { recursive: true }) : [];
      expect(left.filter(name => !/report\.(json|html)$/.test(name) && /\./.test(name))).toEqual([]);
    },
    20_000,
  );
});

async function waitFor(met: () => boolean): Promise<void> {
  for (let tries = 0; tries < 500 && !met(); tries++) await new Promise(resolve => setTimeout(resolve, 10));
  expect(met()).toBe(true);
}

/** ffmpeg processes below a process, from /proc; none where there is no /proc. */
function childrenOf(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
      .trim()
      .split(/\s+/)
      .filter(Boolean)
      .map(Number)
      .filter(isFfmpeg);
  } catch {
    return [];
  }
}

const isFfmpeg = (pid: number): boolean => {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').startsWith('ffmpeg');
  } catch {
    return false;
  }
};
