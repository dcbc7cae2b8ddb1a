import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Admission } from '../../src/storage/records.ts';
import { openSpool, type SetAside } from '../../src/storage/spool.ts';
import { act, admission, noon, settlement, usage } from '../support/store-samples.ts';
import type { StoreBench } from './store.ts';

/** What the books promise: exact sums, one settlement, and no reservation that outlives its generation. */
export function describeBooks({ store, clock, another }: StoreBench): void {
  const budget = 'budget:acct-a';
  const credits = 'credits:acct-a';
  const reap = { replica: 'replica-1', boot: 'boot-1', limit: 100 };
  const setBudget = (limitNano: number) => store().caps.set({ id: budget, limitNano, reset: 'daily' }, act);
  const grant = (amountNano: number) =>
    store().credits.add({ id: `ldg-${amountNano}`, accountId: 'acct-a', kind: 'grant', amountNano }, act);
  const begin = (id: string, more: Partial<Admission> = {}) =>
    store().books.begin(admission(id, { caps: [credits, budget, 'limit:key-a'], ...more }));
  const cap = (id: string) => store().caps.get(id);

  describe('the books', () => {
    it('reserve of every cap that exists, settle once, and charge the credits', async () => {
      await setBudget(1_000);
      await grant(500);
      expect(await begin('gen-1')).toEqual({ outcome: 'begun', caps: [budget, credits] });
      expect(await cap(budget)).toMatchObject({ reservedNano: 100, spentNano: 0 });
      expect(await store().books.settle('gen-1', settlement(60))).toBe(true);
      expect(await store().books.settle('gen-1', settlement(90))).toBe(false);
      expect(await cap(budget)).toMatchObject({ reservedNano: 0, spentNano: 60 });
      expect(await store().credits.balance('acct-a')).toMatchObject({ reservedNano: 0, balanceNano: 440 });
      const [charge] = (await store().credits.ledger('acct-a', { limit: 1 })).rows;
      expect(charge?.row).toMatchObject({ kind: 'charge', amountNano: -60, generationId: 'gen-1', at: noon + 2_000 });
    });

    it('refuse by the cap that has too little left, and reserve nothing of the others', async () => {
      await setBudget(1_000);
      await grant(150);
      await begin('gen-1');
      expect(await begin('gen-2')).toEqual({
        outcome: 'refused',
        cap: { id: credits, limitNano: 150, reset: 'none', periodStart: 0, reservedNano: 100, spentNano: 0 },
      });
      expect(await cap(budget)).toMatchObject({ reservedNano: 100 });
      expect(await store().generations.get('everyone', 'gen-2')).toBeUndefined();
    });

    it('let the last nano-dollar be spent, and not one more', async () => {
      await setBudget(100);
      expect(await begin('gen-1', { reserveNano: 101 })).toMatchObject({ outcome: 'refused' });
      expect(await begin('gen-1', { reserveNano: 100 })).toMatchObject({ outcome: 'begun' });
    });

    it('settle for more than there is, and then refuse the next', async () => {
      await grant(100);
      await begin('gen-1');
      expect(await store().books.settle('gen-1', settlement(250))).toBe(true);
      expect(await store().credits.balance('acct-a')).toMatchObject({ balanceNano: -150 });
      expect(await begin('gen-2', { reserveNano: 0 })).toMatchObject({ outcome: 'refused' });
    });

    it('extend all the caps or none, and nothing once it is settled', async () => {
      await setBudget(1_000);
      await grant(150);
      await begin('gen-1');
      expect(await store().books.extend('gen-1', 50)).toEqual({ outcome: 'extended' });
      expect(await store().books.extend('gen-1', 1)).toMatchObject({ outcome: 'refused', cap: { id: credits } });
      expect(await cap(budget)).toMatchObject({ reservedNano: 150 });
      expect((await store().generations.get('everyone', 'gen-1'))?.reservedNano).toBe(150);
      await store().books.settle('gen-1', settlement(120));
      expect(await store().books.extend('gen-1', 1)).toEqual({ outcome: 'closed' });
      expect(await cap(budget)).toMatchObject({ reservedNano: 0, spentNano: 120 });
    });

    it('roll a period that is over, and keep what runs reserved', async () => {
      await setBudget(200);
      await begin('gen-1');
      await begin('gen-2');
      await store().books.settle('gen-1', settlement(100));
      expect(await begin('gen-3')).toMatchObject({ outcome: 'refused' });
      await clock.advance(12 * 3_600_000);
      expect(await begin('gen-4')).toMatchObject({ outcome: 'begun' });
      expect(await begin('gen-5')).toMatchObject({ outcome: 'refused', cap: { reservedNano: 200, spentNano: 0 } });
      await store().books.settle('gen-2', settlement(80));
      expect(await cap(budget)).toMatchObject({ reservedNano: 100, spentNano: 80, periodStart: Date.UTC(2026, 0, 2) });
    });

    it('let the same id in once', async () => {
      await setBudget(1_000);
      await begin('gen-1');
      expect(await begin('gen-1')).toMatchObject({ outcome: 'existing', generation: { id: 'gen-1', state: 'open' } });
      expect(await cap(budget)).toMatchObject({ reservedNano: 100 });
    });

    it('give the same generation for the same idempotency key, and a conflict for another request', async () => {
      await setBudget(1_000);
      const once = { key: 'order-1', requestHash: 'aaa' };
      await begin('gen-1', { idempotency: once });
      expect(await begin('gen-2', { idempotency: once })).toMatchObject({
        outcome: 'existing',
        generation: { id: 'gen-1' },
      });
      const other = { ...once, requestHash: 'bbb' };
      expect(await begin('gen-3', { idempotency: other })).toEqual({ outcome: 'conflict', generationId: 'gen-1' });
      expect(await begin('gen-4', { idempotency: other, keyId: 'key-b' })).toMatchObject({ outcome: 'begun' });
      expect(await cap(budget)).toMatchObject({ reservedNano: 200 });
    });

    it('let one in of many that come at once with the same idempotency key', async () => {
      await setBudget(100_000);
      const second = await another();
      const idempotency = { key: 'order-1', requestHash: 'aaa' };
      const outcomes = await Promise.all(
        Array.from({ length: 8 }, (_, n) =>
          (n % 2 ? store() : second).books.begin(admission(`gen-${n}`, { caps: [budget], idempotency })),
        ),
      );
      expect(outcomes.filter(({ outcome }) => outcome === 'begun')).toHaveLength(1);
      expect(outcomes.filter(({ outcome }) => outcome === 'existing')).toHaveLength(7);
      expect(await cap(budget)).toMatchObject({ reservedNano: 100 });
    });

    it('settle what expired at its last checkpoint, as a crash, estimated', async () => {
      await setBudget(1_000);
      await begin('gen-1');
      const endpoint = { id: 'author/model@acme' };
      const checkpoint = {
        costNano: 40,
        usage: usage(10, 20),
        expiresAt: noon + 5_000,
        model: 'author/model',
        provider: 'acme',
        endpoint,
      };
      expect(await store().books.checkpoint('gen-1', checkpoint)).toBe(true);
      await clock.advance(5_000);
      expect(await store().books.reap(reap)).toEqual([]);
      await clock.advance(1);
      expect(await store().books.reap(reap)).toEqual([{ id: 'gen-1', costNano: 40, termination: 'crash' }]);
      expect(await cap(budget)).toMatchObject({ reservedNano: 0, spentNano: 40 });
      expect(await store().generations.get('everyone', 'gen-1')).toMatchObject({
        state: 'done',
        termination: 'crash',
        costNano: 40,
        operatorCostNano: 40,
        durationMs: 5_001,
        model: 'author/model',
        endpoint,
        usage: { completionTokens: 20, source: 'estimated' },
      });
      expect(await store().books.checkpoint('gen-1', checkpoint)).toBe(false);
    });

    it('settle at once what an earlier boot of the same replica left, and nothing of another replica', async () => {
      await setBudget(1_000);
      await begin('gen-mine');
      await begin('gen-theirs', { replica: 'replica-2' });
      const restarted = await another();
      const reaped = await restarted.books.reap({ ...reap, boot: 'boot-2' });
      expect(reaped).toEqual([{ id: 'gen-mine', costNano: 0, termination: 'crash' }]);
      expect(await cap(budget)).toMatchObject({ reservedNano: 100 });
    });

    it('reap each generation once when several replicas reap at once', async () => {
      await setBudget(10_000);
      for (let n = 0; n < 10; n++) await begin(`gen-${n}`);
      await clock.advance(60_001);
      const stores = [store(), await another(), await another()];
      const reaped = await Promise.all(stores.map((each) => each.books.reap(reap)));
      expect(
        reaped
          .flat()
          .map(({ id }) => id)
          .sort(),
      ).toEqual(Array.from({ length: 10 }, (_, n) => `gen-${n}`));
      expect(await cap(budget)).toMatchObject({ reservedNano: 0, spentNano: 0 });
    });

    it('take a spooled record once, of a generation that they know and of one that they do not', async () => {
      await grant(1_000);
      await begin('gen-known', { caps: [credits] });
      const replay = (id: string, cost: number) =>
        store().books.replay(admission(id, { caps: [credits] }), settlement(cost));
      expect([await replay('gen-known', 30), await replay('gen-known', 30)]).toEqual([true, false]);
      expect([await replay('gen-new', 50), await replay('gen-new', 50)]).toEqual([true, false]);
      expect(await store().credits.balance('acct-a')).toMatchObject({ reservedNano: 0, balanceNano: 920 });
      expect(await store().generations.get('everyone', 'gen-new')).toMatchObject({ state: 'done', costNano: 50 });
    });

    it('take a spooled record whose idempotency key another generation took meanwhile', async () => {
      const idempotency = { key: 'order-1', requestHash: 'aaa' };
      await begin('gen-1', { idempotency });
      expect(await store().books.replay(admission('gen-2', { idempotency }), settlement(5))).toBe(true);
      expect(await store().generations.get('everyone', 'gen-2')).toMatchObject({ state: 'done', costNano: 5 });
    });

    it('free the idempotency key of a request that was let in too late to be told, and sent away', async () => {
      const idempotency = { key: 'order-1', requestHash: 'aaa' };
      await setBudget(1_000);
      await begin('gen-1', { caps: [budget], idempotency });
      const sentAway = { ...settlement(0), termination: 'refused' as const };
      await store().books.replay(admission('gen-1', { caps: [budget] }), sentAway);
      expect(await store().generations.get('everyone', 'gen-1')).toMatchObject({ termination: 'refused' });
      expect(await begin('gen-2', { caps: [budget], idempotency })).toMatchObject({ outcome: 'begun' });
      // What was served keeps its key, however often the spool is replayed.
      await store().books.settle('gen-2', settlement(5));
      await store().books.replay(admission('gen-2', { caps: [budget] }), sentAway);
      expect(await begin('gen-3', { caps: [budget], idempotency })).toMatchObject({ outcome: 'existing' });
      expect(await cap(budget)).toMatchObject({ reservedNano: 0, spentNano: 5 });
    });

    it('reject a spooled record that they can never hold, and take the ones around it', async () => {
      await setBudget(1_000);
      const good = admission('gen-good', { caps: [budget] });
      const broken = JSON.parse(JSON.stringify(admission('gen-broken')));
      const replays = [
        () => store().books.replay(good, settlement(5)),
        // No column takes it; a part is missing; money that is no amount; an end of another shape; nothing at all.
        () => store().books.replay({ ...broken, accountId: null }, settlement(5)),
        () => store().books.replay({ ...broken, caps: undefined }, settlement(5)),
        () => store().books.replay(admission('gen-broken'), settlement(-1)),
        () => store().books.replay(admission('gen-broken'), JSON.parse('{"costNano":1,"operatorCostNano":1}')),
        () => store().books.replay(JSON.parse('null'), settlement(5)),
        () => store().books.replay(admission('gen-last'), settlement(6)),
      ];
      const outcomes = [];
      for (const replay of replays) outcomes.push(await replay().catch((error: Error) => error.name));
      expect(outcomes).toEqual([true, ...Array<string>(5).fill('RecordRejected'), true]);
      expect(await store().generations.get('everyone', 'gen-broken')).toBeUndefined();
      expect(await cap(budget)).toMatchObject({ reservedNano: 0, spentNano: 5 });
    });

    it('let a spool go on behind a record that they reject, and lose nothing', async () => {
      const folder = mkdtempSync(join(tmpdir(), 'pointsman-rejected-'));
      const aside: SetAside[] = [];
      const path = join(folder, 'usage');
      const onSetAside = (record: SetAside) => void aside.push(record);
      const spool = await openSpool({ path, maxBytes: 1_000_000, warn: () => {}, onSetAside });
      for (const id of ['gen-1', 'gen-2', 'gen-3']) {
        const wrong = id === 'gen-2' ? { requested: undefined as never } : {};
        await spool.append({ admission: admission(id, wrong), settlement: settlement(7) });
      }
      expect(await spool.replay(store().books)).toBe(2);
      expect([spool.size(), aside]).toMatchObject([0, [{ generationId: 'gen-2', path: `${path}.rejected` }]]);
      expect(await store().generations.count('everyone', { state: 'done' })).toBe(2);
      const kept = JSON.parse(readFileSync(`${path}.rejected`, 'utf8'));
      expect(kept).toMatchObject({
        admission: { id: 'gen-2' },
        settlement: { costNano: 7 },
        rejected: aside[0]?.reason,
      });
      await spool.close();
      rmSync(folder, { recursive: true });
    });

    it('hold whatever callers and providers write, but for the character that ends a text', async () => {
      const text = "a\0b ' \u{1F600} \ud800 \u0001";
      await begin('gen-1', { userId: text, sessionId: text });
      expect(await store().books.settle('gen-1', settlement(1, { nativeFinishReason: text }))).toBe(true);
      const kept = "a\uFFFDb ' \u{1F600} \uFFFD \u0001";
      const record = await store().generations.get('everyone', 'gen-1');
      expect(record).toMatchObject({ userId: kept, sessionId: kept, nativeFinishReason: kept });
    });

    it('refuse an amount that is not a whole number of nano-dollars', async () => {
      await expect(begin('gen-1', { reserveNano: 0.5 })).rejects.toThrow(RangeError);
      await expect(begin('gen-1', { reserveNano: -1 })).rejects.toThrow(RangeError);
      await expect(store().books.settle('gen-1', settlement(Number.NaN))).rejects.toThrow(RangeError);
    });

    it('hold money beyond what 32 bits can say', async () => {
      const million = 1_000_000_000_000_000;
      await setBudget(2 * million);
      await begin('gen-1', { reserveNano: million });
      await store().books.settle('gen-1', settlement(million));
      expect(await cap(budget)).toMatchObject({ spentNano: million });
    });

    it('keep what was committed when the store is opened again', async () => {
      await setBudget(1_000);
      await begin('gen-1');
      const again = await another();
      expect(await again.generations.get('everyone', 'gen-1')).toMatchObject({ state: 'open', reservedNano: 100 });
    });
  });
}
