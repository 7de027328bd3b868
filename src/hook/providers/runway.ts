import { RetakeError } from '../../errors.ts';
import { Api, dataUri, first, type ProviderContext, pick, record, safeId, text } from './api.ts';
import type { Generation, Provider } from './provider.ts';

const STATES: Record<string, Generation['state']> = {
  PENDING: 'pending',
  THROTTLED: 'pending',
  RUNNING: 'pending',
  SUCCEEDED: 'done',
  FAILED: 'failed',
  CANCELLED: 'failed',
};

/** Runway tasks. There are no callbacks: a job is polled; its links expire within a day or two. */
export function runway(context: ProviderContext): Provider {
  const api = new Api(context, 'https://api.dev.runwayml.com', () => ({
    authorization: `Bearer ${Api.key(context)}`,
    'x-runway-version': '2024-11-06',
  }));
  const { id } = context;
  return {
    id,
    capabilities: {
      remix: false,
      extend: 'frame',
      seed: true,
      negativePrompt: false,
      submit: true,
      promptLength: 1_000,
      events: 'none',
    },
    parseEvent(body) {
      // Own automations may post the task once it is made; it is polled from then on.
      const task = record(body);
      if (task.id === undefined) throw new RetakeError('refused', `${id}: not a task`);
      return { jobId: safeId(task.id, id), kind: 'settled' };
    },
    async fetchJob(jobId, signal) {
      const task = record(await api.get(`/v1/tasks/${encodeURIComponent(jobId)}`, signal));
      const state = STATES[String(task.status)] ?? 'pending';
      const url = text(first(task.output));
      if (state === 'done' && url === undefined) {
        return { jobId, state: 'failed', error: 'the task succeeded without an output', facts: {} };
      }
      const error = [text(task.failureCode), text(task.failure)].filter(Boolean).join(': ') || undefined;
      return { jobId, state, error, ...(state === 'done' && { clip: { url: url! } }), facts: {} };
    },
    async submit(submission, signal) {
      const { parameters, startFrame } = submission;
      const image = startFrame ? dataUri(startFrame) : text(parameters.promptImage);
      const body = {
        model: submission.model ?? context.settings.model ?? 'gen4_turbo',
        promptText: submission.prompt,
        ...pick(parameters, 'ratio', 'duration'),
        ...(submission.seed && { seed: Number(submission.seed) }),
        ...(image && { promptImage: image }),
      };
      const path = image === undefined ? '/v1/text_to_video' : '/v1/image_to_video';
      return { jobId: safeId(record(await api.post(path, body, {}, signal)).id, id) };
    },
  };
}
