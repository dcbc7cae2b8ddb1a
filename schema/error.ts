import type { BudgetExceeded, BudgetOf, InsufficientCredits } from '../src/account-errors.ts';
import {
  CompletionError,
  type EventsForgotten,
  type Exclusion,
  type IdempotencyConflict,
  type InvalidRequest,
  type ModelNotFound,
  type NoEndpointAvailable,
} from '../src/errors.ts';
import { AttemptRef } from './attempt.ts';
import { builder, enumOf, wholeMs } from './builder.ts';
import { EndpointRef } from './endpoint.ts';
import { type Failure, nameOf, UserErrorRef } from './user-error.ts';

const attemptsDescription = 'Every endpoint that was tried, in order, and how it failed. Empty where none was.';

export const ExcludedEndpointRef = builder.objectRef<Exclusion>('ExcludedEndpoint').implement({
  description: 'An endpoint that could not serve a request, and why not.',
  fields: (t) => ({
    name: t.exposeString('endpoint', { description: "Which endpoint: the model's slug, `@`, and the endpoint's tag." }),
    endpoint: t.field({
      type: EndpointRef,
      nullable: true,
      description: 'The endpoint itself. Null where the catalog no longer has it.',
      resolve: (exclusion, _args, { catalog }) => catalog.endpoint(exclusion.endpoint) ?? null,
    }),
    filter: t.exposeString('filter', {
      description: 'The name of the rule that removed it, such as `not_configured` or `max_price`.',
    }),
    reason: t.exposeString('reason', { description: 'Why the rule removed it, for people to read.' }),
    retryAfterMs: t.int({
      nullable: true,
      description: 'In how many milliseconds the rule would let it pass. Null where that is not known, or never.',
      resolve: ({ retryAfterMs }) => wholeMs(retryAfterMs),
    }),
  }),
});

export const InvalidRequestRef = builder.objectRef<Failure<InvalidRequest>>('InvalidRequest').implement({
  description: 'The request contradicts itself, or a provider refused it as such. The same request will not succeed.',
  interfaces: [UserErrorRef],
  fields: (t) => ({
    path: t.string({
      nullable: true,
      description:
        'The field of the input that is wrong, such as `messages[1].toolCallId`. Null where a provider did not say.',
      resolve: ({ failure }) => failure.path ?? null,
    }),
    attempts: t.field({ type: [AttemptRef], description: attemptsDescription, resolve: attemptsOf }),
  }),
});

const ModelNotFoundRef = builder.objectRef<Failure<ModelNotFound>>('ModelNotFound').implement({
  description: 'No model has the name that was asked for.',
  interfaces: [UserErrorRef],
  fields: (t) => ({
    requestedModel: t.string({ description: 'The name that was asked for.', resolve: ({ failure }) => failure.model }),
    suggestions: t.stringList({
      description:
        'Up to three similar names, the likeliest first; or, where the model is known and the variant is not, the model with each ' +
        'variant that there is. Empty where nothing is similar.',
      resolve: ({ failure }) => failure.suggestions,
    }),
  }),
});

const NoEndpointAvailableRef = builder.objectRef<Failure<NoEndpointAvailable>>('NoEndpointAvailable').implement({
  description:
    'The model is known, but each of its endpoints is ruled out for this request. Nothing was sent anywhere.',
  interfaces: [UserErrorRef],
  fields: (t) => ({
    exclusions: t.field({
      type: [ExcludedEndpointRef],
      description:
        'Why each endpoint was ruled out; for `pointsman/auto` one endpoint of each model, of twenty models at most. Empty for a model ' +
        'that nobody serves.',
      resolve: ({ failure }) => failure.exclusions,
    }),
  }),
});

const AllAttemptsFailedRef = errorAfterAttempts(
  'AllAttemptsFailed',
  'Every endpoint that was tried failed, and not all for a reason that has a type of its own.',
);
const RateLimitedRef = errorAfterAttempts(
  'RateLimited',
  'Too much at a time. Either the key or client token has reached its own limit of requests or tokens a minute, or of streams: then ' +
    'nothing was sent, `attempts` is empty, and `retryAfterMs` is the rest of that minute, or a second where a stream has to end first. ' +
    'Or every endpoint that was tried refused the request for its rate: then `retryAfterMs` is when the first of them may take it again.',
);
const ContextLengthExceededRef = errorAfterAttempts(
  'ContextLengthExceeded',
  'The messages do not fit into the context of any endpoint that was tried.',
);
const ContentFilteredRef = errorAfterAttempts('ContentFiltered', "The provider's moderation refused the prompt.");
const TimedOutRef = errorAfterAttempts(
  'TimedOut',
  "A limit of time passed: the request's own, or that of every attempt.",
);
const OverloadedRef = errorAfterAttempts(
  'Overloaded',
  'This server, or every endpoint that was tried or could be tried in a while, has more work than it can take; or, for a caller whose spending is limited, the ' +
    'books of this server do not answer.',
);
const CancelledRef = errorAfterAttempts(
  'Cancelled',
  'The generation was cancelled before it had said anything: by `cancelGeneration`, because its last reader left, or because the server ' +
    'shuts down.',
);
const InternalErrorRef = plainError(
  'InternalError',
  "A fault of this server. The details stand in its log under the generation's id and are not told here.",
);

