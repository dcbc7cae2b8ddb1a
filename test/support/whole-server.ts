import { eventTypeNames } from '../../schema/chat-stream.ts';
import { schema } from '../../schema/index.ts';
import type { Catalog } from '../../src/catalog.ts';
import { type Clock, type Random, systemClock } from '../../src/clock.ts';
import type { Attempt } from '../../src/completion.ts';
import { createLiveUpstreams } from '../../src/live-upstreams.ts';
import type { Provider, ProviderCall } from '../../src/providers/provider.ts';
import { createEndpointHealth, type EndpointHealthBook } from '../../src/routing/endpoint-health.ts';
import { createRouter } from '../../src/routing/router.ts';
import type { Upstreams } from '../../src/routing/run.ts';
import { textsOfPrompt } from '../../src/routing/settlement.ts';
import { createMetrics, type Metrics } from '../../src/server/metrics.ts';
import { defaultServerSettings, type ServerSettings } from '../../src/server/server-settings.ts';
import { createServer, type PointsmanServer } from '../../src/server.ts';
import {
  createGenerations,
  defaultStreamSettings,
  type Generations,
  type StreamSettings,
} from '../../src/streams/generations.ts';
import { createTokenCounter } from '../../src/token-counter.ts';
import { assembled } from './configured.ts';
import { noAccounts } from './no-accounts.ts';
import { createTestAccess } from './test-access.ts';

export interface WholeServerOptions {
  /** What would stand in `pointsman.yaml`. */
  readonly configuration: object;
  readonly settings?: Partial<Omit<ServerSettings, 'sockets' | 'eventStreams'>> & {
    readonly sockets?: Partial<ServerSettings['sockets']>;
    readonly eventStreams?: Partial<ServerSettings['eventStreams']>;
  };
  readonly clock?: Clock;
  readonly random?: Random;
  readonly streams?: Partial<StreamSettings>;
}

/** One call of a provider, as it began. */
export interface StartedAttempt {
  readonly provider: string;
  /** Whether its request had been aborted before it began. */
  readonly wasAborted: boolean;
}

/** The program in one process with the test, everything in it real, so that the test can look inside. */
export interface WholeServer extends AsyncDisposable {
  readonly server: PointsmanServer;
  readonly catalog: Catalog;
  readonly generations: Generations;
  readonly health: EndpointHealthBook;
  readonly metrics: Metrics;
  readonly port: number;
  readonly url: string;
  /** The URL of `/graphql` for WebSockets. */
  readonly ws: string;
  /** All calls of providers, in the order in which they began. */
  readonly started: StartedAttempt[];
  /** What was told of each attempt at its end. */
  readonly ended: { readonly attempt: Attempt; readonly generationId: string }[];
  readonly bugs: unknown[];
  /** Everything that was logged as an error. */
  readonly errors: { readonly fields: object; readonly message: string }[];
  /** Forgets whatever the endpoints did wrong. */
  readonly recover: () => void;
  readonly post: (query: string, variables: object, headers?: Record<string, string>) => Promise<Response>;
}

/** Joins the real parts as src/main.ts does, on a free port. */
export async function startWholeServer(options: WholeServerOptions): Promise<WholeServer> {
  const { clock = systemClock, random = () => 0.99 } = options;
  const started: StartedAttempt[] = [];
  const ended: WholeServer['ended'] = [];
  const bugs: unknown[] = [];
  const errors: WholeServer['errors'] = [];

  const upstreams = createLiveUpstreams(assembled(JSON.stringify(options.configuration)), clock);
  const observed = observe(upstreams.current(), started);
  const { catalog } = observed;
  const health = createEndpointHealth({
    clock,
    random,
    configured: ({ provider }) => catalog.provider(provider)?.configured === true,
  });
  const tokenCounter = createTokenCounter({ clock: systemClock });
  const metrics = createMetrics();
  const router = createRouter({
    upstreams: () => observed,
    strategy: 'price',
    health,
    clock,
    random,
    countTokens: (texts) => tokenCounter.count(texts, new AbortController().signal),
    onAttempt: (attempt, generationId) => ended.push({ attempt, generationId }),
    onBug: (error) => bugs.push(error),
  });
  let made = 0;
  const generations = createGenerations({
    router,
    makeId: () => `gen-${made++}`,
    clock,
    settings: { ...defaultStreamSettings, ...options.streams },
  });
  const server = createServer({
    schema,
    eventTypeNames,
    catalog: () => catalog,
    generations,
    health,
    accounts: noAccounts,
    countText: async (prompt, signal) => (await tokenCounter.count(textsOfPrompt(prompt), signal)).tokens,
    access: createTestAccess(),
    metrics,
    clock,
    log: { error: (fields, message) => errors.push({ fields, message }), warn() {}, info() {}, debug() {} },
    settings: {
      ...defaultServerSettings,
      port: 0,
      ...options.settings,
      sockets: { ...defaultServerSettings.sockets, ...options.settings?.sockets },
      eventStreams: { ...defaultServerSettings.eventStreams, ...options.settings?.eventStreams },
    },
  });
  const { url, port } = await server.listen();

  return {
    server,
    catalog,
    generations,
    health,
    metrics,
    port,
    url,
    ws: `${url.replace('http', 'ws')}/graphql`,
    started,
    ended,
    bugs,
    errors,
    recover: () => {
      const answer = { promptTokens: 1, cachedTokens: 0, completionTokens: 1, writingMs: undefined };
      for (const endpoint of catalog.endpoints) {
        health.breaker(endpoint).began().succeeded();
        // So many that the failures of before are a small share.
        for (let count = 0; count < 1_000; count += 1) health.statistics(endpoint).succeeded(answer, clock.monotonic());
      }
      health.forgive();
    },
    post: (query, variables, headers = {}) =>
      fetch(`${url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify({ query, variables }),
      }),
    [Symbol.asyncDispose]: async () => {
      await server.close();
      metrics.close();
      await tokenCounter.close();
      await upstreams.close();
    },
  };
}

/** Notes each call of a provider when it begins. */
function observe(upstreams: Upstreams, started: StartedAttempt[]): Upstreams {
  const providers = new Map<string, Provider>();
  for (const [slug, provider] of upstreams.providers) {
    const note = (signal: AbortSignal) => started.push({ provider: slug, wasAborted: signal.aborted });
    providers.set(slug, {
      ...provider,
      complete: (call: ProviderCall, signal) => {
        note(signal);
        return provider.complete(call, signal);
      },
      stream: (call: ProviderCall, signal) => {
        note(signal);
        return provider.stream(call, signal);
      },
    });
  }
  return { ...upstreams, providers };
}

/** Waits until `condition` holds, looking again with each turn of the event loop. Fails after `withinMs`. */
export async function until(condition: () => boolean, what: string, withinMs = 30_000): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`not within ${withinMs} ms: ${what}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** A configuration of one model, `acme/one`, whose endpoints cost the more the later they stand, so that the first is tried first. */
export function oneModel(providers: Readonly<Record<string, object>>, more: object = {}): object {
  return {
    builtInCatalog: false,
    discovery: false,
    routing: { strategy: 'price' },
    providers,
    models: {
      'acme/one': {
        contextLength: 100_000,
        endpoints: Object.keys(providers).map((provider, index) => ({
          provider,
          upstreamModel: 'model-1',
          pricing: { prompt: `0.00000${index + 1}`, completion: `0.00000${index + 1}` },
        })),
      },
    },
    ...more,
  };
}
