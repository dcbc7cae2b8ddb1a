import type { ProviderPreferences } from './provider-preferences.ts';

/** The vocabulary of chat completions and embeddings: types, and lists of names. Every face maps into it, every adapter maps out of it. */

export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json;
}

export type Role = 'system' | 'developer' | 'user' | 'assistant' | 'tool';

/** A mark that the prompt up to and including this block may be cached by the provider, and for how long. */
export interface CacheControl {
  readonly ttl?: '5m' | '1h';
}

export type ContentPart = TextPart | ImagePart | AudioPart | FilePart;
export interface TextPart {
  readonly type: 'text';
  readonly text: string;
  readonly cacheControl?: CacheControl;
}
export interface ImagePart {
  readonly type: 'image';
  /** An https URL, or a data URL in base64. */
  readonly url: string;
  readonly detail?: 'auto' | 'low' | 'high';
  readonly cacheControl?: CacheControl;
}
export interface AudioPart {
  readonly type: 'audio';
  /** Base64, without the data URL prefix. */
  readonly data: string;
  /** The container's usual short name: `wav`, `mp3`, `flac` … */
  readonly format: string;
}
export interface FilePart {
  readonly type: 'file';
  /** An https URL, or a data URL in base64. */
  readonly url: string;
  readonly fileName?: string;
  readonly cacheControl?: CacheControl;
}

/** A call that the model asks for. `arguments` is the JSON text as the model wrote it; `{}` where it wrote nothing. */
export interface ToolCall {
  readonly id: string;
  readonly name: string;
  readonly arguments: string;
}

export interface Message {
  readonly role: Role;
  /** Absent for an assistant message that only calls tools. */
  readonly content?: string | readonly ContentPart[];
  /** The participant's name, where several share a role. */
  readonly name?: string;
  /** What an assistant message called. */
  readonly toolCalls?: readonly ToolCall[];
  /** Which call a tool message answers. */
  readonly toolCallId?: string;
  readonly reasoning?: string;
  /** Replayed to the provider unchanged and in order. */
  readonly reasoningDetails?: readonly ReasoningDetail[];
}

/** A function that the model may call. */
export interface Tool {
  readonly name: string;
  readonly description?: string;
  /** A JSON Schema of an object; absent for a function without arguments. */
  readonly parameters?: JsonObject;
  readonly strict?: boolean;
  readonly cacheControl?: CacheControl;
}
export type ToolChoice = 'none' | 'auto' | 'required' | { readonly function: string };

export type ResponseFormat =
  | { readonly type: 'text' }
  | { readonly type: 'json_object' }
  | {
      readonly type: 'json_schema';
      readonly name: string;
      readonly description?: string;
      readonly schema: JsonObject;
      readonly strict?: boolean;
    };

export type ReasoningEffort = 'none' | 'minimal' | 'low' | 'medium' | 'high' | 'xhigh' | 'max';
export interface ReasoningOptions {
  /** At most one of `effort` and `maxTokens` is set. */
  readonly effort?: ReasoningEffort;
  readonly maxTokens?: number;
  readonly enabled?: boolean;
  /** Reason, but leave the reasoning out of the answer. */
  readonly exclude?: boolean;
}

export type Verbosity = 'low' | 'medium' | 'high' | 'xhigh' | 'max';

/** What is asked of a model, whichever endpoint serves it. An absent field is not sent upstream: no defaults are injected. */
export interface Prompt {
  readonly messages: readonly Message[];
  readonly tools?: readonly Tool[];
  readonly toolChoice?: ToolChoice;
  readonly parallelToolCalls?: boolean;
  readonly responseFormat?: ResponseFormat;
  readonly reasoning?: ReasoningOptions;
  readonly maxTokens?: number;
  readonly temperature?: number;
  readonly topP?: number;
  readonly topK?: number;
  readonly minP?: number;
  readonly topA?: number;
  readonly frequencyPenalty?: number;
  readonly presencePenalty?: number;
  readonly repetitionPenalty?: number;
  readonly seed?: number;
  readonly stop?: readonly string[];
  /** Token id, as a decimal string, to bias, -100 to 100. */
  readonly logitBias?: Readonly<Record<string, number>>;
  readonly logprobs?: boolean;
  readonly topLogprobs?: number;
  readonly verbosity?: Verbosity;
  /** A text that the answer is expected to resemble. */
  readonly prediction?: string;
  /** A stable name for the end user, for the provider's abuse detection. */
  readonly user?: string;
}

/** The optional things that an endpoint may or may not understand, by their names in OpenRouter's `supported_parameters`. */
export const parameters = [
  'tools',
  'tool_choice',
  'parallel_tool_calls',
  'response_format',
  'structured_outputs',
  'reasoning',
  'max_tokens',
  'temperature',
  'top_p',
  'top_k',
  'min_p',
  'top_a',
  'frequency_penalty',
  'presence_penalty',
  'repetition_penalty',
  'seed',
  'stop',
  'logit_bias',
  'logprobs',
  'top_logprobs',
  'verbosity',
  'prediction',
  'user',
] as const;
export type Parameter = (typeof parameters)[number];

/**
 * What may follow a model's name after a colon. nitro: the fastest endpoint first; floor: the cheapest first; exacto: the best at
 * calling tools first; free: only endpoints that charge nothing.
 */
