import type { Scope } from '../src/caller.ts';
import type { ApiKeyRecord } from '../src/storage/records.ts';
import { payingAccount } from './account.ts';
import { foundOrNull } from './account-error.ts';
import { BudgetRef } from './budget.ts';
import { builder, enumOf } from './builder.ts';
import { storedPage } from './connection.ts';

export const ScopeEnum = enumOf<Scope>(
  'KeyScope',
  'What a key may do.',
  {
    inference: 'Ask models, and make client tokens that may.',
    'keys:read': 'See the API keys of its account.',
    'keys:write': 'See, make, change and end API keys of its account that may do no more than itself.',
    'usage:read': 'See the records, reports, credits and budget of its account, and the rankings.',
    'account:write': 'See the credits and the budget of its account, and change what holds for its requests.',
    admin: 'Everything, of every account.',
  },
  {
    'keys:read': 'KEYS_READ',
    'keys:write': 'KEYS_WRITE',
    'usage:read': 'USAGE_READ',
    'account:write': 'ACCOUNT_WRITE',
  },
);

export const ApiKeyRef = builder.objectRef<ApiKeyRecord>('ApiKey');

builder.node(ApiKeyRef, {
  description:
    'A secret of an account, by which its requests are known. The secret itself is shown once, when it is made.',
  id: { resolve: (key) => key.id },
  loadOne: (id, { accounts, caller }) =>
    foundOrNull(async () => {
      const key = await accounts.apiKeys.get(caller, id);
      return key?.kind === 'key' ? key : undefined;
    }),
  isTypeOf: (value) => typeof value === 'object' && value !== null && 'last4' in value,
  fields: (t) => ({
    keyId: t.exposeID('id', { description: 'The plain id, `key-…`, as records, logs and the command line use it.' }),
    name: t.exposeString('name', { description: 'What it is called, for people to read.' }),
    prefix: t.exposeString('prefix', { description: 'How the secret begins, to tell keys apart.' }),
    last4: t.exposeString('last4', { description: 'The last four characters of the secret.' }),
    accountId: t.exposeID('accountId', { description: 'The account that pays, `acct-…`.' }),
    account: t.field(payingAccount),
    scopes: t.expose('scopes', {
      type: [ScopeEnum],
      description: "What it may do, of its account alone unless it is an administrator's.",
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was made.' }),
    expiresAt: t.expose('expiresAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it ends by itself. Null where it does not.',
    }),
    revokedAt: t.expose('revokedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'Since when it is good for nothing. Null while it is not revoked.',
    }),
    previousSecretUntil: t.expose('previousUntil', {
      type: 'DateTime',
      nullable: true,
      description: 'Until when the secret before the last rotation is good, too. Null where it was never rotated.',
    }),
    allowedModels: t.exposeStringList('allowedModels', {
      nullable: true,
      description: 'Slugs of the models that it may use, with `*` for any letters: `anthropic/*`. Null for all.',
    }),
    allowedProviders: t.exposeStringList('allowedProviders', {
      nullable: true,
      description: 'Slugs of the providers that may serve it. Null for all.',
    }),
    limit: t.field({
      type: BudgetRef,
      nullable: true,
      description: 'What it may spend, with the client tokens that it made. Null where no limit was set for it.',
      resolve: async (key, _args, { accounts }) => (await accounts.apiKeys.limitOf(key)) ?? null,
    }),
    requestsPerMinute: t.exposeInt('requestsPerMinute', {
      nullable: true,
      description: 'How many requests it may make in a minute. Null for any number.',
    }),
    tokensPerMinute: t.exposeInt('tokensPerMinute', {
      nullable: true,
      description: 'How many tokens it may use in a minute. Null for any number.',
    }),
    concurrentStreams: t.exposeInt('concurrentStreams', {
      nullable: true,
      description: 'How many streams may run by it at the same time. Null for any number.',
    }),
  }),
});

const ApiKeyConnection = builder.connectionObject(
  { type: ApiKeyRef, name: 'ApiKeyConnection', description: 'A page of API keys, the oldest first.' },
  { name: 'ApiKeyEdge', description: 'An API key at its place in the list.' },
);

builder.queryField('apiKeys', (t) =>
  t.connection(
    {
      type: ApiKeyRef,
      description:
        'The API keys of the own account, or for an administrator of every account; ended ones too, without client tokens, the oldest ' +
        'first. Takes the scope `KEYS_READ` or `KEYS_WRITE`.',
      resolve: (_root, page, { accounts: { apiKeys }, caller }) =>
        storedPage(
          page,
          (request) => apiKeys.list(caller, request),
          () => apiKeys.count(caller),
        ),
    },
    ApiKeyConnection,
  ),
);
