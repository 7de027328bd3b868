import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Outcome } from '../../src/finding.ts';
import { relativeUrl } from '../../src/report/evidence.ts';
import { renderHtml } from '../../src/report/html.ts';
import { buildPage } from '../../src/report/page/build.ts';
import { annotate, applyReview, findingKeys, type ReviewEntry, withReview } from '../../src/report/review/decisions.ts';
import { parseRange, type ReviewServer, serveReview } from '../../src/report/review/server.ts';
import { appendReview, parseReview, readReview } from '../../src/report/review/store.ts';
import type { Report } from '../../src/report.ts';
import { chromiumPath, openBrowser, seenText, until, visit, watch, withoutBrowser } from './browser.ts';
import { COUNTERS, counterClip, readCounter } from './counter.ts';
import { finding, ran, sampleExtras, sampleReport } from './sample.ts';

const CLIP = 'a'.repeat(64);
const entry = (over: Partial<ReviewEntry> = {}): ReviewEntry => ({
  v: 1,
  at: '2026-03-01T10:00:00.000Z',
  clip: CLIP,
  finding: 'freeze/freeze@70-97',
  action: 'waive',
  who: 'Ada',
  reason: 'A held shot, as planned',
  ...over,
});
const waivedOf = (outcomes: readonly Outcome[]) =>
  outcomes.flatMap(outcome => outcome.findings).filter(one => one.review?.status === 'waived');
const now = new Date('2026-03-10T12:00:00Z');

describe('decisions', () => {
  it('names findings by detector, kind and frames, twins by number', () => {
    const one = { detector: 'hand-integrity', kind: 'fused', start: 3, end: 9 };
    expect(findingKeys([one, { ...one, kind: 'extra' }, one, { ...one, end: 10 }])).toEqual([
      'hand-integrity/fused@3-9',
      'hand-integrity/extra@3-9',
      'hand-integrity/fused@3-9~2',
      'hand-integrity/fused@3-10',
    ]);
  });

  it.each<[string, ReviewEntry[], string]>([
    ['a waiver without an end holds', [entry()], 'waived'],
    ['a waiver holds through its last day', [entry({ until: '2026-03-10' })], 'waived'],
    ['and no longer', [entry({ until: '2026-03-09' })], 'expired'],
    ['the last word counts', [entry(), entry({ action: 'agree', reason: undefined })], 'agreed'],
    ['reopening withdraws', [entry(), entry({ action: 'reopen', reason: undefined })], 'open'],
    ['a note changes nothing', [entry(), entry({ action: 'note', reason: undefined, text: 'hm' })], 'waived'],
    ['other bytes, other matter', [entry({ clip: 'b'.repeat(64) })], 'open'],
    ['another finding, another matter', [entry({ finding: 'freeze/freeze@70-98' })], 'open'],
  ])('%s', (_name, entries, status) => {
    const report = sampleReport();
    const said = applyReview(report, entries, now).find(({ key }) => key === 'freeze/freeze@70-97');
    expect(said?.annotation.status).toBe(status);
    const waived = waivedOf(withReview(report.outcomes, CLIP, entries, now));
    expect(waived.map(one => one.detector)).toEqual(status === 'waived' ? ['freeze'] : []);
  });

  it('keeps every note, also after a later decision', () => {
    const notes = ['one', 'two'].map(text => entry({ action: 'note', text, reason: undefined }));
    const said = annotate(CLIP, [notes[0], entry(), notes[1], entry({ action: 'agree' })], now);
    expect(said.get('freeze/freeze@70-97')?.notes.map(note => note.text)).toEqual(['one', 'two']);
  });
});

