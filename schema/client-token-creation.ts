import type { MadeKey } from '../src/accounts/api-keys.ts';
import type { NewClientToken } from '../src/accounts/client-tokens.ts';
import { changeErrors, changeOf } from './account-error.ts';
import { toNano } from './budget.ts';
import { builder } from './builder.ts';
import { ClientTokenOperationEnum, ClientTokenRef } from './client-token.ts';

const CreateClientTokenInput = builder.inputType('CreateClientTokenInput', {
  description: 'A client token to make. What is absent is as wide as the key that asks.',
  fields: (t) => ({
    expiresInSeconds: t.int({ required: true, description: 'How long it is good, in seconds: from 60 to 86,400.' }),
    name: t.string({ description: 'What it is called, for people; absent for `client token`.' }),
    allowedModels: t.stringList({
      description: 'Slugs of the models that it may use, with `*` for any letters: `anthropic/*`.',
    }),
    allowedProviders: t.stringList({ description: 'Slugs of the providers that may serve it.' }),
    budget: t.field({
      type: 'Decimal',
      description:
        'US dollars that it may spend in its life, with at most 9 decimals. The limits of its key hold, too.',
    }),
    operations: t.field({ type: [ClientTokenOperationEnum], description: 'What it may do, and nothing else.' }),
    origin: t.string({
      description: 'The one web origin whose pages may use it: scheme and host, such as `https://chat.example`.',
    }),
    requestsPerMinute: t.int({ description: 'How many requests it may make in a minute.' }),
    tokensPerMinute: t.int({ description: 'How many tokens it may use in a minute.' }),
    concurrentStreams: t.int({ description: 'How many streams may run by it at the same time.' }),
  }),
});

const CreatedClientTokenRef = builder.objectRef<MadeKey>('CreatedClientToken').implement({
  description: 'A new client token, and its secret.',
  fields: (t) => ({
    clientToken: t.expose('key', { type: ClientTokenRef, description: 'The token that was made.' }),
    secret: t.exposeString('secret', {
      description:
        'What the browser sends as its key, in `connectionParams` or as `Authorization: Bearer …`. It is shown this once and kept nowhere.',
    }),
  }),
});

const CreateClientTokenResult = builder.unionType('CreateClientTokenResult', {
  description: 'The token that was made, with its secret, or why none was.',
  types: [CreatedClientTokenRef, ...changeErrors],
  resolveType: (result) => ('failure' in result ? result.failure.name : 'CreatedClientToken'),
});

builder.mutationField('createClientToken', (t) =>
  t.field({
    type: CreateClientTokenResult,
    description:
      'Makes a client token of the API key that asks, for a browser that is not to see the key. Takes the scope `INFERENCE`; a client ' +
      'token cannot make another.',
    args: { input: t.arg({ type: CreateClientTokenInput, required: true, description: 'How narrow it is to be.' }) },
    resolve: (_root, { input }, { accounts, caller }) =>
      changeOf(async () => accounts.clientTokens.create(caller, toToken(input))),
  }),
);

function toToken({ budget, ...input }: typeof CreateClientTokenInput.$inferInput): NewClientToken {
  return {
    expiresInSeconds: input.expiresInSeconds,
    name: input.name ?? undefined,
    allowedModels: input.allowedModels ?? undefined,
    allowedProviders: input.allowedProviders ?? undefined,
    budgetNano: budget == null ? undefined : toNano(budget, 'budget'),
    operations: input.operations ?? undefined,
    origin: input.origin ?? undefined,
    requestsPerMinute: input.requestsPerMinute ?? undefined,
    tokensPerMinute: input.tokensPerMinute ?? undefined,
    concurrentStreams: input.concurrentStreams ?? undefined,
  };
}
