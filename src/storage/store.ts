import type { AnalyticsStore } from './analytics-contract.ts';
import type { Books } from './books-contract.ts';
import type {
  AccountRecord,
  ApiKeyRecord,
  AppRecord,
  AuditRecord,
  CapRecord,
  ContentRecord,
  GenerationRecord,
  LedgerRecord,
  Reach,
  Reset,
  Termination,
} from './records.ts';

/**
 * Where everything that must outlive the process is kept: an embedded SQLite database, or PostgreSQL, with the same results.
 * Every method may reject with StoreUnavailable, and then nothing, or all, of what it does has happened; each that the books
 * rest on can be called again with the same id.
 */
export interface Store {
  readonly accounts: AccountStore;
  readonly apiKeys: ApiKeyStore;
  readonly caps: CapStore;
  readonly credits: CreditStore;
  readonly books: Books;
  readonly generations: GenerationStore;
  readonly analytics: AnalyticsStore;
  readonly apps: AppStore;
  readonly auditLog: AuditLog;
  readonly contents: ContentStore;
  /** Resolves when the database answers, within 500 ms. */
  readonly ping: () => Promise<void>;
  /** Waits for what is being written. Nothing may be asked of it afterwards. */
  readonly close: () => Promise<void>;
}

/** The database did not answer in time, or is away. The same call may succeed later. */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable';
}

/** A cursor that no list gave out. */
export class InvalidCursor extends Error {
  override readonly name = 'InvalidCursor';
}

/** A part of a list: the first `limit` rows between two cursors, neither of which is part of it; or the last ones, `fromEnd`. */
export interface PageRequest {
  readonly limit: number;
  readonly after?: string;
  readonly before?: string;
  readonly fromEnd?: boolean;
}
/** `more`: whether the range goes on past the rows, in the direction in which they were taken. */
export interface Page<Row> {
  readonly rows: readonly { readonly cursor: string; readonly row: Row }[];
  readonly more: boolean;
}

/** Who does an administrative act, and what it is called. The store writes the audit entry in the transaction of the act. */
export interface Act {
  /** A key's id, or `operator`. */
  readonly actor: string;
  readonly action: string;
}

/** A change of a record: what is absent stays, what is null is taken away. */
export type Change<Row, Fields extends keyof Row> = {
  readonly [Field in Fields]?: undefined extends Row[Field] ? Row[Field] | null : Row[Field];
};

export interface AccountStore {
  readonly create: (account: AccountRecord, act: Act) => Promise<void>;
  readonly get: (id: string) => Promise<AccountRecord | undefined>;
  /** In order of creation. */
  readonly list: (page: PageRequest) => Promise<Page<AccountRecord>>;
  readonly count: () => Promise<number>;
  /** Resolves with the account as it is then; undefined where there is none. Closing it is setting `closedAt`. */
  readonly update: (
    id: string,
    change: Change<AccountRecord, Exclude<keyof AccountRecord, 'id' | 'createdAt'>>,
    act: Act,
  ) => Promise<AccountRecord | undefined>;
}

/** Everything that says whether, and for what, a secret is good. */
export interface Credentials {
  readonly key: ApiKeyRecord;
  /** The key that made the token. */
  readonly parent?: ApiKeyRecord;
  readonly account: AccountRecord;
  /** The caps of the key, its parent and the account, as far as there are any: also those that only count. */
  readonly caps: readonly CapRecord[];
}

export interface ApiKeyStore {
  /** `hash` is the SHA-256 of the whole secret in hexadecimal, which is never stored itself. */
  readonly create: (key: ApiKeyRecord, hash: string, act: Act) => Promise<void>;
  /** By the hash of the secret, or of the one before it while `previousUntil` lies ahead. Revoked and expired ones are found too. */
  readonly findByHash: (hash: string) => Promise<Credentials | undefined>;
  readonly find: (id: string) => Promise<Credentials | undefined>;
  readonly get: (reach: Reach, id: string) => Promise<ApiKeyRecord | undefined>;
  /** In order of creation; without client tokens unless they are asked for. */
  readonly list: (
    reach: Reach,
    filter: { readonly kind?: ApiKeyRecord['kind']; readonly parentId?: string },
    page: PageRequest,
  ) => Promise<Page<ApiKeyRecord>>;
  readonly count: (
    reach: Reach,
    filter: { readonly kind?: ApiKeyRecord['kind']; readonly parentId?: string },
  ) => Promise<number>;
  readonly update: (
    reach: Reach,
    id: string,
    change: Change<
      ApiKeyRecord,
      | 'name'
      | 'scopes'
      | 'expiresAt'
      | 'allowedModels'
      | 'allowedProviders'
      | 'requestsPerMinute'
      | 'tokensPerMinute'
      | 'concurrentStreams'
    >,
    act: Act,
  ) => Promise<ApiKeyRecord | undefined>;
  /** Gives the key another secret; the one it had stays good until `previousUntil`, one before that no longer. */
  readonly rotate: (
    reach: Reach,
    id: string,
    secret: { readonly hash: string; readonly prefix: string; readonly last4: string; readonly previousUntil: number },
    act: Act,
  ) => Promise<ApiKeyRecord | undefined>;
  /** Revokes the key and the tokens that it made; resolves with their ids, the key's first. A key that was revoked keeps its time. */
  readonly revoke: (reach: Reach, id: string, act: Act) => Promise<readonly string[]>;
  /**
   * Keys whose record, caps or account changed at `sinceMs` or later, so that every replica can forget what it knows of them.
   * Clocks of replicas differ: ask with some seconds of overlap.
   */
  readonly changedSince: (sinceMs: number) => Promise<readonly { readonly id: string; readonly revoked: boolean }[]>;
  /** Deletes client tokens that expired before `beforeMs`; resolves with how many. */
  readonly deleteExpiredTokens: (beforeMs: number) => Promise<number>;
}

