import { describe, expect, it } from 'vitest';
import { createCatalog, type Endpoint } from '../../../src/catalog.ts';
import type { ChatRequest, Parameter } from '../../../src/chat.ts';
import { candidatesOf } from '../../../src/routing/candidates.ts';
import { createEndpointHealth, type EndpointHealthBook } from '../../../src/routing/endpoint-health.ts';
import { rank } from '../../../src/routing/ranking.ts';
import { requirementsOf, supportedPrompt } from '../../../src/routing/requirements.ts';
import { createManualClock } from '../../support/manual-clock.ts';
import { aModel, anEndpoint, aProvider, cheapestFirst, hello } from '../../support/router-bench.ts';

function select(
  endpoints: readonly Endpoint[],
  request: ChatRequest,
  unconfigured: readonly string[] = [],
  remainingMs = Number.POSITIVE_INFINITY,
) {
  const clock = createManualClock();
  const catalog = createCatalog({
    models: [aModel('m/m')],
    providers: [...new Set(endpoints.map(({ provider }) => provider))].map((slug) =>
      aProvider(slug, { configured: !unconfigured.includes(slug) }),
    ),
    endpoints,
    aliases: new Map(),
    defaultModel: 'm/m',
  });
  const health = createEndpointHealth({ clock, random: () => 0.5, configured: () => true });
  const selection = { request, requirements: requirementsOf(request), catalog, health, remainingMs: () => remainingMs };
  return {
    selection,
    health,
    clock,
    order: () =>
      rank(candidatesOf(endpoints, selection).remaining, selection, 'price', () => 0.5).map(
        ({ endpoint }) => endpoint.tag,
      ),
    excluded: () =>
      candidatesOf(endpoints, selection).exclusions.map(({ endpoint, filter }) => `${endpoint} ${filter}`),
  };
}

const without = (...missing: Parameter[]) =>
  new Set(anEndpoint('m/m', 'x').supportedParameters).difference(new Set(missing));

describe('the order of endpoints', () => {
  it('is by price, and by id where prices are equal', () => {
    const endpoints = [...cheapestFirst('m/m', 'a', 'b', 'c').reverse(), anEndpoint('m/m', 'aa', cheapPrice())];
    expect(select(endpoints, hello).order()).toEqual(['a', 'aa', 'b', 'c']);
  });

  it('weighs prompt against completion price by what the request is like', () => {
    const dearPrompt = anEndpoint('m/m', 'p', {
      pricing: { prompt: '0.00001', completion: '0.000001', request: '0', overrides: [] },
    });
    const dearCompletion = anEndpoint('m/m', 'c', {
      pricing: { prompt: '0.000001', completion: '0.00001', request: '0', overrides: [] },
    });
    const long = { messages: [{ role: 'user', content: 'x'.repeat(8_000) }], maxTokens: 1 } as const;
    expect(select([dearPrompt, dearCompletion], long).order()).toEqual(['c', 'p']);
    expect(select([dearPrompt, dearCompletion], hello).order()).toEqual(['p', 'c']);
  });

  it('begins with the caller’s `order`, then goes on with the rest', () => {
    const endpoints = cheapestFirst('m/m', 'a', 'b', 'c', 'd');
    expect(select(endpoints, { ...hello, provider: { order: ['c', 'B'] } }).order()).toEqual(['c', 'b', 'a', 'd']);
    expect(select(endpoints, { ...hello, provider: { order: ['c', 'b'], allowFallbacks: false } }).order()).toEqual([
      'c',
      'b',
    ]);
  });

  it('names one endpoint by its tag and all of a provider by its slug', () => {
    const endpoints = [
      anEndpoint('m/m', 'di', { tag: 'di/turbo' }),
      anEndpoint('m/m', 'di', { tag: 'di/slow' }),
      anEndpoint('m/m', 'z'),
    ];
    expect(select(endpoints, { ...hello, provider: { only: ['di/turbo'] } }).order()).toEqual(['di/turbo']);
    expect(select(endpoints, { ...hello, provider: { only: ['di'] } }).order()).toEqual(['di/slow', 'di/turbo']);
    expect(select(endpoints, { ...hello, provider: { ignore: ['di'] } }).order()).toEqual(['z']);
  });

  it('is by what was measured when sorted by latency or throughput, the unmeasured last', () => {
    const [a, b, c] = cheapestFirst('m/m', 'a', 'b', 'c') as [Endpoint, Endpoint, Endpoint];
    const byLatency = select([a, b, c], { ...hello, provider: { sort: 'latency' } });
    byLatency.health.statistics(b).firstContent({ promptTokens: 1, firstContentMs: 900 });
    byLatency.health.statistics(c).firstContent({ promptTokens: 1, firstContentMs: 100 });
    expect(byLatency.order()).toEqual(['c', 'b', 'a']);
    const byThroughput = select([a, b, c], { ...hello, provider: { sort: 'throughput' } });
    byThroughput.health.statistics(b).succeeded(answer(20), 0);
    byThroughput.health.statistics(c).succeeded(answer(90), 0);
    expect(byThroughput.order()).toEqual(['c', 'b', 'a']);
  });
});

