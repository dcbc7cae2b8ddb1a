import { randomBytes } from 'node:crypto';
import { AccountError } from '../account-errors.ts';
import type { Caller } from '../caller.ts';
import type { Clock } from '../clock.ts';
import type { ProviderPreferences } from '../provider-preferences.ts';
import { budgetCapId } from '../storage/cap-ids.ts';
import type { AccountRecord, CapRecord, Reset } from '../storage/records.ts';
import type { Balance, Page, PageRequest, Store } from '../storage/store.ts';
import type { KeysChange } from './authentication.ts';
import { builtInAccountIds, newAccount } from './built-in-accounts.ts';
import { checkAmount, checkName, invalid } from './key-rules.ts';
import { accountOf, actOf, demandMember, demandScope, notFound } from './permissions.ts';

/** What may be said of an account; null takes a field away, absent leaves it as it is. */
export interface AccountTerms {
  readonly name?: string | undefined;
  readonly defaultModel?: string | null | undefined;
  readonly defaultProvider?: ProviderPreferences | null | undefined;
  /** `deny`: only endpoints that keep nothing for training, whatever a request says. */
  readonly dataCollection?: 'deny' | null | undefined;
  readonly zdr?: boolean | undefined;
  readonly attribution?: boolean | undefined;
  readonly contentRetentionDays?: number | null | undefined;
}

/**
 * Accounts. Making, paying, capping and closing them takes the scope `admin`; an account with `account:write` may say what holds
 * for its own requests. All reject with AccountError, and with StoreUnavailable where the store does. Each act is in the audit log.
 */
export interface Administration {
  readonly create: (by: Caller, terms: AccountTerms & { readonly name: string }) => Promise<AccountRecord>;
  readonly update: (by: Caller, id: string, terms: AccountTerms) => Promise<AccountRecord>;
  /** Ends all its keys, with what runs by them. */
  readonly close: (by: Caller, id: string) => Promise<AccountRecord>;
  readonly get: (by: Caller, id: string) => Promise<AccountRecord | undefined>;
  readonly list: (by: Caller, page: PageRequest) => Promise<Page<AccountRecord>>;
  readonly count: (by: Caller) => Promise<number>;
  /** Adds credits, or takes some away with a negative amount. The first grant begins to limit the account to its credits. */
  readonly grantCredits: (by: Caller, grant: CreditGrant) => Promise<Balance>;
  /** `limitNano` null: spending is counted, and not limited. */
  readonly setBudget: (by: Caller, id: string, limitNano: number | null, reset: Reset) => Promise<CapRecord>;
}

export interface CreditGrant {
  readonly accountId: string;
  readonly amountNano: number;
  readonly note?: string | undefined;
  /** Repeating a grant with the same id grants once. */
  readonly id?: string | undefined;
}

export interface AdministrationOptions {
  readonly store: Pick<Store, 'accounts' | 'credits' | 'caps'>;
  readonly clock: Clock;
  /** Told of each change once it is stored. */
  readonly onChange: (change: KeysChange) => void;
}

const mostRetentionDays = 3_650;
const mostNoteLength = 500;

