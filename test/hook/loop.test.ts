import { writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import type { Trim } from '../../src/hook/context.ts';
import type { Running } from '../../src/hook/daemon.ts';
import { fakeClip, type Script } from './fake-report.ts';
import { hookServer, localServer, postEvent, sendClip, sendJson, until } from './support.ts';

interface Call {
  path: string;
  body: Record<string, unknown>;
}

/** A Sora-shaped generator: each new clip comes out as the script says; each call costs its price. */
async function generator(next: (call: number) => Script | 'fails' | 'declines' | 'breaks' | 'hangs up' | 'busy') {
  const calls: Call[] = [];
  const clips = new Map<string, Script | 'failed'>([['first', { decision: 'regenerate' }]]);
  const api = await localServer(({ method, url, body }, response) => {
    if (method === 'POST') {
      calls.push({ path: url, body: JSON.parse(body) });
      const outcome = next(calls.length);
      const id = `video_${calls.length}`;
      if (outcome === 'declines') return sendJson(response, { error: 'billing' }, 402);
      if (outcome === 'busy') return sendJson(response, { error: 'slow down' }, 429);
      if (outcome === 'breaks') return sendJson(response, { error: 'oops' }, 500);
      if (outcome === 'hangs up') return response.destroy();
      clips.set(id, outcome === 'fails' ? 'failed' : { salt: id, ...outcome });
      return sendJson(response, { id, status: 'queued' });
    }
    const id = url.split('/')[3];
    const clip = clips.get(id);
    if (clip === undefined) return sendJson(response, {}, 404);
    if (url.endsWith('/content')) return sendClip(response, fakeClip(clip as Script));
    const failed = clip === 'failed';
    return sendJson(response, {
      id,
      status: failed ? 'failed' : 'completed',
      model: 'sora-2',
      prompt: 'A kite',
      seconds: '4',
      size: '640x360',
      error: failed ? { message: 'moderated' } : null,
    });
  });
  return { api, calls };
}

const start = (api: { url: string }, regenerate: object, more: object = {}, options: object = {}) =>
  hookServer(
    {
      providers: {
        sora: {
          adapter: 'sora',
          baseUrl: api.url,
          keyEnv: 'KEY',
          secretEnv: 'SECRET',
          poll: 0.1,
          price: { perSecond: 0.1 },
        },
      },
      regenerate: {
        enabled: true,
        perShot: 10,
        perDay: 100,
        actions: ['trim', 'extend', 'remix', 'whole'],
        ...regenerate,
      },
      ...more,
    },
    options,
  );

/** Sends the first clip in and waits until the loop has come to an end. */
async function run(hook: Running) {
  await postEvent(`${hook.url}/hooks/sora`, { id: 'e', type: 'video.completed', data: { id: 'first' } });
  const root = await until(() => hook.ledger.takeOfJob('sora', 'first'));
  const campaign = await until(() => {
    const found = hook.context.campaigns.get(root.id);
    return found && found.state !== 'running' && found;
  }, 30);
  await until(async () => {
    const { waiting, running } = await hook.context.queue.counts();
    return waiting + running === 0;
  });
  return { root, campaign, booked: hook.context.campaigns.booked(root.id, 'USD') };
}

describe('the regenerate loop', () => {
  it('is off unless it is switched on', async () => {
    const { api, calls } = await generator(() => ({ decision: 'pass' }));
    const hook = await start(api, { enabled: false });
    await postEvent(`${hook.url}/hooks/sora`, { type: 'video.completed', data: { id: 'first' } });
    await until(async () => (await hook.context.queue.counts()).done === 1);
    expect(calls).toEqual([]);
    expect((await hook.context.queue.list())[0].result).toMatchObject({ next: null });
  });

  it('reaches a clean take, remix first, with everything in the ledger', async () => {
    const { api, calls } = await generator(call => ({ decision: call === 2 ? 'pass' : 'regenerate' }));
    const receiver = await localServer((_, response) => response.end());
    const hook = await start(api, {}, { deliver: [{ url: receiver.url, secretEnv: 'OUT' }] });
    const { root, campaign, booked } = await run(hook);
    expect(calls.map(({ path }) => path)).toEqual(['/v1/videos/first/remix', '/v1/videos']);
    expect(calls[0].body.prompt).toMatch(/^A kite\. Everything keeps moving/);
    expect(calls[1].body.prompt).toMatch(/^A kite\. Most important: everything keeps moving/);
    const takes = hook.ledger.takes().reverse();
    expect(takes.map(({ relation, prompt }) => [relation, prompt === 'A kite'])).toEqual([
      [undefined, true],
      ['remix', false],
      ['whole', false],
    ]);
    expect(takes[1].parent).toBe(root.id);
    expect(takes[2].parent).toBe(takes[1].id);
    expect(takes[1].cost).toEqual({ amount: 0.4, currency: 'USD' });
    expect(campaign).toMatchObject({ state: 'clean', best: takes[2].id });
    expect(booked.shot).toBe(0.8);
    const settled = receiver.seen.map(({ body }) => JSON.parse(body)).find(({ type }) => type === 'shot.settled');
    expect(settled.data).toMatchObject({
      state: 'clean',
      root: root.id,
      best: takes[2].id,
      tries: 2,
      spent: { amount: 0.8, currency: 'USD' },
    });
  });

  it('shows in a dry run what it would do, books nothing and asks for nothing', async () => {
    const { api, calls } = await generator(() => ({ decision: 'pass' }));
    const hook = await start(api, { dryRun: true });
    await postEvent(`${hook.url}/hooks/sora`, { type: 'video.completed', data: { id: 'first' } });
    const job = await until(async () => (await hook.context.queue.list({ kind: 'clip', state: 'done' }))[0]);
    expect(job.result!.next).toMatchObject({
      action: 'remix',
      dryRun: true,
      plan: { prompt: expect.stringMatching(/^A kite\. /), originalPrompt: 'A kite', cost: { amount: 0.4 } },
    });
    expect(calls).toEqual([]);
    expect(
      hook.ledger.database.get('SELECT (SELECT count(*) FROM spend) + (SELECT count(*) FROM campaigns) AS n'),
    ).toEqual({ n: 0 });
  });

  it('trims instead of spending where a clean stretch is long enough', async () => {
    const { api, calls } = await generator(() => ({ decision: 'pass' }));
    const hook = await start(api, { trimShare: 0.5 });
    const { campaign } = await run(hook);
    expect(calls).toEqual([]);
    expect(campaign).toMatchObject({ state: 'clean', reason: expect.stringContaining('frames 60–120') });
  });

  it('writes the clean stretch, has it judged, and only then calls the shot clean', async () => {
    const { api, calls } = await generator(() => ({ decision: 'pass' }));
    const receiver = await localServer((_, response) => response.end());
    const asked: unknown[] = [];
    const trim: Trim = async (_path, range, target) => {
      asked.push(range);
      await writeFile(target, fakeClip({ decision: 'pass', salt: 'trimmed' }));
    };
    const hook = await start(api, { trimShare: 0.5 }, { deliver: [{ url: receiver.url, secretEnv: 'OUT' }] }, { trim });
    const { root, campaign } = await run(hook);
    expect(calls).toEqual([]);
    expect(asked).toEqual([{ start: 60, end: 120 }]);
    const [trimmed] = hook.ledger.takes();
    expect(trimmed).toMatchObject({
      parent: root.id,
      relation: 'trim',
      parameters: { frames: { start: 60, end: 120 } },
    });
    expect(campaign).toMatchObject({ state: 'clean', best: trimmed.id });
    const settled = receiver.seen.map(({ body }) => JSON.parse(body)).filter(({ type }) => type === 'shot.settled');
    expect(settled).toHaveLength(1);
    expect(settled[0].data).toMatchObject({ take: trimmed.id, best: trimmed.id, range: { start: 60, end: 120 } });
  });

  it('goes on to other means when the stretch does not hold by itself, and asks a person when it cannot be written', async () => {
    const { api, calls } = await generator(() => ({ decision: 'pass' }));
    const trim: Trim = (_path, _range, target) =>
      writeFile(target, fakeClip({ decision: 'regenerate', salt: 'trimmed' }));
    const hook = await start(api, { trimShare: 0.5 }, {}, { trim });
    const { campaign } = await run(hook);
    expect(calls).toHaveLength(1);
    expect(campaign).toMatchObject({ state: 'clean' });

    const broken = await start(
      api,
      { trimShare: 0.5 },
      { retry: { tries: 1 } },
      { trim: () => Promise.reject(new Error('no room')) },
    );
    expect((await run(broken)).campaign).toMatchObject({
      state: 'human',
      reason: expect.stringMatching(/60–120 .*no room/),
    });
  });

  it('extends from the last good frame with its picture', async () => {
    const { api, calls } = await generator(() => ({ decision: 'pass' }));
    const grabbed: number[] = [];
    const grabFrame = async (_path: string, frame: number) => {
      grabbed.push(frame);
      return Buffer.from(`frame ${frame}`);
    };
    const hook = await start(api, { extendShare: 0.3 }, {}, { grabFrame });
    await run(hook);
    expect(grabbed).toEqual([39]);
    expect(calls[0].body.input_reference).toEqual({
      image_url: `data:image/jpeg;base64,${Buffer.from('frame 39').toString('base64')}`,
    });
    expect(hook.ledger.takes({ limit: 1 })[0]).toMatchObject({
      relation: 'extend',
      parameters: { continuesAfterFrame: 39 },
    });
  });

  it.each([
    [{ perShot: 0.4 * 2 + 0.39, tries: 50, patience: 50 }, 2, 'stopped'],
    [{ perDay: 1.2, tries: 50, patience: 50 }, 3, 'stopped'],
    [{ perShot: 0.39 }, 0, 'stopped'],
    [{ minutesPerDay: 0 }, 0, 'stopped'],
    [{ tries: 3, patience: 50 }, 3, 'human'],
    [{ tries: 0 }, 0, 'human'],
    [{ tries: 50, patience: 2 }, 2, 'human'],
  ] as const)('stops by its caps %j after %i calls', async (caps, wanted, state) => {
    const { api, calls } = await generator(() => ({ decision: 'regenerate' }));
    const { campaign } = await run(await start(api, caps));
    expect(calls).toHaveLength(wanted);
    expect(campaign.state).toBe(state);
  });

  it('counts a failed generation as a try and goes on', async () => {
    const { api, calls } = await generator(call => (call === 1 ? 'fails' : { decision: 'pass' }));
    const { campaign } = await run(await start(api, {}));
    expect(calls).toHaveLength(2);
    expect(campaign.state).toBe('clean');
  });

  it('spends nothing on a call that was turned down, and everything on one that nobody can tell', async () => {
    const declined = await generator(() => 'declines');
    const first = await run(await start(declined.api, {}));
    expect([declined.calls.length, first.campaign.state, first.booked.shot]).toEqual([1, 'human', 0]);
    for (const how of ['breaks', 'hangs up'] as const) {
      const broken = await generator(() => how);
      const second = await run(await start(broken.api, {}));
      expect([broken.calls.length, second.campaign.state, second.booked.shot]).toEqual([1, 'human', 0.4]);
      expect(second.campaign.reason).toMatch(/counted as spent/);
    }
  });

  it('waits when the provider is busy', async () => {
    const { api, calls } = await generator(call => (call < 3 ? 'busy' : { decision: 'pass' }));
    const { campaign, booked } = await run(await start(api, {}));
    expect([calls.length, campaign.state, booked.shot]).toEqual([3, 'clean', 0.4]);
  });

  it('does not repeat a call whose process died in it', async () => {
    const { api, calls } = await generator(() => ({ decision: 'pass' }));
    const hook = await start(api, {});
    const root = hook.ledger.addTake({ provider: 'sora', providerJob: 'first', prompt: 'A kite' });
    hook.context.campaigns.begin(root.id);
    const plan = {
      action: 'whole',
      reason: '',
      take: root.id,
      policy: hook.context.policy.hash,
      prompt: 'A kite',
      originalPrompt: 'A kite',
      addressed: [],
      cost: { amount: 0.4, currency: 'USD' },
    };
    const spend = hook.context.campaigns.reserve(root.id, 0.4, 'sora', hook.config.regenerate, plan, root.id) as {
      id: string;
    };
    hook.context.campaigns.move(spend.id, 'reserved', 'sent');
    await hook.context.queue.add({ kind: 'submit', payload: { spend: spend.id } });
    hook.worker.wake();
    await until(() => hook.context.campaigns.get(root.id)?.state === 'human');
    expect(calls).toEqual([]);
    expect(hook.context.campaigns.booked(root.id, 'USD').shot).toBe(0.4);
  });

  it('needs a price before it spends', async () => {
    const { api, calls } = await generator(() => ({ decision: 'pass' }));
    const hook = await start(
      api,
      {},
      { providers: { sora: { adapter: 'sora', baseUrl: api.url, keyEnv: 'KEY', secretEnv: 'SECRET' } } },
    );
    const { campaign } = await run(hook);
    expect(calls).toEqual([]);
    expect(campaign.reason).toMatch(/no price/);
  });

  it('over many shots with a generator that gets it right with probability p: clean within budget, never a call too many', async () => {
    const SHOTS = 24;
    const p = 0.45;
    let seed = 7;
    const draw = () => {
      seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
      return seed / 2 ** 31;
    };
    const price = 0.4;
    const perDay = 19.9;
    const perShot = 2;
    const spentAtProvider = { calls: 0 };
    const clips = new Map<string, Script>();
    for (let i = 0; i < SHOTS; i++) clips.set(`first_${i}`, { decision: 'regenerate', salt: `f${i}` });
    const api = await localServer(({ method, url }, response) => {
      if (method === 'POST') {
        const id = `video_${++spentAtProvider.calls}`;
        clips.set(id, { decision: draw() < p ? 'pass' : 'regenerate', bad: [30, 90], salt: id });
        return sendJson(response, { id, status: 'queued' });
      }
      const id = url.split('/')[3];
      if (url.endsWith('/content')) return sendClip(response, fakeClip(clips.get(id)!));
      return sendJson(response, { id, status: 'completed', model: 'sora-2', prompt: 'A kite', seconds: '4' });
    });
    const hook = await start(api, { tries: 5, patience: 5, perShot, perDay });
    for (let i = 0; i < SHOTS; i++)
      await postEvent(
        `${hook.url}/hooks/sora`,
        { type: 'video.completed', data: { id: `first_${i}` } },
        { id: `e${i}` },
      );
    await until(async () => {
      const counts = await hook.context.queue.counts();
      const rows = hook.ledger.database.get<{ n: number }>(
        `SELECT count(*) AS n FROM campaigns WHERE state <> 'running'`,
      );
      return counts.waiting + counts.running === 0 && rows?.n === SHOTS;
    }, 50);
    const states = hook.ledger.database.all<{ root: string; state: string; best: string }>(
      'SELECT root, state, best FROM campaigns',
    );
    const clean = states.filter(({ state }) => state === 'clean');
    // What the provider would charge never passes either cap, to the call.
    expect(spentAtProvider.calls * price).toBeLessThanOrEqual(perDay + 1e-9);
    for (const { root } of states) expect(hook.context.campaigns.booked(root, 'USD').shot).toBeLessThanOrEqual(perShot);
    expect(hook.context.campaigns.booked(states[0].root, 'USD').day).toBeCloseTo(spentAtProvider.calls * price, 6);
    // With p = 0.45 and five tries 95 % of the shots come out clean, unless the day's money ends first.
    expect(clean.length).toBeGreaterThanOrEqual(Math.floor(SHOTS * 0.8));
    for (const { best } of clean) expect(hook.ledger.reports(hook.ledger.take(best).sha256!)[0].decision).toBe('pass');
  }, 60_000);
});
