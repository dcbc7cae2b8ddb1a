import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, expect, it } from 'vitest';
import { openStore } from '../../src/storage/open-store.ts';
import { StoreUnavailable } from '../../src/storage/store.ts';
import { createManualClock } from '../support/manual-clock.ts';
import { account, act, admission, noon } from '../support/store-samples.ts';
import { describeStore } from './store.ts';
import { describeProcesses } from './store-processes.ts';

const folder = mkdtempSync(join(tmpdir(), 'pointsman-store-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let made = 0;
const freshUrl = async () => join(folder, `${made++}`, 'pointsman.db');

describeStore('SQLite', {
  freshUrl,
  execute: async (url, statement) => {
    const database = new DatabaseSync(url);
    database.exec(statement);
    database.close();
  },
});

describeProcesses('SQLite', { freshUrl });

it('an SQLite file, its log and its folder can be read by their owner alone', async () => {
  const url = await freshUrl();
  const store = await openStore({ url, clock: createManualClock(noon) });
  await store.accounts.create(account(), act);
  const modes = [join(url, '..'), url, `${url}-wal`, `${url}-shm`].map((path) => statSync(path).mode & 0o777);
  expect(modes).toEqual([0o700, 0o600, 0o600, 0o600]);
  await store.close();
});

it('prompts and answers whose time is over are in none of the files any more', async () => {
  const url = await freshUrl();
  const clock = createManualClock(noon);
  const store = await openStore({ url, clock });
  const [prompt, answer] = ['Zprompt0canary'.repeat(3_000), 'Zanswer0canary'];
  for (const [generationId, expiresAt] of [
    ['gen-1', noon + 1_000],
    ['gen-2', noon + 5_000],
  ] as const) {
    await store.contents.put({
      generationId,
      accountId: 'acct-a',
      prompt: `${prompt}${generationId}`,
      answer,
      expiresAt,
    });
  }
  const holds = (text: string) =>
    readdirSync(join(url, '..')).some((file) => readFileSync(join(url, '..', file)).includes(text));
  expect([holds('Zprompt0canarygen-1'), holds('Zprompt0canarygen-2')]).toEqual([true, true]);
  await clock.advance(2_000);
  expect(await store.contents.purge()).toBe(1);
  expect([holds('Zprompt0canarygen-1'), holds('Zprompt0canarygen-2')]).toEqual([false, true]);
  await clock.advance(4_000);
  expect(await store.contents.purge()).toBe(1);
  expect([holds('Zprompt0canary'), holds('Zanswer0canary')]).toEqual([false, false]);
  await store.close();
});

it('an SQLite file that another process holds makes calls fail as unavailable, and work again after', async () => {
  const url = await freshUrl();
  const store = await openStore({ url, clock: createManualClock(noon) });
  const other = new DatabaseSync(url);
  other.exec('begin immediate');
  await expect(store.books.begin(admission('gen-1'))).rejects.toThrow(StoreUnavailable);
  await expect(store.accounts.create(account(), act)).rejects.toThrow(StoreUnavailable);
  other.exec('rollback');
  other.close();
  expect(await store.books.begin(admission('gen-1'))).toMatchObject({ outcome: 'begun' });
  await store.close();
});

it('transactions that SQLite commits together fail and are undone each by itself', async () => {
  const store = await openStore({ url: ':memory:', clock: createManualClock(noon) });
  await store.caps.set({ id: 'budget:acct-a', limitNano: 250, reset: 'none' }, act);
  const begin = (id: string, reserveNano: number) =>
    store.books.begin(admission(id, { caps: ['budget:acct-a'], reserveNano }));
  const outcomes = await Promise.all([
    begin('gen-1', 100),
    begin('gen-2', 200),
    begin('gen-3', 100),
    begin('gen-1', 10),
  ]);
  expect(outcomes.map(({ outcome }) => outcome)).toEqual(['begun', 'refused', 'begun', 'existing']);
  expect(await store.caps.get('budget:acct-a')).toMatchObject({ reservedNano: 200 });
  expect(await store.generations.count('everyone', {})).toBe(2);
  await store.close();
});
