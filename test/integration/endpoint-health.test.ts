import { expect, it } from 'vitest';
import { createCatalog, type Endpoint } from '../../src/catalog.ts';
import type { StreamPart, ToolCall } from '../../src/chat.ts';
import { ProviderError } from '../../src/errors.ts';
import type { Provider } from '../../src/providers/provider.ts';
import { createGenerations } from '../../src/streams/generations.ts';
import { EndpointHealthDocument, StreamDocument } from '../operations/generated/graphql.ts';
import { createManualClock, type ManualClock } from '../support/manual-clock.ts';
import { aModel, aProvider, cheapestFirst, createRouterBench } from '../support/router-bench.ts';
import { collect, createContext, execute, open } from '../support/run-operation.ts';
import { createScriptedProvider, type Step } from '../support/scripted-provider.ts';

/** The real schema on the real router. The endpoints of one model, the cheapest first. */
function setUp(clock: ManualClock, providers: Readonly<Record<string, Provider>>) {
  const endpoints = cheapestFirst('m/m', ...Object.keys(providers));
  const { router, health } = createRouterBench(clock, providers, endpoints);
  let ids = 0;
  const context = createContext({
    catalog: createCatalog({
      models: [aModel('m/m')],
      providers: Object.keys(providers).map((slug) => aProvider(slug)),
      endpoints,
      aliases: new Map(),
      defaultModel: 'm/m',
    }),
    generations: createGenerations({ router, clock, makeId: () => `gen-${ids++}` }),
    health,
  });
  /** Which endpoints were tried, in order, and what became of it. */
  const complete = async (input: object = {}) => {
    const { data, errors } = await finished(
      clock,
      execute(
        `mutation ($input: ChatCompletionInput!) {
          createChatCompletion(input: $input) {
            __typename
            ... on ChatCompletion { attempts { endpoint { tag } } }
            ... on InvalidRequest { path }
          }
        }`,
        { input: { messages: [{ role: 'USER', content: 'Hello' }], ...input } },
        context,
      ),
    );
    expect(errors).toBeUndefined();
    return data?.createChatCompletion as { attempts?: { endpoint: { tag: string } }[]; path?: string };
  };
  const tried = async (input: object) => (await complete(input)).attempts?.map(({ endpoint }) => endpoint.tag);
  const stream = (input: object = {}) =>
    finished(
      clock,
      collect(StreamDocument, { input: { messages: [{ role: 'USER', content: 'Hello' }], ...input } }, context),
    );
  const healthOf = async (fields: string): Promise<unknown> => {
    const { data, errors } = await execute(
      `{ model(slug: "m/m") { endpoints { health { ${fields} } } } }`,
      {},
      context,
    );
    expect(errors).toBeUndefined();
    const model = data?.model as { endpoints: { health: unknown }[] } | undefined;
    return model?.endpoints.map((each) => each.health);
  };
  return { context, health, endpoints, complete, tried, stream, healthOf };
}

/** Lets virtual time pass until the promise has settled. */
async function finished<T>(clock: ManualClock, promise: Promise<T>): Promise<T> {
  let over = false;
  void promise.finally(() => {
    over = true;
  });
  for (let step = 0; step < 1_000 && !over; step++) await clock.advance(10);
  return promise;
}

/** A stream that writes at `tokensPerSecond` for two seconds after its first content. */
function speaks(firstContentMs: number, tokensPerSecond: number): Step[] {
  const completionTokens = tokensPerSecond * 2;
  const usage = {
    promptTokens: 10,
    completionTokens,
    totalTokens: 10 + completionTokens,
    cachedTokens: 0,
    cacheWriteTokens: 0,
    reasoningTokens: 0,
    source: 'provider',
  } as const;
  return [
    { wait: firstContentMs },
    { parts: [{ type: 'text', text: 'Well' }] },
    { wait: 2_000 },
    {
      parts: [
        { type: 'finish', reason: 'stop' },
        { type: 'usage', usage },
      ],
    },
  ];
}

