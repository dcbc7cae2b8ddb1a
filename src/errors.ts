import type { Attempt } from './completion.ts';

/** Why one call of one endpoint failed. Adapters decide it; `routing/failure-policy.ts` says what it leads to. */
export const failureKinds = [
  'rate_limited',
  'overloaded',
  'server_failed',
  'unreachable',
  'connect_timeout',
  'first_content_timeout',
  'gap_timeout',
  'total_timeout',
  'malformed_response',
  'truncated',
  'credentials_rejected',
  'provider_credits_exhausted',
  'model_not_found',
  'context_length_exceeded',
  'unsupported_parameter',
  'content_filtered',
  'invalid_request',
] as const;
export type FailureKind = (typeof failureKinds)[number];

export interface ProviderErrorDetails {
  /** The upstream's HTTP status, where there was one. */
  readonly status?: number;
  /** How long the upstream asks us to wait, milliseconds, already parsed from whichever header or body field said it. */
  readonly retryAfterMs?: number;
  readonly cause?: unknown;
}

/**
 * The one way in which an adapter fails. `message` is the upstream's own sentence, without markup, at most 500 characters,
 * and never holds a credential.
 */
export class ProviderError extends Error {
  override readonly name = 'ProviderError';
  readonly kind: FailureKind;
  readonly status: number | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(kind: FailureKind, message: string, details: ProviderErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.kind = kind;
    this.status = details.status;
    this.retryAfterMs = details.retryAfterMs;
  }
}

/** An expected failure of a request, which the caller can act on. Each face maps the subclasses at its edge. */
export abstract class CompletionError extends Error {
  /** Whether the same request may succeed later. */
  abstract readonly retryable: boolean;
  readonly retryAfterMs: number | undefined;
  /** Every endpoint that was tried, in order. Empty where none was. */
  readonly attempts: readonly Attempt[];

  constructor(message: string, details: { attempts?: readonly Attempt[]; retryAfterMs?: number | undefined } = {}) {
    super(message);
    this.attempts = details.attempts ?? [];
    this.retryAfterMs = details.retryAfterMs;
  }
}

/** The request contradicts itself or the contract. `path` names the input field, e.g. `messages[1].toolCallId`. */
export class InvalidRequest extends CompletionError {
  override readonly name = 'InvalidRequest';
  readonly retryable = false;
  readonly path: string | undefined;
  constructor(message: string, details: { path?: string; attempts?: readonly Attempt[] } = {}) {
    super(message, details);
    this.path = details.path;
  }
}

/** No model has that name. */
export class ModelNotFound extends CompletionError {
  override readonly name = 'ModelNotFound';
  readonly retryable = false;
  readonly model: string;
  /** Slugs that look like it. */
  readonly suggestions: readonly string[];
  constructor(model: string, suggestions: readonly string[]) {
    const hint =
      suggestions.length > 0
        ? ` Did you mean ${suggestions.join(', ')}?`
        : ' The `models` query and GET /models list them all.';
    super(`There is no model "${model}".${hint}`);
    this.model = model;
    this.suggestions = suggestions;
  }
}

/** Which filter removed which endpoint. */
export interface Exclusion {
  readonly endpoint: string;
  /** The filter's name, e.g. `not_configured`. */
  readonly filter: string;
  /** A sentence for the caller. */
  readonly reason: string;
  /** When the filter would let it pass, milliseconds from now, where that is known. */
  readonly retryAfterMs?: number;
}

/** The model is known, but nothing could serve this request now. */
export class NoEndpointAvailable extends CompletionError {
  override readonly name = 'NoEndpointAvailable';
  readonly retryable: boolean;
  readonly exclusions: readonly Exclusion[];
  constructor(message: string, exclusions: readonly Exclusion[], retryAfterMs?: number) {
    super(message, { retryAfterMs });
    this.exclusions = exclusions;
    this.retryable = retryAfterMs !== undefined;
  }
}

/** Every attempt failed, and not all for one of the reasons that have a class of their own. */
export class AllAttemptsFailed extends CompletionError {
  override readonly name = 'AllAttemptsFailed';
  readonly retryable: boolean;
  constructor(
    message: string,
    details: { attempts: readonly Attempt[]; retryable: boolean; retryAfterMs?: number | undefined },
  ) {
    super(message, details);
    this.retryable = details.retryable;
  }
}

