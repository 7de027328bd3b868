import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { keyedFindings } from '../../src/report/review/decisions.ts';
import { reportSchema } from '../../src/report.ts';
import { fakeClip } from './fake-report.ts';
import {
  ended,
  hookServer,
  localServer,
  post,
  postEvent,
  SECRET,
  sendClip,
  sendJson,
  tempFolder,
  until,
} from './support.ts';

const clip = fakeClip({ decision: 'regenerate' });

/** A Sora-shaped server with one finished video, and a receiver of verdicts. */
async function studio(more: Record<string, unknown> = {}, sora: (path: string) => unknown = () => undefined) {
  const api = await localServer(({ url }, response) => {
    const special = sora(url);
    if (special !== undefined) sendJson(response, special);
    else if (url.endsWith('/content')) sendClip(response, clip);
    else
      sendJson(response, {
        id: url.split('/').at(-1),
        status: 'completed',
        model: 'sora-2',
        prompt: 'A kite',
        seconds: '5',
        size: '640x360',
      });
  });
  const receiver = await localServer((_, response) => response.writeHead(204).end());
  const hook = await hookServer({
    providers: { sora: { adapter: 'sora', baseUrl: api.url, keyEnv: 'KEY', secretEnv: 'SECRET' } },
    deliver: [{ url: `${receiver.url}/verdicts`, secretEnv: 'OUT' }],
    ...more,
  });
  return { api, receiver, hook, address: `${hook.url}/hooks/sora` };
}
const completed = (id: string) => ({
  id: `evt_${id}`,
  object: 'event',
  type: 'video.completed',
  created_at: 1,
  data: { id },
});

