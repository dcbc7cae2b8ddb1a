/* eslint-disable */
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
/** What a report can be told apart by. */
export type ActivityDimension =
  /** The account that pays: of use to an administrator. */
  | 'ACCOUNT'
  /** The program that requests say they come from. */
  | 'APP'
  /** The key or client token that asked. */
  | 'KEY'
  /** The model that served. */
  | 'MODEL'
  /** The provider that served. */
  | 'PROVIDER'
  /** The end user, as requests name him. */
  | 'USER';

/** What brings an app to the top. */
export type AppRankingSort =
  /** Tokens in the period. */
  | 'POPULAR'
  /** Tokens in the period beyond the mean of the three periods before it. All time has no such. */
  | 'TRENDING';

/** How the call of an endpoint ended. */
export type AttemptOutcome =
  /** The call was broken off on our side: the caller hung up or cancelled, or a second call beside it answered sooner. */
  | 'CANCELLED'
  /** The endpoint failed; `failureKind` says how. */
  | 'FAILED'
  /** The endpoint answered, and its answer was delivered. */
  | 'SUCCEEDED';

/** A recording within a message. */
export type AudioPartInput = {
  /** The bytes in base64, without a `data:` prefix. */
  data: string;
  /** The usual short name of the container: `wav`, `mp3`, `flac` and so on. */
  format: string;
};

/** How often a limit of spending begins anew, in UTC. */
export type BudgetReset =
  /** At midnight, each day. */
  | 'DAILY'
  /** At midnight before the first of each month. */
  | 'MONTHLY'
  /** Never: what is spent stays spent. */
  | 'NONE'
  /** At midnight before each Monday. */
  | 'WEEKLY';

/** Marks that the prompt up to and including this block may be cached. Providers that cache by themselves ignore it. */
export type CacheControlInput = {
  /** How long to keep it; absent for as long as the provider usually does. */
  ttl?: CacheTtl | null | undefined;
};

/** How long a provider keeps a marked part of the prompt in its cache. */
export type CacheTtl =
  /** Five minutes from the last use. */
  | 'FIVE_MINUTES'
  /** One hour from the last use. Writing costs more. */
  | 'ONE_HOUR';

/** A request for a chat completion. Only `messages` is required; what is absent is not sent, so the model does what it does by itself. */
export type ChatCompletionInput = {
  /** Makes tokens less likely the more often they came, -2 to 2. */
  frequencyPenalty?: number | null | undefined;
  /** Makes it safe to send the request again: with the same key, from the same API key, it is the same generation, followed while it runs and given again for some minutes after its end, whether it succeeded or failed. A request that was refused for rights, rate or money is none: its key works again as soon as the reason is gone. 1 to 255 printable ASCII characters; a random one for each request. */
  idempotencyKey?: string | null | undefined;
  /** An object from token ids, as strings of digits, to numbers from -100 (never) to 100 (always). */
  logitBias?: unknown;
  /** Whether to give the log probability of each token of the answer. Absent: false. */
  logprobs?: boolean | null | undefined;
  /** The longest answer in tokens, reasoning included; at least 1. */
  maxTokens?: number | null | undefined;
  /** The conversation so far, the oldest message first. */
  messages: Array<MessageInput>;
  /** Draw only from tokens at least this probable relative to the likeliest, 0 to 1. */
  minP?: number | null | undefined;
  /** Which model: `author/name`, an alias, `author/family-latest`, or `pointsman/auto`; with or without a variant, `author/name:nitro`. Absent: the server's default model. */
  model?: string | null | undefined;
  /** Models to try in this order when `model` cannot serve, named in any way that `model` may be. At most 20. */
  models?: Array<string> | null | undefined;
  /** What becomes of the generation when nobody reads it any more. Absent: CANCEL. */
  onDisconnect?: DisconnectPolicy | null | undefined;
  /** Whether one answer may call several tools; absent for what the model does. */
  parallelToolCalls?: boolean | null | undefined;
  /** A text that the answer is expected to resemble, which makes it come faster. */
  prediction?: string | null | undefined;
  /** Makes tokens less likely once they came, -2 to 2. */
  presencePenalty?: number | null | undefined;
  /** Who may serve the request; absent for no preference. */
  provider?: ProviderPreferencesInput | null | undefined;
  /** How much to think; absent for what the model does. */
  reasoning?: ReasoningInput | null | undefined;
  /** Makes tokens of prompt and answer less likely to come again, 0 to 2; 1 changes nothing. */
  repetitionPenalty?: number | null | undefined;
  /** The form of the answer; absent for plain text. */
  responseFormat?: ResponseFormatInput | null | undefined;
  /** The same seed draws the same tokens for the same request, as far as the provider can. */
  seed?: number | null | undefined;
  /** Any name, at most 256 characters, that all requests of one conversation carry: they then go to the endpoint that still has the prompt in its cache, where that saves money and it does well. Absent: conversations are told apart by how they begin. Not sent to providers. */
  sessionId?: string | null | undefined;
  /** Up to 4 texts at which the answer ends. They are not part of it. */
  stop?: Array<string> | null | undefined;
  /** How freely tokens are drawn, 0 to 2: 0 always takes the likeliest. */
  temperature?: number | null | undefined;
  /** How many milliseconds the whole request may take. Absent: the server's limit alone. */
  timeoutMs?: number | null | undefined;
  /** Whether the model must call tools; absent leaves it to the model. */
  toolChoice?: ToolChoiceInput | null | undefined;
  /** What the model may use; absent for nothing. */
  tools?: Array<ToolInput> | null | undefined;
  /** Draw only from tokens above this share of the square of the likeliest one, 0 to 1. */
  topA?: number | null | undefined;
  /** Draw only from this many of the likeliest tokens; 0 for all. */
  topK?: number | null | undefined;
  /** How many of the likeliest alternatives to give for each token, 0 to 20. Needs `logprobs`. */
  topLogprobs?: number | null | undefined;
  /** Draw only from the likeliest tokens that together reach this probability, 0 to 1. */
  topP?: number | null | undefined;
  /** A stable name for the end user, for the provider's abuse detection. Not a real name. */
  user?: string | null | undefined;
  /** How long-winded the answer may be; absent for what the model does. */
  verbosity?: Verbosity | null | undefined;
};

/** What a client token may be allowed to do. */
export type ClientTokenOperation =
  /** Stop generations of its account: `cancelGeneration`. */
  | 'CANCEL'
  /** See models, providers and how well they do. */
  | 'CATALOG'
  /** Ask for whole answers: `createChatCompletion`. */
  | 'COMPLETION'
  /** Make vectors of texts: `createEmbedding`. */
  | 'EMBEDDING'
  /** Read generations of its account again: `followGeneration`. */
  | 'FOLLOW'
  /** Ask for answers as they are written: `streamChatCompletion`. */
  | 'STREAM';

/** One part of a message: exactly one of the four kinds. */
export type ContentPartInput =
  {   /** The part is a recording. */
  audio: AudioPartInput; file?: never; image?: never; text?: never; }
  |  { audio?: never;   /** The part is a document. */
  file: FilePartInput; image?: never; text?: never; }
  |  { audio?: never; file?: never;   /** The part is a picture. */
  image: ImagePartInput; text?: never; }
  |  { audio?: never; file?: never; image?: never;   /** The part is a piece of text. */
  text: TextPartInput; };

/** An account to make. It begins without keys, and without a limit of what it may spend. */
export type CreateAccountInput = {
  /** Whether its requests count for the apps that they name, and so in `appRankings`. Null is true. */
  attribution?: boolean | null | undefined;
  /** How many days prompts and answers are kept, from 1 to 3,650. Null: they are not kept. */
  contentRetentionDays?: number | null | undefined;
  /** DENY: only endpoints that keep no prompts serve it, whatever a request says. Null is ALLOW. */
  dataCollection?: DataCollection | null | undefined;
  /** The model of requests that name none. Null for the server's default. */
  defaultModel?: string | null | undefined;
  /** What it asks of routing where a request says nothing. It replaces what was there as a whole. */
  defaultProvider?: ProviderPreferencesInput | null | undefined;
  /** What it is called, for people: 1 to 100 characters. */
  name: string;
  /** True: only endpoints that keep nothing at all serve it, whatever a request says. Null is false. */
  zdr?: boolean | null | undefined;
};

/** An API key to make. A key cannot make one that may do more than itself. */
export type CreateApiKeyInput = {
  /** The account that pays, `acct-…`. Absent: that of the caller. Another takes the scope `ADMIN`. */
  accountId?: string | null | undefined;
  /** Slugs of the models that it may use, with `*` for any letters: `anthropic/*`. Null: all. */
  allowedModels?: Array<string> | null | undefined;
  /** Slugs of the providers that may serve it. Null: all. */
  allowedProviders?: Array<string> | null | undefined;
  /** How many streams may run by it at the same time. Null: any number. */
  concurrentStreams?: number | null | undefined;
  /** When it ends by itself. Null: never. */
  expiresAt?: string | null | undefined;
  /** What it may spend, with the client tokens that it makes. Of a new key null is no limit. */
  limit?: SpendingLimitInput | null | undefined;
  /** What it is called, for people: 1 to 100 characters. */
  name: string;
  /** How many requests it may make in a minute. Null: any number. */
  requestsPerMinute?: number | null | undefined;
  /** What it may do. A new key may ask models where nothing is said. */
  scopes?: Array<KeyScope> | null | undefined;
  /** How many tokens it may use in a minute. Null: any number. */
  tokensPerMinute?: number | null | undefined;
};

/** A client token to make. What is absent is as wide as the key that asks. */
export type CreateClientTokenInput = {
  /** Slugs of the models that it may use, with `*` for any letters: `anthropic/*`. */
  allowedModels?: Array<string> | null | undefined;
  /** Slugs of the providers that may serve it. */
  allowedProviders?: Array<string> | null | undefined;
  /** US dollars that it may spend in its life, with at most 9 decimals. The limits of its key hold, too. */
  budget?: string | null | undefined;
  /** How many streams may run by it at the same time. */
  concurrentStreams?: number | null | undefined;
  /** How long it is good, in seconds: from 60 to 86,400. */
  expiresInSeconds: number;
  /** What it is called, for people; absent for `client token`. */
  name?: string | null | undefined;
  /** What it may do, and nothing else. */
  operations?: Array<ClientTokenOperation> | null | undefined;
  /** The one web origin whose pages may use it: scheme and host, such as `https://chat.example`. */
  origin?: string | null | undefined;
  /** How many requests it may make in a minute. */
  requestsPerMinute?: number | null | undefined;
  /** How many tokens it may use in a minute. */
  tokensPerMinute?: number | null | undefined;
};

/** Whether providers may keep prompts or train on them. */
export type DataCollection =
  /** Any provider may serve the request. */
  | 'ALLOW'
  /** Only endpoints that say they neither store prompts nor train on them. */
  | 'DENY';

/** How long a provider keeps prompts and answers. */
export type DataRetention =
  /** Nothing is kept once the answer is written. */
  | 'NONE'
  /** Kept until someone deletes it. */
  | 'STORED'
  /** Kept for a limited time, for abuse checks. */
  | 'TRANSIENT'
  /** The provider does not say. Never satisfies a preference that asks for privacy. */
  | 'UNKNOWN';

/** What becomes of a generation when its last reader leaves. */
export type DisconnectPolicy =
  /** It is stopped: at once, or some seconds later where it has an `idempotencyKey`, so that its reader can come back. */
  | 'CANCEL'
  /** It goes on to its end, and costs what it costs. `followGeneration` finds it for some minutes after that. By default for 15 minutes without a reader, and for 50 generations of an account at a time; beyond that it ends as with CANCEL. */
  | 'FINISH';

