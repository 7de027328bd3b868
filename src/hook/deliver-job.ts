import { spawn } from 'node:child_process';
import { oneLine, RetakeError } from '../errors.ts';
import type { Json, NewJob } from '../queue/queue.ts';
import type { Handler } from '../queue/worker.ts';
import type { HookContext } from './context.ts';
import type { OutgoingEvent } from './events.ts';
import { signWebhook } from './signature.ts';

/**
 * One delivery per target. The event is fixed now: every try sends the same bytes under the same id, so that a receiver
 * can drop repeats.
 */
export function deliveries(context: HookContext, event: OutgoingEvent, source: string, callback?: Json): NewJob[] {
  const body = JSON.stringify(event);
  const job = (target: string, payload: NewJob['payload']): NewJob => ({
    kind: 'deliver',
    key: `deliver:${event.type}:${source}:${target}`,
    payload: { id: `msg_${source.replace(/^[a-z]+_/, '')}_${event.type.replace('.', '_')}`, body, ...payload },
    // A verdict that is there should not wait behind clips that are still to be judged.
    priority: 10,
  });
  const targets = context.config.deliver.map((_, index) => job(String(index), { target: index }));
  return typeof callback === 'string' ? [...targets, job('callback', { callback })] : targets;
}

/** The handler of deliveries: a signed webhook or a command, tried with back-off; parked ones are the dead letters. */
export const deliverHandler = (context: HookContext): Handler => ({
  backoff: { ...context.config.retry, tries: Math.max(context.config.retry.tries, 3) },
  async run({ lease: { job }, signal }) {
    const { config } = context;
    const id = String(job.payload.id);
    const body = String(job.payload.body);
    const target = typeof job.payload.target === 'number' ? config.deliver[job.payload.target] : undefined;
    const result = (status: string) => {
      context.metrics?.deliveries.inc({ result: 'ok' });
      return { end: 'complete' as const, result: { status } };
    };
    try {
      if (typeof job.payload.callback === 'string') {
        const callback = checkCallback(context, job.payload.callback);
        return result(await post(context, callback, config.callbacks!.secretEnv, id, body, signal));
      }
      if (target === undefined) throw new RetakeError('usage', 'the target of this delivery is no longer configured');
      if ('url' in target) return result(await post(context, target.url, target.secretEnv, id, body, signal));
      return result(await run(target.command, target.seconds, id, body, signal));
    } catch (error) {
      context.metrics?.deliveries.inc({ result: 'failed' });
      throw error;
    }
  },
});

/** A callback address that a caller may name; throws `refused`. */
export function checkCallback({ config }: HookContext, url: string): string {
  const allowed = config.callbacks?.origins.map(origin => new URL(origin).origin) ?? [];
  if (!URL.canParse(url) || !allowed.includes(new URL(url).origin)) {
    throw new RetakeError('refused', 'the callback address is not among the permitted origins', {
      hint: 'List its origin under callbacks.origins.',
    });
  }
  return url;
}

async function post(
  context: HookContext,
  url: string,
  secretEnv: string,
  id: string,
  body: string,
  signal: AbortSignal,
): Promise<string> {
  const secret = context.secret(secretEnv);
  if (!secret) throw new RetakeError('provider-failed', `no signing secret: set ${secretEnv}`);
  const headers = {
    'content-type': 'application/json',
    'user-agent': 'retake',
    ...signWebhook(secret, id, body, context.now()),
  };
  const timeout = AbortSignal.timeout(20_000);
  const answer = await context.outbound.text(url, {
    method: 'POST',
    headers,
    body,
    signal: AbortSignal.any([signal, timeout]),
  });
  if (answer.status >= 200 && answer.status < 300) return String(answer.status);
  const shown = `${new URL(url).origin} answers ${answer.status}`;
  // Gone is the standard's way to say: do not send here any more.
  if (answer.status === 410) throw new RetakeError('refused', shown);
  throw new RetakeError('provider-failed', shown);
}

/** Runs a program with the event as its input; no shell, a short environment. */
function run(command: string[], seconds: number, id: string, body: string, signal: AbortSignal): Promise<string> {
  const [program, ...args] = command as [string, ...string[]];
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      stdio: ['pipe', 'ignore', 'pipe'],
      env: { PATH: process.env.PATH, HOME: process.env.HOME, LANG: process.env.LANG, RETAKE_EVENT_ID: id },
      signal: AbortSignal.any([signal, AbortSignal.timeout(seconds * 1000)]),
      killSignal: 'SIGKILL',
    });
    let last = '';
    child.stderr.on('data', (chunk: Buffer) => {
      last = (last + chunk.toString('utf8')).slice(-500);
    });
    child.stdin.on('error', () => undefined);
    child.stdin.end(body);
    const shown = oneLine(program, 80);
    child.on('error', error => reject(new RetakeError('provider-failed', `${shown}: ${oneLine(error.message, 160)}`)));
    child.on('close', code => {
      if (code === 0) resolve('exit 0');
      else
        reject(new RetakeError('provider-failed', `${shown} ends with ${code ?? 'a signal'}: ${oneLine(last, 200)}`));
    });
  });
}
