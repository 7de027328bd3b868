import { randomBytes } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { RetakeError } from '../errors.ts';
import { modelsFolder } from './folders.ts';
import { sha256 } from './hash.ts';
import { type ModelEntry, modelEntry, readManifest } from './manifest.ts';
import { readPackageFiles } from './packages.ts';
import { convertTfjs } from './tfjs/convert.ts';
import { convertTflite } from './tflite/convert.ts';
import { readTflite } from './tflite/reader.ts';

export interface BuildOptions {
  /** Names of the models to build; all of them when absent. */
  only?: readonly string[];
  /** Where to; `modelsFolder()` when absent. */
  folder?: string;
  /** Called after each model. */
  onProgress?: (result: BuildResult) => void;
}

export interface BuildResult {
  name: string;
  file: string;
  bytes: number;
  /** False when the right file was already there. */
  built: boolean;
}

/** A temporary file that old belongs to a build that died. */
const STALE_MILLISECONDS = 60 * 60 * 1000;

/**
 * Builds third-party models from the installed npm packages, without network. Every file is written under another name and renamed when whole,
 * and the same bytes come out every time: builds may run side by side. A file that is already right is left alone.
 * Throws model-missing (package or file not there), model-corrupt (not the pinned contents), output-unwritable or output-full.
 */
export async function buildModels(options: BuildOptions = {}): Promise<BuildResult[]> {
  const folder = options.folder ?? modelsFolder();
  const entries = options.only?.map(modelEntry) ?? readManifest().models;
  await writable(folder, () => mkdir(folder, { recursive: true }));
  await removeStale(folder);
  const results: BuildResult[] = [];
  for (const entry of entries) {
    if (entry.conversion === 'kept') continue;
    const file = path.join(folder, entry.file);
    const built = !(await isRight(file, entry));
    if (built) await writeAtomically(file, await checkedConversion(entry));
    const result = { name: entry.name, file, bytes: entry.bytes, built };
    results.push(result);
    options.onProgress?.(result);
  }
  return results;
}

/** Converts a model in memory from verified sources; the result is not checked. `check: false` accepts any source, for pinning new ones. */
export async function convertModel(entry: ModelEntry, check = true): Promise<Uint8Array> {
  const [first, second] = await readPackageFiles(entry, check);
  const { name } = entry;
  const inputs = entry.inputs.map(input => input.name);
  const outputs = entry.outputs.map(output => ({
    name: output.name,
    from: output.from ?? output.name,
    shape: output.shape.map(Number),
  }));
  switch (entry.conversion) {
    case 'tflite': {
      const anySize = entry.inputs[0].shape.some(length => typeof length === 'string');
      return convertTflite(readTflite(first), { name, inputs, outputs, anySize });
    }
    case 'tfjs':
      return convertTfjs(first, second, { name, input: inputs[0], outputs });
    default:
      return first;
  }
}

async function checkedConversion(entry: ModelEntry): Promise<Uint8Array> {
  const bytes = await convertModel(entry);
  if (sha256(bytes) !== entry.sha256) {
    throw new RetakeError('model-corrupt', `building ${entry.name} did not give the file that the manifest names`, {
      hint: 'install the exact dependencies of the lock file (npm ci) and build again',
    });
  }
  return bytes;
}

async function isRight(file: string, entry: ModelEntry): Promise<boolean> {
  try {
    return sha256(await readFile(file)) === entry.sha256;
  } catch {
    return false;
  }
}

async function writeAtomically(file: string, bytes: Uint8Array): Promise<void> {
  const temporary = `${file.replace(/\.onnx$/, '')}.tmp-${process.pid}-${randomBytes(4).toString('hex')}`;
  await writable(file, async () => {
    try {
      const handle = await open(temporary, 'wx');
      try {
        await handle.writeFile(bytes);
        await handle.sync();
      } finally {
        await handle.close();
      }
      await rename(temporary, file);
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
  });
}

async function writable<Result>(target: string, act: () => Promise<Result>): Promise<Result> {
  try {
    return await act();
  } catch (cause) {
    const full = (cause as NodeJS.ErrnoException).code === 'ENOSPC';
    throw new RetakeError(full ? 'output-full' : 'output-unwritable', `models cannot be written to ${target}`, {
      hint: full ? 'free some space' : 'set RETAKE_MODELS to a folder that can be written',
      cause,
    });
  }
}

async function removeStale(folder: string): Promise<void> {
  const names = await readdir(folder);
  for (const name of names.filter(candidate => /\.tmp-\d+-[0-9a-f]{8}$/.test(candidate))) {
    const file = path.join(folder, name);
    const age = await stat(file).then(
      info => Date.now() - info.mtimeMs,
      () => 0,
    );
    if (age > STALE_MILLISECONDS) await rm(file, { force: true });
  }
}
