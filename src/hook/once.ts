import { RetakeError } from '../errors.ts';
import { EmbeddedQueue } from '../queue/embedded.ts';
import type { Job } from '../queue/queue.ts';
import { Worker } from '../queue/worker.ts';
import type { Report } from '../report.ts';
import { ledgerPath } from '../takes/database.ts';
import { openLedger } from '../takes/ledger.ts';
import type { TakeFactsInput } from '../takes/take.ts';
import { clipHandler, clipJob } from './clip-job.ts';
import { type HookConfig, policyFrom } from './config.ts';
import { type ContextParts, closeContext, makeContext } from './context.ts';
import { deliverHandler } from './deliver-job.ts';
import type { Judge } from './judge.ts';

export interface OnceOptions {
  config: HookConfig;
  path: string;
  facts: TakeFactsInput;
  judge: Judge;
  signal?: AbortSignal;
  grabFrame?: ContextParts['grabFrame'];
  trim?: ContextParts['trim'];
  env?: ContextParts['env'];
  network?: ContextParts['network'];
  /** Seconds to wait for deliveries; what is left stays in the ledger for the server. */
  deliverSeconds?: number;
}

export interface OnceResult {
  job: string;
  take: string;
  report: Report;
  reportId: string;
  /** What the regenerate loop would do or has booked; null when it is off. */
  next: unknown;
  deliveries: { done: number; left: number };
}

/**
 * One clip through the hook in this process: into the ledger, judged (or found judged), told about. Throws what made it
 * impossible; the job then stays parked in the ledger with the same error.
 */
export async function runOnce(options: OnceOptions): Promise<OnceResult> {
  const { config, signal } = options;
  const policy = await policyFrom(config.policy);
  const ledger = openLedger(ledgerPath(config.ledger));
  ledger.keepPolicy(policy);
  const queue = new EmbeddedQueue(ledger.database);
  const context = makeContext({ ...options, ledger, queue, policy });
  try {
    const { job } = await queue.add(
      clipJob({ source: { type: 'file', path: options.path }, facts: options.facts, policyHash: policy.hash }),
    );
    // A person waits: an error is told at once rather than tried again later.
    const handlers = { clip: { ...clipHandler(context), backoff: { ...config.retry, tries: 1 } } };
    const worker = new Worker({ queue, handlers, concurrency: 1, only: [job.id], poll: 200 });
    const done = await settled(queue, worker, job.id, signal);
    if (done.state !== 'done' || done.result === null) {
      const { code = 'aborted', message = 'the job was stopped' } = done.error ?? {};
      throw new RetakeError(code as RetakeError['code'], message);
    }
    const { take, report, next } = done.result as { take: string; report: string; next: unknown };
    const deliveries = await deliver(context, [job.id, take], options.deliverSeconds ?? 60);
    return { job: job.id, take, report: ledger.report(report), reportId: report, next, deliveries };
  } finally {
    await closeContext(context);
    ledger.close();
  }
}

async function settled(queue: EmbeddedQueue, worker: Worker, id: string, signal?: AbortSignal): Promise<Job> {
  const stop = () => void worker.cancel(id);
  signal?.addEventListener('abort', stop);
  if (signal?.aborted) stop();
  await worker.start();
  try {
    for (;;) {
      const job = (await queue.get(id))!;
      if (job.state !== 'waiting' && job.state !== 'running') return job;
      await new Promise(done => setTimeout(done, 50));
    }
  } finally {
    signal?.removeEventListener('abort', stop);
    await worker.stop(1_000);
  }
}

/** Sends what this clip's verdict added, for a while. */
async function deliver(
  context: ReturnType<typeof makeContext>,
  sources: string[],
  seconds: number,
): Promise<{ done: number; left: number }> {
  const { queue } = context;
  const all = (await queue.list({ kind: 'deliver', limit: 1_000 })).filter(({ key }) =>
    sources.some(source => key?.includes(`:${source}:`)),
  );
  if (all.length === 0) return { done: 0, left: 0 };
  const ids = all.map(({ id }) => id);
  const worker = new Worker({
    queue,
    handlers: { deliver: deliverHandler(context) },
    concurrency: 4,
    only: ids,
    poll: 200,
  });
  await worker.start();
  const until = Date.now() + seconds * 1000;
  let open = ids.length;
  while (open > 0 && Date.now() < until) {
    await new Promise(done => setTimeout(done, 50));
    const jobs = await Promise.all(ids.map(id => queue.get(id)));
    open = jobs.filter(job => job?.state === 'waiting' || job?.state === 'running').length;
    // What failed comes back later: a script does not wait minutes for that.
    if (jobs.every(job => job?.state !== 'running' && (job?.state !== 'waiting' || job.attempts > 0))) break;
  }
  await worker.stop(1_000);
  const jobs = await Promise.all(ids.map(id => queue.get(id)));
  const done = jobs.filter(job => job?.state === 'done').length;
  return { done, left: ids.length - done };
}
