import { describe, expect, it } from 'vitest';
import type { Context } from '../../schema/builder.ts';
import { createCatalog, type Endpoint } from '../../src/catalog.ts';
import { createGenerations } from '../../src/streams/generations.ts';
import { CompleteDocument, RoutePlanDocument } from '../operations/generated/graphql.ts';
import { createManualClock } from '../support/manual-clock.ts';
import { aModel, anEndpoint, aProvider, createRouterBench } from '../support/router-bench.ts';
import { createContext, run } from '../support/run-operation.ts';
import { createScriptedProvider, says } from '../support/scripted-provider.ts';

const messages = [{ role: 'USER' as const, content: 'x'.repeat(4_000) }];
const priced = (prompt: string, completion: string) => ({
  pricing: { prompt, completion, request: '0', cacheRead: '0.0000001', overrides: [] },
});

/** The real schema on the real router, over one model at three providers. */
function setUp() {
  const clock = createManualClock();
  const endpoints = [
    anEndpoint('m/m', 'cheap', priced('0.000001', '0.000002')),
    anEndpoint('m/m', 'dear', priced('0.000003', '0.000006')),
    anEndpoint('m/m', 'small', { contextLength: 100 }),
  ] as const satisfies readonly Endpoint[];
  const providers = {
    cheap: createScriptedProvider(clock, says('from cheap')),
    dear: createScriptedProvider(clock, says('from dear')),
  };
  const bench = createRouterBench(clock, providers, endpoints, { strategy: 'adaptive' });
  const catalog = createCatalog({
    models: [aModel('m/m')],
    providers: ['cheap', 'dear', 'small'].map((slug) => aProvider(slug)),
    endpoints,
    aliases: new Map(),
    defaultModel: 'm/m',
  });
  const generations = createGenerations({ router: bench.router, clock, makeId: () => 'gen-1' });
  const context: Context = createContext({ catalog, generations, health: bench.health });
  return { ...bench, ...providers, endpoints, context };
}

describe('routePlan', () => {
  it('tells who would be asked and why, who would not, and what it would cost, and asks nobody', async () => {
    const { context, cheap, dear, health, endpoints } = setUp();
    health.cool(endpoints[1], 'endpoint', 60_000, 'rate_limited');
    const { routePlan } = await run(RoutePlanDocument, { input: { messages, maxTokens: 100 } }, context);
    expect(routePlan).toEqual({
      __typename: 'RoutePlan',
      modelChoices: [{ reason: 'The request names no model, so it goes to the default. m/m is named by its slug.' }],
      stages: [{ models: [{ slug: 'm/m' }], mostAttempts: 3 }],
      candidates: [
        {
          place: 1,
          stage: 0,
          withinAttempts: true,
          endpoint: { tag: 'cheap' },
          model: { slug: 'm/m' },
          share: 1,
          weight: expect.any(Number),
          terms: expect.arrayContaining([{ name: 'price', factor: 1, meaning: expect.stringContaining('cheapest') }]),
          expectedCost: {
            total: '0.0012',
            prompt: '0.001',
            completion: '0.0002',
            promptTokens: 1_000,
            cachedTokens: 0,
            completionTokens: 100,
          },
          holdsCache: false,
          reason: 'The order is drawn by weight: 100 % of such requests try it first.',
        },
      ],
      excluded: [
        {
          name: 'm/m@small',
          filter: 'context_length',
          reason: 'Its context holds 100 tokens, and the prompt has about 1000.',
          retryAfterMs: null,
        },
        {
          name: 'm/m@dear',
          filter: 'cooling',
          reason: 'Its provider takes no more requests for now: a rate limit is used up. It is tried again in 60 s.',
          retryAfterMs: 60_000,
        },
      ],
      estimatedCost: {
        lowest: '0.0012',
        expected: '0.0012',
        highest: '0.0012',
        prompt: '0.001',
        completion: '0.0002',
        promptTokens: 1_000,
        completionTokens: 100,
      },
      remarks: [],
    });
    expect([...cheap.calls, ...dear.calls]).toEqual([]);
  });

  it('knows the conversation that an answer was given in', async () => {
    const { context } = setUp();
    const first = async (sessionId: string) => {
      const { routePlan } = await run(RoutePlanDocument, { input: { messages, sessionId } }, context);
      return routePlan.__typename === 'RoutePlan' ? routePlan.candidates.map((each) => each.holdsCache) : [];
    };
    const provider = { only: ['dear'] };
    const { createChatCompletion } = await run(
      CompleteDocument,
      { input: { messages, sessionId: 'talk', provider } },
      context,
    );
    expect(createChatCompletion).toMatchObject({ content: 'from dear' });
    expect(await first('talk')).toEqual([false, true]);
    expect(await first('another')).toEqual([false, false]);
  });

  it.each([
    [{ model: 'm/n' }, { __typename: 'ModelNotFound', code: 'MODEL_NOT_FOUND', retryable: false }],
    [{ maxTokens: 0 }, { __typename: 'InvalidRequest', code: 'INVALID_REQUEST' }],
    [{ provider: { only: ['nobody'] } }, { __typename: 'NoEndpointAvailable', code: 'NO_ENDPOINT_AVAILABLE' }],
    [
      { sessionId: 'x'.repeat(257) },
      { __typename: 'InvalidRequest', message: '`sessionId` has 257 characters, but may have 256.' },
    ],
    [{ sessionId: ' ' }, { __typename: 'InvalidRequest', message: '`sessionId` is empty.' }],
  ])('ends in the error of the request: %j', async (fields, error) => {
    const { context } = setUp();
    const { routePlan } = await run(RoutePlanDocument, { input: { messages, ...fields } }, context);
    expect(routePlan).toMatchObject(error);
  });
});
