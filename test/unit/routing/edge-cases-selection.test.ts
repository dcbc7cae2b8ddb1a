import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createCatalog, type Endpoint } from '../../../src/catalog.ts';
import { candidatesOf, type Selection } from '../../../src/routing/candidates.ts';
import { createEndpointHealth, type EndpointHealthBook } from '../../../src/routing/endpoint-health.ts';
import { rank, strategies } from '../../../src/routing/ranking.ts';
import { requirementsOf } from '../../../src/routing/requirements.ts';
import { seededRandom } from '../../support/changeable-router.ts';
import { createManualClock } from '../../support/manual-clock.ts';
import { aModel, anEndpoint, aProvider, hello } from '../../support/router-bench.ts';

/** What may have happened at an endpoint before it is looked at. */
const pastOf = fc.record({
  failures: fc.nat(40),
  successes: fc.nat(40),
  firstContentMs: fc.option(fc.nat(60_000), { nil: undefined }),
  limits: fc.nat(3),
  inFlight: fc.nat(20),
});
type Past = typeof pastOf extends fc.Arbitrary<infer Value> ? Value : never;

const seeds = fc.integer();
const prices = fc.double({ min: 1e-9, max: 1, noNaN: true }).map((price) => price.toFixed(12));

function priced(provider: string, prompt: string, completion = prompt): Endpoint {
  return anEndpoint('m/m', provider, { pricing: { prompt, completion, request: '0', overrides: [] } });
}

function select(endpoints: readonly Endpoint[]) {
  const clock = createManualClock();
  const catalog = createCatalog({
    models: [aModel('m/m')],
    providers: endpoints.map(({ provider }) => aProvider(provider)),
    endpoints,
    aliases: new Map(),
    defaultModel: 'm/m',
  });
  const health = createEndpointHealth({ clock, random: () => 0.5, configured: () => true });
  const remainingMs = () => Number.POSITIVE_INFINITY;
  const selection: Selection = { request: hello, requirements: requirementsOf(hello), catalog, health, remainingMs };
  return { clock, health, selection };
}

function live(health: EndpointHealthBook, endpoint: Endpoint, past: Past): void {
  const statistics = health.statistics(endpoint);
  for (let time = 0; time < past.inFlight; time++) statistics.began();
  for (let time = 0; time < past.failures; time++) statistics.failed(0);
  for (let time = 0; time < past.limits; time++) statistics.limited(time * 2_000);
  for (let time = 0; time < past.successes; time++) {
    if (past.firstContentMs !== undefined)
      statistics.firstContent({ promptTokens: 10, firstContentMs: past.firstContentMs });
    const sample = { promptTokens: 10, cachedTokens: 0, completionTokens: 100, writingMs: 1_000 };
    statistics.succeeded(sample, 0);
  }
}

/** How often each one comes first. */
function firsts(endpoints: readonly Endpoint[], selection: Selection, seed: number, times: number) {
  const random = seededRandom(seed);
  const counts = new Map<string, number>();
  for (let time = 0; time < times; time++) {
    const first = rank(endpoints, selection, 'adaptive', random)[0]?.endpoint.tag ?? 'nobody';
    counts.set(first, (counts.get(first) ?? 0) + 1);
  }
  return counts;
}

describe('choosing where there is one endpoint only', () => {
  it('chooses that one, whatever it has been through and whatever it costs, with a weight that is a number', () => {
    fc.assert(
      fc.property(pastOf, fc.oneof(prices, fc.constant('0')), seeds, (past, price, seed) => {
        const endpoint = priced('a', price);
        const { health, selection } = select([endpoint]);
        live(health, endpoint, past);
        for (const strategy of strategies) {
          const ranked = rank([endpoint], selection, strategy, seededRandom(seed));
          expect(ranked.map((each) => each.endpoint)).toEqual([endpoint]);
          expect(ranked[0]?.terms?.weight ?? 1).toBeGreaterThan(0);
          expect(Number.isFinite(ranked[0]?.terms?.weight ?? 1)).toBe(true);
        }
      }),
    );
  });

  it('has an order of nobody where that one is filtered away', () => {
    const { selection } = select([priced('a', '0.000001')]);
    for (const strategy of strategies) expect(rank([], selection, strategy, () => 0.5)).toEqual([]);
  });
});

describe('choosing where all are free', () => {
  it('draws each about as often as the others', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 6 }), seeds, (count, seed) => {
        const endpoints = Array.from({ length: count }, (_, index) => priced(`p${index}`, '0'));
        const { selection } = select(endpoints);
        const times = 300 * count;
        const counts = firsts(endpoints, selection, seed, times);
        // Five standard deviations and more.
        for (const { tag } of endpoints) expect(Math.abs((counts.get(tag) ?? 0) - 300)).toBeLessThan(100);
      }),
      { numRuns: 20 },
    );
  });

  it('still tells them apart by what they have been through', () => {
    const [good, bad] = [priced('good', '0'), priced('bad', '0')];
    const { health, selection } = select([good, bad]);
    live(health, good, { failures: 0, successes: 40, firstContentMs: 100, limits: 0, inFlight: 0 });
    live(health, bad, { failures: 20, successes: 20, firstContentMs: 5_000, limits: 0, inFlight: 0 });
    const counts = firsts([good, bad], selection, 7, 500);
    expect(counts.get('good') ?? 0).toBeGreaterThan(450);
  });
});

