import { dollarsOfNano } from '../src/accounts/amounts.ts';
import type { AccountRecord, LedgerRecord } from '../src/storage/records.ts';
import type { Balance } from '../src/storage/store.ts';
import { foundOrNull } from './account-error.ts';
import { BudgetRef } from './budget.ts';
import { builder, type Context, enumOf } from './builder.ts';
import { storedPage } from './connection.ts';
import { DataCollectionEnum, fromProviderPreferences } from './provider-preferences.ts';
import { recordId } from './record-id.ts';

const LedgerEntryKindEnum = enumOf<LedgerRecord['kind']>('LedgerEntryKind', 'Why the credits of an account changed.', {
  grant: 'An administrator gave credits.',
  charge: 'A generation was paid.',
  adjustment: 'An administrator put something right.',
});

const LedgerEntryRef = builder.objectRef<LedgerRecord>('LedgerEntry').implement({
  description: 'One change of the credits of an account. Entries are never changed or deleted.',
  fields: (t) => ({
    entryId: t.exposeID('id', { description: 'Names the entry: `ldg-…`.' }),
    kind: t.expose('kind', { type: LedgerEntryKindEnum, description: 'Why the credits changed.' }),
    amount: t.field({
      type: 'Decimal',
      description: 'US dollars: above 0 what was given, below 0 what was taken. All entries together are the balance.',
      resolve: ({ amountNano }) => dollarsOfNano(amountNano),
    }),
    generationId: t.exposeID('generationId', {
      nullable: true,
      description: 'The generation that a charge paid. Null for what is no charge.',
    }),
    at: t.expose('at', { type: 'DateTime', description: 'When the credits changed.' }),
    note: t.exposeString('note', { nullable: true, description: 'What the administrator noted. Null without a note.' }),
    actor: t.exposeString('actor', {
      nullable: true,
      description: 'Who gave or took: the id of a key, or `operator`. Null for a charge.',
    }),
  }),
});

const LedgerConnection = builder.connectionObject(
  { type: LedgerEntryRef, name: 'LedgerConnection', description: 'A page of a ledger, the newest entry first.' },
  { name: 'LedgerEdge', description: 'An entry at its place in the ledger.' },
);

/** The credits of an account. */
export interface AccountCredits extends Balance {
  readonly accountId: string;
}

export const CreditsRef = builder.objectRef<AccountCredits>('Credits').implement({
  description: 'What an account was given to spend, and what is left of it. It never begins anew.',
  fields: (t) => ({
    balance: t.field({
      type: 'Decimal',
      description:
        'US dollars: what was granted without what was spent. Below 0 where the last requests cost more than they held.',
      resolve: ({ balanceNano }) => dollarsOfNano(balanceNano),
    }),
    remaining: t.field({
      type: 'Decimal',
      description: 'US dollars that a new request may use: the balance without what running requests hold.',
      resolve: ({ balanceNano, reservedNano }) => dollarsOfNano(balanceNano - reservedNano),
    }),
    granted: t.field({
      type: 'Decimal',
      description: 'US dollars that were granted in all, with what was put right.',
      resolve: ({ grantedNano }) => dollarsOfNano(grantedNano),
    }),
    spent: t.field({
      type: 'Decimal',
      description: 'US dollars that generations have cost since the first grant.',
      resolve: ({ spentNano }) => dollarsOfNano(spentNano),
    }),
    reserved: t.field({
      type: 'Decimal',
      description: 'US dollars that running requests hold: what they do not use comes free when they end.',
      resolve: ({ reservedNano }) => dollarsOfNano(reservedNano),
    }),
    ledger: t.connection(
      {
        type: LedgerEntryRef,
        description: 'Every change of the credits, the newest first.',
        resolve: ({ accountId }, page, { accounts: { funds }, caller }) =>
          storedPage(
            page,
            (request) => funds.ledger(caller, accountId, request),
            () => funds.countLedger(caller, accountId),
          ),
      },
      LedgerConnection,
    ),
  }),
});

export const AccountRef = builder.objectRef<AccountRecord>('Account');

