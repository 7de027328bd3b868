import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { asRetakeError, oneLine, RetakeError } from '../errors.ts';
import type { JsonObject, NewJob } from '../queue/queue.ts';
import type { Done, Handler, WorkContext } from '../queue/worker.ts';
import type { ClipFile } from '../takes/ledger.ts';
import type { Take, TakeFactsInput } from '../takes/take.ts';
import { type HookContext, policyOf, providerNamed } from './context.ts';
import { deliveries } from './deliver-job.ts';
import { type ClipSource, clipSource, failedEvent, judgedEvent, takeEventData } from './events.ts';
import { judgeOnce } from './judge-once.ts';
import { download, stillThere } from './net/download.ts';
import { planNext } from './regenerate/loop.ts';

/** Milliseconds after which a job looks whether the same clip was judged by another one. */
const ELSEWHERE = 500;

export interface ClipJobInput {
  source: ClipSource;
  facts?: TakeFactsInput;
  policyHash: string;
  callback?: string;
  priority?: number;
  key?: string;
  delay?: number;
}

/** A job that gets a clip, judges it, tells about it, and plans what follows. */
export const clipJob = (input: ClipJobInput): NewJob => ({
  kind: 'clip',
  key: input.key,
  priority: input.priority,
  delay: input.delay,
  payload: {
    source: input.source as unknown as JsonObject,
    facts: JSON.parse(JSON.stringify(input.facts ?? {})) as JsonObject,
    policy: input.policyHash,
    ...(input.callback === undefined ? {} : { callback: input.callback }),
  },
});

/** One generation of one provider is one job, however often it is announced. */
export const providerKey = (provider: string, job: string): string => `provider:${provider}:${job}`;

/** The handler of clip jobs. Each step is kept as it is reached and is safe to repeat. */
export const clipHandler = (context: HookContext): Handler => ({
  backoff: context.config.retry,
  async run(work): Promise<Done> {
    const { job } = work.lease;
    const source = clipSource.parse(job.payload.source);
    const policy = policyOf(context, job.payload.policy);
    const obtained = await obtain(context, work, source);
    if ('end' in obtained) return obtained;
    const { take, file } = obtained;
    const judged = await judgeOnce(context, job.id, file, policy, work.signal);
    if (judged.status === 'elsewhere') return { end: 'later', delay: ELSEWHERE };
    const { report, reportId } = judged;
    context.log(`${job.id} ${report.verdict.decision} ${oneLine(take.path ?? take.id, 120)}`);
    const event = judgedEvent(job.id, take, report, reportId, context.now());
    const next = planNext(context, take, report);
    if (next.choice !== null) event.data.next = next.choice as unknown as JsonObject;
    return {
      end: 'complete',
      result: {
        outcome: 'judged',
        take: take.id,
        report: reportId,
        decision: report.verdict.decision,
        next: event.data.next ?? null,
      },
      follow: [...deliveries(context, event, job.id, job.payload.callback), ...next.follow],
    };
  },
  onParked({ lease: { job }, code, message }) {
    const take = typeof job.progress.take === 'string' ? context.ledger.take(job.progress.take) : undefined;
    context.log(`${job.id} parked ${code}: ${oneLine(message)}`);
    // A callback about a job that its provider does not know is a stranger's: nobody is told about it.
    const source = job.payload.source as { type?: string };
    if (take === undefined && source.type === 'provider' && code === 'refused') return [];
    const data = take === undefined ? { source: job.payload.source } : takeEventData(take);
    return deliveries(context, failedEvent(job.id, data, code, message, context.now()), job.id, job.payload.callback);
  },
});

