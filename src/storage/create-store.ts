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
import { prepare } from './prepared-query.ts';
import type { Store } from './store.ts';

/** The store that a database with an up-to-date schema is. */
export function createStore(database: Database, clock: Clock): Store {
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
