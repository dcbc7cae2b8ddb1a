import type { ApiKeyRecord } from '../src/storage/records.ts';
import { BudgetRef } from './budget.ts';
import { builder, enumOf } from './builder.ts';

export const ClientTokenOperationEnum = enumOf<string>(
  'ClientTokenOperation',
  'What a client token may be allowed to do.',
  {
    completion: 'Ask for whole answers: `createChatCompletion`.',
    stream: 'Ask for answers as they are written: `streamChatCompletion`.',
    embedding: 'Make vectors of texts: `createEmbedding`.',
    follow: 'Read generations of its account again: `followGeneration`.',
    cancel: 'Stop generations of its account: `cancelGeneration`.',
    catalog: 'See models, providers and how well they do.',
  },
);

export const ClientTokenRef = builder.objectRef<ApiKeyRecord>('ClientToken').implement({
  description:
    'A short-lived, narrow key, which a server makes with its own key for a browser. It may ask models and no more, at most what its ' +
    'key may, and ends with it.',
  fields: (t) => ({
    tokenId: t.exposeID('id', { description: 'The plain id, `key-…`, which `revokeApiKey` takes.' }),
    name: t.exposeString('name', { description: 'What it is called, for people to read.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was made.' }),
    expiresAt: t.expose('expiresAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it ends by itself; its key may end it sooner. Never null for a token that this server made.',
    }),
    operations: t.expose('operations', {
      type: [ClientTokenOperationEnum],
      nullable: true,
      description: 'What it may do. Null for everything that may be done with the scope `INFERENCE`.',
    }),
    origin: t.exposeString('origin', {
      nullable: true,
      description: 'The one web origin whose pages may use it, such as `https://chat.example`. Null for any.',
    }),
    allowedModels: t.exposeStringList('allowedModels', {
      nullable: true,
      description: 'Slugs of the models that it may use, with `*` for any letters. Null for those of its key.',
    }),
    allowedProviders: t.exposeStringList('allowedProviders', {
      nullable: true,
      description: 'Slugs of the providers that may serve it. Null for those of its key.',
    }),
    budget: t.field({
      type: BudgetRef,
      nullable: true,
      description: 'What it may spend in its life. Null where only the limits of its key and account hold.',
      resolve: async (token, _args, { accounts }) => (await accounts.apiKeys.limitOf(token)) ?? null,
    }),
    requestsPerMinute: t.exposeInt('requestsPerMinute', {
      nullable: true,
      description: 'How many requests it may make in a minute. Null where only the limit of its key holds.',
    }),
    tokensPerMinute: t.exposeInt('tokensPerMinute', {
      nullable: true,
      description: 'How many tokens it may use in a minute. Null where only the limit of its key holds.',
    }),
    concurrentStreams: t.exposeInt('concurrentStreams', {
      nullable: true,
      description: 'How many streams may run by it at the same time. Null where only the limit of its key holds.',
    }),
  }),
});