/** Answers every request with these tool calls, streamed and whole alike. */
function caller(...toolCalls: ToolCall[]): Provider {
  return {
    async *stream() {
      const parts = toolCalls.map((call, index): StreamPart => ({ ...call, type: 'toolCall', index }));
      yield [...parts, { type: 'finish', reason: 'tool_calls' }];
    },
    complete: async () => ({
      content: '',
      toolCalls,
      annotations: [],
      images: [],
      finishReason: 'tool_calls',
    }),
    close: async () => {},
  };
}

const tools = [
  {
    function: {
      name: 'get_weather',
      parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
    },
  },
];
const sound: ToolCall = { id: 'c', name: 'get_weather', arguments: '{"city":"Oslo"}' };
const unknown: ToolCall = { ...sound, name: 'weather' };
const broken: ToolCall = { ...sound, arguments: '{"city":' };
const wrong: ToolCall = { ...sound, arguments: '{"town":"Oslo"}' };

it('health tells uptime, latency and throughput as they were measured, and null for what was not', async () => {
  const clock = createManualClock();
  const { stream, healthOf } = setUp(clock, {
    a: createScriptedProvider(clock, [{ fail: new ProviderError('overloaded', 'Busy.') }], speaks(400, 50)),
    b: createScriptedProvider(clock, speaks(900, 20)),
    c: createScriptedProvider(clock, speaks(900, 20)),
  });
  for (let time = 0; time < 3; time++) await stream();
  const fields = 'uptime latency { p50 p99 samples } throughput { p50 samples } toolCalls { answers }';
  const nothing = { uptime: null, latency: null, throughput: null, toolCalls: null };
  const measured = [
    {
      uptime: 2 / 3,
      latency: { p50: 400, p99: 400, samples: 2 },
      throughput: { p50: 50, samples: 2 },
      toolCalls: null,
    },
    { uptime: 1, latency: { p50: 900, p99: 900, samples: 1 }, throughput: { p50: 20, samples: 1 }, toolCalls: null },
    nothing,
  ];
  expect(await healthOf(fields)).toEqual(measured);

  await clock.advance(10 * 60_000);
  expect(await healthOf('uptime(window: FIVE_MINUTES)')).toEqual([
    { uptime: null },
    { uptime: null },
    { uptime: null },
  ]);
  expect(await healthOf(fields)).toEqual(measured);
  await clock.advance(24 * 3_600_000);
  expect(await healthOf('uptime(window: ONE_DAY) latency(window: ONE_DAY) { p50 }')).toEqual(
    Array.from({ length: 3 }, () => ({ uptime: null, latency: null })),
  );
});

it('health leaves rate limits, refused requests and hang-ups out of the uptime', async () => {
  const clock = createManualClock();
  const { context, complete, healthOf } = setUp(clock, {
    a: createScriptedProvider(
      clock,
      [{ fail: new ProviderError('invalid_request', 'No.') }],
      [{ fail: new ProviderError('rate_limited', 'Wait.', { retryAfterMs: 60_000 }) }],
      ['hang'],
    ),
  });
  await complete();
  await complete();
  await clock.advance(70_000);
  const controller = new AbortController();
  const hanging = execute(
    'mutation { createChatCompletion(input: { messages: [{ role: USER, content: "Hello" }] }) { __typename } }',
    {},
    { ...context, signal: controller.signal },
  );
  await clock.advance(10);
  controller.abort(new Error('the caller is gone'));
  await hanging;
  expect(await healthOf('uptime')).toEqual([{ uptime: null }]);
});

