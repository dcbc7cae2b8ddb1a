import { describe, expect, it } from 'vitest';
import type { Endpoint } from '../../src/catalog.ts';
import type { ChatRequest, EmbeddingInput } from '../../src/chat.ts';
import {
  ContextLengthExceeded,
  InvalidRequest,
  NoEndpointAvailable,
  ProviderError,
  TimedOut,
} from '../../src/errors.ts';
import type { Provider } from '../../src/providers/provider.ts';
import { createManualClock } from '../support/manual-clock.ts';
import { aModel, anEndpoint, collect, createRouterBench, hello } from '../support/router-bench.ts';
import { createScriptedProvider, says } from '../support/scripted-provider.ts';
import { createVectorProvider, embeddingUsage } from '../support/vector-provider.ts';

const vectors = [
  [0.5, -0.5],
  [1, 0],
];
const answer = { vectors, usage: embeddingUsage };
const options = (more: { signal?: AbortSignal } = {}) => ({
  generationId: 'gen-1',
  signal: new AbortController().signal,
  ...more,
});

function asks(more: Partial<ChatRequest> = {}, input: Partial<EmbeddingInput> = {}): ChatRequest {
  return { model: 'm/vectors', messages: [], embedding: { inputs: ['one', 'two'], ...input }, ...more };
}

const free = { completion: '0', request: '0', overrides: [] };
const served = (provider: string, prompt: string, more: Partial<Endpoint> = {}) =>
  anEndpoint('m/vectors', provider, { pricing: { prompt, ...free }, inputModalities: ['text'], ...more });

function bench(
  providers: Readonly<Record<string, Provider>>,
  endpoints: readonly Endpoint[] = [served('a', '0.000001'), served('b', '0.000002')],
) {
  const clock = createManualClock();
  const models = [
    aModel('m/vectors', { outputModalities: ['embeddings'] }),
    aModel('m/other', { outputModalities: ['embeddings'] }),
    aModel('m/chat'),
  ];
  const data = { models, defaultModel: 'm/chat' };
  return {
    clock,
    ...createRouterBench(clock, providers, [...endpoints, anEndpoint('m/chat', 'a')], { data }),
  };
}

