import { randomBytes, timingSafeEqual } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { type ServerType, serve } from '@hono/node-server';
import { type Context, Hono, type Next } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { getCookie, setCookie } from 'hono/cookie';
import { z } from 'zod';
import { asRetakeError } from '../../errors.ts';
import { renderHtml } from '../html.ts';
import { type ClipSummary, renderIndex, summarise, unjudgedSummary } from '../index-page.ts';
import { keyedFindings, type ReviewEntry } from './decisions.ts';
import { clipFile, type FoundReport, findReports, loadReport, readReport } from './library.ts';
import { appendReview, readReview, said } from './store.ts';

export interface ReviewOptions {
  /** 0 (the default) lets the system choose. */
  port?: number;
  /** For tests; default: 32 random bytes. */
  token?: string;
  now?(): Date;
}

export interface ReviewServer {
  /** Address with the token that opens it. */
  url: string;
  port: number;
  close(): Promise<void>;
}

const HEADERS: Record<string, string> = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'content-security-policy': "frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
};

const decisionBody = z.object({ finding: z.string().max(300), who: z.string().trim().min(1).max(120) }).loose();

/**
 * Serves the reports of a folder to this machine's own browser and records decisions beside them. Listens on 127.0.0.1
 * only; whoever comes must bring the token, under this server's own host name, and writing needs the page's own origin.
 * @throws RetakeError `report-invalid` when the folder cannot be read
 */
export async function serveReview(root: string, options: ReviewOptions = {}): Promise<ReviewServer> {
  const shelf = await openShelf(root);
  const token = options.token ?? randomBytes(32).toString('base64url');
  // A second secret, in the page and not in the address: what writes must have been able to read.
  const pageToken = randomBytes(32).toString('base64url');
  const app = new Hono();
  let port = 0;

  app.use(guard(() => port, token));
  app.get('/', async c => c.html(await indexPage(shelf)));
  app.get('/r/:id', async c => {
    const found = await shelf.find(c.req.param('id'));
    return found ? c.redirect(`/r/${found.id}/`) : c.text('No such report', 404);
  });
  app.get('/r/:id/', async c => {
    const found = await shelf.find(c.req.param('id'));
    if (!found) return c.text('No such report', 404);
    const { report, extras } = await loadReport(found);
    const { entries } = await readReview(found.review);
    const { clip } = extras;
    const at =
      clip.how === 'embedded' ? clip : { ...clip, how: clip.how === 'none' ? 'original' : clip.how, src: 'clip' };
    return c.html(
      renderHtml(report, { ...extras, clip: at as typeof clip, review: entries }, { reviewToken: pageToken }),
    );
  });
  app.get('/r/:id/clip', async c => {
    const found = await shelf.find(c.req.param('id'));
    if (!found) return c.text('No such report', 404);
    const data = await loadReport(found);
    const path = await clipFile(found, data);
    if (path === null) return c.text('The clip is not there any more, or its bytes changed', 404);
    return sendRange(c, path, data.extras.clip.type || 'video/mp4');
  });
  app.get('/r/:id/poster.jpg', async c => {
    const found = await shelf.find(c.req.param('id'));
    return found?.poster ? sendRange(c, found.poster, 'image/jpeg') : c.text('No picture', 404);
  });
  app.get('/r/:id/review', async c => {
    const found = await shelf.find(c.req.param('id'));
    return found
      ? c.json({ entries: (await readReview(found.review)).entries })
      : c.json({ error: 'No such report' }, 404);
  });
  app.post(
    '/r/:id/review',
    bodyLimit({ maxSize: 64 * 1024, onError: c => c.json({ error: 'Too long' }, 413) }),
    async c => {
      const refusal = mayWrite(c, port, pageToken);
      if (refusal !== null) return c.json({ error: refusal }, 403);
      const found = await shelf.find(c.req.param('id'));
      if (!found) return c.json({ error: 'No such report' }, 404);
      const body: unknown = await c.req.json().catch(() => null);
      const head = decisionBody.safeParse(body);
      if (!head.success) return c.json({ error: z.prettifyError(head.error) }, 400);
      const { finding, who, ...rest } = head.data;
      const what = said.safeParse(rest);
      if (!what.success) return c.json({ error: z.prettifyError(what.error) }, 400);
      const { report } = await loadReport(found);
      if (!keyedFindings(report.outcomes).some(({ key }) => key === finding))
        return c.json({ error: 'The report has no such finding' }, 409);
      const at = (options.now?.() ?? new Date()).toISOString();
      const entry: ReviewEntry = { v: 1, at, clip: report.clip.sha256, finding, who, ...what.data };
      await appendReview(found.review, entry);
      return c.json({ entries: (await readReview(found.review)).entries });
    },
  );
  app.notFound(c => c.text('Not found', 404));
  app.onError((thrown, c) => {
    const error = asRetakeError(thrown);
    return c.json({ error: `${error.code}: ${error.message}` }, 500);
  });

  const server = await listen(app, options.port ?? 0);
  port = (server.address() as AddressInfo).port;
  return { url: `http://127.0.0.1:${port}/?token=${token}`, port, close: () => close(server) };
}

