import { asRetakeError, oneLine, RetakeError } from '../../errors.ts';
import type { JsonObject, NewJob } from '../../queue/queue.ts';
import type { Done, Handler } from '../../queue/worker.ts';
import type { Report } from '../../report.ts';
import type { Take } from '../../takes/take.ts';
import { clipJob, providerKey } from '../clip-job.ts';
import type { HookContext } from '../context.ts';
import { deliveries } from '../deliver-job.ts';
import { ProviderAnswer } from '../providers/api.ts';
import type { ProviderSettings } from '../providers/settings.ts';
import { type CampaignState, nextSeed, type Spend } from './campaign.ts';
import { type Choice, choose } from './choose.ts';
import { reasonsToRetake } from './quality.ts';
import { rewritePrompt } from './rewrite.ts';
import { trimJob } from './trim-job.ts';

/** Everything needed to ask for the next take, as it is booked and kept. */
export interface TryPlan {
  action: 'extend' | 'remix' | 'whole';
  reason: string;
  take: string;
  policy: string;
  prompt: string;
  originalPrompt: string;
  negativePrompt?: string;
  seed?: string;
  lastGood?: number;
  /** `detector/kind` of the faults that the prompt speaks to. */
  addressed: string[];
  cost: { amount: number; currency: string };
}

export interface Next {
  /** Null when the loop is off. */
  choice: (Choice & { plan?: TryPlan; dryRun?: true }) | null;
  follow: NewJob[];
}

/**
 * What follows from a verdict (or from a generation that failed: no report). With the loop off: nothing. In a dry run:
 * the same choice, and nothing is booked or asked for. Repeatable: the same take leads to the same booking.
 */
export function planNext(context: HookContext, take: Take, report: Report | null): Next {
  const { regenerate: settings } = context.config;
  if (!settings.enabled) return { choice: null, follow: [] };
  const { campaigns } = context;
  const root = campaigns.root(take);
  const known = campaigns.get(root.id);
  const campaign = known ?? (settings.dryRun ? null : campaigns.begin(root.id));
  const configured = take.provider === undefined ? undefined : context.providers.get(take.provider);
  const policy = report?.policy.hash ?? context.policy.hash;
  const tries = campaigns.tries(root.id);
  const { best, stale } = campaigns.standing(root.id, policy);
  if (best !== null && !settings.dryRun) campaigns.setBest(root.id, best);
  // A take that was already answered with a try (before a crash) is not counted against itself.
  const answered = tries.find(spend => (JSON.parse(spend.plan) as { after?: string }).after === take.id);
  const made = tries.find(spend => spend.take === take.id);
  const choice = choose({
    report,
    settings,
    capabilities: configured?.provider.capabilities,
    hasParentJob: take.providerJob !== undefined,
    hasPrompt: (root.prompt ?? take.prompt) !== undefined,
    canGrab: context.grabFrame !== undefined,
    tries: answered === undefined ? tries.length : tries.indexOf(answered),
    stale,
    minutes: campaign === null ? 0 : (context.now() - campaign.createdAt) / 60_000,
    last: take.relation === 'trim' || made === undefined ? take.relation : (JSON.parse(made.plan) as TryPlan).action,
  });
  if (choice.action === 'keep') return settle(context, root, take, 'clean', choice);
  if (choice.action === 'trim') {
    if (settings.dryRun || context.trim === undefined) return settle(context, root, take, 'clean', choice);
    return { choice, follow: [trimJob(take, choice, policy)] };
  }
  if (choice.action === 'human') return settle(context, root, take, 'human', choice);
  const price = configured!.settings.price;
  if (price === undefined) {
    return settle(context, root, take, 'human', { action: 'human', reason: `no price is set for ${take.provider}` });
  }
  const plan = makePlan(context, { take, root, report, choice, policy, tries, settings: configured!.settings });
  if (settings.dryRun) return { choice: { ...choice, plan, dryRun: true }, follow: [] };
  const booked = campaigns.reserve(root.id, plan.cost.amount, take.provider!, settings, plan, take.id);
  if (typeof booked === 'string') return settle(context, root, take, 'stopped', { action: 'human', reason: booked });
  return {
    choice: { ...choice, plan },
    follow: [{ kind: 'submit', key: `submit:${booked.id}`, payload: { spend: booked.id }, priority: 5 }],
  };
}