/** A request for the vectors of some texts. */
export type EmbeddingInput = {
  /** How many numbers each vector is to have, where the model can make shorter ones than it does by itself. An endpoint that makes others has failed. Absent: what the model does. */
  dimensions?: number | null | undefined;
  /** Makes it safe to send the request again: with the same key, from the same API key, it is the same generation, and its vectors are given again for some minutes. 1 to 255 printable ASCII characters. */
  idempotencyKey?: string | null | undefined;
  /** What the vectors are for, where the model tells that apart: `search_query`, `search_document`, or the provider's own word. Absent, and for other models: nothing in particular. */
  inputType?: string | null | undefined;
  /** Which model: `author/name` or an alias, with or without a variant. One whose `outputModalities` are EMBEDDINGS; `models(filter: { outputModalities: [EMBEDDINGS] })` lists them. */
  model: string;
  /** Models to try in this order when `model` cannot serve; at most 20. The vectors of two models cannot be compared: look at `model` in the answer before they are put together with others. */
  models?: Array<string> | null | undefined;
  /** Who may serve the request; absent for no preference. */
  provider?: ProviderPreferencesInput | null | undefined;
  /** Any name, at most 256 characters, that the record of the request is to carry. Not sent to providers. */
  sessionId?: string | null | undefined;
  /** What is to become vectors, one each: 1 to 2,048 texts, none of them empty. */
  texts: Array<string>;
  /** How many milliseconds the whole request may take. Absent: the server's limit alone. */
  timeoutMs?: number | null | undefined;
  /** A stable name for the end user, for the provider's abuse detection. Not a real name. */
  user?: string | null | undefined;
};

/** Whether requests are sent to an endpoint, and why not. */
export type EndpointState =
  /** May be chosen for any request. */
  | 'AVAILABLE'
  /** The provider asked to be left alone for a while, mostly for its rate limit. */
  | 'COOLING'
  /** The circuit breaker lets one trial request through, which decides. */
  | 'HALF_OPEN'
  /** Its provider has no credentials here, so it is never tried. */
  | 'NOT_CONFIGURED'
  /** Failed too often of late: the circuit breaker keeps requests away from it until `coolingUntil`. Once that has passed, the next request may try it. */
  | 'OPEN';

/** What went wrong, for programs. Each code has a type of its own, which says more. */
export type ErrorCode =
  /** Every endpoint that was tried failed. Try again later, or another model. */
  | 'ALL_ATTEMPTS_FAILED'
  /** A budget or limit does not cover what the request may cost. Wait until it begins anew, have it raised, or ask for less. */
  | 'BUDGET_EXCEEDED'
  /** The generation was cancelled before it had said anything. */
  | 'CANCELLED'
  /** The provider's moderation refused the prompt. Change it. */
  | 'CONTENT_FILTERED'
  /** The messages are too long for the model. Shorten them. */
  | 'CONTEXT_LENGTH_EXCEEDED'
  /** The events that were asked for are no longer kept. Ask for later ones. */
  | 'EVENTS_FORGOTTEN'
  /** The key may not do this, or not any more. Use another. */
  | 'FORBIDDEN'
  /** No generation with that id runs, or is kept. */
  | 'GENERATION_NOT_FOUND'
  /** The idempotency key stands for another request, or for one whose answer is no longer kept. Look that up, or use a new key. */
  | 'IDEMPOTENCY_CONFLICT'
  /** The account's credits do not cover what the request may cost. Add credits, or ask for less. */
  | 'INSUFFICIENT_CREDITS'
  /** A fault of this server. Its operator finds the details in the log. */
  | 'INTERNAL_ERROR'
  /** The request contradicts itself or the contract. Change it. */
  | 'INVALID_REQUEST'
  /** No model has that name. Ask for another. */
  | 'MODEL_NOT_FOUND'
  /** There is nothing with that id that the key may see. */
  | 'NOT_FOUND'
  /** The model is known, but nobody could serve this request. Loosen the preferences or wait. */
  | 'NO_ENDPOINT_AVAILABLE'
  /** There is more work than can be taken on, or nobody can say now whether the caller has money left. Wait. */
  | 'OVERLOADED'
  /** The key, or every endpoint that was tried, has reached its limit of requests, tokens or streams. Wait. */
  | 'RATE_LIMITED'
  /** The answer took too long. Try again, or allow more time. */
  | 'TIMED_OUT';

/** Why the call of an endpoint failed. */
export type FailureKind =
  /** Connecting took too long. */
  | 'CONNECT_TIMEOUT'
  /** The provider's moderation refused the prompt. */
  | 'CONTENT_FILTERED'
  /** The messages do not fit into the context of this endpoint. */
  | 'CONTEXT_LENGTH_EXCEEDED'
  /** The provider refused the operator's key. */
  | 'CREDENTIALS_REJECTED'
  /** The connection stood, but no content came in time. */
  | 'FIRST_CONTENT_TIMEOUT'
  /** The answer began and then paused for too long. */
  | 'GAP_TIMEOUT'
  /** The provider refused the request as contradictory or incomplete. */
  | 'INVALID_REQUEST'
  /** What came back was not in the form that the provider documents. */
  | 'MALFORMED_RESPONSE'
  /** The provider no longer knows the model. */
  | 'MODEL_NOT_FOUND'
  /** The provider said that it has too much to do. */
  | 'OVERLOADED'
  /** The operator's account at the provider is out of credits. */
  | 'PROVIDER_CREDITS_EXHAUSTED'
  /** The provider refused the call because too many came. */
  | 'RATE_LIMITED'
  /** The provider failed on its side, for instance with status 500. */
  | 'SERVER_FAILED'
  /** The answer as a whole took too long. */
  | 'TOTAL_TIMEOUT'
  /** The answer broke off without its end mark. */
  | 'TRUNCATED'
  /** No connection came about, or it broke before the answer. */
  | 'UNREACHABLE'
  /** The endpoint refused an option of the request. */
  | 'UNSUPPORTED_PARAMETER';

/** A document within a message, such as a PDF. */
export type FilePartInput = {
  /** Where the provider may cut the prompt for its cache; absent for no mark. */
  cacheControl?: CacheControlInput | null | undefined;
  /** The name by which the conversation may speak of it; absent where it has none. */
  fileName?: string | null | undefined;
  /** An https address, or a data URL in base64: `data:application/pdf;base64,…`. */
  url: string;
};

/** Why an answer ended. */
export type FinishReason =
  /** The credits, or a budget or limit of the account or key, were used up while the answer was being written; what was paid for is here. */
  | 'BUDGET'
  /** Someone cancelled the generation by its id, or its last reader left; what was written until then is here. */
  | 'CANCELLED'
  /** The provider's moderation broke the answer off. */
  | 'CONTENT_FILTER'
  /** The provider broke the answer off with an error. */
  | 'ERROR'
  /** A limit of length was reached; the answer is incomplete. */
  | 'LENGTH'
  /** The model had said what it had to say, or wrote one of the stop texts. */
  | 'STOP'
  /** The model waits for the results of the tools that it called. */
  | 'TOOL_CALLS';

/** A function that the model may ask to have called. */
export type FunctionInput = {
  /** What it does and when to call it, for the model to read. */
  description?: string | null | undefined;
  /** Its name: letters, digits, `_`, `-`, `.` and `:`, at most 64. No two tools share one. */
  name: string;
  /** Its arguments, as a JSON Schema of an object; absent for a function that takes none. */
  parameters?: unknown;
  /** Whether the arguments must follow the schema to the letter, where the endpoint can see to that. */
  strict?: boolean | null | undefined;
};

/** Narrows a list of generations. A generation stays in it if everything that is given holds. */
export type GenerationFilter = {
  /** Only those of this account, `acct-…`. Another than the own takes the scope `ADMIN`. */
  account?: string | null | undefined;
  /** Only those of this app: its plain id, or that of its node. */
  app?: string | null | undefined;
  /** Only those that were let in then or later. */
  from?: string | null | undefined;
  /** Only those that this key or client token asked for: its plain id, or that of its node. */
  key?: string | null | undefined;
  /** Only those that this model served: its slug. */
  model?: string | null | undefined;
  /** Only those that this provider served: its slug. */
  provider?: string | null | undefined;
  /** Only those of this conversation, as the requests named it. */
  session?: string | null | undefined;
  /** Only those that run, or only those that have ended. */
  state?: GenerationState | null | undefined;
  /** Only those that ended in this way. */
  termination?: Termination | null | undefined;
  /** Only those that were let in before. */
  to?: string | null | undefined;
  /** Only those of this end user, as the requests named him. */
  user?: string | null | undefined;
};

/** How far a generation is. */
export type GenerationState =
  /** It has ended, and what it cost is final. */
  | 'DONE'
  /** It runs, or its end is not in the books yet. */
  | 'OPEN';

/** Credits to give, or to take away. */
export type GrantCreditsInput = {
  /** The account that gets them, `acct-…`. */
  accountId: string;
  /** US dollars, with at most 9 decimals; below 0 to take some away. */
  amount: string;
  /** Letters, digits, `.`, `_` and `-`, at most 64. A second grant to the account with the same key does nothing, so that one whose answer was lost can be repeated. */
  idempotencyKey?: string | null | undefined;
  /** What for, for the ledger: at most 500 characters. */
  note?: string | null | undefined;
};

/** How closely a model looks at an image. */
export type ImageDetail =
  /** The provider decides. */
  | 'AUTO'
  /** Closely, for more tokens. */
  | 'HIGH'
  /** At a glance, for few tokens. */
  | 'LOW';

/** An image within a message. The router hands it on and does not fetch it. */
export type ImagePartInput = {
  /** Where the provider may cut the prompt for its cache; absent for no mark. */
  cacheControl?: CacheControlInput | null | undefined;
  /** How closely to look; absent for what the provider does by itself. */
  detail?: ImageDetail | null | undefined;
  /** An https address, or a data URL in base64: `data:image/png;base64,…`. */
  url: string;
};

/** The steps of time of a report, in UTC. */
export type Interval =
  /** By the day, for 366 days at most. */
  | 'DAY'
  /** By the hour, for 31 days at most. */
  | 'HOUR'
  /** By the month, for ten years at most. */
  | 'MONTH';

/** The JSON Schema that an answer must follow. */
export type JsonSchemaInput = {
  /** What the answer is for, for the model to read. */
  description?: string | null | undefined;
  /** A name for the schema: letters, digits, `_` and `-`, at most 64. */
  name: string;
  /** The schema itself, a JSON object. */
  schema: unknown;
  /** Whether to follow it to the letter, where the endpoint can see to that. */
  strict?: boolean | null | undefined;
};

/** What a key may do. */
export type KeyScope =
  /** See the credits and the budget of its account, and change what holds for its requests. */
  | 'ACCOUNT_WRITE'
  /** Everything, of every account. */
  | 'ADMIN'
  /** Ask models, and make client tokens that may. */
  | 'INFERENCE'
  /** See the API keys of its account. */
  | 'KEYS_READ'
  /** See, make, change and end API keys of its account that may do no more than itself. */
  | 'KEYS_WRITE'
  /** See the records, reports, credits and budget of its account, and the rankings. */
  | 'USAGE_READ';

/** Why the credits of an account changed. */
export type LedgerEntryKind =
  /** An administrator put something right. */
  | 'ADJUSTMENT'
  /** A generation was paid. */
  | 'CHARGE'
  /** An administrator gave credits. */
  | 'GRANT';

/** The dearest that is accepted, in US dollars. Dearer endpoints are not tried, even if nobody else is left. */
export type MaxPriceInput = {
  /** The most for a token of the answer; absent for any price. */
  completion?: string | null | undefined;
  /** The most for an image in the prompt; absent for any price. */
  image?: string | null | undefined;
  /** The most for a token of the prompt; absent for any price. */
  prompt?: string | null | undefined;
  /** The most for a request as such; absent for any price. */
  request?: string | null | undefined;
};

/** One message of the conversation so far. It has `content` or `parts`, not both. */
export type MessageInput = {
  /** The text of the message, where it is nothing but text. */
  content?: string | null | undefined;
  /** Who of several participants with the same role speaks; absent where there is one. */
  name?: string | null | undefined;
  /** The parts of the message in order, where it is more than text or carries cache marks. */
  parts?: Array<ContentPartInput> | null | undefined;
  /** The reasoning that an earlier answer of the assistant came with. */
  reasoning?: string | null | undefined;
  /** The `reasoningDetails` of an earlier answer, unchanged and in order. Some models refuse to go on with a tool call without them. */
  reasoningDetails?: unknown;
  /** Who speaks, which decides what else the message may hold. */
  role: MessageRole;
  /** Which call a tool message answers. Required there, and nowhere else allowed. */
  toolCallId?: string | null | undefined;
  /** What an assistant message called. Each call is to be answered by a tool message. */
  toolCalls?: Array<ToolCallInput> | null | undefined;
};

