import { CompletionError, InvalidRequest } from '../src/errors.ts';
import type { GenerationEvent } from '../src/streams/event-log.ts';
import type { GenerationStream } from '../src/streams/generation-stream.ts';
import { AttemptRef } from './attempt.ts';
import { builder, type Context } from './builder.ts';
import { AnnotationRef, ChatCompletionRef, GeneratedImageRef, ToolCallRef, UsageRef } from './chat.ts';
import { type ChatCompletionFields, ChatCompletionInput, toChatRequest, toTreatment } from './chat-input.ts';
import { EndpointRef } from './endpoint.ts';
import { CompletionErrorRef } from './error.ts';
import { ModelRef } from './model.ts';
import { ModelChoiceRef } from './model-choice.ts';

type EventOf<Type extends GenerationEvent['type']> = Extract<GenerationEvent, { type: Type }>;

/** The GraphQL type of each event of a generation. */
export const eventTypeNames = {
  accepted: 'CompletionAccepted',
  started: 'CompletionStarted',
  text: 'ContentDelta',
  reasoning: 'ReasoningDelta',
  refusal: 'RefusalDelta',
  toolCall: 'ToolCallDelta',
  reasoningDetails: 'ReasoningDetailsDelta',
  annotations: 'AnnotationsDelta',
  image: 'ImageDelta',
  finished: 'CompletionFinished',
  failed: 'CompletionFailed',
} as const satisfies Readonly<Record<GenerationEvent['type'], string>>;

/**
 * Marks a field as nothing but a read of that property of its object, which src/graphql may then do without a resolver.
 * A field without the mark has work to do.
 */
const reads = (property: string) => ({ extensions: { property } });

const EventFields = builder
  .interfaceRef<Pick<GenerationEvent, 'type' | 'generationId' | 'sequence'>>('ChatCompletionEventFields')
  .implement({
    description: 'What every event of a stream tells: which generation it belongs to, and its place in it.',
    resolveType: (event) => eventTypeNames[event.type],
    fields: (t) => ({
      generationId: t.exposeID('generationId', {
        ...reads('generationId'),
        description:
          'The generation, the same for all events of a stream. `cancelGeneration` and `followGeneration` take it.',
      }),
      sequence: t.exposeInt('sequence', {
        ...reads('sequence'),
        description:
          'The place of the event in its stream: 0, 1, 2 and so on without a gap, the same for every reader.',
      }),
    }),
  });

const CompletionAcceptedRef = builder.objectRef<EventOf<'accepted'>>('CompletionAccepted').implement({
  description: 'Always the first event, sequence 0, before any endpoint answers.',
  interfaces: [EventFields],
});

const CompletionStartedRef = builder.objectRef<EventOf<'started'>>('CompletionStarted').implement({
  description: 'An endpoint has begun to answer. From here on the answer stays with it.',
  interfaces: [EventFields],
  fields: (t) => ({
    model: t.expose('model', {
      type: ModelRef,
      description: 'The model that answers, which may be one of the fallbacks.',
    }),
    modelChoice: t.expose('modelChoice', {
      type: ModelChoiceRef,
      nullable: true,
      description: 'How the name in the request led to that model. Null where it is not on record.',
    }),
    endpoint: t.expose('endpoint', { type: EndpointRef, description: 'The endpoint that answers.' }),
    attempts: t.expose('attempts', {
      type: [AttemptRef],
      description: 'Every endpoint that was tried so far. The last attempt is the one that runs.',
    }),
  }),
});

const ContentDeltaRef = builder.objectRef<EventOf<'text'>>('ContentDelta').implement({
  description: 'The next piece of the text of the answer.',
  interfaces: [EventFields],
  fields: (t) => ({
    text: t.exposeString('text', { ...reads('text'), description: 'What to append to the text so far.' }),
  }),
});

const ReasoningDeltaRef = builder.objectRef<EventOf<'reasoning'>>('ReasoningDelta').implement({
  description: 'The next piece of what the model thinks before it answers.',
  interfaces: [EventFields],
  fields: (t) => ({
    text: t.exposeString('text', { ...reads('text'), description: 'What to append to the reasoning so far.' }),
  }),
});

const RefusalDeltaRef = builder.objectRef<EventOf<'refusal'>>('RefusalDelta').implement({
  description: 'The next piece of why the model declines to answer.',
  interfaces: [EventFields],
  fields: (t) => ({
    text: t.exposeString('text', { ...reads('text'), description: 'What to append to the refusal so far.' }),
  }),
});

const ToolCallDeltaRef = builder.objectRef<EventOf<'toolCall'>>('ToolCallDelta').implement({
  description: 'The next piece of a tool call.',
  interfaces: [EventFields],
  fields: (t) => ({
    index: t.exposeInt('index', {
      ...reads('index'),
      description: 'Which call the piece belongs to: the calls of an answer count 0, 1, 2 and so on.',
    }),
    callId: t.exposeString('id', {
      ...reads('id'),
      nullable: true,
      description:
        'What the tool message that answers the call must name. Comes with the first piece of a call, then null.',
    }),
    name: t.exposeString('name', {
      ...reads('name'),
      nullable: true,
      description: 'The function to call. Comes with the first piece of a call, then null.',
    }),
    arguments: t.exposeString('arguments', {
      ...reads('arguments'),
      description:
        'What to append to the arguments so far, which are the text of a JSON object once the call is whole.',
    }),
  }),
});

