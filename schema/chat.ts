import type { Annotation, FinishReason, GeneratedImage, ToolCall, Usage, UsageSource } from '../src/chat.ts';
import type { Completion } from '../src/completion.ts';
import { AttemptRef } from './attempt.ts';
import { builder, enumOf } from './builder.ts';
import { ChatCompletionInput, toChatRequest, toTreatment } from './chat-input.ts';
import { EndpointRef } from './endpoint.ts';
import { completionErrors, resultOf } from './error.ts';
import { MessageRoleEnum } from './message-input.ts';
import { ModelRef } from './model.ts';
import { ModelChoiceRef } from './model-choice.ts';
import { ProviderRef } from './provider.ts';

export const FinishReasonEnum = enumOf<FinishReason>('FinishReason', 'Why an answer ended.', {
  stop: 'The model had said what it had to say, or wrote one of the stop texts.',
  length: 'A limit of length was reached; the answer is incomplete.',
  tool_calls: 'The model waits for the results of the tools that it called.',
  content_filter: "The provider's moderation broke the answer off.",
  error: 'The provider broke the answer off with an error.',
  cancelled:
    'Someone cancelled the generation by its id, or its last reader left; what was written until then is here.',
  budget:
    'The credits, or a budget or limit of the account or key, were used up while the answer was being written; what was paid for is here.',
});

const UsageSourceEnum = enumOf<UsageSource>('UsageSource', 'Where token counts come from.', {
  provider: 'The provider counted.',
  counted: 'The provider did not say; this server counted with a tokenizer.',
  estimated: 'The provider did not say; this server estimated from the number of bytes.',
});

export const ToolCallRef = builder.objectRef<ToolCall>('ToolCall').implement({
  description: 'A call that the model asks for. Make it, and answer with a tool message.',
  fields: (t) => ({
    callId: t.exposeString('id', {
      description: 'What the tool message that answers the call must name as `toolCallId`.',
    }),
    name: t.exposeString('name', { description: 'The function to call, one of the `tools` of the request.' }),
    arguments: t.exposeString('arguments', {
      description: 'The arguments as the model wrote them: the text of a JSON object. It may be malformed; models err.',
    }),
  }),
});

export const AnnotationRef = builder.objectRef<Annotation>('Annotation').implement({
  description: 'A source on the web that the answer cites.',
  fields: (t) => ({
    url: t.exposeString('url', { description: 'The address of the source, as the provider gave it.' }),
    title: t.exposeString('title', {
      nullable: true,
      description: 'The title of the source. Null where it was not given.',
    }),
    content: t.exposeString('content', {
      nullable: true,
      description: 'The passage of the source that the answer rests on. Null where it was not given.',
    }),
    startIndex: t.exposeInt('startIndex', {
      nullable: true,
      description: 'Where in the text of the answer the citation begins, in UTF-16 units. Null where it was not given.',
    }),
    endIndex: t.exposeInt('endIndex', {
      nullable: true,
      description: 'Where in the text of the answer the citation ends, in UTF-16 units. Null where it was not given.',
    }),
  }),
});

export const GeneratedImageRef = builder.objectRef<GeneratedImage>('GeneratedImage').implement({
  description: 'A picture that the model made.',
  fields: (t) => ({
    url: t.exposeString('url', {
      description: 'The picture itself as a data URL in base64, or the https address of it.',
    }),
  }),
});

export const UsageRef = builder.objectRef<Usage>('Usage').implement({
  description: 'How many tokens a completion took.',
  fields: (t) => ({
    promptTokens: t.exposeInt('promptTokens', { description: 'Tokens of the prompt, cached ones included.' }),
    completionTokens: t.exposeInt('completionTokens', { description: 'Tokens of the answer, reasoning included.' }),
    totalTokens: t.exposeInt('totalTokens', { description: 'Tokens of the prompt and the answer together.' }),
    cachedTokens: t.exposeInt('cachedTokens', {
      description: 'Those prompt tokens that the provider had in its cache.',
    }),
    cacheWriteTokens: t.exposeInt('cacheWriteTokens', {
      description: 'Those prompt tokens that it put into its cache.',
    }),
    reasoningTokens: t.exposeInt('reasoningTokens', { description: 'Those tokens of the answer that were reasoning.' }),
    source: t.expose('source', {
      type: UsageSourceEnum,
      description: 'Who counted, and so how far to trust the counts.',
    }),
  }),
});

