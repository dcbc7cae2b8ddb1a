import type { Context } from '../../schema/builder.ts';
import { type Accounts, openAccounts } from '../../src/accounts/accounts.ts';
import type { NewApiKey } from '../../src/accounts/api-keys.ts';
import type { NewClientToken } from '../../src/accounts/client-tokens.ts';
import type { Caller } from '../../src/caller.ts';
import type { Clock } from '../../src/clock.ts';
import { openStore } from '../../src/storage/open-store.ts';
import type { Store } from '../../src/storage/store.ts';
import { createManualClock, type ManualClock } from './manual-clock.ts';
import { createContext } from './run-operation.ts';

/** A server's accounts on a store of its own, and ways to come as anybody. */
export interface Tenants extends AsyncDisposable {
  readonly clock: ManualClock;
  readonly store: Store;
  readonly accounts: Accounts;
  readonly operator: Caller;
  /** Makes an account and resolves with its id. */
  readonly account: (name?: string) => Promise<string>;
  /** Who shows a new key of that account. */
  readonly keyOf: (accountId: string, input?: Partial<NewApiKey>) => Promise<Caller>;
  /** Who shows a new client token of that key. */
  readonly tokenOf: (key: Caller, input?: Partial<NewClientToken>) => Promise<Caller>;
  readonly caller: (secret: string) => Promise<Caller>;
  readonly context: (caller: Caller, parts?: Partial<Context>) => Context;
}

export const everyScopeButAdmin = ['inference', 'keys:read', 'keys:write', 'usage:read', 'account:write'] as const;

export async function openTenants(options: { readonly url?: string } = {}): Promise<Tenants> {
  const clock = createManualClock();
  const store = await openStore({ url: options.url ?? ':memory:', clock: clock satisfies Clock });
  const accounts = await openAccounts({ store, clock, adminKey: 'the administrator’s key' });
  const operator = accounts.callers.operator();
  const caller = async (secret: string) => accounts.authentication.authenticate({ secret, address: 'test' });
  return {
    clock,
    store,
    accounts,
    operator,
    caller,
    account: async (name = 'One') => (await accounts.administration.create(operator, { name })).id,
    keyOf: async (accountId, input = {}) =>
      caller((await accounts.apiKeys.create(operator, { name: 'a key', accountId, ...input })).secret),
    tokenOf: async (key, input = {}) =>
      caller((await accounts.clientTokens.create(key, { expiresInSeconds: 600, ...input })).secret),
    context: (by, parts = {}) => createContext({ accounts, caller: by, ...parts }),
    [Symbol.asyncDispose]: async () => {
      accounts.close();
      await store.close();
    },
  };
}