/** The field of what an account pays for. */
export const payingAccount = {
  type: AccountRef,
  nullable: true,
  description: 'The account that pays. Null where the caller may not see it.',
  resolve: ({ accountId }: { readonly accountId: string }, _args: object, { accounts, caller }: Context) =>
    foundOrNull(() => accounts.administration.get(caller, accountId)),
} as const;

builder.node(AccountRef, {
  description: 'Who pays: keys, credits, records and settings belong to an account, and no other account sees them.',
  id: { resolve: (account) => account.id },
  loadOne: (id, { accounts, caller }) => foundOrNull(() => accounts.administration.get(caller, id)),
  isTypeOf: (value) => typeof value === 'object' && value !== null && 'attribution' in value,
  fields: (t) => ({
    accountId: t.exposeID('id', { description: 'The plain id, `acct-…`, as logs and the command line use it.' }),
    name: t.exposeString('name', { description: 'What it is called, for people to read.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was made.' }),
    closedAt: t.expose('closedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'Since when nothing more is served for it. Null while it is open.',
    }),
    defaultModel: t.exposeString('defaultModel', {
      nullable: true,
      description: "The model of requests that name none. Null for the server's default.",
    }),
    defaultProvider: t.field({
      type: 'JSON',
      nullable: true,
      description:
        'What it asks of routing where a request says nothing, in the form of `ProviderPreferencesInput`. Null for nothing.',
      resolve: ({ defaultProvider }) => (defaultProvider && fromProviderPreferences(defaultProvider)) ?? null,
    }),
    dataCollection: t.field({
      type: DataCollectionEnum,
      description: 'Whether providers may keep its prompts. DENY holds for each request, whatever the request says.',
      resolve: ({ dataCollection }) => dataCollection ?? ('allow' as const),
    }),
    zdr: t.exposeBoolean('zdr', {
      description: 'True: only endpoints that keep nothing at all serve it, whatever a request says.',
    }),
    attribution: t.exposeBoolean('attribution', {
      description: 'Whether its requests count for the apps that they name, and so in `appRankings`.',
    }),
    contentRetentionDays: t.exposeInt('contentRetentionDays', {
      nullable: true,
      description: 'How many days prompts and answers are kept here. Null: they are not kept at all.',
    }),
    credits: t.field({
      type: CreditsRef,
      nullable: true,
      description:
        'What it was given to spend. Null where it was never granted any: credits do not limit it then. Takes the scope `USAGE_READ` or ' +
        '`ACCOUNT_WRITE`.',
      resolve: async ({ id }, _args, { accounts: { funds }, caller }) => {
        const balance = await funds.balance(caller, id);
        return balance === undefined ? null : { accountId: id, ...balance };
      },
    }),
    budget: t.field({
      type: BudgetRef,
      nullable: true,
      description:
        'What all its keys may spend together in a period. Null where none was set. Takes the scope `USAGE_READ` or `ACCOUNT_WRITE`.',
      resolve: async ({ id }, _args, { accounts: { funds }, caller }) => (await funds.budget(caller, id)) ?? null,
    }),
  }),
});

const AccountConnection = builder.connectionObject(
  { type: AccountRef, name: 'AccountConnection', description: 'A page of accounts, the oldest first.' },
  { name: 'AccountEdge', description: 'An account at its place in the list.' },
);

builder.queryField('accounts', (t) =>
  t.connection(
    {
      type: AccountRef,
      description: 'Every account of the server, closed ones too, the oldest first. Takes the scope `ADMIN`.',
      resolve: (_root, page, { accounts: { administration }, caller }) =>
        storedPage(
          page,
          (request) => administration.list(caller, request),
          () => administration.count(caller),
        ),
    },
    AccountConnection,
  ),
);

builder.queryField('account', (t) =>
  t.field({
    type: AccountRef,
    nullable: true,
    description:
      'The account of the caller, or for an administrator the one with this id. Null where there is none that the caller may see. A ' +
      'client token may see none.',
    args: { id: t.arg.id({ description: 'The id of an account, `acct-…`. Absent: the own account.' }) },
    resolve: (_root, { id }, { accounts, caller }) =>
      foundOrNull(() => accounts.administration.get(caller, id == null ? caller.accountId : recordId('Account', id))),
  }),
);