describe('the filters', () => {
  const cases: readonly [name: string, request: ChatRequest, kept: Partial<Endpoint>, removed: Partial<Endpoint>][] = [
    [
      'data_collection',
      { ...hello, provider: { dataCollection: 'deny' } },
      { dataPolicy: { trainsOnPrompts: false, retention: 'transient' } },
      { dataPolicy: { trainsOnPrompts: undefined, retention: 'unknown' } },
    ],
    [
      'zdr',
      { ...hello, provider: { zdr: true } },
      { dataPolicy: { trainsOnPrompts: false, retention: 'none' } },
      { dataPolicy: { trainsOnPrompts: false, retention: 'transient' } },
    ],
    [
      'quantizations',
      { ...hello, provider: { quantizations: ['fp8', 'bf16'] } },
      { quantization: 'bf16' },
      { quantization: 'unknown' },
    ],
    [
      'max_price',
      { ...hello, provider: { maxPrice: { completion: '0.000002' } } },
      {},
      { pricing: { prompt: '0', completion: '0.0000020001', request: '0', overrides: [] } },
    ],
    [
      'require_parameters',
      { ...hello, seed: 1, provider: { requireParameters: true } },
      {},
      { supportedParameters: without('seed') },
    ],
    [
      'modality',
      { messages: [{ role: 'user', content: [{ type: 'image', url: 'https://x/y.png' }] }] },
      {},
      { inputModalities: ['text'] },
    ],
    ['max_tokens', { ...hello, maxTokens: 1000 }, { maxCompletionTokens: 1000 }, { maxCompletionTokens: 999 }],
    [
      'context_length',
      { messages: [{ role: 'user', content: 'x'.repeat(40_000) }] },
      { contextLength: 100_000 },
      { contextLength: 1_000 },
    ],
    ['tools', { ...hello, tools: [{ name: 'f' }] }, {}, { supportedParameters: without('tools') }],
    [
      'structured_outputs',
      { ...hello, responseFormat: { type: 'json_schema', name: 'x', schema: {} } },
      {},
      { supportedParameters: without('structured_outputs') },
    ],
  ];
  for (const [filter, request, kept, removed] of cases) {
    it(`${filter} removes what does not fit, and only that`, () => {
      const endpoints = [anEndpoint('m/m', 'kept', kept), anEndpoint('m/m', 'removed', removed)];
      const selection = select(endpoints, request);
      expect(selection.order()).toEqual(['kept']);
      expect(selection.excluded()).toEqual([`m/m@removed ${filter}`]);
    });
  }

  it('never try an endpoint without credentials', () => {
    expect(select(cheapestFirst('m/m', 'a', 'b'), hello, ['a']).excluded()).toEqual(['m/m@a not_configured']);
  });

  it('keep an endpoint that lacks tools when none has them: they are left out instead', () => {
    const endpoint = anEndpoint('m/m', 'a', { supportedParameters: without('tools') });
    const request: ChatRequest = {
      ...hello,
      tools: [{ name: 'f' }],
      toolChoice: 'required',
      parallelToolCalls: false,
      seed: 3,
    };
    expect(select([endpoint], request).order()).toEqual(['a']);
    expect(supportedPrompt(request, endpoint)).toEqual({ ...hello, seed: 3 });
  });

  it('do not drop tools because the endpoint that knows them is away for now, or had its turn', () => {
    const [a, b] = [anEndpoint('m/m', 'a'), anEndpoint('m/m', 'b', { supportedParameters: without('tools') })];
    const { health, selection, excluded } = select([a, b], { ...hello, tools: [{ name: 'f' }] });
    health.cool(a, 'endpoint', 1_000, 'rate_limited');
    expect(excluded()).toEqual(['m/m@b tools', 'm/m@a cooling']);
    expect(candidatesOf([a, b], selection, new Set([a])).remaining).toEqual([]);
  });

  it('drop what only changes how an answer is written, rather than the answer', () => {
    const [a, b] = [anEndpoint('m/m', 'a'), anEndpoint('m/m', 'b', { supportedParameters: without('verbosity') })];
    const { health, order } = select([a, b], { ...hello, verbosity: 'low' });
    expect(order()).toEqual(['a']);
    health.cool(a, 'endpoint', 1_000, 'rate_limited');
    expect(order()).toEqual(['b']);
  });

  it('prefer an endpoint with room for the whole answer, and keep the others where none has it', () => {
    const [small, large] = [anEndpoint('m/m', 's', { contextLength: 1_000 }), anEndpoint('m/m', 'l')];
    const request = { ...hello, maxTokens: 2_000 };
    expect(select([small, large], request).excluded()).toEqual(['m/m@s context_length']);
    expect(select([small], request).order()).toEqual(['s']);
    expect(select([small, large], { ...hello, maxTokens: 900 }).order()).toEqual(['l', 's']);
  });

  it('hold a price cap against the prices that hold for the prompt’s length', () => {
    const endpoint = anEndpoint('m/m', 'a', {
      contextLength: 1_000_000,
      pricing: {
        prompt: '0.000001',
        completion: '0.000002',
        request: '0',
        overrides: [{ minPromptTokens: 1_000, prompt: '0.000004' }],
      },
    });
    const provider = { maxPrice: { prompt: '0.000002' } };
    expect(select([endpoint], { ...hello, provider }).order()).toEqual(['a']);
    const long = { messages: [{ role: 'user', content: 'x'.repeat(8_000) }], provider } as const;
    expect(select([endpoint], long).excluded()).toEqual(['m/m@a max_price']);
  });

  it('take slugs in any case, with or without a variant', () => {
    const endpoints = [anEndpoint('m/m', 'di', { tag: 'di/turbo' }), anEndpoint('m/m', 'z')];
    expect(select(endpoints, { ...hello, provider: { only: ['DI/Turbo'] } }).order()).toEqual(['di/turbo']);
    expect(select(endpoints, { ...hello, provider: { ignore: [' Di '] } }).order()).toEqual(['z']);
  });

  it('say which name nobody has, and when to come back', async () => {
    const endpoints = cheapestFirst('m/m', 'a', 'b');
    const reasons = (request: ChatRequest, change: (health: EndpointHealthBook) => void = () => {}) => {
      const { selection, health } = select(endpoints, request);
      change(health);
      return candidatesOf(endpoints, selection).exclusions;
    };
    expect(reasons({ ...hello, provider: { only: ['a', 'bb', 'a/turbo'] } })).toEqual([
      {
        endpoint: 'm/m@b',
        filter: 'only',
        reason: 'It is not in `only`, which names a, bb, a/turbo. No provider here is called bb or a/turbo.',
      },
    ]);
    const [first] = endpoints as [Endpoint, Endpoint];
    expect(reasons(hello, (health) => health.cool(first, 'provider', 4_200, 'credentials_rejected'))).toEqual([
      {
        endpoint: 'm/m@a',
        filter: 'cooling',
        reason: "Its provider rejected the operator's key. It is tried again in 5 s.",
        retryAfterMs: 4_200,
      },
    ]);
    const trip = (health: EndpointHealthBook) => {
      for (let time = 0; time < 2; time++) health.breaker(first).began().failed();
    };
    expect(reasons(hello, trip)).toMatchObject([{ filter: 'circuit_breaker', retryAfterMs: 10_000 }]);
    for (const { reason } of reasons({ ...hello, provider: { only: [] } })) expect(reason).toMatch(/^[A-Z].*\.$/);
  });

  it('leave out an endpoint whose breaker is open', () => {
    const endpoints = cheapestFirst('m/m', 'a', 'b');
    const selection = select(endpoints, hello);
    for (let time = 0; time < 2; time++)
      selection.health
        .breaker(endpoints[0] as Endpoint)
        .began()
        .failed();
    expect(selection.order()).toEqual(['b']);
    expect(selection.excluded()).toEqual(['m/m@a circuit_breaker']);
  });

  it('leave out an endpoint that has as much in flight as it takes', () => {
    const endpoints = cheapestFirst('m/m', 'a', 'b');
    const selection = select(endpoints, hello);
    const statistics = selection.health.statistics(endpoints[0] as Endpoint);
    for (let call = 0; call < 5; call++) statistics.began();
    statistics.limited(selection.health.now());
    expect(selection.excluded()).toEqual(['m/m@a in_flight']);
    statistics.ended();
    statistics.ended();
    expect(selection.order()).toEqual(['a', 'b']);
  });

  it('wait for a cooling endpoint, and never shorten its wait', async () => {
    const endpoints = cheapestFirst('m/m', 'a', 'b');
    const selection = select(endpoints, hello);
    selection.health.cool(endpoints[0] as Endpoint, 'endpoint', 10_000, 'rate_limited');
    selection.health.cool(endpoints[0] as Endpoint, 'endpoint', 1_000, 'rate_limited');
    await selection.clock.advance(9_999);
    expect(selection.order()).toEqual(['b']);
    await selection.clock.advance(1);
    expect(selection.order()).toEqual(['a', 'b']);
  });
});

