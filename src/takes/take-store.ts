import { randomUUID } from 'node:crypto';
import { RetakeError } from '../errors.ts';
import type { Database, Value } from './database.ts';
import type { PlannedSound } from './planned-sound.ts';
import { type TakeRow, toMicros, toTake } from './rows.ts';
import { type Take, type TakeFactsInput, takeFacts } from './take.ts';

export interface TakeFilter {
  shot?: string;
  provider?: string;
  sha256?: string;
  parent?: string;
  /** Words that the prompt must contain, case-insensitive for ASCII. */
  prompt?: string;
  /** Newest verdict of any policy. */
  decision?: string;
  limit?: number;
}

/** The clip's bytes and where they lie. */
export interface ClipFile {
  sha256: string;
  bytes: number;
  path: string;
}

/** The takes of a ledger: what was asked for, what came, and where the bytes lie. */
export class TakeStore {
  readonly database: Database;
  readonly #now: () => number;

  constructor(database: Database, now: () => number = Date.now) {
    this.database = database;
    this.#now = now;
  }

  /**
   * Records a take. A take with the same provider and provider job exists once: the second call fills in what the first
   * did not know and returns the same id. So does a take with the same `id`, for callers that may have to repeat the
   * call after a crash. Throws `usage` when the facts do not fit or the parent is unknown.
   */
  addTake(
    facts: TakeFactsInput,
    file?: ClipFile,
    {
      status = file ? 'present' : 'pending',
      id = `take_${randomUUID()}`,
    }: { status?: Take['status']; id?: string } = {},
  ): Take {
    const parsed = takeFacts.safeParse(facts);
    if (!parsed.success) {
      const issue = parsed.error.issues[0]!;
      throw new RetakeError('usage', `take: ${issue.path.map(String).join('.') || 'record'}: ${issue.message}`);
    }
    const given = parsed.data;
    return this.database.transaction(() => {
      if (given.parent !== undefined) this.take(given.parent);
      const known =
        given.provider !== undefined && given.providerJob !== undefined
          ? this.takeOfJob(given.provider, given.providerJob)
          : this.database.get<TakeRow>('SELECT * FROM takes WHERE id = ?', [id]) && this.take(id);
      if (known !== undefined) return this.#fill(known, given, file, status);
      const now = this.#now();
      const row: Record<string, Value> = {
        id,
        shot: given.shot ?? null,
        provider: given.provider ?? null,
        model: given.model ?? null,
        prompt: given.prompt ?? null,
        negative_prompt: given.negativePrompt ?? null,
        seed: given.seed ?? null,
        parameters: JSON.stringify(given.parameters ?? {}),
        refs: JSON.stringify(given.references ?? []),
        parent: given.parent ?? null,
        relation: given.relation ?? null,
        provider_job: given.providerJob ?? null,
        sha256: file?.sha256 ?? null,
        bytes: file?.bytes ?? null,
        path: file?.path ?? null,
        cost: given.cost ? toMicros(given.cost.amount) : null,
        currency: given.cost?.currency ?? null,
        status,
        note: given.note ?? null,
        created_at: now,
        generated_at: given.generatedAt ? Date.parse(given.generatedAt) : null,
        completed_at: status === 'present' ? now : null,
        audio_plan: given.audioPlan ? JSON.stringify(given.audioPlan) : null,
      };
      const columns = Object.keys(row);
      this.database.run(
        `INSERT INTO takes (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`,
        Object.values(row),
      );
      return this.take(id);
    });
  }