describe('review file', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'retake-review-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('only grows, and reads back what was said', async () => {
    const path = join(folder, 'grow.json');
    expect(await readReview(path)).toEqual({ entries: [], problems: [] });
    await appendReview(path, entry());
    const before = await readFile(path, 'utf8');
    await appendReview(path, entry({ action: 'reopen', reason: undefined }));
    expect((await readFile(path, 'utf8')).startsWith(before)).toBe(true);
    expect((await readReview(path)).entries.map(one => one.action)).toEqual(['waive', 'reopen']);
  });

  it('loses nothing when many write at once', async () => {
    const path = join(folder, 'crowd.json');
    await Promise.all(
      Array.from({ length: 60 }, (_, i) =>
        appendReview(path, entry({ action: 'note', reason: undefined, text: `${i} ${'x'.repeat(1500)}` })),
      ),
    );
    const { entries, problems } = await readReview(path);
    expect(problems).toEqual([]);
    expect(new Set(entries.map(one => one.text?.split(' ')[0])).size).toBe(60);
  });

  it('survives a line that a crash cut off', async () => {
    const path = join(folder, 'torn.json');
    await appendReview(path, entry());
    await writeFile(path, `${await readFile(path, 'utf8')}{"v":1,"at":"2026-0`);
    await appendReview(path, entry({ action: 'agree', reason: undefined }));
    const { entries, problems } = await readReview(path);
    expect(entries.map(one => one.action)).toEqual(['waive', 'agree']);
    expect(problems).toEqual(['line 2: not JSON']);
  });

  it('reads an array as well, and names what is no decision', () => {
    const file = parseReview(
      JSON.stringify([
        entry(),
        { ...entry(), action: 'erase' },
        { ...entry(), until: '2026-02-31' },
        entry({ reason: '' }),
      ]),
    );
    expect(file.entries).toHaveLength(1);
    expect(file.problems).toHaveLength(3);
  });

  it('refuses to write what it would not read', async () => {
    await expect(appendReview(join(folder, 'no.json'), entry({ who: '  ' }))).rejects.toMatchObject({
      code: 'report-invalid',
    });
    await expect(appendReview(join(folder, 'none', 'no.json'), entry())).rejects.toMatchObject({
      code: 'output-unwritable',
    });
  });
});

describe('parseRange', () => {
  it.each([
    ['bytes=0-', [0, 99]],
    ['bytes=10-19', [10, 19]],
    ['bytes=90-500', [90, 99]],
    ['bytes=-10', [90, 99]],
    ['bytes=100-', 'unsatisfiable'],
    ['bytes=5-4', 'unsatisfiable'],
    ['bytes=-0', 'unsatisfiable'],
    ['bytes=0-1,4-5', null],
    ['lines=0-1', null],
    [undefined, null],
  ])('%s', (header, range) => expect(parseRange(header, 100)).toEqual(range));
});

describe('retake review', () => {
  const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
  const start = (folder: string) => spawn(process.execPath, ['--import', 'tsx', main, 'review', folder]);

  it('serves a folder until it is stopped, and refuses one without reports', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'retake-command-'));
    const empty = start(folder);
    let said = '';
    empty.stderr.setEncoding('utf8').on('data', text => {
      said += text;
    });
    expect((await once(empty, 'close'))[0]).toBe(2);
    expect(said).toMatch(/^no-clips: No report\.json below [^\n]*\n$/);

    await writeFile(join(folder, 'report.json'), JSON.stringify(sampleReport()));
    const serving = start(folder);
    const [line] = await once(serving.stdout.setEncoding('utf8'), 'data');
    const url = /^1 report at (\S+)\n/.exec(line)?.[1] ?? '';
    expect((await fetch(url, { redirect: 'manual' })).status).toBe(302);
    serving.kill('SIGINT');
    expect((await once(serving, 'close'))[0]).toBe(0);
    await rm(folder, { recursive: true, force: true });
  });
});

