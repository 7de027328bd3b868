import { RetakeError } from '../../errors.ts';
import { Api, dataUri, type ProviderContext, pick, record, safeId, text } from './api.ts';
import type { Generation, Provider, Submission } from './provider.ts';

const STATES: Record<string, Generation['state']> = {
  queued: 'pending',
  in_progress: 'pending',
  completed: 'done',
  failed: 'failed',
};

/** The shape of `/v1/videos`: archived Sora clips and gateways that speak it. Events are Standard Webhooks. */
export function sora(context: ProviderContext): Provider {
  const api = new Api(context, 'https://api.openai.com', () => ({ authorization: `Bearer ${Api.key(context)}` }));
  const { id } = context;
  return {
    id,
    capabilities: {
      remix: true,
      extend: 'frame',
      seed: false,
      negativePrompt: false,
      submit: true,
      promptLength: 32_000,
      events: 'signed',
    },
    parseEvent(body) {
      const event = record(body);
      if (event.type !== 'video.completed' && event.type !== 'video.failed') {
        if (typeof event.type === 'string') return null;
        throw new RetakeError('refused', `${id}: not an event`);
      }
      return { jobId: safeId(record(event.data).id, id), kind: 'settled' };
    },
    async fetchJob(jobId, signal) {
      const job = record(await api.get(`/v1/videos/${encodeURIComponent(jobId)}`, signal));
      const state = STATES[String(job.status)] ?? 'pending';
      const error = record(job.error);
      return {
        jobId,
        state,
        error: text(error.message) ?? text(error.code),
        ...(state === 'done' && {
          clip: { url: `${api.base}/v1/videos/${encodeURIComponent(jobId)}/content`, headers: api.headers() },
        }),
        facts: {
          model: text(job.model),
          prompt: text(job.prompt),
          parameters: pick(job, 'seconds', 'size', 'quality', 'remixed_from_video_id'),
        },
      };
    },
    async submit(submission: Submission, signal) {
      const { action, prompt, parameters, startFrame } = submission;
      const remix = action === 'remix' && submission.parentJob !== undefined;
      const body = remix
        ? { prompt }
        : {
            model: submission.model ?? context.settings.model ?? 'sora-2',
            prompt,
            ...pick(parameters, 'seconds', 'size'),
            ...(startFrame && { input_reference: { image_url: dataUri(startFrame) } }),
          };
      const path = remix ? `/v1/videos/${encodeURIComponent(submission.parentJob!)}/remix` : '/v1/videos';
      const job = record(await api.post(path, body, { 'idempotency-key': submission.idempotencyKey }, signal));
      return { jobId: safeId(job.id, id) };
    },
  };
}
