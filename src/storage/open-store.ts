import { sql } from 'kysely';
import type { Clock } from '../clock.ts';
import { createAccountStore } from './accounts.ts';
import { createAnalytics } from './analytics.ts';
import { createApiKeyStore } from './api-keys.ts';
import { createAppStore } from './apps.ts';
import { createAuditLog } from './audit-log.ts';
import { createBooks } from './books.ts';
import { createCapStore } from './caps.ts';
import { createContentStore } from './contents.ts';
import { createCreditStore } from './credits.ts';
import type { Database } from './database.ts';
import { createGenerationStore } from './generations.ts';
import { migrate } from './migrate.ts';
import { openPostgresDatabase } from './postgres-database.ts';
import { prepare } from './prepared-query.ts';
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

function createStore(database: Database, clock: Clock): Store {
  const one = prepare(sql<{ one: number }>`select 1 as one`.compile(database.builder));
  return {
    accounts: createAccountStore(database, clock),
    apiKeys: createApiKeyStore(database, clock),
    caps: createCapStore(database, clock),
    credits: createCreditStore(database, clock),
    books: createBooks(database, clock),
    generations: createGenerationStore(database),
    analytics: createAnalytics(database, clock),
    apps: createAppStore(database, clock),
    auditLog: createAuditLog(database, clock),
    contents: createContentStore(database, clock),
    ping: () => database.prepared('reads', async (session) => void (await session.run(one, {}))),
    close: () => database.close(),
  };
}
