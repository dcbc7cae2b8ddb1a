import fc from 'fast-check';
import { expect } from 'vitest';
import { periodStarts } from '../../src/storage/periods.ts';
import type { Reset } from '../../src/storage/records.ts';
import type { Store } from '../../src/storage/store.ts';
import type { ManualClock } from './manual-clock.ts';
import { act, admission, settlement, usage } from './store-samples.ts';

/** One thing that happens to the books. Generations are told by small numbers, so that steps meet each other. */
export type Step =
  | { readonly do: 'begin'; readonly n: number; readonly amount: number; readonly caps: readonly string[] }
  | { readonly do: 'repeat'; readonly n: number; readonly key: number; readonly hash: number }
  | { readonly do: 'extend' | 'checkpoint' | 'settle' | 'replay'; readonly n: number; readonly amount: number }
  | { readonly do: 'crash' }
  | { readonly do: 'reap' }
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'grant'; readonly amount: number }
  | { readonly do: 'budget'; readonly amount: number; readonly reset: Reset };

const credits = 'credits:acct-a';
const budget = 'budget:acct-a';
const limit = 'limit:key-a';
const hour = 3_600_000;

const n = fc.nat(7);
const amount = fc.nat(120);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('begin' as const), n, amount, caps: fc.subarray([credits, budget, limit]) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('repeat' as const), n, key: fc.nat(1), hash: fc.nat(1) }) },
  { weight: 8, arbitrary: fc.record({ do: fc.constantFrom('extend', 'checkpoint', 'settle', 'replay'), n, amount }) },
  { weight: 1, arbitrary: fc.constant({ do: 'crash' as const }) },
  { weight: 1, arbitrary: fc.constant({ do: 'reap' as const }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('wait' as const),
      ms: fc.constantFrom(1, 30_000, hour, 25 * hour, 24 * 20 * hour),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('grant' as const), amount }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('budget' as const),
      amount,
      reset: fc.constantFrom('none', 'daily', 'weekly', 'monthly'),
    }),
  },
);

/** Histories of the books. */
export const histories: fc.Arbitrary<readonly Step[]> = fc.array(step, { minLength: 1, maxLength: 25 });

interface ModelCap {
  limit: number | undefined;
  reset: Reset;
  start: number;
  spent: number;
}
interface ModelGeneration {
  open: boolean;
  reserved: number;
  checkpoint: number;
  cost: number;
  caps: readonly string[];
  boot: number;
  expiresAt: number;
  repeat?: { key: number; hash: number };
}

