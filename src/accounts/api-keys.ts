import { randomBytes } from 'node:crypto';
import { AccountError } from '../account-errors.ts';
import type { Caller } from '../caller.ts';
import type { Clock } from '../clock.ts';
import { limitCapId } from '../storage/cap-ids.ts';
import type { ApiKeyRecord, CapRecord } from '../storage/records.ts';
import type { Page, PageRequest, Store } from '../storage/store.ts';
import type { KeysChange } from './authentication.ts';
import { boundsOf, type KeyPowers } from './key-bounds.ts';
import { checkTerms, invalid, isScope, type KeyTerms } from './key-rules.ts';
import { accountOf, actOf, demandScope, notFound, reachOf } from './permissions.ts';
import { hashSecret, makeSecret, shownPartsOf } from './secret.ts';

/** A key that was just made, or has got another secret. Nobody can find the secret out again. */
export interface MadeKey {
  readonly key: ApiKeyRecord;
  readonly secret: string;
}

export interface NewApiKey extends KeyTerms {
  readonly name: string;
  /** Absent: the caller's own. Only an administrator may name another. */
  readonly accountId?: string | undefined;
}

/**
 * Making and changing API keys. Takes the scope `keys:write`, or `keys:read` to look; an administrator reaches every account's. All
 * reject with AccountError, and with StoreUnavailable where the store does. Each act is in the audit log.
 */
export interface ApiKeys {
  /** Without scopes the key may ask models, and nothing else. */
  readonly create: (by: Caller, input: NewApiKey) => Promise<MadeKey>;
  readonly update: (by: Caller, id: string, terms: KeyTerms) => Promise<ApiKeyRecord>;
  /** Gives it a new secret. The one it had goes on working for `graceSeconds`, a week at most; 0 cuts what runs by it. */
  readonly rotate: (by: Caller, id: string, graceSeconds: number) => Promise<MadeKey>;
  /** Ends it and the client tokens that it made, with what runs by them; resolves with the ids of all. */
  readonly revoke: (by: Caller, id: string) => Promise<readonly string[]>;
  readonly get: (by: Caller, id: string) => Promise<ApiKeyRecord | undefined>;
  readonly list: (by: Caller, page: PageRequest) => Promise<Page<ApiKeyRecord>>;
  readonly count: (by: Caller) => Promise<number>;
  /** What it may spend and has spent; `undefined` where that is not counted for the key by itself. */
  readonly limitOf: (key: ApiKeyRecord) => Promise<CapRecord | undefined>;
}

export interface ApiKeysOptions {
  readonly store: Pick<Store, 'apiKeys' | 'caps' | 'accounts'>;
  readonly clock: Clock;
  /** Told of each change once it is stored. */
  readonly onChange: (change: KeysChange) => void;
}

const mostGraceSeconds = 7 * 24 * 3_600;

