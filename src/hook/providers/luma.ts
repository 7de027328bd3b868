import { RetakeError } from '../../errors.ts';
import { Api, type ProviderContext, pick, record, safeId, text } from './api.ts';
import type { Generation, Provider } from './provider.ts';

const STATES: Record<string, Generation['state']> = {
  queued: 'pending',
  dreaming: 'pending',
  completed: 'done',
  failed: 'failed',
};

/** Luma generations. Callbacks are unsigned and carry the generation, which is fetched before it is believed. */
export function luma(context: ProviderContext): Provider {
  const api = new Api(context, 'https://api.lumalabs.ai', () => ({ authorization: `Bearer ${Api.key(context)}` }));
  const { id } = context;
  return {
    id,
    capabilities: {
      remix: false,
      // Its keyframes take pictures by address only, so the last good frame of a file here cannot be given.
      extend: 'end',
      seed: false,
      negativePrompt: false,
      submit: true,
      promptLength: 5_000,
      events: 'hint',
    },
    parseEvent(body) {
      const generation = record(body);
      if (generation.id === undefined) throw new RetakeError('refused', `${id}: not a generation`);
      const state = STATES[String(generation.state)];
      if (state === undefined) return null;
      return { jobId: safeId(generation.id, id), kind: state === 'pending' ? 'progress' : 'settled' };
    },
    async fetchJob(jobId, signal) {
      const job = record(await api.get(`/dream-machine/v1/generations/${encodeURIComponent(jobId)}`, signal));
      const state = STATES[String(job.state)] ?? 'pending';
      const url = text(record(job.assets).video);
      if (state === 'done' && url === undefined) {
        return { jobId, state: 'failed', error: 'the generation completed without a video', facts: {} };
      }
      const request = record(job.request);
      return {
        jobId,
        state,
        error: text(job.failure_reason),
        ...(state === 'done' && { clip: { url: url! } }),
        facts: {
          model: text(job.model) ?? text(request.model),
          prompt: text(request.prompt),
          parameters: pick(request, 'aspect_ratio', 'resolution', 'duration', 'loop'),
        },
      };
    },
    async submit(submission, signal) {
      const body = {
        generation_type: 'video',
        model: submission.model ?? context.settings.model ?? 'ray-2',
        prompt: submission.prompt,
        ...pick(submission.parameters, 'aspect_ratio', 'resolution', 'duration', 'loop'),
        ...(context.settings.callbackUrl && { callback_url: context.settings.callbackUrl }),
      };
      return { jobId: safeId(record(await api.post('/dream-machine/v1/generations', body, {}, signal)).id, id) };
    },
  };
}