/** Who speaks in a message. */
export type MessageRole =
  /** The model: what it answered earlier, or the beginning of the answer that it is to continue. */
  | 'ASSISTANT'
  /** What newer models call a system message. Sent as whichever the endpoint understands. */
  | 'DEVELOPER'
  /** Instructions that stand above the conversation. */
  | 'SYSTEM'
  /** The result of a tool that the model called. */
  | 'TOOL'
  /** The person, or program, that asks. */
  | 'USER';

/** A kind of content that goes into a model or comes out of it. */
export type Modality =
  /** Sound, such as recorded speech. */
  | 'AUDIO'
  /** Vectors in place of an answer. Such a model is asked by `createEmbedding`, and does not chat. */
  | 'EMBEDDINGS'
  /** Documents, such as PDF files. */
  | 'FILE'
  /** Pictures, such as PNG, JPEG or WebP files. */
  | 'IMAGE'
  /** Written words, which every chat model takes and gives. */
  | 'TEXT'
  /** Moving pictures, with or without sound. */
  | 'VIDEO';

/** Narrows a list of models. A model stays in it if everything that is given holds. What is said of endpoints (available, supportedParameters, prices, provider, free) must hold of one and the same endpoint. */
export type ModelFilter = {
  /** Only models of this author: the part of the slug before the slash. */
  author?: string | null | undefined;
  /** True: only models that could be tried now. False: only those that could not. */
  available?: boolean | null | undefined;
  /** True: only models with an endpoint that charges nothing. False: only those without one. */
  free?: boolean | null | undefined;
  /** Only models that take all of these kinds of content. */
  inputModalities?: Array<Modality> | null | undefined;
  /** Only models with an endpoint that charges at most this for a token of the answer, in US dollars. */
  maxCompletionPrice?: string | null | undefined;
  /** Only models with an endpoint that charges at most this for a token of the prompt, in US dollars. */
  maxPromptPrice?: string | null | undefined;
  /** Only models that take at least this many tokens, prompt and answer together. */
  minContextLength?: number | null | undefined;
  /** Only models that can answer with all of these kinds of content. */
  outputModalities?: Array<Modality> | null | undefined;
  /** Only models that the provider with this slug serves. */
  provider?: string | null | undefined;
  /** Words that must all occur in the slug, the name or the description, in any case of letters. */
  search?: string | null | undefined;
  /** Only models with an endpoint that understands all of these options. */
  supportedParameters?: Array<Parameter> | null | undefined;
};

/** The order of a list of models. Where two are equal, the slug decides. */
export type ModelOrder = {
  /** Which end comes first. What has no value comes last in either direction. */
  direction?: OrderDirection;
  /** What to order by. */
  field: ModelOrderField;
};

/** What a list of models may be ordered by. */
export type ModelOrderField =
  /** What `pricing.completion` says. Models that nobody serves come last. */
  | 'COMPLETION_PRICE'
  /** How many tokens the model takes. */
  | 'CONTEXT_LENGTH'
  /** The release date. Models of unknown date come last. */
  | 'CREATED_AT'
  /** The name for people to read, by its letters. */
  | 'NAME'
  /** What `pricing.prompt` says. Models that nobody serves come last. */
  | 'PROMPT_PRICE'
  /** The slug, which is by author and then by name. */
  | 'SLUG';

/** Which end of an order comes first. */
export type OrderDirection =
  /** The least first: A to Z, old to new, cheap to dear. */
  | 'ASC'
  /** The greatest first: Z to A, new to old, dear to cheap. */
  | 'DESC';

/** An option of a request that an endpoint may or may not understand. Where it does not, the option is left out. */
export type Parameter =
  /** Making tokens less likely the more often they have come already. */
  | 'FREQUENCY_PENALTY'
  /** Making single tokens more or less likely. */
  | 'LOGIT_BIAS'
  /** The log probability of each token of the answer. */
  | 'LOGPROBS'
  /** A limit on the length of the answer. */
  | 'MAX_TOKENS'
  /** Drawing only from tokens at least this probable, relative to the likeliest. */
  | 'MIN_P'
  /** Whether one answer may call several tools. */
  | 'PARALLEL_TOOL_CALLS'
  /** A text that the answer will resemble, which makes it faster. */
  | 'PREDICTION'
  /** Making tokens less likely once they have come at all. */
  | 'PRESENCE_PENALTY'
  /** Control over how much the model thinks before it answers. */
  | 'REASONING'
  /** Making tokens of the prompt and the answer less likely to come again. */
  | 'REPETITION_PENALTY'
  /** An answer that is a JSON object. */
  | 'RESPONSE_FORMAT'
  /** Drawing the same tokens again for the same request, as far as the provider can. */
  | 'SEED'
  /** Texts at which the answer ends. */
  | 'STOP'
  /** An answer that follows a JSON Schema. */
  | 'STRUCTURED_OUTPUTS'
  /** How freely tokens are drawn: 0 always takes the likeliest. */
  | 'TEMPERATURE'
  /** Functions that the model may ask to have called. */
  | 'TOOLS'
  /** Whether the model must, may or must not call tools, and which. */
  | 'TOOL_CHOICE'
  /** Drawing only from tokens whose probability exceeds this share of the square of the likeliest one. */
  | 'TOP_A'
  /** Drawing only from this many of the likeliest tokens. */
  | 'TOP_K'
  /** The log probabilities of the likeliest alternatives of each token. */
  | 'TOP_LOGPROBS'
  /** Drawing only from the likeliest tokens that together reach this probability. */
  | 'TOP_P'
  /** A name for the end user, for the abuse detection of the provider. */
  | 'USER'
  /** How long-winded the answer may be. */
  | 'VERBOSITY';

/** A bound for one or more percentiles of what was measured of late. All that are given must hold. */
export type PercentileInput = {
  /** What half of the answers must do at least as well as. Absent for no bound. */
  p50?: number | null | undefined;
  /** What three of four answers must do at least as well as. Absent for no bound. */
  p75?: number | null | undefined;
  /** What nine of ten answers must do at least as well as. Absent for no bound. */
  p90?: number | null | undefined;
  /** What all answers but one in a hundred must do at least as well as. Absent for no bound. */
  p99?: number | null | undefined;
};

/** Where prices come from. */
export type PriceProvenance =
  /** The list that the program ships with. */
  | 'BUILT_IN'
  /** The operator's configuration. */
  | 'CONFIGURATION'
  /** It is a server of your own, which was found on this machine and is free. */
  | 'DISCOVERED';

/** Narrows a list of providers. A provider stays in it if everything that is given holds. */
export type ProviderFilter = {
  /** True: only those that can be called. False: only those without credentials. */
  configured?: boolean | null | undefined;
  /** Words that must all occur in the slug or the name, in any case of letters. */
  search?: string | null | undefined;
};

/** What the caller asks of routing. Providers are named by their slugs (`deepinfra`), or by tags that pin one endpoint (`deepinfra/turbo`); at most 100 in a list. */
export type ProviderPreferencesInput = {
  /** Whether another endpoint may serve when the first choice, or those of `order`, fail. Absent: true. */
  allowFallbacks?: boolean | null | undefined;
  /** Whether providers may keep prompts. Absent: ALLOW. */
  dataCollection?: DataCollection | null | undefined;
  /** Providers not to try. */
  ignore?: Array<string> | null | undefined;
  /** What the endpoint may cost at most; absent for any price. */
  maxPrice?: MaxPriceInput | null | undefined;
  /** The only providers to try; absent for all of them. */
  only?: Array<string> | null | undefined;
  /** Providers to try first, in this order; then the others, unless `allowFallbacks` is false. */
  order?: Array<string> | null | undefined;
  /** How soon the first token should come, in milliseconds. Endpoints that were slower over the last 5 minutes, or 30 where there were too few requests, are tried after the others, never refused. Absent for any time. */
  preferredMaxLatency?: PercentileInput | null | undefined;
  /** How fast answers should be written, in completion tokens a second. Endpoints that were slower over the last 5 minutes, or 30 where there were too few requests, are tried after the others, never refused. Absent for any speed. */
  preferredMinThroughput?: PercentileInput | null | undefined;
  /** The only number formats to accept; absent for any. */
  quantizations?: Array<Quantization> | null | undefined;
  /** Whether only endpoints that understand every option of the request may serve. Absent: false. */
  requireParameters?: boolean | null | undefined;
  /** How to order endpoints; absent for the usual balance. */
  sort?: ProviderSortInput | null | undefined;
  /** True: only endpoints that keep nothing at all (zero data retention). Absent: false. */
  zdr?: boolean | null | undefined;
};

/** What to order endpoints by. */
export type ProviderSort =
  /** The one with the fewest faulty tool calls first: those known to be good, then those with fewer than ten judged answers, last those clearly worse than the best. Equal ones by price. */
  | 'EXACTO'
  /** The one whose first token comes soonest first. */
  | 'LATENCY'
  /** The cheapest first. */
  | 'PRICE'
  /** The one that writes the most tokens a second first. */
  | 'THROUGHPUT';

/** In which order endpoints are tried. */
export type ProviderSortInput = {
  /** What decides the order. */
  by: ProviderSort;
  /** Whether the order goes across the models that are asked for. Absent: MODEL. */
  partition?: ProviderSortPartition | null | undefined;
};

/** Which endpoints are put in order together, where a request names several models. */
export type ProviderSortPartition =
  /** Those of one model: the second model is tried when the first cannot serve. */
  | 'MODEL'
  /** Those of all models: the best endpoint serves, whichever of the models it has. */
  | 'NONE';

/** The number format in which an endpoint keeps the weights. Fewer bits are cheaper and may answer a little worse. */
export type Quantization =
  /** Floating point of 16 bits with the range of 32: what most models are published in. */
  | 'BF16'
  /** Floating point of 4 bits. */
  | 'FP4'
  /** Floating point of 6 bits. */
  | 'FP6'
  /** Floating point of 8 bits. */
  | 'FP8'
  /** Floating point of 16 bits. */
  | 'FP16'
  /** Floating point of 32 bits. */
  | 'FP32'
  /** Integers of 4 bits. */
  | 'INT4'
  /** Integers of 8 bits. */
  | 'INT8'
  /** Floating point of 4 bits with a scale shared by 32 values. */
  | 'MXFP4'
  /** Floating point of 8 bits with a scale shared by 32 values. */
  | 'MXFP8'
  /** Floating point of 4 bits with a scale shared by 16 values. */
  | 'NVFP4'
  /** The provider does not say. */
  | 'UNKNOWN';

/** The time that a ranking is about. */
export type RankingPeriod =
  /** Since the first record. */
  | 'ALL_TIME'
  /** The last 24 hours. */
  | 'DAY'
  /** The last 30 days. */
  | 'MONTH'
  /** The last 7 days. */
  | 'WEEK';

/** How much a model thinks before it answers. */
export type ReasoningEffort =
  /** A lot, for hard questions. */
  | 'HIGH'
  /** A little: fast and cheap. */
  | 'LOW'
  /** As much as the model can. */
  | 'MAX'
  /** A moderate amount: what most models do by themselves. */
  | 'MEDIUM'
  /** As little as the model can. */
  | 'MINIMAL'
  /** Not at all, where the model can do without. */
  | 'NONE'
  /** More than high, where the model knows such a level. */
  | 'XHIGH';

/** How much the model thinks before it answers. At most one of `effort` and `maxTokens`. */
export type ReasoningInput = {
  /** How much, in words. */
  effort?: ReasoningEffort | null | undefined;
  /** Whether to think at all, for models that may or may not; absent leaves it to the model. */
  enabled?: boolean | null | undefined;
  /** True: think, but leave the reasoning out of the answer. Absent: false. */
  exclude?: boolean | null | undefined;
  /** How much, in tokens at most. */
  maxTokens?: number | null | undefined;
};

/** The form of the answer: a mode, or a schema. */
export type ResponseFormatInput =
  {   /** The answer is JSON that follows this schema. */
  jsonSchema: JsonSchemaInput; mode?: never; }
  |  { jsonSchema?: never;   /** A form without a schema. */
  mode: ResponseFormatMode; };

/** A form of answers that needs no schema. */
export type ResponseFormatMode =
  /** Some JSON object. The messages must ask for JSON, too. */
  | 'JSON_OBJECT'
  /** Plain text: what models write where nothing is said. */
  | 'TEXT';

