import { createAuthentication } from '../../src/accounts/authentication.ts';
import { scopes } from '../../src/caller.ts';
import { systemClock } from '../../src/clock.ts';
import { type Access, createAccess } from '../../src/server/access.ts';
import { aCaller } from './a-caller.ts';
import { createKeyStore, type KeyStore } from './key-store.ts';

export interface TestAccessOptions {
  /** The administrator's key; with it every request needs a key. */
  readonly adminKey?: string;
  /** Whether who shows no key on an open server is a stranger. */
  readonly strangers?: boolean;
  /** The keys that there are, besides the administrator's. */
  readonly keys?: KeyStore;
}

/** The real access, with an administrator's key or open, on keys that a test makes. */
export function createTestAccess(options: TestAccessOptions = {}): Access {
  const { adminKey, strangers = false, keys = createKeyStore(systemClock) } = options;
  const caller = aCaller({ accountId: 'acct-operator', scopes: new Set(scopes) });
  const authentication = createAuthentication({
    apiKeys: keys,
    clock: systemClock,
    ...(adminKey !== undefined && { administrator: { key: adminKey, caller: () => caller } }),
  });
  return createAccess({
    authentication,
    strangers,
    ...(adminKey === undefined && { anonymous: () => caller }),
  });
}
