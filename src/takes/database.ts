import { existsSync, mkdirSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import Libsql from 'libsql';
import { oneLine, RetakeError } from '../errors.ts';
import { migrations } from './migrations.ts';

export type Value = string | number | null | Uint8Array;

/**
 * One connection to an embedded SQLite file. Calls are synchronous on purpose: a transaction then cannot interleave
 * with other work of the same process, and a statement of this size takes tens of microseconds.
 */
export interface Database {
  readonly path: string;
  all<Row>(sql: string, args?: readonly Value[]): Row[];
  get<Row>(sql: string, args?: readonly Value[]): Row | undefined;
  /** Number of rows changed. */
  run(sql: string, args?: readonly Value[]): number;
  /** Runs `body` under the file's write lock: all or nothing. A transaction inside another one joins it. */
  transaction<Result>(body: () => Result): Result;
  /**
   * Resolves once everything committed so far is on the disk itself and would survive the power going out. A commit
   * alone survives the process (and kill −9); waiting for the disk each time would hold up everything else.
   */
  flush(): Promise<void>;
  close(): void;
}

/** Milliseconds that a writer waits for another process to finish its transaction. */
const BUSY_MS = 10_000;

/**
 * Opens (and creates, and migrates) the database at `path`. Write-ahead log, foreign keys on; several processes may
 * have it open. Throws `ledger-failed` when the file is not a ledger or newer than this program.
 */
export function openDatabase(path: string): Database {
  const absolute = path === ':memory:' ? path : resolve(path);
  try {
    if (absolute !== ':memory:') mkdirSync(dirname(absolute), { recursive: true });
    const connection = new Libsql(absolute, { timeout: BUSY_MS });
    const database = wrap(connection, absolute);
    useWriteAheadLog(database);
    database.all('PRAGMA synchronous = NORMAL');
    database.all('PRAGMA foreign_keys = ON');
    migrate(database);
    return database;
  } catch (error) {
    throw failed(error, `cannot open the ledger ${oneLine(absolute)}`);
  }
}

/**
 * Where the ledger is: `given`, else RETAKE_LEDGER, else `.retake/ledger.db` in this folder or the nearest one above
 * that has it, else in this folder.
 */
export function ledgerPath(given?: string, from = process.cwd()): string {
  const named = given ?? process.env.RETAKE_LEDGER;
  if (named !== undefined && named !== '') return resolve(from, named);
  for (let folder = resolve(from); ; folder = dirname(folder)) {
    const candidate = join(folder, '.retake', 'ledger.db');
    if (existsSync(candidate)) return candidate;
    if (dirname(folder) === folder) return join(resolve(from), '.retake', 'ledger.db');
  }
}

function wrap(connection: Libsql.Database, path: string): Database {
  // Prepared statements are kept: the binding frees them only when the garbage collector gets round to it.
  const prepared = new Map<string, Libsql.Statement>();
  let depth = 0;
  const prepare = (sql: string): Libsql.Statement => {
    let statement = prepared.get(sql);
    if (statement === undefined) {
      statement = connection.prepare(sql);
      prepared.set(sql, statement);
    }
    return statement;
  };
  const guard = <Result>(what: () => Result): Result => {
    try {
      return what();
    } catch (error) {
      throw failed(error, 'the ledger refused a statement');
    }
  };
  const database: Database = {
    path,
    all: <Row>(sql: string, args: readonly Value[] = []) =>
      guard(() => prepare(sql).all(...args.map(storable)) as Row[]),
    get: <Row>(sql: string, args: readonly Value[] = []) =>
      guard(() => (prepare(sql).all(...args.map(storable)) as Row[])[0]),
    run: (sql, args = []) => guard(() => Number(prepare(sql).run(...args.map(storable)).changes)),
    transaction(body) {
      if (depth > 0) return body();
      guard(() => connection.exec('BEGIN IMMEDIATE'));
      depth++;
      try {
        const result = body();
        guard(() => connection.exec('COMMIT'));
        return result;
      } catch (error) {
        if (connection.inTransaction) connection.exec('ROLLBACK');
        throw error;
      } finally {
        depth--;
      }
    },
    flush: once(async () => {
      // The log's own file: what is no longer in it was brought to the disk when it was moved into the database.
      const log = await open(`${path}-wal`, 'r').catch(() => undefined);
      try {
        await log?.datasync();
      } finally {
        await log?.close();
      }
    }),
    close() {
      if (!connection.open) return;
      prepared.clear();
      connection.close();
    },
  };
  return database;
}

/** Calls that come while one is under way share the next one. */
function once(action: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  let next: Promise<void> | undefined;
  const start = (): Promise<void> => {
    running = action().finally(() => {
      running = undefined;
    });
    return running;
  };
  return () => {
    if (running === undefined) return start();
    next ??= running
      .catch(() => undefined)
      .then(() => {
        next = undefined;
        return start();
      });
    return next;
  };
}

/** A text ends at its first NUL character in SQLite: rather a visible mark in its place than a silent loss. */
const storable = (value: Value): Value => (typeof value === 'string' ? value.replaceAll('\0', '\uFFFD') : value);

/** Switching the journal needs the file alone for a moment; two processes that create it together take turns. */
function useWriteAheadLog(database: Database): void {
  for (let tries = 0; ; tries++) {
    try {
      database.all('PRAGMA journal_mode = WAL');
      return;
    } catch (error) {
      if (tries >= 50 || !/lock|busy/i.test(String((error as Error).message))) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
    }
  }
}

/** Brings the file to this program's version, one migration per step, each step recorded with it. */
function migrate(database: Database): void {
  const version = () => Number(database.get<{ user_version: number }>('PRAGMA user_version')?.user_version ?? 0);
  if (version() === migrations.length) return;
  database.transaction(() => {
    const from = version();
    if (from > migrations.length) {
      throw new RetakeError(
        'ledger-failed',
        `the ledger has version ${from}, this program knows ${migrations.length}`,
        {
          hint: 'Use the newer Retake that wrote it.',
        },
      );
    }
    for (let step = from; step < migrations.length; step++) {
      for (const statement of migrations[step]) database.run(statement);
      database.run(`PRAGMA user_version = ${step + 1}`);
    }
  });
}

function failed(error: unknown, what: string): RetakeError {
  if (error instanceof RetakeError) return error;
  const text = error instanceof Error ? error.message : String(error);
  return new RetakeError('ledger-failed', `${what}: ${oneLine(text)}`, { cause: error });
}
