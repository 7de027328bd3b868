import { randomBytes } from 'node:crypto';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, extname } from 'node:path';
import { oneLine, RetakeError } from '../errors.ts';

/**
 * Writes a whole file or none: an interrupted or failed run leaves the earlier version. `fs.writeFile` to a neighbour and
 * a rename, because write-file-atomic 7 takes a short write on a full disk for success.
 * @throws RetakeError `output-full`, `output-unwritable`
 */
export async function writeOutput(path: string, content: string | Uint8Array): Promise<void> {
  const draft = `${path}.${process.pid}-${randomBytes(4).toString('hex')}.tmp`;
  try {
    await mkdir(dirname(path), { recursive: true });
    const file = await open(draft, 'wx');
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(draft, path);
  } catch (thrown) {
    await rm(draft, { force: true }).catch(() => {});
    throw outputError(path, thrown as NodeJS.ErrnoException);
  }
}

/** Names what went wrong with an output in words that a person can act on. */
export function outputError(path: string, cause: NodeJS.ErrnoException): RetakeError {
  const full = cause.code === 'ENOSPC' || cause.code === 'EDQUOT' || cause.code === 'EFBIG';
  return full
    ? new RetakeError('output-full', `${oneLine(path)}: no space left to write it`, {
        hint: 'Free some space or choose another --out.',
        cause,
      })
    : new RetakeError('output-unwritable', `${oneLine(path)}: cannot be written (${cause.code ?? cause.message})`, {
        hint: 'Choose a folder that you may write to with --out.',
        cause,
      });
}

/** Folder name for a clip's report: readable, safe on every file system, unlike any other clip's. */
export function reportFolderName(clipPath: string, sha256: string): string {
  const name = basename(clipPath, extname(clipPath))
    .normalize('NFKD')
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[-.]+|[-.]+$/g, '');
  return `${name.slice(0, 60) || 'clip'}-${sha256.slice(0, 8)}`;
}