/** The clip's bytes here, and its take in the ledger. */
async function obtain(
  context: HookContext,
  work: WorkContext,
  source: ClipSource,
): Promise<{ take: Take; file: ClipFile } | Done> {
  const { ledger } = context;
  const { job } = work.lease;
  const facts = job.payload.facts as TakeFactsInput;
  const id = job.id.replace(/^job_/, 'take_');
  const kept = job.progress.file as unknown as ClipFile | undefined;
  if (kept !== undefined && typeof job.progress.take === 'string' && (await stillThere(kept))) {
    return { take: ledger.take(job.progress.take), file: kept };
  }
  let take: Take;
  let file: ClipFile;
  if (source.type === 'provider') {
    const generated = await fromProvider(context, work, source.provider, source.job, { facts, id });
    if ('end' in generated) return generated;
    ({ take, file } = generated);
  } else if (source.type === 'url') {
    take = ledger.addTake(facts, undefined, { id });
    await work.checkpoint({ take: take.id });
    const client = source.provider === undefined ? context.client : providerNamed(context, source.provider).client;
    file = await counted(context, () => fetchClip(context, client, source.url, {}, work.signal));
  } else {
    take = ledger.addTake(facts, undefined, { id });
    await work.checkpoint({ take: take.id });
    const { sha256, bytes } = source;
    file =
      sha256 && bytes
        ? { path: source.path, sha256, bytes }
        : await measureFile(source.path, context.config.limits.bytes, work.signal);
  }
  ledger.attach(take.id, file);
  await work.checkpoint({ file: { ...file } });
  return { take: ledger.take(take.id), file };
}

/**
 * Asks the provider, whatever an event said, and fetches the clip once there is one. The ledger hears of the generation
 * only when the provider knows it: an unsigned callback can be anybody's.
 */
async function fromProvider(
  context: HookContext,
  work: WorkContext,
  id: string,
  providerJob: string,
  given: { facts: TakeFactsInput; id: string },
): Promise<{ take: Take; file: ClipFile } | Done> {
  const { job } = work.lease;
  const { provider, settings, client } = providerNamed(context, id);
  const generation = await provider.fetchJob(providerJob, work.signal);
  const facts = { ...given.facts, ...generation.facts, provider: id, providerJob };
  const take = context.ledger.addTake(facts, undefined, { id: given.id });
  await work.checkpoint({ take: take.id });
  if (generation.state === 'pending') {
    if (context.now() - job.createdAt > settings.patience * 1000) {
      throw new RetakeError('timed-out', `${id}: ${providerJob} is not finished after ${settings.patience} s`);
    }
    return { end: 'later', delay: settings.poll * 1000 };
  }
  if (generation.state === 'failed') {
    const reason = oneLine(generation.error ?? 'the provider gives no reason');
    context.ledger.fail(take.id, reason);
    const failed = context.ledger.take(take.id);
    const event = failedEvent(job.id, takeEventData(failed), 'provider-failed', reason, context.now());
    const next = planNext(context, failed, null);
    return {
      end: 'complete',
      result: { outcome: 'generation-failed', take: take.id, reason, next: next.choice as unknown as JsonObject },
      follow: [...deliveries(context, event, job.id, job.payload.callback), ...next.follow],
    };
  }
  const { url, headers = {} } = generation.clip!;
  const file = await counted(context, () => fetchClip(context, client, url, headers, work.signal));
  return { take, file };
}

const fetchClip = (
  { config }: HookContext,
  client: HookContext['client'],
  url: string,
  headers: Record<string, string>,
  signal: AbortSignal,
): Promise<ClipFile> => download(client, url, config.store, { headers, limits: config.limits, signal });

async function counted(context: HookContext, fetch: () => Promise<ClipFile>): Promise<ClipFile> {
  try {
    const file = await fetch();
    context.metrics?.downloads.inc({ result: 'ok' });
    return file;
  } catch (error) {
    context.metrics?.downloads.inc({ result: asRetakeError(error).code });
    throw error;
  }
}

/** sha-256 and length of a file in place. Throws `clip-not-found`, `clip-empty`, `clip-too-large`, `clip-unreadable`. */
export async function measureFile(
  path: string,
  limit = Number.POSITIVE_INFINITY,
  signal?: AbortSignal,
): Promise<ClipFile> {
  const shown = oneLine(path, 200);
  try {
    const info = await stat(path);
    if (!info.isFile()) throw new RetakeError('clip-not-media', `${shown} is not a file`);
    if (info.size === 0) throw new RetakeError('clip-empty', `${shown} is empty`);
    if (info.size > limit) throw new RetakeError('clip-too-large', `${shown} is larger than ${limit} bytes`);
    const hash = createHash('sha256');
    await pipeline(createReadStream(path), hash, { signal });
    return { path, sha256: hash.digest('hex'), bytes: info.size };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT')
      throw new RetakeError('clip-not-found', `${shown} is not there`);
    throw asRetakeError(error, signal?.aborted ? 'aborted' : 'clip-unreadable');
  }
}
