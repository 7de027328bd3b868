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
    refused = new RetakeError('model-corrupt', `the model ${entry.name} is damaged or of another version: ${file}`, {
      hint: hintFor(entry),
    });
  }
  throw (
    refused ??
    new RetakeError('model-missing', `the model ${entry.name} is not there (${entry.file})`, { hint: hintFor(entry) })
  );
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

const hintFor = (entry: ModelEntry): string =>
  entry.conversion === 'kept' ? 'reinstall retake: this file belongs to the package' : BUILD_HINT;
