import { AccountError } from '../account-errors.ts';
import type { Caller, Scope } from '../caller.ts';
import type { Reach } from '../storage/records.ts';
import type { Act } from '../storage/store.ts';

/** Throws `forbidden` unless the caller has one of these scopes, or is an administrator. */
export function demandScope({ scopes }: Caller, ...any: readonly Scope[]): void {
  if (scopes.has('admin') || any.some((scope) => scopes.has(scope))) return;
  const names = [...any, 'admin'].join(' or ');
  throw new AccountError('forbidden', `This takes a key with the scope ${names}.`);
}

/** Throws `forbidden` for who may only ask models: a client token, and a stranger, who shows no key. */
export function demandMember({ scopes, keyId, parentKeyId }: Caller): void {
  const member = keyId !== undefined && parentKeyId === undefined;
  if (member || scopes.has('usage:read') || scopes.has('account:write') || scopes.has('admin')) return;
  throw new AccountError('forbidden', 'This takes an API key of the account.');
}

/** Whose rows the caller may see and change. */
export function reachOf({ scopes, accountId }: Caller): Reach {
  return scopes.has('admin') ? 'everyone' : { accountId };
}

/** The account that an input means: the caller's own unless it says another, which only an administrator may. */
export function accountOf(by: Caller, accountId: string = by.accountId): string {
  if (accountId === by.accountId || by.scopes.has('admin')) return accountId;
  throw notFound('account', accountId);
}

/** How the audit log names the caller and what he does. */
export function actOf({ keyId = 'operator' }: Caller, action: string): Act {
  return { actor: keyId, action };
}

/** The same whether the thing is not there or belongs to somebody else. */
export function notFound(noun: 'account' | 'API key', id: string): AccountError {
  return new AccountError('not_found', `There is no ${noun} ${JSON.stringify(id.slice(0, 100))} that you may see.`);
}
