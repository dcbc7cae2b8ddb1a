import { dollarsOfNano } from '../src/accounts/amounts.ts';
import { finishReasons } from '../src/chat.ts';
import type { ContentRecord, GenerationRecord, Termination } from '../src/storage/records.ts';
import { payingAccount } from './account.ts';
import { ApiKeyRef } from './api-key.ts';
import { AppRef } from './app.ts';
import { dollarsOrNull } from './budget.ts';
import { builder, enumOf, wholeMs } from './builder.ts';
import { ChatCompletionRef, FinishReasonEnum, UsageRef } from './chat.ts';
import { ModelRef } from './model.ts';
import { ProviderRef } from './provider.ts';
import { recordId } from './record-id.ts';
import { RecordedAttemptRef, RecordedEndpointRef, recordedAttempts, recordedEndpoint } from './recorded-attempt.ts';

export const GenerationStateEnum = enumOf<GenerationRecord['state']>('GenerationState', 'How far a generation is.', {
  open: 'It runs, or its end is not in the books yet.',
  done: 'It has ended, and what it cost is final.',
});

export const TerminationEnum = enumOf<Termination>('Termination', 'How a generation ended.', {
  complete: 'The answer is whole.',
  client_abort: 'The last reader left.',
  cancelled: 'Somebody cancelled it by its id, its key ended, or the server shut down.',
  upstream_cut: 'The provider broke the answer off.',
  timeout: 'It took longer than allowed.',
  budget: 'What may be spent was used up while the answer was being written.',
  refused: 'It was refused before anything was sent to a provider.',
  crash: 'The process that ran it died; it was billed by what was known to be delivered.',
  failed: 'Every endpoint that was tried failed, or this server or its books did.',
});

const GenerationContentRef = builder.objectRef<ContentRecord>('GenerationContent').implement({
  description: 'What was said. It is kept only for an account that switched that on.',
  fields: (t) => ({
    prompt: t.expose('prompt', {
      type: 'JSON',
      description: 'The messages and tools of the request, or the texts that became vectors.',
    }),
    answer: t.expose('answer', {
      type: 'JSON',
      description: 'What was delivered of the answer; of vectors, how many there were and how long.',
    }),
    expiresAt: t.expose('expiresAt', { type: 'DateTime', description: 'When it will be deleted.' }),
  }),
});

export const GenerationRef = builder.objectRef<GenerationRecord>('Generation');

