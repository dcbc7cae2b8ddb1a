import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  FindAgainDocument,
  ListModelsDocument,
  type ListModelsQuery,
  type ListModelsQueryVariables,
  ModelDetailDocument,
  ProvidersDocument,
} from '../operations/generated/graphql.ts';
import { aModel } from '../support/router-bench.ts';
import { createContext, execute, run } from '../support/run-operation.ts';
import { createCatalogOf, createSmallCatalog } from '../support/small-catalog.ts';

async function slugs(variables: ListModelsQueryVariables): Promise<string[]> {
  const { models } = await run(ListModelsDocument, variables);
  return models.edges.map(({ node }) => node.slug);
}

const all = ['acme/large', 'acme/small', 'birch/forgotten', 'birch/reader', 'pointsman/tiny-1m'];

describe('the list of models', () => {
  it('has them all in the order of their slugs', async () => {
    expect(await slugs({})).toEqual(all);
  });

  it('shows each model once to whoever walks it, in any order and page size', async () => {
    const orders = fc.option(
      fc.record({
        field: fc.constantFrom('SLUG', 'NAME', 'CREATED_AT', 'CONTEXT_LENGTH', 'PROMPT_PRICE', 'COMPLETION_PRICE'),
        direction: fc.constantFrom('ASC', 'DESC'),
      } as const),
      { nil: null },
    );
    const names = fc.uniqueArray(fc.stringMatching(/^[a-z]{1,3}\/[a-z0-9]{1,3}$/), { minLength: 1, maxLength: 25 });
    await fc.assert(
      fc.asyncProperty(names, fc.integer({ min: 1, max: 9 }), orders, async (names, first, orderBy) => {
        const context = createContext({ catalog: createCatalogOf(names, (slug) => slug.length) });
        const seen: string[] = [];
        for (let after: string | null = null, more = true; more; ) {
          const { models }: ListModelsQuery = await run(ListModelsDocument, { first, after, orderBy }, context);
          seen.push(...models.edges.map(({ node }) => node.slug));
          after = models.pageInfo.endCursor;
          more = models.pageInfo.hasNextPage;
        }
        expect(seen.toSorted()).toEqual(names.toSorted());
      }),
      { numRuns: 50 },
    );
  });

  it.each([
    ['search', { search: 'LARGE acme' }, ['acme/large']],
    ['search of descriptions', { search: 'hard questions' }, ['acme/large']],
    ['author', { author: 'Birch' }, ['birch/forgotten', 'birch/reader']],
    ['available', { available: true }, ['acme/large', 'birch/reader', 'pointsman/tiny-1m']],
    ['unavailable', { available: false }, ['acme/small', 'birch/forgotten']],
    ['one parameter', { supportedParameters: ['TOOLS'] }, ['acme/large', 'acme/small']],
    ['two parameters of one endpoint', { supportedParameters: ['TOOLS', 'SEED'] }, ['acme/large']],
    ['two parameters that no endpoint has both', { supportedParameters: ['TOOLS', 'LOGPROBS'] }, []],
    ['no parameter at all', { supportedParameters: [] }, all],
    ['modalities', { inputModalities: ['IMAGE', 'TEXT'], outputModalities: ['TEXT'] }, ['acme/large']],
    ['context', { minContextLength: 32_768 }, ['acme/large', 'birch/reader']],
    ['prompt price', { maxPromptPrice: '1.5e-7' }, ['acme/small', 'birch/reader', 'pointsman/tiny-1m']],
    ['completion price', { maxCompletionPrice: '0.0000004' }, ['birch/reader', 'pointsman/tiny-1m']],
    [
      'prices of the endpoint that could be tried',
      { maxPromptPrice: '0.000002', available: true },
      ['birch/reader', 'pointsman/tiny-1m'],
    ],
    ['provider', { provider: 'quarry' }, ['acme/large', 'birch/reader']],
    ['provider and price', { provider: 'quarry', maxPromptPrice: '0.000002' }, ['birch/reader']],
    ['free', { free: true }, ['pointsman/tiny-1m']],
    ['not free', { free: false }, all.slice(0, 4)],
    ['nothing', {}, all],
  ] as const)('can be filtered by %s', async (_name, filter, expected) => {
    expect(await slugs({ filter: filter as ListModelsQueryVariables['filter'] })).toEqual(expected);
  });

  it.each([
    ['NAME', 'ASC', ['acme/large', 'acme/small', 'birch/forgotten', 'birch/reader', 'pointsman/tiny-1m']],
    ['CREATED_AT', 'ASC', ['birch/forgotten', 'acme/small', 'acme/large', 'birch/reader', 'pointsman/tiny-1m']],
    ['CREATED_AT', 'DESC', ['acme/large', 'acme/small', 'birch/forgotten', 'birch/reader', 'pointsman/tiny-1m']],
    ['CONTEXT_LENGTH', 'DESC', ['acme/large', 'birch/reader', 'acme/small', 'birch/forgotten', 'pointsman/tiny-1m']],
    ['PROMPT_PRICE', 'ASC', ['pointsman/tiny-1m', 'birch/reader', 'acme/small', 'acme/large', 'birch/forgotten']],
    ['COMPLETION_PRICE', 'DESC', ['acme/large', 'acme/small', 'birch/reader', 'pointsman/tiny-1m', 'birch/forgotten']],
    ['SLUG', 'DESC', [...all].reverse()],
  ] as const)('can be ordered by %s %s', async (field, direction, expected) => {
    expect(await slugs({ orderBy: { field, direction } })).toEqual(expected);
  });

  it('tells how many there are under the filter, whatever the page', async () => {
    const { models } = await run(ListModelsDocument, { first: 1, filter: { author: 'acme' } });
    expect(models.totalCount).toBe(2);
    expect(models.edges).toHaveLength(1);
  });

  it.each([
    [{ first: -1 }, '`first` is -1'],
    [{ after: 'bm9wZQ' }, 'cursor'],
    [{ filter: { search: 'x'.repeat(201) } }, '201 characters'],
  ])('refuses %j as bad input', async (variables, message) => {
    const { errors } = await execute(ListModelsDocument, variables);
    expect(errors?.[0]?.message).toContain(message);
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT' });
  });

  it('refuses a price that JavaScript has rounded', async () => {
    const { errors } = await execute(ListModelsDocument, { filter: { maxPromptPrice: 0.1 } });
    expect(errors?.[0]?.message).toContain('Decimal');
  });
});