function listen(app: Hono, port: number): Promise<ServerType> {
  return new Promise((settle, fail) => {
    const server = serve({ fetch: app.fetch, hostname: '127.0.0.1', port }, () => settle(server));
    server.once('error', fail);
  });
}

const close = (server: ServerType): Promise<void> =>
  new Promise(settle => {
    server.close(() => settle());
    if ('closeAllConnections' in server) server.closeAllConnections();
  });

const same = (a: string, b: string): boolean => {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
};

/** Lets in who comes by the right name and with the token; the token in the address becomes a cookie and disappears. */
function guard(port: () => number, token: string) {
  return async (c: Context, next: Next): Promise<Response | undefined> => {
    for (const [name, value] of Object.entries(HEADERS)) c.header(name, value);
    // Another name for this address means that some web page has its own name pointed here.
    const hosts = [`127.0.0.1:${port()}`, `localhost:${port()}`];
    if (!hosts.includes(c.req.header('host') ?? '')) return c.text('Wrong host', 421);
    if (c.req.header('sec-fetch-site') === 'cross-site' && c.req.header('sec-fetch-mode') !== 'navigate')
      return c.text('Not from another site', 403);
    const cookie = `retake_${port()}`;
    const given = c.req.query('token');
    if (given !== undefined && c.req.method === 'GET') {
      if (!same(given, token)) return c.text('Wrong token', 403);
      setCookie(c, cookie, token, { httpOnly: true, sameSite: 'Strict', path: '/' });
      return c.redirect(c.req.path);
    }
    if (!same(getCookie(c, cookie) ?? '', token))
      return c.text('Open the address that `retake review` printed: it holds the token.', 403);
    await next();
    return undefined;
  };
}

/** Why a request may not write, or null. */
function mayWrite(c: Context, port: number, pageToken: string): string | null {
  const origin = c.req.header('origin');
  if (origin !== `http://127.0.0.1:${port}` && origin !== `http://localhost:${port}`) return 'Wrong origin';
  if (!/^application\/json\b/.test(c.req.header('content-type') ?? '')) return 'JSON only';
  return same(c.req.header('x-retake-review') ?? '', pageToken) ? null : 'The page is from an earlier run: reload it';
}

/** The reports under a folder, looked through again for the index and for an id that is not known yet. */
interface Shelf {
  all(): Promise<FoundReport[]>;
  find(id: string): Promise<FoundReport | undefined>;
}

async function openShelf(root: string): Promise<Shelf> {
  let known = new Map<string, FoundReport>();
  const all = async () => {
    const found = await findReports(root);
    known = new Map(found.map(one => [one.id, one]));
    return found;
  };
  await all();
  return {
    all,
    find: async id => {
      if (!known.has(id)) await all();
      return known.get(id);
    },
  };
}

async function indexPage(shelf: Shelf): Promise<string> {
  const clips: ClipSummary[] = [];
  for (const found of await shelf.all()) {
    try {
      const report = await readReport(found);
      const { entries } = await readReview(found.review);
      const thumb = found.poster ? `r/${found.id}/poster.jpg` : null;
      clips.push(summarise(report, { href: `r/${found.id}/`, thumb, review: entries }));
    } catch (thrown) {
      clips.push(unjudgedSummary(found.path, asRetakeError(thrown, 'report-invalid')));
    }
  }
  return renderIndex(clips);
}

/** Streams a file, or the one range of it that was asked for. */
async function sendRange(c: Context, path: string, type: string): Promise<Response> {
  const { size } = await stat(path);
  const range = parseRange(c.req.header('range'), size);
  c.header('accept-ranges', 'bytes');
  c.header('content-type', type);
  if (range === 'unsatisfiable') {
    c.header('content-range', `bytes */${size}`);
    return c.body(null, 416);
  }
  const [start, end] = range ?? [0, size - 1];
  c.header('content-length', String(end - start + 1));
  if (range) c.header('content-range', `bytes ${start}-${end}/${size}`);
  const stream = Readable.toWeb(createReadStream(path, { start, end })) as ReadableStream;
  return c.body(stream, range ? 206 : 200);
}

/** First and last byte of a single range; null where the whole file is meant. */
export function parseRange(header: string | undefined, size: number): [number, number] | 'unsatisfiable' | null {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? '');
  if (!match || (match[1] === '' && match[2] === '')) return null;
  const [, from, until] = match;
  if (from === '') {
    const length = Math.min(size, Number(until));
    return length > 0 ? [size - length, size - 1] : 'unsatisfiable';
  }
  const start = Number(from);
  const end = until === '' ? size - 1 : Math.min(size - 1, Number(until));
  return start < size && start <= end ? [start, end] : 'unsatisfiable';
}
