import { openBooks } from '../../src/accounts/open-books.ts';
import { openRateLimits } from '../../src/accounts/open-rate-limits.ts';
import type { Caller } from '../../src/caller.ts';
import type { Endpoint, Model } from '../../src/catalog.ts';
import type { BareRouter, Router } from '../../src/completion.ts';
import type { Provider } from '../../src/providers/provider.ts';
import type { Books } from '../../src/storage/books-contract.ts';
import { budgetCapId, creditsCapId, limitCapId } from '../../src/storage/cap-ids.ts';
import { openStore } from '../../src/storage/open-store.ts';
import type { CapRecord, GenerationRecord } from '../../src/storage/records.ts';
import type { SpooledRecord } from '../../src/storage/spool.ts';
import { type Store, StoreUnavailable } from '../../src/storage/store.ts';
import { aCaller } from './a-caller.ts';
import { createManualClock, type ManualClock } from './manual-clock.ts';
import { aModel, anEndpoint, createRouterBench } from './router-bench.ts';
import { account, act, apiKey } from './store-samples.ts';

export interface MeteredBenchOptions {
  readonly clock?: ManualClock;
  readonly providers: Readonly<Record<string, Provider>>;
  /** One of `acme/one` at the first provider by default: 1,000 nano-dollars a prompt token, 2,000 a completion token. */
  readonly endpoints?: readonly Endpoint[];
  /** Those of the endpoints, which chat, by default. */
  readonly models?: readonly Model[];
  readonly creditsNano?: number;
  readonly budgetNano?: number;
  readonly limitNano?: number;
  /** In place of the routing. */
  readonly router?: BareRouter;
}

/** The books around the real routing, on a database in memory, with scripted providers and a manual clock. */
export interface MeteredBench extends AsyncDisposable {
  readonly router: Router;
  readonly store: Store;
  readonly clock: ManualClock;
  /** Capped where something caps the account or key. */
  readonly caller: Caller;
  readonly bugs: unknown[];
  /** The id and the error of each request that was not let in. */
  readonly refused: string[];
  /** What waits in the spool. */
  readonly spooled: SpooledRecord[];
  /** From now on the store does not answer, or does again. */
  readonly away: (isAway: boolean) => void;
  /** Which calls of the books are made. */
  readonly asked: string[];
  readonly record: (id: string) => Promise<GenerationRecord | undefined>;
  readonly records: () => Promise<readonly GenerationRecord[]>;
  readonly caps: () => Promise<readonly CapRecord[]>;
}

export async function createMeteredBench(options: MeteredBenchOptions): Promise<MeteredBench> {
  const { clock = createManualClock(), providers, creditsNano, budgetNano, limitNano } = options;
  const [provider = 'acme'] = Object.keys(providers);
  const endpoints = options.endpoints ?? [anEndpoint('acme/one', provider)];
  const store = await openStore({ url: ':memory:', clock });
  await store.accounts.create(account('acct-1'), act);
  await store.apiKeys.create(apiKey('key-1', { accountId: 'acct-1' }), 'hash', act);
  if (creditsNano !== undefined) {
    await store.credits.add({ id: 'ldg-1', accountId: 'acct-1', kind: 'grant', amountNano: creditsNano }, act);
  }
  if (budgetNano !== undefined) {
    await store.caps.set({ id: budgetCapId('acct-1'), limitNano: budgetNano, reset: 'daily' }, act);
  }
  if (limitNano !== undefined) await store.caps.set({ id: limitCapId('key-1'), limitNano, reset: 'none' }, act);
  const capped = [creditsNano, budgetNano, limitNano].some((amount) => amount !== undefined);

  const bugs: unknown[] = [];
  const refused: string[] = [];
  const asked: string[] = [];
  const spooled: SpooledRecord[] = [];
  let isAway = false;
  const models = options.models ?? [...new Set(endpoints.map(({ model }) => model))].map((slug) => aModel(slug));
  const books = awayWhere(store.books, () => isAway, asked);
  const opened = await openBooks({
    router: options.router ?? createRouterBench(clock, providers, endpoints, { data: { models } }).router,
    store: { ...store, books },
    spool: {
      append: async (record) => spooled.push(record) > 0,
      replay: async (to) => {
        if (isAway) return 0;
        for (const { admission, settlement } of spooled) await to.replay(admission, settlement);
        return spooled.splice(0).length;
      },
      holderOf: ({ idempotency }) =>
        idempotency &&
        spooled.map(({ admission }) => admission).find((each) => each.idempotency?.key === idempotency.key),
      size: () => spooled.length,
    },
    rateLimits: openRateLimits({
      replicas: 1,
      clock,
      makeId: () => 'lease',
      onAway: () => {},
      onBack: () => {},
    }).rateLimits,
    replica: 'replica-1',
    boot: 'boot-1',
    clock,
    events: {
      onBug: (error) => bugs.push(error),
      onAway() {},
      onBack() {},
      onReaped() {},
      onRefused: (error, { generationId }) => refused.push(`${generationId} ${error.name}`),
    },
  });
  asked.length = 0;

  return {
    router: opened.router,
    store,
    clock,
    caller: aCaller({ capped }),
    bugs,
    refused,
    spooled,
    asked,
    away: (next) => {
      isAway = next;
    },
    record: (id) => store.generations.get('everyone', id),
    records: async () => (await store.generations.list('everyone', {}, { limit: 1_000 })).rows.map(({ row }) => row),
    caps: () => store.caps.list([creditsCapId('acct-1'), budgetCapId('acct-1'), limitCapId('key-1')]),
    [Symbol.asyncDispose]: async () => {
      await opened.close();
      await store.close();
    },
  };
}

/** The books, which at times do not answer. */
function awayWhere(books: Books, isAway: () => boolean, asked: string[]): Books {
  const through = <Args extends readonly unknown[], Answer>(name: string, call: (...args: Args) => Promise<Answer>) => {
    return async (...args: Args): Promise<Answer> => {
      asked.push(name);
      if (isAway()) throw new StoreUnavailable('away');
      return call(...args);
    };
  };
  return {
    begin: through('begin', books.begin),
    extend: through('extend', books.extend),
    checkpoint: through('checkpoint', books.checkpoint),
    settle: through('settle', books.settle),
    replay: through('replay', books.replay),
    reap: through('reap', books.reap),
  };
}
