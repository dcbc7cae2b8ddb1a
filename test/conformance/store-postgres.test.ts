import fc from 'fast-check';
import { Client } from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { openStore } from '../../src/storage/open-store.ts';
import { type Store, StoreUnavailable } from '../../src/storage/store.ts';
import { histories, runHistory } from '../support/ledger-model.ts';
import { createManualClock } from '../support/manual-clock.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { act, admission, noon } from '../support/store-samples.ts';
import { describeStore } from './store.ts';
import { describeProcesses } from './store-processes.ts';

let server: TestPostgres | undefined;
beforeAll(async () => {
  server = await startPostgres();
}, 60_000);
afterAll(() => server?.stop());

const freshUrl = async () => {
  if (server === undefined) throw new Error('PostgreSQL is not running.');
  return server.createDatabase();
};
const connected = async (url: string) => {
  const client = new Client({ connectionString: url });
  await client.connect();
  return client;
};

describeStore('PostgreSQL', {
  freshUrl,
  execute: async (url, statement) => {
    const client = await connected(url);
    await client.query(statement);
    await client.end();
  },
});

describeProcesses('PostgreSQL', { freshUrl });

it('the books stay exact on PostgreSQL through 25 random histories', { timeout: 120_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(histories, async (history) => {
      const url = await freshUrl();
      const clock = createManualClock(noon);
      const opened: Store[] = [];
      const open = async () => {
        const store = await openStore({ url, clock, poolSize: 2 });
        opened.push(store);
        return store;
      };
      await runHistory(history, clock, open);
      for (const store of opened.slice(0, -1)) await store.close();
    }),
    { numRuns: 25 },
  );
});

it('a PostgreSQL server that holds a row locked makes a request wait half a second, and work again after', async () => {
  const url = await freshUrl();
  const store = await openStore({ url, clock: systemClock });
  await store.caps.set({ id: 'budget:acct-a', limitNano: 1_000, reset: 'none' }, act);
  const other = await connected(url);
  await other.query(`begin; update caps set spent_nano = 0`);
  const begin = () => store.books.begin(admission('gen-1', { caps: ['budget:acct-a'] }));
  await expect(begin()).rejects.toThrow(StoreUnavailable);
  await other.query('rollback');
  await other.end();
  expect(await begin()).toMatchObject({ outcome: 'begun' });
  expect(await store.caps.get('budget:acct-a')).toMatchObject({ reservedNano: 100 });
  await store.close();
});

it('a PostgreSQL server that is not there makes opening the store fail as unavailable', async () => {
  const url = new URL(await freshUrl());
  url.port = '1';
  await expect(openStore({ url: url.href, clock: systemClock })).rejects.toThrow(StoreUnavailable);
});

it('a connection that the PostgreSQL server ends is replaced', async () => {
  const url = await freshUrl();
  const store = await openStore({ url, clock: systemClock, poolSize: 1 });
  await store.ping();
  const other = await connected(url);
  await other.query(`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'pointsman'`);
  await other.end();
  await store.ping().catch(() => {});
  await expect(store.ping()).resolves.toBeUndefined();
  await store.close();
});
