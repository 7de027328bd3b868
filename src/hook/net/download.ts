import { createHash, randomUUID } from 'node:crypto';
import { createWriteStream, type WriteStream } from 'node:fs';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { oneLine, RetakeError } from '../../errors.ts';
import type { ClipFile } from '../../takes/ledger.ts';
import { type Answer, type GuardedClient, netError } from './client.ts';

export interface ReceiveLimits {
  /** Largest clip in bytes. */
  bytes: number;
  /** Seconds that the whole transfer may take. */
  seconds: number;
  /** Seconds over which the sender must reach `rate`; also the longest silence. */
  stall: number;
  /** Least bytes per second over `stall` seconds. */
  rate: number;
}

/** 2 GiB, half an hour, and no slower than an old modem. */
export const defaultLimits: ReceiveLimits = { bytes: 2 * 1024 ** 3, seconds: 1800, stall: 20, rate: 4096 };

/** Beginnings of files that unpack to something else: never a clip, and possibly a bomb. */
const ARCHIVES: [string, string][] = [
  ['504b0304', 'a zip archive'],
  ['504b0506', 'a zip archive'],
  ['1f8b', 'a gzip archive'],
  ['425a68', 'a bzip2 archive'],
  ['fd377a585a00', 'an xz archive'],
  ['28b52ffd', 'a zstd archive'],
  ['377abcaf271c', 'a 7z archive'],
  ['526172211a07', 'a rar archive'],
];

/**
 * Writes a stream into the clip store, named after its sha-256 (`ab/abcdef….ext`): a file is there whole or not at all.
 * `expected` is the announced length. Throws `clip-too-large`, `clip-empty`, `refused`, `download-failed`, `output-full`.
 */
export async function receive(
  body: Readable,
  store: string,
  options: { limits?: Partial<ReceiveLimits>; expected?: number; extension?: string; signal?: AbortSignal } = {},
): Promise<ClipFile> {
  const limits = { ...defaultLimits, ...options.limits };
  // A body that fails before anything reads it must not take the process with it: the pipeline sees the failure later.
  body.on('error', () => undefined);
  if (options.expected !== undefined && options.expected > limits.bytes) {
    body.destroy();
    throw tooLarge(limits);
  }
  const incoming = join(store, 'incoming');
  await mkdir(incoming, { recursive: true });
  const temporary = join(incoming, `${process.pid}-${randomUUID()}.part`);
  const hash = createHash('sha256');
  let bytes = 0;
  let window = 0;
  const meter = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      if (bytes === 0) {
        const archive = ARCHIVES.find(([magic]) => chunk.subarray(0, magic.length / 2).toString('hex') === magic);
        if (archive !== undefined) return done(new RetakeError('refused', `this is ${archive[1]}, not a clip`));
      }
      bytes += chunk.length;
      window += chunk.length;
      if (bytes > limits.bytes) return done(tooLarge(limits));
      hash.update(chunk);
      done(null, chunk);
    },
  });
  const fail = (message: string) => meter.destroy(new RetakeError('download-failed', message));
  const deadline = setTimeout(() => fail(`not there after ${limits.seconds} s`), limits.seconds * 1000);
  const pace = setInterval(() => {
    if (window < limits.rate * limits.stall) fail(`slower than ${limits.rate} bytes per second`);
    window = 0;
  }, limits.stall * 1000);
  const file = createWriteStream(temporary, { flags: 'wx', mode: 0o600 });
  try {
    await pipeline(body, meter, file, { signal: options.signal });
    if (bytes === 0) throw new RetakeError('download-failed', 'the body is empty');
    if (options.expected !== undefined && bytes !== options.expected) {
      throw new RetakeError('download-failed', `${bytes} bytes came, ${options.expected} were announced`);
    }
    const sha256 = hash.digest('hex');
    const folder = join(store, sha256.slice(0, 2));
    await mkdir(folder, { recursive: true });
    const path = join(folder, `${sha256}${options.extension ?? '.mp4'}`);
    await rename(temporary, path);
    return { sha256, bytes, path };
  } catch (error) {
    await gone(file);
    await rm(temporary, { force: true });
    throw storeError(error, options.signal);
  } finally {
    clearTimeout(deadline);
    clearInterval(pace);
  }
}

/** Waits until a file that is being written is closed: one that is still being opened would come to be after its removal. */
async function gone(file: WriteStream): Promise<void> {
  file.on('error', () => undefined).destroy();
  if (!file.closed) await new Promise<void>(closed => file.once('close', () => closed()));
}

