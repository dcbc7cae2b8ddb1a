import type { Modality, Model } from '../src/catalog.ts';
import type { Parameter } from '../src/chat.ts';
import { builder, enumOf } from './builder.ts';

export const ModalityEnum = enumOf<Modality>(
  'Modality',
  'A kind of content that goes into a model or comes out of it.',
  {
    text: 'Written words, which every chat model takes and gives.',
    image: 'Pictures, such as PNG, JPEG or WebP files.',
    audio: 'Sound, such as recorded speech.',
    file: 'Documents, such as PDF files.',
    video: 'Moving pictures, with or without sound.',
    embeddings: 'Vectors in place of an answer. Such a model is asked by `createEmbedding`, and does not chat.',
  },
);

export const ParameterEnum = enumOf<Parameter>(
  'Parameter',
  'An option of a request that an endpoint may or may not understand. Where it does not, the option is left out.',
  {
    tools: 'Functions that the model may ask to have called.',
    tool_choice: 'Whether the model must, may or must not call tools, and which.',
    parallel_tool_calls: 'Whether one answer may call several tools.',
    response_format: 'An answer that is a JSON object.',
    structured_outputs: 'An answer that follows a JSON Schema.',
    reasoning: 'Control over how much the model thinks before it answers.',
    max_tokens: 'A limit on the length of the answer.',
    temperature: 'How freely tokens are drawn: 0 always takes the likeliest.',
    top_p: 'Drawing only from the likeliest tokens that together reach this probability.',
    top_k: 'Drawing only from this many of the likeliest tokens.',
    min_p: 'Drawing only from tokens at least this probable, relative to the likeliest.',
    top_a: 'Drawing only from tokens whose probability exceeds this share of the square of the likeliest one.',
    frequency_penalty: 'Making tokens less likely the more often they have come already.',
    presence_penalty: 'Making tokens less likely once they have come at all.',
    repetition_penalty: 'Making tokens of the prompt and the answer less likely to come again.',
    seed: 'Drawing the same tokens again for the same request, as far as the provider can.',
    stop: 'Texts at which the answer ends.',
    logit_bias: 'Making single tokens more or less likely.',
    logprobs: 'The log probability of each token of the answer.',
    top_logprobs: 'The log probabilities of the likeliest alternatives of each token.',
    verbosity: 'How long-winded the answer may be.',
    prediction: 'A text that the answer will resemble, which makes it faster.',
    user: 'A name for the end user, for the abuse detection of the provider.',
  },
);

export const ModelRef = builder.objectRef<Model>('Model');

builder.node(ModelRef, {
  description: 'What callers ask for: weights by one author under one name, whoever serves them.',
  id: { resolve: (model) => model.slug },
  loadOne: (slug, { catalog }) => catalog.model(slug),
  isTypeOf: (value) => typeof value === 'object' && value !== null && 'author' in value,
  fields: (t) => ({
    slug: t.exposeString('slug', {
      description: 'The name to put into a request: `author/name`, such as `openai/gpt-4o-mini`.',
    }),
    name: t.exposeString('name', { description: 'The name as its author writes it, for people to read.' }),
    author: t.exposeString('author', { description: 'Who made the model: the part of the slug before the slash.' }),
    description: t.exposeString('description', {
      nullable: true,
      description: 'What the model is good at, in a sentence or a few. Null where the catalog has none.',
    }),
    createdAt: t.expose('createdAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When its author released it. Null where that is not known.',
    }),
    contextLength: t.exposeInt('contextLength', {
      description:
        'The most tokens, prompt and answer together, that the model itself takes. An endpoint may take fewer.',
    }),
    maxCompletionTokens: t.exposeInt('maxCompletionTokens', {
      nullable: true,
      description: 'The longest answer in tokens. Null where only the context length limits it.',
    }),
    inputModalities: t.expose('inputModalities', {
      type: [ModalityEnum],
      description: 'The kinds of content that its messages may hold.',
    }),
    outputModalities: t.expose('outputModalities', {
      type: [ModalityEnum],
      description: 'The kinds of content that it can answer with.',
    }),
    knowledgeCutoff: t.exposeString('knowledgeCutoff', {
      nullable: true,
      description: 'Until when its training data reach, `2024-10` or `2024-10-01`. Null where its author does not say.',
    }),
    deprecatedAt: t.expose('deprecatedAt', {
      type: 'DateTime',
      nullable: true,
      description:
        'From when its author no longer recommends it; it may still be served. Null while that is not announced.',
    }),
    available: t.boolean({
      description: 'Whether at least one of its endpoints could be tried: its provider has credentials or needs none.',
      resolve: (model, _args, { catalog }) => catalog.available(model.slug),
    }),
    aliases: t.stringList({
      description:
        'Its other names, which a request may use, too. Those that end in `-latest` move on to a newer model of the family once one ' +
        'is available. Each may be followed by a variant, such as `:nitro`.',
      resolve: (model, _args, { catalog }) => catalog.aliasesOf(model.slug),
    }),
  }),
});

builder.queryField('model', (t) =>
  t.field({
    type: ModelRef,
    nullable: true,
    description:
      'The model with this name, or null where there is none. Also knows `pointsman/auto`, which is not in the list of models: it ' +
      'chooses one of them for each request, and has no endpoints and no price of its own.',
    args: {
      slug: t.arg.string({
        required: true,
        description:
          'The slug, `author/name`; an alias; `author/family-latest`, with or without a `~` in front; each of them also with a ' +
          'variant, `author/name:nitro`; in any case of letters.',
      }),
    },
    resolve: (_root, { slug }, { catalog }) => catalog.model(slug) ?? null,
  }),
);
