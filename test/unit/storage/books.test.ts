import fc from 'fast-check';
import { afterAll, describe, it } from 'vitest';
import { createStore } from '../../../src/storage/create-store.ts';
import { migrate } from '../../../src/storage/migrate.ts';
import { openSqliteDatabase } from '../../../src/storage/sqlite-database.ts';
import { histories, runHistory } from '../../support/ledger-model.ts';
import { createManualClock } from '../../support/manual-clock.ts';
import { noon } from '../../support/store-samples.ts';

describe('the books', () => {
  const database = openSqliteDatabase(':memory:', 0);
  afterAll(() => database.close());

  it('stay exact through 5,000 random histories of crashes, duplicates, aborts and changes of period', async () => {
    await migrate(database, noon);
    await fc.assert(
      fc.asyncProperty(histories, async (history) => {
        await database.write(async (db) => {
          for (const table of ['caps', 'generations', 'ledger'] as const) await db.deleteFrom(table).execute();
        });
        const clock = createManualClock(noon);
        // A crash leaves nothing but the data: what comes after it is another store.
        await runHistory(history, clock, async () => ({ ...createStore(database, clock), close: async () => {} }));
      }),
      { numRuns: Number(process.env.LEDGER_HISTORIES ?? 5_000) },
    );
  }, 600_000);
});
