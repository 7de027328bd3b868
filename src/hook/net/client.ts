import type { LookupFunction } from 'node:net';
import { Agent, type Dispatcher, request } from 'undici';
import { oneLine, RetakeError } from '../../errors.ts';
import { type AddressPolicy, checkUrl, isTrusted, resolvePublic, systemResolve } from './address.ts';

export interface ClientOptions extends AddressPolicy {
  /** Redirects that are followed before giving up. */
  redirects?: number;
  /** Milliseconds to the connection and to the first byte of an answer. */
  patience?: number;
}

export interface Ask {
  method?: 'GET' | 'POST';
  headers?: Record<string, string>;
  body?: string;
  signal?: AbortSignal;
}

export interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: Dispatcher.ResponseData['body'];
  /** Where it was found after redirects. */
  url: URL;
}

/** Bytes of JSON or text that an answer may have. */
const TEXT_LIMIT = 4 * 1024 * 1024;
/** Dropped when a redirect leaves the origin that they were meant for. */
const SECRET_HEADERS = /^(authorization|cookie|proxy-authorization|x-api-key|x-goog-api-key|webhook-.*)$/i;

/**
 * HTTP for addresses that strangers name. A connection is made only to an address that was checked, and to that very
 * address: resolving and connecting are one step, so a name that changes in between gains nothing. Redirects are
 * followed one by one under the same rules. Throws `refused`, `aborted` or `download-failed`.
 */
export class GuardedClient {
  readonly #options: ClientOptions;
  readonly #guarded: Agent;
  readonly #trusted: Agent;

  constructor(options: ClientOptions = {}) {
    this.#options = options;
    const { patience = 30_000 } = options;
    const timeouts = { headersTimeout: patience, bodyTimeout: patience, keepAliveTimeout: 4_000, connections: 16 };
    const resolve = options.resolve ?? systemResolve;
    this.#guarded = new Agent({
      ...timeouts,
      connect: { timeout: patience, lookup: lookupWith(host => resolvePublic(host, options)) },
    });
    this.#trusted = new Agent({ ...timeouts, connect: { timeout: patience, lookup: lookupWith(resolve) } });
  }

  /** The answer with its body unread: the caller must read or destroy it. */
  async ask(address: string | URL, ask: Ask = {}): Promise<Answer> {
    let url = checkUrl(address, this.#options);
    let headers = ask.headers ?? {};
    for (let hops = 0; ; hops++) {
      const answer = await this.#once(url, { ...ask, headers });
      const location = answer.headers.location;
      if (answer.status < 300 || answer.status >= 400 || typeof location !== 'string') return answer;
      await answer.body.dump({ limit: 65_536 }).catch(() => undefined);
      if (ask.method === 'POST') throw new RetakeError('refused', `${url.origin} answers a POST with a redirect`);
      if (hops >= (this.#options.redirects ?? 5))
        throw new RetakeError('refused', `${url.origin} redirects without end`);
      const next = checkUrl(new URL(location, url), this.#options);
      if (next.origin !== url.origin) {
        headers = Object.fromEntries(Object.entries(headers).filter(([name]) => !SECRET_HEADERS.test(name)));
      }
      url = next;
    }
  }

  async #once(url: URL, { method = 'GET', headers, body, signal }: Ask): Promise<Answer> {
    const dispatcher = isTrusted(url, this.#options) ? this.#trusted : this.#guarded;
    try {
      const answer = await request(url, { method, headers, body, signal, dispatcher });
      return { status: answer.statusCode, headers: answer.headers, body: answer.body, url };
    } catch (error) {
      throw netError(error, url, signal);
    }
  }

  /** Status and body of an answer of at most 4 MiB; `json` is undefined when the body is none. */
  async text(address: string | URL, ask: Ask = {}): Promise<{ status: number; text: string; json: unknown }> {
    const answer = await this.ask(address, { ...ask, headers: { accept: 'application/json', ...ask.headers } });
    const chunks: Buffer[] = [];
    let size = 0;
    try {
      for await (const chunk of answer.body as AsyncIterable<Buffer>) {
        size += chunk.length;
        if (size > TEXT_LIMIT) throw new RetakeError('refused', `${answer.url.origin} answers with more than 4 MiB`);
        chunks.push(chunk);
      }
    } catch (error) {
      throw netError(error, answer.url, ask.signal);
    }
    const text = Buffer.concat(chunks).toString('utf8');
    let json: unknown;
    try {
      json = JSON.parse(text);
    } catch {
      json = undefined;
    }
    return { status: answer.status, text, json };
  }

  async close(): Promise<void> {
    await Promise.all([this.#guarded.destroy(), this.#trusted.destroy()]);
  }
}

function lookupWith(resolve: (host: string) => Promise<{ address: string; family: 4 | 6 }[]>): LookupFunction {
  return (host, options, done) => {
    resolve(host).then(
      addresses => {
        if (options.all === true) done(null, addresses);
        else done(null, addresses[0]!.address, addresses[0]!.family);
      },
      error => done(error as NodeJS.ErrnoException, '', 4),
    );
  };
}

/** What went wrong on the wire, by code: our own refusals pass through whatever wrapped them. */
export function netError(error: unknown, url: URL, signal?: AbortSignal): RetakeError {
  for (let cause = error; cause instanceof Error; cause = cause.cause) if (cause instanceof RetakeError) return cause;
  if (signal?.aborted === true) {
    if (signal.reason instanceof RetakeError) return signal.reason;
    return new RetakeError('aborted', `stopped while talking to ${url.origin}`, { cause: error });
  }
  const { message = String(error), code } = (error ?? {}) as { message?: string; code?: string };
  return new RetakeError('download-failed', `${url.origin}: ${oneLine(message || code || 'no connection', 160)}`, {
    cause: error,
  });
}
