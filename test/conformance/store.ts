import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openStore } from '../../src/storage/open-store.ts';
import type { Store } from '../../src/storage/store.ts';
import { createManualClock, type ManualClock } from '../support/manual-clock.ts';
import { account, act, admission, apiKey, noon, settlement } from '../support/store-samples.ts';
import { describeAnalytics } from './store-analytics.ts';
import { describeApiKeys } from './store-api-keys.ts';
import { describeBooks } from './store-books.ts';

/** A kind of database: makes an empty one, and says how a test changes a row behind the store's back. */
export interface StoreUnderTest {
  readonly freshUrl: () => Promise<string>;
  readonly execute: (url: string, statement: string) => Promise<void>;
}

/** What a test of a store works with. */
export interface StoreBench {
  readonly clock: ManualClock;
  readonly url: () => string;
  readonly store: () => Store;
  /** Another store on the same data: another replica, or this one after a restart. */
  readonly another: () => Promise<Store>;
}

/** Every promise of `Store`, asked of a real database. The same suite runs on each kind. */
export function describeStore(kind: string, under: StoreUnderTest): void {
  describe(`the store on ${kind}`, () => {
    const clock = createManualClock(noon);
    let url = '';
    let opened: Store[] = [];

    const another = async () => {
      const store = await openStore({ url, clock, poolSize: 4 });
      opened.push(store);
      return store;
    };
    beforeEach(async () => {
      clock.jump(noon - clock.now());
      url = await under.freshUrl();
      await another();
    });
    afterEach(async () => {
      for (const store of opened) await store.close();
      opened = [];
    });
    const bench: StoreBench = {
      clock,
      url: () => url,
      store: () => opened[0] as Store,
      another,
    };

    describeAccounts(bench);
    describeApiKeys(bench);
    describeCaps(bench);
    describeBooks(bench);
    describeAnalytics(bench);
    describeAudit(bench, under);
    describeRest(bench, under);
  });
}

function describeAccounts({ store, clock }: StoreBench): void {
  describe('accounts', () => {
    it('gives an account back as it was made', async () => {
      const full = account('acct-a', {
        defaultModel: 'author/model',
        defaultProvider: { order: ['acme'], maxPrice: { prompt: '0.1' } },
        dataCollection: 'deny',
        zdr: true,
        attribution: false,
        contentRetentionDays: 30,
      });
      await store().accounts.create(full, act);
      expect(await store().accounts.get('acct-a')).toEqual(full);
      expect(await store().accounts.get('acct-b')).toBeUndefined();
    });

    it('changes what is told, takes away what is null, and leaves the rest', async () => {
      await store().accounts.create(account('acct-a', { defaultModel: 'author/model', contentRetentionDays: 7 }), act);
      const change = { name: 'Renamed', contentRetentionDays: null, closedAt: noon + 1 };
      const changed = await store().accounts.update('acct-a', change, act);
      expect(changed).toEqual(account('acct-a', { name: 'Renamed', defaultModel: 'author/model', closedAt: noon + 1 }));
      expect(await store().accounts.get('acct-a')).toEqual(changed);
      expect(await store().accounts.update('acct-x', { name: 'Nobody' }, act)).toBeUndefined();
    });

    it('pages through a list in both directions without a gap', async () => {
      for (const n of [1, 2, 3, 4, 5])
        await store().accounts.create(account(`acct-${n}`, { createdAt: noon + (n >> 1) }), act);
      const ids = (page: { rows: readonly { row: { id: string } }[] }) => page.rows.map(({ row }) => row.id);
      const first = await store().accounts.list({ limit: 2 });
      expect([ids(first), first.more]).toEqual([['acct-1', 'acct-2'], true]);
      const second = await store().accounts.list({ limit: 2, after: first.rows[1]?.cursor ?? '' });
      expect([ids(second), second.more]).toEqual([['acct-3', 'acct-4'], true]);
      const third = await store().accounts.list({ limit: 2, after: second.rows[1]?.cursor ?? '' });
      expect([ids(third), third.more]).toEqual([['acct-5'], false]);
      const back = await store().accounts.list({ limit: 2, before: third.rows[0]?.cursor ?? '', fromEnd: true });
      expect([ids(back), back.more]).toEqual([['acct-3', 'acct-4'], true]);
      expect(await store().accounts.count()).toBe(5);
    });

    it('refuses a cursor that no list gave out', async () => {
      await expect(store().accounts.list({ limit: 1, after: "1' or 1=1" })).rejects.toThrow('cursor');
    });

    it('tells which keys an account concerns when it changes', async () => {
      await store().accounts.create(account(), act);
      await store().apiKeys.create(apiKey(), 'hash-a', act);
      await clock.advance(1_000);
      expect(await store().apiKeys.changedSince(noon + 500)).toEqual([]);
      await store().accounts.update('acct-a', { closedAt: clock.now() }, act);
      expect(await store().apiKeys.changedSince(noon + 500)).toEqual([{ id: 'key-a', revoked: false }]);
    });
  });
}