function makePlan(
  context: HookContext,
  given: {
    take: Take;
    root: Take;
    report: Report | null;
    choice: Extract<Choice, { action: 'extend' | 'remix' | 'whole' }>;
    policy: string;
    tries: Spend[];
    settings: ProviderSettings;
  },
): TryPlan {
  const { take, root, report, choice, policy, tries, settings } = given;
  const { capabilities } = context.providers.get(take.provider!)!.provider;
  const originalPrompt = root.prompt ?? take.prompt ?? '';
  const persisted = new Set(tries.flatMap(spend => (JSON.parse(spend.plan) as TryPlan).addressed));
  const rewritten = rewritePrompt(originalPrompt, report === null ? [] : reasonsToRetake(report), {
    limit: capabilities.promptLength,
    persisted,
    negatives: capabilities.negativePrompt,
    negativePrompt: root.negativePrompt,
  });
  const seed = capabilities.seed ? nextSeed(context.config.regenerate.seed, root, tries.length + 1) : undefined;
  return {
    action: choice.action,
    reason: choice.reason,
    take: take.id,
    policy,
    prompt: rewritten.prompt,
    originalPrompt,
    ...(rewritten.negativePrompt && { negativePrompt: rewritten.negativePrompt }),
    ...(seed !== undefined && { seed }),
    ...(choice.action === 'extend' && { lastGood: choice.lastGood }),
    addressed: rewritten.addressed,
    cost: { amount: estimate(settings, take, report), currency: settings.price!.currency },
  };
}

/** Upper bound of a generation's cost: by call, and by second of the length asked for (or of the clip at hand). */
function estimate({ price }: ProviderSettings, take: Take, report: Report | null): number {
  const asked = ['seconds', 'duration', 'durationSeconds']
    .map(name => Number.parseFloat(String(take.parameters[name] ?? '')))
    .find(value => Number.isFinite(value) && value > 0);
  const seconds = Math.ceil(asked ?? report?.clip.seconds ?? 10);
  return price!.perCall + price!.perSecond * seconds;
}

/** Ends the attempt at a shot, and tells about it. */
export function settle(context: HookContext, root: Take, take: Take, state: CampaignState, choice: Choice): Next {
  if (context.config.regenerate.dryRun) return { choice: { ...choice, dryRun: true }, follow: [] };
  const { campaigns } = context;
  campaigns.end(root.id, state, choice.reason);
  const { best } = campaigns.get(root.id)!;
  const { currency } = context.config.regenerate;
  const event = {
    type: 'shot.settled' as const,
    timestamp: new Date(context.now()).toISOString(),
    data: {
      shot: root.shot ?? null,
      root: root.id,
      take: take.id,
      state,
      reason: choice.reason,
      best,
      tries: campaigns.tries(root.id).length,
      spent: { amount: campaigns.booked(root.id, currency).shot, currency },
      ...(choice.action === 'trim' && { range: { ...choice.range } }),
      ...(take.relation === 'trim' && { range: take.parameters.frames }),
    },
  };
  return { choice, follow: deliveries(context, event, take.id) };
}

/**
 * The handler that asks for a booked try, at most once. The booking is marked as sent before the call: if the process
 * dies in between, nobody knows whether the provider heard it, so the money counts as spent and the call is not repeated.
 */