/** Which API key is to get another secret. */
export type RotateApiKeyInput = {
  /** How long the secret that it has stays good, in seconds: a week at most. With 0 it ends at once, with what runs by it. */
  graceSeconds: number;
  /** Which key: its `keyId`, or the `id` of its node. */
  id: string;
};

/** What all keys of an account may spend together. */
export type SetBudgetInput = {
  /** The account whose spending it limits, `acct-…`. */
  accountId: string;
  /** How much, in which period. */
  limit: SpendingLimitInput;
};

/** What may be spent, and how often that begins anew. */
export type SpendingLimitInput = {
  /** US dollars, with at most 9 decimals. Absent or null: spending is counted, and not limited. */
  amount?: string | null | undefined;
  /** How often it begins anew. */
  reset?: BudgetReset;
};

/** How a generation ended. */
export type Termination =
  /** What may be spent was used up while the answer was being written. */
  | 'BUDGET'
  /** Somebody cancelled it by its id, its key ended, or the server shut down. */
  | 'CANCELLED'
  /** The last reader left. */
  | 'CLIENT_ABORT'
  /** The answer is whole. */
  | 'COMPLETE'
  /** The process that ran it died; it was billed by what was known to be delivered. */
  | 'CRASH'
  /** Every endpoint that was tried failed, or this server or its books did. */
  | 'FAILED'
  /** It was refused before anything was sent to a provider. */
  | 'REFUSED'
  /** It took longer than allowed. */
  | 'TIMEOUT'
  /** The provider broke the answer off. */
  | 'UPSTREAM_CUT';

/** A piece of plain text within a message. */
export type TextPartInput = {
  /** Where the provider may cut the prompt for its cache; absent for no mark. */
  cacheControl?: CacheControlInput | null | undefined;
  /** The words, in any language and markup. */
  text: string;
};

/** A call that the model asked for in an earlier answer. */
export type ToolCallInput = {
  /** The arguments as the model wrote them: the text of a JSON object. */
  arguments: string;
  /** The id that the answer gave the call. */
  callId: string;
  /** The name of the function that was called. */
  name: string;
};

/** Whether the model must call tools: a mode, or the one function that it must call. */
export type ToolChoiceInput =
  {   /** The name of the function that the model must call, one of `tools`. */
  function: string; mode?: never; }
  |  { function?: never;   /** Leaves the choice among the tools to the model. */
  mode: ToolChoiceMode; };

/** Whether the model calls tools. */
export type ToolChoiceMode =
  /** It decides by itself: what it does where nothing is said. */
  | 'AUTO'
  /** It calls none, though it knows of them. */
  | 'NONE'
  /** It calls at least one. */
  | 'REQUIRED';

/** Something that the model may use while it answers. */
export type ToolInput = {
  /** Marks that the tools up to and including this one may be cached; absent for no mark. */
  cacheControl?: CacheControlInput | null | undefined;
  /** The function that the tool is. */
  function: FunctionInput;
  /** Which kind of tool it is. */
  type?: ToolType;
};

/** The kinds of tool that a model may be given. */
export type ToolType =
  /** A function of yours. The model asks for calls; you make them and send back the results. */
  | 'FUNCTION';

/** What to change about an account. What is absent stays as it is; what is null is taken away. */
export type UpdateAccountInput = {
  /** Whether its requests count for the apps that they name, and so in `appRankings`. Null is true. */
  attribution?: boolean | null | undefined;
  /** How many days prompts and answers are kept, from 1 to 3,650. Null: they are not kept. */
  contentRetentionDays?: number | null | undefined;
  /** DENY: only endpoints that keep no prompts serve it, whatever a request says. Null is ALLOW. */
  dataCollection?: DataCollection | null | undefined;
  /** The model of requests that name none. Null for the server's default. */
  defaultModel?: string | null | undefined;
  /** What it asks of routing where a request says nothing. It replaces what was there as a whole. */
  defaultProvider?: ProviderPreferencesInput | null | undefined;
  /** Which account, `acct-…`. Absent: that of the caller. */
  id?: string | null | undefined;
  /** What it is called from now on; absent for the name that it has. */
  name?: string | null | undefined;
  /** True: only endpoints that keep nothing at all serve it, whatever a request says. Null is false. */
  zdr?: boolean | null | undefined;
};

/** What to change about an API key. What is absent stays as it is; what is null is taken away. */
export type UpdateApiKeyInput = {
  /** Slugs of the models that it may use, with `*` for any letters: `anthropic/*`. Null: all. */
  allowedModels?: Array<string> | null | undefined;
  /** Slugs of the providers that may serve it. Null: all. */
  allowedProviders?: Array<string> | null | undefined;
  /** How many streams may run by it at the same time. Null: any number. */
  concurrentStreams?: number | null | undefined;
  /** When it ends by itself. Null: never. */
  expiresAt?: string | null | undefined;
  /** Which key: its `keyId`, or the `id` of its node. */
  id: string;
  /** What it may spend, with the client tokens that it makes. Of a new key null is no limit. */
  limit?: SpendingLimitInput | null | undefined;
  /** What it is called from now on; absent for the name that it has. */
  name?: string | null | undefined;
  /** How many requests it may make in a minute. Null: any number. */
  requestsPerMinute?: number | null | undefined;
  /** What it may do. A new key may ask models where nothing is said. */
  scopes?: Array<KeyScope> | null | undefined;
  /** How many tokens it may use in a minute. Null: any number. */
  tokensPerMinute?: number | null | undefined;
};

/** Where token counts come from. */
export type UsageSource =
  /** The provider did not say; this server counted with a tokenizer. */
  | 'COUNTED'
  /** The provider did not say; this server estimated from the number of bytes. */
  | 'ESTIMATED'
  /** The provider counted. */
  | 'PROVIDER';

/** How long-winded an answer may be. */
export type Verbosity =
  /** Detailed answers. */
  | 'HIGH'
  /** Terse answers without asides. */
  | 'LOW'
  /** As detailed as the model can. */
  | 'MAX'
  /** Answers of the usual length. */
  | 'MEDIUM'
  /** More detailed than high, where the model knows such a level. */
  | 'XHIGH';

export type AskMutationVariables = Exact<{
  input: ChatCompletionInput;
}>;


export type AskMutation = { createChatCompletion:
    | { __typename: 'AllAttemptsFailed', message: string }
    | { __typename: 'BudgetExceeded', message: string }
    | { __typename: 'Cancelled', message: string }
    | { __typename: 'ChatCompletion', content: string | null, cost: string }
    | { __typename: 'ContentFiltered', message: string }
    | { __typename: 'ContextLengthExceeded', message: string }
    | { __typename: 'Forbidden', message: string }
    | { __typename: 'IdempotencyConflict', message: string }
    | { __typename: 'InsufficientCredits', message: string }
    | { __typename: 'InternalError', message: string }
    | { __typename: 'InvalidRequest', message: string }
    | { __typename: 'ModelNotFound', message: string }
    | { __typename: 'NoEndpointAvailable', message: string }
    | { __typename: 'Overloaded', message: string }
    | { __typename: 'RateLimited', message: string }
    | { __typename: 'TimedOut', message: string }
   };

export type StreamAnswerSubscriptionVariables = Exact<{
  input: ChatCompletionInput;
}>;


export type StreamAnswerSubscription = { streamChatCompletion:
    | { __typename: 'AnnotationsDelta' }
    | { __typename: 'CompletionAccepted' }
    | { __typename: 'CompletionFailed', error:
        | { __typename: 'AllAttemptsFailed', message: string }
        | { __typename: 'BudgetExceeded', message: string }
        | { __typename: 'Cancelled', message: string }
        | { __typename: 'ContentFiltered', message: string }
        | { __typename: 'ContextLengthExceeded', message: string }
        | { __typename: 'EventsForgotten', message: string }
        | { __typename: 'Forbidden', message: string }
        | { __typename: 'GenerationNotFound', message: string }
        | { __typename: 'IdempotencyConflict', message: string }
        | { __typename: 'InsufficientCredits', message: string }
        | { __typename: 'InternalError', message: string }
        | { __typename: 'InvalidRequest', message: string }
        | { __typename: 'ModelNotFound', message: string }
        | { __typename: 'NoEndpointAvailable', message: string }
        | { __typename: 'Overloaded', message: string }
        | { __typename: 'RateLimited', message: string }
        | { __typename: 'TimedOut', message: string }
       }
    | { __typename: 'CompletionFinished', completion: { cost: string } }
    | { __typename: 'CompletionStarted' }
    | { __typename: 'ContentDelta', text: string }
    | { __typename: 'ImageDelta' }
    | { __typename: 'ReasoningDelta' }
    | { __typename: 'ReasoningDetailsDelta' }
    | { __typename: 'RefusalDelta' }
    | { __typename: 'ToolCallDelta' }
   };

export type CreateAccountMutationVariables = Exact<{
  input: CreateAccountInput;
}>;


export type CreateAccountMutation = { createAccount:
    | { __typename: 'Account', accountId: string, name: string, defaultModel: string | null, defaultProvider: unknown, dataCollection: DataCollection, zdr: boolean, attribution: boolean, contentRetentionDays: number | null }
    | { __typename: 'Forbidden', code: ErrorCode, message: string }
    | { __typename: 'InvalidRequest', code: ErrorCode, message: string, path: string | null }
    | { __typename: 'NotFound', code: ErrorCode, message: string }
   };

export type UpdateAccountMutationVariables = Exact<{
  input: UpdateAccountInput;
}>;


export type UpdateAccountMutation = { updateAccount:
    | { __typename: 'Account', accountId: string, name: string, defaultModel: string | null, defaultProvider: unknown, dataCollection: DataCollection, zdr: boolean, attribution: boolean, contentRetentionDays: number | null }
    | { __typename: 'Forbidden', code: ErrorCode, message: string }
    | { __typename: 'InvalidRequest', code: ErrorCode, message: string, path: string | null }
    | { __typename: 'NotFound', code: ErrorCode, message: string }
   };

export type CloseAccountMutationVariables = Exact<{
  id: string;
}>;


export type CloseAccountMutation = { closeAccount:
    | { __typename: 'Account', closedAt: string | null }
    | { __typename: 'Forbidden', code: ErrorCode, message: string }
    | { __typename: 'InvalidRequest', code: ErrorCode, message: string }
    | { __typename: 'NotFound', code: ErrorCode, message: string }
   };

export type GrantCreditsMutationVariables = Exact<{
  input: GrantCreditsInput;
}>;


export type GrantCreditsMutation = { grantCredits:
    | { __typename: 'Credits', balance: string, granted: string, ledger: { totalCount: number, edges: Array<{ node: { kind: LedgerEntryKind, amount: string, note: string | null, actor: string | null } }> } }
    | { __typename: 'Forbidden', code: ErrorCode, message: string }
    | { __typename: 'InvalidRequest', code: ErrorCode, message: string, path: string | null }
    | { __typename: 'NotFound', code: ErrorCode, message: string }
   };

export type SetBudgetMutationVariables = Exact<{
  input: SetBudgetInput;
}>;


export type SetBudgetMutation = { setBudget:
    | { __typename: 'Account', budget: { limit: string | null, spent: string, reserved: string, remaining: string | null, reset: BudgetReset, periodStart: string | null, resetsAt: string | null } | null }
    | { __typename: 'Forbidden', code: ErrorCode, message: string }
    | { __typename: 'InvalidRequest', code: ErrorCode, message: string, path: string | null }
    | { __typename: 'NotFound', code: ErrorCode, message: string }
   };

export type AuditLogQueryVariables = Exact<{
  first?: number | null | undefined;
}>;


export type AuditLogQuery = { auditLog: { totalCount: number, brokenAt: number | null, edges: Array<{ node: { sequence: number, actor: string, action: string, target: string, before: unknown, after: unknown } }> } };

export type CancelMutationVariables = Exact<{
  id: string;
}>;


export type CancelMutation = { cancelGeneration:
    | { __typename: 'CancelledGeneration', generationId: string }
    | { __typename: 'GenerationNotFound', code: ErrorCode, message: string }
   };

export type CompleteMutationVariables = Exact<{
  input: ChatCompletionInput;
}>;