export const modelVariants = ['nitro', 'floor', 'exacto', 'free'] as const;
export type ModelVariant = (typeof modelVariants)[number];

/** What is to become vectors, one each: texts, or lists of token numbers of the model's own vocabulary. */
export interface EmbeddingInput {
  /** At least one, at most `mostEmbeddingInputs`; none is empty. */
  readonly inputs: readonly (string | readonly number[])[];
  /** How many numbers each vector is to have; absent for what the model does by itself. */
  readonly dimensions?: number;
  /** What the vectors are for, such as `search_query` or `search_document`, for models that tell these apart; others do not see it. */
  readonly inputType?: string;
}

/** As many as OpenAI's API takes at a time. */
export const mostEmbeddingInputs = 2_048;

/** Direction is meaning: texts that say alike things have vectors that point alike. Those of two models have nothing in common. */
export type Vector = readonly number[];

/** What is asked of a model: to answer a conversation or, where `embedding` is set, to turn that into vectors. */
export interface ChatRequest extends Prompt {
  /** `messages` is empty where this is set. */
  readonly embedding?: EmbeddingInput;
  /** Any name that the catalog knows, with or without a variant; absent for the default model. */
  readonly model?: string;
  /** Models to try, in order, when `model` cannot serve. */
  readonly models?: readonly string[];
  readonly provider?: ProviderPreferences;
  /** How long the whole request may take, milliseconds. */
  readonly timeoutMs?: number;
  /** Names the conversation that the request goes on with, so that it finds its prompt cache again. Not sent upstream. */
  readonly sessionId?: string;
}

/** budget: the caller's money was used up; cancelled: somebody stopped it. All others are the provider's doing. */
export const finishReasons = [
  'stop',
  'length',
  'tool_calls',
  'content_filter',
  'error',
  'cancelled',
  'budget',
] as const;
export type FinishReason = (typeof finishReasons)[number];

/** provider: the upstream said so. counted: by our tokenizer. estimated: from the number of bytes. */
export type UsageSource = 'provider' | 'counted' | 'estimated';

/** Token counts the OpenAI way: cached tokens are part of the prompt's, reasoning tokens part of the completion's. */
export interface Usage {
  readonly promptTokens: number;
  readonly completionTokens: number;
  readonly totalTokens: number;
  readonly cachedTokens: number;
  readonly cacheWriteTokens: number;
  readonly reasoningTokens: number;
  readonly source: UsageSource;
}

/** A block of reasoning in OpenRouter's form. `signature` and `data` are opaque and must be replayed unchanged. */
export interface ReasoningDetail {
  readonly type: 'reasoning.text' | 'reasoning.summary' | 'reasoning.encrypted';
  readonly id?: string;
  /** Whose dialect the opaque parts belong to, e.g. `anthropic-claude-v1`. */
  readonly format: string;
  readonly index: number;
  readonly text?: string;
  readonly signature?: string;
  readonly summary?: string;
  readonly data?: string;
}

/** A source that the answer cites. Offsets are UTF-16 positions in the answer's text, where the provider gives them. */
export interface Annotation {
  readonly type: 'url_citation';
  readonly url: string;
  readonly title?: string;
  readonly content?: string;
  readonly startIndex?: number;
  readonly endIndex?: number;
}

/** A data URL in base64, or an https URL. */
export interface GeneratedImage {
  readonly url: string;
}

/** Log probabilities in OpenAI's form: one entry a token. */
export interface Logprobs {
  readonly content?: readonly JsonObject[];
  readonly refusal?: readonly JsonObject[];
}

/** What a provider's stream yields, in order. Everything but `finish` and `usage` is content; the first content part commits. */
export type StreamPart =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'reasoning'; readonly text: string }
  | { readonly type: 'reasoningDetails'; readonly details: readonly ReasoningDetail[] }
  | { readonly type: 'refusal'; readonly text: string }
  | ToolCallPart
  | { readonly type: 'annotations'; readonly annotations: readonly Annotation[] }
  | { readonly type: 'image'; readonly image: GeneratedImage }
  | { readonly type: 'logprobs'; readonly logprobs: Logprobs }
  | { readonly type: 'finish'; readonly reason: FinishReason; readonly nativeReason?: string }
  | { readonly type: 'usage'; readonly usage: Usage };

/** A piece of a tool call. `index` counts the calls of an answer 0, 1, 2 …; `id` and `name` come with a call's first piece. */
export interface ToolCallPart {
  readonly type: 'toolCall';
  readonly index: number;
  readonly id?: string;
  readonly name?: string;
  readonly arguments: string;
}

/** A whole answer as an adapter gives it. `usage` is absent where the provider sent none. */
export interface Answer {
  readonly content: string;
  readonly reasoning?: string;
  readonly reasoningDetails?: readonly ReasoningDetail[];
  readonly refusal?: string;
  readonly toolCalls: readonly ToolCall[];
  readonly annotations: readonly Annotation[];
  readonly images: readonly GeneratedImage[];
  readonly logprobs?: Logprobs;
  /** Where vectors were asked for: one for each input, in its order. There is no text then. */
  readonly vectors?: readonly Vector[];
  readonly finishReason: FinishReason;
  readonly nativeFinishReason?: string;
  readonly usage?: Usage;
}
