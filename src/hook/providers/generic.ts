import { oneLine, RetakeError } from '../../errors.ts';
import type { TakeFactsInput } from '../../takes/take.ts';
import { Api, type ProviderContext, pointer, record, safeId, text } from './api.ts';
import type { Generation, Provider } from './provider.ts';
import { genericMap } from './settings.ts';

/**
 * Any JSON with a job id and a clip: the fields are found by JSON pointers. With `statusPath` the job is fetched before
 * it is believed; without it the signed event itself is the word of the sender.
 */
export function generic(context: ProviderContext): Provider {
  const { id, settings } = context;
  const map = settings.map ?? genericMap.parse({});
  const key = () => context.secret(settings.keyEnv);
  const api = new Api(context, settings.baseUrl ?? 'https://invalid.invalid', () =>
    key() === undefined ? ({} as Record<string, string>) : { authorization: `Bearer ${key()}` },
  );
  const stateOf = (body: unknown): Generation['state'] => {
    const word = text(pointer(body, map.status))?.toLowerCase();
    if (word === undefined) return pointer(body, map.url) === undefined ? 'pending' : 'done';
    if (map.done.includes(word)) return 'done';
    return map.failed.includes(word) ? 'failed' : 'pending';
  };
  const factsOf = (body: unknown): TakeFactsInput => {
    const seed = pointer(body, map.seed);
    return {
      model: text(pointer(body, map.model)),
      prompt: text(pointer(body, map.prompt)),
      negativePrompt: text(pointer(body, map.negativePrompt)),
      ...((typeof seed === 'number' || typeof seed === 'string') && /^-?\d{1,40}$/.test(String(seed))
        ? { seed: String(seed) }
        : {}),
      parameters: record(pointer(body, map.parameters)) as TakeFactsInput['parameters'],
    };
  };
  const path = (template: string, jobId: string) => template.replaceAll('{id}', encodeURIComponent(jobId));
  return {
    id,
    capabilities: {
      remix: false,
      extend: 'none',
      seed: true,
      negativePrompt: true,
      submit: settings.submitPath !== undefined,
      promptLength: 10_000,
      events: 'signed',
    },
    parseEvent(body) {
      const jobId = safeId(pointer(body, map.job), id);
      if (settings.statusPath !== undefined) {
        return { jobId, kind: stateOf(body) === 'pending' ? 'progress' : 'settled' };
      }
      const clip = { url: text(pointer(body, map.url)), path: text(pointer(body, map.path)) };
      if (clip.url === undefined && clip.path === undefined) {
        if (stateOf(body) === 'failed') return null;
        throw new RetakeError('refused', `${id}: the event has neither a clip's address nor its path`);
      }
      return { jobId, kind: 'settled', clip, facts: factsOf(body) };
    },
    async fetchJob(jobId, signal) {
      if (settings.statusPath === undefined) {
        throw new RetakeError('provider-failed', `${id}: no statusPath to fetch jobs from`);
      }
      const job = await api.get(path(settings.statusPath, jobId), signal);
      const state = stateOf(job);
      const url = text(pointer(job, map.url));
      const error = pointer(job, map.error);
      if (state === 'done' && url === undefined) {
        return { jobId, state: 'failed', error: 'the job is done without a clip', facts: factsOf(job) };
      }
      return {
        jobId,
        state,
        error: error === undefined || error === null ? undefined : oneLine(JSON.stringify(error), 300),
        ...(state === 'done' && { clip: { url: new URL(url!, api.base).href } }),
        facts: factsOf(job),
      };
    },
    async submit(submission, signal) {
      if (settings.submitPath === undefined) throw new RetakeError('provider-failed', `${id}: no submitPath`);
      const { action, prompt, negativePrompt, seed, model, parameters, parentJob, idempotencyKey } = submission;
      const body = { action, prompt, negative_prompt: negativePrompt, seed, model, parameters, parent: parentJob };
      const job = await api.post(settings.submitPath, body, { 'idempotency-key': idempotencyKey }, signal);
      return { jobId: safeId(pointer(job, map.job), id) };
    },
  };
}
