import type { Caller } from './caller.ts';
import type { Endpoint, Model, ProviderInfo } from './catalog.ts';
import type {
  Annotation,
  Answer,
  ChatRequest,
  GeneratedImage,
  Logprobs,
  ModelVariant,
  ReasoningDetail,
  ToolCall,
  ToolCallPart,
  Usage,
} from './chat.ts';
import type { CompletionError, Exclusion, FailureKind } from './errors.ts';

/** How an attempt ended. cancelled: the request was, or a hedge was faster; what the endpoint had done by then is the operator's to pay. */
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
  /**
   * What it cost the operator, US dollars as an exact decimal: an answer by its usage; what was broken off on our side by what had come,
   * at least the prompt; a failure by the usage that came with it. Absent while it runs, and where it cost nothing that is known.
   */
  readonly cost?: string;
}

/**
 * How a model came to be tried. direct: by its slug, or as the default; variant: by its slug with a variant; alias, latest: by
 * another name; auto: chosen by the auto router; fallback: by any name but the first of the request.
 */
export type ModelChoiceStrategy = 'direct' | 'variant' | 'alias' | 'latest' | 'auto' | 'fallback';

/** Why a model answers a request. */
export interface ModelChoice {
  /** The name that led to the model, as the caller wrote it; absent where the request names none. */
  readonly requested?: string;
  readonly strategy: ModelChoiceStrategy;
  readonly variant?: ModelVariant;
  /** In a few sentences, for people. */
  readonly reason: string;
  /** The models that were in question, in the order in which they would be tried, then those that were passed over; ten at most. */
  readonly considered: readonly ConsideredModel[];
}

/** A model that was in question, and what spoke for or against it. */
export interface ConsideredModel {
  readonly model: Model;
  readonly note: string;
}

/** A whole answer, with where it came from and what it cost. */
export interface Completion extends Omit<Answer, 'usage'> {
  readonly generationId: string;
  readonly model: Model;
  /** Absent where it is not on record. */
  readonly modelChoice?: ModelChoice;
  readonly provider: ProviderInfo;
  readonly endpoint: Endpoint;
  readonly usage: Usage;
  /** US dollars, an exact decimal rounded once, half to even, to nano-dollars. */
  readonly cost: string;
  /** Every endpoint that was tried, in the order in which it was called; the one that succeeded answered. */
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
      readonly modelChoice?: ModelChoice;
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
  /** Whoever asks, opaque: conversations of different accounts never share what is remembered of them. */
  readonly account?: string;
  /** What may be used at all; everything by default. */
  readonly permits?: Permits;
  /** Told of each attempt when it ends. */
  readonly onAttempt?: (attempt: Attempt) => void;
}

/** What whoever asks may use. Each says why not, a sentence for the caller, or nothing where it may be used. */
export interface Permits {
  /** By the model's slug. */
  readonly model: (slug: string) => string | undefined;
  /** By the provider's slug. */
  readonly provider: (slug: string) => string | undefined;
}

/** What a request is expected to cost at an endpoint, US dollars as exact decimals, and the token counts that this rests on. */
export interface ExpectedCost {
  readonly total: string;
  /** With what is charged for the request itself, and for images in it. */
  readonly prompt: string;
  readonly completion: string;
  readonly promptTokens: number;
  /** Those of the prompt that are expected to come out of the provider's cache. */
  readonly cachedTokens: number;
  readonly completionTokens: number;
}

/** One factor of a weight. */
export interface WeightTerm {
  readonly name: string;
  readonly factor: number;
  /** A sentence. */
  readonly meaning: string;
}

/** An endpoint that may serve a request, in its place. */
export interface PlannedCandidate {
  readonly endpoint: Endpoint;
  readonly model: Model;
  /** 1, 2, 3 … in the order in which they would most likely be tried. */
  readonly place: number;
  /** Which stage it belongs to, 0 for the first. */
  readonly stage: number;
  /** Whether a request would still come to it, were all before it to fail: attempts are limited. */
  readonly withinAttempts: boolean;
  /** The probability of being the first that is tried of its stage; absent where the order is not drawn. */
  readonly share?: number;
  readonly expectedCost: ExpectedCost;
  /** The factors of its weight; empty where the order is not drawn. */
  readonly terms: readonly WeightTerm[];
  /** What the draw goes by; absent where there is none. */
  readonly weight?: number;
  readonly holdsCache: boolean;
  /** A sentence on why it stands there. */
  readonly reason: string;
}

/** Models whose endpoints are tried before those of the next stage. */
export interface PlannedStage {
  readonly models: readonly Model[];
  /** How many attempts it gets at most, were all before it to fail. */
  readonly mostAttempts: number;
}

/** What a request will cost, US dollars as exact decimals, over the candidates that it may come to, however the order is drawn. */
export interface CostEstimate {
  readonly lowest: string;
  readonly highest: string;
  /** Of the first attempt: the mean by shares, or the first candidate's where the order is not drawn. */
  readonly expected: string;
  /** The parts of `expected`. */
  readonly prompt: string;
  readonly completion: string;
  /** What was assumed. */
  readonly promptTokens: number;
  readonly completionTokens: number;
}

/** What would become of a request at this moment, and why. */
export interface RoutePlan {
  /** How each model came to be asked for, in the order in which they are tried. */
  readonly modelChoices: readonly ModelChoice[];
  readonly stages: readonly PlannedStage[];
  /** At least one. */
  readonly candidates: readonly PlannedCandidate[];
  readonly exclusions: readonly Exclusion[];
  readonly estimatedCost: CostEstimate;
  /** What in the request means nothing here, a sentence each. */
  readonly remarks: readonly string[];
}

/** The same for what wraps a router. */
export interface RouteOptions extends RunOptions {
  /** Who asks: whose limits hold, and in whose books it stands. */
  readonly caller: Caller;
  /** What the request repeats, should it have been let in before under the same key. */
  readonly idempotency?: Idempotency;
  /** Told, before the error is, where the request is not let in: nothing of it is on record, and its key is free for another try. */
  readonly onRefused?: () => void;
}

/** A caller's name for a request that is to be served once, and what tells it from another request under that name. */
export interface Idempotency {
  readonly key: string;
  readonly requestHash: string;
}

/** The provider-routing service. Limits and books wrap it behind this interface. */
export interface Router<Options extends RunOptions = RouteOptions> {
  /** Resolves with a completion, which has vectors where these are asked for, or rejects with a CompletionError, or with the signal's reason. */
  readonly complete: (request: ChatRequest, options: Options) => Promise<Completion>;
  /**
   * Yields events in batches: what one read of the upstream brought comes together. Never throws for an expected failure,
   * which is the `failed` event; vectors are not streamed. `return()` acts at once, also while a `next()` is pending.
   */
  readonly stream: (request: ChatRequest, options: Options) => AsyncIterableIterator<readonly StreamEvent[]>;
  /** What `complete` would do now. Sends nothing and changes nothing. Throws the CompletionError that it would end in. */
  readonly plan: (
    request: ChatRequest,
    options: Omit<Options, 'generationId' | 'signal' | 'onAttempt' | 'idempotency' | 'onRefused'>,
  ) => RoutePlan;
}

/** The router itself, as what wraps it sees it. */
export interface BareRouter extends Router<RunOptions> {
  /**
   * The endpoints that may come to serve the request, some of which may be too busy or too slow for it at the moment. None where it
   * would be refused, whatever the moment.
   */
  readonly reach: (request: ChatRequest, options: Pick<RunOptions, 'account' | 'permits'>) => readonly Endpoint[];
}
