import { type Context, Hono } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { z } from 'zod';
import { asRetakeError, oneLine, RetakeError } from '../errors.ts';
import type { Job } from '../queue/queue.ts';
import { takeFacts } from '../takes/take.ts';
import { type ClipJobInput, clipJob, providerKey } from './clip-job.ts';
import { type HookContext, providerNamed } from './context.ts';
import { checkCallback } from './deliver-job.ts';
import { receiveEvent } from './inbound.ts';
import { checkUrl } from './net/address.ts';
import { errorBody, isLoopbackHost, parseJson, pathBelow, readBody, statusOf } from './requests.ts';
import { bearer, sameSecret } from './signature.ts';
import { policyHash, uploadedClip } from './upload.ts';

export interface ServerHooks {
  /** A job was added: look for work. */
  wake(): void;
  cancel(id: string): Promise<void>;
  /** False once the server is shutting down. */
  accepting(): boolean;
}

const clipRequest = z
  .strictObject({
    path: z.string().max(4096).optional(),
    url: z.string().max(8192).optional(),
    provider: z.string().max(40).optional(),
    job: z.string().max(500).optional(),
    facts: takeFacts.optional(),
    policy: z.enum(['draft', 'editorial', 'export']).optional(),
    priority: z.int().min(-10).max(10).optional(),
    callback: z.string().max(8192).optional(),
    /** The caller's own name for this request: asked twice, done once. */
    key: z.string().min(1).max(200).optional(),
  })
  .refine(body => [body.path, body.url, body.provider].filter(value => value !== undefined).length === 1, {
    message: 'name exactly one of path, url or provider (with job)',
  });

/** What the server answers. Every answer is JSON (except /metrics); errors are `{error: {code, message}}`. */
export function makeApp(context: HookContext, hooks: ServerHooks): Hono {
  const { config, ledger, queue, metrics } = context;
  const app = new Hono();
  const token = context.secret(config.listen.tokenEnv);

  app.use(async (c, next) => {
    const stop = metrics?.requests.startTimer();
    c.header('cache-control', 'no-store');
    c.header('x-content-type-options', 'nosniff');
    await next();
    stop?.({ route: c.req.routePath ?? 'none', status: String(c.res.status) });
  });
  app.onError((thrown, c) => {
    const error = asRetakeError(thrown);
    const status = error instanceof Unavailable ? 503 : statusOf(error);
    if (status === 503) c.header('retry-after', '30');
    if (status >= 500)
      context.log(`${c.req.method} ${oneLine(c.req.path, 100)}: ${error.code} ${oneLine(error.message)}`);
    // What is left of a body that nobody reads is not waited for.
    if (status === 408 || status === 413) c.header('connection', 'close');
    return c.json(errorBody(error), status as ContentfulStatusCode);
  });
  app.notFound(c => c.json({ error: { code: 'usage', message: 'no such address' } }, 404));

  app.get('/healthz', c => c.json({ status: hooks.accepting() ? 'ok' : 'stopping' }, hooks.accepting() ? 200 : 503));

  app.post('/hooks/:provider', async c => {
    await room(context, hooks);
    const body = await readBody(c, config.limits.body, config.limits.bodySeconds);
    const headers = Object.fromEntries(c.req.raw.headers.entries());
    const outcome = await receiveEvent(context, c.req.param('provider'), body, headers, c.req.query('token'));
    if (outcome.job !== undefined) hooks.wake();
    if (outcome.status === 'accepted') await ledger.database.flush();
    return c.json(outcome, outcome.status === 'accepted' ? 202 : 200);
  });

  app.use(async (c, next) => {
    if (c.req.path === '/healthz' || c.req.path.startsWith('/hooks/')) return next();
    if (token !== undefined && token !== '') {
      if (!sameSecret(bearer(c.req.header('authorization')), token)) {
        c.header('www-authenticate', 'Bearer');
        return c.json({ error: { code: 'refused', message: 'a bearer token is needed' } }, 401);
      }
    } else if (!isLoopbackHost(c.req.header('host')) || c.req.header('origin') !== undefined) {
      return c.json({ error: { code: 'refused', message: 'only for programs on this machine' } }, 403);
    }
    return next();
  });

  app.post('/clips', async c => {
    await room(context, hooks);
    const type = c.req.header('content-type')?.split(';')[0]?.trim().toLowerCase() ?? '';
    const input = type === 'application/json' ? await namedClip(context, c) : await uploadedClip(context, c, type);
    const { job, created } = await queue.add(clipJob(input));
    hooks.wake();
    // What was answered as accepted is kept, even if the power goes out.
    await ledger.database.flush();
    c.header('location', `/jobs/${job.id}`);
    return c.json({ job: job.id, created }, created ? 202 : 200);
  });

  app.get('/jobs', async c => {
    const state = z.enum(['waiting', 'running', 'done', 'parked', 'cancelled']).safeParse(c.req.query('state'));
    const kind = c.req.query('kind');
    const jobs = await queue.list({ ...(state.success && { state: state.data }), kind, limit: 200 });
    return c.json({ jobs: jobs.map(showJob) });
  });
  app.get('/jobs/:id', async c => c.json(showJob(await jobNamed(context, c.req.param('id')))));
  app.post('/jobs/:id/cancel', async c => {
    const { id } = await jobNamed(context, c.req.param('id'));
    await hooks.cancel(id);
    return c.json(showJob(await jobNamed(context, id)));
  });
  app.post('/jobs/:id/retry', async c => {
    const { id, state } = await jobNamed(context, c.req.param('id'));
    const job = await queue.revive(id);
    if (job === null)
      throw new RetakeError('usage', `the job is ${state}: only parked and cancelled ones can be retried`);
    hooks.wake();
    return c.json(showJob(job));
  });

  app.get('/reports/:id', c => c.json(found(() => ledger.report(c.req.param('id')))));
  app.get('/clips/:sha256/reports', c => c.json({ reports: ledger.reports(c.req.param('sha256')) }));
  app.get('/metrics', async c => {
    if (metrics === undefined) throw new RetakeError('usage', 'metrics are off');
    c.header('content-type', metrics.registry.contentType);
    return c.body(await metrics.registry.metrics());
  });
  return app;
}

