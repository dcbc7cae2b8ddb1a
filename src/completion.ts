import type { Caller } from './caller.ts';
import type { Endpoint, Model, ProviderInfo } from './catalog.ts';
import type {
  Annotation,
  Answer,
  ChatRequest,
  GeneratedImage,
  Logprobs,
  ReasoningDetail,
  ToolCall,
  ToolCallPart,
  Usage,
} from './chat.ts';
import type { CompletionError, FailureKind } from './errors.ts';

/** How an attempt ended. */
export type AttemptOutcome = 'succeeded' | 'failed' | 'cancelled';

/** One call of one endpoint for a request. `outcome` and `durationMs` are absent while it runs. */
export interface Attempt {
  readonly endpoint: Endpoint;
  readonly outcome?: AttemptOutcome;
  readonly failureKind?: FailureKind;
  /** The upstream's HTTP status of a failure. */
  readonly status?: number;
  /** The upstream's sentence of a failure. */
  readonly message?: string;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly firstContentMs?: number;
  readonly durationMs?: number;
}

/** A whole answer, with where it came from and what it cost. */
export interface Completion extends Omit<Answer, 'usage'> {
  readonly generationId: string;
  readonly model: Model;
  readonly provider: ProviderInfo;
  readonly endpoint: Endpoint;
  readonly usage: Usage;
  /** US dollars, an exact decimal rounded once, half to even, to nano-dollars. */
  readonly cost: string;
  /** Every endpoint that was tried; the last one answered. */
  readonly attempts: readonly Attempt[];
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
}

/** What was delivered of a stream that failed. */
export interface PartialAnswer {
  readonly content: string;
  readonly reasoning?: string;
  readonly toolCalls: readonly ToolCall[];
}

/**
 * What a stream says, in order: one `accepted`; after the first content part `started`; the content; and exactly one of
 * `finished` and `failed`.
 */
export type StreamEvent =
  | { readonly type: 'accepted' }
  | {
      readonly type: 'started';
      readonly model: Model;
      readonly endpoint: Endpoint;
      readonly attempts: readonly Attempt[];
    }
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'reasoning'; readonly text: string }
  | { readonly type: 'reasoningDetails'; readonly details: readonly ReasoningDetail[] }
  | { readonly type: 'refusal'; readonly text: string }
  | ToolCallPart
  | { readonly type: 'annotations'; readonly annotations: readonly Annotation[] }
  | { readonly type: 'image'; readonly image: GeneratedImage }
  | { readonly type: 'logprobs'; readonly logprobs: Logprobs }
  | { readonly type: 'finished'; readonly completion: Completion }
  | {
      readonly type: 'failed';
      readonly error: CompletionError;
      readonly partial: PartialAnswer;
      readonly attempts: readonly Attempt[];
      /** What was delivered costs; both are absent where nothing was. */
      readonly usage?: Usage;
      readonly cost?: string;
    };

/** What routing needs to know of a request beside what it asks for. */
export interface RunOptions {
  /** `gen-…`, unique; the caller of the router makes it. */
  readonly generationId: string;
  /**
   * Aborts on hang-up and on a cancel by name; the upstream request is closed at once. Where the reason is `Cancelled`, the stream
   * still says its last event; else it ends in silence.
   */
  readonly signal: AbortSignal;
}

/** The same for what wraps a router. */
export interface RouteOptions extends RunOptions {
  /** Who asks: whose limits hold, and in whose books it stands. */
  readonly caller: Caller;
}

/** The provider-routing service. Limits and books wrap it behind this interface. */
export interface Router<Options extends RunOptions = RouteOptions> {
  /** Resolves with a completion, or rejects with a CompletionError, or with the signal's reason. */
  readonly complete: (request: ChatRequest, options: Options) => Promise<Completion>;
  /**
   * Yields events in batches: what one read of the upstream brought comes together. Never throws for an expected failure,
   * which is the `failed` event. `return()` acts at once, also while a `next()` is pending.
   */
  readonly stream: (request: ChatRequest, options: Options) => AsyncIterableIterator<readonly StreamEvent[]>;
}
