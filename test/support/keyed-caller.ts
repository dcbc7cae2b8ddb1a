import { setTimeout } from 'node:timers/promises';
import { openAccounts } from '../../src/accounts/accounts.ts';
import { systemClock } from '../../src/clock.ts';
import { openStore } from '../../src/storage/open-store.ts';
import type { GenerationRecord } from '../../src/storage/records.ts';
import type { Store } from '../../src/storage/store.ts';

/** What an operator does beside the running program, on its database: makes accounts and keys, and looks at the books. */
export interface Ledger extends AsyncDisposable {
  readonly store: Store;
  readonly makeAccount: (terms?: {
    readonly creditsNano?: number;
    readonly contentRetentionDays?: number;
  }) => Promise<string>;
  /** Without a limit and an account of its own, nothing caps it. */
  readonly makeKey: (terms?: { readonly limitNano?: number; readonly accountId?: string }) => Promise<LedgerKey>;
  /** A token of the key with that id. */
  readonly makeToken: (keyId: string) => Promise<LedgerKey>;
  /** The record of a generation, once it has ended. */
  readonly ended: (id: string) => Promise<GenerationRecord>;
  readonly records: () => Promise<readonly GenerationRecord[]>;
}

export interface LedgerKey {
  readonly id: string;
  readonly secret: string;
  readonly headers: { readonly authorization: string };
}

/** A hang guard: records end within milliseconds. */
const endsWithinMs = 60_000;

export async function openLedger(url: string): Promise<Ledger> {
  const store = await openStore({ url, clock: systemClock, poolSize: 2 });
  const { apiKeys, administration, clientTokens, authentication, callers, close } = await openAccounts({
    store,
    clock: systemClock,
  });
  const operator = callers.operator();
  const secrets = new Map<string, string>();
  const keyOf = (id: string, secret: string): LedgerKey => {
    secrets.set(id, secret);
    return { id, secret, headers: { authorization: `Bearer ${secret}` } };
  };
  return {
    store,
    makeAccount: async ({ creditsNano, contentRetentionDays } = {}) => {
      const { id } = await administration.create(operator, { name: 'Test', contentRetentionDays });
      if (creditsNano !== undefined) {
        await administration.grantCredits(operator, { accountId: id, amountNano: creditsNano });
      }
      return id;
    },
    makeKey: async ({ limitNano, accountId = 'acct-local' } = {}) => {
      const limit = limitNano === undefined ? {} : { limit: { limitNano, reset: 'none' as const } };
      const { key, secret } = await apiKeys.create(operator, { name: 'Test', accountId, ...limit });
      return keyOf(key.id, secret);
    },
    makeToken: async (keyId) => {
      const maker = await authentication.authenticate({ secret: secrets.get(keyId) ?? '', address: '127.0.0.1' });
      const { key, secret } = await clientTokens.create(maker, { expiresInSeconds: 600 });
      return keyOf(key.id, secret);
    },
    ended: async (id) => {
      for (const lastMs = performance.now() + endsWithinMs; ; await setTimeout(10)) {
        const record = await store.generations.get('everyone', id);
        if (record?.state === 'done') return record;
        if (performance.now() > lastMs) throw new Error(`${id} has not ended: ${JSON.stringify(record)}`);
      }
    },
    records: async () => {
      const { rows } = await store.generations.list('everyone', {}, { limit: 10_000 });
      return rows.map(({ row }) => row);
    },
    [Symbol.asyncDispose]: async () => {
      close();
      await store.close();
    },
  };
}