function describeCaps({ store, clock }: StoreBench): void {
  describe('caps and credits', () => {
    it('keeps what was spent when a budget is changed', async () => {
      await store().caps.set({ id: 'budget:acct-a', limitNano: 1_000, reset: 'daily' }, act);
      await store().books.begin(admission('gen-1', { caps: ['budget:acct-a'] }));
      await store().books.settle('gen-1', settlement(70));
      await store().books.begin(admission('gen-2', { caps: ['budget:acct-a'] }));
      const changed = await store().caps.set({ id: 'budget:acct-a', limitNano: 50, reset: 'monthly' }, act);
      const start = Date.UTC(2026, 0, 1);
      expect(changed).toEqual({
        id: 'budget:acct-a',
        limitNano: 50,
        reset: 'monthly',
        periodStart: start,
        reservedNano: 100,
        spentNano: 70,
      });
      const unlimited = await store().caps.set({ id: 'budget:acct-a', reset: 'monthly' }, act);
      expect(unlimited.limitNano).toBeUndefined();
    });

    it('shows a period that is over as rolled before anybody spends in the new one', async () => {
      await store().caps.set({ id: 'limit:key-a', limitNano: 1_000, reset: 'daily' }, act);
      await store().books.begin(admission('gen-1', { caps: ['limit:key-a'] }));
      await store().books.settle('gen-1', settlement(70));
      await clock.advance(12 * 3_600_000);
      expect(await store().caps.get('limit:key-a')).toMatchObject({ spentNano: 0, periodStart: Date.UTC(2026, 0, 2) });
    });

    it('is set for budgets and limits alone', async () => {
      await expect(store().caps.set({ id: 'credits:acct-a', limitNano: 1, reset: 'none' }, act)).rejects.toThrow(
        'credits',
      );
    });

    it('adds a grant to the ledger and to the credits, once for each id', async () => {
      await store().accounts.create(account(), act);
      expect(await store().credits.balance('acct-a')).toBeUndefined();
      const grant = { id: 'ldg-1', accountId: 'acct-a', kind: 'grant', amountNano: 500, note: 'Welcome' } as const;
      await store().credits.add(grant, act);
      const again = await store().credits.add(grant, act);
      expect(again).toEqual({ grantedNano: 500, spentNano: 0, reservedNano: 0, balanceNano: 500 });
      const less = await store().credits.add({ ...grant, id: 'ldg-2', kind: 'adjustment', amountNano: -600 }, act);
      expect(less.balanceNano).toBe(-100);
      const { rows } = await store().credits.ledger('acct-a', { limit: 10 });
      expect(await store().credits.countLedger('acct-a')).toBe(rows.length);
      expect(await store().credits.countLedger('acct-b')).toBe(0);
      expect(rows.map(({ row }) => row.amountNano)).toEqual([-600, 500]);
      expect(rows[1]?.row).toEqual({ ...grant, at: noon, actor: 'operator' });
      expect(await store().auditLog.count()).toBe(3);
    });
  });
}

