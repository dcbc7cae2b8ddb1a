import type { MadeKey } from '../src/accounts/api-keys.ts';
import type { KeyTerms } from '../src/accounts/key-rules.ts';
import { changeErrors, changeOf } from './account-error.ts';
import { ApiKeyRef, ScopeEnum } from './api-key.ts';
import { SpendingLimitInput, toLimit } from './budget.ts';
import { builder, type InputFields } from './builder.ts';
import { recordId } from './record-id.ts';

const terms = (t: InputFields) => ({
  scopes: t.field({
    type: [ScopeEnum],
    description: 'What it may do. A new key may ask models where nothing is said.',
  }),
  expiresAt: t.field({ type: 'DateTime', description: 'When it ends by itself. Null: never.' }),
  allowedModels: t.stringList({
    description: 'Slugs of the models that it may use, with `*` for any letters: `anthropic/*`. Null: all.',
  }),
  allowedProviders: t.stringList({ description: 'Slugs of the providers that may serve it. Null: all.' }),
  limit: t.field({
    type: SpendingLimitInput,
    description: 'What it may spend, with the client tokens that it makes. Of a new key null is no limit.',
  }),
  requestsPerMinute: t.int({ description: 'How many requests it may make in a minute. Null: any number.' }),
  tokensPerMinute: t.int({ description: 'How many tokens it may use in a minute. Null: any number.' }),
  concurrentStreams: t.int({ description: 'How many streams may run by it at the same time. Null: any number.' }),
});

const CreateApiKeyInput = builder.inputType('CreateApiKeyInput', {
  description: 'An API key to make. A key cannot make one that may do more than itself.',
  fields: (t) => ({
    name: t.string({ required: true, description: 'What it is called, for people: 1 to 100 characters.' }),
    accountId: t.id({
      description: 'The account that pays, `acct-…`. Absent: that of the caller. Another takes the scope `ADMIN`.',
    }),
    ...terms(t),
  }),
});

const UpdateApiKeyInput = builder.inputType('UpdateApiKeyInput', {
  description: 'What to change about an API key. What is absent stays as it is; what is null is taken away.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'Which key: its `keyId`, or the `id` of its node.' }),
    name: t.string({ description: 'What it is called from now on; absent for the name that it has.' }),
    ...terms(t),
  }),
});

const RotateApiKeyInput = builder.inputType('RotateApiKeyInput', {
  description: 'Which API key is to get another secret.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'Which key: its `keyId`, or the `id` of its node.' }),
    graceSeconds: t.int({
      required: true,
      description:
        'How long the secret that it has stays good, in seconds: a week at most. With 0 it ends at once, with what runs by it.',
    }),
  }),
});

const CreatedApiKeyRef = builder.objectRef<MadeKey>('CreatedApiKey').implement({
  description: 'A new API key, and its secret.',
  fields: (t) => ({
    apiKey: t.expose('key', { type: ApiKeyRef, description: 'The key that was made.' }),
    secret: t.exposeString('secret', {
      description: 'What to send as `Authorization: Bearer …`. It is shown this once and kept nowhere.',
    }),
  }),
});

const RotatedApiKeyRef = builder.objectRef<MadeKey>('RotatedApiKey').implement({
  description: 'An API key with another secret.',
  fields: (t) => ({
    apiKey: t.expose('key', { type: ApiKeyRef, description: 'The key, with how its new secret begins and ends.' }),
    secret: t.exposeString('secret', { description: 'The new secret. It is shown this once and kept nowhere.' }),
  }),
});

const RevokedApiKeyRef = builder.objectRef<{ readonly ids: readonly string[] }>('RevokedApiKey').implement({
  description: 'An API key or client token was ended, with what ran by it.',
  fields: (t) => ({
    revokedIds: t.exposeIDList('ids', {
      description:
        'The plain ids of all that ended: first that of the key, then those of the client tokens that it made.',
    }),
  }),
});

