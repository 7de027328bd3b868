import { oneLine } from '../errors.ts';
import { EmbeddedQueue } from '../queue/embedded.ts';
import type { Queue } from '../queue/queue.ts';
import { Worker } from '../queue/worker.ts';
import { ledgerPath } from '../takes/database.ts';
import { type Ledger, openLedger } from '../takes/ledger.ts';
import { clipHandler } from './clip-job.ts';
import { type HookConfig, policyFrom } from './config.ts';
import { type ContextParts, closeContext, type HookContext, makeContext } from './context.ts';
import { deliverHandler } from './deliver-job.ts';
import type { Judge } from './judge.ts';
import { JudgePool } from './judge-pool.ts';
import type { Metrics } from './metrics.ts';
import { sweep } from './net/download.ts';
import { submitHandler } from './regenerate/loop.ts';
import { trimHandler } from './regenerate/trim-job.ts';

export interface EngineOptions {
  config: HookConfig;
  /** Module whose `judge` runs in child processes; the real one when absent. */
  judgeModule?: string;
  /** A judge to run in this process instead. */
  judge?: Judge;
  /** See ContextParts. */
  toolVersion?: string;
  grabFrame?: ContextParts['grabFrame'];
  trim?: ContextParts['trim'];
  env?: ContextParts['env'];
  log?: (line: string) => void;
  now?: () => number;
  network?: ContextParts['network'];
  metrics?: (queue: Queue) => Metrics;
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
  const metrics = options.metrics?.(queue);
  const context = makeContext({
    config,
    ledger,
    queue,
    policy,
    judge: options.judge ?? ((path, given) => pool!.judge(path, given)),
    toolVersion: options.toolVersion,
    metrics,
    grabFrame: options.grabFrame,
    trim: options.trim,
    env: options.env,
    now: options.now,
    log,
    network: options.network,
  });
  await sweep(config.store);
  const worker = new Worker({
    queue,
    handlers: {
      clip: clipHandler(context),
      deliver: deliverHandler(context),
      submit: submitHandler(context),
      trim: trimHandler(context),
    },
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