it('the endpointHealth subscription tells the same', async () => {
  const clock = createManualClock();
  const { context, stream, health, endpoints } = setUp(clock, { a: createScriptedProvider(clock, speaks(400, 50)) });
  await stream();
  const events = await open(EndpointHealthDocument, {}, context);
  if (!(Symbol.asyncIterator in events)) throw new Error('refused');
  const next = events.next();
  health.cool(endpoints[0] as Endpoint, 'endpoint', 1_000, 'rate_limited');
  expect((await next).value?.data?.endpointHealth).toMatchObject({
    state: 'COOLING',
    uptime: 1,
    latency: { p50: 400, samples: 1 },
    throughput: { p50: 50 },
    toolCalls: null,
  });
  await events.return(undefined);
});

it('health tells how well tools are called, streamed and whole alike', async () => {
  const clock = createManualClock();
  const { complete, stream, healthOf } = setUp(clock, { a: caller(sound, wrong, broken), b: caller(unknown) });
  await complete({ tools });
  await stream({ tools });
  await stream({ tools, provider: { only: ['b'] } });
  await complete();
  expect(await healthOf('toolCalls { answers faulty invalidJson unknownName schemaMismatch }')).toEqual([
    { toolCalls: { answers: 2, faulty: 1, invalidJson: 1, unknownName: 0, schemaMismatch: 1 } },
    { toolCalls: { answers: 1, faulty: 1, invalidJson: 0, unknownName: 1, schemaMismatch: 0 } },
  ]);
});

it('sort EXACTO moves a provider whose tool calls are broken behind one that calls tools well', async () => {
  const clock = createManualClock();
  const { tried } = setUp(clock, { cheap: caller(broken), dear: caller(sound) });
  const exacto = { tools, provider: { sort: { by: 'EXACTO' } } };
  expect(await tried(exacto)).toEqual(['cheap']);
  for (let time = 0; time < 10; time++) await tried({ tools, provider: { only: ['cheap'] } });
  for (let time = 0; time < 10; time++) await tried({ tools, provider: { only: ['dear'] } });
  expect(await tried(exacto)).toEqual(['dear']);
  expect(await tried({ tools, provider: { sort: { by: 'PRICE' } } })).toEqual(['cheap']);
});

it('preferred speeds put a slow endpoint behind, and still use it when nobody else serves', async () => {
  const clock = createManualClock();
  const { stream, tried } = setUp(clock, {
    slow: createScriptedProvider(clock, speaks(1_500, 20)),
    fast: createScriptedProvider(clock, speaks(200, 80)),
  });
  for (const only of ['slow', 'fast']) {
    for (let time = 0; time < 5; time++) await stream({ provider: { only: [only] } });
  }
  expect(await tried({})).toEqual(['slow']);
  expect(await tried({ provider: { preferredMaxLatency: { p50: 1_000, p90: 1_200 } } })).toEqual(['fast']);
  expect(await tried({ provider: { preferredMinThroughput: { p90: 50 } } })).toEqual(['fast']);
  expect(await tried({ provider: { preferredMinThroughput: { p90: 15 } } })).toEqual(['slow']);
  expect(await tried({ provider: { sort: { by: 'PRICE' }, preferredMaxLatency: { p50: 1_000 } } })).toEqual(['fast']);
  expect(await tried({ provider: { order: ['slow'], preferredMaxLatency: { p50: 1_000 } } })).toEqual(['slow']);
  expect(await tried({ provider: { only: ['slow'], preferredMaxLatency: { p50: 1_000 } } })).toEqual(['slow']);
});

it.each([
  [{ preferredMaxLatency: {} }, 'provider.preferredMaxLatency'],
  [{ preferredMinThroughput: { p50: null } }, 'provider.preferredMinThroughput'],
  [{ preferredMinThroughput: { p75: -1 } }, 'provider.preferredMinThroughput.p75'],
])('refuses preferences that say nothing or cannot be meant: %j', async (provider, path) => {
  const clock = createManualClock();
  const { complete } = setUp(clock, { a: createScriptedProvider(clock, speaks(1, 1)) });
  expect(await complete({ provider })).toMatchObject({ __typename: 'InvalidRequest', path });
});
