import { createHmac } from 'node:crypto';
import { describe, expect, it, onTestFinished } from 'vitest';
import { GuardedClient } from '../../src/hook/net/client.ts';
import { pointer } from '../../src/hook/providers/api.ts';
import { makeProvider } from '../../src/hook/providers/index.ts';
import type { Submission } from '../../src/hook/providers/provider.ts';
import { providerSettings } from '../../src/hook/providers/settings.ts';
import { ENV, localServer, type Seen, sendJson } from './support.ts';

type Routes = Record<string, unknown | ((seen: Seen) => unknown)>;

/** An adapter against a server that answers by `METHOD path`; anything else is 404. */
async function adapter(settings: Record<string, unknown>, routes: Routes) {
  const api = await localServer((seen, response) => {
    const route = routes[`${seen.method} ${seen.url}`];
    if (route === undefined) sendJson(response, { error: 'unknown' }, 404);
    else sendJson(response, typeof route === 'function' ? route(seen) : route);
  });
  const client = new GuardedClient({ trusted: [api.url], patience: 2_000 });
  onTestFinished(() => client.close());
  const provider = makeProvider({
    id: 'p',
    settings: providerSettings.parse({ baseUrl: api.url, keyEnv: 'KEY', ...settings }),
    client,
    secret: name => (name === undefined ? undefined : (ENV as Record<string, string>)[name]),
  });
  return { provider, ...api };
}

const submission: Submission = {
  action: 'whole',
  prompt: 'A kite.',
  negativePrompt: 'rain',
  seed: '7',
  parameters: {
    seconds: '8',
    size: '1280x720',
    duration: 5,
    ratio: '1280:720',
    aspectRatio: '16:9',
    aspect_ratio: '16:9',
    strange: 1,
  },
  parentJob: 'parent-1',
  idempotencyKey: 'spend_1',
};
const refused = expect.objectContaining({ code: 'refused' });

describe('Sora-shaped', () => {
  const job = {
    id: 'video_1',
    object: 'video',
    model: 'sora-2',
    status: 'completed',
    progress: 100,
    created_at: 1,
    completed_at: 2,
    expires_at: 3,
    size: '1280x720',
    seconds: '8',
    remixed_from_video_id: null,
    error: null,
    prompt: 'A kite.',
  };

  it('reads events, jobs and content', async () => {
    const { provider, url, seen } = await adapter(
      { adapter: 'sora' },
      {
        'GET /v1/videos/video_1': job,
        'GET /v1/videos/video_2': { ...job, id: 'video_2', status: 'in_progress' },
        'GET /v1/videos/video_3': {
          ...job,
          id: 'video_3',
          status: 'failed',
          error: { code: 'moderation', message: 'blocked' },
        },
      },
    );
    const event = (type: string) => ({ id: 'evt_1', object: 'event', created_at: 1, type, data: { id: 'video_1' } });
    expect(provider.parseEvent(event('video.completed'))).toEqual({ jobId: 'video_1', kind: 'settled' });
    expect(provider.parseEvent(event('video.failed'))).toEqual({ jobId: 'video_1', kind: 'settled' });
    expect(provider.parseEvent(event('response.completed'))).toBeNull();
    expect(() => provider.parseEvent({ type: 'video.completed', data: { id: '../../v1/files' } })).toThrow(refused);
    expect(() => provider.parseEvent('nonsense')).toThrow(refused);
    expect(await provider.fetchJob('video_1')).toMatchObject({
      state: 'done',
      clip: { url: `${url}/v1/videos/video_1/content`, headers: { authorization: 'Bearer provider-key' } },
      facts: { model: 'sora-2', prompt: 'A kite.', parameters: { seconds: '8', size: '1280x720' } },
    });
    expect(seen[0].headers.authorization).toBe('Bearer provider-key');
    expect((await provider.fetchJob('video_2')).state).toBe('pending');
    expect(await provider.fetchJob('video_3')).toMatchObject({ state: 'failed', error: 'blocked' });
    await expect(provider.fetchJob('video_9')).rejects.toThrow(refused);
  });

  it('asks for new clips and remixes', async () => {
    const { provider, seen } = await adapter(
      { adapter: 'sora' },
      {
        'POST /v1/videos': { id: 'video_new', status: 'queued' },
        'POST /v1/videos/parent-1/remix': { id: 'video_remix', status: 'queued' },
      },
    );
    expect(await provider.submit({ ...submission, startFrame: Buffer.from('jpeg') })).toEqual({ jobId: 'video_new' });
    expect(JSON.parse(seen[0].body)).toEqual({
      model: 'sora-2',
      prompt: 'A kite.',
      seconds: '8',
      size: '1280x720',
      input_reference: { image_url: `data:image/jpeg;base64,${Buffer.from('jpeg').toString('base64')}` },
    });
    expect(seen[0].headers['idempotency-key']).toBe('spend_1');
    expect(await provider.submit({ ...submission, action: 'remix' })).toEqual({ jobId: 'video_remix' });
    expect(JSON.parse(seen[1].body)).toEqual({ prompt: 'A kite.' });
  });
});

