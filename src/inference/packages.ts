import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { RetakeError } from '../errors.ts';
import { sha256 } from './hash.ts';
import type { ModelEntry, ModelSource } from './manifest.ts';

const HINT = 'install the exact dependencies of the lock file (npm ci) and build again';

/** The source files of a model, verified. Throws model-missing or model-corrupt. */
export async function readPackageFiles(entry: ModelEntry, check = true): Promise<Uint8Array[]> {
  const root = packageFolder(entry.package);
  const { version } = JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8')) as { version: string };
  if (version !== entry.version) {
    throw new RetakeError(
      'model-corrupt',
      `${entry.name} is made from ${entry.package} ${entry.version}, but ${version} is installed`,
      { hint: HINT },
    );
  }
  return Promise.all(entry.sources.map(source => readSource(root, entry, source, check)));
}

/**
 * Where a package lies, seen from this file: next to it, or hoisted above it when Retake is itself a dependency. Looks for the folder
 * because packages with an `exports` map do not let their files be resolved.
 */
function packageFolder(name: string): string {
  const places = createRequire(import.meta.url).resolve.paths(name) ?? [];
  const found = places
    .map(place => path.join(place, name))
    .find(folder => existsSync(path.join(folder, 'package.json')));
  if (found !== undefined) return found;
  throw new RetakeError('model-missing', `the package ${name}, which carries model weights, is not installed`, {
    hint: HINT,
  });
}

async function readSource(root: string, entry: ModelEntry, source: ModelSource, check: boolean): Promise<Uint8Array> {
  let whole: Uint8Array;
  try {
    whole = await readFile(path.join(root, source.file));
  } catch (cause) {
    throw new RetakeError('model-missing', `${entry.package} has no ${source.file}`, { hint: HINT, cause });
  }
  const bytes = whole.subarray(source.start ?? 0, source.end ?? whole.length);
  if (check && sha256(bytes) !== source.sha256) {
    throw new RetakeError('model-corrupt', `${source.file} of ${entry.package} is not the pinned file`, { hint: HINT });
  }
  return bytes;
}
