import type { FrameRange } from '../clip.ts';
import { oneLine, RetakeError } from '../errors.ts';
import type { Policy } from '../policy.ts';
import type { Queue } from '../queue/queue.ts';
import type { Ledger } from '../takes/ledger.ts';
import { version } from '../version.ts';
import type { HookConfig } from './config.ts';
import type { Judge } from './judge.ts';
import type { Metrics } from './metrics.ts';
import { GuardedClient } from './net/client.ts';
import { makeProvider } from './providers/index.ts';
import type { Provider } from './providers/provider.ts';
import type { ProviderSettings } from './providers/settings.ts';
import { Campaigns } from './regenerate/campaign.ts';

/** The frame of a clip as a JPEG. */
export type GrabFrame = (path: string, frame: number) => Promise<Buffer>;

/** Writes frames of a clip as a clip of their own. */
export type Trim = (path: string, range: FrameRange, target: string, signal: AbortSignal) => Promise<void>;

export interface ConfiguredProvider {
  provider: Provider;
  settings: ProviderSettings;
  /** Reaches the provider's own origins and the public internet, nothing else. */
  client: GuardedClient;
}

/** Everything that jobs work with. */
export interface HookContext {
  config: HookConfig;
  ledger: Ledger;
  queue: Queue;
  /** The policy of clips that name none. */
  policy: Policy;
  judge: Judge;
  providers: ReadonlyMap<string, ConfiguredProvider>;
  /** For clips that callers name by address. */
  client: GuardedClient;
  /** For verdicts on their way out: to configured targets only. */
  outbound: GuardedClient;
  campaigns: Campaigns;
  /** Whose verdicts these are: another version judges the same bytes anew. */
  toolVersion: string;
  metrics?: Metrics;
  grabFrame?: GrabFrame;
  trim?: Trim;
  secret(name: string | undefined): string | undefined;
  now(): number;
  log(line: string): void;
}

export interface ContextParts {
  config: HookConfig;
  ledger: Ledger;
  queue: Queue;
  policy: Policy;
  judge: Judge;
  /** This program's own when absent. */
  toolVersion?: string;
  metrics?: Metrics;
  grabFrame?: GrabFrame;
  trim?: Trim;
  env?: Record<string, string | undefined>;
  now?: () => number;
  log?: (line: string) => void;
  /** For tests: how names resolve and which addresses are permitted. */
  network?: Pick<ConstructorParameters<typeof GuardedClient>[0] & object, 'resolve' | 'permits' | 'patience'>;
}

/** Puts the parts together and makes the providers that the configuration names. */
export function makeContext(parts: ContextParts): HookContext {
  const { config, env = process.env, network, now = Date.now } = parts;
  const secret = (name: string | undefined) => (name === undefined ? undefined : env[name]);
  const base = { ...network, allowHttp: config.allowHttp };
  const origin = (url: string) => new URL(url).origin;
  const providers = new Map<string, ConfiguredProvider>();
  for (const [id, settings] of Object.entries(config.providers)) {
    const trusted = [...settings.contentOrigins, ...(settings.baseUrl ? [settings.baseUrl] : [])].map(origin);
    const client = new GuardedClient({ ...base, trusted });
    providers.set(id, { provider: makeProvider({ id, settings, client, secret }), settings, client });
  }
  const targets = config.deliver.flatMap(target => ('url' in target ? [origin(target.url)] : []));
  const callbacks = (config.callbacks?.origins ?? []).map(origin);
  return {
    ...parts,
    providers,
    client: new GuardedClient({ ...base, trusted: config.trusted.map(origin) }),
    outbound: new GuardedClient({ ...base, redirects: 0, trusted: [...targets, ...callbacks] }),
    campaigns: new Campaigns(parts.ledger, now),
    toolVersion: parts.toolVersion ?? version,
    secret,
    now,
    log: parts.log ?? (() => undefined),
  };
}

export async function closeContext(context: HookContext): Promise<void> {
  const clients = [context.client, context.outbound, ...[...context.providers.values()].map(({ client }) => client)];
  await Promise.all(clients.map(client => client.close()));
}

/** The provider with that name; throws `refused` when it is not configured. */
export function providerNamed(context: HookContext, id: string): ConfiguredProvider {
  const found = context.providers.get(id);
  if (found === undefined) throw new RetakeError('refused', `no provider "${oneLine(id, 60)}" is configured`);
  return found;
}

/** The policy with that hash, as jobs carry it. */
export function policyOf(context: HookContext, hash: unknown): Policy {
  if (hash === undefined || hash === context.policy.hash) return context.policy;
  const policy = typeof hash === 'string' ? context.ledger.policy(hash) : undefined;
  if (policy === undefined) throw new RetakeError('internal', 'the policy of this job is not on record');
  return policy;
}
