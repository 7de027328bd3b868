import { randomUUID } from 'node:crypto';
import { RetakeError } from '../errors.ts';
import type { Policy } from '../policy.ts';
import { type Report, reportSchema } from '../report.ts';
import { Consent } from './consent.ts';
import { type Database, openDatabase } from './database.ts';
import { type DecisionRow, type ReportRow, toDecision, toStoredReport } from './rows.ts';
import type { DecisionRecord, StoredReport } from './take.ts';
import { TakeStore } from './take-store.ts';

export type { ClipFile, TakeFilter } from './take-store.ts';

/**
 * The project's memory: every take with all it took to make it, what was judged and decided, who is in it. One file,
 * safe for several processes. Nothing is ever deleted; a wrong record is corrected by a later one.
 */
export class Ledger extends TakeStore {
  readonly consent: Consent;
  readonly #now: () => number;

  constructor(database: Database, now: () => number = Date.now) {
    super(database, now);
    this.#now = now;
    this.consent = new Consent(database, now);
  }

  /** Keeps the policy that a hash stands for, so that a verdict can be repeated later. */
  keepPolicy(policy: Policy): void {
    this.database.run('INSERT INTO policies (hash, name, json) VALUES (?, ?, ?) ON CONFLICT (hash) DO NOTHING', [
      policy.hash,
      policy.name,
      JSON.stringify(policy),
    ]);
  }

  policy(hash: string): Policy | undefined {
    const row = this.database.get<{ json: string }>('SELECT json FROM policies WHERE hash = ?', [hash]);
    return row && (JSON.parse(row.json) as Policy);
  }

  /** Keeps a report, with a `verdict` decision for every take of those bytes. Returns the report's id. */
  addReport(report: Report): string {
    return this.database.transaction(() => {
      const id = `rep_${randomUUID()}`;
      const { decision } = report.verdict;
      this.database.run(
        `INSERT INTO reports (id, sha256, policy_hash, decision, tool_version, json, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)`,
        [
          id,
          report.clip.sha256,
          report.policy.hash,
          decision,
          report.tool.version,
          JSON.stringify(report),
          this.#now(),
        ],
      );
      for (const take of this.takes({ sha256: report.clip.sha256 })) {
        this.decide({
          take: take.id,
          report: id,
          kind: 'verdict',
          who: `retake ${report.tool.version}`,
          reason: decision,
        });
      }
      return id;
    });
  }

  /** Throws `usage` when there is no such report, `report-invalid` when it is not of a shape this program reads. */
  report(id: string): Report {
    const row = this.database.get<{ json: string }>('SELECT json FROM reports WHERE id = ?', [id]);
    if (row === undefined) throw new RetakeError('usage', `no report "${id}"`);
    const parsed = reportSchema.safeParse(JSON.parse(row.json));
    if (!parsed.success)
      throw new RetakeError('report-invalid', `report ${id} has another shape`, { cause: parsed.error });
    return parsed.data;
  }

  /** Reports on these bytes, newest first; of one policy when its hash is given. */
  reports(sha256: string, policyHash?: string): StoredReport[] {
    return this.database
      .all<ReportRow>(
        `SELECT id, sha256, policy_hash, decision, tool_version, created_at FROM reports
         WHERE sha256 = ? AND (? IS NULL OR policy_hash = ?) ORDER BY created_at DESC, rowid DESC`,
        [sha256, policyHash ?? null, policyHash ?? null],
      )
      .map(toStoredReport);
  }

  decide(decision: Omit<DecisionRecord, 'id' | 'createdAt'>): DecisionRecord {
    const id = `dec_${randomUUID()}`;
    this.database.run(
      'INSERT INTO decisions (id, take, report, kind, who, reason, finding, until, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
      [
        id,
        this.take(decision.take).id,
        decision.report ?? null,
        decision.kind,
        decision.who,
        decision.reason ?? null,
        decision.finding ?? null,
        decision.until === undefined ? null : Date.parse(decision.until),
        this.#now(),
      ],
    );
    return toDecision(this.database.get<DecisionRow>('SELECT * FROM decisions WHERE id = ?', [id])!);
  }

  /** Oldest first. */
  decisions(take: string): DecisionRecord[] {
    return this.database
      .all<DecisionRow>('SELECT * FROM decisions WHERE take = ? ORDER BY created_at, rowid', [take])
      .map(toDecision);
  }

  close(): void {
    this.database.close();
  }
}

/** Opens the ledger file, creating and migrating it as needed. Throws `ledger-failed`. */
export const openLedger = (path: string, now?: () => number): Ledger => new Ledger(openDatabase(path), now);
