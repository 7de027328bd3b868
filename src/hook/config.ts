import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { dirname, resolve } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { oneLine, RetakeError } from '../errors.ts';
import { type Policy, resolvePolicy } from '../policy.ts';
import { defaultLimits } from './net/download.ts';
import { providerSettings } from './providers/settings.ts';

const variable = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'the name of an environment variable');
const address = z.url({ protocol: /^https?$/ });

const webhookTarget = z.strictObject({
  url: address,
  secretEnv: variable.describe('Variable with the signing secret (`whsec_…`): outgoing webhooks are always signed'),
});
const commandTarget = z.strictObject({
  command: z.array(z.string()).min(1).describe('Program and arguments, run without a shell; the event is its input'),
  seconds: z.number().min(1).max(3600).default(60),
});
/** Where verdicts go. */
export const deliveryTarget = z.union([webhookTarget, commandTarget]);

/** When and how far a failed shot is made again. Money is in `currency`. */
export const regenerateSettings = z.strictObject({
  enabled: z.boolean().default(false),
  dryRun: z.boolean().default(false).describe('Plan and report, but ask for nothing and spend nothing'),
  on: z.array(z.enum(['regenerate', 'review'])).default(['regenerate']),
  actions: z
    .array(z.enum(['trim', 'extend', 'remix', 'whole']))
    .default(['trim', 'extend', 'remix', 'whole'])
    .describe('What may be done, the first that fits'),
  tries: z.int().min(0).max(100).default(3).describe('New generations per shot'),
  perShot: z.number().min(0).default(0).describe('Most money per shot'),
  perDay: z.number().min(0).default(0).describe('Most money per day (UTC), all shots together'),
  triesPerDay: z.int().min(0).default(100).describe('New generations per day (UTC), all shots together'),
  minutesPerDay: z
    .number()
    .min(0)
    .default(1440)
    .describe('Most minutes of waiting for new generations per day (UTC), those of all shots added up'),
  currency: z
    .string()
    .regex(/^[A-Z]{3}$/)
    .default('USD'),
  minutes: z.number().min(1).default(180).describe('Longest time per shot, from its first verdict'),
  patience: z.int().min(1).default(2).describe('Stop after so many tries in a row that are no better than the best'),
  seed: z.enum(['new', 'keep', 'increment']).default('new'),
  trimShare: z.number().min(0).max(1).default(0.75).describe('Trim when one clean stretch has this share of the clip'),
  extendShare: z.number().min(0).max(1).default(0.5).describe('Extend when this share from the start is clean'),
});
export type RegenerateSettings = z.infer<typeof regenerateSettings>;