describe('a model', () => {
  it('has its endpoints, and the prices of the cheapest that could be tried', async () => {
    const { model } = await run(ModelDetailDocument, { slug: 'acme/large' });
    expect(model).toMatchObject({
      slug: 'acme/large',
      createdAt: '2026-03-01T00:00:00.000Z',
      inputModalities: ['TEXT', 'IMAGE'],
      supportedParameters: ['TOOLS', 'TEMPERATURE', 'SEED', 'LOGPROBS'],
      available: true,
      deprecatedAt: null,
      pricing: {
        prompt: '0.000003',
        completion: '0.000012',
        request: '0',
        image: null,
        cacheRead: '0.0000003',
        overrides: [{ minPromptTokens: 128_000, prompt: '0.000006', completion: null }],
      },
    });
    expect(model?.endpoints.map(({ tag, health }) => [tag, health.state])).toEqual([
      ['acme-cloud', 'AVAILABLE'],
      ['quarry', 'AVAILABLE'],
      ['quarry/turbo', 'AVAILABLE'],
    ]);
    expect(model?.endpoints[1]).toMatchObject({
      quantization: 'UNKNOWN',
      dataPolicy: { trainsOnPrompts: false, retention: 'NONE', retentionDays: null },
      provider: { slug: 'quarry', configured: true },
    });
  });

  it('without a configured endpoint has the prices of the cheapest of all', async () => {
    const { model } = await run(ModelDetailDocument, { slug: 'acme/small' });
    expect(model?.available).toBe(false);
    expect(model?.pricing.prompt).toBe('0.00000015');
  });

  it('that nobody serves is listed, with prices of 0', async () => {
    const { model } = await run(ModelDetailDocument, { slug: 'birch/forgotten' });
    expect(model).toMatchObject({
      available: false,
      endpoints: [],
      supportedParameters: [],
      pricing: { prompt: '0', completion: '0', request: '0', overrides: [] },
    });
  });

  it('is found by an alias and in any case of letters, and is null where there is none', async () => {
    expect((await run(ModelDetailDocument, { slug: 'large' })).model?.slug).toBe('acme/large');
    expect((await run(ModelDetailDocument, { slug: 'ACME/Large' })).model?.slug).toBe('acme/large');
    expect((await run(ModelDetailDocument, { slug: 'acme/none' })).model).toBeNull();
  });
});