builder.node(GenerationRef, {
  description:
    'The record of one request: who asked for what, who served it, and what it cost. Each request that was let in has exactly one.',
  id: { resolve: (generation) => generation.id },
  loadOne: async (id, { accounts, caller }) => (await accounts.records.get(caller, id)) ?? null,
  isTypeOf: (value) => typeof value === 'object' && value !== null && 'replica' in value,
  fields: (t) => ({
    generationId: t.exposeID('id', { description: 'The plain id, `gen-…`, which names it everywhere.' }),
    state: t.expose('state', { type: GenerationStateEnum, description: 'Whether it has ended.' }),
    accountId: t.exposeID('accountId', { description: 'The account that pays, `acct-…`.' }),
    account: t.field(payingAccount),
    keyId: t.exposeID('keyId', {
      nullable: true,
      description: 'The key or client token that asked, `key-…`. Null for a request without a key.',
    }),
    parentKeyId: t.exposeID('parentKeyId', {
      nullable: true,
      description: 'The key that made the client token that asked. Null for a request by a key itself.',
    }),
    apiKey: t.field({
      type: ApiKeyRef,
      nullable: true,
      description:
        'The key that asked, or that made the client token that did. Null for a request without a key. Takes the scope `KEYS_READ`.',
      resolve: async ({ keyId, parentKeyId = keyId }, _args, { accounts, caller }) =>
        parentKeyId === undefined ? null : ((await accounts.apiKeys.get(caller, parentKeyId)) ?? null),
    }),
    app: t.field({
      type: AppRef,
      nullable: true,
      description: 'The program that the request says it came from. Null where it named none.',
      resolve: async ({ appId }, _args, { accounts, caller }) =>
        appId === undefined ? null : ((await accounts.reports.app(caller, appId)) ?? null),
    }),
    user: t.exposeString('userId', {
      nullable: true,
      description: 'The end user, as the request named him with `user`. Null where it did not.',
    }),
    sessionId: t.exposeString('sessionId', {
      nullable: true,
      description: 'The conversation, as the request named it. Null where it did not.',
    }),
    idempotencyKey: t.string({
      nullable: true,
      description: 'What the request asked to be repeated under. Null where it did not.',
      resolve: ({ idempotency }) => idempotency?.key ?? null,
    }),
    requested: t.expose('requested', {
      type: 'JSON',
      description: 'What was asked for: models, preferences and limits, without anything of the prompt.',
    }),
    streamed: t.exposeBoolean('streamed', { description: 'Whether the answer was asked for as a stream.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When the request was let in.' }),
    finishedAt: t.expose('finishedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it ended. Null while it runs.',
    }),
    firstContentMs: t.int({
      nullable: true,
      description: 'Milliseconds from the start to the first content. Null where none came, and while it runs.',
      resolve: ({ firstContentMs }) => wholeMs(firstContentMs),
    }),
    durationMs: t.int({
      nullable: true,
      description: 'Milliseconds from the start to the end. Null while it runs.',
      resolve: ({ durationMs }) => wholeMs(durationMs),
    }),
    modelSlug: t.exposeString('model', {
      nullable: true,
      description: 'The slug of the model that served it. Null where none did.',
    }),
    model: t.field({
      type: ModelRef,
      nullable: true,
      description: 'The model that served it, as it is now. Null where none did, or the catalog no longer has it.',
      resolve: ({ model }, _args, { catalog }) => (model === undefined ? null : (catalog.model(model) ?? null)),
    }),
    providerSlug: t.exposeString('provider', {
      nullable: true,
      description: 'The slug of the provider that served it. Null where none did.',
    }),
    provider: t.field({
      type: ProviderRef,
      nullable: true,
      description: 'The provider that served it, as it is now. Null where none did, or the catalog no longer has it.',
      resolve: ({ provider }, _args, { catalog }) =>
        provider === undefined ? null : (catalog.provider(provider) ?? null),
    }),
    endpoint: t.field({
      type: RecordedEndpointRef,
      nullable: true,
      description:
        'The endpoint that served it, as it was then, with the prices that hold for the cost. Null where none did.',
      resolve: ({ endpoint }) => recordedEndpoint(endpoint),
    }),
    attempts: t.field({
      type: [RecordedAttemptRef],
      description: 'Every endpoint that was tried, in the order of the calls. Empty while it runs, and where none was.',
      resolve: ({ attempts }) => recordedAttempts(attempts),
    }),
    usage: t.expose('usage', {
      type: UsageRef,
      nullable: true,
      description: 'The tokens of what was delivered, so far where it runs. Null where nothing was.',
    }),
    cost: t.field({
      type: 'Decimal',
      description: 'What the account pays, in US dollars: for what was delivered. 0 while it runs.',
      resolve: ({ costNano }) => dollarsOfNano(costNano),
    }),
    costSoFar: t.field({
      type: 'Decimal',
      nullable: true,
      description: 'What was delivered so far costs, in US dollars, some seconds old. Null once it has ended.',
      resolve: ({ state, checkpointNano }) => dollarsOrNull(state === 'open' ? checkpointNano : undefined),
    }),
    reserved: t.field({
      type: 'Decimal',
      description: 'US dollars that it holds of each limit until it ends. 0 once it has.',
      resolve: ({ reservedNano }) => dollarsOfNano(reservedNano),
    }),
    caps: t.exposeStringList('caps', {
      description:
        'The limits that it counts for: `credits:` or `budget:` with the id of the account, `limit:` with that of a key.',
    }),
    operatorCost: t.field({
      type: 'Decimal',
      nullable: true,
      description: 'What all attempts cost the operator, in US dollars. Null without the scope `ADMIN`.',
      resolve: ({ operatorCostNano }, _args, { caller }) =>
        caller.scopes.has('admin') ? dollarsOfNano(operatorCostNano) : null,
    }),
    termination: t.expose('termination', {
      type: TerminationEnum,
      nullable: true,
      description: 'How it ended. Null while it runs.',
    }),
    finishReason: t.field({
      type: FinishReasonEnum,
      nullable: true,
      description: 'Why the answer ended. Null where there was none, and while it runs.',
      resolve: ({ finishReason }) => finishReasons.find((reason) => reason === finishReason) ?? null,
    }),
    nativeFinishReason: t.exposeString('nativeFinishReason', {
      nullable: true,
      description: "The provider's own word for why the answer ended. Null where it gave none.",
    }),
    error: t.exposeString('errorKind', {
      nullable: true,
      description:
        'What it failed with: mostly the name of the type of the error that the caller was told. Null where it did not.',
    }),
    content: t.field({
      type: GenerationContentRef,
      nullable: true,
      description: 'Prompt and answer. Null where the account keeps none, and once they have expired.',
      resolve: async (generation, _args, { accounts, caller }) =>
        (await accounts.records.contentOf(caller, generation)) ?? null,
    }),
    replica: t.string({
      nullable: true,
      description: 'The replica of the server that ran it. Null without the scope `ADMIN`.',
      resolve: ({ replica }, _args, { caller }) => (caller.scopes.has('admin') ? replica : null),
    }),
    expiresAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When it is given up as crashed, unless it is heard of until then. Null once it has ended.',
      resolve: ({ state, expiresAt }) => (state === 'open' ? expiresAt : null),
    }),
  }),
});

builder.objectField(ChatCompletionRef, 'generation', (t) =>
  t.field({
    type: GenerationRef,
    nullable: true,
    description:
      'The record of it, which may say OPEN for a moment. Null where nothing is recorded. Takes the scope `USAGE_READ`, unless the key ' +
      'that asks made the request.',
    resolve: async ({ generationId }, _args, { accounts, caller }) =>
      (await accounts.records.get(caller, generationId)) ?? null,
  }),
);

builder.queryField('generation', (t) =>
  t.field({
    type: GenerationRef,
    nullable: true,
    description:
      'The record with this id, or null where there is none that the caller may see. Takes the scope `USAGE_READ`, unless the key that ' +
      'asks made the request.',
    args: { id: t.arg.id({ required: true, description: 'The `generationId`, or the `id` of its node.' }) },
    resolve: async (_root, { id }, { accounts, caller }) =>
      (await accounts.records.get(caller, recordId('Generation', id))) ?? null,
  }),
);