describe('embeddings on the router', () => {
  it('gives the vectors, their usage and what they cost by the prompt alone', async () => {
    const a = createVectorProvider(answer);
    const { router } = bench({ a, b: createVectorProvider(answer) });
    const completion = await router.complete(asks({ user: 'u1' }, { dimensions: 2, inputType: 'query' }), options());
    expect(completion).toMatchObject({
      vectors,
      content: '',
      finishReason: 'stop',
      endpoint: { id: 'm/vectors@a' },
      model: { slug: 'm/vectors' },
      modelChoice: { strategy: 'direct' },
      usage: embeddingUsage,
      cost: '0.000007',
    });
    expect(a.embeddings).toMatchObject([
      { model: 'a-m/vectors', user: 'u1', input: { inputs: ['one', 'two'], dimensions: 2, inputType: 'query' } },
    ]);
  });

  it('moves on from a failing endpoint to the next one, and tells of both attempts', async () => {
    const a = createVectorProvider(new ProviderError('overloaded', 'too busy', { status: 503 }));
    const b = createVectorProvider(answer);
    const { router, attempts } = bench({ a, b });
    const completion = await router.complete(asks(), options());
    expect(completion).toMatchObject({
      vectors,
      cost: '0.000014',
      attempts: [
        { outcome: 'failed', failureKind: 'overloaded', status: 503, endpoint: { id: 'm/vectors@a' } },
        { outcome: 'succeeded', endpoint: { id: 'm/vectors@b' } },
      ],
    });
    expect(attempts).toHaveLength(2);
  });

  it('moves on from an endpoint that cannot do what was asked, such as vectors of another length', async () => {
    const a = createVectorProvider(new ProviderError('unsupported_parameter', 'It made vectors of 3 numbers.'));
    const { router } = bench({ a, b: createVectorProvider(answer) });
    expect(await router.complete(asks(), options())).toMatchObject({ endpoint: { id: 'm/vectors@b' } });
    const alone = bench({ a }, [served('a', '0')]);
    await expect(alone.router.complete(asks(), options())).rejects.toBeInstanceOf(InvalidRequest);
  });

  it('moves on from an endpoint whose API makes no embeddings', async () => {
    const a = createScriptedProvider(createManualClock(), says('words'));
    const { router } = bench({ a, b: createVectorProvider(answer) });
    expect(await router.complete(asks(), options())).toMatchObject({ endpoint: { id: 'm/vectors@b' }, vectors });
    expect(a.calls).toHaveLength(0);
  });

  it('opens the circuit breaker of an endpoint that keeps failing', async () => {
    const a = createVectorProvider(new ProviderError('server_failed', 'broken', { status: 500 }));
    const { router } = bench({ a, b: createVectorProvider(answer) });
    for (let request = 0; request < 20; request++) await router.complete(asks(), options());
    const calls = a.embeddings.length;
    await router.complete(asks(), options());
    expect(calls).toBeLessThan(20);
    expect(a.embeddings).toHaveLength(calls);
  });

  it('falls back to the next model of the list', async () => {
    const a = createVectorProvider(new ProviderError('model_not_found', 'no such model'));
    const b = createVectorProvider(answer);
    const { router } = bench({ a, b }, [
      served('a', '0'),
      anEndpoint('m/other', 'b', { pricing: { prompt: '0', ...free } }),
    ]);
    const completion = await router.complete(asks({ models: ['m/other'] }), options());
    expect(completion).toMatchObject({ model: { slug: 'm/other' }, modelChoice: { strategy: 'fallback' } });
  });

  it('keeps to the preferences of the caller', async () => {
    const a = createVectorProvider(answer);
    const b = createVectorProvider(answer);
    const { router } = bench({ a, b });
    expect(await router.complete(asks({ provider: { only: ['b'] } }), options())).toMatchObject({
      endpoint: { id: 'm/vectors@b' },
    });
    const tooDear = router.complete(asks({ provider: { maxPrice: { prompt: '0.0000001' } } }), options());
    await expect(tooDear).rejects.toBeInstanceOf(NoEndpointAvailable);
  });

  it('looks at each input by itself when it asks whether a context holds them', async () => {
    const { router } = bench({ a: createVectorProvider(answer) }, [served('a', '0', { contextLength: 100 })]);
    const fitting = 'x'.repeat(300);
    await router.complete(asks({}, { inputs: Array.from({ length: 50 }, () => fitting) }), options());
    await router.complete(asks({}, { inputs: [Array.from({ length: 150 }, () => 1)] }), options());
    for (const tooLong of ['x'.repeat(1_000), Array.from({ length: 200 }, () => 1)]) {
      const refused = router.complete(asks({}, { inputs: ['short', tooLong] }), options());
      await expect(refused).rejects.toBeInstanceOf(ContextLengthExceeded);
      await expect(refused).rejects.toThrow('the longest input has about');
    }
  });

  it('counts what went in where the provider does not: texts by the tokenizer, tokens as they are', async () => {
    const { router } = bench({ a: createVectorProvider({ vectors }) }, [served('a', '0.000001')]);
    const texts = await router.complete(asks({}, { inputs: ['12345678', '1234'] }), options());
    expect(texts).toMatchObject({ usage: { promptTokens: 3, totalTokens: 3, source: 'counted' }, cost: '0.000003' });
    const tokens = await router.complete(asks({}, { inputs: [[1, 2, 3], [4]] }), options());
    expect(tokens).toMatchObject({ usage: { promptTokens: 4, completionTokens: 0, source: 'counted' } });
  });

  it('gives up when the time of the caller is up', async () => {
    const { router, clock } = bench({ a: createVectorProvider('hang') }, [served('a', '0')]);
    const completion = router.complete(asks({ timeoutMs: 2_000 }), options()).catch((error: unknown) => error);
    await clock.advance(2_001);
    expect(await completion).toBeInstanceOf(TimedOut);
  });

  it('hangs up on the provider when the caller does', async () => {
    const a = createVectorProvider('hang');
    const { router } = bench({ a }, [served('a', '0')]);
    const controller = new AbortController();
    const completion = router.complete(asks(), options({ signal: controller.signal }));
    controller.abort(new Error('gone'));
    await expect(completion).rejects.toThrow('gone');
  });

  it('does not stream them', async () => {
    const { router } = bench({ a: createVectorProvider(answer), b: createVectorProvider(answer) });
    expect(await collect(router.stream(asks(), options()))).toMatchObject([
      { type: 'accepted' },
      { type: 'failed', error: { name: 'InvalidRequest' } },
    ]);
  });

  it('plans a request without sending it', () => {
    const a = createVectorProvider(answer);
    const { router } = bench({ a, b: createVectorProvider(answer) });
    const plan = router.plan(asks(), {});
    expect(plan.candidates.map(({ endpoint }) => endpoint.id)).toEqual(['m/vectors@a', 'm/vectors@b']);
    expect(plan.estimatedCost).toMatchObject({ promptTokens: 2, completion: '0', lowest: '0.000002' });
    expect(a.embeddings).toHaveLength(0);
  });
});

describe('models that do something else than what is asked', () => {
  it.each([
    ['chat', { ...hello, model: 'm/vectors' }, 'm/vectors makes embeddings, and does not chat.'],
    ['embeddings', asks({ model: 'm/chat' }), 'm/chat makes no embeddings. It chats.'],
    ['embeddings of the auto router', asks({ model: 'pointsman/auto' }), 'pointsman/auto makes no embeddings.'],
    ['embeddings of no model in particular', { messages: [], embedding: { inputs: ['a'] } }, 'm/chat makes no embed'],
  ])('refuses %s with a sentence', async (_, request, sentence) => {
    const a = createVectorProvider(answer);
    const { router } = bench({ a, b: a });
    const refused = router.complete(request, options());
    await expect(refused).rejects.toMatchObject({ name: 'InvalidRequest', path: 'model' });
    await expect(refused).rejects.toThrow(sentence);
    expect(() => router.plan(request, {})).toThrow(sentence);
    expect(a.embeddings).toHaveLength(0);
  });

  it('passes them over while another model is left', async () => {
    const { router } = bench({ a: createVectorProvider(answer), b: createVectorProvider(answer) });
    const completion = await router.complete(asks({ model: 'm/chat', models: ['m/vectors'] }), options());
    expect(completion).toMatchObject({ model: { slug: 'm/vectors' }, vectors });
  });
});
