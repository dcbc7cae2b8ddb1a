import {
  type CatalogData,
  createCatalog,
  type Deadlines,
  type Endpoint,
  type Model,
  type ProviderInfo,
} from '../../src/catalog.ts';
import { parameters } from '../../src/chat.ts';
import type { Clock, Random } from '../../src/clock.ts';
import type { Attempt, StreamEvent } from '../../src/completion.ts';
import type { Provider } from '../../src/providers/provider.ts';
import { createEndpointHealth, type EndpointHealthBook } from '../../src/routing/endpoint-health.ts';
import type { HedgingSettings } from '../../src/routing/hedge.ts';
import type { Strategy } from '../../src/routing/ranking.ts';
import { createRouter } from '../../src/routing/router.ts';
import type { CountTokens } from '../../src/routing/settlement.ts';

export function aModel(slug: string, more: Partial<Model> = {}): Model {
  return {
    slug,
    name: slug,
    author: slug.split('/')[0] ?? '',
    contextLength: 8192,
    inputModalities: ['text', 'image'],
    outputModalities: ['text'],
    ...more,
  };
}

export function aProvider(slug: string, more: Partial<ProviderInfo> = {}): ProviderInfo {
  return { slug, name: slug, configured: true, dataPolicy: { trainsOnPrompts: false, retention: 'none' }, ...more };
}

export function anEndpoint(model: string, provider: string, more: Partial<Endpoint> = {}): Endpoint {
  return {
    id: `${model}@${more.tag ?? provider}`,
    tag: provider,
    model,
    provider,
    upstreamModel: `${provider}-${model}`,
    contextLength: 8192,
    quantization: 'unknown',
    pricing: { prompt: '0.000001', completion: '0.000002', request: '0', overrides: [] },
    supportedParameters: new Set(parameters),
    inputModalities: ['text', 'image'],
    dataPolicy: { trainsOnPrompts: false, retention: 'none' },
    ...more,
  };
}

/** Endpoints in the order of their price: the first is the cheapest. */
export function cheapestFirst(model: string, ...providers: readonly string[]): Endpoint[] {
  return providers.map((provider, index) =>
    anEndpoint(model, provider, {
      pricing: { prompt: `0.00000${index + 1}`, completion: `0.00000${index + 1}`, request: '0', overrides: [] },
    }),
  );
}

export interface RouterBench {
  readonly router: ReturnType<typeof createRouter>;
  readonly health: EndpointHealthBook;
  readonly attempts: Attempt[];
  readonly bugs: unknown[];
}

/** The real router over scripted providers, on a manual clock, with chance fixed in the middle. */
export function createRouterBench(
  clock: Clock,
  providers: Readonly<Record<string, Provider>>,
  endpoints: readonly Endpoint[],
  more: {
    deadlines?: Partial<Deadlines>;
    data?: Partial<CatalogData>;
    strategy?: Strategy;
    hedging?: HedgingSettings;
    random?: Random;
    countTokens?: CountTokens;
  } = {},
): RouterBench {
  const catalog = createCatalog({
    models: [...new Set(endpoints.map(({ model }) => model))].map((slug) => aModel(slug)),
    providers: [...new Set(endpoints.map(({ provider }) => provider))].map((slug) => aProvider(slug)),
    endpoints,
    aliases: new Map(),
    defaultModel: endpoints[0]?.model ?? '',
    ...more.data,
  });
  const attempts: Attempt[] = [];
  const bugs: unknown[] = [];
  const configured = (endpoint: Endpoint) => catalog.provider(endpoint.provider)?.configured === true;
  const health = createEndpointHealth({ clock, random: () => 0.5, configured });
  const deadlines = { connectMs: 3_000, firstContentMs: 30_000, gapMs: 30_000, totalMs: 600_000, ...more.deadlines };
  const router = createRouter({
    upstreams: () => ({ catalog, providers: new Map(Object.entries(providers)), deadlines: () => deadlines }),
    health,
    clock,
    random: more.random ?? (() => 0.5),
    countTokens:
      more.countTokens ?? (async (texts) => ({ tokens: Math.ceil(texts.join('').length / 4), source: 'counted' })),
    strategy: more.strategy ?? 'price',
    ...(more.hedging !== undefined && { hedging: more.hedging }),
    onAttempt: (attempt) => attempts.push(attempt),
    onBug: (error) => bugs.push(error),
  });
  return { router, health, attempts, bugs };
}

export async function collect(stream: AsyncIterable<readonly StreamEvent[]>): Promise<StreamEvent[]> {
  const events: StreamEvent[] = [];
  for await (const batch of stream) events.push(...batch);
  return events;
}

export const hello = { messages: [{ role: 'user', content: 'Hello' }] } as const;
