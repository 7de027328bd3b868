import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { oneLine, RetakeError } from '../errors.ts';

/** Larger steps than the default: films are read whole. */
const CHUNK = 1024 * 1024;

/** sha-256 of a file's bytes, in hexadecimal. Throws `clip-not-found`, `clip-unreadable`. */
export async function hashFile(path: string, signal?: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  try {
    await pipeline(createReadStream(path, { highWaterMark: CHUNK }), hash, { signal });
  } catch (cause) {
    if (signal?.aborted) throw new RetakeError('aborted', 'Stopped before the gate was done.', { cause });
    const { code } = cause as NodeJS.ErrnoException;
    throw code === 'ENOENT'
      ? new RetakeError('clip-not-found', `${oneLine(path)} is not there`, { cause })
      : new RetakeError('clip-unreadable', `${oneLine(path)} cannot be read (${code})`, { cause });
  }
  return hash.digest('hex');
}

export const hashText = (text: string | Uint8Array): string => createHash('sha256').update(text).digest('hex');

export const isFile = (path: string): Promise<boolean> =>
  stat(path).then(
    info => info.isFile(),
    () => false,
  );

/** A small text file. Throws `usage` when it cannot be read or is larger than `most` bytes. */
export async function readSmall(path: string, most = 4 * 1024 * 1024): Promise<string> {
  try {
    const { size } = await stat(path);
    if (size > most) throw new RetakeError('usage', `${oneLine(path)} is larger than ${most} bytes`);
    return await readFile(path, 'utf8');
  } catch (cause) {
    if (cause instanceof RetakeError) throw cause;
    throw new RetakeError('usage', `${oneLine(path)} cannot be read (${(cause as NodeJS.ErrnoException).code})`, {
      cause,
    });
  }
}
