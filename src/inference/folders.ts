import { accessSync, constants, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { sha256 } from './hash.ts';
import { MANIFEST_FILE, PACKAGE_MODELS } from './manifest.ts';

/**
 * Where built models are written: `RETAKE_MODELS` when set, the package's own `models/` when it can be written, else a cache of the user's.
 * The folder need not exist yet.
 */
export function modelsFolder(packageModels = PACKAGE_MODELS): string {
  const chosen = process.env.RETAKE_MODELS;
  if (chosen) return path.resolve(chosen);
  return canWrite(packageModels) ? packageModels : cacheFolder();
}

/** Where a model may lie, in the order of looking. */
export function searchFolders(): string[] {
  const chosen = process.env.RETAKE_MODELS;
  return chosen ? [path.resolve(chosen)] : [PACKAGE_MODELS, cacheFolder()];
}

/** True when models have to go to the user's cache because the package's folder cannot be written. */
export const usesCache = (): boolean => modelsFolder() === cacheFolder();

/** A cache per manifest, so that two versions of Retake on one machine do not overwrite each other's models. */
function cacheFolder(): string {
  const home = process.env.XDG_CACHE_HOME || path.join(homedir(), '.cache');
  const version = existsSync(MANIFEST_FILE) ? sha256(readFileSync(MANIFEST_FILE)).slice(0, 12) : 'unknown';
  return path.join(home, 'retake', `models-${version}`);
}

function canWrite(folder: string): boolean {
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
