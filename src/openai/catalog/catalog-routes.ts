import { z } from 'zod';
import { globMatches } from '../../accounts/globs.ts';
import type { Caller } from '../../caller.ts';
import type { Catalog, Model, ProviderInfo } from '../../catalog.ts';
import { ModelNotFound } from '../../errors.ts';
import { failureOf, openRouterError } from '../failure.ts';
import { type Answer, type RestParts, type Route, route } from '../route.ts';
import { endpointShape, modelEndpointsShape, modelListShape, modelShape, providersShape } from './answer-shapes.ts';
import { endpointBody } from './endpoint-body.ts';
import { architectureBody, createdOf, modelBody } from './model-body.ts';
import { type ModelQuery, modelQuery, retainsNothing, selectModels } from './model-list.ts';

const operation = () => 'models';
const defaultLimit = 500;

/** What the catalog has to say: models, endpoints, providers. */
export function createCatalogRoutes({ health, clock }: RestParts): readonly Route[] {
  const listed = (query: ModelQuery, catalog: Catalog, base: string, allowed: (model: Model) => boolean): Answer => {
    const models = selectModels(query, catalog, health, clock.now()).filter(allowed);
    const { offset = 0, limit = query.offset === undefined ? models.length : defaultLimit } = query;
    const next = offset + limit < models.length ? `${base}?${pageQuery(query, offset + limit, limit)}` : null;
    return json({
      object: 'list',
      data: models.slice(offset, offset + limit).map((model) => modelBody(model, catalog)),
      total_count: models.length,
      links: { next },
    });
  };

  return [
    route({
      method: 'GET',
      path: '/models',
      summary: 'The models that can be asked, each with its prices and what it understands.',
      query: modelQuery,
      answers: modelListShape,
      operation,
      answer: ({ query, catalog }) => listed(query, catalog, '/api/v1/models', () => true),
    }),
    route({
      method: 'GET',
      path: '/models/user',
      summary: 'The models that the key may ask.',
      query: modelQuery,
      answers: modelListShape,
      operation,
      answer: ({ query, catalog, caller }) =>
        listed(query, catalog, '/api/v1/models/user', (model) => mayAsk(caller, model)),
    }),
    route({
      method: 'GET',
      path: '/embeddings/models',
      summary: 'The models that make embeddings.',
      query: modelQuery.omit({ output_modalities: true }),
      answers: modelListShape,
      operation,
      answer: ({ query, catalog }) =>
        listed({ ...query, output_modalities: ['embeddings'] }, catalog, '/api/v1/embeddings/models', () => true),
    }),
    route({
      method: 'GET',
      path: '/models/count',
      summary: 'How many models can be asked.',
      query: modelQuery,
      answers: z.object({ data: z.object({ count: z.int() }) }),
      operation,
      answer: ({ query, catalog }) =>
        json({ data: { count: selectModels(query, catalog, health, clock.now()).length } }),
    }),
    route({
      method: 'GET',
      path: '/models/:author/:slug/endpoints',
      summary: 'Who serves a model, at which prices, and how well of late.',
      answers: modelEndpointsShape,
      operation,
      answer: ({ parameters: { author, slug }, catalog }) =>
        ofModel(catalog, `${author}/${slug}`, (model) => ({
          data: {
            id: model.slug,
            name: model.name,
            created: createdOf(model),
            description: model.description ?? '',
            architecture: architectureBody(model),
            endpoints: catalog
              .endpointsOfModel(model.slug)
              .map((endpoint) => endpointBody(endpoint, model, catalog, health)),
          },
        })),
    }),
    route({
      method: 'GET',
      path: '/model/:author/:slug',
      summary: 'One model, by any of its names.',
      answers: z.object({ data: modelShape }),
      operation,
      answer: ({ parameters: { author, slug }, catalog }) =>
        ofModel(catalog, `${author}/${slug}`, (model) => ({ data: modelBody(model, catalog) })),
    }),
    route({
      method: 'GET',
      path: '/models/:name',
      summary: "One model, as OpenAI's clients ask for it: its whole name, encoded.",
      answers: modelShape,
      operation,
      answer: ({ parameters: { name = '' }, catalog }) => ofModel(catalog, name, (model) => modelBody(model, catalog)),
    }),
    route({
      method: 'GET',
      path: '/models/:author/:slug',
      summary: "The same, for clients of OpenAI's that do not encode the name.",
      answers: modelShape,
      operation,
      answer: ({ parameters: { author, slug }, catalog }) =>
        ofModel(catalog, `${author}/${slug}`, (model) => modelBody(model, catalog)),
    }),
    route({
      method: 'GET',
      path: '/providers',
      summary: 'Who serves models.',
      answers: providersShape,
      operation,
      answer: ({ catalog }) => json({ data: catalog.providers.map(providerBody) }),
    }),
    route({
      method: 'GET',
      path: '/endpoints/zdr',
      summary: 'The endpoints that keep nothing of what they are sent.',
      answers: z.object({ data: z.array(endpointShape) }),
      operation,
      answer: ({ catalog }) =>
        json({
          data: catalog.endpoints.filter(retainsNothing).flatMap((endpoint) => {
            const model = catalog.model(endpoint.model);
            return model === undefined ? [] : [endpointBody(endpoint, model, catalog, health)];
          }),
        }),
    }),
  ];
}

function json(body: unknown): Answer {
  return { type: 'json', body };
}

/** What there is to say of the model with any such name. Where a path names none, nothing is found there: 404, unlike in a request. */
function ofModel(catalog: Catalog, name: string, body: (model: Model) => object): Answer {
  const model = catalog.model(name);
  if (model !== undefined) return json(body(model));
  const error = new ModelNotFound(name, catalog.suggest(name));
  const failure = { message: error.message, ...failureOf(error), status: 404, type: 'not_found' } as const;
  return { type: 'json', status: failure.status, body: openRouterError(failure) };
}

function mayAsk({ allowedModels = [] }: Caller, { slug }: Model): boolean {
  return allowedModels.every((globs) => globs.some((glob) => globMatches(glob, slug)));
}

function pageQuery(query: ModelQuery, offset: number, limit: number): string {
  const given = Object.entries({ ...query, offset, limit }).filter(([, value]) => value !== undefined);
  return new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
}

function providerBody(provider: ProviderInfo) {
  const { name, slug, headquarters, privacyPolicyUrl, termsOfServiceUrl, statusPageUrl } = provider;
  return {
    name,
    slug,
    headquarters: headquarters ?? null,
    datacenters: null,
    privacy_policy_url: privacyPolicyUrl ?? null,
    terms_of_service_url: termsOfServiceUrl ?? null,
    status_page_url: statusPageUrl ?? null,
  };
}
