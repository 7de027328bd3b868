import { oneLine, RetakeError } from '../errors.ts';
import { type ClipJobInput, clipJob, providerKey } from './clip-job.ts';
import { type ConfiguredProvider, type HookContext, providerNamed } from './context.ts';
import type { ProviderEvent } from './providers/provider.ts';
import { parseJson, pathBelow } from './requests.ts';
import { bearer, sameSecret, verifyWebhook } from './signature.ts';

export interface Received {
  /** `accepted`: it led to a job. `ignored`: nothing to do. `duplicate`: known already. */
  status: 'accepted' | 'ignored' | 'duplicate';
  job?: string;
}

/**
 * Takes one callback of a provider. A signed one must verify; an unsigned one is only a hint, so the job that it leads
 * to asks the provider itself. A repeat leads to the job that is there. Throws `refused` for what is forged or stale.
 */
export async function receiveEvent(
  context: HookContext,
  id: string,
  body: string,
  headers: Record<string, string>,
  token?: string,
): Promise<Received> {
  const count = (result: string) => context.metrics?.events.inc({ provider: id, result });
  const configured = providerNamed(context, id);
  let eventId: string | null;
  let event: ProviderEvent | null;
  try {
    eventId = authenticate(context, configured, body, headers, token);
    event = configured.provider.parseEvent(parseJson(body));
  } catch (error) {
    count('refused');
    context.log(`event of ${id} refused: ${oneLine((error as Error).message, 160)}`);
    throw error;
  }
  if (event === null || event.kind === 'progress') {
    count('ignored');
    return { status: 'ignored' };
  }
  const { database } = context.ledger;
  const seen =
    eventId !== null &&
    database.get('SELECT 1 FROM events WHERE provider = ? AND event = ?', [id, eventId]) !== undefined;
  if (seen) {
    count('duplicate');
    return { status: 'duplicate' };
  }
  const { job, created } = await context.queue.add(clipJob(await inputOf(context, id, event)));
  // The job is there before the event is marked as seen: a crash in between lets the sender repeat it, harmlessly.
  if (eventId !== null) {
    database.run('INSERT INTO events (provider, event, received_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING', [
      id,
      eventId,
      context.now(),
    ]);
  }
  // A job that is polled, or waits for another try, need not wait any longer.
  if (!created && job.state === 'waiting' && job.key !== null) await context.queue.hurry(job.key);
  count(created ? 'accepted' : 'duplicate');
  return { status: created ? 'accepted' : 'duplicate', job: job.id };
}

async function inputOf(context: HookContext, id: string, event: ProviderEvent): Promise<ClipJobInput> {
  const key = providerKey(id, event.jobId);
  const policyHash = context.policy.hash;
  const facts = { ...event.facts, provider: id, providerJob: event.jobId };
  if (event.clip?.path !== undefined) {
    const path = await pathBelow(context.config.roots, event.clip.path);
    return { source: { type: 'file', path }, facts, policyHash, key };
  }
  if (event.clip?.url !== undefined) {
    return { source: { type: 'url', url: event.clip.url, provider: id }, facts, policyHash, key };
  }
  return { source: { type: 'provider', provider: id, job: event.jobId }, policyHash, key };
}

/** The event's id when the sender is proven, null when there is nothing to prove; throws `refused`. */
function authenticate(
  context: HookContext,
  { provider, settings }: ConfiguredProvider,
  body: string,
  headers: Record<string, string>,
  token: string | undefined,
): string | null {
  const secret = context.secret(settings.secretEnv);
  if (provider.capabilities.events !== 'signed') {
    if (settings.tokenEnv !== undefined && !sameSecret(token, context.secret(settings.tokenEnv))) {
      throw new RetakeError('refused', 'the callback lacks its token');
    }
    return null;
  }
  if (!secret) throw new RetakeError('refused', 'no webhook secret is set for this provider: nothing can be verified');
  if (settings.adapter === 'generic' && headers['webhook-signature'] === undefined) {
    // A sender that cannot sign may show the shared secret itself.
    if (sameSecret(bearer(headers.authorization) ?? headers['x-retake-secret'], secret)) return null;
    throw new RetakeError('refused', 'neither a signature nor the shared secret');
  }
  return verifyWebhook(secret, body, headers);
}
