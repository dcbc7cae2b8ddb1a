import { Big } from 'big.js';
import { describe, expect, it } from 'vitest';
import { createCatalog, type Endpoint, makesVectors } from '../../../src/catalog.ts';
import { parameters } from '../../../src/chat.ts';
import { readBuiltInCatalog } from '../../../src/configuration/built-in-catalog.ts';
import { isPrice } from '../../../src/pricing.ts';
import { localEmbeddingModel, localModel, localSupportedParameters } from '../../../src/providers/local/facts.ts';
import { builtInCatalog } from '../../support/configured.ts';

const data = builtInCatalog();
const catalog = createCatalog({
  ...data,
  providers: data.providers.map((provider) => ({ ...provider, configured: true })),
  defaultModel: 'pointsman/tiny-1m',
});
const providersOf = (slug: string) => new Set(catalog.endpointsOfModel(slug).map((endpoint) => endpoint.provider));

const vectorMakers = new Set(data.models.filter(makesVectors).map(({ slug }) => slug));

describe('the built-in catalog', () => {
  it('names its sources with their licences, and its date', () => {
    expect(data.sources.map((source) => [source.name, source.licence])).toEqual([
      ['@pydantic/genai-prices', 'MIT'],
      ['@oh-my-pi/pi-catalog', 'MIT'],
    ]);
    for (const source of data.sources) expect(source.version).toMatch(/^\d+\.\d+\.\d+$/);
    expect(data.generatedAt).toMatch(/^20\d\d-\d\d-\d\d$/);
  });

  it('holds at least 150 models that somebody serves', () => {
    expect(data.models.filter((model) => catalog.available(model.slug)).length).toBeGreaterThanOrEqual(150);
  });

  it('has well-formed names, each once', () => {
    for (const model of data.models) expect(model.slug).toMatch(/^[a-z0-9][a-z0-9._-]*\/[a-z0-9][a-z0-9._-]*$/);
    for (const list of [data.models, data.providers].map((entries) => entries.map((entry) => entry.slug))) {
      expect(new Set(list).size).toBe(list.length);
    }
    expect(new Set(data.endpoints.map((endpoint) => endpoint.id)).size).toBe(data.endpoints.length);
    expect(new Set(data.models.map((model) => model.name)).size).toBe(data.models.length);
  });

  it('has a model and a provider for every endpoint, and an endpoint tag that begins with the provider', () => {
    const odd = data.endpoints.filter(
      (endpoint) =>
        catalog.model(endpoint.model)?.slug !== endpoint.model ||
        catalog.provider(endpoint.provider) === undefined ||
        endpoint.id !== `${endpoint.model}@${endpoint.tag}` ||
        !/^[a-z0-9-]+(\/[a-z0-9-]+)?$/.test(endpoint.tag) ||
        endpoint.upstreamModel === '',
    );
    expect(odd).toEqual([]);
  });

  it('has exact prices that are not negative, below a cent a token', () => {
    const odd = data.endpoints.flatMap(({ id, pricing }) =>
      [pricing, ...pricing.overrides].flatMap((list) =>
        (['prompt', 'completion', 'cacheRead', 'cacheWrite'] as const)
          .map((name) => list[name] ?? '0')
          .filter((price) => !isPrice(price) || price.includes('e') || new Big(price).gte('0.01'))
          .map((price) => `${id}: ${price}`),
      ),
    );
    expect(odd).toEqual([]);
    const perRequest = new Set(data.endpoints.map((endpoint) => endpoint.pricing.request));
    expect([...perRequest].filter((price) => !isPrice(price) || new Big(price).gt(1))).toEqual([]);
  });

  it('has contexts that hold something, and answers that fit into them', () => {
    const odd = [...data.models, ...data.endpoints].filter(
      ({ contextLength, maxCompletionTokens = 1 }) =>
        contextLength < 512 || maxCompletionTokens < 1 || maxCompletionTokens > contextLength,
    );
    expect(odd).toEqual([]);
  });

  it('has only parameters that we know, and lets every endpoint limit the length of the answer', () => {
    const known: ReadonlySet<string> = new Set(parameters);
    expect(data.endpoints.filter((endpoint) => !endpoint.supportedParameters.isSubsetOf(known))).toEqual([]);
    const unlimited = data.endpoints.filter((endpoint) => !endpoint.supportedParameters.has('max_tokens'));
    expect(unlimited.filter(({ model }) => !vectorMakers.has(model))).toEqual([]);
  });

  it.each([
    'openai/gpt-3.5-turbo',
    'mistralai/mixtral-8x7b-instruct',
    'mistralai/mistral-7b-instruct-v0.2',
    'sao10k/l3-euryale-70b',
    'pointsman/tiny-1m',
  ])('serves %s', (slug) => expect(catalog.available(slug)).toBe(true));

  it('lists Reflection Llama-3.1 70B although nobody serves it', () => {
    expect(catalog.model('mattshumer/reflection-70b')?.name).toBe('Reflection Llama-3.1 70B');
    expect(catalog.available('mattshumer/reflection-70b')).toBe(false);
  });

  it('joins what several providers serve under one slug', () => {
    const served = data.models.filter((model) => providersOf(model.slug).size >= 3);
    expect(served.length).toBeGreaterThanOrEqual(50);
    expect([...providersOf('meta-llama/llama-3.3-70b-instruct')]).toEqual(
      expect.arrayContaining(['groq', 'together', 'deepinfra', 'novita', 'openrouter']),
    );
    expect([...providersOf('openai/gpt-oss-120b')]).toEqual(
      expect.arrayContaining(['cerebras', 'fireworks', 'groq', 'together', 'baseten']),
    );
    expect([...providersOf('anthropic/claude-sonnet-4.5')]).toEqual(['anthropic', 'openrouter']);
  });

  it('puts whoever serves a model itself before those who resell it', () => {
    const aggregators = ['huggingface', 'openrouter'];
    for (const model of data.models) {
      const order = catalog.endpointsOfModel(model.slug).map((endpoint) => aggregators.indexOf(endpoint.provider));
      expect(order).toEqual(order.toSorted((a, b) => a - b));
    }
  });

  it('knows models by their bare names and dated snapshots', () => {
    expect(catalog.model('gpt-4o')?.slug).toBe('openai/gpt-4o');
    expect(catalog.model('claude-sonnet-4-5-20250929')?.slug).toBe('anthropic/claude-sonnet-4.5');
    expect(catalog.model('mistral-large-latest')?.slug).toBe('mistralai/mistral-large-2512');
    for (const alias of data.aliases.keys()) expect(data.models.some((model) => model.slug === alias)).toBe(false);
  });

  it('describes the model that ships with the server by that model’s own facts', () => {
    const [endpoint] = catalog.endpointsOfModel(localModel.slug);
    expect(catalog.model(localModel.slug)?.contextLength).toBe(localModel.contextLength);
    expect(endpoint).toMatchObject({
      provider: 'local',
      upstreamModel: localModel.upstreamModel,
      quantization: localModel.quantization,
      pricing: { prompt: '0', completion: '0' },
      dataPolicy: { trainsOnPrompts: false, retention: 'none' },
    });
    expect(endpoint?.supportedParameters).toEqual(localSupportedParameters);
  });

  it('has models that make embeddings, paid by what goes in, and one of them without a key', () => {
    expect([...vectorMakers]).toEqual(
      expect.arrayContaining(['openai/text-embedding-3-small', 'google/gemini-embedding-001', 'cohere/embed-v4.0']),
    );
    for (const slug of vectorMakers) {
      expect(catalog.model(slug)?.outputModalities).toEqual(['embeddings']);
      for (const { pricing } of catalog.endpointsOfModel(slug)) expect(pricing.completion).toBe('0');
    }
    expect(catalog.endpoint('openai/text-embedding-3-small@openai')?.pricing.prompt).toBe('0.00000002');
    expect([...providersOf('baai/bge-m3')]).toEqual(['ovhcloud', 'deepinfra']);
    expect(catalog.model('text-embedding-3-large')?.slug).toBe('openai/text-embedding-3-large');
    const [local] = catalog.endpointsOfModel(localEmbeddingModel.slug);
    expect(local).toMatchObject({ provider: 'local', upstreamModel: localEmbeddingModel.upstreamModel });
  });

  it('names no newest model of those that make embeddings, and leaves them out of the auto router', () => {
    expect(catalog.named('voyage/voyage-latest')).toBeUndefined();
    expect(catalog.auto.choices.some(({ model }) => vectorMakers.has(model.slug))).toBe(false);
    expect(catalog.auto.model.outputModalities).toEqual(['text']);
  });

  it('claims privacy only where a provider is known to grant it', () => {
    const priced = (slug: string): Endpoint | undefined => catalog.endpointsOfProvider(slug)[0];
    expect(priced('openai')?.dataPolicy).toEqual({ trainsOnPrompts: false, retention: 'transient', retentionDays: 30 });
    expect(catalog.endpoint('openai/gpt-oss-120b@fireworks')?.dataPolicy.retention).toBe('none');
    expect(catalog.endpoint('qwen/qwen3.7-plus@fireworks')?.dataPolicy.retention).toBe('unknown');
    expect(priced('openrouter')?.dataPolicy).toEqual({ trainsOnPrompts: undefined, retention: 'unknown' });
  });

  it('takes the price list that is in force', () => {
    const promptPrice = (at: number) =>
      readBuiltInCatalog(at).endpoints.find((endpoint) => endpoint.id === 'google/gemini-3.6-flash@google')?.pricing;
    expect(promptPrice(Date.UTC(2026, 11, 31, 23))).toMatchObject({ prompt: '0.00000075' });
    expect(promptPrice(Date.UTC(2027, 0, 1))).toMatchObject({ prompt: '0.0000015', validFrom: '2027-01-01' });
  });

  it('keeps dearer prices for long prompts', () => {
    const pricing = catalog.endpoint('google/gemini-2.5-pro@google')?.pricing;
    expect(pricing).toMatchObject({ prompt: '0.00000125', completion: '0.00001' });
    expect(pricing?.overrides).toEqual([
      expect.objectContaining({ minPromptTokens: 200_001, prompt: '0.0000025', completion: '0.000015' }),
    ]);
  });
});
