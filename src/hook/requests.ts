import { realpath, stat } from 'node:fs/promises';
import { isAbsolute, resolve, sep } from 'node:path';
import type { Context } from 'hono';
import { type ErrorCode, oneLine, RetakeError } from '../errors.ts';

/** HTTP status of an error, by code. What is not listed is our own failure. */
const STATUS: Partial<Record<ErrorCode, number>> = {
  usage: 400,
  'policy-invalid': 400,
  'clip-not-found': 404,
  'clip-not-media': 415,
  'clip-empty': 400,
  'clip-too-large': 413,
  'download-failed': 400,
  refused: 403,
  'timed-out': 408,
  'output-full': 507,
};

export const statusOf = (error: RetakeError): number => STATUS[error.code] ?? 500;

/**
 * The body of a request as text, at most `limit` bytes, within `seconds`: a sender that drips is let go. Throws
 * `clip-too-large` and `timed-out`.
 */
export async function readBody(context: Context, limit: number, seconds: number): Promise<string> {
  const announced = Number(context.req.header('content-length') ?? 0);
  if (announced > limit) throw new RetakeError('clip-too-large', `the body is larger than ${limit} bytes`);
  const body = context.req.raw.body;
  if (body === null) return '';
  const reader = body.getReader();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new RetakeError('timed-out', `the body took longer than ${seconds} s`)),
      seconds * 1000,
    );
  });
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for (;;) {
      const { done, value } = await Promise.race([reader.read(), late]);
      if (done) break;
      size += value.length;
      if (size > limit) throw new RetakeError('clip-too-large', `the body is larger than ${limit} bytes`);
      chunks.push(value);
    }
  } catch (error) {
    void reader.cancel().catch(() => undefined);
    if (error instanceof RetakeError) throw error;
    throw new RetakeError('usage', 'the body ended early', { cause: error });
  } finally {
    clearTimeout(timer);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** A JSON body; throws `usage` when it is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new RetakeError('usage', 'the body is not JSON', { cause: error });
  }
}

/**
 * The real path of a clip that a caller named. It must be a plain file below one of the roots, links followed: a name
 * that leads elsewhere is refused in the same words as one that does not exist, so that nobody can feel around.
 */
export async function pathBelow(roots: readonly string[], path: string): Promise<string> {
  const refuse = () =>
    new RetakeError('refused', 'the path is not a file below the permitted folders', {
      hint: 'List the folder under `roots`.',
    });
  if (path.includes('\0') || roots.length === 0) throw refuse();
  for (const root of roots) {
    const candidate = isAbsolute(path) ? path : resolve(root, path);
    try {
      const [real, base] = await Promise.all([realpath(candidate), realpath(root)]);
      if (!real.startsWith(base.endsWith(sep) ? base : base + sep)) continue;
      if ((await stat(real)).isFile()) return real;
    } catch {
      // Not below this root, or not there.
    }
  }
  throw refuse();
}

/** Names under which a loopback server may be addressed: anything else is a page that had its name pointed here. */
export function isLoopbackHost(header: string | undefined): boolean {
  const host = (header ?? '').replace(/:\d+$/, '').replace(/^\[|\]$/g, '');
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}

export const errorBody = (error: RetakeError) => ({
  error: { code: error.code, message: oneLine(error.message), ...(error.hint && { hint: error.hint }) },
});
