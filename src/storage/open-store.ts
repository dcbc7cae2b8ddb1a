import type { Clock } from '../clock.ts';
import { createStore } from './create-store.ts';
import type { Database } from './database.ts';
import { migrate } from './migrate.ts';
import { openPostgresDatabase } from './postgres-database.ts';
import { openSqliteDatabase } from './sqlite-database.ts';
import type { Store } from './store.ts';

export interface StoreOptions {
  /** `postgres://…`, the path of an SQLite file, which is made where there is none, or `:memory:`. */
  readonly url: string;
  readonly clock: Clock;
  /** How many connections to PostgreSQL requests may use. Default 10; reports have half as many of their own. */
  readonly poolSize?: number;
}

/** How long a statement on SQLite waits for another process's transaction. */
const busyMs = 500;

/** Opens the store and brings its schema up to date. Rejects with StoreTooNew, StoreUnavailable, or the engine's error. */
export async function openStore(options: StoreOptions): Promise<Store> {
  const database = openDatabase(options);
  try {
    await migrate(database, options.clock.now());
  } catch (error) {
    await database.close();
    throw error;
  }
  return createStore(database, options.clock);
}

function openDatabase({ url, clock, poolSize = 10 }: StoreOptions): Database {
  return /^postgres(?:ql)?:\/\//.test(url)
    ? openPostgresDatabase(url, clock, poolSize)
    : openSqliteDatabase(url, busyMs);
}
