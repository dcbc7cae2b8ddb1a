import { hashSecret, makeSecret, shownPartsOf } from '../../src/accounts/secret.ts';
import type { Clock } from '../../src/clock.ts';
import type { AccountRecord, ApiKeyRecord, CapRecord } from '../../src/storage/records.ts';
import type { ApiKeyStore, Credentials } from '../../src/storage/store.ts';

/** The part of a store that authentication asks, with rows that a test changes and answers that it can hold back. */
export interface KeyStore extends Pick<ApiKeyStore, 'findByHash' | 'changedSince'> {
  /** Makes a key and resolves with its secret. */
  readonly add: (key: Partial<ApiKeyRecord> & { readonly id: string }) => string;
  readonly change: (id: string, change: Partial<ApiKeyRecord>) => void;
  readonly rotate: (id: string, previousUntil: number) => string;
  readonly changeAccount: (change: Partial<AccountRecord>) => void;
  readonly caps: CapRecord[];
  /** answers; rejects; never answers. */
  state: 'well' | 'broken' | 'hanging';
  /** How often a key was looked up. */
  readonly lookups: () => number;
}

export function createKeyStore(clock: Clock): KeyStore {
  let account: AccountRecord = { id: 'acct-1', name: 'One', createdAt: 0, zdr: false, attribution: true };
  const keys = new Map<string, { key: ApiKeyRecord; hash: string; previousHash?: string; changedAt: number }>();
  const caps: CapRecord[] = [];
  let lookups = 0;

  const answer = <Answer>(make: () => Answer): Promise<Answer> => {
    if (store.state === 'hanging') return new Promise(() => {});
    if (store.state === 'broken') return Promise.reject(new Error('the store is away'));
    return Promise.resolve(make());
  };
  const rowOf = (id: string) => {
    const row = keys.get(id);
    if (row === undefined) throw new Error(`no key ${id}`);
    return row;
  };

  const store: KeyStore = {
    state: 'well',
    caps,
    lookups: () => lookups,
    add: (key) => {
      const kind = key.kind ?? 'key';
      const secret = makeSecret(kind);
      const whole: ApiKeyRecord = {
        accountId: account.id,
        kind,
        name: key.id,
        ...shownPartsOf(secret),
        scopes: ['inference'],
        createdAt: clock.now(),
        ...key,
      };
      keys.set(key.id, { key: whole, hash: hashSecret(secret), changedAt: clock.now() });
      return secret;
    },
    change: (id, change) => {
      const row = rowOf(id);
      Object.assign(row, { key: { ...row.key, ...change }, changedAt: clock.now() });
    },
    rotate: (id, previousUntil) => {
      const row = rowOf(id);
      const secret = makeSecret('key');
      const key = { ...row.key, ...shownPartsOf(secret), previousUntil };
      Object.assign(row, { key, previousHash: row.hash, hash: hashSecret(secret), changedAt: clock.now() });
      return secret;
    },
    changeAccount: (change) => {
      account = { ...account, ...change };
      for (const row of keys.values()) row.changedAt = clock.now();
    },
    findByHash: (hash) => {
      lookups += 1;
      return answer((): Credentials | undefined => {
        const row = [...keys.values()].find(
          (candidate) =>
            candidate.hash === hash ||
            (candidate.previousHash === hash && (candidate.key.previousUntil ?? 0) > clock.now()),
        );
        if (row === undefined) return undefined;
        const parent = row.key.parentId === undefined ? undefined : keys.get(row.key.parentId)?.key;
        return { key: row.key, account, caps, ...(parent !== undefined && { parent }) };
      });
    },
    changedSince: (sinceMs) =>
      answer(() =>
        [...keys.values()]
          .filter(({ changedAt }) => changedAt >= sinceMs)
          .map(({ key }) => ({ id: key.id, revoked: key.revokedAt !== undefined })),
      ),
  };
  return store;
}
