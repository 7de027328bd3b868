import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { asRetakeError } from '../errors.ts';
import { buildModels, convertModel } from './build.ts';
import { modelsFolder, usesCache } from './folders.ts';
import { sha256 } from './hash.ts';
import { MANIFEST_FILE, PACKAGE_MODELS, readManifest } from './manifest.ts';
import { readPackageFiles } from './packages.ts';

/**
 * `npm run models [-- name …]`: builds what is missing. `--pin` rewrites the hashes in the manifest, of all models or those
 * named, from what is installed, for whoever changes a model or the converter.
 */
async function main(args: string[]): Promise<void> {
  const only = args.filter(arg => !arg.startsWith('-'));
  if (args.includes('--pin')) return pin(only);
  if (usesCache()) console.log(`the package's folder cannot be written; models go to ${modelsFolder()}`);
  const results = await buildModels({
    only: only.length > 0 ? only : undefined,
    onProgress: ({ name, bytes, built }) => {
      if (built) console.log(`${name.padEnd(22)} ${(bytes / 1e6).toFixed(1).padStart(5)} MB`);
    },
  });
  if (results.every(result => !result.built)) console.log(`all ${results.length} models are in place`);
}

const fingerprint = (bytes: Uint8Array) => ({ sha256: sha256(bytes), bytes: bytes.length });

async function pin(only: readonly string[]): Promise<void> {
  const manifest = structuredClone(readManifest());
  for (const entry of manifest.models.filter(({ name }) => only.length === 0 || only.includes(name))) {
    if (entry.conversion === 'kept') {
      Object.assign(entry, fingerprint(await readFile(path.join(PACKAGE_MODELS, entry.file))));
      continue;
    }
    const sources = await readPackageFiles(entry, false);
    entry.sources.forEach((source, i) => {
      source.sha256 = sha256(sources[i]);
    });
    Object.assign(entry, fingerprint(await convertModel(entry, false)));
  }
  await writeFile(MANIFEST_FILE, `${JSON.stringify(manifest, null, 2)}\n`);
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  main(process.argv.slice(2)).catch((thrown: unknown) => {
    const { message, hint } = asRetakeError(thrown);
    console.error(hint === undefined ? message : `${message}\n${hint}`);
    process.exitCode = 1;
  });
}
