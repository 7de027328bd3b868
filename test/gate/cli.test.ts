import { generateKeyPairSync } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runFfmpeg } from '../../fixtures/run.ts';
import { writeOtio } from '../../fixtures/timelines/write.ts';
import { resolvePolicy } from '../../src/policy.ts';
import { runCli } from '../cli/run-cli.ts';

const truck = fileURLToPath(new URL('../../fixtures/generated/truck.mp4', import.meta.url));
let folder: string;
const cli = (...args: string[]) => runCli(args, { cwd: folder });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'retake-gate-cli-'));
  await mkdir(join(folder, 'takes'));
  await mkdir(join(folder, 'delivery'));
  await copyFile(truck, join(folder, 'takes', 'truck.mp4'));
  await runFfmpeg([
    '-f',
    'lavfi',
    '-i',
    'testsrc2=s=320x180:r=24:d=2',
    '-pix_fmt',
    'yuv420p',
    join(folder, 'takes', 'chart.mp4'),
  ]);
  const filter =
    '[0:v]trim=start_frame=20:end_frame=50,setpts=PTS-STARTPTS,scale=320:180,setsar=1[a];[1:v]trim=start_frame=5:end_frame=35,setpts=PTS-STARTPTS,setsar=1[b];[a][b]concat[v]';
  const inputs = ['-i', join(folder, 'takes', 'truck.mp4'), '-i', join(folder, 'takes', 'chart.mp4')];
  await runFfmpeg([
    ...inputs,
    '-filter_complex',
    filter,
    '-map',
    '[v]',
    '-r',
    '24',
    '-crf',
    '26',
    '-pix_fmt',
    'yuv420p',
    join(folder, 'delivery', 'film.mp4'),
  ]);
  const clip = (name: string, from: number, at: number) => ({
    name,
    path: join(folder, 'takes', name),
    reel: name,
    length: 48,
    from,
    to: from + 30,
    at,
  });
  await writeFile(
    join(folder, 'delivery', 'film.otio'),
    writeOtio([clip('truck.mp4', 20, 0), clip('chart.mp4', 5, 30)], { num: 24, den: 1, drop: false }),
  );
  const off = Object.keys(resolvePolicy('export').detectors).filter(id => id !== 'decode-errors');
  await writeFile(
    join(folder, 'policy.yaml'),
    `extends: export\ndetectors:\n${off.map(id => `  ${id}: off\n`).join('')}`,
  );
  await writeFile(join(folder, 'style.yaml'), 'disclosure: none\nvideo: { aspect: "16:9", fps: 24, codec: h264 }\n');
  const { privateKey, publicKey } = generateKeyPairSync('ed25519', {
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  await writeFile(join(folder, 'key.pem'), privateKey);
  await writeFile(join(folder, 'key.pub.pem'), publicKey);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('retake gate', () => {
  it('fails what was never judged, passes it once it is, and writes a certificate that verifies', async () => {
    const unjudged = await cli('gate', 'delivery', '-p', 'policy.yaml', '--style', 'style.yaml');
    expect(unjudged.stdout).toMatch(/gate-media\/unjudged: .*truck\.mp4: was never judged/);
    expect(unjudged.status).toBe(1);

    const passed = await cli(
      'gate',
      'delivery',
      '-p',
      'policy.yaml',
      '--style',
      'style.yaml',
      '--check-missing',
      '--sign',
      'key.pem',
      '-f',
      'junit,sarif,github,markdown',
    );
    expect(passed.stderr).toBe('');
    expect(passed.stdout).toMatch(/^PASS .*2 used ranges, 2 clean/);
    expect(passed.status).toBe(0);
    for (const file of [
      'certificate.json',
      'certificate.html',
      'certificate.pdf',
      'junit.xml',
      'retake.sarif',
      'annotations.txt',
      'summary.md',
    ])
      expect(existsSync(join(folder, 'retake-gate', file)), file).toBe(true);
    const sarif = JSON.parse(await readFile(join(folder, 'retake-gate', 'retake.sarif'), 'utf8'));
    expect(sarif.runs[0].tool.driver.rules.map(({ id }: { id: string }) => id)).toContain('gate-media');

    const verified = await cli('verify', 'retake-gate', 'delivery/film.mp4', '--key', 'key.pub.pem');
    expect(verified.stdout).toMatch(/^HOLDS/);
    expect(verified.status).toBe(0);
    const other = await cli('verify', 'retake-gate', 'takes/truck.mp4', '--key', 'key.pub.pem');
    expect(other.stdout).toMatch(/is not the export that was judged/);
    expect(other.status).toBe(1);
  });

  it('finds the takes of an export without a timeline', async () => {
    const { stdout, status } = await cli(
      'gate',
      'delivery/film.mp4',
      '-p',
      'policy.yaml',
      '--style',
      'style.yaml',
      '--check-missing',
      '--media',
      'takes',
      '-o',
      'bare',
      '--json',
    );
    const record = JSON.parse(stdout);
    expect(
      record.uses.map((use: { source: { name: string; by: string } }) => `${use.source.name} by ${use.source.by}`),
    ).toEqual(['truck.mp4 by fingerprint', 'chart.mp4 by fingerprint']);
    const [truckUse, chartUse] = record.uses;
    expect(truckUse.record).toEqual({ start: 0, end: 30 });
    expect(truckUse.source.frames.start).toBeLessThanOrEqual(20);
    expect(truckUse.source.frames.end).toBeGreaterThanOrEqual(50);
    expect(chartUse.source.frames).toEqual({ start: 5, end: 35 });
    expect(record.decision).toBe('pass');
    expect(status).toBe(0);
  });

  it('says what it could not read', async () => {
    await writeFile(join(folder, 'bad.fcpxml'), '<!DOCTYPE x [<!ENTITY a "b">]><fcpxml/>');
    const bad = await cli('gate', 'bad.fcpxml');
    expect(bad.stderr).toMatch(/^timeline-invalid: /);
    expect(bad.status).toBe(2);
    await writeFile(join(folder, 'certificate.json'), '{}');
    const nothing = await cli('verify', 'certificate.json');
    expect(nothing.stderr).toMatch(/^certificate-invalid: /);
    expect(nothing.status).toBe(2);
  });
});