/** The configuration file of `retake serve` and `retake watch`. */
export const hookConfig = z.strictObject({
  ledger: z.string().optional(),
  store: z.string().default('.retake/clips').describe('Folder that downloaded and uploaded clips are kept in'),
  policy: z
    .union([z.string(), z.record(z.string(), z.unknown())])
    .default('draft')
    .describe('Preset, file, or inline'),
  listen: z
    .strictObject({
      host: z.string().default('127.0.0.1'),
      port: z.int().min(0).max(65_535).default(8787),
      tokenEnv: variable.optional().describe('Variable with the bearer token of callers; needed beyond loopback'),
    })
    .prefault({}),
  roots: z.array(z.string()).default([]).describe('Folders whose clips may be named by path'),
  concurrency: z
    .int()
    .min(1)
    .max(64)
    .default(Math.max(1, availableParallelism() - 1)),
  limits: z
    .strictObject({
      bytes: z.int().min(1).default(defaultLimits.bytes).describe('Largest clip'),
      seconds: z.number().min(1).default(defaultLimits.seconds).describe('Longest transfer'),
      stall: z.number().min(0.1).default(defaultLimits.stall).describe('Seconds over which `rate` must be reached'),
      rate: z.number().min(0).default(defaultLimits.rate).describe('Least bytes per second'),
      body: z
        .int()
        .min(1024)
        .default(1024 * 1024)
        .describe('Largest JSON body'),
      bodySeconds: z.number().min(0.1).default(10).describe('Longest time to send a JSON body'),
      backlog: z.int().min(1).default(20_000).describe('Waiting jobs beyond which new ones are turned away (503)'),
      judgeSeconds: z.number().min(1).default(3600).describe('Longest time to judge one clip'),
    })
    .prefault({}),
  trusted: z.array(address).default([]).describe('Origins that clips may come from although not public'),
  allowHttp: z.boolean().default(false).describe('Fetch clips over plain http too'),
  callbacks: z
    .strictObject({ origins: z.array(address).default([]), secretEnv: variable })
    .optional()
    .describe('Origins that a caller may name as its own callback, and the secret they are signed with'),
  deliver: z.array(deliveryTarget).default([]),
  retry: z
    .strictObject({
      first: z.number().min(1).default(5_000),
      most: z.number().min(1).default(3_600_000),
      factor: z.number().min(1).default(3),
      tries: z.int().min(1).default(6),
    })
    .prefault({})
    .describe('Milliseconds before the second try, longest wait, growth, and tries before a job is parked'),
  providers: z.record(z.string().regex(/^[a-z0-9][a-z0-9-]{0,39}$/), providerSettings).default({}),
  regenerate: regenerateSettings.prefault({}),
});
export type HookConfig = z.infer<typeof hookConfig>;

/** Checks a configuration; throws `usage` with one line per problem that names the key. */
export function parseHookConfig(value: unknown, origin = 'configuration'): HookConfig {
  const parsed = hookConfig.safeParse(value ?? {});
  if (!parsed.success) {
    const lines = parsed.error.issues.map(
      issue => `${issue.path.map(String).join('.') || '(top level)'}: ${issue.message}`,
    );
    throw new RetakeError('usage', `${origin}: ${[...new Set(lines)].join('; ')}`, { cause: parsed.error });
  }
  const config = parsed.data;
  const { regenerate, providers } = config;
  for (const [name, { price }] of Object.entries(providers)) {
    if (regenerate.enabled && price !== undefined && price.currency !== regenerate.currency) {
      throw new RetakeError(
        'usage',
        `${origin}: providers.${name}.price is in ${price.currency}, the caps in ${regenerate.currency}`,
      );
    }
  }
  return config;
}

/** Reads a configuration file (YAML or JSON); paths in it are relative to it. Throws `usage`. */
export async function loadHookConfig(path: string): Promise<HookConfig> {
  let value: unknown;
  try {
    value = parse(await readFile(path, 'utf8'), { maxAliasCount: 0 });
  } catch (error) {
    throw new RetakeError('usage', `${oneLine(path)}: ${oneLine((error as Error).message)}`, { cause: error });
  }
  const config = parseHookConfig(value, oneLine(path));
  const here = dirname(resolve(path));
  return {
    ...config,
    ledger: resolve(here, config.ledger ?? '.retake/ledger.db'),
    store: resolve(here, config.store),
    roots: config.roots.map(root => resolve(here, root)),
    policy:
      typeof config.policy === 'string' && !isPreset(config.policy) ? resolve(here, config.policy) : config.policy,
  };
}

const isPreset = (name: string): boolean => ['draft', 'editorial', 'export'].includes(name);

/** A preset's name, a policy file's path or an inline policy, resolved. Throws `policy-invalid` or `policy-unreadable`. */
export async function policyFrom(source: HookConfig['policy']): Promise<Policy> {
  if (typeof source !== 'string') return resolvePolicy(source);
  if (isPreset(source)) return resolvePolicy(source);
  let text: string;
  try {
    text = await readFile(source, 'utf8');
  } catch (error) {
    throw new RetakeError('policy-unreadable', `cannot read the policy ${oneLine(source)}`, { cause: error });
  }
  return resolvePolicy(parse(text, { maxAliasCount: 0 }), oneLine(source));
}