export function createAdministration({ store, clock, onChange }: AdministrationOptions): Administration {
  async function existing(id: string): Promise<AccountRecord> {
    const account = await store.accounts.get(id);
    if (account === undefined) throw notFound('account', id);
    return account;
  }

  async function change(by: Caller, id: string, change: Parameters<typeof store.accounts.update>[1], action: string) {
    const account = await store.accounts.update(id, change, actOf(by, action));
    if (account === undefined) throw notFound('account', id);
    onChange({ accountId: id, ended: account.closedAt !== undefined });
    return account;
  }

  return {
    async create(by, { name, ...terms }) {
      demandScope(by, 'admin');
      checkAccount({ name, ...terms });
      const account: AccountRecord = {
        ...newAccount(`acct-${randomBytes(12).toString('base64url')}`, name, clock.now()),
        ...withoutNothing(terms),
      };
      await store.accounts.create(account, actOf(by, 'account.create'));
      return account;
    },

    async update(by, id, terms) {
      demandScope(by, 'account:write');
      checkAccount(terms);
      return change(by, accountOf(by, id), withoutUnsaid(terms), 'account.update');
    },

    async close(by, id) {
      demandScope(by, 'admin');
      if (id === by.accountId) throw new AccountError('forbidden', 'An account cannot close itself.');
      if (builtInAccountIds.has(id)) throw new AccountError('forbidden', 'A built-in account cannot be closed.');
      const { closedAt } = await existing(id);
      if (closedAt !== undefined) throw invalid('id', 'This account is closed already.');
      return change(by, id, { closedAt: clock.now() }, 'account.close');
    },

    get: async (by, id) => {
      demandMember(by);
      return store.accounts.get(accountOf(by, id));
    },
    list: async (by, page) => {
      demandScope(by, 'admin');
      return store.accounts.list(page);
    },
    count: async (by) => {
      demandScope(by, 'admin');
      return store.accounts.count();
    },

    async grantCredits(by, { accountId, amountNano, note, id = `ldg-${randomBytes(12).toString('base64url')}` }) {
      demandScope(by, 'admin');
      checkAmount('amount', Math.abs(amountNano));
      if (note !== undefined && note.length > mostNoteLength) {
        throw invalid('note', `The note has more than ${mostNoteLength} characters.`);
      }
      await existing(accountId);
      if (amountNano < 0 && (await store.credits.balance(accountId)) === undefined) {
        throw invalid('amount', 'This account was never granted credits, so there is nothing to take away.');
      }
      const kind = amountNano > 0 ? 'grant' : 'adjustment';
      const entry = { id, accountId, kind, amountNano, ...(note !== undefined && { note }) } as const;
      const balance = await store.credits.add(entry, actOf(by, 'credits.grant'));
      onChange({ accountId });
      return balance;
    },

    async setBudget(by, id, limitNano, reset) {
      demandScope(by, 'admin');
      if (limitNano !== null) checkAmount('limit', limitNano);
      await existing(id);
      const cap = { id: budgetCapId(id), reset, ...(limitNano !== null && { limitNano }) };
      const stored = await store.caps.set(cap, actOf(by, 'account.setBudget'));
      onChange({ accountId: id });
      return stored;
    },
  };
}

function checkAccount({ name, defaultModel, contentRetentionDays: days }: AccountTerms): void {
  checkName(name);
  if (typeof defaultModel === 'string' && !/^[A-Za-z0-9._:/@~-]{1,200}$/.test(defaultModel)) {
    throw invalid('defaultModel', 'The default model must be a slug, such as openai/gpt-4o.');
  }
  if (typeof days === 'number' && (!Number.isInteger(days) || days < 1 || days > mostRetentionDays)) {
    throw invalid(
      'contentRetentionDays',
      `Keep contents from 1 to ${mostRetentionDays} days; leave it out to keep none.`,
    );
  }
}

/** Without the fields that are absent or null. */
function withoutNothing(terms: AccountTerms) {
  const { defaultModel, defaultProvider, dataCollection, zdr, attribution, contentRetentionDays } = terms;
  return {
    ...(defaultModel != null && { defaultModel }),
    ...(defaultProvider != null && { defaultProvider }),
    ...(dataCollection != null && { dataCollection }),
    ...(zdr !== undefined && { zdr }),
    ...(attribution !== undefined && { attribution }),
    ...(contentRetentionDays != null && { contentRetentionDays }),
  };
}

/** Without the fields that are absent. */
function withoutUnsaid(terms: AccountTerms) {
  const { name, defaultModel, defaultProvider, dataCollection, zdr, attribution, contentRetentionDays } = terms;
  return {
    ...(name !== undefined && { name }),
    ...(defaultModel !== undefined && { defaultModel }),
    ...(defaultProvider !== undefined && { defaultProvider }),
    ...(dataCollection !== undefined && { dataCollection }),
    ...(zdr !== undefined && { zdr }),
    ...(attribution !== undefined && { attribution }),
    ...(contentRetentionDays !== undefined && { contentRetentionDays }),
  };
}