/** What the books have to say after each step, worked out in the plainest way there is. */
function createLedgerModel(clock: ManualClock) {
  const weekStart = periodStarts(clock.now()).weekly;
  const caps = new Map<string, ModelCap>([[limit, { limit: 500, reset: 'weekly', start: weekStart, spent: 0 }]]);
  const generations = new Map<string, ModelGeneration>();
  let granted: number | undefined;
  let charged = 0;
  let boot = 0;
  let grants = 0;

  const roll = () => {
    for (const cap of caps.values()) {
      const start = periodStarts(clock.now())[cap.reset];
      if (cap.start < start) Object.assign(cap, { start, spent: 0 });
    }
  };
  const reservedOf = (id: string) =>
    [...generations.values()].filter((g) => g.open && g.caps.includes(id)).reduce((sum, g) => sum + g.reserved, 0);
  const fits = (ids: readonly string[], more: number) =>
    ids.every((id) => {
      const cap = caps.get(id);
      return cap?.limit === undefined || cap.spent + reservedOf(id) + more <= cap.limit;
    });
  const end = (g: ModelGeneration, cost: number) => {
    g.open = false;
    g.cost = cost;
    for (const id of g.caps) {
      const cap = caps.get(id);
      if (cap) cap.spent += cost;
    }
    if (g.caps.includes(credits)) charged += cost;
  };
  const admit = (id: string, ids: readonly string[], reserved: number, repeat?: ModelGeneration['repeat']) => {
    const held = ids.filter((cap) => caps.has(cap));
    const fresh = {
      open: true,
      reserved: held.length ? reserved : 0,
      checkpoint: 0,
      cost: 0,
      caps: held,
      boot,
      expiresAt: clock.now() + 60_000,
    };
    generations.set(id, repeat === undefined ? fresh : { ...fresh, repeat });
  };

  /** Does a step to the store and to the model, and compares what the store answers. */
  const take = async (store: Store, step: Step, crash: () => Promise<Store>): Promise<Store> => {
    roll();
    const id = 'n' in step ? `gen-${step.n}` : '';
    const known = generations.get(id);
    const admitted = (more: object) =>
      admission(id, { boot: `boot-${boot}`, createdAt: clock.now(), expiresAt: clock.now() + 60_000, ...more });
    switch (step.do) {
      case 'begin': {
        const { outcome } = await store.books.begin(admitted({ reserveNano: step.amount, caps: step.caps }));
        const held = step.caps.filter((cap) => caps.has(cap));
        const expected = known ? 'existing' : fits(held, step.amount) ? 'begun' : 'refused';
        expect(outcome).toBe(expected);
        if (outcome === 'begun') admit(id, step.caps, step.amount);
        return store;
      }
      case 'repeat': {
        const repeat = { key: step.key, hash: step.hash };
        const idempotency = { key: `k${step.key}`, requestHash: `h${step.hash}` };
        const begun = await store.books.begin(admitted({ reserveNano: 5, caps: [budget], idempotency }));
        const earlier = [...generations].find(([, g]) => g.repeat?.key === step.key);
        const held = [budget].filter((cap) => caps.has(cap));
        if (known) expect(begun).toMatchObject({ outcome: 'existing', generation: { id } });
        else if (earlier?.[1].repeat?.hash === step.hash)
          expect(begun).toMatchObject({ outcome: 'existing', generation: { id: earlier[0] } });
        else if (earlier) expect(begun).toEqual({ outcome: 'conflict', generationId: earlier[0] });
        else expect(begun.outcome).toBe(fits(held, 5) ? 'begun' : 'refused');
        if (begun.outcome === 'begun') admit(id, [budget], 5, repeat);
        return store;
      }
      case 'extend': {
        const { outcome } = await store.books.extend(id, step.amount);
        expect(outcome).toBe(!known?.open ? 'closed' : fits(known.caps, step.amount) ? 'extended' : 'refused');
        if (known && outcome === 'extended') known.reserved += step.amount;
        return store;
      }
      case 'checkpoint': {
        const checkpoint = { costNano: step.amount, usage: usage(1, 1), expiresAt: clock.now() + 60_000 };
        expect(await store.books.checkpoint(id, checkpoint)).toBe(known?.open ?? false);
        if (known?.open) Object.assign(known, { checkpoint: step.amount, expiresAt: checkpoint.expiresAt });
        return store;
      }
      case 'settle': {
        expect(await store.books.settle(id, settlement(step.amount))).toBe(known?.open ?? false);
        if (known?.open) end(known, step.amount);
        return store;
      }
      case 'replay': {
        const ids = [credits, budget];
        const changed = await store.books.replay(admitted({ reserveNano: 50, caps: ids }), settlement(step.amount));
        expect(changed).toBe(known?.open ?? true);
        if (!known) admit(id, ids, 0);
        const generation = generations.get(id);
        if (generation?.open) end(generation, step.amount);
        return store;
      }
      case 'crash': {
        boot += 1;
        return crash();
      }
      case 'reap': {
        const abandoned = [...generations].filter(([, g]) => g.open && (g.expiresAt < clock.now() || g.boot !== boot));
        const reaped = await store.books.reap({ replica: 'replica-1', boot: `boot-${boot}`, limit: 100 });
        expect(reaped.map((one) => one.id).sort()).toEqual(abandoned.map(([one]) => one).sort());
        for (const [, g] of abandoned) end(g, g.checkpoint);
        return store;
      }
      case 'wait':
        clock.jump(step.ms);
        return store;
      case 'grant': {
        grants += 1;
        await store.credits.add(
          { id: `ldg-${grants}`, accountId: 'acct-a', kind: 'grant', amountNano: step.amount },
          act,
        );
        granted = (granted ?? 0) + step.amount;
        const cap = caps.get(credits) ?? { limit: 0, reset: 'none', start: 0, spent: 0 };
        caps.set(credits, { ...cap, limit: granted });
        return store;
      }
      case 'budget': {
        await store.caps.set({ id: budget, limitNano: step.amount, reset: step.reset }, act);
        const spent = caps.get(budget)?.spent ?? 0;
        caps.set(budget, {
          limit: step.amount,
          reset: step.reset,
          start: periodStarts(clock.now())[step.reset],
          spent,
        });
        return store;
      }
    }
  };

  /** What always holds. */
  const check = async (store: Store): Promise<void> => {
    roll();
    const found = await store.caps.list([credits, budget, limit]);
    expect(found.map(({ id }) => id)).toEqual([...caps.keys()].sort());
    const rows = (await store.generations.list('everyone', {}, { limit: 100 })).rows.map(({ row }) => row);
    expect(rows.map(({ id }) => id).sort()).toEqual([...generations.keys()].sort());
    for (const cap of found) {
      const holding = rows.filter((row) => row.state === 'open' && row.caps.includes(cap.id));
      expect(cap.reservedNano).toBe(holding.reduce((sum, row) => sum + row.reservedNano, 0));
      expect(cap.reservedNano).toBe(reservedOf(cap.id));
      expect(cap.spentNano).toBe(caps.get(cap.id)?.spent);
    }
    for (const row of rows) {
      const { open, cost, reserved } = generations.get(row.id) ?? {};
      expect([row.state, row.costNano, row.reservedNano]).toEqual([open ? 'open' : 'done', cost, open ? reserved : 0]);
    }
    if (granted === undefined) return;
    const ledger = (await store.credits.ledger('acct-a', { limit: 1_000 })).rows.map(({ row }) => row.amountNano);
    expect(ledger.reduce((sum, one) => sum + one, 0)).toBe(granted - charged);
    expect((await store.credits.balance('acct-a'))?.balanceNano).toBe(granted - charged);
  };

  return { take, check };
}

/** Runs a history on a store, with everything that always holds checked after each step. */
export async function runHistory(
  history: readonly Step[],
  clock: ManualClock,
  open: () => Promise<Store>,
): Promise<void> {
  const model = createLedgerModel(clock);
  let store = await open();
  await store.caps.set({ id: limit, limitNano: 500, reset: 'weekly' }, act);
  try {
    const start = { do: 'budget', amount: 300, reset: 'daily' } as const;
    store = await model.take(store, start, open);
    for (const step of history) {
      store = await model.take(store, step, open);
      await model.check(store);
    }
  } finally {
    await store.close();
  }
}
