import { chmodSync, closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import type { SqlValue } from './prepared-query.ts';

/** The embedded database engine, as far as the store needs it. The only file that knows which one it is. */
export interface SqliteConnection {
  /** Runs one statement and gives back its rows and how many it changed. Throws the engine's error. */
  readonly run: <Row>(sql: string, values: readonly unknown[]) => { readonly rows: Row[]; readonly changes: number };
  readonly inTransaction: () => boolean;
  readonly close: () => void;
}

/** Statements kept compiled. Those of requests are some twenty; lists and reports make many that never come again. */
const statementLimit = 200;

/**
 * Opens a database file, made with its folder where there is none and readable by its owner alone, or `:memory:`. Write-ahead log,
 * `synchronous = NORMAL`: a committed transaction survives the death of the process; a power failure may take the last ones with
 * it, whole. What is deleted is overwritten. A statement waits `busyMs` for another process's transaction.
 */
export function openSqlite(path: string, busyMs: number): SqliteConnection {
  if (path !== ':memory:') makePrivateFile(path);
  const database = new DatabaseSync(path, { timeout: busyMs, enableForeignKeyConstraints: true });
  try {
    database.exec(
      'pragma journal_mode = wal; pragma synchronous = normal; pragma cache_size = -16000; pragma secure_delete = on',
    );
  } catch (error) {
    database.close();
    throw error;
  }
  const statements = new Map<string, { readonly statement: StatementSync; readonly givesRows: boolean }>();

  const statementFor = (sql: string) => {
    const known = statements.get(sql);
    if (known !== undefined) return known;
    const [oldest] = statements.keys();
    if (oldest !== undefined && statements.size >= statementLimit) statements.delete(oldest);
    const statement = database.prepare(sql);
    const kept = { statement, givesRows: statement.columns().length > 0 };
    statements.set(sql, kept);
    return kept;
  };

  return {
    run<Row>(sql: string, values: readonly unknown[]) {
      if (!values.every(bindable)) throw new TypeError('A query binds strings, numbers and null.');
      const { statement, givesRows } = statementFor(sql);
      if (!givesRows) return { rows: [], changes: Number(statement.run(...values).changes) };
      const rows: unknown[] = statement.all(...values);
      return areRows<Row>(rows) ? { rows, changes: rows.length } : { rows: [], changes: 0 };
    },
    inTransaction: () => database.isTransaction,
    close: () => database.close(),
  };
}

function makePrivateFile(path: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  // SQLite gives the files beside it, the log and the shared memory, the mode of the database itself.
  closeSync(openSync(path, 'a', 0o600));
  chmodSync(path, 0o600);
}

const bindable = (value: unknown): value is SqlValue =>
  typeof value === 'string' || typeof value === 'number' || value === null;

/** Where rows get their type: from the query, which knows the tables' columns. The engine knows none. */
const areRows = <Row>(rows: unknown): rows is Row[] => Array.isArray(rows);
