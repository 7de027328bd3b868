import { randomUUID } from 'node:crypto';
import type { Database, Value } from '../takes/database.ts';
import { ownerIsGone } from './owner.ts';
import type { ClaimFilter, Job, JobError, JobState, JsonObject, Lease, NewJob, Queue } from './queue.ts';

interface JobRow {
  id: string;
  kind: string;
  key: string | null;
  payload: string;
  progress: string;
  result: string | null;
  state: JobState;
  priority: number;
  attempts: number;
  crashes: number;
  ready_at: number;
  token: number;
  error_code: string | null;
  error: string | null;
  created_at: number;
  updated_at: number;
}

const toJob = (row: JobRow): Job => ({
  id: row.id,
  kind: row.kind,
  key: row.key,
  payload: JSON.parse(row.payload) as JsonObject,
  progress: JSON.parse(row.progress) as JsonObject,
  result: row.result === null ? null : (JSON.parse(row.result) as JsonObject),
  state: row.state,
  priority: row.priority,
  attempts: row.attempts,
  crashes: row.crashes,
  readyAt: row.ready_at,
  error: row.error_code === null ? null : { code: row.error_code, message: row.error ?? '' },
  createdAt: row.created_at,
  updatedAt: row.updated_at,
});

export interface EmbeddedQueueOptions {
  /** Milliseconds that a lease lasts without renewal. */
  lease?: number;
  /** Times that a job may take its process down with it before it is parked. */
  crashes?: number;
  now?: () => number;
}

/** The {@link Queue} in the ledger's file, for workers of one machine. */
export class EmbeddedQueue implements Queue {
  readonly #database: Database;
  readonly #lease: number;
  readonly #crashes: number;
  readonly #now: () => number;

  constructor(database: Database, { lease = 60_000, crashes = 20, now = Date.now }: EmbeddedQueueOptions = {}) {
    this.#database = database;
    this.#lease = lease;
    this.#crashes = crashes;
    this.#now = now;
  }

  async add(job: NewJob): Promise<{ job: Job; created: boolean }> {
    return this.#database.transaction(() => this.#add(job));
  }

