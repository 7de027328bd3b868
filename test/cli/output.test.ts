import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { fixturePath } from '../../fixtures/make.ts';
import { outputError, reportFolderName, writeOutput } from '../../src/cli/output.ts';
import { runCli } from './run-cli.ts';

describe('outputError', () => {
  it.each([
    ['ENOSPC', 'output-full'],
    ['EDQUOT', 'output-full'],
    ['EACCES', 'output-unwritable'],
    ['EROFS', 'output-unwritable'],
  ])('names %s %s and keeps the cause', (code, expected) => {
    const cause = Object.assign(new Error('x'), { code });
    expect(outputError('a\nb.html', cause)).toMatchObject({
      code: expected,
      cause,
      message: expect.not.stringContaining('\n'),
    });
  });
});

describe('reportFolderName', () => {
  it.each([
    ['/a/b/shot 010.mp4', 'shot-010-00000000'],
    ['-i.mp4', 'i-00000000'],
    ['../..mp4', 'clip-00000000'],
    ['影片 🎬.mp4', 'clip-00000000'],
    ['<script>alert(1)</script>.mp4', 'script-00000000'],
  ])('makes %j into %s', (path, expected) => {
    expect(reportFolderName(path, '0'.repeat(64))).toBe(expected);
  });
});

const folder = mkdtempSync(join(tmpdir(), 'retake-full-'));
const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=8k', 'tmpfs', folder], { stdio: 'ignore' }).status === 0;
/** Some sandboxes mount it and ignore its size. */
const small = mounted && !accepts(join(folder, 'probe'), 1 << 20);

function accepts(path: string, bytes: number): boolean {
  try {
    writeFileSync(path, new Uint8Array(bytes));
    return true;
  } catch {
    return false;
  } finally {
    rmSync(path, { force: true });
  }
}

afterAll(() => {
  if (mounted) spawnSync('umount', [folder]);
  rmSync(folder, { recursive: true, force: true });
});

describe('a full disk', () => {
  it('fails the one file, coded, and leaves what was there before', async () => {
    const path = join(folder, 'kept', 'report.json');
    await writeOutput(path, 'earlier');
    // A folder under the name of the file refuses the last step as late as a full disk does.
    const taken = join(folder, 'taken');
    mkdirSync(join(taken, 'inside'), { recursive: true });
    await expect(writeOutput(taken, 'later')).rejects.toMatchObject({ code: 'output-unwritable' });
    expect(readFileSync(path, 'utf8')).toBe('earlier');
    expect(readdirSync(folder).filter(name => name.endsWith('.tmp'))).toEqual([]);
    rmSync(taken, { recursive: true });
    rmSync(join(folder, 'kept'), { recursive: true });
  });

  // Needs the right to mount a file system of 8 kB; the mapping itself is tested above everywhere.
  it.runIf(small)('is said in one line, with status 2 and no half-written file', async () => {
    const { status, stderr } = await runCli(['check', fixturePath('silentFilm'), '--format', 'html', '--out', folder]);
    expect(status).toBe(2);
    expect(stderr).toMatch(/^output-full: /);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(readdirSync(folder, { recursive: true }).filter(name => String(name).includes('html'))).toEqual([]);
  });
});
