import { describe, expect, it } from 'vitest';
import type { Admission, Settlement } from '../../src/storage/records.ts';
import type { GenerationFilter } from '../../src/storage/store.ts';
import { admission, noon, settlement, usage } from '../support/store-samples.ts';
import type { StoreBench } from './store.ts';

const hour = 3_600_000;
const day = 24 * hour;
const mine = { accountId: 'acct-a' };

/** What lists, sums and rankings of generations promise. */
export function describeAnalytics({ store }: StoreBench): void {
  const done = async (id: string, more: Partial<Admission> = {}, settled: Partial<Settlement> = {}) => {
    await store().books.begin(admission(id, more));
    await store().books.settle(id, { ...settlement(10), ...settled });
  };

  describe('generations', () => {
    const ids = async (filter: GenerationFilter) =>
      (await store().generations.list(mine, filter, { limit: 100 })).rows.map(({ row }) => row.id);

    it('come back as they were admitted and settled', async () => {
      const admitted = admission('gen-1', {
        parentKeyId: 'key-p',
        appId: 'app-1',
        userId: 'user-1',
        sessionId: 'session-1',
        idempotency: { key: 'order-1', requestHash: 'aaa' },
      });
      await store().books.begin(admitted);
      const { reserveNano: _, ...kept } = admitted;
      const open = {
        ...kept,
        state: 'open',
        reservedNano: 0,
        checkpointNano: 0,
        attempts: [],
        costNano: 0,
        operatorCostNano: 0,
      };
      expect(await store().generations.get(mine, 'gen-1')).toEqual(open);
      const settled = settlement(10, {
        operatorCostNano: 15,
        nativeFinishReason: 'end',
        errorKind: 'none',
        firstContentMs: 300,
      });
      await store().books.settle('gen-1', settled);
      expect(await store().generations.get(mine, 'gen-1')).toEqual({ ...open, ...settled, state: 'done' });
    });

    it('are filtered by whatever is asked, and never show another account', async () => {
      await done('gen-1', { keyId: 'key-b', userId: 'user-1' });
      await done('gen-2', { appId: 'app-1', sessionId: 'session-1', createdAt: noon + 1 }, { model: 'other/model' });
      await done('gen-3', { createdAt: noon + 2 }, { provider: 'other', termination: 'client_abort' });
      await store().books.begin(admission('gen-4', { createdAt: noon + 3 }));
      await done('gen-5', { accountId: 'acct-b', createdAt: noon + 4 });
      expect(await ids({})).toEqual(['gen-4', 'gen-3', 'gen-2', 'gen-1']);
      expect(await ids({ keyId: 'key-b' })).toEqual(['gen-1']);
      expect(await ids({ userId: 'user-1' })).toEqual(['gen-1']);
      expect(await ids({ appId: 'app-1', sessionId: 'session-1' })).toEqual(['gen-2']);
      expect(await ids({ model: 'other/model' })).toEqual(['gen-2']);
      expect(await ids({ provider: 'other' })).toEqual(['gen-3']);
      expect(await ids({ termination: 'client_abort' })).toEqual(['gen-3']);
      expect(await ids({ state: 'open' })).toEqual(['gen-4']);
      expect(await ids({ from: noon + 1, to: noon + 3 })).toEqual(['gen-3', 'gen-2']);
      expect(await ids({ userId: "x' or '1'='1" })).toEqual([]);
      expect(await store().generations.count(mine, { state: 'done' })).toBe(3);
      expect(await store().generations.get(mine, 'gen-5')).toBeUndefined();
      expect(await store().generations.count('everyone', {})).toBe(5);
    });

    it('are paged from the newest, and no page moves when new ones come in', async () => {
      for (const n of [1, 2, 3, 4]) await store().books.begin(admission(`gen-${n}`, { createdAt: noon + (n >> 1) }));
      const first = await store().generations.list(mine, {}, { limit: 2 });
      expect(first.rows.map(({ row }) => row.id)).toEqual(['gen-4', 'gen-3']);
      await store().books.begin(admission('gen-5', { createdAt: noon + 9 }));
      const second = await store().generations.list(mine, {}, { limit: 2, after: first.rows[1]?.cursor ?? '' });
      expect([second.rows.map(({ row }) => row.id), second.more]).toEqual([['gen-2', 'gen-1'], false]);
    });
  });

  describe('activity', () => {
    it('adds up by day, model and key, the dearest first', async () => {
      await done('gen-1', { createdAt: noon });
      await done('gen-2', { createdAt: noon + hour }, { costNano: 30, usage: usage(100, 50) });
      await done('gen-3', { createdAt: noon + hour, keyId: 'key-b' }, { costNano: 70 });
      await done('gen-4', { createdAt: noon + day }, { model: 'other/model' });
      await done('gen-5', { createdAt: noon, accountId: 'acct-b' });
      await store().books.begin(admission('gen-6'));
      const range = { from: noon - day, to: noon + 2 * day };
      const rows = await store().analytics.activity(mine, { ...range, groupBy: ['model', 'key'], interval: 'day' });
      const sums = { reasoningTokens: 1, cachedTokens: 2 };
      const today = Date.UTC(2026, 0, 1);
      const model = 'author/model';
      expect(rows).toEqual([
        {
          start: today,
          dimensions: { model, key: 'key-b' },
          ...sums,
          requests: 1,
          promptTokens: 10,
          completionTokens: 5,
          costNano: 70,
        },
        {
          start: today,
          dimensions: { model, key: 'key-a' },
          reasoningTokens: 2,
          cachedTokens: 4,
          requests: 2,
          promptTokens: 110,
          completionTokens: 55,
          costNano: 40,
        },
        {
          start: today + day,
          dimensions: { model: 'other/model', key: 'key-a' },
          ...sums,
          requests: 1,
          promptTokens: 10,
          completionTokens: 5,
          costNano: 10,
        },
      ]);
      const [total] = await store().analytics.activity(mine, { ...range, groupBy: [] });
      expect(total).toMatchObject({ dimensions: {}, requests: 4, costNano: 120 });
      expect(total).not.toHaveProperty('start');
      expect(await store().analytics.activity('everyone', { ...range, groupBy: ['account'] })).toHaveLength(2);
      expect(await store().analytics.activity(mine, { from: 0, to: 1, groupBy: [] })).toEqual([]);
    });

    it('tells providers, apps and end users apart, and what names none of them', async () => {
      const appId = await store().apps.resolve({ url: 'https://app.example' });
      await done('gen-1', { userId: 'u-1', appId }, { provider: 'acme', costNano: 30 });
      await done('gen-2', { userId: 'u-2', appId }, { provider: 'birch', costNano: 20 });
      await done('gen-3', { userId: 'u-2' }, { provider: 'birch', costNano: 15 });
      const by = async (groupBy: 'provider' | 'app' | 'user') =>
        (await store().analytics.activity(mine, { from: noon - day, to: noon + day, groupBy: [groupBy] })).map(
          ({ dimensions, requests, costNano }) => [dimensions[groupBy], requests, costNano],
        );
      expect(await by('provider')).toEqual([
        ['birch', 2, 35],
        ['acme', 1, 30],
      ]);
      expect(await by('app')).toEqual([
        [appId, 2, 50],
        [undefined, 1, 15],
      ]);
      expect(await by('user')).toEqual([
        ['u-2', 2, 35],
        ['u-1', 1, 30],
      ]);
    });

    it('adds up by hour, and by months of any length', async () => {
      await done('gen-1', { createdAt: Date.UTC(2026, 0, 1, 5, 59) });
      await done('gen-2', { createdAt: Date.UTC(2026, 0, 31, 23) });
      await done('gen-3', { createdAt: Date.UTC(2026, 1, 1) });
      const range = { from: 0, to: Date.UTC(2027, 0), groupBy: [] };
      const months = await store().analytics.activity(mine, { ...range, interval: 'month' });
      expect(months.map(({ start, requests }) => [start, requests])).toEqual([
        [Date.UTC(2026, 0), 2],
        [Date.UTC(2026, 1), 1],
      ]);
      const hours = await store().analytics.activity(mine, { ...range, interval: 'hour' });
      expect(hours.map(({ start }) => start)).toEqual([
        Date.UTC(2026, 0, 1, 5),
        Date.UTC(2026, 0, 31, 23),
        Date.UTC(2026, 1, 1),
      ]);
    });
  });

  describe('rankings', () => {
    it('rank models by their tokens in the period', async () => {
      await done('gen-1', { createdAt: noon - 2 * day }, { model: 'b/old', usage: usage(1_000, 0) });
      await done('gen-2', { createdAt: noon - hour }, { model: 'a/small' });
      await done('gen-3', { createdAt: noon - hour, accountId: 'acct-b' }, { model: 'c/big', usage: usage(90, 10) });
      expect(await store().analytics.modelRankings('day', 10)).toEqual([
        { rank: 1, model: 'c/big', requests: 1, totalTokens: 100 },
        { rank: 2, model: 'a/small', requests: 1, totalTokens: 15 },
      ]);
      const ever = await store().analytics.modelRankings('all_time', 2);
      expect(ever.map(({ model }) => model)).toEqual(['b/old', 'c/big']);
    });

    it('rank apps by tokens, or by tokens above the mean of the three periods before', async () => {
      const steady = await store().apps.resolve({ url: 'https://steady.example', title: 'Steady' });
      const rising = await store().apps.resolve({ url: 'https://rising.example' });
      const gone = await store().apps.resolve({ url: 'https://gone.example' });
      const use = (id: string, appId: string, daysAgo: number, tokens: number) =>
        done(id, { appId, createdAt: noon - daysAgo * day + hour }, { usage: usage(tokens, 0) });
      for (const daysAgo of [1, 2, 3, 4]) await use(`gen-s${daysAgo}`, steady, daysAgo, 300);
      await use('gen-r1', rising, 1, 200);
      await use('gen-r2', rising, 2, 30);
      await use('gen-g', gone, 3, 900);
      const popular = await store().analytics.appRankings('day', 'popular', 10);
      expect(popular).toEqual([
        {
          rank: 1,
          appId: steady,
          url: 'https://steady.example',
          title: 'Steady',
          categories: [],
          requests: 1,
          totalTokens: 300,
          trend: 0,
        },
        {
          rank: 2,
          appId: rising,
          url: 'https://rising.example',
          categories: [],
          requests: 1,
          totalTokens: 200,
          trend: 190,
        },
      ]);
      const trending = await store().analytics.appRankings('day', 'trending', 1);
      expect(trending.map(({ appId }) => appId)).toEqual([rising]);
      const ever = await store().analytics.appRankings('all_time', 'popular', 10);
      expect(ever.map(({ appId, trend }) => [appId, trend])).toEqual([
        [steady, undefined],
        [gone, undefined],
        [rising, undefined],
      ]);
    });
  });
}
