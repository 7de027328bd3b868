import { mkdir } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { oneLine, RetakeError } from '../errors.ts';

/** Writes a whole file or none: an interrupted run leaves the earlier version. Throws `output-full`, `output-unwritable`. */
export async function writeOutput(
  path: string,
  content: string | Uint8Array,
  write: (path: string, content: string | Buffer) => Promise<unknown> = writeFileAtomic,
): Promise<void> {
  try {
    await mkdir(join(path, '..'), { recursive: true });
    await write(path, typeof content === 'string' ? content : Buffer.from(content));
  } catch (thrown) {
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
