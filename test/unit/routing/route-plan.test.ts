import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Endpoint } from '../../../src/catalog.ts';
import type { ChatRequest } from '../../../src/chat.ts';
import type { RoutePlan } from '../../../src/completion.ts';
import { CompletionError, ModelNotFound, NoEndpointAvailable, ProviderError } from '../../../src/errors.ts';
import type { EndpointHealthBook } from '../../../src/routing/endpoint-health.ts';
import { requirementsOf } from '../../../src/routing/requirements.ts';
import { createManualClock } from '../../support/manual-clock.ts';
import { anEndpoint, cheapestFirst, createRouterBench, hello } from '../../support/router-bench.ts';
import { createScriptedProvider, says } from '../../support/scripted-provider.ts';

const options = () => ({ generationId: 'gen-1', signal: new AbortController().signal });
const names = ['a', 'b', 'c', 'd', 'e'] as const;

/** Chance that can be repeated, and how often it was asked. */
function seeded(seed: number) {
  let state = seed;
  let asked = 0;
  const random = () => {
    asked += 1;
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  return { random, asked: () => asked };
}

const price = fc.constantFrom('0', '0.0000005', '0.000001', '0.000004', '0.00002');
/** What befell an endpoint before. */
const past = fc.record({
  failures: fc.integer({ min: 0, max: 3 }),
  cooling: fc.boolean(),
  firstContentMs: fc.option(fc.integer({ min: 50, max: 5_000 }), { nil: undefined }),
  inFlight: fc.integer({ min: 0, max: 5 }),
  limited: fc.boolean(),
  model: fc.constantFrom('m/one', 'm/two'),
  prompt: price,
  completion: price,
  tools: fc.boolean(),
});
const world = fc.record({
  pasts: fc.array(past, { minLength: 1, maxLength: names.length }),
  strategy: fc.constantFrom('price', 'classic', 'adaptive'),
  request: fc.record(
    {
      models: fc.constantFrom(['m/one'], ['m/one', 'm/two'], ['m/two', 'm/one']),
      tools: fc.constant([{ name: 'f' }]),
      maxTokens: fc.integer({ min: 1, max: 4_000 }),
      provider: fc.record(
        {
          sort: fc.constantFrom('price', 'latency', 'throughput'),
          order: fc.subarray([...names]),
          ignore: fc.subarray([...names]),
          allowFallbacks: fc.boolean(),
        },
        { requiredKeys: [] },
      ),
    },
    { requiredKeys: ['models'] },
  ),
});
type World = typeof world extends fc.Arbitrary<infer Value> ? Value : never;

/** A router in such a world, whose endpoints all fail in a way that lets the next one be tried. */
function benchOf({ pasts, strategy }: World, random = () => 0.5) {
  const clock = createManualClock();
  const endpoints = pasts.map(({ model, prompt, completion, tools }, index) =>
    anEndpoint(model, names[index] ?? 'z', {
      pricing: { prompt, completion, request: '0', overrides: [] },
      supportedParameters: new Set(tools ? ['tools', 'max_tokens'] : ['max_tokens']),
    }),
  );
  const failing = createScriptedProvider(clock, [{ fail: new ProviderError('unsupported_parameter', 'no') }]);
  const providers = Object.fromEntries(names.map((name) => [name, failing]));
  const models = [...new Set(['m/one', 'm/two', ...endpoints.map(({ model }) => model)])];
  const data = { models: models.map((slug) => ({ ...modelFacts, slug, name: slug })), defaultModel: 'm/one' };
  const bench = createRouterBench(clock, providers, endpoints, { strategy, random, data });
  for (const [index, what] of pasts.entries()) befall(bench.health, endpoints[index] as Endpoint, what);
  return { ...bench, clock, endpoints, calls: failing.calls };
}

const modelFacts = {
  author: 'm',
  contextLength: 8_192,
  inputModalities: ['text'],
  outputModalities: ['text'],
} as const;

function befall(health: EndpointHealthBook, endpoint: Endpoint, what: World['pasts'][number]) {
  const statistics = health.statistics(endpoint);
  for (let count = 0; count < what.failures; count++) {
    statistics.failed(health.now());
    health.breaker(endpoint).began().failed();
  }
  if (what.cooling) health.cool(endpoint, 'endpoint', 60_000, 'rate_limited');
  const { firstContentMs, inFlight } = what;
  if (firstContentMs !== undefined) statistics.firstContent({ promptTokens: 5, firstContentMs });
  for (let count = 0; count < inFlight; count++) statistics.began();
  if (what.limited) statistics.limited(health.now());
}

const requestOf = ({ request }: World): ChatRequest => ({ ...hello, ...request });

function planOrError(plan: () => RoutePlan): RoutePlan | CompletionError {
  try {
    return plan();
  } catch (error) {
    if (error instanceof CompletionError) return error;
    throw error;
  }
}

describe('a route plan', () => {
  it('names the endpoints that are tried, in their order, where chance is level', async () => {
    let planned = 0;
    await fc.assert(
      fc.asyncProperty(world, async (given) => {
        const { router, clock, attempts, bugs } = benchOf(given);
        const plan = planOrError(() => router.plan(requestOf(given), {}));
        const outcome = router.complete(requestOf(given), options()).catch((error: unknown) => error);
        await clock.advance(2_000);
        const error = await outcome;
        expect(bugs).toEqual([]);
        if (plan instanceof CompletionError) {
          expect(attempts.filter(({ startedAt }) => startedAt === Date.UTC(2026, 0, 1))).toEqual([]);
          return;
        }
        planned += 1;
        expect(error).toBeInstanceOf(CompletionError);
        const expected = plan.candidates.filter(({ withinAttempts }) => withinAttempts);
        expect(attempts.map(({ endpoint }) => endpoint.id).slice(0, expected.length)).toEqual(
          expected.map(({ endpoint }) => endpoint.id),
        );
      }),
      { numRuns: 300 },
    );
    expect(planned).toBeGreaterThan(20);
  });

  it('ends in the error that the request ends in, where waiting does not help', async () => {
    const clock = createManualClock();
    const endpoints = cheapestFirst('m/m', 'a', 'b');
    const { router } = createRouterBench(clock, {}, endpoints);
    for (const request of [
      { ...hello, model: 'm/n' },
      { ...hello, provider: { only: ['c'] } },
      { ...hello, provider: { maxPrice: { prompt: '0.0000000001' } } },
      { messages: [{ role: 'user', content: 'x'.repeat(100_000) }] },
    ] satisfies ChatRequest[]) {
      const plan = planOrError(() => router.plan(request, {}));
      const error: unknown = await router.complete(request, options()).catch((thrown: unknown) => thrown);
      expect(plan).toBeInstanceOf(CompletionError);
      expect(plan).toEqual(error);
    }
    expect(() => router.plan({ ...hello, model: 'm/n' }, {})).toThrow(ModelNotFound);
  });

  it('gives a reason where every endpoint is left out by the same filter', () => {
    const { router } = createRouterBench(createManualClock(), {}, cheapestFirst('m/m', 'a', 'b'));
    const plan = () => router.plan({ ...hello, provider: { maxPrice: { prompt: '0.0000000001' } } }, {});
    expect(plan).toThrow(/Left out: a, b \(max_price, the first: .*0\.0000000001/);
  });

  it('says when to come back, where everything is away for now', () => {
    const clock = createManualClock();
    const [a, b] = cheapestFirst('m/m', 'a', 'b') as [Endpoint, Endpoint];
    const { router, health } = createRouterBench(clock, {}, [a, b]);
    health.cool(a, 'endpoint', 9_000, 'rate_limited');
    health.cool(b, 'endpoint', 4_000, 'rate_limited');
    const error = planOrError(() => router.plan(hello, {}));
    expect(error).toBeInstanceOf(NoEndpointAvailable);
    expect(error).toMatchObject({ retryable: true, retryAfterMs: 4_000 });
  });

  it('changes nothing, and asks no chance', async () => {
    await fc.assert(
      fc.asyncProperty(world, fc.integer(), async (given, seed) => {
        const [watched, untouched] = [seeded(seed), seeded(seed)];
        const [one, other] = [benchOf(given, watched.random), benchOf(given, untouched.random)];
        const request = requestOf(given);
        const plans = [1, 2, 3].map(() => planOrError(() => one.router.plan(request, {})));
        expect(plans[1]).toEqual(plans[0]);
        expect(plans[2]).toEqual(plans[0]);
        expect(watched.asked()).toBe(0);
        expect([one.calls, one.clock.pending(), one.attempts]).toEqual([[], other.clock.pending(), []]);
        const read = ({ health, endpoints }: typeof one) => endpoints.map((endpoint) => health.read(endpoint));
        expect(read(one)).toEqual(read(other));
        for (const { router, clock } of [one, other]) {
          const outcome = router.complete(request, options()).catch((error: unknown) => error);
          await clock.advance(2_000);
          await outcome;
        }
        const tried = (bench: typeof one) => bench.attempts.map(({ endpoint }) => endpoint.id);
        expect(tried(one)).toEqual(tried(other));
        expect(watched.asked()).toBe(untouched.asked());
      }),
      { numRuns: 100 },
    );
  });

  it.each(['classic', 'adaptive'] as const)('gives the shares by which %s draws', async (strategy) => {
    const clock = createManualClock();
    const { random } = seeded(7);
    const endpoints = cheapestFirst('m/m', 'a', 'b', 'c', 'd');
    const failing = createScriptedProvider(clock, [{ fail: new ProviderError('invalid_request', 'no') }]);
    const providers = { a: failing, b: failing, c: failing, d: failing };
    const { router, health, attempts } = createRouterBench(clock, providers, endpoints, { strategy, random });
    health.statistics(endpoints[0] as Endpoint).failed(health.now());
    const { candidates } = router.plan(hello, {});
    const draws = 1_500;
    for (let draw = 0; draw < draws; draw++) await router.complete(hello, options()).catch(() => {});
    expect(attempts).toHaveLength(draws);
    for (const { endpoint, share = Number.NaN } of candidates) {
      const drawn = attempts.filter((attempt) => attempt.endpoint === endpoint).length / draws;
      expect(Math.abs(drawn - share)).toBeLessThanOrEqual(4 * Math.sqrt((share * (1 - share)) / draws));
    }
    expect(candidates.reduce((sum, { share = 0 }) => sum + share, 0)).toBeCloseTo(1, 10);
    if (strategy === 'classic') {
      expect(candidates.at(-1)).toMatchObject({ endpoint: { id: 'm/m@a' }, share: 0 });
    }
  });

  it.each([
    ['nitro', 'sorted by throughput.'],
    ['floor', 'sorted by price.'],
    ['exacto', 'sorted by exacto.'],
  ])('says by what :%s orders the endpoints', (variant, reason) => {
    const { router } = healthy();
    const { candidates } = router.plan({ ...hello, model: `m/m:${variant}` }, {});
    for (const candidate of candidates) expect(candidate.reason).toContain(reason);
    const together = {
      models: [`m/m:${variant}`, 'm/m'],
      provider: { sort: 'latency', sortPartition: 'none' },
    } as const;
    for (const candidate of router.plan({ ...hello, ...together }, {}).candidates) {
      expect(candidate.reason).toContain('sorted by latency.');
    }
  });

  it.each(['adaptive', 'classic', 'price'] as const)(
    'says which endpoints are slower than preferred, with %s',
    (strategy) => {
      const clock = createManualClock();
      const endpoints = cheapestFirst('m/m', 'a', 'b') as [Endpoint, Endpoint];
      const { router, health } = createRouterBench(clock, {}, endpoints, { strategy });
      for (let count = 0; count < 5; count++) {
        health.statistics(endpoints[0]).windows.attempted({ succeeded: true, firstContentMs: 900 }, clock.monotonic());
      }
      const plan = router.plan({ ...hello, provider: { preferredMaxLatencyMs: { p50: 500 } } }, {});
      const [first, second] = plan.candidates;
      expect(first?.endpoint.provider).toBe('b');
      expect(first?.reason).not.toContain('slower');
      expect(second?.reason).toContain('It is slower than the request prefers, so it comes after those that are not.');
      expect(second?.reason).not.toContain('outage');
    },
  );

  it('counts among the prices each that may be drawn first, and none that is too far behind in a fixed order', () => {
    const endpoints = cheapestFirst('m/m', 'a', 'b', 'c', 'd');
    const { router } = createRouterBench(createManualClock(), {}, endpoints, { strategy: 'adaptive' });
    const drawn = router.plan(hello, {});
    expect(drawn.candidates.map(({ withinAttempts }) => withinAttempts)).toEqual([true, true, true, false]);
    expect(drawn.estimatedCost.highest).toBe(drawn.candidates[3]?.expectedCost.total);
    const fixed = router.plan({ ...hello, provider: { sort: 'price' } }, {});
    expect(fixed.estimatedCost.highest).toBe(fixed.candidates[2]?.expectedCost.total);
  });

  it('shows all of which one is drawn where fallbacks are not allowed, and one attempt', async () => {
    const clock = createManualClock();
    const { random } = seeded(3);
    const endpoints = cheapestFirst('m/m', 'a', 'b', 'c');
    const failing = createScriptedProvider(clock, [{ fail: new ProviderError('server_failed', 'no') }]);
    const providers = { a: failing, b: failing, c: failing };
    const { router, attempts } = createRouterBench(clock, providers, endpoints, { strategy: 'adaptive', random });
    const request = { ...hello, provider: { allowFallbacks: false } };
    const { stages, candidates, exclusions, estimatedCost } = router.plan(request, {});
    expect(stages).toMatchObject([{ mostAttempts: 1 }]);
    expect(exclusions).toEqual([]);
    expect(candidates.map(({ endpoint, withinAttempts }) => [endpoint.tag, withinAttempts])).toEqual([
      ['a', true],
      ['b', false],
      ['c', false],
    ]);
    expect(candidates.reduce((sum, { share = 0 }) => sum + share, 0)).toBeCloseTo(1, 10);
    expect(estimatedCost.highest).toBe(candidates[2]?.expectedCost.total);
    const sorted = router.plan({ ...hello, provider: { allowFallbacks: false, sort: 'price' } }, {});
    expect(sorted.estimatedCost.highest).toBe(sorted.candidates[0]?.expectedCost.total);
    await router.complete(request, options()).catch(() => {});
    await clock.advance(2_000);
    expect(attempts).toHaveLength(1);
  });

  it('counts the calls of the only endpoint, which may be called again', async () => {
    const [a] = cheapestFirst('m/m', 'a') as [Endpoint];
    const clock = createManualClock();
    const failing = createScriptedProvider(clock, [{ fail: new ProviderError('server_failed', 'no') }]);
    const { router, attempts } = createRouterBench(clock, { a: failing }, [a], { random: () => 0 });
    expect(router.plan(hello, {}).stages).toMatchObject([{ mostAttempts: 3 }]);
    const ended = router.complete(hello, options()).catch(() => {});
    for (let step = 0; step < 20; step++) await clock.advance(250);
    await ended;
    expect(attempts).toHaveLength(3);
  });

  it('gives each factor of the weight, whose product it is', () => {
    const { router, health, endpoints } = healthy();
    health.statistics(endpoints[0]).firstContent({ promptTokens: 5, firstContentMs: 400 });
    health.statistics(endpoints[1]).firstContent({ promptTokens: 5, firstContentMs: 100 });
    const { candidates } = router.plan(hello, {});
    for (const { terms, weight = 0 } of candidates) {
      expect(terms.reduce((product, { factor }) => product * factor, 1)).toBeCloseTo(weight, 10);
      for (const { meaning } of terms) expect(meaning).toMatch(/^[A-Z].+\.$/);
    }
    const [first, second] = candidates;
    // Its meaning says so: no calls yet count as a few failures of many.
    expect(first?.terms.find(({ name }) => name === 'reliability')).toMatchObject({
      factor: expect.closeTo(0.85, 2),
      meaning: expect.stringContaining('about 0.85 where there were none'),
    });
    expect(first?.terms.find(({ name }) => name === 'latency')?.factor).toBeCloseTo(0.5, 10);
    expect(second?.terms.find(({ name }) => name === 'price')?.factor).toBeLessThan(1);
  });

  it('estimates the cost from what it says it assumes', () => {
    const { router } = healthy();
    const message = { messages: [{ role: 'user', content: 'x'.repeat(4_000) }], maxTokens: 100 } as const;
    const { estimatedCost, candidates } = router.plan({ ...message, provider: { sort: 'price' } }, {});
    expect(candidates.map(({ expectedCost }) => expectedCost.total)).toEqual(['0.0011', '0.0022']);
    expect(estimatedCost).toEqual({
      lowest: '0.0011',
      expected: '0.0011',
      highest: '0.0022',
      prompt: '0.001',
      completion: '0.0001',
      promptTokens: 1_000,
      completionTokens: 100,
    });
    const { candidates: drawn, estimatedCost: mean } = router.plan(message, {});
    const [{ share = 0 } = {}] = drawn;
    expect(Number(mean.expected)).toBeCloseTo(0.0011 * share + 0.0022 * (1 - share), 9);
  });

  it('goes through the stages as far as attempts reach', () => {
    const clock = createManualClock();
    const endpoints = [...cheapestFirst('m/one', 'a', 'b', 'c'), ...cheapestFirst('m/two', 'd', 'e')];
    const { router } = createRouterBench(clock, {}, endpoints);
    const plan = router.plan({ ...hello, models: ['m/one', 'm/none', 'm/two'] }, {});
    expect(plan.stages.map(({ models, mostAttempts }) => [models.map(({ slug }) => slug), mostAttempts])).toEqual([
      [['m/one'], 2],
      [['m/two'], 1],
    ]);
    expect(plan.candidates.map(({ endpoint, withinAttempts }) => [endpoint.tag, withinAttempts])).toEqual([
      ['a', true],
      ['b', true],
      ['c', false],
      ['d', true],
      ['e', false],
    ]);
    expect(plan.modelChoices.map(({ reason }) => reason)).toEqual([
      'm/one is named by its slug.',
      'It came after m/one, m/none. m/two is named by its slug.',
    ]);
    expect(plan.remarks).toEqual(['There is no model "m/none", so it is passed over.']);
  });

  it('says which preferences mean nothing here', () => {
    const { router } = healthy();
    const { remarks, candidates } = router.plan({ ...hello, provider: { order: ['b', 'beta'], ignore: ['a/x'] } }, {});
    expect(remarks).toEqual([
      'In `order`: No provider here is called beta.',
      'In `ignore`: No provider here is called a/x.',
    ]);
    expect(candidates.map(({ reason }) => reason)).toEqual([
      '`order` names it, as b.',
      '`order` does not name it; those that it does not name come later, sorted by price.',
    ]);
  });
});

describe('a conversation’s prompt cache', () => {
  const caching = (prompt: string) => ({
    prompt,
    completion: prompt,
    request: '0',
    cacheRead: '0.0000001',
    overrides: [],
  });
  const talk: ChatRequest = { ...hello, sessionId: 'talk' };

  it('draws it to the endpoint that served it last, unless that fails, is ruled out, or the order is given', async () => {
    const clock = createManualClock();
    const endpoints = [
      anEndpoint('m/m', 'a', { pricing: caching('0.000001') }),
      anEndpoint('m/m', 'b', { pricing: caching('0.0000012') }),
    ] as const;
    const a = createScriptedProvider(clock, says('from a'));
    const b = createScriptedProvider(clock, says('from b'), [{ fail: new ProviderError('server_failed', 'broken') }]);
    const { router } = createRouterBench(clock, { a, b }, endpoints, { strategy: 'adaptive' });
    const first = (request: ChatRequest, account?: string) =>
      router.plan(request, account === undefined ? {} : { account }).candidates[0]?.endpoint.tag;

    expect(first(talk)).toBe('a');
    await router.complete({ ...talk, provider: { only: ['b'] } }, options());
    expect(first(talk)).toBe('b');
    expect(first({ ...talk, provider: { sort: 'price' } })).toBe('a');
    expect(first({ ...talk, provider: { order: ['a'] } })).toBe('a');
    expect(first({ ...talk, provider: { ignore: ['b'] } })).toBe('a');
    expect(first({ ...hello, sessionId: 'another' })).toBe('a');
    expect(first(talk, 'somebody else')).toBe('a');
    const holder = router.plan(talk, {}).candidates[0];
    expect(holder).toMatchObject({ holdsCache: true });
    expect(holder?.terms.find(({ name }) => name === 'cacheAffinity')?.factor).toBe(3);

    await expect(router.complete(talk, options())).resolves.toMatchObject({ content: 'from a' });
    expect(router.plan(talk, {}).candidates.map(({ endpoint, holdsCache }) => [endpoint.tag, holdsCache])).toEqual([
      ['a', true],
      ['b', false],
    ]);
  });

  it('is expected to be read again as far as it was read last', () => {
    const clock = createManualClock();
    const endpoint = anEndpoint('m/m', 'a', { pricing: caching('0.000001') });
    const { router, health } = createRouterBench(clock, {}, [endpoint], { strategy: 'adaptive' });
    const long: ChatRequest = {
      messages: [{ role: 'user', content: 'x'.repeat(4_000) }],
      sessionId: 'talk',
      maxTokens: 1,
    };
    const { expectedCost: before } = router.plan(long, {}).candidates[0] ?? {};
    health.affinity.remember(requirementsOf(long).conversation, endpoint, {
      promptTokens: 1_000,
      completionTokens: 1,
      totalTokens: 1_001,
      cachedTokens: 900,
      cacheWriteTokens: 0,
      reasoningTokens: 0,
      source: 'provider',
    });
    const { expectedCost: after } = router.plan(long, {}).candidates[0] ?? {};
    expect([before?.cachedTokens, before?.prompt]).toEqual([0, '0.001']);
    expect([after?.cachedTokens, after?.prompt]).toEqual([900, '0.00019']);
  });
});

function healthy() {
  const endpoints = cheapestFirst('m/m', 'a', 'b') as [Endpoint, Endpoint];
  return { ...createRouterBench(createManualClock(), {}, endpoints, { strategy: 'adaptive' }), endpoints };
}
