import { z } from 'zod';
import { plannedSound } from './planned-sound.ts';

/** A picture, clip or sound that the generator was given besides the prompt. */
export const reference = z.object({
  /** File or address, as it was given to the generator. */
  at: z.string().min(1).max(4096),
  role: z.string().max(80).optional(),
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional(),
});
export type Reference = z.infer<typeof reference>;

/** How a take came out of its parent. */
export const relation = z.enum(['whole', 'remix', 'extend', 'trim']);

/** Money: an amount in the currency's main unit, at most six decimals. */
export const cost = z.object({ amount: z.number().min(0).max(1e9), currency: z.string().regex(/^[A-Z]{3}$/) });
export type Cost = z.infer<typeof cost>;

/** What a person or a job file says about a take: all that is needed to make the shot again. */
export const takeFacts = z.object({
  /** The project's name for the shot that this is a take of. */
  shot: z.string().min(1).max(200).optional(),
  provider: z.string().min(1).max(80).optional(),
  model: z.string().min(1).max(200).optional(),
  prompt: z.string().max(100_000).optional(),
  negativePrompt: z.string().max(100_000).optional(),
  /** Kept as text: seeds exceed what a double holds. */
  seed: z
    .union([z.int(), z.string().regex(/^-?\d{1,40}$/)])
    .transform(String)
    .optional(),
  parameters: z.record(z.string(), z.json()).optional(),
  references: z.array(reference).max(64).optional(),
  /** Id of the take that this one was made from. */
  parent: z.string().optional(),
  relation: relation.optional(),
  /** The provider's id of the generation. */
  providerJob: z.string().min(1).max(500).optional(),
  cost: cost.optional(),
  note: z.string().max(10_000).optional(),
  /** When it was generated, ISO 8601. */
  generatedAt: z.iso.datetime({ offset: true }).optional(),
  /** What should be heard in it, in the clip's own time. */
  audioPlan: plannedSound.optional(),
});
export type TakeFacts = z.infer<typeof takeFacts>;
export type TakeFactsInput = z.input<typeof takeFacts>;

export type TakeStatus = 'pending' | 'present' | 'failed';

/** One generated clip, or one that was asked for and has not come yet. Times are ISO 8601. */
export interface Take extends Omit<TakeFacts, 'parameters' | 'references'> {
  id: string;
  parameters: Record<string, z.infer<ReturnType<typeof z.json>>>;
  references: Reference[];
  sha256?: string;
  bytes?: number;
  path?: string;
  status: TakeStatus;
  createdAt: string;
  completedAt?: string;
}

/** What someone decided about a take. `verdict` is Retake's own, the others are people's. */
export interface DecisionRecord {
  id: string;
  take: string;
  report?: string;
  kind: 'verdict' | 'approve' | 'reject' | 'waive';
  who: string;
  reason?: string;
  /** What a waiver waives: a finding's fingerprint. */
  finding?: string;
  until?: string;
  createdAt: string;
}

export interface Person {
  id: string;
  name: string;
  publicFigure: boolean;
  note?: string;
}

/** A signed consent. `covers` says what of the person may be used. */
export interface Release {
  id: string;
  person: string;
  covers: ('likeness' | 'voice')[];
  file: string;
  sha256: string;
  scope?: string;
  grantedAt?: string;
  expiresAt?: string;
}

/** A person who can be seen or heard in a take, with every release on record. */
export interface Appearance {
  person: Person;
  speaks: boolean;
  role?: string;
  releases: Release[];
}

/** How and in which words it was said that the clip is generated. */
export interface Disclosure {
  id: string;
  take: string;
  /** Where it was made, such as `caption`, `end card`, `c2pa`. */
  method: string;
  text: string;
  who?: string;
  createdAt: string;
}

/** A report as the ledger keeps it. */
export interface StoredReport {
  id: string;
  sha256: string;
  policyHash: string;
  decision: string;
  toolVersion: string;
  createdAt: string;
}
