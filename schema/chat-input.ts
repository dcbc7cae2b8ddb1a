import type { ChatRequest, ReasoningEffort, ReasoningOptions, ResponseFormat, Verbosity } from '../src/chat.ts';
import type { DisconnectPolicy } from '../src/streams/generation.ts';
import type { Treatment } from '../src/streams/generations.ts';
import { builder, enumOf } from './builder.ts';
import { checkName, checkNames, checkRange, objectAt, present, refuse } from './check.ts';
import { MessageInput, toMessage } from './message-input.ts';
import { ProviderPreferencesInput, toProviderPreferences } from './provider-preferences.ts';
import { checkSampling, toLogitBias } from './sampling.ts';
import { ToolChoiceInput, ToolInput, toToolChoice, toTools } from './tool-input.ts';

const ResponseFormatModeEnum = enumOf<'text' | 'json_object'>(
  'ResponseFormatMode',
  'A form of answers that needs no schema.',
  {
    text: 'Plain text: what models write where nothing is said.',
    json_object: 'Some JSON object. The messages must ask for JSON, too.',
  },
);

const JsonSchemaInput = builder.inputType('JsonSchemaInput', {
  description: 'The JSON Schema that an answer must follow.',
  fields: (t) => ({
    name: t.string({ required: true, description: 'A name for the schema: letters, digits, `_` and `-`, at most 64.' }),
    description: t.string({ description: 'What the answer is for, for the model to read.' }),
    schema: t.field({ type: 'JSON', required: true, description: 'The schema itself, a JSON object.' }),
    strict: t.boolean({ description: 'Whether to follow it to the letter, where the endpoint can see to that.' }),
  }),
});

const ResponseFormatInput = builder.inputType('ResponseFormatInput', {
  description: 'The form of the answer: a mode, or a schema.',
  isOneOf: true,
  fields: (t) => ({
    mode: t.field({ type: ResponseFormatModeEnum, description: 'A form without a schema.' }),
    jsonSchema: t.field({ type: JsonSchemaInput, description: 'The answer is JSON that follows this schema.' }),
  }),
});

const ReasoningEffortEnum = enumOf<ReasoningEffort>('ReasoningEffort', 'How much a model thinks before it answers.', {
  none: 'Not at all, where the model can do without.',
  minimal: 'As little as the model can.',
  low: 'A little: fast and cheap.',
  medium: 'A moderate amount: what most models do by themselves.',
  high: 'A lot, for hard questions.',
  xhigh: 'More than high, where the model knows such a level.',
  max: 'As much as the model can.',
});

const ReasoningInput = builder.inputType('ReasoningInput', {
  description: 'How much the model thinks before it answers. At most one of `effort` and `maxTokens`.',
  fields: (t) => ({
    effort: t.field({ type: ReasoningEffortEnum, description: 'How much, in words.' }),
    maxTokens: t.int({ description: 'How much, in tokens at most.' }),
    enabled: t.boolean({
      description: 'Whether to think at all, for models that may or may not; absent leaves it to the model.',
    }),
    exclude: t.boolean({ description: 'True: think, but leave the reasoning out of the answer. Absent: false.' }),
  }),
});

const VerbosityEnum = enumOf<Verbosity>('Verbosity', 'How long-winded an answer may be.', {
  low: 'Terse answers without asides.',
  medium: 'Answers of the usual length.',
  high: 'Detailed answers.',
  xhigh: 'More detailed than high, where the model knows such a level.',
  max: 'As detailed as the model can.',
});

const DisconnectPolicyEnum = enumOf<DisconnectPolicy>(
  'DisconnectPolicy',
  'What becomes of a generation when its last reader leaves.',
  {
    cancel:
      'It is stopped: at once, or some seconds later where it has an `idempotencyKey`, so that its reader can come back.',
    finish:
      'It goes on to its end, and costs what it costs. `followGeneration` finds it for some minutes after that. By default for 15 minutes ' +
      'without a reader, and for 50 generations of an account at a time; beyond that it ends as with CANCEL.',
  },
);

