import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { sampleReport } from '../../fixtures/reports.ts';
import { markersCommand } from '../../src/cli/markers.ts';
import { markerFormats } from '../../src/report/markers/index.ts';
import { readEdl, readXmeml } from '../report/marker-readers.ts';

let folder: string;
let printed: string;
let complained: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'retake-markers-'));
  await writeFile(join(folder, 'report.json'), JSON.stringify(sampleReport()));
  [printed, complained] = ['', ''];
  vi.spyOn(process.stdout, 'write').mockImplementation(text => {
    printed += text;
    return true;
  });
  vi.spyOn(process.stderr, 'write').mockImplementation(text => {
    complained += text;
    return true;
  });
});
afterEach(async () => {
  vi.restoreAllMocks();
  process.exitCode = undefined;
  await rm(folder, { recursive: true, force: true });
});

const run = async (...args: string[]): Promise<number> => {
  process.exitCode = undefined;
  await markersCommand()
    .exitOverride()
    .configureOutput({ writeErr: () => {} })
    .parseAsync(['node', 'retake', ...args]);
  return Number(process.exitCode ?? 0);
};

describe('retake markers', () => {
  it.each(markerFormats.map(({ id }) => id))('prints %s', async id => {
    expect(await run(folder, '--format', id)).toBe(0);
    expect(printed.length).toBeGreaterThan(100);
    expect(complained).toBe('');
  });

  it('takes a file or its folder, a rate and a start', async () => {
    const options = ['--format', 'edl', '--start-tc', '10:00:00;00', '--rate', '29.97'];
    await run(join(folder, 'report.json'), ...options);
    const once = printed;
    printed = '';
    await run(folder, ...options);
    expect(printed).toBe(once);
    const markers = readEdl(printed, { base: 30, drop: true, start: '10:00:00;00' });
    expect(markers).toMatchObject([{ start: 0 }, { start: 14, end: 41 }, { start: 48 }, { start: 73 }, { start: 76 }]);
  });

  it('writes a file', async () => {
    const out = join(folder, 'deep', 'markers.xml');
    expect(await run(folder, '--format', 'premiere', '--media', '/media/a b.mp4', '--out', out)).toBe(0);
    expect(printed).toBe('');
    expect(readXmeml(await readFile(out, 'utf8')).pathurl).toBe('file:///media/a%20b.mp4');
  });

  it('shows what was waived in the review beside the report', async () => {
    const entry = {
      v: 1,
      at: '2030-01-01T00:00:00Z',
      clip: sampleReport().clip.sha256,
      finding: 'freeze/frozen@12-34',
      action: 'waive',
      who: 'Kim',
      reason: 'planned',
    };
    await writeFile(join(folder, 'review.json'), `${JSON.stringify(entry)}\n`);
    await run(folder, '--format', 'edl');
    expect(printed).toContain('waived by Kim (planned): regenerate: The picture stands still for 0.9 s.');
    expect(printed.match(/ResolveColorPurple/g)).toHaveLength(1);
  });

  it.each([
    ['a timecode that does not exist', ['--format', 'edl', '--start-tc', '25:00:00:00'], 'usage'],
    ['drop-frame at 25 fps', ['--format', 'otio', '--start-tc', '01:00:00;00'], 'usage'],
    ['a rate that nobody edits at', ['--format', 'csv', '--rate', '17'], 'usage'],
  ])('refuses %s with one line and status 2', async (_, args, code) => {
    expect(await run(folder, ...args)).toBe(2);
    expect(complained).toContain(`${code}:`);
    expect(complained.trimEnd().split('\n')).toHaveLength(1);
    expect(printed).toBe('');
  });

  it.each([
    ['nothing there', async () => join(folder, 'none')],
    [
      'no JSON',
      async () => {
        await writeFile(join(folder, 'bad.json'), '{');
        return join(folder, 'bad.json');
      },
    ],
    [
      'another schema',
      async () => {
        await writeFile(join(folder, 'old.json'), JSON.stringify({ ...sampleReport(), schema: 2 }));
        return join(folder, 'old.json');
      },
    ],
  ])('refuses a report: %s', async (_, path) => {
    expect(await run(await path(), '--format', 'edl')).toBe(2);
    expect(complained).toContain('report-invalid:');
  });

  it('refuses an unknown format', async () => {
    await expect(run(folder, '--format', 'aaf')).rejects.toThrow(/edl/);
  });
});
