import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type FrameRange, frameRange } from '../../clip.ts';
import type { NewJob } from '../../queue/queue.ts';
import type { Done, Handler } from '../../queue/worker.ts';
import type { Take } from '../../takes/take.ts';
import { clipJob, measureFile } from '../clip-job.ts';
import type { HookContext } from '../context.ts';
import type { Choice } from './choose.ts';
import { settle } from './loop.ts';

/** A job that writes the clean stretch of a take; a take leads to one such job, however often it is asked. */
export const trimJob = (take: Take, choice: Extract<Choice, { action: 'trim' }>, policy: string): NewJob => ({
  kind: 'trim',
  key: `trim:${take.id}`,
  priority: 5,
  payload: { take: take.id, range: { ...choice.range }, reason: choice.reason, policy },
});

/**
 * The handler that writes the stretch into the store and has it judged like any other clip: as a take of its own, made
 * from the one it was cut from. Until that verdict nothing is called clean.
 */
export const trimHandler = (context: HookContext): Handler => ({
  backoff: context.config.retry,
  async run({ lease: { job }, signal }): Promise<Done> {
    const take = context.ledger.take(String(job.payload.take));
    const range = frameRange.parse(job.payload.range);
    const path = join(resolve(context.config.store), `${take.id}-frames-${range.start}-${range.end}.mp4`);
    await mkdir(resolve(context.config.store), { recursive: true });
    await context.trim!(take.path!, range, path, signal);
    const file = await measureFile(path, context.config.limits.bytes, signal);
    const { shot, provider, model, prompt, negativePrompt, seed, references } = take;
    const follow = clipJob({
      source: { type: 'file', ...file },
      facts: {
        ...{ shot, provider, model, prompt, negativePrompt, seed, references },
        parameters: { ...take.parameters, frames: { ...range } },
        parent: take.id,
        relation: 'trim',
      },
      policyHash: String(job.payload.policy),
      key: `trimmed:${take.id}`,
    });
    return { end: 'complete', result: { outcome: 'trimmed', path, range: { ...range } }, follow: [follow] };
  },
  onParked({ lease: { job }, message }) {
    const take = context.ledger.take(String(job.payload.take));
    const range = job.payload.range as unknown as FrameRange;
    const reason = `frames ${range.start}–${range.end} are clean but could not be written: ${message}`;
    return settle(context, context.campaigns.root(take), take, 'human', { action: 'human', reason }).follow;
  },
});