describe('the prompt that an endpoint gets', () => {
  it('has no tools where none may be called and the endpoint cannot be told so', () => {
    const request: ChatRequest = { ...hello, tools: [{ name: 'f' }], toolChoice: 'none' };
    expect(supportedPrompt(request, anEndpoint('m/m', 'a'))).toEqual(request);
    expect(supportedPrompt(request, anEndpoint('m/m', 'a', { supportedParameters: without('tool_choice') }))).toEqual(
      hello,
    );
  });

  it('is the caller’s, less what the endpoint does not support, with nothing added', () => {
    const request: ChatRequest = {
      ...hello,
      model: 'm/m',
      temperature: 0,
      topK: 3,
      timeoutMs: 5,
      provider: { sort: 'price' },
      responseFormat: { type: 'json_object' },
    };
    expect(supportedPrompt(request, anEndpoint('m/m', 'a'))).toEqual({
      ...hello,
      temperature: 0,
      topK: 3,
      responseFormat: { type: 'json_object' },
    });
    expect(
      supportedPrompt(request, anEndpoint('m/m', 'a', { supportedParameters: without('top_k', 'response_format') })),
    ).toEqual({ ...hello, temperature: 0 });
  });
});

function answer(completionTokens: number) {
  return { promptTokens: 1, cachedTokens: 0, completionTokens, writingMs: 1_000 };
}

