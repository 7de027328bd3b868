import { spawn } from 'node:child_process';
import { readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { buildModels, convertModel } from '../../src/inference/build.ts';
import { sha256 } from '../../src/inference/hash.ts';
import { modelEntry, readManifest } from '../../src/inference/manifest.ts';
import { readPackageFiles } from '../../src/inference/packages.ts';
import { useFolder } from './folder.ts';

const folder = useFolder();
const names = ['face-detection', 'person-mask', 'voice-activity'];
const files = names.map(name => modelEntry(name).file).sort();

/** Runs the command in a process of its own; resolves with its exit code. */
function runCommand(cwd: string): Promise<number | null> {
  const command = fileURLToPath(new URL('../../src/inference/models-cli.ts', import.meta.url));
  const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), command, ...names], {
    cwd,
    env: { ...process.env, RETAKE_MODELS: folder() },
    stdio: 'ignore',
  });
  return new Promise(resolve => child.on('close', resolve));
}

async function expectRight(): Promise<void> {
  expect((await readdir(folder())).sort()).toEqual(files);
  for (const name of names) {
    const { file, sha256: hash } = modelEntry(name);
    expect(sha256(await readFile(path.join(folder(), file))), name).toBe(hash);
  }
}

describe('building models', () => {
  it.each(readManifest().models.filter(({ conversion }) => conversion !== 'kept'))(
    '$name converts to the pinned bytes',
    async entry => {
      const bytes = await convertModel(entry);
      expect(bytes.length).toBe(entry.bytes);
      expect(sha256(bytes)).toBe(entry.sha256);
    },
  );

  it('is safe when processes build side by side, from different folders', async () => {
    expect(await Promise.all([runCommand(tmpdir()), runCommand(process.cwd())])).toEqual([0, 0]);
    await expectRight();
  });

  it('repairs what is damaged, leaves alone what is right, and sweeps up after a build that died', async () => {
    const old = path.join(folder(), 'face-detection.tmp-1-0123abcd');
    const young = path.join(folder(), 'person-mask.tmp-2-0123abcd');
    await writeFile(old, 'half');
    await writeFile(young, 'half');
    await utimes(old, new Date(0), new Date(0));
    await writeFile(path.join(folder(), modelEntry('face-detection').file), 'half');
    const first = await buildModels({ only: names, folder: folder() });
    expect(first.map(({ built }) => built)).toEqual([true, true, true]);
    expect(await readdir(folder())).toContain(path.basename(young));
    expect(await readdir(folder())).not.toContain(path.basename(old));

    const reported: string[] = [];
    const second = await buildModels({ only: names, folder: folder(), onProgress: ({ name }) => reported.push(name) });
    expect(second.map(({ built }) => built)).toEqual([false, false, false]);
    expect(reported).toEqual(names);
  });

  it.each([
    ['another version is installed', { version: '0.0.1' }, 'model-corrupt'],
    ['the package is not installed', { package: '@mediapipe/nowhere' }, 'model-missing'],
    ['the file is not in the package', { sources: [{ file: 'none.tflite', sha256: '0'.repeat(64) }] }, 'model-missing'],
    ['the file is not the pinned one', { sources: [{ file: 'README.md', sha256: '0'.repeat(64) }] }, 'model-corrupt'],
  ])('refuses when %s', async (_name, change, code) => {
    const reading = readPackageFiles({ ...modelEntry('face-detection'), ...change });
    await expect(reading).rejects.toMatchObject({ code, hint: expect.stringContaining('npm ci') });
  });
});