/** Fetches a clip into the store. Throws what {@link receive} and the client throw; `download-failed` on a bad status. */
export async function download(
  client: GuardedClient,
  address: string,
  store: string,
  options: { headers?: Record<string, string>; limits?: Partial<ReceiveLimits>; signal?: AbortSignal } = {},
): Promise<ClipFile> {
  // Compressed transfer gains nothing on video and lets a small body grow without bound: it is asked not to be used.
  const headers = { 'accept-encoding': 'identity', ...options.headers };
  const answer = await client.ask(address, { headers, signal: options.signal });
  const refuse = async (error: RetakeError): Promise<never> => {
    answer.body.on('error', () => undefined).destroy();
    throw error;
  };
  if (answer.status !== 200) {
    return refuse(new RetakeError('download-failed', `${answer.url.origin} answers ${answer.status} for the clip`));
  }
  const encoding = single(answer, 'content-encoding');
  if (encoding !== undefined && encoding !== 'identity') {
    return refuse(
      new RetakeError('refused', `${answer.url.origin} sends the clip compressed (${oneLine(encoding, 40)})`),
    );
  }
  const type = single(answer, 'content-type') ?? '';
  if (/^(text\/|application\/(json|xml|xhtml))/i.test(type)) {
    return refuse(
      new RetakeError('download-failed', `${answer.url.origin} sends ${oneLine(type, 40)} instead of a clip`),
    );
  }
  const length = single(answer, 'content-length');
  const expected = length !== undefined && /^\d{1,15}$/.test(length) ? Number(length) : undefined;
  try {
    return await receive(answer.body, store, {
      ...options,
      expected,
      extension: extensionOf(answer.url.pathname, type),
    });
  } catch (error) {
    throw netError(error, answer.url, options.signal);
  }
}

const EXTENSIONS = ['.mp4', '.mov', '.webm', '.mkv', '.gif', '.avi', '.m4v', '.mpg', '.mxf', '.ts'];

/** A file name ending that is certain to be one of ours: from the address, else from the type, else `.mp4`. */
export function extensionOf(name: string, type = ''): string {
  const ending = /\.[a-z0-9]{2,4}$/i.exec(name)?.[0].toLowerCase();
  if (ending !== undefined && EXTENSIONS.includes(ending)) return ending;
  const subtype = /^(?:video|image)\/([a-z0-9-]+)/i.exec(type)?.[1]?.toLowerCase();
  if (subtype === 'quicktime') return '.mov';
  if (subtype === 'x-matroska') return '.mkv';
  return EXTENSIONS.includes(`.${subtype}`) ? `.${subtype}` : '.mp4';
}

/** True when the stored file still has the length it had. */
export const stillThere = (file: ClipFile): Promise<boolean> =>
  stat(file.path).then(
    info => info.isFile() && info.size === file.bytes,
    () => false,
  );

/** Throws away what crashed transfers left behind: parts older than a day. */
export async function sweep(store: string, now = Date.now()): Promise<void> {
  const { readdir } = await import('node:fs/promises');
  const incoming = join(store, 'incoming');
  for (const name of await readdir(incoming).catch(() => [])) {
    const path = join(incoming, name);
    const info = await stat(path).catch(() => undefined);
    if (info !== undefined && now - info.mtimeMs > 86_400_000) await rm(path, { force: true });
  }
}

const single = (answer: Answer, name: string): string | undefined => {
  const value = answer.headers[name];
  return Array.isArray(value) ? value[0] : value;
};

const tooLarge = (limits: ReceiveLimits): RetakeError =>
  new RetakeError('clip-too-large', `the clip is larger than ${limits.bytes} bytes`, { hint: 'Raise limits.bytes.' });

function storeError(error: unknown, signal?: AbortSignal): RetakeError {
  if (error instanceof RetakeError) return error;
  if (signal?.aborted === true) {
    return signal.reason instanceof RetakeError
      ? signal.reason
      : new RetakeError('aborted', 'the transfer was stopped');
  }
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new RetakeError('output-full', 'no space left for clips', { cause: error });
  }
  if (code === 'EACCES' || code === 'EROFS' || code === 'EPERM') {
    return new RetakeError('output-unwritable', oneLine(message), { cause: error });
  }
  return new RetakeError('download-failed', oneLine(message || 'the body ended early'), { cause: error });
}