/** The caller's own limits are reached, and nothing was sent; or every attempt was refused for its rate. */
export class RateLimited extends CompletionError {
  override readonly name = 'RateLimited';
  readonly retryable = true;
}

/** The messages do not fit into the context of any endpoint that was tried. */
export class ContextLengthExceeded extends CompletionError {
  override readonly name = 'ContextLengthExceeded';
  readonly retryable = false;
}

/** The provider's moderation refused the prompt. */
export class ContentFiltered extends CompletionError {
  override readonly name = 'ContentFiltered';
  readonly retryable = false;
}

/** A deadline passed: the request's own, or that of every attempt. */
export class TimedOut extends CompletionError {
  override readonly name = 'TimedOut';
  readonly retryable = true;
}

/** This server, or every endpoint, has more work than it can take. */
export class Overloaded extends CompletionError {
  override readonly name = 'Overloaded';
  readonly retryable = true;
  /** Why no endpoint was tried; empty where that is not the reason. */
  readonly exclusions: readonly Exclusion[];
  constructor(
    message: string,
    details: {
      attempts?: readonly Attempt[];
      exclusions?: readonly Exclusion[];
      retryAfterMs?: number | undefined;
    } = {},
  ) {
    super(message, details);
    this.exclusions = details.exclusions ?? [];
  }
}

/** What ended a generation early: a request by its name, its last reader by leaving, the end of its key, of the server, or of the money. */
export type CancelledBy = 'request' | 'hang_up' | 'revocation' | 'shutdown' | 'budget';

/** The generation was stopped before it had said anything. As the reason of an aborted signal: stop, and say what there is. */
export class Cancelled extends CompletionError {
  override readonly name = 'Cancelled';
  readonly retryable = false;
  readonly by: CancelledBy;
  constructor(message: string, by: CancelledBy = 'request') {
    super(message);
    this.by = by;
  }
}

/** The caller may not do this, or may not any more. */
export class Forbidden extends CompletionError {
  override readonly name = 'Forbidden';
  readonly retryable = false;
}

/** The idempotency key stands for another request, or for one whose answer is gone. */
export class IdempotencyConflict extends CompletionError {
  override readonly name = 'IdempotencyConflict';
  readonly retryable = false;
  /** The generation that has the key; absent where it is not known. */
  readonly generationId: string | undefined;
  /** `gone`: the request is the same, but its generation cannot be replayed here any more. */
  constructor(gone: boolean, generationId?: string) {
    const which = generationId === undefined ? '' : `, ${generationId},`;
    super(
      gone
        ? `The generation of this idempotency key${which} cannot be replayed here: its events are no longer kept. Nothing was sent again.`
        : 'Another request was sent with this idempotency key. Give each request a key of its own.',
    );
    this.generationId = generationId;
  }
}

/** A bug on our side. The log has the whole error under the generation's id; the caller sees this sentence. */
export class InternalError extends CompletionError {
  override readonly name = 'InternalError';
  readonly retryable = true;
  constructor(generationId: string) {
    super(`Something went wrong inside the router. The operator finds it in the log under ${generationId}.`);
  }
}

/** What was to be changed is not there, or is not the caller's: the answer is the same. */
export class NotFound extends CompletionError {
  override readonly name = 'NotFound';
  readonly retryable = false;
}

/** No generation with that id runs, or is kept: it has ended, or never was, or is not the caller's. */
export class GenerationNotFound extends CompletionError {
  override readonly name = 'GenerationNotFound';
  readonly retryable = false;
  constructor(generationId: string) {
    super(`There is no generation ${JSON.stringify(generationId.slice(0, 100))} here. It has ended, or never was.`);
  }
}

/** Events were asked for, or came too late to a slow reader, that are no longer kept. */
export class EventsForgotten extends CompletionError {
  override readonly name = 'EventsForgotten';
  readonly retryable = false;
  /** The number of the oldest event that is kept. */
  readonly oldest: number;
  constructor(oldest: number) {
    super(
      `The generation is so long that its events before ${oldest} are no longer kept. The last event has it whole.`,
    );
    this.oldest = oldest;
  }
}
