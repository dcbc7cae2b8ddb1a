import type { CompletionError } from '../src/errors.ts';
import { builder, enumOf, wholeMs } from './builder.ts';

/** An error as a value. GraphQL executors throw whatever is an Error, also where it was resolved as a member of a union. */
export interface Failure<Cause extends CompletionError = CompletionError> {
  readonly failure: Cause;
}

/** The codes, by the names of the classes in src/errors.ts, which the GraphQL types share. */
const ErrorCodeEnum = enumOf<string>(
  'ErrorCode',
  'What went wrong, for programs. Each code has a type of its own, which says more.',
  {
    InvalidRequest: 'The request contradicts itself or the contract. Change it.',
    ModelNotFound: 'No model has that name. Ask for another.',
    NoEndpointAvailable: 'The model is known, but nobody could serve this request. Loosen the preferences or wait.',
    AllAttemptsFailed: 'Every endpoint that was tried failed. Try again later, or another model.',
    RateLimited:
      'The key, or every endpoint that was tried, has reached its limit of requests, tokens or streams. Wait.',
    ContextLengthExceeded: 'The messages are too long for the model. Shorten them.',
    ContentFiltered: "The provider's moderation refused the prompt. Change it.",
    TimedOut: 'The answer took too long. Try again, or allow more time.',
    Overloaded:
      'There is more work than can be taken on, or nobody can say now whether the caller has money left. Wait.',
    Cancelled: 'The generation was cancelled before it had said anything.',
    Forbidden: 'The key may not do this, or not any more. Use another.',
    InsufficientCredits: "The account's credits do not cover what the request may cost. Add credits, or ask for less.",
    BudgetExceeded:
      'A budget or limit does not cover what the request may cost. Wait until it begins anew, have it raised, or ask for less.',
    IdempotencyConflict:
      'The idempotency key stands for another request, or for one whose answer is no longer kept. Look that up, or use a new key.',
    InternalError: 'A fault of this server. Its operator finds the details in the log.',
    NotFound: 'There is nothing with that id that the key may see.',
    GenerationNotFound: 'No generation with that id runs, or is kept.',
    EventsForgotten: 'The events that were asked for are no longer kept. Ask for later ones.',
  },
  {
    InvalidRequest: 'INVALID_REQUEST',
    ModelNotFound: 'MODEL_NOT_FOUND',
    NoEndpointAvailable: 'NO_ENDPOINT_AVAILABLE',
    AllAttemptsFailed: 'ALL_ATTEMPTS_FAILED',
    RateLimited: 'RATE_LIMITED',
    ContextLengthExceeded: 'CONTEXT_LENGTH_EXCEEDED',
    ContentFiltered: 'CONTENT_FILTERED',
    TimedOut: 'TIMED_OUT',
    InsufficientCredits: 'INSUFFICIENT_CREDITS',
    BudgetExceeded: 'BUDGET_EXCEEDED',
    IdempotencyConflict: 'IDEMPOTENCY_CONFLICT',
    InternalError: 'INTERNAL_ERROR',
    NotFound: 'NOT_FOUND',
    GenerationNotFound: 'GENERATION_NOT_FOUND',
    EventsForgotten: 'EVENTS_FORGOTTEN',
  },
);

/** The fields that all expected failures share. */
export const UserErrorRef = builder.interfaceRef<Failure>('UserError').implement({
  description: 'An expected failure, which the caller can do something about.',
  resolveType: nameOf,
  fields: (t) => ({
    code: t.field({ type: ErrorCodeEnum, description: 'What went wrong, to decide by.', resolve: nameOf }),
    message: t.string({
      description: 'What went wrong and what to do, for people to read.',
      resolve: ({ failure }) => failure.message,
    }),
    retryable: t.boolean({
      description: 'Whether the same request may succeed later.',
      resolve: ({ failure }) => failure.retryable,
    }),
    retryAfterMs: t.int({
      nullable: true,
      description: 'How many milliseconds to wait before the next try. Null where nobody said.',
      resolve: ({ failure }) => wholeMs(failure.retryAfterMs),
    }),
  }),
});

/** The class of the failure, which is also the name of its GraphQL type. */
export function nameOf({ failure }: Failure): string {
  return failure.name;
}
