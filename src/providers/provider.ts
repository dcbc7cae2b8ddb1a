import type { Answer, EmbeddingInput, Parameter, Prompt, StreamPart, Usage, Vector } from '../chat.ts';

/** One call of one endpoint, as an adapter sees it, whatever it asks for. */
export interface UpstreamCall {
  /** The provider's own name for the model. */
  readonly model: string;
  /** How long connecting may take, milliseconds. The other three deadlines are the router's. */
  readonly connectTimeoutMs: number;
  /** What is left of the caller's own limit, milliseconds, for dialects whose servers can be told; absent where there is none. */
  readonly totalTimeoutMs?: number;
  /** Told where the provider answers, and says that a limit is used up: it has room again in so many milliseconds, where it says when. */
  readonly onQuotaUsedUp?: (resetMs: number | undefined) => void;
}

/** A call for an answer. Parameters that the endpoint does not support are already left out. */
export interface ProviderCall extends UpstreamCall {
  readonly prompt: Prompt;
  /** What the endpoint says it supports; adapters that must choose between two wire forms of a thing look here. */
  readonly supportedParameters: ReadonlySet<Parameter>;
  /** The most tokens that the endpoint writes, for dialects that insist on a limit. */
  readonly maxCompletionTokens?: number;
}

/** A call for vectors. */
export interface EmbeddingCall extends UpstreamCall {
  readonly input: EmbeddingInput;
  /** A stable name for the end user, where the endpoint takes one. */
  readonly user?: string;
}

/** Vectors as an adapter gives them: as many as there are inputs, in their order, of one length. */
export interface EmbeddingAnswer {
  readonly vectors: readonly Vector[];
  /** Absent where the provider sent none. */
  readonly usage?: Usage;
}

/** A model that a provider lists. */
export interface ListedModel {
  readonly id: string;
  readonly contextLength?: number;
  /** Whether it makes embeddings, and so does not chat; absent where the provider does not say. */
  readonly makesVectors?: boolean;
}

/**
 * An upstream that answers chat completions in its own dialect. It does not retry, log or wait. All ways of asking fail only
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
  /**
   * Makes vectors. Absent where the dialect has none. Throws `unsupported_parameter` where it cannot make them of tokens, or makes
   * others than of the length that was asked for. No input is cut to what the model reads.
   */
  readonly embed?: (call: EmbeddingCall, signal: AbortSignal) => Promise<EmbeddingAnswer>;
  /** What it serves, for local servers found at start-up. */
  readonly listModels?: (signal: AbortSignal) => Promise<readonly ListedModel[]>;
  /** Lets calls in flight finish, then closes the connections. */
  readonly close: () => Promise<void>;
}