function cheapPrice(): Partial<Endpoint> {
  return { pricing: { prompt: '0.000001', completion: '0.000001', request: '0', overrides: [] } };
}

describe('the sort by exacto', () => {
  const exacto: ChatRequest = { ...hello, tools: [{ name: 'f' }], provider: { sort: 'exacto' } };
  const judged = (health: EndpointHealthBook, endpoint: Endpoint, good: number, bad: number) => {
    for (let answer = 0; answer < good; answer++) health.statistics(endpoint).calledTools(new Set(), health.now());
    for (let answer = 0; answer < bad; answer++)
      health.statistics(endpoint).calledTools(new Set(['invalid_json']), health.now());
  };

  it('puts those known to be good first, then those with too few answers, then the clearly worse', () => {
    const [broken, fresh, good, better] = cheapestFirst('m/m', 'broken', 'fresh', 'good', 'better');
    if (!broken || !fresh || !good || !better) throw new Error('four endpoints');
    const { health, order } = select([broken, fresh, good, better], exacto);
    judged(health, broken, 20, 10);
    judged(health, fresh, 0, 9);
    judged(health, good, 40, 3);
    judged(health, better, 40, 0);
    expect(order()).toEqual(['better', 'good', 'fresh', 'broken']);
  });

  it('compares endpoints with each other: where a request is hard for all, the cheapest comes first', () => {
    const endpoints = cheapestFirst('m/m', 'a', 'b');
    const { health, order } = select(endpoints, exacto);
    for (const endpoint of endpoints) judged(health, endpoint, 20, 20);
    expect(order()).toEqual(['a', 'b']);
  });

  it('puts a broken endpoint behind one of which nothing is known', () => {
    const [broken, fresh] = cheapestFirst('m/m', 'broken', 'fresh') as [Endpoint, Endpoint];
    const { health, order } = select([broken, fresh], exacto);
    judged(health, broken, 5, 5);
    expect(order()).toEqual(['fresh', 'broken']);
  });

  it('forgives with time', async () => {
    const [broken, fresh] = cheapestFirst('m/m', 'broken', 'fresh') as [Endpoint, Endpoint];
    const { health, order, clock } = select([broken, fresh], exacto);
    judged(health, broken, 5, 10);
    await clock.advance(2 * 3_600_000);
    expect(order()).toEqual(['broken', 'fresh']);
  });

  it('is by price where nothing is known', () => {
    expect(select(cheapestFirst('m/m', 'a', 'b').reverse(), exacto).order()).toEqual(['a', 'b']);
  });
});