export interface CapStore {
  readonly get: (id: string) => Promise<CapRecord | undefined>;
  /** Those of the ids that have a record, ordered by id. */
  readonly list: (ids: readonly string[]) => Promise<readonly CapRecord[]>;
  /**
   * Makes or changes a budget or a key's limit; without `limitNano` spending is counted and not limited. What was spent in the
   * running period stays counted, also when the period's length changes. Not for credits.
   */
  readonly set: (
    cap: { readonly id: string; readonly limitNano?: number; readonly reset: Reset },
    act: Act,
  ) => Promise<CapRecord>;
}

/** Undefined where the account was never granted any: it is not limited by credits then. */
export interface Balance {
  /** All that was granted, and put right. */
  readonly grantedNano: number;
  readonly spentNano: number;
  readonly reservedNano: number;
  /** granted - spent, which is the sum of the ledger. Below zero where a settlement cost more than its reservation. */
  readonly balanceNano: number;
}

export interface CreditStore {
  /** Adds to the ledger and to the credits, in one transaction. The same `id` a second time changes nothing. */
  readonly add: (
    entry: Omit<LedgerRecord, 'kind' | 'at' | 'actor' | 'generationId'> & { readonly kind: 'grant' | 'adjustment' },
    act: Act,
  ) => Promise<Balance>;
  readonly balance: (accountId: string) => Promise<Balance | undefined>;
  /** The newest first. */
  readonly ledger: (accountId: string, page: PageRequest) => Promise<Page<LedgerRecord>>;
  readonly countLedger: (accountId: string) => Promise<number>;
}

/** Absent: any. Times are of creation, from inclusive, to exclusive. */
export interface GenerationFilter {
  readonly keyId?: string;
  readonly model?: string;
  readonly provider?: string;
  readonly appId?: string;
  readonly userId?: string;
  readonly sessionId?: string;
  readonly state?: 'open' | 'done';
  readonly termination?: Termination;
  readonly from?: number;
  readonly to?: number;
}

export interface GenerationStore {
  readonly get: (reach: Reach, id: string) => Promise<GenerationRecord | undefined>;
  /** The newest first. */
  readonly list: (reach: Reach, filter: GenerationFilter, page: PageRequest) => Promise<Page<GenerationRecord>>;
  readonly count: (reach: Reach, filter: GenerationFilter) => Promise<number>;
}

export interface AppStore {
  /** The id of the app at this origin, made on first sight; keeps its latest title and at most ten categories. Cached in memory. */
  readonly resolve: (app: {
    readonly url: string;
    readonly title?: string;
    readonly categories?: readonly string[];
  }) => Promise<string>;
  readonly get: (id: string) => Promise<AppRecord | undefined>;
}

export interface AuditLog {
  /** For acts that are no call of this store. Those that are write their own entry. */
  readonly append: (
    entry: Pick<AuditRecord, 'actor' | 'action' | 'target' | 'before' | 'after'>,
  ) => Promise<AuditRecord>;
  /** The newest first. */
  readonly list: (page: PageRequest) => Promise<Page<AuditRecord>>;
  readonly count: () => Promise<number>;
  /** Reads the whole log: how many entries are good, and the id of the first that is not, or is missing. */
  readonly verify: () => Promise<{ readonly entries: number; readonly brokenAt?: number }>;
}

export interface ContentStore {
  /** The same generation a second time changes nothing. */
  readonly put: (content: ContentRecord) => Promise<void>;
  /** Undefined once it has expired, whether or not it was purged yet. */
  readonly get: (reach: Reach, generationId: string) => Promise<ContentRecord | undefined>;
  /** Deletes what has expired, so that the files of an embedded database hold nothing of it; resolves with how much. */
  readonly purge: () => Promise<number>;
}
