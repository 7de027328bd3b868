import type { TakeFactsInput } from '../../takes/take.ts';

/** What an adapter can do. The regenerate loop asks only for what is here. */
export interface Capabilities {
  /** A new clip from an old one and a changed prompt. */
  remix: boolean;
  /** `frame`: a generation may begin with a given picture, so a shot can go on from its last good frame. */
  extend: 'frame' | 'end' | 'none';
  seed: boolean;
  negativePrompt: boolean;
  /** New generations can be asked for. */
  submit: boolean;
  /** Longest prompt in characters. */
  promptLength: number;
  /** `signed`: Standard Webhooks. `hint`: unsigned, so the job is fetched before it is believed. `none`: polled. */
  events: 'signed' | 'hint' | 'none';
}

/** What a provider's callback says. It names a job; what became of the job is fetched. */
export interface ProviderEvent {
  jobId: string;
  /** `settled`: fetch the job now. `progress`: nothing to do yet. */
  kind: 'settled' | 'progress';
  /** A clip that came with the event itself (generic JSON): file or address. */
  clip?: { url?: string; path?: string };
  facts?: TakeFactsInput;
}

/** A generation as the provider tells it. */
export interface Generation {
  jobId: string;
  state: 'pending' | 'done' | 'failed';
  /** Where the clip is, once done. */
  clip?: { url: string; headers?: Record<string, string> };
  /** Why it failed, the provider's words. */
  error?: string;
  /** The provider's id of the clip where it differs from the job's. */
  clipId?: string;
  facts: TakeFactsInput;
}

/** A new generation to ask for. */
export interface Submission {
  action: 'whole' | 'remix' | 'extend';
  prompt: string;
  negativePrompt?: string;
  seed?: string;
  model?: string;
  /** The parent take's parameters, in the adapter's own names. */
  parameters: Record<string, unknown>;
  /** Provider job of the parent take: what a remix is made from. */
  parentJob?: string;
  /** JPEG of the last good frame: what an extension begins with. */
  startFrame?: Buffer;
  /** The same for every try of one submission, for providers that know such keys. */
  idempotencyKey: string;
}

export interface Provider {
  readonly id: string;
  readonly capabilities: Capabilities;
  /** Null for an event type that means nothing to us. Throws `refused` when the body is not of the provider's shape. */
  parseEvent(body: unknown): ProviderEvent | null;
  /** Throws `provider-failed` when it should be tried again, `refused` when the provider does not know the job. */
  fetchJob(jobId: string, signal?: AbortSignal): Promise<Generation>;
  submit(submission: Submission, signal?: AbortSignal): Promise<{ jobId: string }>;
}