describe('a name with more to it', () => {
  const slugOf = async (slug: string) => (await run(ModelDetailDocument, { slug })).model?.slug;

  it('finds its model: with a variant, of a family, with a ~ in front', async () => {
    const models = [aModel('acme/large-2'), aModel('acme/large-3')];
    const catalog = createSmallCatalog({ models, endpoints: [], aliases: new Map(), defaultModel: 'acme/large-2' });
    const { data } = await execute(
      '{ a: model(slug: "Acme/Large-2:nitro") { slug } b: model(slug: "~acme/large-latest:free") { slug aliases } c: model(slug: "acme/large-2:x") { slug } }',
      {},
      createContext({ catalog }),
    );
    expect(data).toEqual({
      a: { slug: 'acme/large-2' },
      b: { slug: 'acme/large-3', aliases: ['acme/large-latest'] },
      c: null,
    });
    expect(await slugOf('LARGE:floor')).toBe('acme/large');
  });

  it('knows the auto router, which is in no list, has no endpoints, and costs what the cheapest of its models does', async () => {
    const { model } = await run(ModelDetailDocument, { slug: 'pointsman/auto' });
    expect(model).toMatchObject({
      slug: 'pointsman/auto',
      available: true,
      endpoints: [],
      contextLength: 200_000,
      inputModalities: ['TEXT', 'IMAGE'],
      pricing: { prompt: '0', completion: '0' },
    });
    expect(model?.supportedParameters).toContain('TOOLS');
    const found = await run(FindAgainDocument, { id: model?.id ?? '', ids: [] });
    expect(found.node).toMatchObject({ __typename: 'Model', slug: 'pointsman/auto' });
    expect(await slugs({ filter: { search: 'auto' } })).toEqual([]);
  });

  it('prices the auto router by what it may choose', async () => {
    const catalog = createSmallCatalog({ autoSettings: { allow: ['acme/*'] } });
    const { model } = await run(ModelDetailDocument, { slug: 'pointsman/auto' }, createContext({ catalog }));
    expect(model).toMatchObject({ available: true, pricing: { prompt: '0.000003' } });
    const nothing = createContext({ catalog: createSmallCatalog({ autoSettings: { allow: ['birch/forgotten'] } }) });
    expect((await run(ModelDetailDocument, { slug: 'pointsman/auto' }, nothing)).model?.available).toBe(false);
  });
});

describe('the providers', () => {
  it('are listed with their endpoints', async () => {
    const { providers } = await run(ProvidersDocument, {});
    expect(providers.edges.map(({ node }) => [node.slug, node.configured, node.endpoints.totalCount])).toEqual([
      ['acme-cloud', false, 2],
      ['local', true, 1],
      ['quarry', true, 3],
    ]);
    expect(providers.edges[2]?.node).toMatchObject({
      headquarters: 'NO',
      statusPageUrl: 'https://status.quarry.example/',
      privacyPolicyUrl: null,
      dataPolicy: { trainsOnPrompts: false, retention: 'TRANSIENT' },
    });
  });

  it.each([
    [{ configured: true }, ['local', 'quarry']],
    [{ configured: false }, ['acme-cloud']],
    [{ search: 'machine' }, ['local']],
    [{ search: 'CLOUD acme', configured: true }, []],
  ])('can be filtered by %j', async (filter, expected) => {
    const { providers } = await run(ProvidersDocument, { filter });
    expect(providers.edges.map(({ node }) => node.slug)).toEqual(expected);
  });

  it('are found by their slugs', async () => {
    const { data } = await execute('{ provider(slug: "local") { name } none: provider(slug: "none") { name } }');
    expect(data).toEqual({ provider: { name: 'This machine' }, none: null });
  });
});

describe('an object with an id', () => {
  it('is found again by it, whatever its type', async () => {
    const { data } = await execute(
      '{ model(slug: "large") { id endpoints { id provider { id } } } models { edges { node { id } } } }',
    );
    const ids = [...JSON.stringify(data).matchAll(/"id":"([^"]+)"/g)].map(([, id]) => String(id));
    expect(ids).toHaveLength(12);
    const { nodes } = await run(FindAgainDocument, { id: ids[0] ?? '', ids });
    expect(nodes.map((node) => node?.id)).toEqual(ids);
    expect(nodes.slice(0, 3)).toMatchObject([
      { __typename: 'Model', slug: 'acme/large' },
      { __typename: 'Endpoint', tag: 'acme-cloud' },
      { __typename: 'Provider', name: 'Acme Cloud' },
    ]);
  });

  it('leaves the shared catalog as it was', async () => {
    const frozen = createSmallCatalog();
    for (const thing of [...frozen.models, ...frozen.endpoints, ...frozen.providers]) Object.freeze(thing);
    const id = Buffer.from('Model:acme/large').toString('base64');
    const found = await run(FindAgainDocument, { id, ids: [id, id] }, createContext({ catalog: frozen }));
    expect(found.node).toMatchObject({ __typename: 'Model', slug: 'acme/large' });
    expect(found.nodes).toHaveLength(2);
  });

  it.each([
    '',
    'garbage',
    'Model:acme/large',
    ...['Model:none', 'Model:', 'ContentDelta:1', 'Query:1', ':', 'constructor:x'].map(encoded),
  ])('is null for the id %j', async (id) => {
    const found = await run(FindAgainDocument, { id, ids: [id, encoded('Provider:local')] });
    expect(found).toMatchObject({ node: null, nodes: [null, { __typename: 'Provider', name: 'This machine' }] });
  });

  it('is not looked for with more than 100 ids', async () => {
    const ids = Array.from({ length: 101 }, () => encoded('Provider:local'));
    const { errors } = await execute(FindAgainDocument, { id: '', ids });
    expect(errors?.[0]?.message).toContain('101 ids');
  });
});

function encoded(id: string): string {
  return Buffer.from(id).toString('base64');
}