describe('event → download → check → verdict → signed callback', () => {
  it('goes all the way over HTTP', async () => {
    const { hook, receiver, address } = await studio();
    const answer = await postEvent(address, completed('video_1'));
    expect(answer).toMatchObject({ status: 202, body: { status: 'accepted' } });
    const job = await ended(hook, String(answer.body.job));
    expect(job).toMatchObject({ state: 'done', result: { outcome: 'judged', decision: 'regenerate' } });

    const call = await until(() => receiver.seen[0]);
    const event = new Webhook(SECRET).verify(call.body, call.headers as Record<string, string>) as {
      type: string;
      data: Record<string, unknown>;
    };
    expect(event).toMatchObject({
      type: 'clip.judged',
      data: {
        job: job.id,
        provider: 'sora',
        providerJob: 'video_1',
        decision: 'regenerate',
        report: job.result!.report,
      },
    });
    expect(event.data.findings).toMatchObject([{ detector: 'freeze', start: 40, end: 60, advice: expect.any(String) }]);

    const shown = (await (await fetch(`${hook.url}/jobs/${job.id}`)).json()) as Record<string, unknown>;
    expect(shown).toMatchObject({ state: 'done', result: { decision: 'regenerate' } });
    const report = await (await fetch(`${hook.url}/reports/${job.result!.report}`)).json();
    expect(reportSchema.parse(report).verdict.decision).toBe('regenerate');
    const [take] = hook.ledger.takes();
    expect(take).toMatchObject({
      provider: 'sora',
      providerJob: 'video_1',
      model: 'sora-2',
      prompt: 'A kite',
      status: 'present',
      bytes: clip.length,
    });
    expect(readFileSync(take.path!).equals(clip)).toBe(true);
    expect(hook.ledger.decisions(take.id)).toMatchObject([{ kind: 'verdict', reason: 'regenerate' }]);
  });

  it('makes one job of 1,000 duplicate events', async () => {
    const { hook, api, receiver, address } = await studio();
    const answers: number[] = [];
    for (let batch = 0; batch < 20; batch++) {
      const posts = Array.from({ length: 50 }, (_, i) =>
        postEvent(address, completed('video_1'), { id: `evt_${(batch * 50 + i) % 100}` }),
      );
      answers.push(...(await Promise.all(posts)).map(({ status }) => status));
    }
    expect(answers.filter(status => status === 202)).toHaveLength(1);
    expect(answers.filter(status => status === 200)).toHaveLength(999);
    await until(() => receiver.seen.length > 0);
    expect((await hook.context.queue.list({ kind: 'clip' })).length).toBe(1);
    expect(hook.ledger.takes()).toHaveLength(1);
    expect(api.seen.filter(({ url }) => url.endsWith('/content'))).toHaveLength(1);
    await new Promise(resolve => setTimeout(resolve, 100));
    expect(receiver.seen).toHaveLength(1);
    const metrics = await (await fetch(`${hook.url}/metrics`)).text();
    expect(metrics).toContain('retake_events_total{provider="sora",result="accepted"} 1');
    expect(metrics).toContain('retake_events_total{provider="sora",result="duplicate"} 999');
    expect(metrics).toMatch(/retake_verdicts_total\{decision="regenerate"\} 1/);
    expect(metrics).toContain('retake_jobs{state="done"} 2');
  });

  it('refuses what is forged, altered, stale or from the future, and makes nothing of it', async () => {
    const { hook, address } = await studio();
    const other = `whsec_${Buffer.from('another secret altogether').toString('base64')}`;
    const event = completed('video_1');
    const signed = (at: number) => ({
      'webhook-id': 'evt_x',
      'webhook-timestamp': String(Math.floor(at / 1000)),
      'webhook-signature': new Webhook(SECRET).sign('evt_x', new Date(at), JSON.stringify(event)),
    });
    const now = Date.now();
    const answers = await Promise.all([
      postEvent(address, event, { secret: other }),
      post(address, event),
      post(address, { ...event, type: 'video.failed' }, signed(now)),
      post(address, event, { ...signed(now), 'webhook-id': 'evt_y' }),
      post(address, event, { ...signed(now), 'webhook-timestamp': String(Math.floor(now / 1000) + 1) }),
      post(address, event, { ...signed(now), 'webhook-signature': 'v1,AAAA' }),
      post(address, event, {
        ...signed(now),
        'webhook-signature': signed(now)['webhook-signature'].replace('v1', 'v2'),
      }),
      postEvent(address, event, { at: now - 301_000 }),
      postEvent(address, event, { at: now + 310_000 }),
    ]);
    for (const { status, body } of answers) expect([status, body.error]).toMatchObject([403, { code: 'refused' }]);
    expect(await hook.context.queue.list()).toEqual([]);
    expect((await post(`${hook.url}/hooks/nobody`, event)).status).toBe(403);
  });

  it('ignores replays and unknown events, takes several signatures and a rotated secret', async () => {
    const { hook, address } = await studio();
    const event = completed('video_1');
    expect((await postEvent(address, { type: 'response.completed', data: { id: 'x' } })).body).toEqual({
      status: 'ignored',
    });
    expect((await postEvent(address, event, { id: 'evt_1' })).status).toBe(202);
    expect((await postEvent(address, event, { id: 'evt_1' })).body).toEqual({ status: 'duplicate' });
    expect(await hook.context.queue.list({ kind: 'clip' })).toHaveLength(1);
    const body = JSON.stringify(completed('video_2'));
    const good = new Webhook(SECRET).sign('evt_2', new Date(), body);
    const headers = {
      'webhook-id': 'evt_2',
      'webhook-timestamp': String(Math.floor(Date.now() / 1000)),
      'webhook-signature': `v1,${'A'.repeat(43)}= ${good}`,
    };
    expect((await post(address, body, headers)).status).toBe(202);
    const rotated = await hookServer(
      { providers: { sora: { adapter: 'sora', baseUrl: 'http://127.0.0.1:1', keyEnv: 'KEY', secretEnv: 'SECRET' } } },
      { env: { KEY: 'k', SECRET: `whsec_${Buffer.from('the new secret of 24 byte').toString('base64')} ${SECRET}` } },
    );
    expect((await postEvent(`${rotated.url}/hooks/sora`, event)).status).toBe(202);
  });

  it('copes with events out of order: settled before it is visible, progress after the end', async () => {
    let visible = false;
    const api = await localServer(({ url }, response) => {
      if (url.endsWith('/content')) sendClip(response, clip);
      else if (visible) sendJson(response, { id: 'g', state: 'completed', assets: { video: `${api.url}/content` } });
      else sendJson(response, { id: 'g', state: 'dreaming' });
    });
    const luma = await hookServer({
      providers: { luma: { adapter: 'luma', baseUrl: api.url, keyEnv: 'KEY', poll: 3600 } },
    });
    const hint = (state: string) => post(`${luma.url}/hooks/luma`, { id: 'g', state });
    expect((await hint('dreaming')).body).toEqual({ status: 'ignored' });
    const first = await hint('completed');
    expect(first.status).toBe(202);
    await until(
      async () => (await luma.context.queue.get(String(first.body.job)))?.state === 'waiting' && api.seen.length > 0,
    );
    visible = true;
    // The provider says it again: the job that would have looked in an hour looks now.
    expect((await hint('completed')).body).toEqual({ status: 'duplicate', job: first.body.job });
    expect(await ended(luma, String(first.body.job))).toMatchObject({ state: 'done', attempts: 0 });
    expect((await hint('dreaming')).body).toEqual({ status: 'ignored' });
  });

  it('believes an unsigned callback only as far as the provider confirms it', async () => {
    const api = await localServer((_, response) => sendJson(response, { detail: 'not found' }, 404));
    const receiver = await localServer((_, response) => response.end());
    const hook = await hookServer({
      providers: { luma: { adapter: 'luma', baseUrl: api.url, keyEnv: 'KEY', tokenEnv: 'TOKEN' } },
      deliver: [{ url: receiver.url, secretEnv: 'OUT' }],
    });
    const forged = { id: 'g-forged', state: 'completed', assets: { video: 'http://169.254.169.254/latest' } };
    expect((await post(`${hook.url}/hooks/luma`, forged)).status).toBe(403);
    const { status, body } = await post(`${hook.url}/hooks/luma?token=caller-token`, forged);
    expect(status).toBe(202);
    expect(await ended(hook, String(body.job))).toMatchObject({
      state: 'parked',
      attempts: 1,
      error: { code: 'refused' },
    });
    expect(api.seen.map(({ url }) => url)).toEqual(['/dream-machine/v1/generations/g-forged']);
    // Nothing of a stranger's word reaches the ledger or anybody else.
    expect(hook.ledger.takes()).toEqual([]);
    expect(await hook.context.queue.list({ kind: 'deliver' })).toEqual([]);
    expect(receiver.seen).toEqual([]);
  });

  it('tries a clip again whose content is not ready, with a fresh link each time', async () => {
    let asked = 0;
    const cdn = await localServer(({ url }, response) => {
      if (url === '/fresh-3') sendClip(response, clip);
      else response.writeHead(403).end('expired');
    });
    const api = await localServer((_, response) =>
      sendJson(response, { id: 't', status: 'SUCCEEDED', output: [`${cdn.url}/fresh-${++asked}`] }),
    );
    const hook = await hookServer({
      providers: { runway: { adapter: 'runway', baseUrl: api.url, keyEnv: 'KEY', contentOrigins: [cdn.url] } },
    });
    const { body } = await post(`${hook.url}/clips`, { provider: 'runway', job: 't' });
    expect(await ended(hook, String(body.job))).toMatchObject({ state: 'done', attempts: 2 });
    expect(cdn.seen.map(({ url }) => url)).toEqual(['/fresh-1', '/fresh-2', '/fresh-3']);
  });

  it('parks what cannot be had, says so, and starts anew when asked', async () => {
    let broken = true;
    const receiver = await localServer((_, response) => response.end());
    const api = await localServer(({ url }, response) => {
      if (url.endsWith('/content')) broken ? response.writeHead(403).end() : sendClip(response, clip);
      else sendJson(response, { id: 'v', status: 'completed' });
    });
    const hook = await hookServer({
      providers: { sora: { adapter: 'sora', baseUrl: api.url, keyEnv: 'KEY', secretEnv: 'SECRET' } },
      deliver: [{ url: receiver.url, secretEnv: 'OUT' }],
    });
    const { body } = await postEvent(`${hook.url}/hooks/sora`, completed('v'));
    const job = await ended(hook, String(body.job));
    expect(job).toMatchObject({
      state: 'parked',
      attempts: 4,
      error: { code: 'download-failed', message: expect.stringContaining('403') },
    });
    const told = await until(() => receiver.seen[0]);
    expect(JSON.parse(told.body)).toMatchObject({
      type: 'clip.failed',
      data: { job: job.id, providerJob: 'v', error: { code: 'download-failed' } },
    });
    expect(((await (await fetch(`${hook.url}/jobs?state=parked`)).json()) as { jobs: unknown[] }).jobs).toHaveLength(1);
    broken = false;
    expect((await post(`${hook.url}/jobs/${job.id}/retry`, {})).body).toMatchObject({ state: 'waiting' });
    expect(await ended(hook, job.id)).toMatchObject({ state: 'done' });
    expect((await post(`${hook.url}/jobs/${job.id}/retry`, {})).status).toBe(400);
  });

  it('tells when the generation itself failed', async () => {
    const { hook, receiver, address } = await studio({}, () => ({
      id: 'v',
      status: 'failed',
      error: { code: 'x', message: 'moderated' },
    }));
    const { body } = await postEvent(address, { ...completed('v'), type: 'video.failed' });
    expect(await ended(hook, String(body.job))).toMatchObject({
      state: 'done',
      result: { outcome: 'generation-failed', reason: 'moderated' },
    });
    expect(JSON.parse((await until(() => receiver.seen[0])).body)).toMatchObject({
      type: 'clip.failed',
      data: { error: { message: 'moderated' } },
    });
    expect(hook.ledger.takes()).toMatchObject([{ status: 'failed', note: 'moderated' }]);
  });
});

