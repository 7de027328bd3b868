import { createHash, randomUUID } from 'node:crypto';
import type { Ledger } from '../../takes/ledger.ts';
import { fromMicros, toMicros } from '../../takes/rows.ts';
import type { Take } from '../../takes/take.ts';
import { compareQuality, qualityOf } from './quality.ts';

export type CampaignState = 'running' | 'clean' | 'stopped' | 'human';

/** The attempt to get one shot right, from its first take on. */
export interface Campaign {
  root: string;
  state: CampaignState;
  reason: string | null;
  best: string | null;
  createdAt: number;
}

export interface Spend {
  id: string;
  root: string;
  try: number;
  provider: string;
  amount: number;
  currency: string;
  state: 'reserved' | 'sent' | 'settled' | 'released';
  /** What was planned, JSON. */
  plan: string;
  take: string | null;
}

export interface Caps {
  triesPerDay: number;
  perShot: number;
  perDay: number;
  minutesPerDay: number;
  currency: string;
}

interface SpendRow extends Omit<Spend, 'amount'> {
  amount: number;
}

/** Books of the regenerate loop: who tried what, for how much. Money is reserved before a call and never after it. */
export class Campaigns {
  readonly #ledger: Ledger;
  readonly #now: () => number;

  constructor(ledger: Ledger, now: () => number = Date.now) {
    this.#ledger = ledger;
    this.#now = now;
  }

  /** The first take that this one descends from. */
  root(take: Take): Take {
    let at = take;
    for (let steps = 0; at.parent !== undefined && steps < 10_000; steps++) at = this.#ledger.take(at.parent);
    return at;
  }

