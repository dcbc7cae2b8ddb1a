import {
  type Catalog,
  type CatalogData,
  createCatalog,
  type Endpoint,
  type Model,
  type Pricing,
  type ProviderInfo,
} from '../../src/catalog.ts';
import type { Parameter } from '../../src/chat.ts';

const modelDefaults = {
  contextLength: 8192,
  inputModalities: ['text'],
  outputModalities: ['text'],
} as const;

const models: readonly Model[] = [
  {
    ...modelDefaults,
    slug: 'acme/large',
    name: 'Acme Large',
    author: 'acme',
    description: 'Writes long answers to hard questions.',
    createdAt: '2026-03-01',
    contextLength: 200_000,
    maxCompletionTokens: 32_000,
    inputModalities: ['text', 'image'],
    knowledgeCutoff: '2025-10',
  },
  { ...modelDefaults, slug: 'acme/small', name: 'Acme Small', author: 'acme', createdAt: '2025-11-20T12:00:00Z' },
  { ...modelDefaults, slug: 'birch/reader', name: 'Birch Reader', author: 'birch', contextLength: 32_768 },
  { ...modelDefaults, slug: 'birch/forgotten', name: 'Birch Forgotten', author: 'birch', createdAt: '2023-01-01' },
  { ...modelDefaults, slug: 'pointsman/tiny-1m', name: 'Tiny', author: 'pointsman', contextLength: 512 },
];

const providers: readonly ProviderInfo[] = [
  {
    slug: 'quarry',
    name: 'Quarry Compute',
    configured: true,
    dataPolicy: { trainsOnPrompts: false, retention: 'transient', retentionDays: 30 },
    statusPageUrl: 'https://status.quarry.example/',
    headquarters: 'NO',
  },
  {
    slug: 'acme-cloud',
    name: 'Acme Cloud',
    configured: false,
    dataPolicy: { trainsOnPrompts: undefined, retention: 'unknown' },
  },
  { slug: 'local', name: 'This machine', configured: true, dataPolicy: { trainsOnPrompts: false, retention: 'none' } },
];

const endpoints: readonly Endpoint[] = [
  endpointOf('acme/large', 'acme-cloud', { prompt: '0.000002', completion: '0.00001' }, [
    'tools',
    'temperature',
    'seed',
  ]),
  endpointOf(
    'acme/large',
    'quarry',
    {
      prompt: '0.000003',
      completion: '0.000012',
      cacheRead: '0.0000003',
      overrides: [{ minPromptTokens: 128_000, prompt: '0.000006' }],
    },
    ['tools', 'temperature'],
  ),
  endpointOf(
    'acme/large',
    'quarry',
    { prompt: '0.000009', completion: '0.00003' },
    ['temperature', 'logprobs'],
    'turbo',
  ),
  endpointOf('acme/small', 'acme-cloud', { prompt: '0.00000015', completion: '0.0000006' }, ['tools']),
  endpointOf('birch/reader', 'quarry', { prompt: '0.0000001', completion: '0.0000004' }, ['temperature']),
  endpointOf('pointsman/tiny-1m', 'local', { prompt: '0', completion: '0' }, ['temperature', 'max_tokens', 'stop']),
];

/** Five models at three providers: one unconfigured, one model that nobody serves, one that is free. */
export function createSmallCatalog(changes: Partial<CatalogData> = {}): Catalog {
  return createCatalog({
    models,
    providers,
    endpoints,
    aliases: new Map([['large', 'acme/large']]),
    defaultModel: 'pointsman/tiny-1m',
    ...changes,
  });
}

/** A catalog of nothing but models, with these slugs and context lengths. */
export function createCatalogOf(slugs: readonly string[], contextLength: (slug: string) => number): Catalog {
  return createCatalog({
    models: slugs.map((slug) => ({
      ...modelDefaults,
      slug,
      name: slug,
      author: 'acme',
      contextLength: contextLength(slug),
    })),
    providers: [],
    endpoints: [],
    aliases: new Map(),
    defaultModel: slugs[0] ?? '',
  });
}

function endpointOf(
  model: string,
  provider: string,
  pricing: Partial<Pricing>,
  supported: readonly Parameter[],
  variant?: string,
): Endpoint {
  const tag = variant === undefined ? provider : `${provider}/${variant}`;
  return {
    id: `${model}@${tag}`,
    tag,
    model,
    provider,
    upstreamModel: model.slice(model.indexOf('/') + 1),
    contextLength: 8192,
    quantization: 'unknown',
    pricing: { prompt: '0', completion: '0', request: '0', overrides: [], ...pricing },
    supportedParameters: new Set(supported),
    inputModalities: ['text'],
    dataPolicy: { trainsOnPrompts: false, retention: 'none' },
  };
}
