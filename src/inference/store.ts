import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { RetakeError } from '../errors.ts';
import { searchFolders } from './folders.ts';
import { sha256 } from './hash.ts';
import { type ModelEntry, modelEntry, PACKAGE_MODELS } from './manifest.ts';

export { type BuildOptions, type BuildResult, buildModels } from './build.ts';
export { modelsFolder } from './folders.ts';
export { type ModelEntry, modelEntry, readManifest } from './manifest.ts';

export const BUILD_HINT = 'run `npm run models` in the folder where retake is installed; it works offline';

/** Paths whose contents were verified, with the hash that they had; a process checks each file once. */
const verified = new Map<string, string>();

/**
 * The bytes of a model, verified against the manifest.
 * Throws model-missing when it was not built, model-corrupt when the file is not what the manifest says; both hints name the command.
 */
export async function loadModel(name: string): Promise<Uint8Array> {
  const entry = modelEntry(name);
  let refused: RetakeError | undefined;
  for (const file of candidates(entry)) {
    const bytes = await readIfThere(file, entry);
    if (bytes === undefined) continue;
    if (matches(file, bytes, entry)) return bytes;
    refused = corrupt(entry, file);
  }
  throw (
    refused ??
    new RetakeError('model-missing', `the model ${entry.name} is not there (${entry.file})`, { hint: hintFor(entry) })
  );
}

/**
 * The bytes of one of the project's own models, verified like any other, at once: for models that plain code runs.
 * Throws model-missing (not there, or none of the project's own) or model-corrupt.
 */
export function loadKeptModel(name: string): Uint8Array {
  const entry = modelEntry(name);
  if (entry.conversion !== 'kept')
    throw new RetakeError('model-missing', `${name} is built from a package: it is none of the project's own models`);
  const [file] = candidates(entry);
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(file);
  } catch (cause) {
    throw new RetakeError('model-missing', `the model ${name} cannot be read: ${file}`, {
      hint: hintFor(entry),
      cause,
    });
  }
  if (!matches(file, bytes, entry)) throw corrupt(entry, file);
  return bytes;
}

/** The sha-256 of each model's file as the manifest fixes it, for the report. */
export function modelHashes(names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.map(name => [name, modelEntry(name).sha256]));
}

/** Forgets what was verified; the next load reads and checks again. */
export function forgetVerified(): void {
  verified.clear();
}

/** The project's own models lie in the package whatever folder the built ones are in. */
function candidates(entry: ModelEntry): string[] {
  const folders = entry.conversion === 'kept' ? [PACKAGE_MODELS] : searchFolders();
  return folders.map(folder => path.join(folder, entry.file));
}

async function readIfThere(file: string, entry: ModelEntry): Promise<Uint8Array | undefined> {
  try {
    return await readFile(file);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new RetakeError('model-missing', `the model ${entry.name} cannot be read: ${file}`, {
      hint: hintFor(entry),
      cause,
    });
  }
}

function matches(file: string, bytes: Uint8Array, entry: ModelEntry): boolean {
  if (verified.get(file) === entry.sha256 && bytes.length === entry.bytes) return true;
  if (sha256(bytes) !== entry.sha256) return false;
  verified.set(file, entry.sha256);
  return true;
}

const corrupt = (entry: ModelEntry, file: string): RetakeError =>
  new RetakeError('model-corrupt', `the model ${entry.name} is damaged or of another version: ${file}`, {
    hint: hintFor(entry),
  });

const hintFor = (entry: ModelEntry): string =>
  entry.conversion === 'kept' ? 'reinstall retake: this file belongs to the package' : BUILD_HINT;
