import type { AccountTerms } from '../src/accounts/administration.ts';
import { AccountRef, CreditsRef } from './account.ts';
import { changeErrors, changeOf } from './account-error.ts';
import { SpendingLimitInput, toLimit, toNano } from './budget.ts';
import { builder, type InputFields } from './builder.ts';
import { refuse } from './check.ts';
import { DataCollectionEnum, ProviderPreferencesInput, toProviderPreferences } from './provider-preferences.ts';
import { recordId } from './record-id.ts';

const settings = (t: InputFields) => ({
  defaultModel: t.string({ description: "The model of requests that name none. Null for the server's default." }),
  defaultProvider: t.field({
    type: ProviderPreferencesInput,
    description: 'What it asks of routing where a request says nothing. It replaces what was there as a whole.',
  }),
  dataCollection: t.field({
    type: DataCollectionEnum,
    description: 'DENY: only endpoints that keep no prompts serve it, whatever a request says. Null is ALLOW.',
  }),
  zdr: t.boolean({
    description: 'True: only endpoints that keep nothing at all serve it, whatever a request says. Null is false.',
  }),
  attribution: t.boolean({
    description: 'Whether its requests count for the apps that they name, and so in `appRankings`. Null is true.',
  }),
  contentRetentionDays: t.int({
    description: 'How many days prompts and answers are kept, from 1 to 3,650. Null: they are not kept.',
  }),
});

const CreateAccountInput = builder.inputType('CreateAccountInput', {
  description: 'An account to make. It begins without keys, and without a limit of what it may spend.',
  fields: (t) => ({
    name: t.string({ required: true, description: 'What it is called, for people: 1 to 100 characters.' }),
    ...settings(t),
  }),
});

const UpdateAccountInput = builder.inputType('UpdateAccountInput', {
  description: 'What to change about an account. What is absent stays as it is; what is null is taken away.',
  fields: (t) => ({
    id: t.id({ description: 'Which account, `acct-…`. Absent: that of the caller.' }),
    name: t.string({ description: 'What it is called from now on; absent for the name that it has.' }),
    ...settings(t),
  }),
});

const GrantCreditsInput = builder.inputType('GrantCreditsInput', {
  description: 'Credits to give, or to take away.',
  fields: (t) => ({
    accountId: t.id({ required: true, description: 'The account that gets them, `acct-…`.' }),
    amount: t.field({
      type: 'Decimal',
      required: true,
      description: 'US dollars, with at most 9 decimals; below 0 to take some away.',
    }),
    note: t.string({ description: 'What for, for the ledger: at most 500 characters.' }),
    idempotencyKey: t.string({
      description:
        'Letters, digits, `.`, `_` and `-`, at most 64. A second grant to the account with the same key does nothing, so that one whose ' +
        'answer was lost can be repeated.',
    }),
  }),
});

const SetBudgetInput = builder.inputType('SetBudgetInput', {
  description: 'What all keys of an account may spend together.',
  fields: (t) => ({
    accountId: t.id({ required: true, description: 'The account whose spending it limits, `acct-…`.' }),
    limit: t.field({ type: SpendingLimitInput, required: true, description: 'How much, in which period.' }),
  }),
});

const accountResult = (name: string, description: string) =>
  builder.unionType(name, {
    description,
    types: [AccountRef, ...changeErrors],
    resolveType: (result) => ('failure' in result ? result.failure.name : 'Account'),
  });
const CreateAccountResult = accountResult('CreateAccountResult', 'The account that was made, or why none was.');
const UpdateAccountResult = accountResult(
  'UpdateAccountResult',
  'The account as it is now, or why it was not changed.',
);
const CloseAccountResult = accountResult('CloseAccountResult', 'The account that was closed, or why it was not.');
const SetBudgetResult = accountResult('SetBudgetResult', 'The account with its budget, or why none was set.');
const GrantCreditsResult = builder.unionType('GrantCreditsResult', {
  description: 'The credits as they are now, or why they were not changed.',
  types: [CreditsRef, ...changeErrors],
  resolveType: (result) => ('failure' in result ? result.failure.name : 'Credits'),
});

