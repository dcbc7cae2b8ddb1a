import { createCatalog, type Deadlines, type Endpoint } from '../../src/catalog.ts';
import type { Clock, Random } from '../../src/clock.ts';
import type { Attempt } from '../../src/completion.ts';
import type { Provider } from '../../src/providers/provider.ts';
import { createEndpointHealth, type EndpointHealthBook } from '../../src/routing/endpoint-health.ts';
import type { Strategy } from '../../src/routing/ranking.ts';
import { createRouter } from '../../src/routing/router.ts';
import { aModel, aProvider } from './router-bench.ts';

export interface ChangeableRouter {
  readonly router: ReturnType<typeof createRouter>;
  readonly health: EndpointHealthBook;
  /** Those that have ended. */
  readonly attempts: readonly Attempt[];
  readonly bugs: readonly unknown[];
  /** Puts other endpoints in place for requests to come. */
  readonly reload: (endpoints: readonly Endpoint[]) => void;
}

/** The real router over scripted providers, with chance by a seed, and endpoints that can change as a reload changes them. */
export function createChangeableRouter(
  clock: Clock,
  providers: Readonly<Record<string, Provider>>,
  endpoints: readonly Endpoint[],
  more: { seed?: number; strategy?: Strategy; deadlines?: Partial<Deadlines> } = {},
): ChangeableRouter {
  const random = seededRandom(more.seed ?? 1);
  const deadlines = { connectMs: 3_000, firstContentMs: 30_000, gapMs: 30_000, totalMs: 600_000, ...more.deadlines };
  const models = [...new Set(endpoints.map(({ model }) => model))].map((slug) => aModel(slug));
  const upstreamsOf = (listed: readonly Endpoint[]) => {
    const named = new Set(listed.map(({ provider }) => provider));
    const catalog = createCatalog({
      models,
      providers: [...named].map((slug) => aProvider(slug)),
      endpoints: listed,
      aliases: new Map(),
      defaultModel: models[0]?.slug ?? '',
    });
    const callable = Object.entries(providers).filter(([slug]) => named.has(slug));
    return { catalog, providers: new Map(callable), deadlines: () => deadlines };
  };
  let upstreams = upstreamsOf(endpoints);
  const attempts: Attempt[] = [];
  const bugs: unknown[] = [];
  const health = createEndpointHealth({ clock, random, configured: () => true });
  const router = createRouter({
    upstreams: () => upstreams,
    health,
    clock,
    random,
    strategy: more.strategy ?? 'adaptive',
    countTokens: async (texts) => ({ tokens: Math.ceil(texts.join('').length / 4), source: 'counted' }),
    onAttempt: (attempt) => attempts.push(attempt),
    onBug: (error) => bugs.push(error),
  });
  return {
    router,
    health,
    attempts,
    bugs,
    reload: (listed) => {
      upstreams = upstreamsOf(listed);
    },
  };
}

/** Mulberry32: the same numbers for the same seed. */
export function seededRandom(seed: number): Random {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
