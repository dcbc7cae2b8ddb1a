import type { Answer, Parameter, Prompt, StreamPart } from '../chat.ts';

/** One call of one endpoint, as an adapter sees it. Parameters that the endpoint does not support are already left out. */
export interface ProviderCall {
  /** The provider's own name for the model. */
  readonly model: string;
  readonly prompt: Prompt;
  /** What the endpoint says it supports; adapters that must choose between two wire forms of a thing look here. */
  readonly supportedParameters: ReadonlySet<Parameter>;
  /** The most tokens that the endpoint writes, for dialects that insist on a limit. */
  readonly maxCompletionTokens?: number;
  /** How long connecting may take, milliseconds. The other three deadlines are the router's. */
  readonly connectTimeoutMs: number;
  /** What is left of the caller's own limit, milliseconds, for dialects whose servers can be told; absent where there is none. */
  readonly totalTimeoutMs?: number;
  /** Told where the provider answers, and says that a limit is used up: it has room again in so many milliseconds, where it says when. */
  readonly onQuotaUsedUp?: (resetMs: number | undefined) => void;
}

/** A model that a provider lists. */
export interface ListedModel {
  readonly id: string;
  readonly contextLength?: number;
}

/**
 * An upstream that answers chat completions in its own dialect. It does not retry, log or wait. Both ways of asking fail only
 * with a ProviderError, or with the signal's reason once that has aborted; then the upstream connection is closed at once.
 */
export interface Provider {
  readonly complete: (call: ProviderCall, signal: AbortSignal) => Promise<Answer>;
  /**
   * Yields the parts that each read of the upstream brought, never an empty batch of content twice over: lifecycle frames and
   * keep-alives yield nothing. Ends normally only after a `finish` part, once, and `usage` at most once; a stream that ends or
   * breaks without the dialect's terminal event throws `truncated`. Reads ahead of its consumer by no more than one buffer.
   */
  readonly stream: (call: ProviderCall, signal: AbortSignal) => AsyncIterable<readonly StreamPart[]>;
  /** What it serves, for local servers found at start-up. */
  readonly listModels?: (signal: AbortSignal) => Promise<readonly ListedModel[]>;
  /** Lets calls in flight finish, then closes the connections. */
  readonly close: () => Promise<void>;
}
