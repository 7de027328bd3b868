import { createHmac } from 'node:crypto';
import { RetakeError } from '../../errors.ts';
import { Api, first, type ProviderContext, pick, record, safeId, text } from './api.ts';
import type { Generation, Provider } from './provider.ts';

const STATES: Record<string, Generation['state']> = {
  submitted: 'pending',
  processing: 'pending',
  succeed: 'done',
  failed: 'failed',
};

/** Kling tasks. Callbacks are unsigned, so they are only a hint to fetch the task. */
export function kling(context: ProviderContext): Provider {
  const api = new Api(context, 'https://api-singapore.klingai.com', () => ({
    authorization: `Bearer ${token(Api.key(context), Api.key(context, context.settings.secretKeyEnv))}`,
  }));
  const { id } = context;
  const fetchKind = async (kind: string, jobId: string, signal?: AbortSignal) =>
    record(record(await api.get(`/v1/videos/${kind}/${encodeURIComponent(jobId)}`, signal)).data);
  /** A task's address depends on how it was made, which a callback does not say. */
  const find = async (jobId: string, signal?: AbortSignal) => {
    for (const kind of ['text2video', 'image2video', 'video-extend']) {
      try {
        const task = await fetchKind(kind, jobId, signal);
        if (task.task_id !== undefined) return task;
      } catch (error) {
        if (!(error instanceof RetakeError && error.code === 'refused')) throw error;
      }
    }
    throw new RetakeError('refused', `${id} does not know the task ${jobId}`);
  };
  return {
    id,
    capabilities: {
      remix: false,
      extend: 'frame',
      seed: false,
      negativePrompt: true,
      submit: true,
      promptLength: 2_500,
      events: 'hint',
    },
    parseEvent(body) {
      const task = record(body);
      const state = STATES[String(task.task_status)];
      if (task.task_id === undefined) throw new RetakeError('refused', `${id}: not a task`);
      if (state === undefined) return null;
      return { jobId: safeId(task.task_id, id), kind: state === 'pending' ? 'progress' : 'settled' };
    },
    async fetchJob(jobId, signal) {
      const task = await find(jobId, signal);
      const state = STATES[String(task.task_status)] ?? 'pending';
      const video = record(first(record(task.task_result).videos));
      const url = text(video.url);
      if (state === 'done' && url === undefined) {
        return { jobId, state: 'failed', error: 'the task succeeded without a video', facts: {} };
      }
      return {
        jobId,
        state,
        error: text(task.task_status_msg),
        clipId: text(video.id),
        ...(state === 'done' && { clip: { url: url! } }),
        facts: { parameters: pick(video, 'duration') },
      };
    },
    async submit(submission, signal) {
      const { parameters, startFrame } = submission;
      const body = {
        model_name: submission.model ?? context.settings.model ?? 'kling-v2-1',
        prompt: submission.prompt,
        ...(submission.negativePrompt && { negative_prompt: submission.negativePrompt }),
        ...pick(parameters, 'duration', 'aspect_ratio', 'mode', 'cfg_scale'),
        ...(startFrame && { image: startFrame.toString('base64') }),
        ...(context.settings.callbackUrl && { callback_url: context.settings.callbackUrl }),
        external_task_id: submission.idempotencyKey,
      };
      const path = startFrame ? '/v1/videos/image2video' : '/v1/videos/text2video';
      return { jobId: safeId(record(record(await api.post(path, body, {}, signal)).data).task_id, id) };
    },
  };
}

/** A JSON web token that lives half an hour, as the API asks for. */
function token(accessKey: string, secretKey: string): string {
  const now = Math.floor(Date.now() / 1000);
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const head = `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ iss: accessKey, exp: now + 1800, nbf: now - 5 })}`;
  return `${head}.${createHmac('sha256', secretKey).update(head).digest('base64url')}`;
}
