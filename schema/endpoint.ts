import type { Catalog, Endpoint, Model, ProviderInfo } from '../src/catalog.ts';
import { parameters } from '../src/chat.ts';
import type { Quantization } from '../src/provider-preferences.ts';
import { builder, enumOf } from './builder.ts';
import { paginate } from './connection.ts';
import { ModalityEnum, ModelRef, ParameterEnum } from './model.ts';
import { PricingRef, pricingOf } from './pricing.ts';
import { DataPolicyRef, ProviderRef } from './provider.ts';

export const QuantizationEnum = enumOf<Quantization>(
  'Quantization',
  'The number format in which an endpoint keeps the weights. Fewer bits are cheaper and may answer a little worse.',
  {
    int4: 'Integers of 4 bits.',
    int8: 'Integers of 8 bits.',
    fp4: 'Floating point of 4 bits.',
    mxfp4: 'Floating point of 4 bits with a scale shared by 32 values.',
    nvfp4: 'Floating point of 4 bits with a scale shared by 16 values.',
    fp6: 'Floating point of 6 bits.',
    fp8: 'Floating point of 8 bits.',
    mxfp8: 'Floating point of 8 bits with a scale shared by 32 values.',
    fp16: 'Floating point of 16 bits.',
    bf16: 'Floating point of 16 bits with the range of 32: what most models are published in.',
    fp32: 'Floating point of 32 bits.',
    unknown: 'The provider does not say.',
  },
);

export const EndpointRef = builder.objectRef<Endpoint>('Endpoint');

builder.node(EndpointRef, {
  description: 'One model as served by one provider: what requests are routed to.',
  id: { resolve: (endpoint) => endpoint.id },
  loadOne: (id, { catalog }) => catalog.endpoint(id),
  isTypeOf: (value) => typeof value === 'object' && value !== null && 'tag' in value,
  fields: (t) => ({
    tag: t.exposeString('tag', {
      description:
        "The provider's slug, or `provider/variant` where it serves the model more than once. Pins the endpoint in provider preferences.",
    }),
    model: t.field({
      type: ModelRef,
      description: 'The model that it serves.',
      resolve: (endpoint, _args, { catalog }) => known(catalog.model(endpoint.model), endpoint),
    }),
    provider: t.field({
      type: ProviderRef,
      description: 'Who serves it, and whose terms and data policy hold.',
      resolve: (endpoint, _args, { catalog }) => known(catalog.provider(endpoint.provider), endpoint),
    }),
    contextLength: t.exposeInt('contextLength', {
      description: 'The most tokens, prompt and answer together, that this endpoint takes.',
    }),
    maxCompletionTokens: t.exposeInt('maxCompletionTokens', {
      nullable: true,
      description: 'The longest answer that it writes, in tokens. Null where only the context length limits it.',
    }),
    quantization: t.expose('quantization', {
      type: QuantizationEnum,
      description: 'The number format in which it keeps the weights of the model.',
    }),
    pricing: t.expose('pricing', { type: PricingRef, description: 'What this endpoint charges.' }),
    supportedParameters: t.field({
      type: [ParameterEnum],
      description: 'The options that it understands. Others are left out of a request that it serves.',
      resolve: (endpoint) => parameters.filter((parameter) => endpoint.supportedParameters.has(parameter)),
    }),
    inputModalities: t.expose('inputModalities', {
      type: [ModalityEnum],
      description: 'The kinds of content that it takes, which may be fewer than the model itself takes.',
    }),
    dataPolicy: t.expose('dataPolicy', {
      type: DataPolicyRef,
      description: 'What becomes of the prompts that are sent here.',
    }),
  }),
});

builder.objectFields(ModelRef, (t) => ({
  supportedParameters: t.field({
    type: [ParameterEnum],
    description:
      'The options that at least one of its endpoints understands, or for `pointsman/auto` one of those of its models.',
    resolve: (model, _args, { catalog }) => {
      const endpoints = endpointsBehind(model, catalog);
      return parameters.filter((parameter) =>
        endpoints.some((endpoint) => endpoint.supportedParameters.has(parameter)),
      );
    },
  }),
  pricing: t.field({
    type: PricingRef,
    description:
      'The prices of its cheapest endpoint among those that could be tried now, or among all where none could: the one with the ' +
      'lowest prompt price, then the lowest completion price. Every price is 0 for a model without any endpoint. For `pointsman/auto` ' +
      'the cheapest among all models that it chooses from.',
    resolve: (model, _args, { catalog }) => {
      const endpoints = endpointsBehind(model, catalog);
      return pricingOf(
        endpoints,
        endpoints.filter(({ provider }) => catalog.provider(provider)?.configured === true),
      );
    },
  }),
  endpoints: t.field({
    type: [EndpointRef],
    description:
      'Everyone who serves it, configured or not. Empty for a model that nobody serves any more, and for `pointsman/auto`.',
    resolve: (model, _args, { catalog }) => catalog.endpointsOfModel(model.slug),
  }),
}));

const EndpointConnection = builder.connectionObject(
  { type: EndpointRef, name: 'EndpointConnection', description: 'A page of endpoints, in the order of their models.' },
  { name: 'EndpointEdge', description: 'An endpoint at its place in the list.' },
);

builder.objectField(ProviderRef, 'endpoints', (t) =>
  t.connection(
    {
      type: EndpointRef,
      description: 'The models that it serves, each as an endpoint, in the order of their slugs.',
      resolve: (provider, page, { catalog }) =>
        paginate(catalog.endpointsOfProvider(provider.slug), page, { name: 'id', key: idOf, id: idOf }),
    },
    EndpointConnection,
  ),
);

/** The endpoints of a model that a request may be sent to: those whose provider is configured. */
export function tryable(slug: string, catalog: Catalog): readonly Endpoint[] {
  return catalog.endpointsOfModel(slug).filter((endpoint) => catalog.provider(endpoint.provider)?.configured === true);
}

/** Those that could serve a request for the model: its own, or those of the models that the auto router chooses from. */
function endpointsBehind(model: Model, catalog: Catalog): readonly Endpoint[] {
  if (model !== catalog.auto.model) return catalog.endpointsOfModel(model.slug);
  return catalog.auto.choices.flatMap((choice) => catalog.endpointsOfModel(choice.model.slug));
}

/** A catalog holds the model and the provider of each of its endpoints. */
function known<Thing extends Model | ProviderInfo>(thing: Thing | undefined, endpoint: Endpoint): Thing {
  if (thing === undefined) throw new Error(`endpoint ${endpoint.id}: the catalog lacks its model or provider`);
  return thing;
}

function idOf(endpoint: Endpoint): string {
  return endpoint.id;
}