export type CompleteMutation = { createChatCompletion:
    | { __typename: 'AllAttemptsFailed', code: ErrorCode, message: string, retryable: boolean, retryAfterMs: number | null }
    | { __typename: 'BudgetExceeded', code: ErrorCode, message: string, retryable: boolean, retryAfterMs: number | null }
    | { __typename: 'Cancelled', code: ErrorCode, message: string, retryable: boolean, retryAfterMs: number | null }
    | { __typename: 'ChatCompletion', generationId: string, content: string | null, reasoning: string | null, finishReason: FinishReason, nativeFinishReason: string | null, cost: string, createdAt: string, model: { slug: string }, provider: { slug: string }, usage: { promptTokens: number, completionTokens: number, totalTokens: number, source: UsageSource }, attempts: Array<{ outcome: AttemptOutcome | null, failureKind: FailureKind | null, durationMs: number | null, endpoint: { tag: string } }> }
    | { __typename: 'ContentFiltered', code: ErrorCode, message: string, retryable: boolean, retryAfterMs: number | null }
    | { __typename: 'ContextLengthExceeded', code: ErrorCode, message: string, retryable: boolean, retryAfterMs: number | null }
    | { __typename: 'Forbidden', code: ErrorCode, message: string, retryable: boolean, retryAfterMs: number | null }
    | { __typename: 'IdempotencyConflict', code: ErrorCode, message: string, retryable: boolean, retryAfterMs: number | null }
    | { __typename: 'InsufficientCredits', code: ErrorCode, message: string, retryable: boolean, retryAfterMs: number | null }
    | { __typename: 'InternalError', code: ErrorCode, message: string, retryable: boolean, retryAfterMs: number | null }
    | { __typename: 'InvalidRequest', code: ErrorCode, message: string, retryable: boolean, retryAfterMs: number | null }
    | { __typename: 'ModelNotFound', code: ErrorCode, message: string, retryable: boolean, retryAfterMs: number | null }
    | { __typename: 'NoEndpointAvailable', code: ErrorCode, message: string, retryable: boolean, retryAfterMs: number | null }
    | { __typename: 'Overloaded', code: ErrorCode, message: string, retryable: boolean, retryAfterMs: number | null }
    | { __typename: 'RateLimited', code: ErrorCode, message: string, retryable: boolean, retryAfterMs: number | null }
    | { __typename: 'TimedOut', code: ErrorCode, message: string, retryable: boolean, retryAfterMs: number | null }
   };

export type EmbedMutationVariables = Exact<{
  input: EmbeddingInput;
}>;


export type EmbedMutation = { createEmbedding:
    | { __typename: 'AllAttemptsFailed', code: ErrorCode, message: string, retryable: boolean, retryAfterMs: number | null }
    | { __typename: 'BudgetExceeded', code: ErrorCode, message: string, retryable: boolean, retryAfterMs: number | null }
    | { __typename: 'Cancelled', code: ErrorCode, message: string, retryable: boolean, retryAfterMs: number | null }
    | { __typename: 'ContentFiltered', code: ErrorCode, message: string, retryable: boolean, retryAfterMs: number | null }
    | { __typename: 'ContextLengthExceeded', code: ErrorCode, message: string, retryable: boolean, retryAfterMs: number | null }
    | { __typename: 'Embeddings', generationId: string, dimensions: number, cost: string, createdAt: string, embeddings: Array<{ index: number, vector: Array<number>, base64: string }>, model: { slug: string }, provider: { slug: string }, usage: { promptTokens: number, totalTokens: number, source: UsageSource }, attempts: Array<{ outcome: AttemptOutcome | null, endpoint: { tag: string } }> }
    | { __typename: 'Forbidden', code: ErrorCode, message: string, retryable: boolean, retryAfterMs: number | null }
    | { __typename: 'IdempotencyConflict', code: ErrorCode, message: string, retryable: boolean, retryAfterMs: number | null }
    | { __typename: 'InsufficientCredits', code: ErrorCode, message: string, retryable: boolean, retryAfterMs: number | null }
    | { __typename: 'InternalError', code: ErrorCode, message: string, retryable: boolean, retryAfterMs: number | null }
    | { __typename: 'InvalidRequest', code: ErrorCode, message: string, retryable: boolean, retryAfterMs: number | null }
    | { __typename: 'ModelNotFound', code: ErrorCode, message: string, retryable: boolean, retryAfterMs: number | null }
    | { __typename: 'NoEndpointAvailable', code: ErrorCode, message: string, retryable: boolean, retryAfterMs: number | null }
    | { __typename: 'Overloaded', code: ErrorCode, message: string, retryable: boolean, retryAfterMs: number | null }
    | { __typename: 'RateLimited', code: ErrorCode, message: string, retryable: boolean, retryAfterMs: number | null }
    | { __typename: 'TimedOut', code: ErrorCode, message: string, retryable: boolean, retryAfterMs: number | null }
   };

export type EndpointHealthSubscriptionVariables = Exact<{
  model?: string | null | undefined;
  provider?: string | null | undefined;
}>;


export type EndpointHealthSubscription = { endpointHealth: { state: EndpointState, coolingUntil: string | null, uptime: number | null, endpoint: { tag: string, model: { slug: string } }, latency: { p50: number, p99: number, samples: number } | null, throughput: { p50: number } | null, toolCalls: { answers: number, faulty: number } | null } };

export type FailureMutationVariables = Exact<{
  model?: string | null | undefined;
}>;


export type FailureMutation = { createChatCompletion:
    | { __typename: 'AllAttemptsFailed', code: ErrorCode, message: string, retryable: boolean, retryAfterMs: number | null, attempts: Array<{ failureKind: FailureKind | null, status: number | null, message: string | null, durationMs: number | null, endpoint: { tag: string } }> }
    | { __typename: 'BudgetExceeded', code: ErrorCode, message: string, retryable: boolean, retryAfterMs: number | null }
    | { __typename: 'Cancelled', code: ErrorCode, message: string, retryable: boolean, retryAfterMs: number | null }
    | { __typename: 'ChatCompletion' }
    | { __typename: 'ContentFiltered', code: ErrorCode, message: string, retryable: boolean, retryAfterMs: number | null }
    | { __typename: 'ContextLengthExceeded', code: ErrorCode, message: string, retryable: boolean, retryAfterMs: number | null }
    | { __typename: 'Forbidden', code: ErrorCode, message: string, retryable: boolean, retryAfterMs: number | null }
    | { __typename: 'IdempotencyConflict', code: ErrorCode, message: string, retryable: boolean, retryAfterMs: number | null }
    | { __typename: 'InsufficientCredits', code: ErrorCode, message: string, retryable: boolean, retryAfterMs: number | null }
    | { __typename: 'InternalError', code: ErrorCode, message: string, retryable: boolean, retryAfterMs: number | null }
    | { __typename: 'InvalidRequest', code: ErrorCode, message: string, retryable: boolean, retryAfterMs: number | null, path: string | null }
    | { __typename: 'ModelNotFound', code: ErrorCode, message: string, retryable: boolean, retryAfterMs: number | null, requestedModel: string, suggestions: Array<string> }
    | { __typename: 'NoEndpointAvailable', code: ErrorCode, message: string, retryable: boolean, retryAfterMs: number | null, exclusions: Array<{ name: string, filter: string, reason: string, endpoint: { provider: { slug: string } } | null }> }
    | { __typename: 'Overloaded', code: ErrorCode, message: string, retryable: boolean, retryAfterMs: number | null }
    | { __typename: 'RateLimited', code: ErrorCode, message: string, retryable: boolean, retryAfterMs: number | null }
    | { __typename: 'TimedOut', code: ErrorCode, message: string, retryable: boolean, retryAfterMs: number | null }
   };

export type FindAgainQueryVariables = Exact<{
  id: string;
  ids: Array<string> | string;
}>;


export type FindAgainQuery = { node:
    | { __typename: 'Account', id: string }
    | { __typename: 'ApiKey', id: string }
    | { __typename: 'App', id: string }
    | { __typename: 'Endpoint', id: string, tag: string }
    | { __typename: 'Generation', id: string }
    | { __typename: 'Model', id: string, slug: string }
    | { __typename: 'Provider', id: string, name: string }
   | null, nodes: Array<
    | { __typename: 'Account', id: string }
    | { __typename: 'ApiKey', id: string }
    | { __typename: 'App', id: string }
    | { __typename: 'Endpoint', id: string, tag: string }
    | { __typename: 'Generation', id: string }
    | { __typename: 'Model', id: string, slug: string }
    | { __typename: 'Provider', id: string, name: string }
   | null> };

type Named_Endpoint_Fragment = { tag: string };

type Named_Model_Fragment = { slug: string };

type Named_Provider_Fragment = { name: string };

export type NamedFragment =
  | Named_Endpoint_Fragment
  | Named_Model_Fragment
  | Named_Provider_Fragment
;

export type FollowSubscriptionVariables = Exact<{
  id: string;
  after?: number | null | undefined;
}>;


export type FollowSubscription = { followGeneration:
    | { __typename: 'AnnotationsDelta', generationId: string, sequence: number }
    | { __typename: 'CompletionAccepted', generationId: string, sequence: number }
    | { __typename: 'CompletionFailed', generationId: string, sequence: number, content: string, error:
        | { __typename: 'AllAttemptsFailed', code: ErrorCode, message: string, retryable: boolean }
        | { __typename: 'BudgetExceeded', code: ErrorCode, message: string, retryable: boolean }
        | { __typename: 'Cancelled', code: ErrorCode, message: string, retryable: boolean }
        | { __typename: 'ContentFiltered', code: ErrorCode, message: string, retryable: boolean }
        | { __typename: 'ContextLengthExceeded', code: ErrorCode, message: string, retryable: boolean }
        | { __typename: 'EventsForgotten', code: ErrorCode, message: string, retryable: boolean, oldestSequence: number }
        | { __typename: 'Forbidden', code: ErrorCode, message: string, retryable: boolean }
        | { __typename: 'GenerationNotFound', code: ErrorCode, message: string, retryable: boolean }
        | { __typename: 'IdempotencyConflict', code: ErrorCode, message: string, retryable: boolean }
        | { __typename: 'InsufficientCredits', code: ErrorCode, message: string, retryable: boolean }
        | { __typename: 'InternalError', code: ErrorCode, message: string, retryable: boolean }
        | { __typename: 'InvalidRequest', code: ErrorCode, message: string, retryable: boolean }
        | { __typename: 'ModelNotFound', code: ErrorCode, message: string, retryable: boolean }
        | { __typename: 'NoEndpointAvailable', code: ErrorCode, message: string, retryable: boolean }
        | { __typename: 'Overloaded', code: ErrorCode, message: string, retryable: boolean }
        | { __typename: 'RateLimited', code: ErrorCode, message: string, retryable: boolean }
        | { __typename: 'TimedOut', code: ErrorCode, message: string, retryable: boolean }
       }
    | { __typename: 'CompletionFinished', generationId: string, sequence: number, completion: { content: string | null, finishReason: FinishReason } }
    | { __typename: 'CompletionStarted', generationId: string, sequence: number }
    | { __typename: 'ContentDelta', generationId: string, sequence: number, text: string }
    | { __typename: 'ImageDelta', generationId: string, sequence: number }
    | { __typename: 'ReasoningDelta', generationId: string, sequence: number }
    | { __typename: 'ReasoningDetailsDelta', generationId: string, sequence: number }
    | { __typename: 'RefusalDelta', generationId: string, sequence: number }
    | { __typename: 'ToolCallDelta', generationId: string, sequence: number }
   };

export type CreateApiKeyMutationVariables = Exact<{
  input: CreateApiKeyInput;
}>;


export type CreateApiKeyMutation = { createApiKey:
    | { __typename: 'CreatedApiKey', secret: string, apiKey: { id: string, keyId: string, name: string, accountId: string, scopes: Array<KeyScope>, expiresAt: string | null, revokedAt: string | null, allowedModels: Array<string> | null, allowedProviders: Array<string> | null, requestsPerMinute: number | null, limit: { limit: string | null, remaining: string | null, reset: BudgetReset } | null } }
    | { __typename: 'Forbidden', code: ErrorCode, message: string }
    | { __typename: 'InvalidRequest', code: ErrorCode, message: string, path: string | null }
    | { __typename: 'NotFound', code: ErrorCode, message: string }
   };

export type UpdateApiKeyMutationVariables = Exact<{
  input: UpdateApiKeyInput;
}>;