/** Turns new work away while the queue is full or the server is stopping. */
async function room({ queue, config }: HookContext, hooks: ServerHooks): Promise<void> {
  if (!hooks.accepting()) throw new Unavailable('the server is stopping');
  if (await queue.isFull(config.limits.backlog)) throw new Unavailable('too many jobs are waiting');
}

class Unavailable extends RetakeError {
  constructor(message: string) {
    super('output-full', message, { hint: 'Try again later.' });
  }
}

async function namedClip(context: HookContext, c: Context): Promise<ClipJobInput> {
  const { config } = context;
  const parsed = clipRequest.safeParse(parseJson(await readBody(c, config.limits.body, config.limits.bodySeconds)));
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    throw new RetakeError('usage', `${issue.path.map(String).join('.') || 'body'}: ${issue.message}`);
  }
  const body = parsed.data;
  const common = {
    facts: body.facts,
    policyHash: policyHash(context, body.policy),
    callback: body.callback === undefined ? undefined : checkCallback(context, body.callback),
    priority: body.priority,
    key: body.key === undefined ? undefined : `caller:${body.key}`,
  };
  if (body.path !== undefined) {
    return { ...common, source: { type: 'file', path: await pathBelow(config.roots, body.path) } };
  }
  if (body.url !== undefined) {
    const trusted = config.trusted.map(origin => new URL(origin).origin);
    const url = checkUrl(body.url, { trusted, allowHttp: config.allowHttp });
    return { ...common, source: { type: 'url', url: url.href } };
  }
  providerNamed(context, body.provider!);
  if (body.job === undefined) throw new RetakeError('usage', 'job: which job of the provider?');
  const { provider, job } = body as { provider: string; job: string };
  return { ...common, key: providerKey(provider, job), source: { type: 'provider', provider, job } };
}

async function jobNamed({ queue }: HookContext, id: string): Promise<Job> {
  const job = await queue.get(id);
  if (job === null) throw new RetakeError('clip-not-found', 'no such job');
  return job;
}

function found<Value>(get: () => Value): Value {
  try {
    return get();
  } catch (error) {
    if (error instanceof RetakeError && error.code === 'usage') throw new RetakeError('clip-not-found', error.message);
    throw error;
  }
}

/** A job as callers see it: no secrets are in it, and bodies of deliveries are left out. */
function showJob(job: Job) {
  const { body: _body, ...payload } = job.payload;
  const { id, kind, state, priority, attempts, crashes, progress, result, error } = job;
  return {
    ...{ id, kind, state, priority, attempts, crashes, payload, progress, result, error },
    createdAt: new Date(job.createdAt).toISOString(),
    updatedAt: new Date(job.updatedAt).toISOString(),
    ...(state === 'waiting' && { readyAt: new Date(job.readyAt).toISOString() }),
  };
}