export const ChatCompletionInput = builder.inputType('ChatCompletionInput', {
  description:
    'A request for a chat completion. Only `messages` is required; what is absent is not sent, so the model does what it does by itself.',
  fields: (t) => ({
    model: t.string({
      description:
        "Which model: `author/name`, an alias, `author/family-latest`, or `pointsman/auto`; with or without a variant, `author/name:nitro`. Absent: the server's default model.",
    }),
    models: t.stringList({
      description:
        'Models to try in this order when `model` cannot serve, named in any way that `model` may be. At most 20.',
    }),
    messages: t.field({
      type: [MessageInput],
      required: true,
      description: 'The conversation so far, the oldest message first.',
    }),
    tools: t.field({ type: [ToolInput], description: 'What the model may use; absent for nothing.' }),
    toolChoice: t.field({
      type: ToolChoiceInput,
      description: 'Whether the model must call tools; absent leaves it to the model.',
    }),
    parallelToolCalls: t.boolean({
      description: 'Whether one answer may call several tools; absent for what the model does.',
    }),
    provider: t.field({
      type: ProviderPreferencesInput,
      description: 'Who may serve the request; absent for no preference.',
    }),
    responseFormat: t.field({
      type: ResponseFormatInput,
      description: 'The form of the answer; absent for plain text.',
    }),
    reasoning: t.field({ type: ReasoningInput, description: 'How much to think; absent for what the model does.' }),
    maxTokens: t.int({ description: 'The longest answer in tokens, reasoning included; at least 1.' }),
    temperature: t.float({ description: 'How freely tokens are drawn, 0 to 2: 0 always takes the likeliest.' }),
    topP: t.float({ description: 'Draw only from the likeliest tokens that together reach this probability, 0 to 1.' }),
    topK: t.int({ description: 'Draw only from this many of the likeliest tokens; 0 for all.' }),
    minP: t.float({ description: 'Draw only from tokens at least this probable relative to the likeliest, 0 to 1.' }),
    topA: t.float({
      description: 'Draw only from tokens above this share of the square of the likeliest one, 0 to 1.',
    }),
    frequencyPenalty: t.float({ description: 'Makes tokens less likely the more often they came, -2 to 2.' }),
    presencePenalty: t.float({ description: 'Makes tokens less likely once they came, -2 to 2.' }),
    repetitionPenalty: t.float({
      description: 'Makes tokens of prompt and answer less likely to come again, 0 to 2; 1 changes nothing.',
    }),
    seed: t.int({
      description: 'The same seed draws the same tokens for the same request, as far as the provider can.',
    }),
    stop: t.stringList({ description: 'Up to 4 texts at which the answer ends. They are not part of it.' }),
    logitBias: t.field({
      type: 'JSON',
      description: 'An object from token ids, as strings of digits, to numbers from -100 (never) to 100 (always).',
    }),
    logprobs: t.boolean({
      description: 'Whether to give the log probability of each token of the answer. Absent: false.',
    }),
    topLogprobs: t.int({
      description: 'How many of the likeliest alternatives to give for each token, 0 to 20. Needs `logprobs`.',
    }),
    verbosity: t.field({
      type: VerbosityEnum,
      description: 'How long-winded the answer may be; absent for what the model does.',
    }),
    prediction: t.string({
      description: 'A text that the answer is expected to resemble, which makes it come faster.',
    }),
    user: t.string({
      description: "A stable name for the end user, for the provider's abuse detection. Not a real name.",
    }),
    sessionId: t.string({
      description:
        'Any name, at most 256 characters, that all requests of one conversation carry: they then go to the endpoint that still has the prompt in its cache, where that saves money and it does well. Absent: conversations are told apart by how they begin. Not sent to providers.',
    }),
    timeoutMs: t.int({
      description: "How many milliseconds the whole request may take. Absent: the server's limit alone.",
    }),
    onDisconnect: t.field({
      type: DisconnectPolicyEnum,
      description: 'What becomes of the generation when nobody reads it any more. Absent: CANCEL.',
    }),
    idempotencyKey: t.string({
      description:
        'Makes it safe to send the request again: with the same key, from the same API key, it is the same generation, followed while it runs and given again for some minutes after its end, whether it succeeded or failed. A request that was refused for rights, rate or money is none: its key works again as soon as the reason is gone. 1 to 255 printable ASCII characters; a random one for each request.',
    }),
  }),
});

/** Few of them are ever tried; the rest is work before the first call. */
const mostModels = 20;

export type ChatCompletionFields = typeof ChatCompletionInput.$inferInput;

/** The request in the program's words. Throws InvalidRequest, whose path names the field, for one that contradicts itself. */
export function toChatRequest(input: ChatCompletionFields): ChatRequest {
  checkName('model', input.model);
  checkNames('models', input.models, mostModels);
  checkName('user', input.user);
  checkName('sessionId', input.sessionId);
  checkRange('timeoutMs', input.timeoutMs, 1);
  checkSampling(input);
  if (input.messages.length === 0) refuse('messages', 'is empty: a completion needs at least one message.');
  const {
    messages,
    toolChoice,
    provider,
    responseFormat,
    reasoning,
    logitBias,
    onDisconnect,
    idempotencyKey,
    ...plain
  } = input;
  const tools = toTools(input.tools ?? []);
  return {
    ...present({
      ...plain,
      tools: tools.length === 0 ? null : tools,
      toolChoice: toolChoice == null ? null : toToolChoice(toolChoice, tools),
      provider: provider == null ? null : toProviderPreferences(provider),
      responseFormat: responseFormat == null ? null : toResponseFormat(responseFormat),
      reasoning: reasoning == null ? null : toReasoning(reasoning),
      logitBias: logitBias == null ? null : toLogitBias(logitBias),
    }),
    messages: messages.map((message, index) => toMessage(message, `messages[${index}]`)),
  };
}

/** What the request says about its own handling. Throws InvalidRequest for a key that is none. */
export function toTreatment({ onDisconnect, idempotencyKey }: Partial<ChatCompletionFields>): Treatment {
  if (idempotencyKey != null && !/^[ -~]{1,255}$/.test(idempotencyKey)) {
    refuse('idempotencyKey', 'must be 1 to 255 printable ASCII characters.');
  }
  return present({ onDisconnect, idempotencyKey });
}

function toResponseFormat({ mode, jsonSchema }: typeof ResponseFormatInput.$inferInput): ResponseFormat {
  if (mode != null) return { type: mode };
  if (jsonSchema == null) return refuse('responseFormat', 'is empty: give a mode or a schema.');
  const { name, schema, ...rest } = jsonSchema;
  const path = 'responseFormat.jsonSchema';
  if (!/^[\w-]{1,64}$/.test(name)) refuse(`${path}.name`, 'must be 1 to 64 letters, digits, `_` or `-`.');
  return {
    type: 'json_schema',
    name,
    schema: objectAt(`${path}.schema`, schema, 'the schema of the answer'),
    ...present(rest),
  };
}

function toReasoning(input: typeof ReasoningInput.$inferInput): ReasoningOptions {
  if (input.effort != null && input.maxTokens != null) {
    refuse('reasoning.maxTokens', 'is given beside `effort`: give one of the two.');
  }
  checkRange('reasoning.maxTokens', input.maxTokens, 1);
  return present(input);
}