describe('review server', () => {
  let folder: string;
  let server: ReviewServer;
  let token: string;
  let report: Report;
  let id: string;
  const address = (path: string) => `http://127.0.0.1:${server.port}${path}`;
  const cookie = () => `retake_${server.port}=${token}`;

  beforeAll(async () => {
    await buildPage();
    folder = await mkdtemp(join(tmpdir(), 'retake-serve-'));
    await mkdir(join(folder, 'takes'));
    await mkdir(join(folder, 'reports', 'film-1'), { recursive: true });
    const clip = join(folder, 'takes', 'film.mp4');
    await copyFile(await counterClip(COUNTERS.film), clip);
    report = sampleReport();
    report.clip.path = clip;
    report.clip.sha256 = createHash('sha256')
      .update(await readFile(clip))
      .digest('hex');
    report.outcomes[0].findings.push(
      finding({ detector: 'hand-integrity', kind: 'fused', start: 40, end: 60, peak: 47 }),
    );
    report.outcomes.push(ran('silence', null));
    const at = join(folder, 'reports', 'film-1');
    const extras = sampleExtras(report, { clip: { how: 'original', src: relativeUrl(at, clip), type: 'video/mp4' } });
    await writeFile(join(at, 'report.json'), JSON.stringify(report));
    await writeFile(join(at, 'report.html'), renderHtml(report, extras));
    await writeFile(join(folder, 'secret.txt'), 'secret');
    server = await serveReview(join(folder, 'reports'), { now: () => now });
    token = new URL(server.url).searchParams.get('token')!;
    const index = await (await fetch(address('/'), { headers: { cookie: cookie() } })).text();
    id = /href="r\/([0-9a-f]+)\/"/.exec(index)![1];
  });
  afterAll(async () => {
    await server?.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** A request with any Host header, which fetch does not allow. */
  const raw = (path: string, headers: Record<string, string>, method = 'GET', body = ''): Promise<number> =>
    new Promise((settle, fail) => {
      const sent = request({ host: '127.0.0.1', port: server.port, path, method, headers }, answer => {
        answer.resume();
        settle(answer.statusCode ?? 0);
      });
      sent.on('error', fail);
      sent.end(body);
    });

  const pageToken = async () => {
    const html = await (await fetch(address(`/r/${id}/`), { headers: { cookie: cookie() } })).text();
    return /name="retake-review" content="([^"]+)"/.exec(html)![1];
  };
  const post = async (body: unknown, over: Record<string, string> = {}) =>
    fetch(address(`/r/${id}/review`), {
      method: 'POST',
      headers: {
        cookie: cookie(),
        origin: `http://127.0.0.1:${server.port}`,
        'content-type': 'application/json',
        'x-retake-review': await pageToken(),
        ...over,
      },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });

  it('lets nobody in without the token, or under another name', async () => {
    expect((await fetch(address('/'))).status).toBe(403);
    expect((await fetch(address('/?token=wrong'))).status).toBe(403);
    expect(
      (await fetch(address('/'), { headers: { cookie: `retake_${server.port}=${'x'.repeat(token.length)}` } })).status,
    ).toBe(403);
    expect(await raw('/', { host: 'rebound.example', cookie: cookie() })).toBe(421);
    expect(await raw(`/?token=${token}`, { host: `rebound.example:${server.port}` })).toBe(421);
    expect(
      await raw('/', {
        host: `127.0.0.1:${server.port}`,
        cookie: cookie(),
        'sec-fetch-site': 'cross-site',
        'sec-fetch-mode': 'no-cors',
      }),
    ).toBe(403);
    const entered = await fetch(server.url, { redirect: 'manual' });
    expect(entered.status).toBe(302);
    expect(entered.headers.get('location')).toBe('/');
    expect(entered.headers.get('set-cookie')).toMatch(/HttpOnly; SameSite=Strict/);
  });

  it('gives no other site a way to read', async () => {
    const answer = await fetch(address('/'), { headers: { cookie: cookie(), origin: 'https://elsewhere.example' } });
    expect(answer.headers.get('access-control-allow-origin')).toBeNull();
    expect(answer.headers.get('x-frame-options')).toBe('DENY');
    expect(answer.headers.get('cross-origin-resource-policy')).toBe('same-origin');
  });

  it('hands out nothing but reports and their clips', async () => {
    for (const path of [
      '/secret.txt',
      '/r/../secret.txt',
      `/r/${id}/../../secret.txt`,
      `/r/${id}/clip/../../secret.txt`,
      '/r/%2e%2e%2fsecret.txt/',
      '/r/zzzz/clip',
      `/r/${id}/report.json`,
    ])
      expect(await raw(path, { host: `127.0.0.1:${server.port}`, cookie: cookie() }), path).toBe(404);
  });

  it('serves the clip in ranges, and only while its bytes are those that were judged', async () => {
    const whole = await readFile(report.clip.path);
    const get = (range?: string) =>
      fetch(address(`/r/${id}/clip`), { headers: { cookie: cookie(), ...(range ? { range } : {}) } });
    const part = await get('bytes=100-199');
    expect(part.status).toBe(206);
    expect(part.headers.get('content-range')).toBe(`bytes 100-199/${whole.length}`);
    expect(Buffer.from(await part.arrayBuffer()).equals(whole.subarray(100, 200))).toBe(true);
    expect(Buffer.from(await (await get()).arrayBuffer()).equals(whole)).toBe(true);
    expect((await get(`bytes=${whole.length}-`)).status).toBe(416);
    await writeFile(report.clip.path, Buffer.concat([whole, Buffer.from('x')]));
    expect((await get()).status).toBe(404);
    await writeFile(report.clip.path, whole);
    expect((await get('bytes=0-9')).status).toBe(206);
  });

  it('writes only for its own page, and only what makes sense', async () => {
    const good = { finding: 'freeze/freeze@70-97', who: 'Ada', action: 'note', text: 'Looked at it' };
    const from = `http://127.0.0.1:${server.port}`;
    expect((await post(good, { origin: 'https://elsewhere.example' })).status).toBe(403);
    expect((await post(good, { 'x-retake-review': 'guess' })).status).toBe(403);
    expect((await post(good, { 'content-type': 'text/plain' })).status).toBe(403);
    expect(await raw(`/r/${id}/review`, { host: `127.0.0.1:${server.port}`, origin: from }, 'POST', '{}')).toBe(403);
    expect((await post('{')).status).toBe(400);
    expect((await post({ ...good, action: 'erase' })).status).toBe(400);
    expect((await post({ ...good, action: 'waive', text: undefined })).status).toBe(400);
    expect((await post({ ...good, action: 'waive', text: undefined, reason: 'x', until: '2026-13-01' })).status).toBe(
      400,
    );
    expect((await post({ ...good, at: '1999-01-01T00:00:00Z' })).status).toBe(400);
    expect((await post({ ...good, finding: 'freeze/freeze@1-2' })).status).toBe(409);
    expect((await post({ ...good, text: 'x'.repeat(70_000) })).status).toBe(413);
    const review = join(folder, 'reports', 'film-1', 'review.json');
    expect((await readReview(review)).entries).toEqual([]);
    expect((await post(good)).status).toBe(200);
    expect((await readReview(review)).entries).toEqual([
      { v: 1, at: now.toISOString(), clip: report.clip.sha256, ...good },
    ]);
  });

  it('loses nothing between two servers on one folder', async () => {
    const second = await serveReview(join(folder, 'reports'), { now: () => now });
    const review = join(folder, 'reports', 'film-1', 'review.json');
    const before = (await readReview(review)).entries.length;
    await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        post({ finding: 'freeze/freeze@70-97', who: 'Ada', action: 'note', text: `n${i}` }),
      ),
    );
    expect((await readReview(review)).entries.length).toBe(before + 20);
    await second.close();
  });

  describe.skipIf(chromiumPath === undefined)(`in a browser${withoutBrowser}`, () => {
    it('takes a waiver from the page to the file and back, and the next judgement honours it', async () => {
      const review = join(folder, 'reports', 'film-1', 'review.json');
      await rm(review, { force: true });
      const browser = await openBrowser();
      const page = await browser.newPage();
      const conduct = watch(page);
      await visit(page, server.url);
      expect(page.url()).toBe(address('/'));
      await page.getByRole('link', { name: 'film.mp4' }).click();
      await page.waitForSelector('html[data-ready]');
      // The clip plays through the server: the player shows the worst frame.
      await until(
        page,
        `document.querySelector('video')?.dataset.shown === '23' && !document.querySelector('video').seeking`,
      );
      expect(await readCounter(await page.locator('video').screenshot())).toBe(23);
      await page.keyboard.press('w');
      await page.getByLabel('Reason').fill('It is a <i>glove</i>');
      await page.getByLabel('Your name').fill('Grace');
      await page.getByRole('button', { name: 'Waive', exact: true }).click();
      await page.locator('.card-waived').waitFor();

      const { entries } = await readReview(review);
      expect(entries).toMatchObject([
        { action: 'waive', who: 'Grace', finding: 'hand-integrity/extra-finger@12-31', reason: 'It is a <i>glove</i>' },
      ]);
      const waived = waivedOf(withReview(report.outcomes, report.clip.sha256, entries, now));
      expect(waived.map(one => one.message)).toEqual(['A hand shows six fingers.']);

      // A second tab says more; the first sees it when it comes to the front.
      const other = await browser.newPage();
      await visit(other, server.url);
      await visit(other, address(`/r/${id}/`));
      expect(await seenText(other.locator('.card-waived'))).toContain('Waived by Grace: It is a <i>glove</i>');
      await other.locator('.card-waived .cardhead').click();
      await other.getByRole('button', { name: 'Open again' }).click();
      // This browser does not know who decides yet.
      await other.getByLabel('Your name').fill('Ada');
      await other.getByRole('dialog').getByRole('button', { name: 'Open again' }).click();
      await until(other, `document.querySelectorAll('.card-waived').length === 0`);
      await page.evaluate(`dispatchEvent(new Event('focus')) && undefined`);
      await until(page, `document.querySelectorAll('.card-waived').length === 0`);
      expect((await readReview(review)).entries.map(one => one.action)).toEqual(['waive', 'reopen']);
      expect(conduct.errors).toEqual([]);
      expect(conduct.requests.filter(url => !/^(http:\/\/127\.0\.0\.1:|data:|blob:)/.test(url))).toEqual([]);
      await browser.close();
    });
  });
});
