import { RetakeError } from '../../errors.ts';
import { Api, first, type ProviderContext, pick, record, safeId, text } from './api.ts';
import type { Provider } from './provider.ts';

const OPERATION = /^(?:models\/[A-Za-z0-9._-]{1,100}\/)?operations\/[A-Za-z0-9._-]{1,200}$/;

/** Veo through the Gemini API: long-running operations, `video.generated` as a Standard Webhook. */
export function veo(context: ProviderContext): Provider {
  const api = new Api(context, 'https://generativelanguage.googleapis.com', () => ({
    'x-goog-api-key': Api.key(context),
  }));
  const { id } = context;
  return {
    id,
    capabilities: {
      remix: false,
      extend: 'frame',
      seed: true,
      negativePrompt: true,
      submit: true,
      promptLength: 4_000,
      events: 'signed',
    },
    parseEvent(body) {
      const event = record(body);
      if (event.type !== 'video.generated') {
        if (typeof event.type === 'string') return null;
        throw new RetakeError('refused', `${id}: not an event`);
      }
      const data = record(event.data);
      const name = text(data.operation) ?? text(data.name) ?? text(data.id) ?? '';
      return { jobId: safeId(name.includes('/') ? name : `operations/${name}`, id, OPERATION), kind: 'settled' };
    },
    async fetchJob(jobId, signal) {
      const job = record(await api.get(`/v1beta/${safeId(jobId, id, OPERATION)}`, signal));
      const model = /^models\/([^/]+)\//.exec(jobId)?.[1];
      const facts = { ...(model && { model }) };
      if (job.done !== true) return { jobId, state: 'pending', facts };
      const response = record(job.response);
      const samples = record(response.generateVideoResponse).generatedSamples ?? response.generatedVideos;
      const url = text(record(record(first(samples)).video).uri);
      if (url === undefined) {
        const filtered = first(record(response.generateVideoResponse).raiMediaFilteredReasons);
        const error = text(record(job.error).message) ?? text(filtered) ?? 'the operation ended without a video';
        return { jobId, state: 'failed', error, facts };
      }
      return { jobId, state: 'done', clip: { url, headers: sameOrigin(url, api) }, facts };
    },
    async submit(submission, signal) {
      const model = submission.model ?? context.settings.model ?? 'veo-3.1-generate-preview';
      const image = submission.startFrame && {
        image: { bytesBase64Encoded: submission.startFrame.toString('base64'), mimeType: 'image/jpeg' },
      };
      const parameters = {
        ...pick(submission.parameters, 'aspectRatio', 'durationSeconds', 'resolution', 'personGeneration'),
        ...(submission.negativePrompt && { negativePrompt: submission.negativePrompt }),
        ...(submission.seed && { seed: Number(submission.seed) }),
      };
      const job = record(
        await api.post(
          `/v1beta/models/${encodeURIComponent(model)}:predictLongRunning`,
          { instances: [{ prompt: submission.prompt, ...image }], parameters },
          {},
          signal,
        ),
      );
      return { jobId: safeId(job.name, id, OPERATION) };
    },
  };
}

/** The key goes along only to the API's own origin; a storage link elsewhere carries its own signature. */
const sameOrigin = (url: string, api: Api): Record<string, string> =>
  URL.canParse(url) && new URL(url).origin === new URL(api.base).origin ? api.headers() : {};
