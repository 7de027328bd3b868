import { oneLine, RetakeError } from '../../errors.ts';
import type { GuardedClient } from '../net/client.ts';
import type { ProviderSettings } from './settings.ts';

/** What every adapter is made with. */
export interface ProviderContext {
  id: string;
  settings: ProviderSettings;
  client: GuardedClient;
  /** Reads a secret by the name of its environment variable. */
  secret(name: string | undefined): string | undefined;
}

/** Calls of one provider's API: base address, headers and errors in one place. */
export class Api {
  readonly context: ProviderContext;
  readonly base: string;
  readonly #headers: () => Record<string, string>;

  constructor(context: ProviderContext, defaultBase: string, headers: () => Record<string, string>) {
    this.context = context;
    this.base = (context.settings.baseUrl ?? defaultBase).replace(/\/+$/, '');
    this.#headers = headers;
  }

  /** The provider's key, or a `provider-failed` that says which variable to set. */
  static key(context: ProviderContext, name = context.settings.keyEnv): string {
    const key = context.secret(name);
    if (key !== undefined && key !== '') return key;
    throw new RetakeError('provider-failed', `${context.id}: no API key`, {
      hint: name === undefined ? 'Set keyEnv for this provider.' : `Set the environment variable ${name}.`,
    });
  }

  headers(): Record<string, string> {
    return this.#headers();
  }

  get(path: string, signal?: AbortSignal): Promise<unknown> {
    return this.#call('GET', path, undefined, {}, signal);
  }

  post(path: string, body: unknown, headers: Record<string, string> = {}, signal?: AbortSignal): Promise<unknown> {
    return this.#call('POST', path, JSON.stringify(body), headers, signal);
  }

  async #call(
    method: 'GET' | 'POST',
    path: string,
    body: string | undefined,
    extra: Record<string, string>,
    signal?: AbortSignal,
  ): Promise<unknown> {
    const { id, client } = this.context;
    const headers = {
      ...this.#headers(),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...extra,
    };
    let answer: Awaited<ReturnType<GuardedClient['text']>>;
    try {
      answer = await client.text(`${this.base}${path}`, { method, headers, body, signal });
    } catch (error) {
      if (error instanceof RetakeError && error.code === 'download-failed') {
        throw new RetakeError('provider-failed', `${id}: ${error.message}`, { cause: error });
      }
      throw error;
    }
    const { status, text, json } = answer;
    if (status >= 200 && status < 300) {
      if (json !== undefined) return json;
      throw new RetakeError('provider-failed', `${id} answers something that is not JSON`);
    }
    if (status === 404 || status === 410) throw new RetakeError('refused', `${id} does not know ${oneLine(path, 120)}`);
    throw new ProviderAnswer(id, status, text);
  }
}

/** An answer other than success. `spent` says whether the provider may have acted on the call all the same. */
export class ProviderAnswer extends RetakeError {
  readonly status: number;

  constructor(id: string, status: number, text: string) {
    super('provider-failed', `${id} answers ${status}: ${oneLine(text, 160)}`);
    this.status = status;
  }

  /** A request that was turned down (4xx) cost nothing; after a 5xx nobody knows. */
  get declined(): boolean {
    return this.status >= 400 && this.status < 500;
  }
}

/** A job id that is safe in an address; throws `refused` for anything else. */
export function safeId(value: unknown, id: string, pattern = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,299}$/): string {
  if ((typeof value === 'string' || typeof value === 'number') && pattern.test(String(value))) return String(value);
  throw new RetakeError('refused', `${id}: the event names no job`);
}

export const record = (value: unknown): Record<string, unknown> =>
  value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
export const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value.slice(0, 100_000) : undefined;
export const first = (value: unknown): unknown => (Array.isArray(value) ? value[0] : undefined);

/** Keys of `from` that are there, as take parameters. */
export function pick(from: Record<string, unknown>, ...keys: string[]): Record<string, string | number | boolean> {
  const kept: Record<string, string | number | boolean> = {};
  for (const key of keys) {
    const value = from[key];
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') kept[key] = value;
  }
  return kept;
}

/** The value at a JSON pointer (RFC 6901), or undefined. */
export function pointer(value: unknown, path: string): unknown {
  if (path === '') return value;
  return path
    .split('/')
    .slice(1)
    .reduce<unknown>((at, part) => {
      const key = part.replaceAll('~1', '/').replaceAll('~0', '~');
      if (Array.isArray(at)) return at[Number(key)];
      return Object.hasOwn(record(at), key) ? record(at)[key] : undefined;
    }, value);
}

export const dataUri = (jpeg: Buffer): string => `data:image/jpeg;base64,${jpeg.toString('base64')}`;
