import type { Server } from 'node:http';
import { type AddressInfo, isIP } from 'node:net';
import { serve as listen } from '@hono/node-server';
import ipaddr from 'ipaddr.js';
import { RetakeError } from '../errors.ts';
import { type Engine, type EngineOptions, startEngine } from './engine.ts';
import { makeMetrics } from './metrics.ts';
import { makeApp } from './server.ts';

export interface Running extends Engine {
  server: Server;
  url: string;
}

/**
 * The server of `retake serve`. Throws `usage` when it would listen beyond this machine without a token. Stopping takes
 * no new requests, answers the open ones, then stops the engine.
 */
export async function startServer(options: EngineOptions): Promise<Running> {
  const { config } = options;
  const { host, port, tokenEnv } = config.listen;
  const secret = tokenEnv === undefined ? undefined : (options.env ?? process.env)[tokenEnv];
  if (!isLoopback(host) && !secret) {
    throw new RetakeError('usage', `listening on ${host} needs a token`, {
      hint: 'Set listen.tokenEnv and that variable, or listen on 127.0.0.1.',
    });
  }
  const engine = await startEngine({ ...options, metrics: makeMetrics });
  let accepting = true;
  const app = makeApp(engine.context, {
    wake: () => engine.worker.wake(),
    cancel: id => engine.worker.cancel(id),
    accepting: () => accepting,
  });
  try {
    const server = await new Promise<Server>((resolve, reject) => {
      const opened = listen(
        {
          fetch: app.fetch,
          hostname: host,
          port,
          serverOptions: {
            headersTimeout: 10_000,
            requestTimeout: config.limits.seconds * 1000,
            keepAliveTimeout: 5_000,
            connectionsCheckingInterval: 2_000,
            maxHeaderSize: 16_384,
          },
        },
        () => resolve(opened as Server),
      );
      (opened as Server).maxConnections = 1_024;
      opened.on('error', reject);
    });
    const { port: bound } = server.address() as AddressInfo;
    return {
      ...engine,
      server,
      url: `http://${isIP(host) === 6 ? `[${host}]` : host}:${bound}`,
      async stop(grace = 10_000) {
        accepting = false;
        const closed = new Promise<void>(resolve => server.close(() => resolve()));
        server.closeIdleConnections();
        const late = setTimeout(() => server.closeAllConnections(), Math.min(grace, 5_000));
        await closed;
        clearTimeout(late);
        await engine.stop(grace);
      },
    };
  } catch (error) {
    await engine.stop(0);
    const { code, message } = error as NodeJS.ErrnoException;
    throw new RetakeError('usage', code === 'EADDRINUSE' ? `port ${port} is in use` : message, { cause: error });
  }
}

const isLoopback = (host: string): boolean =>
  host === 'localhost' || (ipaddr.isValid(host) && ipaddr.process(host).range() === 'loopback');
