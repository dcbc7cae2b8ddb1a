import type { Vector } from '../src/chat.ts';
import type { Completion } from '../src/completion.ts';
import { float32Base64 } from '../src/vector-base64.ts';
import { AttemptRef } from './attempt.ts';
import { builder } from './builder.ts';
import { UsageRef } from './chat.ts';
import { toTreatment } from './chat-input.ts';
import { EmbeddingInput, toEmbeddingRequest } from './embedding-input.ts';
import { EndpointRef } from './endpoint.ts';
import { completionErrors, resultOf } from './error.ts';
import { ModelRef } from './model.ts';
import { ModelChoiceRef } from './model-choice.ts';
import { ProviderRef } from './provider.ts';

interface Embedding {
  readonly index: number;
  readonly vector: Vector;
}

const EmbeddingRef = builder.objectRef<Embedding>('Embedding').implement({
  description: 'What a text means, as a vector: texts that say alike things have vectors that point alike.',
  fields: (t) => ({
    index: t.exposeInt('index', { description: 'Which of the `texts` of the request it is of: 0 for the first.' }),
    vector: t.field({
      type: ['Float'],
      description: 'The numbers. Where there are very many, `base64` comes faster and takes a third of the room.',
      resolve: ({ vector }) => vector,
    }),
    base64: t.string({
      description: 'The same numbers in base64: four bytes each, IEEE 754 floats of 32 bits, the lowest byte first.',
      resolve: ({ vector }) => float32Base64(vector),
    }),
  }),
});

const EmbeddingsRef = builder.objectRef<Completion>('Embeddings').implement({
  description: 'The vectors of all texts of a request, with where they came from and what they cost.',
  fields: (t) => ({
    generationId: t.exposeID('generationId', {
      description: 'Names this request everywhere, also in the log of the server. Begins with `gen-`.',
    }),
    embeddings: t.field({
      type: [EmbeddingRef],
      description: 'One for each text, in the order of the texts.',
      resolve: ({ vectors = [] }) => vectors.map((vector, index) => ({ index, vector })),
    }),
    dimensions: t.int({
      description: 'How many numbers each of the vectors has.',
      resolve: ({ vectors }) => vectors?.[0]?.length ?? 0,
    }),
    model: t.expose('model', {
      type: ModelRef,
      description:
        'The model that made them, which may be one of the fallbacks. Only its own vectors compare with them.',
    }),
    modelChoice: t.expose('modelChoice', {
      type: ModelChoiceRef,
      nullable: true,
      description: 'How the name in the request led to that model. Null where it is not on record.',
    }),
    provider: t.expose('provider', { type: ProviderRef, description: 'Who served the model.' }),
    endpoint: t.expose('endpoint', { type: EndpointRef, description: 'The endpoint that made them.' }),
    usage: t.expose('usage', { type: UsageRef, description: 'How many tokens the texts had. None are written.' }),
    cost: t.expose('cost', {
      type: 'Decimal',
      description: 'What it cost in US dollars by the price list of the endpoint, exact to the nano-dollar.',
    }),
    attempts: t.expose('attempts', {
      type: [AttemptRef],
      description: 'Every endpoint that was tried, in the order of the calls. The one that SUCCEEDED made the vectors.',
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When the request was taken on.' }),
  }),
});

const CreateEmbeddingResult = builder.unionType('CreateEmbeddingResult', {
  description: 'The vectors, or why there are none.',
  types: [EmbeddingsRef, ...completionErrors],
  resolveType: (result) => ('failure' in result ? result.failure.name : 'Embeddings'),
});

builder.mutationField('createEmbedding', (t) =>
  t.field({
    type: CreateEmbeddingResult,
    description:
      'Makes vectors of texts, to search or group them by what they mean. Routed, tried, limited and paid like a completion.',
    args: {
      input: t.arg({ type: EmbeddingInput, required: true, description: 'Which texts, and by which model.' }),
    },
    resolve: (_root, { input }, { generations, caller, signal }) =>
      resultOf(async () => generations.complete(toEmbeddingRequest(input), { ...toTreatment(input), caller, signal })),
  }),
);
