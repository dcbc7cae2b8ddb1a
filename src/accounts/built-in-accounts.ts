import { type Caller, scopes } from '../caller.ts';
import type { Clock } from '../clock.ts';
import type { AccountRecord } from '../storage/records.ts';
import type { Store } from '../storage/store.ts';
import type { KeysChange } from './authentication.ts';
import { keylessCallerOf } from './credentials.ts';

const localId = 'acct-local';
const operatorId = 'acct-operator';

/** Accounts that are always there. */
export const builtInAccountIds: ReadonlySet<string> = new Set([localId, operatorId]);

/** Callers who show no key of an account, as their accounts are now. */
export interface BuiltInCallers {
  /** Who calls a server that is open on this machine alone: may do everything. */
  readonly local: () => Caller;
  /** Who calls an open server that says it is in production. May ask models, and no more. */
  readonly stranger: () => Caller;
  /** Who shows POINTSMAN_ADMIN_KEY, or runs the command on the server's machine: may do everything. */
  readonly operator: () => Caller;
  /** To be told of each change: what these accounts ask for holds as soon as the store has said it. */
  readonly changed: (change: KeysChange) => void;
}

/** Makes the built-in accounts where they are not there yet, and says who calls for them. Rejects where the store does. */
export async function createBuiltInCallers(accounts: Store['accounts'], clock: Clock): Promise<BuiltInCallers> {
  const read = async () => {
    const local = await ensure(accounts, localId, 'This machine', clock);
    const operator = await ensure(accounts, operatorId, 'The operator', clock);
    return {
      local: keylessCallerOf(local, scopes),
      stranger: keylessCallerOf(local, ['inference']),
      operator: keylessCallerOf(operator, scopes),
    };
  };
  let callers = await read();
  return {
    local: () => callers.local,
    stranger: () => callers.stranger,
    operator: () => callers.operator,
    changed: ({ accountId }) => {
      if (accountId === undefined || !builtInAccountIds.has(accountId)) return;
      read().then(
        (latest) => {
          callers = latest;
        },
        // The store has just stored the change; where it is away now, what was known stays.
        () => undefined,
      );
    },
  };
}

/** An account as it begins: nothing asked for, nothing kept. */
export function newAccount(id: string, name: string, createdAt: number): AccountRecord {
  return { id, name, createdAt, zdr: false, attribution: true };
}

async function ensure(accounts: Store['accounts'], id: string, name: string, clock: Clock): Promise<AccountRecord> {
  const known = await accounts.get(id);
  if (known !== undefined) return known;
  const account = newAccount(id, name, clock.now());
  try {
    await accounts.create(account, { actor: 'operator', action: 'account.create' });
    return account;
  } catch (error) {
    // Another replica may have been faster.
    const made = await accounts.get(id);
    if (made !== undefined) return made;
    throw error;
  }
}
