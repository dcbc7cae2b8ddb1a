import { AccountError, type AccountErrorKind } from '../account-errors.ts';
import type { Attempt } from '../completion.ts';
import {
  CompletionError,
  ContentFiltered,
  type Exclusion,
  InvalidRequest,
  ModelNotFound,
  NoEndpointAvailable,
} from '../errors.ts';
import { StoreUnavailable } from '../storage/store.ts';
import { type Availability, availabilityOf, isUnknownUpstream } from './availability.ts';

/** What went wrong, in OpenRouter's words: stable over all its dialects. */
export type ErrorType =
  | 'authentication'
  | 'content_policy_violation'
  | 'context_length_exceeded'
  | 'invalid_request'
  | 'not_found'
  | 'payload_too_large'
  | 'payment_required'
  | 'permission_denied'
  | 'precondition_failed'
  | 'provider_overloaded'
  | 'provider_unavailable'
  | 'rate_limit_exceeded'
  | 'server'
  | 'timeout';

/** A failure as this face tells it, before a dialect gives it its form. */
export interface Failure {
  /** The HTTP status, which is also the code in the body. */
  readonly status: number;
  readonly type: ErrorType;
  readonly message: string;
  /** What else programs may want to know. Never a secret. */
  readonly metadata?: Readonly<Record<string, unknown>>;
  readonly availability?: Availability;
  readonly retryAfterMs?: number;
}

/** How one dialect writes a failure as the body of an answer. */
export type ErrorSkin = (failure: Failure) => object;

/** OpenRouter's envelope, which OpenAI's clients understand too. */
export const openRouterError: ErrorSkin = ({ status, type, message, metadata, availability }) => ({
  error: {
    code: status,
    message,
    metadata: { ...metadata, error_type: type },
    ...(availability !== undefined && { availability }),
  },
});

type Told = Pick<Failure, 'status' | 'type'>;

/** By the names of the classes in src/errors.ts. */
const completionErrors: Readonly<Record<string, Told>> = {
  InvalidRequest: { status: 400, type: 'invalid_request' },
  ModelNotFound: { status: 400, type: 'invalid_request' },
  NoEndpointAvailable: { status: 404, type: 'not_found' },
  AllAttemptsFailed: { status: 502, type: 'provider_unavailable' },
  RateLimited: { status: 429, type: 'rate_limit_exceeded' },
  ContextLengthExceeded: { status: 400, type: 'context_length_exceeded' },
  ContentFiltered: { status: 403, type: 'content_policy_violation' },
  TimedOut: { status: 504, type: 'timeout' },
  Overloaded: { status: 503, type: 'provider_overloaded' },
  Cancelled: { status: 503, type: 'provider_unavailable' },
  Forbidden: { status: 403, type: 'permission_denied' },
  IdempotencyConflict: { status: 409, type: 'precondition_failed' },
  GenerationNotFound: { status: 404, type: 'not_found' },
  InsufficientCredits: { status: 402, type: 'payment_required' },
  BudgetExceeded: { status: 402, type: 'payment_required' },
};
const serverFault: Told = { status: 500, type: 'server' };

const accountErrors = {
  unauthenticated: { status: 401, type: 'authentication' },
  forbidden: { status: 403, type: 'permission_denied' },
  invalid: { status: 400, type: 'invalid_request' },
  not_found: { status: 404, type: 'not_found' },
  too_many_failures: { status: 429, type: 'rate_limit_exceeded' },
  store_unavailable: { status: 503, type: 'server' },
} as const satisfies Record<AccountErrorKind, Told>;

/** A failure in reading a body, or one that a guard finds. */
export function refusal(status: number, message: string): Failure {
  return { status, type: typeOfStatus[status] ?? 'invalid_request', message };
}

const typeOfStatus: Readonly<Record<number, ErrorType>> = {
  401: 'authentication',
  403: 'permission_denied',
  404: 'not_found',
  413: 'payload_too_large',
  429: 'rate_limit_exceeded',
  500: 'server',
  503: 'provider_unavailable',
};

/**
 * The expected failure that an error is; `undefined` for anything else, which is a bug. `requested` are the names of the models that
 * were asked for, where they are known.
 */
export function failureOf(error: unknown, requested?: readonly string[]): Failure | undefined {
  if (error instanceof AccountError) {
    const { kind, message, path, retryAfterMs } = error;
    return {
      ...accountErrors[kind],
      message,
      ...(path !== undefined && { metadata: { path } }),
      ...(retryAfterMs !== undefined && { retryAfterMs }),
    };
  }
  if (error instanceof StoreUnavailable) {
    return {
      ...accountErrors.store_unavailable,
      message: 'The database of accounts does not answer. Try again in a moment.',
    };
  }
  if (!(error instanceof CompletionError)) return undefined;
  const { message, retryAfterMs } = error;
  const availability = availabilityOf(error, requested);
  return {
    ...toldOf(error),
    message,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
    metadata: metadataOf(error),
    ...(availability !== undefined && { availability }),
  };
}

function toldOf(error: CompletionError): Told {
  if (error instanceof NoEndpointAvailable && error.retryable) return { status: 503, type: 'provider_unavailable' };
  if (isUnknownUpstream(error)) return { status: 404, type: 'not_found' };
  return completionErrors[error.name] ?? serverFault;
}

function metadataOf(error: CompletionError): Readonly<Record<string, unknown>> {
  const previous = previousErrors(error.attempts);
  if (error instanceof InvalidRequest && error.path !== undefined) return { ...previous, path: error.path };
  if (error instanceof ModelNotFound) return { suggestions: error.suggestions };
  if (error instanceof NoEndpointAvailable) return { exclusions: error.exclusions.slice(0, mostExclusions).map(shown) };
  if (error instanceof ContentFiltered) {
    const last = error.attempts.at(-1)?.endpoint;
    const served = last === undefined ? {} : { provider_name: last.provider, model_slug: last.model };
    return { ...previous, ...served, reasons: [], flagged_input: '' };
  }
  return previous;
}

/** Every endpoint that was tried and failed, in order. */
function previousErrors(attempts: readonly Attempt[]) {
  const failed = attempts.filter(({ outcome }) => outcome === 'failed');
  if (failed.length === 0) return {};
  return {
    provider_name: failed.at(-1)?.endpoint.provider,
    previous_errors: failed.map(({ endpoint, failureKind, status, message }) => ({
      provider: endpoint.provider,
      code: status ?? null,
      kind: failureKind ?? null,
      message: message ?? null,
    })),
  };
}

const mostExclusions = 20;

function shown({ endpoint, filter, reason }: Exclusion) {
  return { endpoint, filter, reason };
}