  #fill(
    known: Take,
    given: ReturnType<typeof takeFacts.parse>,
    file: ClipFile | undefined,
    status: Take['status'],
  ): Take {
    this.database.run(
      `UPDATE takes SET shot = coalesce(shot, ?), model = coalesce(model, ?), prompt = coalesce(prompt, ?),
         negative_prompt = coalesce(negative_prompt, ?), seed = coalesce(seed, ?), parent = coalesce(parent, ?),
         relation = coalesce(relation, ?), cost = coalesce(cost, ?), currency = coalesce(currency, ?),
         parameters = CASE parameters WHEN '{}' THEN ? ELSE parameters END,
         refs = CASE refs WHEN '[]' THEN ? ELSE refs END,
         generated_at = coalesce(generated_at, ?), audio_plan = coalesce(audio_plan, ?) WHERE id = ?`,
      [
        given.shot ?? null,
        given.model ?? null,
        given.prompt ?? null,
        given.negativePrompt ?? null,
        given.seed ?? null,
        given.parent ?? null,
        given.relation ?? null,
        given.cost ? toMicros(given.cost.amount) : null,
        given.cost?.currency ?? null,
        JSON.stringify(given.parameters ?? {}),
        JSON.stringify(given.references ?? []),
        given.generatedAt ? Date.parse(given.generatedAt) : null,
        given.audioPlan ? JSON.stringify(given.audioPlan) : null,
        known.id,
      ],
    );
    if (file !== undefined) this.attach(known.id, file);
    else if (status === 'failed') this.fail(known.id);
    return this.take(known.id);
  }

  /** The clip of a pending take has come. Throws `ledger-failed` when the take already has other bytes. */
  attach(id: string, file: ClipFile): void {
    const changed = this.database.run(
      `UPDATE takes SET sha256 = ?, bytes = ?, path = ?, status = 'present', completed_at = coalesce(completed_at, ?)
       WHERE id = ? AND (sha256 IS NULL OR sha256 = ?)`,
      [file.sha256, file.bytes, file.path, this.#now(), id, file.sha256],
    );
    if (changed === 0) throw new RetakeError('ledger-failed', `take ${id} has other bytes than ${file.sha256}`);
  }

  /** Sets what should be heard in a take; a later plan replaces an earlier one. Throws `usage` for no such take. */
  planSound(id: string, plan: PlannedSound): void {
    this.database.run('UPDATE takes SET audio_plan = ? WHERE id = ?', [JSON.stringify(plan), this.take(id).id]);
  }

  /** The generation failed; a take that has its clip stays as it is. */
  fail(id: string, note?: string): void {
    this.database.run(
      `UPDATE takes SET status = 'failed', note = coalesce(?, note), completed_at = ? WHERE id = ? AND status = 'pending'`,
      [note ?? null, this.#now(), id],
    );
  }

  /** Throws `usage` when there is no such take. An unambiguous beginning of the id is enough. */
  take(id: string): Take {
    const rows = this.database.all<TakeRow>(
      `SELECT * FROM takes WHERE id = ? UNION SELECT * FROM takes WHERE id >= ? AND id < ? LIMIT 3`,
      [id, id, `${id}\uffff`],
    );
    const exact = rows.find(row => row.id === id) ?? (rows.length === 1 && id.length >= 9 ? rows[0] : undefined);
    if (exact !== undefined) return toTake(exact);
    throw new RetakeError('usage', rows.length > 1 ? `more than one take begins with "${id}"` : `no take "${id}"`, {
      hint: 'See `retake takes list`.',
    });
  }

  takeOfJob(provider: string, providerJob: string): Take | undefined {
    const row = this.database.get<TakeRow>('SELECT * FROM takes WHERE provider = ? AND provider_job = ?', [
      provider,
      providerJob,
    ]);
    return row && toTake(row);
  }

  /** Newest first. */
  takes(filter: TakeFilter = {}): Take[] {
    const where: string[] = [];
    const args: Value[] = [];
    for (const column of ['shot', 'provider', 'sha256', 'parent'] as const) {
      const wanted = filter[column];
      if (wanted === undefined) continue;
      where.push(`${column} = ?`);
      args.push(wanted);
    }
    if (filter.prompt !== undefined) {
      where.push(`instr(lower(coalesce(prompt, '')), lower(?)) > 0`);
      args.push(filter.prompt);
    }
    if (filter.decision !== undefined) {
      where.push(
        `(SELECT decision FROM reports WHERE reports.sha256 = takes.sha256 ORDER BY created_at DESC, rowid DESC LIMIT 1) = ?`,
      );
      args.push(filter.decision);
    }
    args.push(filter.limit ?? 1_000_000);
    return this.database
      .all<TakeRow>(
        `SELECT * FROM takes ${where.length ? `WHERE ${where.join(' AND ')}` : ''} ORDER BY created_at DESC, rowid DESC LIMIT ?`,
        args,
      )
      .map(toTake);
  }
}