export type UpdateApiKeyMutation = { updateApiKey:
    | { __typename: 'ApiKey', id: string, keyId: string, name: string, accountId: string, scopes: Array<KeyScope>, expiresAt: string | null, revokedAt: string | null, allowedModels: Array<string> | null, allowedProviders: Array<string> | null, requestsPerMinute: number | null, limit: { limit: string | null, remaining: string | null, reset: BudgetReset } | null }
    | { __typename: 'Forbidden', code: ErrorCode, message: string }
    | { __typename: 'InvalidRequest', code: ErrorCode, message: string, path: string | null }
    | { __typename: 'NotFound', code: ErrorCode, message: string }
   };

export type RotateApiKeyMutationVariables = Exact<{
  input: RotateApiKeyInput;
}>;


export type RotateApiKeyMutation = { rotateApiKey:
    | { __typename: 'Forbidden', code: ErrorCode, message: string }
    | { __typename: 'InvalidRequest', code: ErrorCode, message: string }
    | { __typename: 'NotFound', code: ErrorCode, message: string }
    | { __typename: 'RotatedApiKey', secret: string, apiKey: { keyId: string, last4: string, previousSecretUntil: string | null } }
   };

export type RevokeApiKeyMutationVariables = Exact<{
  id: string;
}>;


export type RevokeApiKeyMutation = { revokeApiKey:
    | { __typename: 'Forbidden', code: ErrorCode, message: string }
    | { __typename: 'InvalidRequest', code: ErrorCode, message: string }
    | { __typename: 'NotFound', code: ErrorCode, message: string }
    | { __typename: 'RevokedApiKey', revokedIds: Array<string> }
   };

export type CreateClientTokenMutationVariables = Exact<{
  input: CreateClientTokenInput;
}>;


export type CreateClientTokenMutation = { createClientToken:
    | { __typename: 'CreatedClientToken', secret: string, clientToken: { tokenId: string, expiresAt: string | null, operations: Array<ClientTokenOperation> | null, origin: string | null, budget: { limit: string | null } | null } }
    | { __typename: 'Forbidden', code: ErrorCode, message: string }
    | { __typename: 'InvalidRequest', code: ErrorCode, message: string, path: string | null }
    | { __typename: 'NotFound', code: ErrorCode, message: string }
   };

export type ListApiKeysQueryVariables = Exact<{
  first?: number | null | undefined;
  after?: string | null | undefined;
  last?: number | null | undefined;
  before?: string | null | undefined;
}>;


export type ListApiKeysQuery = { apiKeys: { totalCount: number, pageInfo: { hasNextPage: boolean, hasPreviousPage: boolean, startCursor: string | null, endCursor: string | null }, edges: Array<{ node: { id: string, keyId: string, name: string, accountId: string, scopes: Array<KeyScope>, expiresAt: string | null, revokedAt: string | null, allowedModels: Array<string> | null, allowedProviders: Array<string> | null, requestsPerMinute: number | null, limit: { limit: string | null, remaining: string | null, reset: BudgetReset } | null } }> } };

export type ApiKeyFieldsFragment = { id: string, keyId: string, name: string, accountId: string, scopes: Array<KeyScope>, expiresAt: string | null, revokedAt: string | null, allowedModels: Array<string> | null, allowedProviders: Array<string> | null, requestsPerMinute: number | null, limit: { limit: string | null, remaining: string | null, reset: BudgetReset } | null };

export type ListModelsQueryVariables = Exact<{
  first?: number | null | undefined;
  after?: string | null | undefined;
  filter?: ModelFilter | null | undefined;
  orderBy?: ModelOrder | null | undefined;
}>;


export type ListModelsQuery = { models: { totalCount: number, pageInfo: { hasNextPage: boolean, endCursor: string | null }, edges: Array<{ cursor: string, node: { slug: string, name: string, contextLength: number, available: boolean, pricing: { prompt: string, completion: string } } }> } };

export type ModelDetailQueryVariables = Exact<{
  slug: string;
}>;


export type ModelDetailQuery = { model: { id: string, slug: string, name: string, author: string, description: string | null, createdAt: string | null, contextLength: number, maxCompletionTokens: number | null, inputModalities: Array<Modality>, outputModalities: Array<Modality>, supportedParameters: Array<Parameter>, knowledgeCutoff: string | null, deprecatedAt: string | null, available: boolean, pricing: { prompt: string, completion: string, request: string, image: string | null, cacheRead: string | null, cacheWrite: string | null, reasoning: string | null, validFrom: string | null, overrides: Array<{ minPromptTokens: number, prompt: string | null, completion: string | null, cacheRead: string | null, cacheWrite: string | null }> }, endpoints: Array<{ id: string, tag: string, contextLength: number, maxCompletionTokens: number | null, quantization: Quantization, supportedParameters: Array<Parameter>, inputModalities: Array<Modality>, pricing: { prompt: string, completion: string, request: string, image: string | null, cacheRead: string | null, cacheWrite: string | null, reasoning: string | null, validFrom: string | null, overrides: Array<{ minPromptTokens: number, prompt: string | null, completion: string | null, cacheRead: string | null, cacheWrite: string | null }> }, dataPolicy: { trainsOnPrompts: boolean | null, retention: DataRetention, retentionDays: number | null }, provider: { slug: string, name: string, configured: boolean }, health: { state: EndpointState, coolingUntil: string | null } }> } | null };

export type PricesFragment = { prompt: string, completion: string, request: string, image: string | null, cacheRead: string | null, cacheWrite: string | null, reasoning: string | null, validFrom: string | null, overrides: Array<{ minPromptTokens: number, prompt: string | null, completion: string | null, cacheRead: string | null, cacheWrite: string | null }> };

export type ProvidersQueryVariables = Exact<{
  first?: number | null | undefined;
  filter?: ProviderFilter | null | undefined;
}>;


export type ProvidersQuery = { providers: { totalCount: number, edges: Array<{ node: { id: string, slug: string, name: string, configured: boolean, headquarters: string | null, statusPageUrl: string | null, privacyPolicyUrl: string | null, termsOfServiceUrl: string | null, dataPolicy: { trainsOnPrompts: boolean | null, retention: DataRetention }, endpoints: { totalCount: number, edges: Array<{ node: { tag: string, model: { slug: string } } }> } } }> } };

export type RoutePlanQueryVariables = Exact<{
  input: ChatCompletionInput;
}>;


export type RoutePlanQuery = { routePlan:
    | { __typename: 'AllAttemptsFailed', code: ErrorCode, message: string, retryable: boolean, retryAfterMs: number | null }
    | { __typename: 'BudgetExceeded', code: ErrorCode, message: string, retryable: boolean, retryAfterMs: number | null }
    | { __typename: 'Cancelled', code: ErrorCode, message: string, retryable: boolean, retryAfterMs: number | null }
    | { __typename: 'ContentFiltered', code: ErrorCode, message: string, retryable: boolean, retryAfterMs: number | null }
    | { __typename: 'ContextLengthExceeded', code: ErrorCode, message: string, retryable: boolean, retryAfterMs: number | null }
    | { __typename: 'Forbidden', code: ErrorCode, message: string, retryable: boolean, retryAfterMs: number | null }
    | { __typename: 'IdempotencyConflict', code: ErrorCode, message: string, retryable: boolean, retryAfterMs: number | null }
    | { __typename: 'InsufficientCredits', code: ErrorCode, message: string, retryable: boolean, retryAfterMs: number | null }
    | { __typename: 'InternalError', code: ErrorCode, message: string, retryable: boolean, retryAfterMs: number | null }
    | { __typename: 'InvalidRequest', code: ErrorCode, message: string, retryable: boolean, retryAfterMs: number | null }
    | { __typename: 'ModelNotFound', code: ErrorCode, message: string, retryable: boolean, retryAfterMs: number | null }
    | { __typename: 'NoEndpointAvailable', code: ErrorCode, message: string, retryable: boolean, retryAfterMs: number | null }
    | { __typename: 'Overloaded', code: ErrorCode, message: string, retryable: boolean, retryAfterMs: number | null }
    | { __typename: 'RateLimited', code: ErrorCode, message: string, retryable: boolean, retryAfterMs: number | null }
    | { __typename: 'RoutePlan', remarks: Array<string>, modelChoices: Array<{ reason: string }>, stages: Array<{ mostAttempts: number, models: Array<{ slug: string }> }>, candidates: Array<{ place: number, stage: number, withinAttempts: boolean, share: number | null, weight: number | null, holdsCache: boolean, reason: string, endpoint: { tag: string }, model: { slug: string }, terms: Array<{ name: string, factor: number, meaning: string }>, expectedCost: { total: string, prompt: string, completion: string, promptTokens: number, cachedTokens: number, completionTokens: number } }>, excluded: Array<{ name: string, filter: string, reason: string, retryAfterMs: number | null }>, estimatedCost: { lowest: string, expected: string, highest: string, prompt: string, completion: string, promptTokens: number, completionTokens: number } }
    | { __typename: 'TimedOut', code: ErrorCode, message: string, retryable: boolean, retryAfterMs: number | null }
   };

export type StreamSubscriptionVariables = Exact<{
  input: ChatCompletionInput;
}>;


export type StreamSubscription = { streamChatCompletion:
    | { __typename: 'AnnotationsDelta', generationId: string, sequence: number }
    | { __typename: 'CompletionAccepted', generationId: string, sequence: number }
    | { __typename: 'CompletionFailed', generationId: string, sequence: number, content: string, error:
        | { __typename: 'AllAttemptsFailed', code: ErrorCode, message: string, retryable: boolean, retryAfterMs: number | null }
        | { __typename: 'BudgetExceeded', code: ErrorCode, message: string, retryable: boolean, retryAfterMs: number | null }
        | { __typename: 'Cancelled', code: ErrorCode, message: string, retryable: boolean, retryAfterMs: number | null }
        | { __typename: 'ContentFiltered', code: ErrorCode, message: string, retryable: boolean, retryAfterMs: number | null }
        | { __typename: 'ContextLengthExceeded', code: ErrorCode, message: string, retryable: boolean, retryAfterMs: number | null }
        | { __typename: 'EventsForgotten', code: ErrorCode, message: string, retryable: boolean, retryAfterMs: number | null }
        | { __typename: 'Forbidden', code: ErrorCode, message: string, retryable: boolean, retryAfterMs: number | null }
        | { __typename: 'GenerationNotFound', code: ErrorCode, message: string, retryable: boolean, retryAfterMs: number | null }
        | { __typename: 'IdempotencyConflict', code: ErrorCode, message: string, retryable: boolean, retryAfterMs: number | null }
        | { __typename: 'InsufficientCredits', code: ErrorCode, message: string, retryable: boolean, retryAfterMs: number | null }
        | { __typename: 'InternalError', code: ErrorCode, message: string, retryable: boolean, retryAfterMs: number | null }
        | { __typename: 'InvalidRequest', code: ErrorCode, message: string, retryable: boolean, retryAfterMs: number | null }
        | { __typename: 'ModelNotFound', code: ErrorCode, message: string, retryable: boolean, retryAfterMs: number | null }
        | { __typename: 'NoEndpointAvailable', code: ErrorCode, message: string, retryable: boolean, retryAfterMs: number | null }
        | { __typename: 'Overloaded', code: ErrorCode, message: string, retryable: boolean, retryAfterMs: number | null }
        | { __typename: 'RateLimited', code: ErrorCode, message: string, retryable: boolean, retryAfterMs: number | null }
        | { __typename: 'TimedOut', code: ErrorCode, message: string, retryable: boolean, retryAfterMs: number | null }
       }
    | { __typename: 'CompletionFinished', generationId: string, sequence: number, completion: { finishReason: FinishReason, cost: string, usage: { totalTokens: number } } }
    | { __typename: 'CompletionStarted', generationId: string, sequence: number, model: { slug: string }, endpoint: { tag: string } }
    | { __typename: 'ContentDelta', generationId: string, sequence: number, text: string }
    | { __typename: 'ImageDelta', generationId: string, sequence: number }
    | { __typename: 'ReasoningDelta', generationId: string, sequence: number, text: string }
    | { __typename: 'ReasoningDetailsDelta', generationId: string, sequence: number }
    | { __typename: 'RefusalDelta', generationId: string, sequence: number, text: string }
    | { __typename: 'ToolCallDelta', generationId: string, sequence: number, index: number, callId: string | null, name: string | null, arguments: string }
   };

export type ToolCallMutationVariables = Exact<{
  model?: string | null | undefined;
  question?: string | null | undefined;
}>;


