import type { Caller } from '../caller.ts';
import type { ContentRecord, GenerationRecord } from '../storage/records.ts';
import type { GenerationFilter, Page, PageRequest, Store } from '../storage/store.ts';
import { accountOf, demandScope, reachOf } from './permissions.ts';

/** Which generations; `accountId` absent: of every account that the caller reaches. */
export interface RecordFilter extends GenerationFilter {
  readonly accountId?: string;
}

/**
 * What stands in the books of generations. Takes the scope `usage:read`, but a key may always see what it has asked for itself. All
 * reject with AccountError, and with StoreUnavailable where the store does.
 */
export interface GenerationRecords {
  /** `undefined` where there is none, or where it is another account's. */
  readonly get: (by: Caller, id: string) => Promise<GenerationRecord | undefined>;
  readonly list: (by: Caller, filter: RecordFilter, page: PageRequest) => Promise<Page<GenerationRecord>>;
  readonly count: (by: Caller, filter: RecordFilter) => Promise<number>;
  /** What was said, where the account has it kept and it has not expired; of a generation that the caller was shown. */
  readonly contentOf: (by: Caller, generation: GenerationRecord) => Promise<ContentRecord | undefined>;
}

export function createGenerationRecords(store: Pick<Store, 'generations' | 'contents'>): GenerationRecords {
  const reached = (by: Caller, accountId: string | undefined) => {
    demandScope(by, 'usage:read');
    return accountId === undefined ? reachOf(by) : { accountId: accountOf(by, accountId) };
  };
  return {
    async get(by, id) {
      const record = await store.generations.get(reachOf(by), id);
      const own = by.keyId !== undefined && record?.keyId === by.keyId;
      // Asked before it is told whether there is one.
      if (!own) demandScope(by, 'usage:read');
      return record;
    },
    list: async (by, { accountId, ...filter }, page) => store.generations.list(reached(by, accountId), filter, page),
    count: async (by, { accountId, ...filter }) => store.generations.count(reached(by, accountId), filter),
    contentOf: (by, { id }) => store.contents.get(reachOf(by), id),
  };
}