describe('preferred speeds', () => {
  const [a, b, c] = cheapestFirst('m/m', 'a', 'b', 'c') as [Endpoint, Endpoint, Endpoint];
  const answered = (health: EndpointHealthBook, endpoint: Endpoint, times: readonly number[]) => {
    for (const firstContentMs of times)
      health.statistics(endpoint).windows.attempted({ succeeded: true, firstContentMs }, health.now());
  };
  const fast = { preferredMaxLatencyMs: { p50: 500 } };

  it('put what is slower behind the rest, without refusing it, and take the unmeasured to be fast', () => {
    const { health, order } = select([a, b, c], { ...hello, provider: fast });
    answered(health, a, [900, 900, 900, 900, 900]);
    answered(health, c, [100, 100, 100, 100, 100]);
    expect(order()).toEqual(['b', 'c', 'a']);
  });

  it('hold for every percentile that is given', () => {
    const times = [100, 100, 100, 100, 100, 100, 100, 100, 100, 9_000];
    const of = (preferredMaxLatencyMs: object) => {
      const { health, order } = select([a, b], { ...hello, provider: { preferredMaxLatencyMs } });
      answered(health, a, times);
      return order();
    };
    expect(of({ p50: 500, p75: 500 })).toEqual(['a', 'b']);
    expect(of({ p50: 500, p99: 500 })).toEqual(['b', 'a']);
    expect(of({ p50: 50, p99: 10_000 })).toEqual(['b', 'a']);
  });

  it('ask of a throughput that so many answers were at least as fast', () => {
    const of = (preferredMinThroughput: object) => {
      const { health, order } = select([a, b], { ...hello, provider: { preferredMinThroughput } });
      for (const speed of [100, 100, 100, 100, 100, 100, 100, 10, 10, 10])
        health.statistics(a).windows.wrote(speed, health.now());
      return order();
    };
    expect(of({ p50: 50 })).toEqual(['a', 'b']);
    expect(of({ p90: 50 })).toEqual(['b', 'a']);
  });

  it('look at the last half hour where the last five minutes have too few samples, and forget after it', async () => {
    const { health, order, clock } = select([a, b], { ...hello, provider: fast });
    answered(health, a, [900, 900, 900, 900]);
    expect(order()).toEqual(['a', 'b']);
    await clock.advance(10 * 60_000);
    answered(health, a, [900]);
    expect(order()).toEqual(['b', 'a']);
    answered(health, a, [100, 100, 100, 100]);
    expect(order()).toEqual(['a', 'b']);
    await clock.advance(60 * 60_000);
    expect(order()).toEqual(['a', 'b']);
  });

  it('hold within a sort and within a draw, and leave the places of `order` as they are', () => {
    const sorted = select([a, b], { ...hello, provider: { ...fast, sort: 'price' } });
    answered(sorted.health, a, [900, 900, 900, 900, 900]);
    expect(sorted.order()).toEqual(['b', 'a']);
    expect(
      rank([a, b], sorted.selection, 'adaptive', () => 0.5).map(({ endpoint }) => endpoint.tag),
      'also where `sort` is given',
    ).toEqual(['b', 'a']);

    const drawn = select([a, b], { ...hello, provider: fast });
    answered(drawn.health, a, [900, 900, 900, 900, 900]);
    expect(rank([a, b], drawn.selection, 'classic', () => 0.5).map(({ endpoint }) => endpoint.tag)).toEqual(['b', 'a']);

    const ordered = select([a, b, c], { ...hello, provider: { ...fast, order: ['c', 'a'] } });
    answered(ordered.health, c, [900, 900, 900, 900, 900]);
    expect(ordered.order()).toEqual(['c', 'a', 'b']);
  });

  it('choose the first, also where fallbacks are not allowed', () => {
    const { health, order } = select([a, b], { ...hello, provider: { ...fast, allowFallbacks: false } });
    answered(health, a, [900, 900, 900, 900, 900]);
    expect(order()).toEqual(['b', 'a']);
  });
});