export type ToolCallMutation = { createChatCompletion:
    | { __typename: 'AllAttemptsFailed', code: ErrorCode, message: string }
    | { __typename: 'BudgetExceeded', code: ErrorCode, message: string }
    | { __typename: 'Cancelled', code: ErrorCode, message: string }
    | { __typename: 'ChatCompletion', finishReason: FinishReason, reply: { role: MessageRole, content: string | null, reasoning: string | null, reasoningDetails: unknown, toolCalls: Array<{ callId: string, name: string, arguments: string }> } }
    | { __typename: 'ContentFiltered', code: ErrorCode, message: string }
    | { __typename: 'ContextLengthExceeded', code: ErrorCode, message: string }
    | { __typename: 'Forbidden', code: ErrorCode, message: string }
    | { __typename: 'IdempotencyConflict', code: ErrorCode, message: string }
    | { __typename: 'InsufficientCredits', code: ErrorCode, message: string }
    | { __typename: 'InternalError', code: ErrorCode, message: string }
    | { __typename: 'InvalidRequest', code: ErrorCode, message: string }
    | { __typename: 'ModelNotFound', code: ErrorCode, message: string }
    | { __typename: 'NoEndpointAvailable', code: ErrorCode, message: string }
    | { __typename: 'Overloaded', code: ErrorCode, message: string }
    | { __typename: 'RateLimited', code: ErrorCode, message: string }
    | { __typename: 'TimedOut', code: ErrorCode, message: string }
   };

export type ViewerQueryVariables = Exact<{ [key: string]: never; }>;


export type ViewerQuery = { viewer: { scopes: Array<KeyScope>, remaining: string | null, apiKey: { keyId: string } | null, clientToken: { tokenId: string } | null, account: { accountId: string, credits: { balance: string, remaining: string } | null } | null } | null };

export type ListGenerationsQueryVariables = Exact<{
  first?: number | null | undefined;
  filter?: GenerationFilter | null | undefined;
}>;


export type ListGenerationsQuery = { generations: { totalCount: number, edges: Array<{ node: { id: string, generationId: string, state: GenerationState, modelSlug: string | null, providerSlug: string | null, keyId: string | null, cost: string, termination: Termination | null, createdAt: string, app: { title: string | null } | null, usage: { promptTokens: number, completionTokens: number } | null, attempts: Array<{ name: string, outcome: AttemptOutcome | null }> } }> } };

export type GenerationDetailQueryVariables = Exact<{
  id: string;
}>;


export type GenerationDetailQuery = { generation: { generationId: string, state: GenerationState, requested: unknown, cost: string, operatorCost: string | null, finishReason: FinishReason | null, termination: Termination | null, endpoint: { name: string, pricing: { prompt: string, completion: string, provenance: PriceProvenance | null } | null } | null, attempts: Array<{ name: string, outcome: AttemptOutcome | null, failureKind: FailureKind | null, operatorCost: string | null }>, content: { prompt: unknown, answer: unknown } | null } | null };

export type ActivityQueryVariables = Exact<{
  from: string;
  to: string;
  groupBy: Array<ActivityDimension> | ActivityDimension;
  interval?: Interval | null | undefined;
}>;


export type ActivityQuery = { activity: Array<{ start: string | null, modelSlug: string | null, user: string | null, requests: number, promptTokens: number, completionTokens: number, cost: string }> };

export type RankingsQueryVariables = Exact<{
  period: RankingPeriod;
  sort?: AppRankingSort | null | undefined;
  first?: number | null | undefined;
}>;


export type RankingsQuery = { modelRankings: Array<{ rank: number, modelSlug: string, totalTokens: number }>, appRankings: Array<{ rank: number, requests: number, trend: number | null, app: { id: string, title: string | null, url: string, firstSeen: string | null } }> };

export class TypedDocumentString<TResult, TVariables>
  extends String
  implements DocumentTypeDecoration<TResult, TVariables>
{
  __apiType?: NonNullable<DocumentTypeDecoration<TResult, TVariables>['__apiType']>;
  private value: string;
  public __meta__?: Record<string, any> | undefined;

  constructor(value: string, __meta__?: Record<string, any> | undefined) {
    super(value);
    this.value = value;
    this.__meta__ = __meta__;
  }

  override toString(): string & DocumentTypeDecoration<TResult, TVariables> {
    return this.value;
  }
}
export const NamedFragmentDoc = new TypedDocumentString(`
    fragment Named on Node {
  ... on Model {
    slug
  }
  ... on Endpoint {
    tag
  }
  ... on Provider {
    name
  }
}
    `, {"fragmentName":"Named"}) as unknown as TypedDocumentString<NamedFragment, unknown>;
export const ApiKeyFieldsFragmentDoc = new TypedDocumentString(`
    fragment ApiKeyFields on ApiKey {
  id
  keyId
  name
  accountId
  scopes
  expiresAt
  revokedAt
  allowedModels
  allowedProviders
  requestsPerMinute
  limit {
    limit
    remaining
    reset
  }
}
    `, {"fragmentName":"ApiKeyFields"}) as unknown as TypedDocumentString<ApiKeyFieldsFragment, unknown>;
export const PricesFragmentDoc = new TypedDocumentString(`
    fragment Prices on Pricing {
  prompt
  completion
  request
  image
  cacheRead
  cacheWrite
  reasoning
  validFrom
  overrides {
    minPromptTokens
    prompt
    completion
    cacheRead
    cacheWrite
  }
}
    `, {"fragmentName":"Prices"}) as unknown as TypedDocumentString<PricesFragment, unknown>;
export const AskDocument = new TypedDocumentString(`
    mutation Ask($input: ChatCompletionInput!) {
  createChatCompletion(input: $input) {
    __typename
    ... on ChatCompletion {
      content
      cost
    }
    ... on UserError {
      message
    }
  }
}
    `) as unknown as TypedDocumentString<AskMutation, AskMutationVariables>;
export const StreamAnswerDocument = new TypedDocumentString(`
    subscription StreamAnswer($input: ChatCompletionInput!) {
  streamChatCompletion(input: $input) {
    __typename
    ... on ContentDelta {
      text
    }
    ... on CompletionFinished {
      completion {
        cost
      }
    }
    ... on CompletionFailed {
      error {
        __typename
        ... on UserError {
          message
        }
      }
    }
  }
}
    `) as unknown as TypedDocumentString<StreamAnswerSubscription, StreamAnswerSubscriptionVariables>;
export const CreateAccountDocument = new TypedDocumentString(`
    mutation CreateAccount($input: CreateAccountInput!) {
  createAccount(input: $input) {
    __typename
    ... on Account {
      accountId
      name
      defaultModel
      defaultProvider
      dataCollection
      zdr
      attribution
      contentRetentionDays
    }
    ... on UserError {
      code
      message
    }
    ... on InvalidRequest {
      path
    }
  }
}
    `) as unknown as TypedDocumentString<CreateAccountMutation, CreateAccountMutationVariables>;
export const UpdateAccountDocument = new TypedDocumentString(`
    mutation UpdateAccount($input: UpdateAccountInput!) {
  updateAccount(input: $input) {
    __typename
    ... on Account {
      accountId
      name
      defaultModel
      defaultProvider
      dataCollection
      zdr
      attribution
      contentRetentionDays
    }
    ... on UserError {
      code
      message
    }
    ... on InvalidRequest {
      path
    }
  }
}
    `) as unknown as TypedDocumentString<UpdateAccountMutation, UpdateAccountMutationVariables>;
export const CloseAccountDocument = new TypedDocumentString(`
    mutation CloseAccount($id: ID!) {
  closeAccount(id: $id) {
    __typename
    ... on Account {
      closedAt
    }
    ... on UserError {
      code
      message
    }
  }
}
    `) as unknown as TypedDocumentString<CloseAccountMutation, CloseAccountMutationVariables>;
export const GrantCreditsDocument = new TypedDocumentString(`
    mutation GrantCredits($input: GrantCreditsInput!) {
  grantCredits(input: $input) {
    __typename
    ... on Credits {
      balance
      granted
      ledger(first: 10) {
        totalCount
        edges {
          node {
            kind
            amount
            note
            actor
          }
        }
      }
    }
    ... on UserError {
      code
      message
    }
    ... on InvalidRequest {
      path
    }
  }
}
    `) as unknown as TypedDocumentString<GrantCreditsMutation, GrantCreditsMutationVariables>;
export const SetBudgetDocument = new TypedDocumentString(`
    mutation SetBudget($input: SetBudgetInput!) {
  setBudget(input: $input) {
    __typename
    ... on Account {
      budget {
        limit
        spent
        reserved
        remaining
        reset
        periodStart
        resetsAt
      }
    }
    ... on UserError {
      code
      message
    }
    ... on InvalidRequest {
      path
    }
  }
}
    `) as unknown as TypedDocumentString<SetBudgetMutation, SetBudgetMutationVariables>;
export const AuditLogDocument = new TypedDocumentString(`
    query AuditLog($first: Int) {
  auditLog(first: $first) {
    totalCount
    brokenAt
    edges {
      node {
        sequence
        actor
        action
        target
        before
        after
      }
    }
  }
}
    `) as unknown as TypedDocumentString<AuditLogQuery, AuditLogQueryVariables>;
export const CancelDocument = new TypedDocumentString(`
    mutation Cancel($id: ID!) {
  cancelGeneration(id: $id) {
    __typename
    ... on CancelledGeneration {
      generationId
    }
    ... on UserError {
      code
      message
    }
  }
}
    `) as unknown as TypedDocumentString<CancelMutation, CancelMutationVariables>;
export const CompleteDocument = new TypedDocumentString(`
    mutation Complete($input: ChatCompletionInput!) {
  createChatCompletion(input: $input) {
    __typename
    ... on ChatCompletion {
      generationId
      content
      reasoning
      finishReason
      nativeFinishReason
      model {
        slug
      }
      provider {
        slug
      }
      usage {
        promptTokens
        completionTokens
        totalTokens
        source
      }
      cost
      attempts {
        endpoint {
          tag
        }
        outcome
        failureKind
        durationMs
      }
      createdAt
    }
    ... on UserError {
      code
      message
      retryable
      retryAfterMs
    }
  }
}
    `) as unknown as TypedDocumentString<CompleteMutation, CompleteMutationVariables>;
export const EmbedDocument = new TypedDocumentString(`
    mutation Embed($input: EmbeddingInput!) {
  createEmbedding(input: $input) {
    __typename
    ... on Embeddings {
      generationId
      dimensions
      embeddings {
        index
        vector
        base64
      }
      model {
        slug
      }
      provider {
        slug
      }
      usage {
        promptTokens
        totalTokens
        source
      }
      cost
      attempts {
        endpoint {
          tag
        }
        outcome
      }
      createdAt
    }
    ... on UserError {
      code
      message
      retryable
      retryAfterMs
    }
  }
}
    `) as unknown as TypedDocumentString<EmbedMutation, EmbedMutationVariables>;
export const EndpointHealthDocument = new TypedDocumentString(`
    subscription EndpointHealth($model: String, $provider: String) {
  endpointHealth(model: $model, provider: $provider) {
    endpoint {
      tag
      model {
        slug
      }
    }
    state
    coolingUntil
    uptime(window: FIVE_MINUTES)
    latency {
      p50
      p99
      samples
    }
    throughput(window: ONE_DAY) {
      p50
    }
    toolCalls {
      answers
      faulty
    }
  }
}
    `) as unknown as TypedDocumentString<EndpointHealthSubscription, EndpointHealthSubscriptionVariables>;
export const FailureDocument = new TypedDocumentString(`
    mutation Failure($model: String = "pointsman/tiny-2m") {
  createChatCompletion(
    input: { model: $model, messages: [{ role: USER, content: "Hello" }] }
  ) {
    __typename
    ... on UserError {
      code
      message
      retryable
      retryAfterMs
    }
    ... on InvalidRequest {
      path
    }
    ... on ModelNotFound {
      requestedModel
      suggestions
    }
    ... on NoEndpointAvailable {
      exclusions {
        name
        filter
        reason
        endpoint {
          provider {
            slug
          }
        }
      }
    }
    ... on AllAttemptsFailed {
      attempts {
        endpoint {
          tag
        }
        failureKind
        status
        message
        durationMs
      }
    }
  }
}
    `) as unknown as TypedDocumentString<FailureMutation, FailureMutationVariables>;
