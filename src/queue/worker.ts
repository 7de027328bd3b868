import { asRetakeError, type ErrorCode, RetakeError } from '../errors.ts';
import { type Backoff, backoffDelay, defaultBackoff } from './backoff.ts';
import { ownerName } from './owner.ts';
import type { JsonObject, Lease, NewJob, Queue } from './queue.ts';

/** How a piece of work ended. */
export type Done =
  | { end: 'complete'; result: JsonObject; follow?: NewJob[] }
  /** Not yet: look again after `delay` milliseconds; not a failure. */
  | { end: 'later'; delay: number };

export interface WorkContext {
  lease: Lease;
  /** Aborts when the job is cancelled, its lease is lost or the worker shuts down. */
  signal: AbortSignal;
  /** Keeps what has been reached. Throws `aborted` when the lease is lost. */
  checkpoint(progress: JsonObject): Promise<void>;
}

export interface Handler {
  /** Must be repeatable: after a crash it runs again with the progress that was kept. */
  run(context: WorkContext): Promise<Done>;
  backoff?: Backoff;
  /** Jobs that follow when this one is given up, such as telling someone. */
  onParked?(context: { lease: Lease; code: ErrorCode; message: string }): NewJob[];
}

export interface WorkerOptions {
  queue: Queue;
  handlers: Readonly<Record<string, Handler>>;
  /** Jobs at a time, per kind and in all kinds together where a kind is not named. */
  concurrency: number;
  /** Ids of the only jobs to take. */
  only?: readonly string[];
  /** Milliseconds between renewals of a lease; at most a third of its length. */
  heartbeat?: number;
  /** Longest wait in milliseconds before looking for work that another process added. */
  poll?: number;
  /** The queue itself could not be asked; it is asked again. */
  onTrouble?(error: RetakeError): void;
  onEvent?(event: {
    type: 'started' | 'done' | 'retry' | 'parked' | 'cancelled' | 'lost';
    lease: Lease;
    error?: RetakeError;
  }): void;
}

/** Errors that trying again cannot cure: the clip or the request itself is at fault. */
const FINAL: ReadonlySet<string> = new Set<ErrorCode>([
  'clip-empty',
  'clip-not-media',
  'clip-no-video',
  'clip-no-frames',
  'clip-truncated',
  'clip-too-large',
  'clip-not-found',
  'refused',
  'usage',
  'policy-invalid',
  'policy-unreadable',
  'options-invalid',
]);

const isFinal = (code: string): boolean => FINAL.has(code);

/** Takes jobs from a queue and does them, `concurrency` at a time. */
export class Worker {
  readonly #options: WorkerOptions;
  readonly #owner = ownerName();
  readonly #active = new Map<string, { abort: AbortController; ended: Promise<void> }>();
  #stopping = false;
  #timer: NodeJS.Timeout | undefined;
  #pumping = false;
  #again = false;

  constructor(options: WorkerOptions) {
    this.#options = options;
  }

  get active(): number {
    return this.#active.size;
  }

  /** Frees what dead processes held and starts working. */
  async start(): Promise<void> {
    await this.#options.queue.recover();
    this.wake();
  }

