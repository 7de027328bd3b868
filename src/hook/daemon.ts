import type { Server } from 'node:http';
import { type AddressInfo, isIP } from 'node:net';
import { serve as listen } from '@hono/node-server';
import ipaddr from 'ipaddr.js';
import { oneLine, RetakeError } from '../errors.ts';
import { EmbeddedQueue } from '../queue/embedded.ts';
import { Worker } from '../queue/worker.ts';
import { ledgerPath } from '../takes/database.ts';
import { type Ledger, openLedger } from '../takes/ledger.ts';
import { clipHandler } from './clip-job.ts';
import { type HookConfig, policyFrom } from './config.ts';
import { type ContextParts, closeContext, type GrabFrame, type HookContext, makeContext } from './context.ts';
import { deliverHandler } from './deliver-job.ts';
import type { Judge } from './judge.ts';
import { JudgePool } from './judge-pool.ts';
import { type Metrics, makeMetrics } from './metrics.ts';
import { sweep } from './net/download.ts';
import { submitHandler } from './regenerate/loop.ts';
import { makeApp } from './server.ts';

export interface EngineOptions {
  config: HookConfig;
  /** Module whose `judge` runs in child processes; the real one when absent. */
  judgeModule?: string;
  /** A judge to run in this process instead. */
  judge?: Judge;
  grabFrame?: GrabFrame;
  env?: ContextParts['env'];
  log?: (line: string) => void;
  now?: () => number;
  network?: ContextParts['network'];
  metrics?: boolean;
  /** Milliseconds; see EmbeddedQueue and Worker. */
  lease?: number;
  poll?: number;
}

/** Ledger, queue, judges and workers together: what `serve`, `watch` and the one-shot hook share. */
export interface Engine {
  context: HookContext;
  ledger: Ledger;
  worker: Worker;
  /** Lets running work finish for `grace` milliseconds, gives the rest back to the queue, and closes everything. */
  stop(grace?: number): Promise<void>;
}

/** Opens the ledger, takes over what a crashed process left, and starts working. */
export async function startEngine(options: EngineOptions): Promise<Engine> {
  const { config, log, lease = 60_000 } = options;
  const policy = await policyFrom(config.policy);
  const ledger = openLedger(ledgerPath(config.ledger), options.now);
  ledger.keepPolicy(policy);
  const queue = new EmbeddedQueue(ledger.database, { lease, now: options.now });
  const pool =
    options.judge === undefined
      ? new JudgePool({ size: config.concurrency, seconds: config.limits.judgeSeconds, module: options.judgeModule })
      : undefined;
  const metrics: Metrics | undefined = options.metrics ? makeMetrics(queue) : undefined;
  const context = makeContext({
    config,
    ledger,
    queue,
    policy,
    judge: options.judge ?? ((path, given) => pool!.judge(path, given)),
    metrics,
    grabFrame: options.grabFrame,
    env: options.env,
    now: options.now,
    log,
    network: options.network,
  });
  await sweep(config.store);
  const worker = new Worker({
    queue,
    handlers: { clip: clipHandler(context), deliver: deliverHandler(context), submit: submitHandler(context) },
    // Fetching and telling wait for others most of the time: beyond the judges there is room for some of that.
    concurrency: config.concurrency + 4,
    heartbeat: Math.max(50, lease / 4),
    poll: options.poll,
    onTrouble: error => log?.(`${error.code}: ${oneLine(error.message)}`),
    onEvent: ({ type, lease, error }) => {
      if (type === 'retry')
        log?.(`${lease.job.id} ${lease.job.kind} will be tried again: ${oneLine(error!.message, 200)}`);
    },
  });
  // Ids of events are only needed while a replay would still be in time.
  ledger.database.run('DELETE FROM events WHERE received_at < ?', [context.now() - 86_400_000]);
  await worker.start();
  return {
    context,
    ledger,
    worker,
    async stop(grace = 10_000) {
      await worker.stop(grace);
      await pool?.close();
      await closeContext(context);
      ledger.close();
    },
  };
}

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
  const engine = await startEngine({ ...options, metrics: true });
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