const CreateApiKeyResult = builder.unionType('CreateApiKeyResult', {
  description: 'The key that was made, with its secret, or why none was.',
  types: [CreatedApiKeyRef, ...changeErrors],
  resolveType: (result) => ('failure' in result ? result.failure.name : 'CreatedApiKey'),
});
const UpdateApiKeyResult = builder.unionType('UpdateApiKeyResult', {
  description: 'The key as it is now, or why it was not changed.',
  types: [ApiKeyRef, ...changeErrors],
  resolveType: (result) => ('failure' in result ? result.failure.name : 'ApiKey'),
});
const RotateApiKeyResult = builder.unionType('RotateApiKeyResult', {
  description: 'The key with its new secret, or why it has none.',
  types: [RotatedApiKeyRef, ...changeErrors],
  resolveType: (result) => ('failure' in result ? result.failure.name : 'RotatedApiKey'),
});
const RevokeApiKeyResult = builder.unionType('RevokeApiKeyResult', {
  description: 'What was ended, or why nothing was.',
  types: [RevokedApiKeyRef, ...changeErrors],
  resolveType: (result) => ('failure' in result ? result.failure.name : 'RevokedApiKey'),
});

builder.mutationField('createApiKey', (t) =>
  t.field({
    type: CreateApiKeyResult,
    description: 'Makes an API key. Takes the scope `KEYS_WRITE`.',
    args: { input: t.arg({ type: CreateApiKeyInput, required: true, description: 'What the key is to be.' }) },
    resolve: (_root, { input: { name, accountId, ...rest } }, { accounts, caller }) =>
      changeOf(async () =>
        accounts.apiKeys.create(caller, {
          ...toTerms(rest),
          name,
          accountId: accountId == null ? undefined : recordId('Account', accountId),
        }),
      ),
  }),
);

builder.mutationField('updateApiKey', (t) =>
  t.field({
    type: UpdateApiKeyResult,
    description:
      'Changes an API key, within a second and on every replica. What runs by it and is no longer allowed is cut. Takes the scope ' +
      '`KEYS_WRITE`.',
    args: { input: t.arg({ type: UpdateApiKeyInput, required: true, description: 'Which key, and what to change.' }) },
    resolve: (_root, { input: { id, name, ...rest } }, { accounts, caller }) =>
      changeOf(async () =>
        accounts.apiKeys.update(caller, recordId('ApiKey', id), { ...toTerms(rest), name: name ?? undefined }),
      ),
  }),
);

builder.mutationField('rotateApiKey', (t) =>
  t.field({
    type: RotateApiKeyResult,
    description: 'Gives an API key another secret. Takes the scope `KEYS_WRITE`, unless the key rotates itself.',
    args: { input: t.arg({ type: RotateApiKeyInput, required: true, description: 'Which key, and how gently.' }) },
    resolve: (_root, { input: { id, graceSeconds } }, { accounts, caller }) =>
      changeOf(() => accounts.apiKeys.rotate(caller, recordId('ApiKey', id), graceSeconds)),
  }),
);

builder.mutationField('revokeApiKey', (t) =>
  t.field({
    type: RevokeApiKeyResult,
    description:
      'Ends an API key for good, with the client tokens that it made and what runs by them, within a second; or one client token. ' +
      'Takes the scope `KEYS_WRITE`, unless the key ends itself.',
    args: { id: t.arg.id({ required: true, description: 'Which key: its `keyId`, or the `id` of its node.' }) },
    resolve: (_root, { id }, { accounts, caller }) =>
      changeOf(async () => ({ ids: await accounts.apiKeys.revoke(caller, recordId('ApiKey', id)) })),
  }),
);

function toTerms({ limit, scopes, ...plain }: Omit<typeof UpdateApiKeyInput.$inferInput, 'id' | 'name'>): KeyTerms {
  return {
    ...plain,
    scopes: scopes ?? undefined,
    limit: limit == null ? undefined : toLimit(limit, 'limit.amount'),
  };
}
