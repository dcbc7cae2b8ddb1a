import type { Catalog, Endpoint, Model } from '../src/catalog.ts';
import { dearer } from '../src/pricing.ts';
import { builder, enumOf } from './builder.ts';
import { decimalKey, type Order, paginate } from './connection.ts';
import { tryable } from './endpoint.ts';
import { ModalityEnum, ModelRef, ParameterEnum } from './model.ts';
import { cheapest } from './pricing.ts';
import { searchFor } from './search.ts';

const ModelFilterInput = builder.inputType('ModelFilter', {
  description:
    'Narrows a list of models. A model stays in it if everything that is given holds. What is said of endpoints (available, ' +
    'supportedParameters, prices, provider, free) must hold of one and the same endpoint.',
  fields: (t) => ({
    search: t.string({
      description: 'Words that must all occur in the slug, the name or the description, in any case of letters.',
    }),
    author: t.string({ description: 'Only models of this author: the part of the slug before the slash.' }),
    available: t.boolean({
      description: 'True: only models that could be tried now. False: only those that could not.',
    }),
    supportedParameters: t.field({
      type: [ParameterEnum],
      description: 'Only models with an endpoint that understands all of these options.',
    }),
    inputModalities: t.field({
      type: [ModalityEnum],
      description: 'Only models that take all of these kinds of content.',
    }),
    outputModalities: t.field({
      type: [ModalityEnum],
      description: 'Only models that can answer with all of these kinds of content.',
    }),
    minContextLength: t.int({
      description: 'Only models that take at least this many tokens, prompt and answer together.',
    }),
    maxPromptPrice: t.field({
      type: 'Decimal',
      description: 'Only models with an endpoint that charges at most this for a token of the prompt, in US dollars.',
    }),
    maxCompletionPrice: t.field({
      type: 'Decimal',
      description: 'Only models with an endpoint that charges at most this for a token of the answer, in US dollars.',
    }),
    provider: t.string({ description: 'Only models that the provider with this slug serves.' }),
    free: t.boolean({
      description: 'True: only models with an endpoint that charges nothing. False: only those without one.',
    }),
  }),
});

type ModelFilter = typeof ModelFilterInput.$inferInput;

type ModelOrderField = 'slug' | 'name' | 'created_at' | 'context_length' | 'prompt_price' | 'completion_price';

const ModelOrderFieldEnum = enumOf<ModelOrderField>('ModelOrderField', 'What a list of models may be ordered by.', {
  slug: 'The slug, which is by author and then by name.',
  name: 'The name for people to read, by its letters.',
  created_at: 'The release date. Models of unknown date come last.',
  context_length: 'How many tokens the model takes.',
  prompt_price: 'What `pricing.prompt` says. Models that nobody serves come last.',
  completion_price: 'What `pricing.completion` says. Models that nobody serves come last.',
});

type Direction = 'asc' | 'desc';

const OrderDirectionEnum = enumOf<Direction>('OrderDirection', 'Which end of an order comes first.', {
  asc: 'The least first: A to Z, old to new, cheap to dear.',
  desc: 'The greatest first: Z to A, new to old, dear to cheap.',
});

const ModelOrderInput = builder.inputType('ModelOrder', {
  description: 'The order of a list of models. Where two are equal, the slug decides.',
  fields: (t) => ({
    field: t.field({ type: ModelOrderFieldEnum, required: true, description: 'What to order by.' }),
    direction: t.field({
      type: OrderDirectionEnum,
      required: true,
      defaultValue: 'asc',
      description: 'Which end comes first. What has no value comes last in either direction.',
    }),
  }),
});

type ModelOrder = typeof ModelOrderInput.$inferInput;

const ModelConnection = builder.connectionObject(
  { type: ModelRef, name: 'ModelConnection', description: 'A page of models, in the order that was asked for.' },
  { name: 'ModelEdge', description: 'A model at its place in the list.' },
);

