import type { Caller } from '../caller.ts';
import { budgetCapId } from '../storage/cap-ids.ts';
import type { CapRecord, LedgerRecord } from '../storage/records.ts';
import type { Balance, Credentials, Page, PageRequest, Store } from '../storage/store.ts';
import { accountOf, demandScope } from './permissions.ts';

/**
 * What an account may spend. Takes the scope `usage:read` or `account:write`; an administrator sees every account's. All reject with
 * AccountError, and with StoreUnavailable where the store does.
 */
export interface Funds {
  /** `undefined`: credits do not limit it. */
  readonly balance: (by: Caller, accountId: string) => Promise<Balance | undefined>;
  /** The newest first. */
  readonly ledger: (by: Caller, accountId: string, page: PageRequest) => Promise<Page<LedgerRecord>>;
  readonly countLedger: (by: Caller, accountId: string) => Promise<number>;
  /** `undefined`: no budget was ever set. */
  readonly budget: (by: Caller, accountId: string) => Promise<CapRecord | undefined>;
  /** The key or client token that the caller shows, and everything that caps it, for any caller; `undefined` where he shows none. */
  readonly shown: (by: Caller) => Promise<Credentials | undefined>;
}

export function createFunds(store: Pick<Store, 'credits' | 'caps' | 'apiKeys'>): Funds {
  const seen = (by: Caller, accountId: string) => {
    demandScope(by, 'usage:read', 'account:write');
    return accountOf(by, accountId);
  };
  return {
    balance: async (by, accountId) => store.credits.balance(seen(by, accountId)),
    ledger: async (by, accountId, page) => store.credits.ledger(seen(by, accountId), page),
    countLedger: async (by, accountId) => store.credits.countLedger(seen(by, accountId)),
    budget: async (by, accountId) => store.caps.get(budgetCapId(seen(by, accountId))),
    shown: async ({ keyId }) => (keyId === undefined ? undefined : store.apiKeys.find(keyId)),
  };
}
