import type { Clock } from '../clock.ts';
import type { Store } from '../storage/store.ts';
import { type Administration, createAdministration } from './administration.ts';
import { type ApiKeys, createApiKeys } from './api-keys.ts';
import { type AuditTrail, createAuditTrail } from './audit-trail.ts';
import { type Authentication, createAuthentication, type KeysChange } from './authentication.ts';
import { type BuiltInCallers, createBuiltInCallers } from './built-in-accounts.ts';
import { type ClientTokens, createClientTokens } from './client-tokens.ts';
import { createFunds, type Funds } from './funds.ts';
import { createGenerationRecords, type GenerationRecords } from './generation-records.ts';
import { createUsageReports, type UsageReports } from './usage-reports.ts';

/** Everything around who may do what, on one store. What one part changes, the others know at once. */
export interface Accounts {
  readonly callers: Pick<BuiltInCallers, 'local' | 'stranger' | 'operator'>;
  readonly authentication: Pick<Authentication, 'authenticate'>;
  readonly apiKeys: ApiKeys;
  readonly clientTokens: ClientTokens;
  readonly administration: Administration;
  readonly funds: Funds;
  readonly records: GenerationRecords;
  readonly reports: UsageReports;
  readonly auditTrail: AuditTrail;
  /** Stops asking the store, which stays open. */
  readonly close: () => void;
}

/** What a request may do with accounts, each in the name of its caller. */
export type AccountsFace = Pick<
  Accounts,
  'apiKeys' | 'clientTokens' | 'administration' | 'funds' | 'records' | 'reports' | 'auditTrail'
>;

export interface AccountsOptions {
  readonly store: Store;
  readonly clock: Clock;
  /** The administrator's key, POINTSMAN_ADMIN_KEY. */
  readonly adminKey?: string;
}

/** Makes the built-in accounts where they are not there yet, and joins the parts. Rejects where the store does. */
export async function openAccounts({ store, clock, adminKey }: AccountsOptions): Promise<Accounts> {
  const callers = await createBuiltInCallers(store.accounts, clock);
  const authentication = createAuthentication({
    apiKeys: store.apiKeys,
    clock,
    ...(adminKey !== undefined && { administrator: { key: adminKey, caller: callers.operator } }),
  });
  const onChange = (change: KeysChange) => {
    authentication.changed(change);
    callers.changed(change);
  };
  return {
    callers,
    authentication,
    apiKeys: createApiKeys({ store, clock, onChange }),
    clientTokens: createClientTokens(store, clock),
    administration: createAdministration({ store, clock, onChange }),
    funds: createFunds(store),
    records: createGenerationRecords(store),
    reports: createUsageReports(store, clock),
    auditTrail: createAuditTrail(store.auditLog),
    close: authentication.close,
  };
}
