import type { Kysely } from 'kysely';
import type { Change, PreparedQuery, SqlValue } from './prepared-query.ts';
import type { Tables } from './tables.ts';

/** What a transaction came to: a value, and whether what it wrote stays. */
export type Verdict<T> = { readonly commit: T } | { readonly rollback: T };

/** Runs prepared queries, in a transaction or each by itself. */
export interface Session {
  readonly run: <Row>(
    query: PreparedQuery<Row>,
    values: Readonly<Record<string, SqlValue>>,
  ) => Promise<readonly Row[]> | readonly Row[];
  /** How many rows it changed. For what gives back no rows, which costs SQLite a third less. */
  readonly change: (query: Change, values: Readonly<Record<string, SqlValue>>) => Promise<number> | number;
}

/**
 * A database with the tables of Pointsman. `prepared` and `transaction` are for what every request does: queries that were compiled
 * before, and 500 ms for all of it; each statement of `prepared` is a transaction of its own. `read` and `write` are for everything else. All reject with StoreUnavailable when the database
 * is away or too slow.
 */
export interface Database {
  readonly kind: 'sqlite' | 'postgres';
  /** Builds queries; never runs them. */
  readonly builder: Kysely<Tables>;
  readonly prepared: <T>(use: 'reads' | 'writes', work: (session: Session) => Promise<T>) => Promise<T>;
  readonly transaction: <T>(work: (session: Session) => Promise<Verdict<T>>) => Promise<T>;
  readonly read: <T>(work: (db: Kysely<Tables>) => Promise<T>) => Promise<T>;
  /** In a transaction, which an error undoes. */
  readonly write: <T>(work: (db: Kysely<Tables>) => Promise<T>) => Promise<T>;
  /** As `write`, for as long as it takes. */
  readonly migration: <T>(work: (db: Kysely<Tables>) => Promise<T>) => Promise<T>;
  /**
   * Takes what was deleted out of the files as far as the engine can: SQLite's log still holds it until it is emptied. PostgreSQL
   * does so by itself, when it vacuums.
   */
  readonly erase: () => Promise<void>;
  readonly close: () => Promise<void>;
}
