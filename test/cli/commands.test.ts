import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { detectors } from '../../src/detectors/index.ts';
import { runCli } from './run-cli.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'retake-commands-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('retake explain', () => {
  it('lists the detectors, prints a page, and knows no others', async () => {
    const list = await runCli(['explain']);
    for (const { meta } of detectors) expect(list.stdout).toContain(meta.id);
    const page = await runCli(['explain', 'black']);
    expect(page.stdout).toMatch(/^# /);
    expect(page.stdout).toContain('| Option |');
    const wrong = await runCli(['explain', 'sixth-sense']);
    expect(wrong.status).toBe(2);
    expect(wrong.stderr).toMatch(/^usage: /);
  });
});

describe('retake policy', () => {
  it('prints a preset in full, as YAML and as JSON', async () => {
    const yaml = parse((await runCli(['policy', 'print', 'export'])).stdout);
    expect(yaml).toMatchObject({ name: 'export', strict: true, detectors: { loudness: { target: -23 } } });
    expect(JSON.parse((await runCli(['policy', 'print', 'export', '--json'])).stdout)).toEqual(yaml);
  });

  it('starts a file that says what the preset says, and does not overwrite one', async () => {
    const file = join(folder, 'retake.yaml');
    expect((await runCli(['policy', 'init', file, '--extends', 'draft'])).status).toBe(0);
    expect(await readFile(file, 'utf8')).toContain('extends: draft');
    const [started, preset] = await Promise.all([
      runCli(['policy', 'print', file]),
      runCli(['policy', 'print', 'draft']),
    ]);
    expect(started.stdout).toBe(preset.stdout);
    const again = await runCli(['policy', 'init', file]);
    expect(again.status).toBe(2);
    expect(again.stderr).toContain('--force');
  });

  it('prints its JSON Schema', async () => {
    const schema = JSON.parse((await runCli(['policy', 'schema'])).stdout);
    expect(schema.properties.detectors.properties).toHaveProperty('black');
  });
});

describe('retake doctor', () => {
  it('names what is there', async () => {
    const { status, stdout } = await runCli(['doctor', '--json']);
    const { checks } = JSON.parse(stdout);
    expect(checks.map(({ name }: { name: string }) => name)).toEqual(['Node.js', 'ffmpeg', 'models', 'machine']);
    expect(status).toBe(0);
  });

  it('says what is missing and how to get it', async () => {
    const { status, stdout } = await runCli(['doctor'], { env: { FFMPEG_PATH: join(folder, 'none') } });
    expect(status).toBe(2);
    expect(stdout).toMatch(/missing ffmpeg/);
  });
});