describe('Veo', () => {
  const name = 'models/veo-3.1-generate-preview/operations/abc123';

  it('reads events and both spellings of a finished operation', async () => {
    const { provider, url } = await adapter({ adapter: 'veo' }, {});
    expect(provider.parseEvent({ type: 'video.generated', data: { id: name } })).toEqual({
      jobId: name,
      kind: 'settled',
    });
    expect(provider.parseEvent({ type: 'video.generated', data: { operation: 'abc' } })?.jobId).toBe('operations/abc');
    expect(provider.parseEvent({ type: 'batch.succeeded', data: {} })).toBeNull();
    expect(() => provider.parseEvent({ type: 'video.generated', data: { id: 'models/../x/operations/a' } })).toThrow(
      refused,
    );
    const own = `${url}/v1beta/files/f1:download?alt=media`;
    for (const response of [
      { generateVideoResponse: { generatedSamples: [{ video: { uri: own } }] } },
      { generatedVideos: [{ video: { uri: own } }] },
    ]) {
      const made = await adapter({ adapter: 'veo' }, { [`GET /v1beta/${name}`]: { name, done: true, response } });
      expect(await made.provider.fetchJob(name)).toMatchObject({
        state: 'done',
        clip: { url: own, headers: {} },
        facts: { model: 'veo-3.1-generate-preview' },
      });
    }
  });

  it('keeps its key to its own origin', async () => {
    const routes: Routes = {};
    const { provider, url } = await adapter({ adapter: 'veo' }, routes);
    const finished = (uri: string) => ({ name, done: true, response: { generatedVideos: [{ video: { uri } }] } });
    routes[`GET /v1beta/${name}`] = finished(`${url}/v1beta/files/x:download`);
    expect((await provider.fetchJob(name)).clip?.headers).toEqual({ 'x-goog-api-key': 'provider-key' });
    routes[`GET /v1beta/${name}`] = finished('https://storage.example/x');
    expect((await provider.fetchJob(name)).clip?.headers).toEqual({});
  });

  it('tells pending, failed and filtered operations apart, and submits', async () => {
    const routes: Routes = { 'POST /v1beta/models/veo-3.1-generate-preview:predictLongRunning': { name } };
    const { provider, seen } = await adapter({ adapter: 'veo' }, routes);
    routes[`GET /v1beta/${name}`] = { name };
    expect((await provider.fetchJob(name)).state).toBe('pending');
    routes[`GET /v1beta/${name}`] = { name, done: true, error: { code: 3, message: 'bad prompt' } };
    expect(await provider.fetchJob(name)).toMatchObject({ state: 'failed', error: 'bad prompt' });
    routes[`GET /v1beta/${name}`] = {
      name,
      done: true,
      response: { generateVideoResponse: { raiMediaFilteredReasons: ['filtered'] } },
    };
    expect(await provider.fetchJob(name)).toMatchObject({ state: 'failed', error: 'filtered' });
    expect(await provider.submit({ ...submission, startFrame: Buffer.from('j') })).toEqual({ jobId: name });
    expect(JSON.parse(seen.at(-1)!.body)).toEqual({
      instances: [{ prompt: 'A kite.', image: { bytesBase64Encoded: 'ag==', mimeType: 'image/jpeg' } }],
      parameters: { aspectRatio: '16:9', negativePrompt: 'rain', seed: 7 },
    });
    expect(seen.at(-1)!.headers['x-goog-api-key']).toBe('provider-key');
  });
});

