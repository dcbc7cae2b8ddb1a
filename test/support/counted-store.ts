import type { Kysely, KyselyPlugin } from 'kysely';
import type { Clock } from '../../src/clock.ts';
import { createStore } from '../../src/storage/create-store.ts';
import type { Database } from '../../src/storage/database.ts';
import { migrate } from '../../src/storage/migrate.ts';
import { openSqliteDatabase } from '../../src/storage/sqlite-database.ts';
import type { Store } from '../../src/storage/store.ts';
import type { Tables } from '../../src/storage/tables.ts';

/** A store in memory that tells how many statements its lists, look-ups and reports have asked of the database. */
export async function openCountedStore(clock: Clock): Promise<{ readonly store: Store; readonly reads: () => number }> {
  let reads = 0;
  const counting: KyselyPlugin = {
    transformQuery: ({ node }) => {
      reads += 1;
      return node;
    },
    transformResult: async ({ result }) => result,
  };
  const database = openSqliteDatabase(':memory:', 500);
  await migrate(database, clock.now());
  const counted: Database = {
    ...database,
    read: (work) => database.read((db: Kysely<Tables>) => work(db.withPlugin(counting))),
  };
  return { store: createStore(counted, clock), reads: () => reads };
}