  /** Looks for work now: call it after adding a job in this process. */
  wake(): void {
    if (this.#pumping) {
      this.#again = true;
      return;
    }
    this.#pumping = true;
    void this.#pump().finally(() => {
      this.#pumping = false;
      if (this.#again) {
        this.#again = false;
        this.wake();
      }
    });
  }

  async #pump(): Promise<void> {
    const { queue, handlers, concurrency, poll = 1_000 } = this.#options;
    clearTimeout(this.#timer);
    let wait = poll;
    try {
      while (!this.#stopping && this.#active.size < concurrency) {
        const lease = await queue.claim(this.#owner, { kinds: Object.keys(handlers), ids: this.#options.only });
        if (lease === null) break;
        if (this.#stopping) await queue.release(lease, 0);
        else this.#begin(lease);
      }
      const due = await queue.nextDue();
      if (due !== null && this.#active.size < concurrency) wait = Math.min(poll, Math.max(due, 10));
    } catch (error) {
      // The database is busy or its disk is full: the jobs are safe there, so look again later.
      this.#options.onTrouble?.(asRetakeError(error));
    }
    if (!this.#stopping) this.#timer = setTimeout(() => this.wake(), wait);
  }

  #begin(lease: Lease): void {
    const abort = new AbortController();
    const ended = this.#work(lease, abort).finally(() => {
      this.#active.delete(lease.job.id);
      if (!this.#stopping) this.wake();
    });
    this.#active.set(lease.job.id, { abort, ended });
  }

  async #work(lease: Lease, abort: AbortController): Promise<void> {
    const { queue, handlers, heartbeat = 15_000, onEvent } = this.#options;
    const handler = handlers[lease.job.kind]!;
    const beat = setInterval(() => void this.#renew(lease, abort), heartbeat);
    beat.unref();
    onEvent?.({ type: 'started', lease });
    const context: WorkContext = {
      lease,
      signal: abort.signal,
      checkpoint: async progress => {
        if (!(await queue.checkpoint(lease, progress))) {
          abort.abort('lost');
          throw new RetakeError('aborted', 'the lease of this job was lost');
        }
        Object.assign(lease.job.progress, progress);
      },
    };
    try {
      const done = await handler.run(context);
      if (done.end === 'later') await queue.release(lease, done.delay);
      else if (await queue.complete(lease, done.result, done.follow)) onEvent?.({ type: 'done', lease });
      else onEvent?.({ type: 'lost', lease });
    } catch (thrown) {
      // When not even the failure can be written, the lease runs out and the job is tried again.
      await this.#failed(lease, abort, handler, asRetakeError(thrown)).catch(error =>
        this.#options.onTrouble?.(asRetakeError(error)),
      );
    } finally {
      clearInterval(beat);
    }
  }

  async #failed(lease: Lease, abort: AbortController, handler: Handler, error: RetakeError): Promise<void> {
    const { queue, onEvent } = this.#options;
    if (abort.signal.aborted) {
      const why = abort.signal.reason as string;
      if (why === 'cancelled' && (await queue.stop(lease))) onEvent?.({ type: 'cancelled', lease });
      else if (why === 'shutdown') await queue.release(lease, 0);
      else onEvent?.({ type: 'lost', lease });
      return;
    }
    const backoff = handler.backoff ?? defaultBackoff;
    const tries = lease.job.attempts + 1;
    const shown = { code: error.code, message: error.message };
    if (tries >= backoff.tries || isFinal(error.code)) {
      const follow = handler.onParked?.({ lease, ...shown });
      if (await queue.park(lease, shown, follow)) onEvent?.({ type: 'parked', lease, error });
    } else if (await queue.release(lease, backoffDelay(tries, backoff), shown))
      onEvent?.({ type: 'retry', lease, error });
  }

  async #renew(lease: Lease, abort: AbortController): Promise<void> {
    try {
      const state = await this.#options.queue.renew(lease);
      if (state !== 'held') abort.abort(state);
    } catch {
      // A missed beat is harmless while the lease lasts.
    }
  }

  /** Cancels a job wherever it is; a running one of this worker stops at once. */
  async cancel(id: string): Promise<void> {
    await this.#options.queue.cancel(id);
    this.#active.get(id)?.abort.abort('cancelled');
  }

  /** Takes no new work, lets running jobs finish for `grace` milliseconds, then gives them back to the queue. */
  async stop(grace = 10_000): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#timer);
    const all = Promise.allSettled([...this.#active.values()].map(({ ended }) => ended));
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>(resolve => {
      timer = setTimeout(resolve, grace);
    });
    await Promise.race([all, late]);
    clearTimeout(timer);
    for (const { abort } of this.#active.values()) abort.abort('shutdown');
    await Promise.allSettled([...this.#active.values()].map(({ ended }) => ended));
  }
}