const ReasoningDetailsDeltaRef = builder.objectRef<EventOf<'reasoningDetails'>>('ReasoningDetailsDelta').implement({
  description: 'Blocks of reasoning, some of them encrypted, to be sent back with the next request.',
  interfaces: [EventFields],
  fields: (t) => ({
    details: t.expose('details', {
      ...reads('details'),
      type: 'JSON',
      description:
        'A list of blocks. Blocks with the same `index` continue each other; the finished completion has them whole.',
    }),
  }),
});

const AnnotationsDeltaRef = builder.objectRef<EventOf<'annotations'>>('AnnotationsDelta').implement({
  description: 'Further sources that the answer cites.',
  interfaces: [EventFields],
  fields: (t) => ({
    annotations: t.expose('annotations', {
      type: [AnnotationRef],
      description: 'What to append to the sources so far.',
    }),
  }),
});

const ImageDeltaRef = builder.objectRef<EventOf<'image'>>('ImageDelta').implement({
  description: 'A further picture that the model made, whole.',
  interfaces: [EventFields],
  fields: (t) => ({
    image: t.expose('image', { type: GeneratedImageRef, description: 'What to append to the pictures so far.' }),
  }),
});

const CompletionFinishedRef = builder.objectRef<EventOf<'finished'>>('CompletionFinished').implement({
  description: 'The answer is whole. Always the last event of a stream that succeeds.',
  interfaces: [EventFields],
  fields: (t) => ({
    completion: t.expose('completion', {
      type: ChatCompletionRef,
      description: 'The whole answer: its text is what the deltas make together.',
    }),
  }),
});

const CompletionFailedRef = builder.objectRef<EventOf<'failed'>>('CompletionFailed').implement({
  description:
    'There will be no more of the answer. Always the last event of a stream that fails; what came before it stays.',
  interfaces: [EventFields],
  fields: (t) => ({
    error: t.field({
      type: CompletionErrorRef,
      description: 'Why the answer broke off, or never came.',
      resolve: ({ error }) => ({ failure: error }),
    }),
    content: t.string({
      description: 'The text that was delivered. Empty where none was.',
      resolve: ({ partial }) => partial.content,
    }),
    reasoning: t.string({
      nullable: true,
      description: 'The reasoning that was delivered. Null where none was.',
      resolve: ({ partial }) => partial.reasoning ?? null,
    }),
    toolCalls: t.field({
      type: [ToolCallRef],
      description: 'The tool calls that were delivered. The arguments of the last one may be incomplete.',
      resolve: ({ partial }) => partial.toolCalls,
    }),
    attempts: t.expose('attempts', {
      type: [AttemptRef],
      description: 'Every endpoint that was tried, in order, and how it failed. Empty where none was.',
    }),
    usage: t.expose('usage', {
      type: UsageRef,
      nullable: true,
      description:
        'The tokens of what was delivered. Null where nothing was, and where a key was revoked: that of this reader alone, while the ' +
        'generation goes on, or that of a generation of which nobody could say in time what was used.',
    }),
    cost: t.expose('cost', {
      ...reads('cost'),
      type: 'Decimal',
      nullable: true,
      description: 'What was delivered costs so much, in US dollars. Null where `usage` is.',
    }),
  }),
});

const ChatCompletionEvent = builder.unionType('ChatCompletionEvent', {
  description:
    'What a stream says: CompletionAccepted first; CompletionStarted before the first delta; then deltas; and exactly one of ' +
    'CompletionFinished and CompletionFailed last.',
  types: [
    CompletionAcceptedRef,
    CompletionStartedRef,
    ContentDeltaRef,
    ReasoningDeltaRef,
    RefusalDeltaRef,
    ToolCallDeltaRef,
    ReasoningDetailsDeltaRef,
    AnnotationsDeltaRef,
    ImageDeltaRef,
    CompletionFinishedRef,
    CompletionFailedRef,
  ],
  resolveType: (event) => eventTypeNames[event.type],
});

builder.subscriptionField('streamChatCompletion', (t) =>
  t.field({
    type: ChatCompletionEvent,
    description:
      'Answers a conversation as it is written. Moves on to another endpoint as long as nothing has been delivered. Unsubscribing stops the work, unless `onDisconnect` says otherwise.',
    args: {
      input: t.arg({
        type: ChatCompletionInput,
        required: true,
        description: 'What to answer, by which model, and how.',
      }),
    },
    subscribe: (_root, { input }, context) => streamOf(input, context),
    resolve: (event) => event,
  }),
);

builder.subscriptionField('followGeneration', (t) =>
  t.field({
    type: ChatCompletionEvent,
    description:
      "Reads a generation of the own account again, or along with others: what it has said after `after`, then what it says, with the same numbers and texts as for every reader. It can be found while it runs and for some minutes after its end. What is not there, or not the own account's, fails with GenerationNotFound as its only event.",
    args: {
      id: t.arg.id({ required: true, description: 'The `generationId` that every event and every completion tells.' }),
      after: t.arg.int({
        description: 'The `sequence` of the last event that the reader has. Absent: from the first event, 0, on.',
      }),
    },
    subscribe: (_root, { id, after }, { generations, caller, signal }) =>
      after != null && after < 0
        ? generations.refused(new InvalidRequest('`after` must be at least 0.', { path: 'after' }))
        : generations.follow(id, after ?? undefined, { caller, signal }),
    resolve: (event) => event,
  }),
);

/** The events of the request, or those of one that contradicts itself. Returned as it is, so that `return()` acts at once. */
function streamOf(input: ChatCompletionFields, { generations, caller, signal }: Context): GenerationStream {
  try {
    return generations.stream(toChatRequest(input), { ...toTreatment(input), caller, signal });
  } catch (error) {
    if (error instanceof CompletionError) return generations.refused(error);
    throw error;
  }
}