describe('Runway', () => {
  it('polls tasks and submits', async () => {
    const task = (status: string, more = {}) => ({ id: 't', status, createdAt: '2026-01-01', ...more });
    const routes: Routes = { 'POST /v1/text_to_video': { id: 'new' }, 'POST /v1/image_to_video': { id: 'new2' } };
    const { provider, seen } = await adapter({ adapter: 'runway' }, routes);
    for (const status of ['PENDING', 'THROTTLED', 'RUNNING', 'SOMETHING_NEW']) {
      routes['GET /v1/tasks/t'] = task(status);
      expect((await provider.fetchJob('t')).state).toBe('pending');
    }
    routes['GET /v1/tasks/t'] = task('SUCCEEDED', { output: ['https://cdn.example/a.mp4'] });
    expect(await provider.fetchJob('t')).toMatchObject({ state: 'done', clip: { url: 'https://cdn.example/a.mp4' } });
    expect((await provider.fetchJob('t')).clip?.headers).toBeUndefined();
    expect(seen[0].headers['x-runway-version']).toBe('2024-11-06');
    routes['GET /v1/tasks/t'] = task('FAILED', { failure: 'unsafe', failureCode: 'SAFETY.INPUT' });
    expect(await provider.fetchJob('t')).toMatchObject({ state: 'failed', error: 'SAFETY.INPUT: unsafe' });
    routes['GET /v1/tasks/t'] = task('CANCELLED');
    expect((await provider.fetchJob('t')).state).toBe('failed');
    expect(await provider.submit(submission)).toEqual({ jobId: 'new' });
    expect(JSON.parse(seen.at(-1)!.body)).toEqual({
      model: 'gen4_turbo',
      promptText: 'A kite.',
      duration: 5,
      ratio: '1280:720',
      seed: 7,
    });
    expect(await provider.submit({ ...submission, startFrame: Buffer.from('j') })).toEqual({ jobId: 'new2' });
  });
});

describe('Kling', () => {
  const settings = { adapter: 'kling', secretKeyEnv: 'KEY2', callbackUrl: 'https://me.example/hooks/kling' };

  it('takes callbacks as a hint, finds the task wherever it was made, and signs its calls', async () => {
    const data = {
      task_id: '8661',
      task_status: 'succeed',
      task_status_msg: '',
      created_at: 1,
      updated_at: 2,
      task_result: { videos: [{ id: 'v1', url: 'https://cdn.example/k.mp4', duration: '5' }] },
    };
    const { provider, seen } = await adapter(settings, {
      'GET /v1/videos/image2video/8661': { code: 0, message: 'ok', data },
    });
    expect(provider.capabilities.events).toBe('hint');
    expect(provider.parseEvent(data)).toEqual({ jobId: '8661', kind: 'settled' });
    expect(provider.parseEvent({ ...data, task_status: 'processing' })?.kind).toBe('progress');
    expect(provider.parseEvent({ ...data, task_status: 'novel' })).toBeNull();
    expect(() => provider.parseEvent({})).toThrow(refused);
    expect(await provider.fetchJob('8661')).toMatchObject({
      state: 'done',
      clipId: 'v1',
      clip: { url: 'https://cdn.example/k.mp4' },
      facts: { parameters: { duration: '5' } },
    });
    const [head, body, signature] = seen[0].headers.authorization!.replace('Bearer ', '').split('.');
    expect(JSON.parse(Buffer.from(body, 'base64url').toString())).toMatchObject({ iss: 'provider-key' });
    expect(signature).toBe(createHmac('sha256', 'second-key').update(`${head}.${body}`).digest('base64url'));
    await expect(provider.fetchJob('unknown')).rejects.toThrow(refused);
  });

  it('submits with its callback', async () => {
    const { provider, seen } = await adapter(settings, {
      'POST /v1/videos/text2video': { code: 0, data: { task_id: '99' } },
    });
    expect(await provider.submit(submission)).toEqual({ jobId: '99' });
    expect(JSON.parse(seen[0].body)).toEqual({
      model_name: 'kling-v2-1',
      prompt: 'A kite.',
      negative_prompt: 'rain',
      duration: 5,
      aspect_ratio: '16:9',
      callback_url: 'https://me.example/hooks/kling',
      external_task_id: 'spend_1',
    });
  });
});