describe('outgoing', () => {
  it('repeats the same message under the same id until it is taken; dead letters stay to be sent again', async () => {
    let status = 500;
    const receiver = await localServer((_, response) => response.writeHead(status).end());
    const { hook, address } = await studio({ deliver: [{ url: receiver.url, secretEnv: 'OUT' }] });
    await postEvent(address, completed('video_1'));
    const dead = await until(async () => (await hook.context.queue.list({ kind: 'deliver', state: 'parked' }))[0]);
    expect(receiver.seen).toHaveLength(4);
    expect(new Set(receiver.seen.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    expect(new Set(receiver.seen.map(({ body }) => body)).size).toBe(1);
    expect(dead.error).toMatchObject({ code: 'provider-failed', message: expect.stringContaining('500') });
    status = 200;
    await post(`${hook.url}/jobs/${dead.id}/retry`, {});
    expect(await ended(hook, dead.id)).toMatchObject({ state: 'done' });
    expect(receiver.seen[4].headers['webhook-id']).toBe(receiver.seen[0].headers['webhook-id']);
  });

  it('stops at once when the receiver is gone, and never follows a redirect', async () => {
    for (const [answer, code] of [
      [410, 'refused'],
      [302, 'refused'],
    ] as const) {
      const receiver = await localServer((_, response) =>
        response.writeHead(answer, { location: 'http://169.254.169.254/' }).end(),
      );
      const { hook, address } = await studio({ deliver: [{ url: receiver.url, secretEnv: 'OUT' }] });
      await postEvent(address, completed('video_1'));
      const dead = await until(async () => (await hook.context.queue.list({ kind: 'deliver', state: 'parked' }))[0]);
      expect(dead.error?.code).toBe(code);
      expect(receiver.seen).toHaveLength(1);
    }
  });

  it('runs a command with the event as its input, without a shell', async () => {
    const out = join(tempFolder(), 'event with spaces; $(touch x).json');
    const script =
      'const fs=require("fs");fs.writeFileSync(process.argv[1], fs.readFileSync(0)+"\\n"+process.env.RETAKE_EVENT_ID+"\\n"+process.env.KEY)';
    const { hook, address } = await studio({ deliver: [{ command: [process.execPath, '-e', script, out] }] });
    await postEvent(address, completed('video_1'));
    await until(async () => (await hook.context.queue.list({ kind: 'deliver', state: 'done' }))[0]);
    const [event, id, key] = readFileSync(out, 'utf8').split('\n');
    expect(JSON.parse(event)).toMatchObject({ type: 'clip.judged' });
    expect(id).toMatch(/^msg_/);
    expect(key).toBe('undefined');
  });

  it('parks a command that fails, with its last words', async () => {
    const { hook, address } = await studio({
      deliver: [{ command: [process.execPath, '-e', 'console.error("disk on fire");process.exit(3)'] }],
    });
    await postEvent(address, completed('video_1'));
    const dead = await until(async () => (await hook.context.queue.list({ kind: 'deliver', state: 'parked' }))[0]);
    expect(dead.error?.message).toMatch(/ends with 3: disk on fire/);
  });

  it('calls back only to origins that are permitted', async () => {
    const receiver = await localServer((_, response) => response.end());
    const folder = tempFolder();
    writeFileSync(join(folder, 'a.mp4'), clip);
    const { hook } = await studio({
      roots: [folder],
      callbacks: { origins: [receiver.url], secretEnv: 'OUT' },
      deliver: [],
    });
    const ask = (callback: string) => post(`${hook.url}/clips`, { path: 'a.mp4', callback });
    for (const bad of ['http://127.0.0.1:1/', `${receiver.url}.example/`, 'file:///x', 'nonsense'])
      expect((await ask(bad)).status).toBe(403);
    expect((await ask(`${receiver.url}/done?for=me`)).status).toBe(202);
    const call = await until(() => receiver.seen[0]);
    expect(call.url).toBe('/done?for=me');
    new Webhook(SECRET).verify(call.body, call.headers as Record<string, string>);
  });
});

describe('POST /clips', () => {
  it('judges a path below a root, and nothing else on this machine', async () => {
    const root = tempFolder();
    const outside = tempFolder();
    mkdirSync(join(root, 'deep'));
    writeFileSync(join(root, 'deep', 'a.mp4'), clip);
    writeFileSync(join(outside, 'secret.mp4'), clip);
    symlinkSync(join(outside, 'secret.mp4'), join(root, 'link.mp4'));
    symlinkSync(outside, join(root, 'folder'));
    const hook = await hookServer({ roots: [root] });
    const ask = (path: string) => post(`${hook.url}/clips`, { path, facts: { prompt: 'p', seed: 3 } });
    const { status, body } = await ask('deep/a.mp4');
    expect(status).toBe(202);
    expect(await ended(hook, String(body.job))).toMatchObject({ state: 'done' });
    expect(hook.ledger.takes()[0]).toMatchObject({ prompt: 'p', seed: '3' });
    expect((await ask(join(root, 'deep/../deep/a.mp4'))).status).toBe(202);
    const answers = [];
    for (const path of [
      '../x',
      `../${outside.split('/').at(-1)}/secret.mp4`,
      join(outside, 'secret.mp4'),
      '/etc/passwd',
      'link.mp4',
      'folder/secret.mp4',
      'deep',
      'missing.mp4',
      'a\0b',
      `${root}x/a.mp4`,
      '/proc/self/environ',
      'deep/../../x',
    ])
      answers.push(await ask(path));
    for (const answer of answers)
      expect([answer.status, (answer.body.error as { message: string }).message]).toEqual([
        403,
        'the path is not a file below the permitted folders',
      ]);
    expect((await post(`${(await hookServer({})).url}/clips`, { path: '/etc/passwd' })).status).toBe(403);
  });

  it('takes a clip as the body, the same bytes once', async () => {
    const hook = await hookServer({ limits: { bytes: 10_000 } });
    const send = (body: Buffer, type = 'video/mp4', query = '') =>
      fetch(`${hook.url}/clips${query}`, { method: 'POST', body, headers: { 'content-type': type } });
    const first = await send(clip, 'video/mp4', `?facts=${encodeURIComponent('{"shot":"7"}')}&name=x.mov`);
    const { job } = (await first.json()) as { job: string };
    expect([first.status, first.headers.get('location')]).toEqual([202, `/jobs/${job}`]);
    expect(await (await send(clip)).json()).toEqual({ job, created: false });
    await ended(hook, job);
    expect(hook.ledger.takes()).toMatchObject([{ shot: '7', path: expect.stringMatching(/\.mov$/) }]);
    expect((await send(Buffer.alloc(20_000))).status).toBe(413);
    expect((await send(Buffer.from('504b030400000000', 'hex'))).status).toBe(403);
    expect((await send(Buffer.from('x'), 'text/plain')).status).toBe(415);
    expect((await send(clip, 'video/mp4', '?facts=nonsense')).status).toBe(400);
    expect((await send(clip, 'video/mp4', '?policy=secret')).status).toBe(400);
  });

  it('takes a clip as the file of a form, whatever the order of its fields', async () => {
    const hook = await hookServer({ limits: { bytes: 10_000 } });
    const send = (...parts: [string, string | Buffer, string?][]) => {
      const form = new FormData();
      for (const [name, value, file] of parts)
        if (typeof value === 'string') form.append(name, value);
        else form.append(name, new Blob([new Uint8Array(value)], { type: 'video/quicktime' }), file);
      return fetch(`${hook.url}/clips`, { method: 'POST', body: form });
    };
    const first = await send(['clip', clip, '../../etc/take.mov'], ['facts', '{"shot":"7"}'], ['policy', 'export']);
    const { job } = (await first.json()) as { job: string };
    expect(first.status).toBe(202);
    expect(await (await send(['policy', 'export'], ['x', clip, 'b.mov'])).json()).toEqual({ job, created: false });
    const done = await ended(hook, job);
    const [take] = hook.ledger.takes();
    expect(take).toMatchObject({ shot: '7', bytes: clip.length });
    expect(take.path!.startsWith(hook.config.store)).toBe(true);
    expect(readFileSync(take.path!)).toEqual(clip);
    expect(hook.ledger.report(String(done.result!.report)).policy.name).toBe('export');
    expect((await send(['facts', '{}'])).status).toBe(400);
    expect((await send(['clip', clip, 'a.mp4'], ['clip', clip, 'b.mp4'])).status).toBe(400);
    expect((await send(['facts', 'nonsense'], ['clip', clip, 'a.mp4'])).status).toBe(400);
    expect((await send(['facts', ' '.repeat(300_000)], ['clip', clip, 'a.mp4'])).status).toBe(400);
    expect((await send(...Array.from({ length: 30 }, (_, i): [string, string] => [`f${i}`, '']))).status).toBe(400);
    expect((await send(['clip', Buffer.alloc(20_000), 'a.mp4'])).status).toBe(413);
    expect((await send(['clip', Buffer.from('504b030400000000', 'hex'), 'a.mp4'])).status).toBe(403);
    const raw = (body: string, type: string) =>
      fetch(`${hook.url}/clips`, { method: 'POST', body, headers: { 'content-type': type } });
    expect((await raw('x', 'multipart/form-data')).status).toBe(400);
    expect((await raw('no boundary at all', 'multipart/form-data; boundary=b')).status).toBe(400);
    const cut = '--b\r\ncontent-disposition: form-data; name="clip"; filename="a.mp4"\r\n\r\nhalf a clip';
    expect((await raw(cut, 'multipart/form-data; boundary=b')).status).toBe(400);
    expect(readdirSync(join(hook.config.store, 'incoming'))).toEqual([]);
    expect(await hook.context.queue.list()).toHaveLength(1);
  });

  it('keeps nothing of an upload that ends early', async () => {
    const hook = await hookServer({});
    await new Promise<void>(resolve => {
      const socket = connect(Number(new URL(hook.url).port), '127.0.0.1', () =>
        socket.write(
          'POST /clips HTTP/1.1\r\nhost: localhost\r\ncontent-type: video/mp4\r\ncontent-length: 5000\r\n\r\nonly this',
          () => setTimeout(() => socket.destroy(), 50),
        ),
      );
      socket.on('close', () => resolve());
    });
    // The folder is made when the upload is taken up, which may be after the sender has gone.
    const incoming = join(hook.config.store, 'incoming');
    await until(() => existsSync(incoming) && readdirSync(incoming).length === 0);
    expect(await hook.context.queue.list()).toEqual([]);
    expect((await fetch(`${hook.url}/healthz`)).status).toBe(200);
  });

  it('refuses addresses inside, and takes those that are trusted', async () => {
    const cdn = await localServer((_, response) => sendClip(response, clip));
    const inside = await localServer((_, response) => sendClip(response, clip));
    const hook = await hookServer({ trusted: [cdn.url] });
    const ask = (url: string) => post(`${hook.url}/clips`, { url });
    for (const url of [
      inside.url,
      'http://localhost:1/',
      'https://127.0.0.1/',
      'https://[::1]/',
      'https://169.254.169.254/',
      'file:///etc/passwd',
      'x',
    ])
      expect((await ask(url)).status).toBe(403);
    const { body } = await ask(`${cdn.url}/a.mp4`);
    expect(await ended(hook, String(body.job))).toMatchObject({ state: 'done' });
    // A name that resolves to loopback passes the first look and is refused when it is connected.
    const sneaky = await hookServer({}, { network: { resolve: async () => [{ address: '127.0.0.1', family: 4 }] } });
    const late = await post(`${sneaky.url}/clips`, { url: 'https://innocent.example/a.mp4' });
    expect(await ended(sneaky, String(late.body.job))).toMatchObject({
      state: 'parked',
      attempts: 1,
      error: { code: 'refused' },
    });
    expect(inside.seen).toEqual([]);
  });

  it('refuses bodies that do not fit, naming the key', async () => {
    const hook = await hookServer({ limits: { body: 2_048 } });
    const ask = (body: unknown) => post(`${hook.url}/clips`, body);
    expect((await ask('{')).body.error).toMatchObject({ code: 'usage', message: 'the body is not JSON' });
    expect((await ask({})).body.error).toMatchObject({ message: expect.stringContaining('exactly one') });
    expect((await ask({ url: 'https://a.example', path: 'b' })).status).toBe(400);
    expect((await ask({ url: 'https://a.example', extra: 1 })).status).toBe(400);
    expect((await ask({ url: 'https://a.example', facts: { seed: 'x' } })).body.error).toMatchObject({
      message: expect.stringContaining('facts.seed'),
    });
    expect((await ask({ url: 'https://a.example', note: 'x'.repeat(3_000) })).status).toBe(413);
    expect((await fetch(`${hook.url}/nowhere`)).status).toBe(404);
    expect((await fetch(`${hook.url}/jobs/job_none`)).status).toBe(404);
    expect((await fetch(`${hook.url}/reports/rep_none`)).status).toBe(404);
  });

  it('does one request once when the caller names it', async () => {
    const root = tempFolder();
    writeFileSync(join(root, 'a.mp4'), clip);
    const hook = await hookServer({ roots: [root] });
    const ask = () => post(`${hook.url}/clips`, { path: 'a.mp4', key: 'mine' });
    const [first, second] = [await ask(), await ask()];
    expect(second).toMatchObject({ status: 200, body: { job: first.body.job, created: false } });
  });

  it('judges known bytes again once a new version of the tool is there', async () => {
    const folder = tempFolder();
    const store = { ledger: join(folder, 'ledger.db'), store: join(folder, 'clips') };
    const upload = async (toolVersion: string) => {
      const hook = await hookServer(store, { toolVersion });
      const send = { method: 'POST', body: clip, headers: { 'content-type': 'video/mp4' } };
      const { job } = (await (await fetch(`${hook.url}/clips`, send)).json()) as { job: string };
      const { result } = await ended(hook, job);
      await hook.stop(500);
      return { job, report: result!.report };
    };
    const old = await upload('1.0.0');
    expect(await upload('1.0.0')).toEqual(old);
    const anew = await upload('1.1.0');
    expect(anew.job).not.toBe(old.job);
    expect(anew.report).not.toBe(old.report);
  });

  it('judges anew with what the ledger says was waived in these bytes, also in a process of its own', async () => {
    const folder = tempFolder();
    const store = { ledger: join(folder, 'ledger.db'), store: join(folder, 'clips') };
    const judgeModule = new URL('./fake-report.ts', import.meta.url).href;
    const faulty = fakeClip({ decision: 'regenerate', salt: 'waived' });
    const upload = async (toolVersion: string) => {
      const hook = await hookServer(store, { toolVersion, judge: undefined, judgeModule });
      const send = { method: 'POST', body: new Uint8Array(faulty), headers: { 'content-type': 'video/mp4' } };
      const { job } = (await (await fetch(`${hook.url}/clips`, send)).json()) as { job: string };
      const { result } = await ended(hook, job);
      return { hook, report: hook.ledger.report(String(result!.report)), take: String(result!.take) };
    };
    const first = await upload('1.0.0');
    const [{ key, finding }] = keyedFindings(first.report.outcomes);
    expect(finding.review).toBeUndefined();
    first.hook.ledger.decide({ take: first.take, kind: 'waive', who: 'Kim', reason: 'planned', finding: key });
    first.hook.ledger.decide({ take: first.take, kind: 'waive', who: 'Kim', reason: 'names no finding' });
    await first.hook.stop(500);
    const second = await upload('1.1.0');
    expect(keyedFindings(second.report.outcomes)[0].finding.review).toMatchObject({ status: 'waived', who: 'Kim' });
  });

  it('judges the same bytes once for several jobs, and again under another policy', async () => {
    const root = tempFolder();
    const slow = fakeClip({ decision: 'pass', delay: 60 });
    for (const name of ['a', 'b', 'c', 'd']) writeFileSync(join(root, `${name}.mp4`), slow);
    let judged = 0;
    const { judge } = await import('./fake-report.ts');
    const hook = await hookServer(
      { roots: [root] },
      {
        judge: (path, given) => {
          judged++;
          return judge(path, given);
        },
      },
    );
    const ask = async (path: string, policy?: string) =>
      String((await post(`${hook.url}/clips`, { path, policy })).body.job);
    const jobs = await Promise.all(['a', 'b', 'c', 'd'].map(name => ask(`${name}.mp4`)));
    const results = await Promise.all(jobs.map(id => ended(hook, id)));
    expect(judged).toBe(1);
    expect(new Set(results.map(({ result }) => result!.report)).size).toBe(1);
    expect(hook.ledger.takes()).toHaveLength(4);
    await ended(hook, await ask('a.mp4', 'export'));
    expect(judged).toBe(2);
  });

  it('cancels, and parks a clip that cannot be judged', async () => {
    const root = tempFolder();
    writeFileSync(join(root, 'slow.mp4'), fakeClip({ decision: 'pass', delay: 60_000 }));
    writeFileSync(join(root, 'cut.mp4'), fakeClip({ decision: 'pass', error: 'clip-truncated' }));
    writeFileSync(join(root, 'flaky.mp4'), fakeClip({ decision: 'pass', error: 'internal' }));
    const hook = await hookServer({ roots: [root] });
    const ask = async (path: string) => String((await post(`${hook.url}/clips`, { path })).body.job);
    const slow = await ask('slow.mp4');
    await until(async () => (await hook.context.queue.get(slow))?.state === 'running');
    await post(`${hook.url}/jobs/${slow}/cancel`, {});
    expect(await ended(hook, slow)).toMatchObject({ state: 'cancelled' });
    expect(await ended(hook, await ask('cut.mp4'))).toMatchObject({
      state: 'parked',
      attempts: 1,
      error: { code: 'clip-truncated' },
    });
    expect(await ended(hook, await ask('flaky.mp4'))).toMatchObject({
      state: 'parked',
      attempts: 4,
      error: { code: 'internal' },
    });
  });
});

describe('the door', () => {
  it('asks for a token where one is set, on everything but health and callbacks', async () => {
    const hook = await hookServer({ listen: { port: 0, tokenEnv: 'TOKEN' } });
    const get = (path: string, headers = {}) => fetch(hook.url + path, { headers }).then(({ status }) => status);
    expect(await get('/healthz')).toBe(200);
    for (const path of ['/metrics', '/jobs', '/jobs/x', '/reports/x', '/clips/x/reports', '/anything'])
      expect(await get(path)).toBe(401);
    expect(await get('/metrics', { authorization: 'Bearer wrong' })).toBe(401);
    expect(await get('/metrics', { authorization: 'Bearer caller-token' })).toBe(200);
    expect((await post(`${hook.url}/clips`, { url: 'https://a.example' })).status).toBe(401);
  });

  it('without a token answers only programs of this machine, not pages in a browser', async () => {
    const hook = await hookServer({});
    const raw = (host: string, more = '') =>
      new Promise<string>(resolve => {
        const socket = connect(Number(new URL(hook.url).port), '127.0.0.1', () =>
          socket.write(`GET /jobs HTTP/1.1\r\nhost: ${host}\r\n${more}connection: close\r\n\r\n`),
        );
        let text = '';
        socket.on('data', chunk => (text += chunk)).on('close', () => resolve(text.split('\r\n')[0]));
      });
    expect(await raw('localhost:1')).toContain('200');
    expect(await raw('[::1]:1')).toContain('200');
    expect(await raw('attacker.example')).toContain('403');
    expect(await raw('127.0.0.1.attacker.example')).toContain('403');
    expect(await raw('localhost', 'origin: https://attacker.example\r\n')).toContain('403');
  });

  it('does not listen beyond this machine without a token', async () => {
    await expect(hookServer({ listen: { host: '0.0.0.0', port: 0 } })).rejects.toThrow(
      expect.objectContaining({ code: 'usage', hint: expect.stringContaining('tokenEnv') }),
    );
    await expect(hookServer({ listen: { host: '0.0.0.0', port: 0, tokenEnv: 'UNSET' } })).rejects.toThrow(/token/);
  });

  it('says so when its port is taken', async () => {
    const hook = await hookServer({});
    await expect(hookServer({ listen: { port: Number(new URL(hook.url).port) } })).rejects.toThrow(/in use/);
  });

  it('lets go of clients that drip their body or their headers', async () => {
    const hook = await hookServer({ limits: { bodySeconds: 0.3 } });
    const port = Number(new URL(hook.url).port);
    const talk = (lines: string) =>
      new Promise<string>(resolve => {
        const socket = connect(port, '127.0.0.1', () => socket.write(lines));
        const drip = setInterval(() => socket.writable && socket.write(' '), 50);
        let text = '';
        socket.on('data', chunk => (text += chunk));
        socket
          .on('error', () => undefined)
          .on('close', () => {
            clearInterval(drip);
            resolve(text.split('\r\n')[0]);
          });
      });
    expect(
      await talk(
        'POST /clips HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 900\r\n\r\n{',
      ),
    ).toContain('408');
    expect(
      await talk(
        'POST /clips HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 99999999\r\n\r\n{',
      ),
    ).toContain('413');
    expect(await talk(`GET / HTTP/1.1\r\nhost: localhost\r\nx: ${'a'.repeat(20_000)}\r\n\r\n`)).toContain('431');
  });

  it('turns work away when too much is waiting', async () => {
    const root = tempFolder();
    for (let i = 0; i < 9; i++)
      writeFileSync(join(root, `${i}.mp4`), fakeClip({ decision: 'pass', delay: 5_000, salt: i }));
    const hook = await hookServer({ roots: [root], limits: { backlog: 2 }, concurrency: 1 });
    const answers = [];
    for (let i = 0; i < 9; i++) answers.push((await post(`${hook.url}/clips`, { path: `${i}.mp4` })).status);
    expect(answers.at(-1)).toBe(503);
    expect(answers.filter(status => status === 202).length).toBeGreaterThanOrEqual(2);
  });

  it('stops cleanly: refuses new work, gives running work back, and goes on where it was', async () => {
    const root = tempFolder();
    writeFileSync(join(root, 'slow.mp4'), fakeClip({ decision: 'pass', delay: 1_500 }));
    const hook = await hookServer({ roots: [root] });
    const { body } = await post(`${hook.url}/clips`, { path: 'slow.mp4' });
    await until(async () => (await hook.context.queue.get(String(body.job)))?.state === 'running');
    await hook.stop(50);
    await expect(fetch(`${hook.url}/healthz`)).rejects.toThrow();
    const again = await hookServer({ ledger: hook.config.ledger, store: hook.config.store, roots: [root] });
    expect(await ended(again, String(body.job))).toMatchObject({ state: 'done', attempts: 0, crashes: 0 });
  });
});