  #add(job: NewJob): { job: Job; created: boolean } {
    const now = this.#now();
    const id = `job_${randomUUID()}`;
    const created = this.#database.run(
      `INSERT INTO jobs (id, kind, key, payload, state, priority, ready_at, created_at, updated_at)
       VALUES (?, ?, ?, ?, 'waiting', ?, ?, ?, ?) ON CONFLICT (key) DO NOTHING`,
      [id, job.kind, job.key ?? null, JSON.stringify(job.payload), job.priority ?? 0, now + (job.delay ?? 0), now, now],
    );
    const row = created
      ? this.#row('SELECT * FROM jobs WHERE id = ?', [id])
      : this.#row('SELECT * FROM jobs WHERE key = ?', [job.key ?? null]);
    return { job: toJob(row!), created: created === 1 };
  }

  async claim(owner: string, { kinds, ids }: ClaimFilter = {}): Promise<Lease | null> {
    return this.#database.transaction(() => {
      const now = this.#now();
      this.#expire(now);
      const among = (column: string, values?: readonly string[]) =>
        values === undefined ? '' : `AND ${column} IN (${values.map(() => '?').join(', ')})`;
      const row = this.#row(
        `UPDATE jobs SET state = 'running', owner = ?, token = token + 1, lease_until = ?, updated_at = ?
         WHERE seq = (SELECT seq FROM jobs WHERE state = 'waiting' AND ready_at <= ? ${among('kind', kinds)} ${among('id', ids)}
           ORDER BY (ready_at - priority * 60000), seq LIMIT 1) RETURNING *`,
        [owner, now + this.#lease, now, now, ...(kinds ?? []), ...(ids ?? [])],
      );
      return row === undefined ? null : { job: toJob(row), owner, token: row.token };
    });
  }

  /**
   * Leases that ran out: the job waits again, or is parked when it keeps taking its process down. From the second time
   * on it waits twice as long each time (up to a minute), so that the others get done and whichever is to blame is soon
   * alone with it.
   */
  #expire(now: number, gone?: string): number {
    const which = gone === undefined ? 'lease_until < ?' : 'owner = ?';
    const args: Value[] = [gone ?? now];
    this.#database.run(
      `UPDATE jobs SET state = 'cancelled', owner = NULL, updated_at = ? WHERE state = 'running' AND cancel = 1 AND ${which}`,
      [now, ...args],
    );
    this.#database.run(
      `UPDATE jobs SET state = 'parked', owner = NULL, crashes = crashes + 1, error_code = 'internal',
         error = 'the process working on it disappeared ' || (crashes + 1) || ' times', updated_at = ?
       WHERE state = 'running' AND crashes + 1 >= ? AND ${which}`,
      [now, this.#crashes, ...args],
    );
    return this.#database.run(
      `UPDATE jobs SET state = 'waiting', owner = NULL, crashes = crashes + 1, updated_at = ?,
         ready_at = CASE crashes WHEN 0 THEN ready_at ELSE ? + min(60000, 50 * (1 << min(crashes, 12))) END
       WHERE state = 'running' AND ${which}`,
      [now, now, ...args],
    );
  }

  async renew(lease: Lease): Promise<'held' | 'lost' | 'cancelled'> {
    const row = this.#database.transaction(() =>
      this.#database.get<{ cancel: number }>(
        `UPDATE jobs SET lease_until = ? WHERE id = ? AND state = 'running' AND token = ? RETURNING cancel`,
        [this.#now() + this.#lease, lease.job.id, lease.token],
      ),
    );
    if (row === undefined) return 'lost';
    return row.cancel === 1 ? 'cancelled' : 'held';
  }

  async checkpoint(lease: Lease, progress: JsonObject): Promise<boolean> {
    return this.#held(lease, 'progress = json_patch(progress, ?), lease_until = ?', [
      JSON.stringify(progress),
      this.#now() + this.#lease,
    ]);
  }

  async complete(lease: Lease, result: JsonObject, follow: readonly NewJob[] = []): Promise<boolean> {
    return this.#end(
      lease,
      `state = 'done', result = ?, error_code = NULL, error = NULL`,
      [JSON.stringify(result)],
      follow,
    );
  }

  async park(lease: Lease, error: JobError, follow: readonly NewJob[] = []): Promise<boolean> {
    const set = `state = 'parked', attempts = attempts + 1, error_code = ?, error = ?`;
    return this.#end(lease, set, [error.code, error.message], follow);
  }

  async stop(lease: Lease): Promise<boolean> {
    return this.#end(lease, `state = 'cancelled'`, [], []);
  }

  async release(lease: Lease, delay: number, error?: JobError): Promise<boolean> {
    const readyAt = this.#now() + delay;
    return error === undefined
      ? this.#held(lease, `state = 'waiting', owner = NULL, ready_at = ?`, [readyAt])
      : this.#held(
          lease,
          `state = 'waiting', owner = NULL, ready_at = ?, attempts = attempts + 1, error_code = ?, error = ?`,
          [readyAt, error.code, error.message],
        );
  }

  #held(lease: Lease, set: string, args: Value[]): boolean {
    return this.#database.transaction(
      () =>
        this.#database.run(`UPDATE jobs SET ${set}, updated_at = ? WHERE id = ? AND state = 'running' AND token = ?`, [
          ...args,
          this.#now(),
          lease.job.id,
          lease.token,
        ]) === 1,
    );
  }

  #end(lease: Lease, set: string, args: Value[], follow: readonly NewJob[]): boolean {
    return this.#database.transaction(() => {
      if (!this.#held(lease, `${set}, owner = NULL, lease_until = NULL`, args)) return false;
      for (const job of follow) this.#add(job);
      return true;
    });
  }

  async cancel(id: string): Promise<Job | null> {
    return this.#database.transaction(() => {
      const now = this.#now();
      this.#database.run(`UPDATE jobs SET state = 'cancelled', updated_at = ? WHERE id = ? AND state = 'waiting'`, [
        now,
        id,
      ]);
      this.#database.run(`UPDATE jobs SET cancel = 1, updated_at = ? WHERE id = ? AND state = 'running'`, [now, id]);
      return this.#job(id);
    });
  }

  async revive(id: string): Promise<Job | null> {
    return this.#database.transaction(() => {
      const now = this.#now();
      const changed = this.#database.run(
        `UPDATE jobs SET state = 'waiting', cancel = 0, attempts = 0, crashes = 0, ready_at = ?, updated_at = ?,
           error_code = NULL, error = NULL WHERE id = ? AND state IN ('parked', 'cancelled')`,
        [now, now, id],
      );
      return changed === 1 ? this.#job(id) : null;
    });
  }

  async hurry(key: string): Promise<boolean> {
    const now = this.#now();
    return this.#database.transaction(
      () =>
        this.#database.run(`UPDATE jobs SET ready_at = ? WHERE key = ? AND state = 'waiting' AND ready_at > ?`, [
          now,
          key,
          now,
        ]) === 1,
    );
  }

  async get(id: string): Promise<Job | null> {
    return this.#job(id);
  }

  async byKey(key: string): Promise<Job | null> {
    const row = this.#row('SELECT * FROM jobs WHERE key = ?', [key]);
    return row === undefined ? null : toJob(row);
  }

  async list({ state, kind, limit = 100 }: { state?: JobState; kind?: string; limit?: number } = {}): Promise<Job[]> {
    return this.#database
      .all<JobRow>(
        'SELECT * FROM jobs WHERE (? IS NULL OR state = ?) AND (? IS NULL OR kind = ?) ORDER BY seq DESC LIMIT ?',
        [state ?? null, state ?? null, kind ?? null, kind ?? null, limit],
      )
      .map(toJob);
  }

  async counts(): Promise<Record<JobState, number>> {
    const counts: Record<JobState, number> = { waiting: 0, running: 0, done: 0, parked: 0, cancelled: 0 };
    const rows = this.#database.all<{ state: JobState; n: number }>(
      'SELECT state, count(*) AS n FROM jobs GROUP BY state',
    );
    for (const row of rows) counts[row.state] = row.n;
    return counts;
  }

  async isFull(limit: number): Promise<boolean> {
    const row = this.#database.get<{ n: number }>(
      `SELECT count(*) AS n FROM (SELECT 1 FROM jobs WHERE state = 'waiting' LIMIT ?)`,
      [limit],
    );
    return (row?.n ?? 0) >= limit;
  }

  async nextDue(): Promise<number | null> {
    const row = this.#database.get<{ ready: number | null; lease: number | null }>(
      `SELECT (SELECT min(ready_at) FROM jobs WHERE state = 'waiting') AS ready,
              (SELECT min(lease_until) + 1 FROM jobs WHERE state = 'running') AS lease`,
    );
    const due = [row?.ready, row?.lease].filter(at => at !== null && at !== undefined);
    return due.length === 0 ? null : Math.max(0, Math.min(...due) - this.#now());
  }

  async recover(): Promise<number> {
    return this.#database.transaction(() => {
      const owners = this.#database.all<{ owner: string }>(
        `SELECT DISTINCT owner FROM jobs WHERE state = 'running' AND owner IS NOT NULL`,
      );
      return owners
        .filter(({ owner }) => ownerIsGone(owner))
        .reduce((freed, { owner }) => freed + this.#expire(this.#now(), owner), 0);
    });
  }

  #row(sql: string, args: readonly Value[]): JobRow | undefined {
    return this.#database.get<JobRow>(sql, args);
  }

  #job(id: string): Job | null {
    const row = this.#row('SELECT * FROM jobs WHERE id = ?', [id]);
    return row === undefined ? null : toJob(row);
  }
}