describe('Luma', () => {
  it('reads generations and submits', async () => {
    const generation = {
      id: 'g-1',
      generation_type: 'video',
      state: 'completed',
      failure_reason: null,
      model: 'ray-2',
      assets: { video: 'https://cdn.example/l.mp4' },
      request: { prompt: 'A kite.', aspect_ratio: '16:9', loop: false },
    };
    const routes: Routes = {
      'GET /dream-machine/v1/generations/g-1': generation,
      'POST /dream-machine/v1/generations': { id: 'g-2', state: 'queued' },
    };
    const { provider, seen } = await adapter({ adapter: 'luma' }, routes);
    expect(provider.parseEvent(generation)).toEqual({ jobId: 'g-1', kind: 'settled' });
    expect(provider.parseEvent({ ...generation, state: 'dreaming' })?.kind).toBe('progress');
    expect(await provider.fetchJob('g-1')).toMatchObject({
      state: 'done',
      clip: { url: 'https://cdn.example/l.mp4' },
      facts: { model: 'ray-2', prompt: 'A kite.', parameters: { aspect_ratio: '16:9', loop: false } },
    });
    routes['GET /dream-machine/v1/generations/g-1'] = { ...generation, state: 'failed', failure_reason: 'no' };
    expect(await provider.fetchJob('g-1')).toMatchObject({ state: 'failed', error: 'no' });
    expect(await provider.submit(submission)).toEqual({ jobId: 'g-2' });
    expect(JSON.parse(seen.at(-1)!.body)).toMatchObject({
      prompt: 'A kite.',
      model: 'ray-2',
      aspect_ratio: '16:9',
      duration: 5,
    });
  });
});

describe('generic JSON', () => {
  it('reads its defaults and a map of its own', async () => {
    const { provider } = await adapter({ adapter: 'generic' }, {});
    const body = { id: 'j1', url: 'https://cdn.example/a.mp4', prompt: 'p', seed: 5, parameters: { steps: 30 } };
    expect(provider.parseEvent(body)).toEqual({
      jobId: 'j1',
      kind: 'settled',
      clip: { url: 'https://cdn.example/a.mp4', path: undefined },
      facts: { model: undefined, prompt: 'p', negativePrompt: undefined, seed: '5', parameters: { steps: 30 } },
    });
    expect(() => provider.parseEvent({ id: 'j1' })).toThrow(refused);
    const map = {
      job: '/data/task~1id',
      status: '/data/state',
      url: '/data/out/0/href',
      error: '/data/why',
      done: ['ready'],
    };
    const own = await adapter(
      { adapter: 'generic', statusPath: '/jobs/{id}', submitPath: '/jobs', map },
      {
        'GET /jobs/a%3A1': { data: { state: 'Ready', out: [{ href: '/files/a.mp4' }] } },
        'POST /jobs': { data: { 'task/id': 'made' } },
      },
    );
    expect(own.provider.parseEvent({ data: { 'task/id': 'a:1', state: 'ready' } })).toEqual({
      jobId: 'a:1',
      kind: 'settled',
    });
    expect(await own.provider.fetchJob('a:1')).toMatchObject({
      state: 'done',
      clip: { url: `${own.url}/files/a.mp4` },
    });
    expect(own.provider.capabilities.submit).toBe(true);
    expect(await own.provider.submit(submission)).toEqual({ jobId: 'made' });
  });

  it('follows JSON pointers only along own keys', () => {
    expect(pointer({ a: [{ 'b/c': 1 }] }, '/a/0/b~1c')).toBe(1);
    expect(pointer({}, '/constructor/name')).toBeUndefined();
    expect(pointer('text', '/length')).toBeUndefined();
    expect(pointer({ a: 1 }, '')).toEqual({ a: 1 });
  });
});

describe('every adapter', () => {
  it('says what went wrong: a missing key, a refusal, a server error, no JSON', async () => {
    const { provider } = await adapter({ adapter: 'luma', keyEnv: 'NOT_SET' }, {});
    await expect(provider.fetchJob('x')).rejects.toThrow(
      expect.objectContaining({ code: 'provider-failed', hint: expect.stringContaining('NOT_SET') }),
    );
    const api = await localServer(({ url }, response) => {
      if (url.endsWith('html')) response.end('<html>');
      else sendJson(response, { error: 'secret\u001b[31m' }, url.endsWith('500') ? 500 : 401);
    });
    const client = new GuardedClient({ trusted: [api.url] });
    onTestFinished(() => client.close());
    const made = makeProvider({
      id: 'p',
      client,
      secret: () => 'k',
      settings: providerSettings.parse({ adapter: 'runway', baseUrl: api.url, keyEnv: 'KEY' }),
    });
    await expect(made.fetchJob('500')).rejects.toThrow(
      expect.objectContaining({ code: 'provider-failed', status: 500, declined: false }),
    );
    await expect(made.fetchJob('401')).rejects.toThrow(
      expect.objectContaining({ code: 'provider-failed', declined: true }),
    );
    await expect(made.fetchJob('401')).rejects.toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('\u001b') }),
    );
    await expect(made.fetchJob('html')).rejects.toThrow(expect.objectContaining({ code: 'provider-failed' }));
  });
});