function describeAudit({ store, url, another }: StoreBench, under: StoreUnderTest): void {
  describe('the audit log', () => {
    it('writes an entry for each act, with what changed, and no hash of a secret', async () => {
      await store().accounts.create(account(), { actor: 'key-admin', action: 'account.create' });
      await store().apiKeys.create(apiKey(), 'hash-of-the-secret', { actor: 'key-admin', action: 'apiKey.create' });
      await store().apiKeys.revoke('everyone', 'key-a', { actor: 'operator', action: 'apiKey.revoke' });
      const { rows } = await store().auditLog.list({ limit: 10 });
      expect(rows.map(({ row }) => [row.id, row.actor, row.action, row.target])).toEqual([
        [3, 'operator', 'apiKey.revoke', 'key-a'],
        [2, 'key-admin', 'apiKey.create', 'key-a'],
        [1, 'key-admin', 'account.create', 'acct-a'],
      ]);
      expect(rows[0]?.row.before).toEqual(apiKey());
      expect(rows[0]?.row.after).toEqual(apiKey('key-a', { revokedAt: noon }));
      expect(JSON.stringify(rows)).not.toContain('hash-of-the-secret');
      const second = await store().auditLog.list({ limit: 1, after: rows[0]?.cursor ?? '' });
      expect(second.rows[0]?.row.id).toBe(2);
    });

    it('stays one chain when several replicas append at once', async () => {
      const stores = [store(), await another(), await another()];
      const entry = { actor: 'operator', action: 'test', target: 'acct-a', after: { note: 'ü' } };
      await Promise.all(stores.flatMap((each) => Array.from({ length: 10 }, () => each.auditLog.append(entry))));
      expect(await store().auditLog.verify()).toEqual({ entries: 30 });
    });

    it('sees an entry that was changed, taken out or cut off', async () => {
      const append = (note: string) => store().auditLog.append({ actor: 'operator', action: 'test', target: note });
      for (const note of ['one', 'two', 'three', 'four']) await append(note);
      await under.execute(url(), `delete from audit_log where id = 4`);
      expect(await store().auditLog.verify()).toEqual({ entries: 3, brokenAt: 4 });
      await under.execute(url(), `update audit_log set target = 'other' where id = 3`);
      expect(await store().auditLog.verify()).toEqual({ entries: 2, brokenAt: 3 });
      await under.execute(url(), `delete from audit_log where id = 1`);
      expect(await store().auditLog.verify()).toEqual({ entries: 0, brokenAt: 1 });
    });
  });
}

function describeRest({ store, clock, url, another }: StoreBench, under: StoreUnderTest): void {
  it('keeps what was said until it expires, for its account alone', async () => {
    const content = {
      generationId: 'gen-1',
      accountId: 'acct-a',
      prompt: [{ role: 'user' }],
      answer: 'Hi',
      expiresAt: noon + 10,
    };
    await store().contents.put(content);
    await store().contents.put({ ...content, answer: 'Changed' });
    expect(await store().contents.get({ accountId: 'acct-a' }, 'gen-1')).toEqual(content);
    expect(await store().contents.get({ accountId: 'acct-b' }, 'gen-1')).toBeUndefined();
    await clock.advance(10);
    expect(await store().contents.get('everyone', 'gen-1')).toBeUndefined();
    expect(await store().contents.purge()).toBe(1);
    expect(await store().contents.purge()).toBe(0);
  });

  it('knows an app by its address, keeps its latest title and ten categories', async () => {
    const id = await store().apps.resolve({ url: 'https://app.example', title: 'App', categories: ['a', 'b'] });
    const other = await another();
    const many = Array.from({ length: 12 }, (_, n) => `c${n}`);
    expect(await other.apps.resolve({ url: 'https://app.example', title: 'App 2', categories: many })).toBe(id);
    const kept = ['a', 'b', ...many.slice(0, 8)];
    const app = { id, url: 'https://app.example', title: 'App 2', categories: kept, firstSeen: noon };
    expect(await store().apps.get(id)).toEqual(app);
  });

  it('is migrated once when several replicas start at once on an empty database', async () => {
    const fresh = await under.freshUrl();
    const stores = await Promise.all([1, 2, 3, 4].map(() => openStore({ url: fresh, clock, poolSize: 2 })));
    await stores[0]?.accounts.create(account(), act);
    expect(await stores[3]?.accounts.get('acct-a')).toEqual(account());
    for (const each of stores) await each.close();
  });

  it('refuses a database that a newer version has written, and says so', async () => {
    await under.execute(url(), `insert into schema_steps (name, at) values ('9999_later', 0)`);
    await expect(another()).rejects.toThrow(/"9999_later" by a newer version of Pointsman/);
  });

  it('answers a ping', async () => {
    await expect(store().ping()).resolves.toBeUndefined();
  });
}
