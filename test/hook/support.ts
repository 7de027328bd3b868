import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type HookConfig, parseHookConfig } from '../../src/hook/config.ts';
import { type Running, startServer } from '../../src/hook/daemon.ts';
import type { EngineOptions } from '../../src/hook/engine.ts';
import { signWebhook } from '../../src/hook/signature.ts';
import type { Job } from '../../src/queue/queue.ts';
import { judge } from './fake-report.ts';

export const SECRET = `whsec_${Buffer.from('a test secret of 24 bytes').toString('base64')}`;
export const ENV = { KEY: 'provider-key', SECRET, OUT: SECRET, TOKEN: 'caller-token', KEY2: 'second-key' };

export function tempFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'retake-hook-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export interface Seen {
  method: string;
  url: string;
  headers: IncomingMessage['headers'];
  body: string;
}

/** A server on loopback that answers as the test says and remembers what it was asked. */
export async function localServer(
  answer: (seen: Seen, response: ServerResponse, request: IncomingMessage) => void,
): Promise<{ url: string; seen: Seen[]; server: Server }> {
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const entry = {
        method: request.method!,
        url: request.url!,
        headers: request.headers,
        body: Buffer.concat(chunks).toString('utf8'),
      };
      seen.push(entry);
      answer(entry, response, request);
    });
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen, server };
}

export const sendJson = (response: ServerResponse, value: unknown, status = 200): void => {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
};
export const sendClip = (response: ServerResponse, clip: Buffer): void => {
  response.writeHead(200, { 'content-type': 'video/mp4', 'content-length': clip.length }).end(clip);
};

/** A hook server with the fake judge, quick retries, and everything in a temporary folder. */
export async function hookServer(
  config: Record<string, unknown>,
  options: Partial<EngineOptions> = {},
): Promise<Running & { folder: string; config: HookConfig }> {
  const folder = tempFolder();
  const full = parseHookConfig({
    ledger: join(folder, 'ledger.db'),
    store: join(folder, 'clips'),
    listen: { port: 0 },
    concurrency: 2,
    retry: { first: 20, most: 50, factor: 1, tries: 4 },
    ...config,
  });
  const running = await startServer({ config: full, judge, env: ENV, poll: 25, lease: 5_000, ...options });
  onTestFinished(() => running.stop(500));
  return { ...running, folder, config: full };
}

/** Posts JSON; answers status and body. */
export async function post(
  url: string,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

/** Posts a signed event. */
export function postEvent(
  url: string,
  event: unknown,
  { id = `evt_${Math.random()}`, at = Date.now(), secret = SECRET, headers = {} as Record<string, string> } = {},
) {
  const body = JSON.stringify(event);
  return post(url, body, { ...signWebhook(secret, id, body, at), ...headers });
}

/** Waits until the condition gives a value. */
export async function until<Value>(
  probe: () => Value | undefined | null | false | Promise<Value | undefined | null | false>,
  seconds = 15,
): Promise<Value> {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const value = await probe();
    if (value) return value as Value;
    if (Date.now() > end) throw new Error('waited in vain');
    await new Promise(resolve => setTimeout(resolve, 15));
  }
}

export const ended = (running: Running, id: string): Promise<Job> =>
  until(async () => {
    const job = await running.context.queue.get(id);
    return job && job.state !== 'waiting' && job.state !== 'running' && job;
  });