export const submitHandler = (context: HookContext): Handler => ({
  backoff: context.config.retry,
  async run({ lease: { job }, signal }): Promise<Done> {
    const { campaigns, ledger } = context;
    const spend = campaigns.spend(String(job.payload.spend));
    if (spend === null) throw new RetakeError('internal', 'this try was never booked');
    const plan = JSON.parse(spend.plan) as TryPlan;
    const configured = context.providers.get(spend.provider);
    if (configured === undefined)
      throw new RetakeError('usage', `the provider ${spend.provider} is no longer configured`);
    const parent = ledger.take(plan.take);
    if (spend.state === 'settled' && spend.take !== null) return asked(context, ledger.take(spend.take), plan);
    if (spend.state === 'sent') return unknown(context, parent, 'it is not known whether the last try was received');
    if (spend.state === 'released') return { end: 'complete', result: { outcome: 'released' } };

    const startFrame = plan.lastGood === undefined ? undefined : await context.grabFrame!(parent.path!, plan.lastGood);
    if (!campaigns.move(spend.id, 'reserved', 'sent'))
      throw new RetakeError('internal', 'this try is under way elsewhere');
    // Money is about to be spent: that must be known after the worst of crashes.
    await ledger.database.flush();
    let jobId: string;
    try {
      const submission = {
        action: plan.action,
        prompt: plan.prompt,
        negativePrompt: plan.negativePrompt,
        seed: plan.seed,
        model: parent.model,
        parameters: parent.parameters as Record<string, unknown>,
        parentJob: parent.providerJob,
        startFrame,
        idempotencyKey: spend.id,
      };
      jobId = (await configured.provider.submit(submission, signal)).jobId;
    } catch (thrown) {
      const error = asRetakeError(thrown);
      context.metrics?.submissions.inc({ provider: spend.provider, result: 'failed' });
      if (error instanceof ProviderAnswer && error.declined) {
        if (error.status === 429) {
          campaigns.move(spend.id, 'sent', 'reserved');
          throw error;
        }
        campaigns.move(spend.id, 'sent', 'released');
        const choice: Choice = { action: 'human', reason: oneLine(error.message) };
        const next = settle(context, campaigns.root(parent), parent, 'human', choice);
        return { end: 'complete', result: { outcome: 'declined', reason: error.message }, follow: next.follow };
      }
      if (neverSent(thrown)) {
        campaigns.move(spend.id, 'sent', 'reserved');
        throw error;
      }
      return unknown(context, parent, oneLine(error.message));
    }
    context.metrics?.submissions.inc({ provider: spend.provider, result: 'ok' });
    const take = ledger.database.transaction(() => {
      const made = ledger.addTake({
        shot: parent.shot,
        provider: spend.provider,
        providerJob: jobId,
        model: parent.model,
        prompt: plan.prompt,
        negativePrompt: plan.negativePrompt,
        seed: plan.seed,
        parameters: {
          ...parent.parameters,
          ...(plan.lastGood !== undefined && { continuesAfterFrame: plan.lastGood }),
        },
        references: parent.references,
        parent: parent.id,
        relation: plan.action,
        cost: plan.cost,
      });
      campaigns.move(spend.id, 'sent', 'settled', made.id);
      return made;
    });
    return asked(context, take, plan);
  },
  onParked({ lease: { job }, message }) {
    const spend = context.campaigns.spend(String(job.payload.spend));
    if (spend === null) return [];
    context.campaigns.move(spend.id, 'reserved', 'released');
    const parent = context.ledger.take((JSON.parse(spend.plan) as TryPlan).take);
    const choice: Choice = { action: 'human', reason: message };
    return settle(context, context.campaigns.root(parent), parent, 'human', choice).follow;
  },
});

/** The try is made: its clip is awaited like any other. */
function asked(context: HookContext, take: Take, plan: TryPlan): Done {
  const provider = take.provider!;
  const job = take.providerJob!;
  const { poll } = context.providers.get(provider)!.settings;
  const follow = clipJob({
    source: { type: 'provider', provider, job },
    policyHash: plan.policy,
    key: providerKey(provider, job),
    delay: poll * 1000,
  });
  return { end: 'complete', result: { outcome: 'asked', take: take.id, job } as JsonObject, follow: [follow] };
}

/** No connection came about, so the provider cannot have heard the call. */
function neverSent(error: unknown): boolean {
  const codes = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'UND_ERR_CONNECT_TIMEOUT'];
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (codes.includes(String((cause as NodeJS.ErrnoException).code))) return true;
  }
  return false;
}

/** The call may have been heard: it stays on the bill, and a person decides about another one. */
function unknown(context: HookContext, parent: Take, why: string): Done {
  const choice: Choice = { action: 'human', reason: `${why}; its cost is counted as spent` };
  const next = settle(context, context.campaigns.root(parent), parent, 'human', choice);
  return { end: 'complete', result: { outcome: 'unknown', reason: why }, follow: next.follow };
}
