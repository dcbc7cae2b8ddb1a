import { AccountError } from '../account-errors.ts';
import type { Caller, CallerLimits, Scope } from '../caller.ts';
import type { AccountRecord, ApiKeyRecord } from '../storage/records.ts';
import type { Credentials } from '../storage/store.ts';
import { excessOf, type Rights } from './rights.ts';
import { rootFieldsOf } from './token-operations.ts';

/** Why these credentials are good for nothing at `nowMs`; `undefined` where they are good. */
export function refusalOf({ key, parent, account }: Credentials, nowMs: number): AccountError | undefined {
  const noun = key.kind === 'key' ? 'key' : 'client token';
  if (key.revokedAt !== undefined) return unauthenticated(`This ${noun} was revoked.`);
  if (key.expiresAt !== undefined && key.expiresAt <= nowMs) return unauthenticated(`This ${noun} has expired.`);
  if (parent?.revokedAt !== undefined) return unauthenticated('The key that made this client token was revoked.');
  if (parent?.expiresAt !== undefined && parent.expiresAt <= nowMs) {
    return unauthenticated('The key that made this client token has expired.');
  }
  if (account.closedAt !== undefined) return unauthenticated(`The account of this ${noun} is closed.`);
  return undefined;
}

/** When what this secret opens ends by itself: its expiry, its key's, or the grace of a secret that was replaced. */
export function endOf(
  { key, parent }: Credentials,
  secret: Pick<ApiKeyRecord, 'prefix' | 'last4'>,
): number | undefined {
  const replaced = key.prefix !== secret.prefix || key.last4 !== secret.last4;
  const ends = [key.expiresAt, parent?.expiresAt, replaced ? (key.previousUntil ?? 0) : undefined];
  const set = ends.filter((end) => end !== undefined);
  return set.length === 0 ? undefined : Math.min(...set);
}

/** Whether what `before` allowed is no longer allowed: what runs by it must end. */
export function isNarrowed(before: Credentials, after: Credentials): boolean {
  return (
    excessOf(before.key, after.key) !== undefined ||
    (before.parent !== undefined && after.parent !== undefined && excessOf(before.parent, after.parent) !== undefined)
  );
}

/** Who shows these credentials. */
export function callerOf({ key, parent, account, caps }: Credentials, revoked: AbortSignal): Caller {
  const allowedModels = listsOf(key, parent, 'allowedModels');
  const allowedProviders = listsOf(key, parent, 'allowedProviders');
  const scopes = new Set(key.scopes.filter((scope) => parent === undefined || parent.scopes.includes(scope)));
  return {
    ...accountPartOf(account),
    keyId: key.id,
    scopes,
    ...(parent !== undefined && { parentKeyId: parent.id, parentLimits: limitsOf(parent) }),
    ...(allowedModels.length > 0 && { allowedModels }),
    ...(allowedProviders.length > 0 && { allowedProviders }),
    ...(key.operations !== undefined && { operations: rootFieldsOf(key.operations) }),
    limits: limitsOf(key),
    capped: caps.some(({ limitNano }) => limitNano !== undefined),
    ...(caps.length > 0 && { counted: true }),
    revoked,
  };
}

/** A caller who shows no key of an account: the local one of an open server, or the administrator. Nothing limits him. */
export function keylessCallerOf(account: AccountRecord, scopes: readonly Scope[]): Caller {
  return {
    ...accountPartOf(account),
    scopes: new Set(scopes),
    limits: {},
    capped: false,
    revoked: new AbortController().signal,
  };
}

function accountPartOf(
  account: AccountRecord,
): Pick<Caller, 'accountId' | 'defaults' | 'attribution' | 'contentRetentionDays'> {
  const { defaultModel, defaultProvider, dataCollection, contentRetentionDays } = account;
  return {
    accountId: account.id,
    defaults: {
      ...(defaultModel !== undefined && { model: defaultModel }),
      ...(defaultProvider !== undefined && { provider: defaultProvider }),
      ...(dataCollection !== undefined && { dataCollection }),
      ...(account.zdr && { zdr: true }),
    },
    attribution: account.attribution,
    ...(contentRetentionDays !== undefined && { contentRetentionDays }),
  };
}

function limitsOf({ requestsPerMinute, tokensPerMinute, concurrentStreams }: ApiKeyRecord): CallerLimits {
  return {
    ...(requestsPerMinute !== undefined && { requestsPerMinute }),
    ...(tokensPerMinute !== undefined && { tokensPerMinute }),
    ...(concurrentStreams !== undefined && { concurrentStreams }),
  };
}

function listsOf(key: Rights, parent: Rights | undefined, name: 'allowedModels' | 'allowedProviders') {
  return [key[name], parent?.[name]].filter((list) => list !== undefined);
}

function unauthenticated(message: string): AccountError {
  return new AccountError('unauthenticated', message);
}
