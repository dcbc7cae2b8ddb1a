import type { Caller } from '../caller.ts';
import type { AuditRecord } from '../storage/records.ts';
import type { AuditLog, Page, PageRequest } from '../storage/store.ts';
import { demandScope } from './permissions.ts';

/** Who did what to accounts and keys. Takes the scope `admin`. All reject with AccountError, and with StoreUnavailable where the store does. */
export interface AuditTrail {
  /** The newest first. */
  readonly list: (by: Caller, page: PageRequest) => Promise<Page<AuditRecord>>;
  readonly count: (by: Caller) => Promise<number>;
  /** Reads the whole log: the number of the first entry that was changed or taken out; `undefined` where none was. */
  readonly brokenAt: (by: Caller) => Promise<number | undefined>;
}

export function createAuditTrail(auditLog: AuditLog): AuditTrail {
  return {
    async list(by, page) {
      demandScope(by, 'admin');
      return auditLog.list(page);
    },
    async count(by) {
      demandScope(by, 'admin');
      return auditLog.count();
    },
    async brokenAt(by) {
      demandScope(by, 'admin');
      return (await auditLog.verify()).brokenAt;
    },
  };
}