export const FindAgainDocument = new TypedDocumentString(`
    query FindAgain($id: ID!, $ids: [ID!]!) {
  node(id: $id) {
    __typename
    id
    ...Named
  }
  nodes(ids: $ids) {
    __typename
    id
    ...Named
  }
}
    fragment Named on Node {
  ... on Model {
    slug
  }
  ... on Endpoint {
    tag
  }
  ... on Provider {
    name
  }
}`) as unknown as TypedDocumentString<FindAgainQuery, FindAgainQueryVariables>;
export const FollowDocument = new TypedDocumentString(`
    subscription Follow($id: ID!, $after: Int) {
  followGeneration(id: $id, after: $after) {
    __typename
    ... on ChatCompletionEventFields {
      generationId
      sequence
    }
    ... on ContentDelta {
      text
    }
    ... on CompletionFinished {
      completion {
        content
        finishReason
      }
    }
    ... on CompletionFailed {
      content
      error {
        __typename
        ... on UserError {
          code
          message
          retryable
        }
        ... on EventsForgotten {
          oldestSequence
        }
      }
    }
  }
}
    `) as unknown as TypedDocumentString<FollowSubscription, FollowSubscriptionVariables>;
export const CreateApiKeyDocument = new TypedDocumentString(`
    mutation CreateApiKey($input: CreateApiKeyInput!) {
  createApiKey(input: $input) {
    __typename
    ... on CreatedApiKey {
      secret
      apiKey {
        ...ApiKeyFields
      }
    }
    ... on UserError {
      code
      message
    }
    ... on InvalidRequest {
      path
    }
  }
}
    fragment ApiKeyFields on ApiKey {
  id
  keyId
  name
  accountId
  scopes
  expiresAt
  revokedAt
  allowedModels
  allowedProviders
  requestsPerMinute
  limit {
    limit
    remaining
    reset
  }
}`) as unknown as TypedDocumentString<CreateApiKeyMutation, CreateApiKeyMutationVariables>;
export const UpdateApiKeyDocument = new TypedDocumentString(`
    mutation UpdateApiKey($input: UpdateApiKeyInput!) {
  updateApiKey(input: $input) {
    __typename
    ... on ApiKey {
      ...ApiKeyFields
    }
    ... on UserError {
      code
      message
    }
    ... on InvalidRequest {
      path
    }
  }
}
    fragment ApiKeyFields on ApiKey {
  id
  keyId
  name
  accountId
  scopes
  expiresAt
  revokedAt
  allowedModels
  allowedProviders
  requestsPerMinute
  limit {
    limit
    remaining
    reset
  }
}`) as unknown as TypedDocumentString<UpdateApiKeyMutation, UpdateApiKeyMutationVariables>;
export const RotateApiKeyDocument = new TypedDocumentString(`
    mutation RotateApiKey($input: RotateApiKeyInput!) {
  rotateApiKey(input: $input) {
    __typename
    ... on RotatedApiKey {
      secret
      apiKey {
        keyId
        last4
        previousSecretUntil
      }
    }
    ... on UserError {
      code
      message
    }
  }
}
    `) as unknown as TypedDocumentString<RotateApiKeyMutation, RotateApiKeyMutationVariables>;
export const RevokeApiKeyDocument = new TypedDocumentString(`
    mutation RevokeApiKey($id: ID!) {
  revokeApiKey(id: $id) {
    __typename
    ... on RevokedApiKey {
      revokedIds
    }
    ... on UserError {
      code
      message
    }
  }
}
    `) as unknown as TypedDocumentString<RevokeApiKeyMutation, RevokeApiKeyMutationVariables>;
export const CreateClientTokenDocument = new TypedDocumentString(`
    mutation CreateClientToken($input: CreateClientTokenInput!) {
  createClientToken(input: $input) {
    __typename
    ... on CreatedClientToken {
      secret
      clientToken {
        tokenId
        expiresAt
        operations
        origin
        budget {
          limit
        }
      }
    }
    ... on UserError {
      code
      message
    }
    ... on InvalidRequest {
      path
    }
  }
}
    `) as unknown as TypedDocumentString<CreateClientTokenMutation, CreateClientTokenMutationVariables>;
export const ListApiKeysDocument = new TypedDocumentString(`
    query ListApiKeys($first: Int, $after: String, $last: Int, $before: String) {
  apiKeys(first: $first, after: $after, last: $last, before: $before) {
    totalCount
    pageInfo {
      hasNextPage
      hasPreviousPage
      startCursor
      endCursor
    }
    edges {
      node {
        ...ApiKeyFields
      }
    }
  }
}
    fragment ApiKeyFields on ApiKey {
  id
  keyId
  name
  accountId
  scopes
  expiresAt
  revokedAt
  allowedModels
  allowedProviders
  requestsPerMinute
  limit {
    limit
    remaining
    reset
  }
}`) as unknown as TypedDocumentString<ListApiKeysQuery, ListApiKeysQueryVariables>;
export const ListModelsDocument = new TypedDocumentString(`
    query ListModels($first: Int = 20, $after: String, $filter: ModelFilter, $orderBy: ModelOrder) {
  models(first: $first, after: $after, filter: $filter, orderBy: $orderBy) {
    totalCount
    pageInfo {
      hasNextPage
      endCursor
    }
    edges {
      cursor
      node {
        slug
        name
        contextLength
        available
        pricing {
          prompt
          completion
        }
      }
    }
  }
}
    `) as unknown as TypedDocumentString<ListModelsQuery, ListModelsQueryVariables>;
export const ModelDetailDocument = new TypedDocumentString(`
    query ModelDetail($slug: String!) {
  model(slug: $slug) {
    id
    slug
    name
    author
    description
    createdAt
    contextLength
    maxCompletionTokens
    inputModalities
    outputModalities
    supportedParameters
    knowledgeCutoff
    deprecatedAt
    available
    pricing {
      ...Prices
    }
    endpoints {
      id
      tag
      contextLength
      maxCompletionTokens
      quantization
      supportedParameters
      inputModalities
      pricing {
        ...Prices
      }
      dataPolicy {
        trainsOnPrompts
        retention
        retentionDays
      }
      provider {
        slug
        name
        configured
      }
      health {
        state
        coolingUntil
      }
    }
  }
}
    fragment Prices on Pricing {
  prompt
  completion
  request
  image
  cacheRead
  cacheWrite
  reasoning
  validFrom
  overrides {
    minPromptTokens
    prompt
    completion
    cacheRead
    cacheWrite
  }
}`) as unknown as TypedDocumentString<ModelDetailQuery, ModelDetailQueryVariables>;
export const ProvidersDocument = new TypedDocumentString(`
    query Providers($first: Int, $filter: ProviderFilter) {
  providers(first: $first, filter: $filter) {
    totalCount
    edges {
      node {
        id
        slug
        name
        configured
        headquarters
        statusPageUrl
        privacyPolicyUrl
        termsOfServiceUrl
        dataPolicy {
          trainsOnPrompts
          retention
        }
        endpoints(first: 5) {
          totalCount
          edges {
            node {
              tag
              model {
                slug
              }
            }
          }
        }
      }
    }
  }
}
    `) as unknown as TypedDocumentString<ProvidersQuery, ProvidersQueryVariables>;
export const RoutePlanDocument = new TypedDocumentString(`
    query RoutePlan($input: ChatCompletionInput!) {
  routePlan(input: $input) {
    __typename
    ... on RoutePlan {
      modelChoices {
        reason
      }
      stages {
        models {
          slug
        }
        mostAttempts
      }
      candidates {
        place
        stage
        withinAttempts
        endpoint {
          tag
        }
        model {
          slug
        }
        share
        weight
        terms {
          name
          factor
          meaning
        }
        expectedCost {
          total
          prompt
          completion
          promptTokens
          cachedTokens
          completionTokens
        }
        holdsCache
        reason
      }
      excluded {
        name
        filter
        reason
        retryAfterMs
      }
      estimatedCost {
        lowest
        expected
        highest
        prompt
        completion
        promptTokens
        completionTokens
      }
      remarks
    }
    ... on UserError {
      code
      message
      retryable
      retryAfterMs
    }
  }
}
    `) as unknown as TypedDocumentString<RoutePlanQuery, RoutePlanQueryVariables>;
export const StreamDocument = new TypedDocumentString(`
    subscription Stream($input: ChatCompletionInput!) {
  streamChatCompletion(input: $input) {
    __typename
    ... on ChatCompletionEventFields {
      generationId
      sequence
    }
    ... on CompletionStarted {
      model {
        slug
      }
      endpoint {
        tag
      }
    }
    ... on ContentDelta {
      text
    }
    ... on ReasoningDelta {
      text
    }
    ... on RefusalDelta {
      text
    }
    ... on ToolCallDelta {
      index
      callId
      name
      arguments
    }
    ... on CompletionFinished {
      completion {
        finishReason
        usage {
          totalTokens
        }
        cost
      }
    }
    ... on CompletionFailed {
      content
      error {
        __typename
        ... on UserError {
          code
          message
          retryable
          retryAfterMs
        }
      }
    }
  }
}
    `) as unknown as TypedDocumentString<StreamSubscription, StreamSubscriptionVariables>;
export const ToolCallDocument = new TypedDocumentString(`
    mutation ToolCall($model: String, $question: String = "What is the weather in Oslo?") {
  createChatCompletion(
    input: {
      model: $model
      messages: [{ role: USER, content: $question }]
      tools: [
        {
          function: {
            name: "get_weather"
            description: "The weather in a city, now."
            parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] }
          }
        }
      ]
      toolChoice: { mode: REQUIRED }
    }
  ) {
    __typename
    ... on ChatCompletion {
      finishReason
      reply: message {
        role
        content
        reasoning
        reasoningDetails
        toolCalls {
          callId
          name
          arguments
        }
      }
    }
    ... on UserError {
      code
      message
    }
  }
}
    `) as unknown as TypedDocumentString<ToolCallMutation, ToolCallMutationVariables>;
export const ViewerDocument = new TypedDocumentString(`
    query Viewer {
  viewer {
    apiKey {
      keyId
    }
    clientToken {
      tokenId
    }
    scopes
    remaining
    account {
      accountId
      credits {
        balance
        remaining
      }
    }
  }
}
    `) as unknown as TypedDocumentString<ViewerQuery, ViewerQueryVariables>;
export const ListGenerationsDocument = new TypedDocumentString(`
    query ListGenerations($first: Int, $filter: GenerationFilter) {
  generations(first: $first, filter: $filter) {
    totalCount
    edges {
      node {
        id
        generationId
        state
        modelSlug
        providerSlug
        keyId
        app {
          title
        }
        usage {
          promptTokens
          completionTokens
        }
        attempts {
          name
          outcome
        }
        cost
        termination
        createdAt
      }
    }
  }
}
    `) as unknown as TypedDocumentString<ListGenerationsQuery, ListGenerationsQueryVariables>;
export const GenerationDetailDocument = new TypedDocumentString(`
    query GenerationDetail($id: ID!) {
  generation(id: $id) {
    generationId
    state
    requested
    endpoint {
      name
      pricing {
        prompt
        completion
        provenance
      }
    }
    attempts {
      name
      outcome
      failureKind
      operatorCost
    }
    cost
    operatorCost
    finishReason
    termination
    content {
      prompt
      answer
    }
  }
}
    `) as unknown as TypedDocumentString<GenerationDetailQuery, GenerationDetailQueryVariables>;
export const ActivityDocument = new TypedDocumentString(`
    query Activity($from: DateTime!, $to: DateTime!, $groupBy: [ActivityDimension!]!, $interval: Interval) {
  activity(from: $from, to: $to, groupBy: $groupBy, interval: $interval) {
    start
    modelSlug
    user
    requests
    promptTokens
    completionTokens
    cost
  }
}
    `) as unknown as TypedDocumentString<ActivityQuery, ActivityQueryVariables>;
export const RankingsDocument = new TypedDocumentString(`
    query Rankings($period: RankingPeriod!, $sort: AppRankingSort, $first: Int) {
  modelRankings(period: $period, first: $first) {
    rank
    modelSlug
    totalTokens
  }
  appRankings(period: $period, sort: $sort, first: $first) {
    rank
    app {
      id
      title
      url
      firstSeen
    }
    requests
    trend
  }
}
    `) as unknown as TypedDocumentString<RankingsQuery, RankingsQueryVariables>;