describe('the drawn order', () => {
  const drawn = (
    strategy: 'adaptive' | 'classic',
    endpoints: readonly Endpoint[],
    change: (health: EndpointHealthBook) => void = () => {},
  ) => {
    const selection = select(endpoints, hello);
    change(selection.health);
    return rank(endpoints, selection.selection, strategy, () => 0.5).map(({ endpoint }) => endpoint.tag);
  };

  it('is by weight where chance is level: the cheap and healthy first', () => {
    const endpoints = cheapestFirst('m/m', 'a', 'b', 'c').reverse();
    expect(drawn('adaptive', endpoints)).toEqual(['a', 'b', 'c']);
    expect(drawn('classic', endpoints)).toEqual(['a', 'b', 'c']);
  });

  it('puts an endpoint that fails, or is slow, behind', () => {
    const [a, b] = cheapestFirst('m/m', 'a', 'b') as [Endpoint, Endpoint];
    const failing = (health: EndpointHealthBook) => {
      for (let time = 0; time < 5; time++) health.statistics(a).failed(health.now());
    };
    const slow = (health: EndpointHealthBook) => {
      health.statistics(a).firstContent({ promptTokens: 1, firstContentMs: 90_000 });
      health.statistics(b).firstContent({ promptTokens: 1, firstContentMs: 100 });
    };
    expect(drawn('adaptive', [a, b], failing)).toEqual(['b', 'a']);
    expect(drawn('adaptive', [a, b], slow)).toEqual(['b', 'a']);
    expect(drawn('classic', [a, b], failing)).toEqual(['b', 'a']);
    expect(drawn('classic', [a, b], slow)).toEqual(['a', 'b']);
  });
});
