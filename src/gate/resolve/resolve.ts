import { resolve as absolute, dirname } from 'node:path';
import { oneLine, RetakeError } from '../../errors.ts';
import type { Take } from '../../takes/take.ts';
import type { SourceName } from '../timeline/timeline.ts';
import type { KnownMedia, MediaLibrary } from './library.ts';

/** Which take a source is, or why that cannot be said. */
export type Resolution =
  | { status: 'found'; by: 'bytes' | 'name' | 'reel' | 'fingerprint'; sha256: string; path: string; takes: Take[] }
  /** The file is there and nothing is known of its bytes. */
  | { status: 'unknown'; sha256: string; path: string; takes: Take[] }
  | { status: 'missing' | 'changed' | 'ambiguous'; message: string };

/**
 * Finds a source's take: by the bytes of the file that the timeline names, else (when that file is not here) by its
 * name, else by its reel. A name is believed only when the bytes of the take that it leads to are still those that are
 * known; a file that goes by a known take's name with other bytes has been changed.
 * @param folder where the timeline lies: relative paths begin there
 */
export async function resolveSource(source: SourceName, library: MediaLibrary, folder: string): Promise<Resolution> {
  const path = await fileOf(source, library, folder);
  if (path !== null) {
    const sha256 = await library.hash(path);
    const entry = library.known(sha256);
    if (entry) return { status: 'found', by: 'bytes', sha256, path, takes: entry.takes };
    const [namesake] = library.named(baseOf(source));
    if (namesake)
      return changed(
        `${oneLine(source.name)} has changed: ${oneLine(path)} has the bytes ${short(sha256)}, the judged take had ${short(namesake.sha256)}.`,
      );
    return { status: 'unknown', sha256, path, takes: [] };
  }
  const marked = source.sha256 ? library.known(source.sha256) : undefined;
  if (marked) return settle([marked], 'bytes', source, library);
  const names = unique([...library.named(baseOf(source)), ...library.named(source.name)]);
  if (names.length > 0) return settle(names, 'name', source, library);
  const reels = source.reel ? library.onReel(source.reel) : [];
  if (reels.length > 0) return settle(reels, 'reel', source, library);
  const where = source.path ? ` (the timeline says ${oneLine(source.path)})` : '';
  return {
    status: 'missing',
    message: `${oneLine(source.name) || 'A clip'} is missing: no file and no take goes by this name${where}.`,
  };
}

const baseOf = (source: SourceName): string => (source.path ?? source.name).split(/[\\/]/).pop() ?? source.name;
const short = (sha256: string): string => `${sha256.slice(0, 12)}…`;
const changed = (message: string): Resolution => ({ status: 'changed', message });
const unique = (entries: KnownMedia[]): KnownMedia[] => [...new Set(entries)];

/** The file that the timeline names, or the one file of its name in the media folders. */
async function fileOf(source: SourceName, library: MediaLibrary, folder: string): Promise<string | null> {
  if (source.path) {
    const path = absolute(folder, source.path);
    if (await library.readable(path)) return path;
  }
  const files = await library.filesNamed(baseOf(source));
  const hashes = new Map<string, string>();
  for (const file of files) hashes.set(await library.hash(file), file);
  if (hashes.size > 1)
    throw new RetakeError(
      'usage',
      `${oneLine(source.name)} is in the media folders more than once, with different bytes`,
      {
        hint: `Leave out all but one of ${files.map(file => oneLine(dirname(file))).join(', ')}.`,
      },
    );
  return files[0] ?? null;
}

/** One set of bytes, still where it was judged. */
async function settle(
  entries: KnownMedia[],
  by: 'bytes' | 'name' | 'reel',
  source: SourceName,
  library: MediaLibrary,
): Promise<Resolution> {
  const shown = oneLine(source.name) || oneLine(source.reel ?? 'a clip');
  if (entries.length > 1) {
    const list = entries.map(({ sha256 }) => short(sha256)).join(', ');
    return {
      status: 'ambiguous',
      message: `${shown} is ambiguous: ${entries.length} takes go by this ${by === 'reel' ? 'reel' : 'name'} (${list}).`,
    };
  }
  const [entry] = entries;
  const place = await library.locate(entry);
  if (place === null) {
    const known = [...entry.paths][0];
    return {
      status: 'missing',
      message: `${shown} is missing: the take's file ${known ? oneLine(known) : short(entry.sha256)} is not there.`,
    };
  }
  if (place.sha256 !== entry.sha256)
    return changed(
      `${shown} has changed: ${oneLine(place.path)} has the bytes ${short(place.sha256)}, the judged take had ${short(entry.sha256)}.`,
    );
  return { status: 'found', by, sha256: entry.sha256, path: place.path, takes: entry.takes };
}
