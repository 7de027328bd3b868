import type { ErrorCode } from '../errors.ts';

export type JobState = 'waiting' | 'running' | 'done' | 'parked' | 'cancelled';
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

/** What to do, and under which name it is done once. */
export interface NewJob {
  kind: string;
  /** Two jobs with one key are one job: the second `add` returns the first. */
  key?: string;
  payload: JsonObject;
  /** One point is worth a minute of waiting. */
  priority?: number;
  /** Milliseconds from now. */
  delay?: number;
}

/** A job as it stands. Times are milliseconds since 1970. */
export interface Job {
  id: string;
  kind: string;
  key: string | null;
  payload: JsonObject;
  /** What has been reached so far; survives a crash. */
  progress: JsonObject;
  result: JsonObject | null;
  state: JobState;
  priority: number;
  /** Tries that ended in an error. */
  attempts: number;
  /** Times that the process doing it disappeared. */
  crashes: number;
  readyAt: number;
  error: { code: string; message: string } | null;
  createdAt: number;
  updatedAt: number;
}

/** The right to work on a job for a while. `token` grows with every claim: a worker that lost its lease cannot write. */
export interface Lease {
  job: Job;
  owner: string;
  token: number;
}

/** Which jobs a worker takes; everything when empty. */
export interface ClaimFilter {
  kinds?: readonly string[];
  ids?: readonly string[];
}

export interface JobError {
  code: ErrorCode;
  message: string;
}

/**
 * Durable work. Every call is atomic; a job is never lost and never held by two leases at a time. Writes through a lease
 * that was lost (expired, or taken over) change nothing and answer false. An engine over a network fits the same shape.
 */
export interface Queue {
  add(job: NewJob): Promise<{ job: Job; created: boolean }>;
  /** Takes the next job that is due, or null. Order: priority and waiting time together, then first come. */
  claim(owner: string, only?: ClaimFilter): Promise<Lease | null>;
  /** Keeps the lease; answers whether it still holds and whether the job was asked to stop. */
  renew(lease: Lease): Promise<'held' | 'lost' | 'cancelled'>;
  /** Merges keys into the job's progress. */
  checkpoint(lease: Lease, progress: JsonObject): Promise<boolean>;
  /** Done; jobs that follow from it are added in the same step. */
  complete(lease: Lease, result: JsonObject, follow?: readonly NewJob[]): Promise<boolean>;
  /** Gives it back to be done later. Not a failed try unless `error` is given. */
  release(lease: Lease, delay: number, error?: JobError): Promise<boolean>;
  /** Given up: stays with its error until someone revives it. */
  park(lease: Lease, error: JobError, follow?: readonly NewJob[]): Promise<boolean>;
  /** A waiting job is cancelled at once, a running one is asked to stop. */
  cancel(id: string): Promise<Job | null>;
  /** Ends a running job that was asked to stop. */
  stop(lease: Lease): Promise<boolean>;
  /** A parked or cancelled job starts anew with its progress. */
  revive(id: string): Promise<Job | null>;
  /** A waiting job is due now. */
  hurry(key: string): Promise<boolean>;
  get(id: string): Promise<Job | null>;
  byKey(key: string): Promise<Job | null>;
  /** Newest first. */
  list(filter?: { state?: JobState; kind?: string; limit?: number }): Promise<Job[]>;
  counts(): Promise<Record<JobState, number>>;
  /** True when at least so many jobs wait. Quick, however many are done. */
  isFull(limit: number): Promise<boolean>;
  /** Milliseconds until the next waiting job or expired lease is due; null when there is none. */
  nextDue(): Promise<number | null>;
  /** Frees the leases of owners on this machine that no longer live. Returns how many. */
  recover(): Promise<number>;
}