export function createApiKeys({ store, clock, onChange }: ApiKeysOptions): ApiKeys {
  async function reached(by: Caller, id: string): Promise<ApiKeyRecord> {
    const key = await store.apiKeys.get(reachOf(by), id);
    if (key === undefined) throw notFound('API key', id);
    if (key.revokedAt !== undefined) throw new AccountError('invalid', 'This key was revoked. Make a new one.');
    return key;
  }

  async function setLimit(by: Caller, id: string, { limit }: KeyTerms): Promise<void> {
    if (limit === undefined) return;
    const { limitNano, reset } = limit;
    const cap = { id: limitCapId(id), reset, ...(limitNano !== null && { limitNano }) };
    await store.caps.set(cap, actOf(by, 'apiKey.setLimit'));
  }

  return {
    async create(by, input) {
      demandScope(by, 'keys:write');
      const nowMs = clock.now();
      checkTerms(input, nowMs);
      const accountId = accountOf(by, input.accountId);
      const account = await store.accounts.get(accountId);
      if (account === undefined) throw notFound('account', accountId);
      if (account.closedAt !== undefined) throw invalid('accountId', 'This account is closed.');
      const secret = makeSecret('key');
      const { name, ...terms } = input;
      const key: ApiKeyRecord = {
        id: `key-${randomBytes(12).toString('base64url')}`,
        accountId,
        kind: 'key',
        name,
        ...shownPartsOf(secret),
        createdAt: nowMs,
        ...powersOf({ scopes: ['inference'] }, terms),
        ...ratesOf(terms),
      };
      (await boundsOf(by, store.apiKeys, clock))(key);
      // First the limit: there is no moment in which the key may spend without it.
      await setLimit(by, key.id, terms);
      await store.apiKeys.create(key, hashSecret(secret), actOf(by, 'apiKey.create'));
      return { key, secret };
    },

    async update(by, id, terms) {
      demandScope(by, 'keys:write');
      checkTerms(terms, clock.now());
      const key = await reached(by, id);
      if (key.kind === 'client_token')
        throw invalid('id', 'A client token cannot be changed. Revoke it and make another.');
      const demand = await boundsOf(by, store.apiKeys, clock);
      demand(key);
      demand(powersOf(key, terms));
      await setLimit(by, id, terms);
      const updated = await store.apiKeys.update(reachOf(by), id, changeOf(terms), actOf(by, 'apiKey.update'));
      if (updated === undefined) throw notFound('API key', id);
      onChange({ keyIds: [id] });
      return updated;
    },

    async rotate(by, id, graceSeconds) {
      // Whoever has the key may replace it; whoever gets another key's new secret gets what that key may do.
      if (by.keyId !== id) demandScope(by, 'keys:write');
      if (!Number.isInteger(graceSeconds) || graceSeconds < 0 || graceSeconds > mostGraceSeconds) {
        throw invalid('graceSeconds', `The grace must be a whole number of seconds from 0 to ${mostGraceSeconds}.`);
      }
      const key = await reached(by, id);
      if (key.kind === 'client_token') throw invalid('id', 'A client token cannot be rotated. Make another.');
      if (by.keyId !== id) (await boundsOf(by, store.apiKeys, clock))(key);
      const secret = makeSecret('key');
      const previousUntil = clock.now() + graceSeconds * 1_000;
      const next = { hash: hashSecret(secret), ...shownPartsOf(secret), previousUntil };
      const rotated = await store.apiKeys.rotate(reachOf(by), id, next, actOf(by, 'apiKey.rotate'));
      if (rotated === undefined) throw notFound('API key', id);
      onChange({ keyIds: [id] });
      return { key: rotated, secret };
    },

    async revoke(by, id) {
      if (by.keyId !== id) demandScope(by, 'keys:write');
      const key = await store.apiKeys.get(reachOf(by), id);
      if (key === undefined) throw notFound('API key', id);
      const ids = await store.apiKeys.revoke(reachOf(by), id, actOf(by, 'apiKey.revoke'));
      onChange({ keyIds: ids, ended: true });
      return ids;
    },

    get: async (by, id) => {
      if (by.keyId !== id) demandScope(by, 'keys:read', 'keys:write');
      return store.apiKeys.get(reachOf(by), id);
    },
    list: async (by, page) => {
      demandScope(by, 'keys:read', 'keys:write');
      return store.apiKeys.list(reachOf(by), { kind: 'key' }, page);
    },
    count: async (by) => {
      demandScope(by, 'keys:read', 'keys:write');
      return store.apiKeys.count(reachOf(by), { kind: 'key' });
    },
    limitOf: ({ id }) => store.caps.get(limitCapId(id)),
  };
}

/** What a key may do once the terms hold. */
function powersOf(key: KeyPowers, terms: KeyTerms): KeyPowers {
  const {
    expiresAt = key.expiresAt,
    allowedModels = key.allowedModels,
    allowedProviders = key.allowedProviders,
  } = terms;
  return {
    scopes: terms.scopes?.filter(isScope) ?? key.scopes,
    ...(expiresAt != null && { expiresAt }),
    ...(allowedModels != null && { allowedModels }),
    ...(allowedProviders != null && { allowedProviders }),
  };
}

function ratesOf({ requestsPerMinute, tokensPerMinute, concurrentStreams }: KeyTerms) {
  return {
    ...(requestsPerMinute != null && { requestsPerMinute }),
    ...(tokensPerMinute != null && { tokensPerMinute }),
    ...(concurrentStreams != null && { concurrentStreams }),
  };
}

/** The terms without what is not said: an absent field stays as it is. */
function changeOf({ limit: _, scopes, ...terms }: KeyTerms) {
  const { name, expiresAt, allowedModels, allowedProviders } = terms;
  const { requestsPerMinute, tokensPerMinute, concurrentStreams } = terms;
  return {
    ...(name !== undefined && { name }),
    ...(scopes !== undefined && { scopes: scopes.filter(isScope) }),
    ...(expiresAt !== undefined && { expiresAt }),
    ...(allowedModels !== undefined && { allowedModels }),
    ...(allowedProviders !== undefined && { allowedProviders }),
    ...(requestsPerMinute !== undefined && { requestsPerMinute }),
    ...(tokensPerMinute !== undefined && { tokensPerMinute }),
    ...(concurrentStreams !== undefined && { concurrentStreams }),
  };
}