export const ForbiddenRef = plainError(
  'Forbidden',
  'The key may not do this: it lacks a scope, or it is a client token for other things. Also what ends everything that runs by a key ' +
    'when that is revoked, expires, or may do less than before, and when its account is closed.',
);
const BudgetOfEnum = enumOf<BudgetOf>('BudgetOf', 'Whose spending a budget or limit holds down.', {
  account: 'All keys of the account together.',
  api_key: 'One API key, with the client tokens that it made.',
  client_token: 'One client token.',
});

const leftDescription = 'US dollars that are left of it, without what running requests hold.';
const neededDescription =
  'US dollars that the request would hold while it runs: its prompt at the dearest endpoint that may serve it, and the beginning of ' +
  'the answer.';

const InsufficientCreditsRef = builder.objectRef<Failure<InsufficientCredits>>('InsufficientCredits').implement({
  description:
    "The account's credits do not cover what the request may cost. Nothing was sent to a provider. `retryable` where requests that run hold " +
    'some of them: what those do not use comes free.',
  interfaces: [UserErrorRef],
  fields: (t) => ({
    left: t.field({ type: 'Decimal', description: leftDescription, resolve: ({ failure }) => failure.left }),
    needed: t.field({ type: 'Decimal', description: neededDescription, resolve: ({ failure }) => failure.needed }),
  }),
});

const BudgetExceededRef = builder.objectRef<Failure<BudgetExceeded>>('BudgetExceeded').implement({
  description:
    "The account's budget, or the limit of the key or client token, does not cover what the request may cost. Nothing was sent to a " +
    'provider. What is refused while an answer is being written ends it with the finish reason `BUDGET`. `retryAfterMs` is the time until ' +
    '`resetsAt`; null where it never begins anew, and where requests that run hold some of it, which may come free before.',
  interfaces: [UserErrorRef],
  fields: (t) => ({
    of: t.field({
      type: BudgetOfEnum,
      description: 'Which of the budgets and limits that hold for the caller refused.',
      resolve: ({ failure }) => failure.of,
    }),
    limit: t.field({
      type: 'Decimal',
      description: 'US dollars that may be spent in a period, or ever where it never begins anew.',
      resolve: ({ failure }) => failure.limit,
    }),
    left: t.field({ type: 'Decimal', description: leftDescription, resolve: ({ failure }) => failure.left }),
    needed: t.field({ type: 'Decimal', description: neededDescription, resolve: ({ failure }) => failure.needed }),
    resetsAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When it begins anew. Null where it never does.',
      resolve: ({ failure }) => failure.resetsAt ?? null,
    }),
  }),
});

const IdempotencyConflictRef = builder.objectRef<Failure<IdempotencyConflict>>('IdempotencyConflict').implement({
  description:
    'The idempotency key was sent with another request before, or its answer is no longer kept. Nothing was sent to a provider.',
  interfaces: [UserErrorRef],
  fields: (t) => ({
    earlierGenerationId: t.id({
      nullable: true,
      description: 'The generation that has the key, whose record says how it ended. Null where it is not known.',
      resolve: ({ failure }) => failure.generationId ?? null,
    }),
  }),
});

export const NotFoundRef = plainError(
  'NotFound',
  'There is no account or API key with that id that the key may see. The same whether it is not there or belongs to somebody else.',
);

/** What `cancelGeneration` and `followGeneration` answer where there is nothing to cancel or follow. */
export const GenerationNotFoundRef = plainError(
  'GenerationNotFound',
  "No generation with that id runs, or is kept: it has ended, or never was, or is another account's.",
);

const EventsForgottenRef = builder.objectRef<Failure<EventsForgotten>>('EventsForgotten').implement({
  description:
    'A reader asked for the beginning of a generation too long to be kept whole, or fell so far behind other readers.',
  interfaces: [UserErrorRef],
  fields: (t) => ({
    oldestSequence: t.int({
      description: 'The number of the oldest event that is kept. To go on there, follow after the one before it.',
      resolve: ({ failure }) => failure.oldest,
    }),
  }),
});

/** Every expected failure of a completion. */
export const completionErrors = [
  InvalidRequestRef,
  ModelNotFoundRef,
  NoEndpointAvailableRef,
  AllAttemptsFailedRef,
  RateLimitedRef,
  ContextLengthExceededRef,
  ContentFilteredRef,
  TimedOutRef,
  OverloadedRef,
  CancelledRef,
  ForbiddenRef,
  InsufficientCreditsRef,
  BudgetExceededRef,
  IdempotencyConflictRef,
  InternalErrorRef,
];

export const CompletionErrorRef = builder.unionType('CompletionError', {
  description: 'Why a stream ended without its whole answer. All members share the fields of `UserError`.',
  types: [...completionErrors, GenerationNotFoundRef, EventsForgottenRef],
  resolveType: nameOf,
});

/** The work's result, or the expected failure that it ended in. Anything else it throws is a bug and thrown on. */
export async function resultOf<Result>(work: () => Promise<Result>): Promise<Result | Failure> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof CompletionError) return { failure: error };
    throw error;
  }
}

function plainError(name: string, description: string) {
  return builder.objectRef<Failure>(name).implement({ description, interfaces: [UserErrorRef] });
}

function errorAfterAttempts(name: string, description: string) {
  return builder.objectRef<Failure>(name).implement({
    description,
    interfaces: [UserErrorRef],
    fields: (t) => ({
      attempts: t.field({ type: [AttemptRef], description: attemptsDescription, resolve: attemptsOf }),
    }),
  });
}

function attemptsOf({ failure }: Failure): CompletionError['attempts'] {
  return failure.attempts;
}