describe('choosing where price 0 stands next to a price', () => {
  it('prefers what is free, and leaves a share to what has a price', () => {
    fc.assert(
      fc.property(fc.array(prices, { minLength: 1, maxLength: 10 }), seeds, (paid, seed) => {
        const endpoints = [priced('free', '0'), ...paid.map((price, index) => priced(`paid${index}`, price))];
        const { selection } = select(endpoints);
        const ranked = rank(endpoints, selection, 'adaptive', seededRandom(seed));
        const weightOf = new Map(ranked.map(({ endpoint, terms }) => [endpoint.tag, terms?.weight ?? 0]));
        const free = weightOf.get('free') ?? 0;
        for (const [tag, weight] of weightOf) {
          expect(weight, tag).toBeLessThanOrEqual(free);
          expect(weight, tag).toBeGreaterThanOrEqual(free * 0.0099);
          expect(Number.isFinite(weight)).toBe(true);
        }
      }),
    );
  });

  it('is the cheapest where the cheapest is wanted, and costs nothing', () => {
    fc.assert(
      fc.property(fc.array(prices, { minLength: 1, maxLength: 10 }), (paid) => {
        const endpoints = [...paid.map((price, index) => priced(`paid${index}`, price)), priced('free', '0')];
        const { selection } = select(endpoints);
        expect(rank(endpoints, selection, 'price', () => 0.5)[0]).toMatchObject({
          endpoint: { tag: 'free' },
          expectedCost: 0,
        });
      }),
    );
  });
});

describe('choosing with 0 samples', () => {
  it('gives an endpoint that nobody has called the weight of a usual one, whatever the others have been through', () => {
    fc.assert(
      fc.property(fc.array(pastOf, { minLength: 1, maxLength: 8 }), seeds, (pasts, seed) => {
        const known = pasts.map((_, index) => priced(`known${index}`, '0.000001'));
        const unknown = priced('unknown', '0.000001');
        const endpoints = [...known, unknown];
        const { health, selection } = select(endpoints);
        for (const [index, endpoint] of known.entries()) {
          const past = pasts[index];
          if (past !== undefined) live(health, endpoint, past);
        }
        const ranked = rank(endpoints, selection, 'adaptive', seededRandom(seed));
        expect(ranked.map(({ endpoint }) => endpoint.tag).sort()).toEqual(endpoints.map(({ tag }) => tag).sort());
        const terms = ranked.find(({ endpoint }) => endpoint === unknown)?.terms;
        const latencies = ranked.map((each) => each.terms?.latency ?? 0);
        expect(terms?.latency).toBeGreaterThanOrEqual(Math.min(...latencies));
        expect(terms?.latency).toBeLessThanOrEqual(Math.max(...latencies));
        expect(terms?.reliability).toBeCloseTo(0.98 ** 8, 6);
        expect(terms?.weight).toBeGreaterThan(0);
      }),
    );
  });

  it('draws them all in proportion to price alone where nothing was measured anywhere', () => {
    const [cheap, dear] = [priced('cheap', '0.000001'), priced('dear', '0.000002')];
    const { selection } = select([cheap, dear]);
    const ranked = rank([cheap, dear], selection, 'adaptive', seededRandom(3));
    for (const { terms } of ranked)
      expect(terms).toMatchObject({ latency: 1, throughput: 1, capacity: 1, slowStart: 1 });
    const [a = 0, b = 0] = [cheap, dear].map(
      (endpoint) => ranked.find((each) => each.endpoint === endpoint)?.terms?.price ?? 0,
    );
    expect(a).toBeGreaterThan(2 * b);
  });
});

describe('choosing with all in half-open', () => {
  it('lets each have two trial calls, then nobody, and says why', async () => {
    const endpoints = ['a', 'b', 'c'].map((provider) => priced(provider, '0.000001'));
    const { clock, health, selection } = select(endpoints);
    for (const endpoint of endpoints) for (let time = 0; time < 2; time++) health.breaker(endpoint).began().failed();
    expect(candidatesOf(endpoints, selection).remaining).toEqual([]);
    await clock.advance(12_000);
    for (let calls = 0; calls < 6; calls++) {
      const [first] = rank(candidatesOf(endpoints, selection).remaining, selection, 'adaptive', seededRandom(calls));
      if (first === undefined) throw new Error(`nobody was left after ${calls} calls`);
      health.breaker(first.endpoint).began();
    }
    const { remaining, exclusions } = candidatesOf(endpoints, selection);
    expect(remaining).toEqual([]);
    expect(exclusions.map(({ filter }) => filter)).toEqual(['circuit_breaker', 'circuit_breaker', 'circuit_breaker']);
  });
});
