import { readdir, readFile, stat } from 'node:fs/promises';
import { extname, join, resolve } from 'node:path';
import { oneLine, RetakeError } from '../errors.ts';
import type { TakeFacts } from '../takes/take.ts';
import { takeFacts } from '../takes/take.ts';

export interface WatchOptions {
  /** Milliseconds that a file must stay as it is before it counts as whole. */
  settle?: number;
  /** Milliseconds between looks. */
  interval?: number;
  signal: AbortSignal;
  /** A whole file. `stamp` differs when the file is written anew. */
  onClip(clip: { path: string; stamp: string; facts: TakeFacts }): Promise<void>;
  log?(line: string): void;
}

const MEDIA = new Set(['.mp4', '.mov', '.m4v', '.mkv', '.webm', '.avi', '.gif', '.mpg', '.mpeg', '.mxf', '.ts']);
/** Names that programs use while they write: they are renamed when the file is whole. */
const UNFINISHED = /(^[.~])|\.(part|partial|tmp|temp|crdownload|download|filepart)$/i;
const DEEPEST = 16;

/**
 * Looks through a folder again and again until the signal aborts. Looking, rather than being told by the system, also
 * works on network drives, keeps no descriptor open, and misses nothing that came while nobody was watching.
 * Throws `clip-not-found` when the folder is not there.
 */
export async function watchFolder(folder: string, options: WatchOptions): Promise<void> {
  const { settle = 2_000, interval = 1_000, signal, onClip, log } = options;
  const root = resolve(folder);
  const info = await stat(root).catch(() => undefined);
  if (!info?.isDirectory()) throw new RetakeError('clip-not-found', `${oneLine(folder)} is not a folder`);
  const growing = new Map<string, { stamp: string; since: number }>();
  const handled = new Map<string, string>();
  while (!signal.aborted) {
    const started = Date.now();
    const present = new Set<string>();
    const fresh: { since: number }[] = [];
    for await (const path of clipsIn(root, 0)) {
      if (signal.aborted) break;
      present.add(path);
      const file = await stat(path).catch(() => undefined);
      if (!file?.isFile()) continue;
      const stamp = `${file.size}:${Math.round(file.mtimeMs)}`;
      if (handled.get(path) === stamp) continue;
      const last = growing.get(path);
      if (last?.stamp !== stamp) {
        const seen = { stamp, since: started };
        growing.set(path, seen);
        fresh.push(seen);
        continue;
      }
      if (file.size === 0 || started - last.since < settle) continue;
      try {
        await onClip({ path, stamp, facts: await sidecar(path, log) });
        handled.set(path, stamp);
        growing.delete(path);
      } catch (error) {
        // The ledger may be busy: the file is still there at the next look.
        log?.(`${oneLine(path, 160)}: ${oneLine((error as Error).message, 160)}`);
      }
    }
    // What came within one look settles at one later look, in the order of names, never sooner than it may.
    for (const seen of fresh) seen.since = Date.now();
    for (const known of [growing, handled]) for (const path of known.keys()) if (!present.has(path)) known.delete(path);
    // A look never takes more than a tenth of the time, however large the folder.
    await pause(Math.max(interval, (Date.now() - started) * 9), signal);
  }
}

async function* clipsIn(folder: string, depth: number): AsyncGenerator<string> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  // Names sort the way people number their takes, so that a batch is judged in that order.
  entries.sort((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }));
  for (const entry of entries) {
    if (UNFINISHED.test(entry.name)) continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory() && depth < DEEPEST) yield* clipsIn(path, depth + 1);
    else if (entry.isFile() && MEDIA.has(extname(entry.name).toLowerCase())) yield path;
  }
}

/** What `clip.mp4.json` or `clip.json` beside the clip says about it; a file that does not fit is left aside. */
async function sidecar(path: string, log?: (line: string) => void): Promise<TakeFacts> {
  for (const beside of [`${path}.json`, `${path.slice(0, -extname(path).length)}.json`]) {
    const text = await readFile(beside, 'utf8').catch(() => undefined);
    if (text === undefined) continue;
    try {
      return takeFacts.parse(JSON.parse(text));
    } catch {
      log?.(`${oneLine(beside, 160)} does not describe a take: left aside`);
    }
  }
  return {};
}

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise(done => {
    const timer = setTimeout(end, ms);
    function end(): void {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      done();
    }
    signal.addEventListener('abort', end);
    if (signal.aborted) end();
  });