  begin(root: string): Campaign {
    const now = this.#now();
    this.#ledger.database.run(
      `INSERT INTO campaigns (root, state, created_at, updated_at) VALUES (?, 'running', ?, ?) ON CONFLICT DO NOTHING`,
      [root, now, now],
    );
    return this.get(root)!;
  }

  get(root: string): Campaign | null {
    const row = this.#ledger.database.get<Omit<Campaign, 'createdAt'> & { created_at: number }>(
      'SELECT root, state, reason, best, created_at FROM campaigns WHERE root = ?',
      [root],
    );
    if (row === undefined) return null;
    const { created_at: createdAt, ...rest } = row;
    return { ...rest, createdAt };
  }

  end(root: string, state: CampaignState, reason: string): void {
    this.#ledger.database.run('UPDATE campaigns SET state = ?, reason = ?, updated_at = ? WHERE root = ?', [
      state,
      reason,
      this.#now(),
      root,
    ]);
  }

  setBest(root: string, take: string): void {
    this.#ledger.database.run('UPDATE campaigns SET best = ? WHERE root = ?', [take, root]);
  }

  /**
   * The best judged take of a shot and how many tries since it came have been no better. Counted from the ledger each
   * time, so that a crash between two steps cannot skew it.
   */
  standing(root: string, policyHash: string): { best: string | null; stale: number } {
    const made = [root, ...this.tries(root).flatMap(spend => (spend.take ? [spend.take] : []))];
    const family = made.flatMap(id => [id, ...this.#trims(id)]).map(id => this.#ledger.take(id));
    let best: { take: string; quality: ReturnType<typeof qualityOf> } | null = null;
    let stale = 0;
    for (const take of family) {
      const stored = take.sha256 === undefined ? undefined : this.#ledger.reports(take.sha256, policyHash)[0];
      if (stored === undefined) {
        // A generation that failed is a try that got no better; one still under way is none yet.
        if (take.status === 'failed' && take.id !== root) stale++;
        continue;
      }
      const quality = qualityOf(this.#ledger.report(stored.id));
      if (best === null || compareQuality(quality, best.quality) < 0) {
        best = { take: take.id, quality };
        stale = 0;
      } else stale++;
    }
    return { best: best?.take ?? null, stale };
  }

  #trims(take: string): string[] {
    return this.#ledger.database
      .all<{ id: string }>("SELECT id FROM takes WHERE parent = ? AND relation = 'trim' ORDER BY created_at", [take])
      .map(({ id }) => id);
  }

  /** Every booked try in order, released ones left out. */
  tries(root: string): Spend[] {
    return this.#ledger.database
      .all<SpendRow>(`SELECT * FROM spend WHERE root = ? AND state <> 'released' ORDER BY try`, [root])
      .map(toSpend);
  }

  spend(id: string): Spend | null {
    const row = this.#ledger.database.get<SpendRow>('SELECT * FROM spend WHERE id = ?', [id]);
    return row === undefined ? null : toSpend(row);
  }

  /** Money booked for a shot and for today, whether the call was made yet or not. */
  booked(root: string, currency: string): { shot: number; day: number } {
    const sum = (where: string, value: string) =>
      Number(
        this.#ledger.database.get<{ total: number | null }>(
          `SELECT sum(amount) AS total FROM spend WHERE ${where} = ? AND currency = ? AND state <> 'released'`,
          [value, currency],
        )?.total ?? 0,
      );
    return { shot: fromMicros(sum('root', root)), day: fromMicros(sum('day', this.#day())) };
  }

  /**
   * Minutes that today's tries have taken so far, added up: each from its booking to its clip (or its failure), one still
   * under way to now. A call that nobody knows the end of counts until its shot was given up.
   */
  minutesToday(): number {
    const now = this.#now();
    const row = this.#ledger.database.get<{ total: number | null }>(
      `SELECT sum(max(0, coalesce(takes.completed_at,
                CASE campaigns.state WHEN 'running' THEN ? ELSE campaigns.updated_at END, ?) - spend.created_at)) AS total
       FROM spend LEFT JOIN takes ON takes.id = spend.take LEFT JOIN campaigns ON campaigns.root = spend.root
       WHERE spend.day = ? AND spend.state <> 'released'`,
      [now, now, this.#day()],
    );
    return Number(row?.total ?? 0) / 60_000;
  }

  /**
   * Books the next try when every cap allows it, in one step under the write lock: two processes cannot book the same
   * money. Answers the reason when they do not. A try that is booked already is returned as it is.
   */
  reserve(root: string, amount: number, provider: string, caps: Caps, plan: object, after: string): Spend | string {
    return this.#ledger.database.transaction(() => {
      const planned = JSON.stringify({ ...plan, after });
      // One judged take leads to one try: asked again after a crash, the answer is the try that was booked.
      const again = this.#ledger.database
        .all<SpendRow>('SELECT * FROM spend WHERE root = ?', [root])
        .map(toSpend)
        .find(spend => (JSON.parse(spend.plan) as { after?: string }).after === after);
      if (again !== undefined) return again;
      const today = this.#ledger.database.get<{ n: number }>(
        `SELECT count(*) AS n FROM spend WHERE day = ? AND state <> 'released'`,
        [this.#day()],
      )!.n;
      if (today >= caps.triesPerDay) return `${today} of ${caps.triesPerDay} tries of today are used`;
      const minutes = this.minutesToday();
      if (minutes >= caps.minutesPerDay) {
        return `${Math.floor(minutes)} of ${caps.minutesPerDay} minutes of today are used`;
      }
      const booked = this.booked(root, caps.currency);
      const over = (used: number, cap: number) => toMicros(used) + toMicros(amount) > toMicros(cap);
      const money = (value: number) => `${value.toFixed(2)} ${caps.currency}`;
      if (over(booked.shot, caps.perShot)) {
        return `another try (${money(amount)}) would pass the cap per shot: ${money(booked.shot)} of ${money(caps.perShot)} used`;
      }
      if (over(booked.day, caps.perDay)) {
        return `another try (${money(amount)}) would pass the cap per day: ${money(booked.day)} of ${money(caps.perDay)} used`;
      }
      const number = Number(
        this.#ledger.database.get<{ n: number }>('SELECT count(*) AS n FROM spend WHERE root = ?', [root])!.n,
      );
      const id = `spend_${randomUUID()}`;
      this.#ledger.database.run(
        `INSERT INTO spend (id, root, try, provider, day, amount, currency, state, plan, created_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, 'reserved', ?, ?)`,
        [id, root, number + 1, provider, this.#day(), toMicros(amount), caps.currency, planned, this.#now()],
      );
      return this.spend(id)!;
    });
  }

  /** Moves a booking on; false when it was not in the state that it should come from. */
  move(id: string, from: Spend['state'], to: Spend['state'], take?: string): boolean {
    return (
      this.#ledger.database.run('UPDATE spend SET state = ?, take = coalesce(?, take) WHERE id = ? AND state = ?', [
        to,
        take ?? null,
        id,
        from,
      ]) === 1
    );
  }

  #day(): string {
    return new Date(this.#now()).toISOString().slice(0, 10);
  }
}

const toSpend = (row: SpendRow): Spend => ({ ...row, amount: fromMicros(row.amount) });

/** A seed for a try: the same shot and number always give the same one, so that the loop can be repeated. */
export function nextSeed(policy: 'new' | 'keep' | 'increment', root: Take, number: number): string | undefined {
  if (policy === 'keep') return root.seed;
  if (policy === 'increment') return root.seed === undefined ? undefined : String(BigInt(root.seed) + BigInt(number));
  // 31 bits fit every provider.
  return String(createHash('sha256').update(`${root.id}/${number}`).digest().readUInt32BE() >>> 1);
}