builder.queryField('models', (t) =>
  t.connection(
    {
      type: ModelRef,
      description: 'The models that the server knows, also those that it could not call now.',
      args: {
        filter: t.arg({ type: ModelFilterInput, description: 'Which models to list; absent for all of them.' }),
        orderBy: t.arg({ type: ModelOrderInput, description: 'In which order; absent for that of their slugs.' }),
      },
      resolve: (_root, { filter, orderBy, ...page }, { catalog }) =>
        paginate(catalog.models.filter(matches(filter ?? {}, catalog)), page, orderOf(orderBy, catalog)),
    },
    ModelConnection,
  ),
);

function matches(filter: ModelFilter, catalog: Catalog): (model: Model) => boolean {
  const found = searchFor(filter.search);
  const author = filter.author?.toLowerCase();
  const inputs = distinct(filter.inputModalities);
  const outputs = distinct(filter.outputModalities);
  const endpointMatches = endpointTests(filter, catalog);
  return (model) => {
    const endpoints = catalog.endpointsOfModel(model.slug);
    return (
      found(model.slug, model.name, model.description) &&
      (author === undefined || model.author.toLowerCase() === author) &&
      inputs.every((modality) => model.inputModalities.includes(modality)) &&
      outputs.every((modality) => model.outputModalities.includes(modality)) &&
      model.contextLength >= (filter.minContextLength ?? 0) &&
      (filter.available !== false || !catalog.available(model.slug)) &&
      (filter.free !== false || !endpoints.some(isFree)) &&
      (endpointMatches.length === 0 || endpoints.some((endpoint) => endpointMatches.every((test) => test(endpoint))))
    );
  };
}

/** What the filter asks of one endpoint; nothing where it asks nothing, so that models without endpoints stay. */
function endpointTests(filter: ModelFilter, catalog: Catalog): readonly ((endpoint: Endpoint) => boolean)[] {
  const tests: ((endpoint: Endpoint) => boolean)[] = [];
  const { maxPromptPrice, maxCompletionPrice, provider } = filter;
  const supportedParameters = distinct(filter.supportedParameters);
  if (filter.available === true) tests.push((endpoint) => catalog.provider(endpoint.provider)?.configured === true);
  if (filter.free === true) tests.push(isFree);
  if (provider != null) tests.push((endpoint) => endpoint.provider === provider);
  if (supportedParameters.length > 0) {
    tests.push((endpoint) => supportedParameters.every((parameter) => endpoint.supportedParameters.has(parameter)));
  }
  if (maxPromptPrice != null) tests.push((endpoint) => !dearer(endpoint.pricing.prompt, maxPromptPrice));
  if (maxCompletionPrice != null) tests.push((endpoint) => !dearer(endpoint.pricing.completion, maxCompletionPrice));
  return tests;
}

/** Each value once, so that a list that repeats itself costs no more than it says. */
function distinct<Value>(values: readonly Value[] | null | undefined): readonly Value[] {
  return [...new Set(values)];
}

function isFree({ pricing }: Endpoint): boolean {
  return [pricing.prompt, pricing.completion, pricing.request].every((price) => !dearer(price, '0'));
}

function orderOf(orderBy: ModelOrder | null | undefined, catalog: Catalog): Order<Model> {
  const field = orderBy?.field ?? 'slug';
  return {
    name: field,
    key: orderKeys(catalog)[field],
    id: (model) => model.slug,
    descending: orderBy?.direction === 'desc',
  };
}

function orderKeys(catalog: Catalog): Readonly<Record<ModelOrderField, Order<Model>['key']>> {
  const pricing = (model: Model) => {
    const endpoints = tryable(model.slug, catalog);
    return cheapest(endpoints.length > 0 ? endpoints : catalog.endpointsOfModel(model.slug))?.pricing;
  };
  const price = (decimal: string | undefined) => (decimal === undefined ? undefined : decimalKey(decimal));
  return {
    slug: (model) => model.slug,
    name: (model) => model.name.toLowerCase(),
    created_at: (model) => (model.createdAt === undefined ? undefined : new Date(model.createdAt).toISOString()),
    context_length: (model) => model.contextLength,
    prompt_price: (model) => price(pricing(model)?.prompt),
    completion_price: (model) => price(pricing(model)?.completion),
  };
}