builder.mutationField('createAccount', (t) =>
  t.field({
    type: CreateAccountResult,
    description: 'Makes an account. Takes the scope `ADMIN`.',
    args: { input: t.arg({ type: CreateAccountInput, required: true, description: 'What it is to be.' }) },
    resolve: (_root, { input }, { accounts, caller }) =>
      changeOf(async () => accounts.administration.create(caller, { ...toTerms(input), name: input.name })),
  }),
);

builder.mutationField('updateAccount', (t) =>
  t.field({
    type: UpdateAccountResult,
    description:
      'Changes what holds for the requests of an account, from the next one on. Takes the scope `ACCOUNT_WRITE`, and `ADMIN` for ' +
      'another account.',
    args: {
      input: t.arg({ type: UpdateAccountInput, required: true, description: 'Which account, and what to change.' }),
    },
    resolve: (_root, { input: { id, name, ...terms } }, { accounts, caller }) =>
      changeOf(async () =>
        accounts.administration.update(caller, id == null ? caller.accountId : recordId('Account', id), {
          ...toTerms(terms),
          name: name ?? undefined,
        }),
      ),
  }),
);

builder.mutationField('closeAccount', (t) =>
  t.field({
    type: CloseAccountResult,
    description:
      'Ends an account for good: its keys end, and what runs by them is cut. Its records stay. Takes the scope `ADMIN`.',
    args: { id: t.arg.id({ required: true, description: 'Which account, `acct-…`.' }) },
    resolve: (_root, { id }, { accounts, caller }) =>
      changeOf(() => accounts.administration.close(caller, recordId('Account', id))),
  }),
);

builder.mutationField('grantCredits', (t) =>
  t.field({
    type: GrantCreditsResult,
    description:
      'Gives credits to an account, or takes some away. The first grant begins to limit it to its credits. Takes the scope `ADMIN`.',
    args: { input: t.arg({ type: GrantCreditsInput, required: true, description: 'To whom, and how much.' }) },
    resolve: (_root, { input }, { accounts, caller }) =>
      changeOf(async () => {
        const accountId = recordId('Account', input.accountId);
        const balance = await accounts.administration.grantCredits(caller, {
          accountId,
          amountNano: toNano(input.amount, 'amount'),
          note: input.note ?? undefined,
          id: input.idempotencyKey == null ? undefined : grantId(accountId, input.idempotencyKey),
        });
        return { accountId, ...balance };
      }),
  }),
);

builder.mutationField('setBudget', (t) =>
  t.field({
    type: SetBudgetResult,
    description:
      'Sets what all keys of an account may spend together in a period. What was spent in the running one stays counted. Takes the ' +
      'scope `ADMIN`.',
    args: { input: t.arg({ type: SetBudgetInput, required: true, description: 'Whose budget, and how much.' }) },
    resolve: (_root, { input }, { accounts: { administration }, caller }) =>
      changeOf(async () => {
        const id = recordId('Account', input.accountId);
        const { limitNano, reset } = toLimit(input.limit, 'limit.amount');
        await administration.setBudget(caller, id, limitNano, reset);
        return (await administration.get(caller, id)) ?? refuse('accountId', 'is of an account that is gone.');
      }),
  }),
);

/** What is absent stays absent; null takes away, or leads back to how an account begins. */
function toTerms(terms: Omit<typeof UpdateAccountInput.$inferInput, 'id' | 'name'>): AccountTerms {
  const { defaultModel, defaultProvider, dataCollection, zdr, attribution, contentRetentionDays } = terms;
  return {
    defaultModel,
    defaultProvider: defaultProvider == null ? defaultProvider : toProviderPreferences(defaultProvider),
    dataCollection: dataCollection === 'allow' ? null : dataCollection,
    zdr: zdr === null ? false : zdr,
    attribution: attribution === null ? true : attribution,
    contentRetentionDays,
  };
}

function grantId(accountId: string, key: string): string {
  if (!/^[\w.-]{1,64}$/.test(key)) refuse('idempotencyKey', 'must be 1 to 64 letters, digits, `.`, `_` or `-`.');
  return `ldg-${accountId}-${key}`;
}
