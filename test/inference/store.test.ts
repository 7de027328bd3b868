import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { buildModels } from '../../src/inference/build.ts';
import { modelsFolder, searchFolders } from '../../src/inference/folders.ts';
import { sha256 } from '../../src/inference/hash.ts';
import { modelEntry, PACKAGE_MODELS, readManifest } from '../../src/inference/manifest.ts';
import { forgetVerified, loadKeptModel, loadModel, modelHashes } from '../../src/inference/store.ts';
import { useFolder } from './folder.ts';

const folder = useFolder();
const small = modelEntry('face-detection');

describe('loading models', () => {
  beforeEach(() => {
    process.env.RETAKE_MODELS = folder();
    forgetVerified();
  });

  it('gives the bytes that the manifest names', async () => {
    await buildModels({ only: [small.name] });
    expect(sha256(await loadModel(small.name))).toBe(small.sha256);
    expect(modelHashes([small.name])).toEqual({ [small.name]: small.sha256 });
  });

  it('says which command builds a missing model', async () => {
    await expect(loadModel(small.name)).rejects.toMatchObject({
      code: 'model-missing',
      message: expect.stringContaining('face-detection'),
      hint: expect.stringContaining('npm run models'),
    });
  });

  it.each([
    ['truncated', (bytes: Buffer) => bytes.subarray(0, bytes.length - 1)],
    ['empty', () => Buffer.alloc(0)],
    ['altered in one bit', (bytes: Buffer) => Buffer.from(bytes.map((byte, i) => (i === 1000 ? byte ^ 1 : byte)))],
  ])('refuses a file that is %s', async (_name, damage) => {
    await buildModels({ only: [small.name] });
    const file = path.join(folder(), small.file);
    await writeFile(file, damage(await readFile(file)));
    await expect(loadModel(small.name)).rejects.toMatchObject({
      code: 'model-corrupt',
      message: expect.stringContaining(small.file),
      hint: expect.stringContaining('npm run models'),
    });
  });

  it('refuses the file of another model', async () => {
    await buildModels({ only: ['person-mask'] });
    await writeFile(path.join(folder(), small.file), await readFile(path.join(folder(), 'person-mask.onnx')));
    await expect(loadModel(small.name)).rejects.toMatchObject({ code: 'model-corrupt' });
  });

  it('notices a file that was cut after it had been verified', async () => {
    await buildModels({ only: [small.name] });
    await loadModel(small.name);
    await writeFile(path.join(folder(), small.file), 'short');
    await expect(loadModel(small.name)).rejects.toMatchObject({ code: 'model-corrupt' });
  });

  it('reports a file that cannot be read', async () => {
    await mkdir(path.join(folder(), small.file));
    await expect(loadModel(small.name)).rejects.toMatchObject({ code: 'model-missing' });
  });

  it('names the known models when asked for another', async () => {
    await expect(loadModel('hand')).rejects.toMatchObject({
      code: 'model-missing',
      hint: expect.stringContaining('hand-landmarks'),
    });
  });
});

describe("the project's own models", () => {
  beforeEach(() => {
    process.env.RETAKE_MODELS = folder();
    forgetVerified();
  });
  const own = readManifest().models.filter(({ conversion }) => conversion === 'kept');

  it('are there, wherever built models lie, and are the bytes that the manifest names', async () => {
    expect(own.map(({ name }) => name)).toContain('retake-lip-sync');
    for (const { name, sha256: hash } of own) {
      expect(sha256(loadKeptModel(name)), name).toBe(hash);
      expect(sha256(await loadModel(name)), name).toBe(hash);
    }
  });

  it('are refused when the file is not the one that the manifest names', () => {
    const entry = own[0];
    const { sha256: right } = entry;
    entry.sha256 = '0'.repeat(64);
    try {
      expect(() => loadKeptModel(entry.name)).toThrow(
        expect.objectContaining({ code: 'model-corrupt', hint: expect.stringContaining('reinstall') }),
      );
    } finally {
      entry.sha256 = right;
    }
  });

  it('are not those that packages bring', () => {
    expect(() => loadKeptModel(small.name)).toThrow(expect.objectContaining({ code: 'model-missing' }));
  });
});

describe('folders', () => {
  it('uses the folder in RETAKE_MODELS alone', () => {
    process.env.RETAKE_MODELS = path.join(folder(), 'own');
    expect(modelsFolder()).toBe(path.join(folder(), 'own'));
    expect(searchFolders()).toEqual([path.join(folder(), 'own')]);
  });

  it('falls back to a cache of the user when the package cannot be written, and looks there', async () => {
    delete process.env.RETAKE_MODELS;
    process.env.XDG_CACHE_HOME = folder();
    // A folder below a plain file can be created by nobody.
    await writeFile(path.join(folder(), 'file'), '');
    const cache = modelsFolder(path.join(folder(), 'file', 'models'));
    expect(path.dirname(cache)).toBe(path.join(folder(), 'retake'));
    expect(searchFolders()).toEqual([PACKAGE_MODELS, cache]);
    expect(modelsFolder()).toBe(PACKAGE_MODELS);
  });

  it('reports a folder that cannot be written', async () => {
    await writeFile(path.join(folder(), 'file'), '');
    const build = buildModels({ only: [small.name], folder: path.join(folder(), 'file', 'models') });
    await expect(build).rejects.toMatchObject({
      code: 'output-unwritable',
      hint: expect.stringContaining('RETAKE_MODELS'),
    });
    await rm(path.join(folder(), 'file'));
  });
});

describe('the manifest', () => {
  const { models } = readManifest();

  it('gives every model its own name and file', () => {
    expect(new Set(models.map(model => model.name)).size).toBe(models.length);
    expect(new Set(models.map(model => model.file)).size).toBe(models.length);
  });

  it('pins the versions that the package depends on, under licences that allow redistribution', async () => {
    const file = await readFile(new URL('../../package.json', import.meta.url), 'utf8');
    const { dependencies } = JSON.parse(file) as { dependencies: Record<string, string> };
    for (const model of models.filter(({ conversion }) => conversion !== 'kept')) {
      expect(dependencies[model.package], model.name).toBe(model.version);
      expect(['Apache-2.0', 'MIT'], model.name).toContain(model.licence);
    }
  });

  it('credits the makers of every model', async () => {
    const notes = await readFile(new URL('../../models/THIRD-PARTY.md', import.meta.url), 'utf8');
    for (const model of models.filter(({ conversion }) => conversion !== 'kept')) {
      const line = notes.split('\n').find(row => row.startsWith(`| \`${model.package}\``));
      expect(line, model.package).toContain(model.name);
      expect(line, model.package).toContain(model.licence);
    }
  });
});