const MessageRef = builder.objectRef<Completion>('Message').implement({
  description:
    'The answer as a message. Its fields are those of `MessageInput`, to be sent back with the next request.',
  fields: (t) => ({
    role: t.field({ type: MessageRoleEnum, description: 'Always ASSISTANT.', resolve: () => 'assistant' as const }),
    content: t.string({
      nullable: true,
      description: 'The text of the answer. Null where the model wrote none, mostly because it called tools.',
      resolve: textOf,
    }),
    reasoning: t.exposeString('reasoning', {
      nullable: true,
      description: 'The reasoning as text. Null where none came.',
    }),
    reasoningDetails: t.expose('reasoningDetails', {
      type: 'JSON',
      nullable: true,
      description: 'The blocks of reasoning, to be sent back unchanged and in order. Null where none came.',
    }),
    toolCalls: t.expose('toolCalls', {
      type: [ToolCallRef],
      description: 'The tools that the model called, in order.',
    }),
  }),
});

export const ChatCompletionRef = builder.objectRef<Completion>('ChatCompletion').implement({
  description: 'A whole answer, with where it came from and what it cost.',
  fields: (t) => ({
    generationId: t.exposeID('generationId', {
      description: 'Names this generation everywhere, also in the log of the server. Begins with `gen-`.',
    }),
    content: t.string({
      nullable: true,
      description: 'The text of the answer. Null where the model wrote none, mostly because it called tools.',
      resolve: textOf,
    }),
    reasoning: t.exposeString('reasoning', {
      nullable: true,
      description: 'What the model thought before it answered, as text. Null where it did not, or does not show it.',
    }),
    reasoningDetails: t.expose('reasoningDetails', {
      type: 'JSON',
      nullable: true,
      description:
        'The reasoning in blocks, some of them encrypted, to be sent back with the next request. Null where none came.',
    }),
    refusal: t.exposeString('refusal', {
      nullable: true,
      description: 'Why the model declines to answer, in its own words. Null where it does not decline.',
    }),
    toolCalls: t.expose('toolCalls', {
      type: [ToolCallRef],
      description: 'The tools that the model called, in order.',
    }),
    annotations: t.expose('annotations', { type: [AnnotationRef], description: 'The sources that the answer cites.' }),
    images: t.expose('images', { type: [GeneratedImageRef], description: 'The pictures that the model made.' }),
    logprobs: t.expose('logprobs', {
      type: 'JSON',
      nullable: true,
      description:
        "Log probabilities in OpenAI's form, one entry a token. Null where they were not asked for or did not come.",
    }),
    message: t.field({
      type: MessageRef,
      description: 'The answer as a message, to append to the conversation.',
      resolve: (completion) => completion,
    }),
    finishReason: t.expose('finishReason', { type: FinishReasonEnum, description: 'Why the answer ended.' }),
    nativeFinishReason: t.exposeString('nativeFinishReason', {
      nullable: true,
      description: "The provider's own word for why it ended. Null where it gave none.",
    }),
    model: t.expose('model', {
      type: ModelRef,
      description: 'The model that answered, which may be one of the fallbacks.',
    }),
    modelChoice: t.expose('modelChoice', {
      type: ModelChoiceRef,
      nullable: true,
      description: 'How the name in the request led to that model. Null where it is not on record.',
    }),
    provider: t.expose('provider', { type: ProviderRef, description: 'Who served the model.' }),
    endpoint: t.expose('endpoint', { type: EndpointRef, description: 'The endpoint that answered.' }),
    usage: t.expose('usage', { type: UsageRef, description: 'How many tokens it took.' }),
    cost: t.expose('cost', {
      type: 'Decimal',
      description: 'What it cost in US dollars by the price list of the endpoint, exact to the nano-dollar.',
    }),
    attempts: t.expose('attempts', {
      type: [AttemptRef],
      description:
        'Every endpoint that was tried, in the order of the calls, what it answered and how long it took. The one that SUCCEEDED answered.',
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When the request was taken on.' }),
  }),
});

const CreateChatCompletionResult = builder.unionType('CreateChatCompletionResult', {
  description: 'The completion, or why there is none.',
  types: [ChatCompletionRef, ...completionErrors],
  resolveType: (result) => ('failure' in result ? result.failure.name : 'ChatCompletion'),
});

builder.mutationField('createChatCompletion', (t) =>
  t.field({
    type: CreateChatCompletionResult,
    description:
      'Answers a conversation, all at once. Tries one endpoint after the other until one answers. Hanging up stops the work, unless `onDisconnect` says otherwise.',
    args: {
      input: t.arg({
        type: ChatCompletionInput,
        required: true,
        description: 'What to answer, by which model, and how.',
      }),
    },
    resolve: (_root, { input }, { generations, caller, signal, onAccepted }) =>
      resultOf(async () =>
        generations.complete(toChatRequest(input), { ...toTreatment(input), caller, signal, onAccepted }),
      ),
  }),
);

function textOf({ content }: Completion): string | null {
  return content === '' ? null : content;
}
