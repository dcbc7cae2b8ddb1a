import { describe, expect, it } from 'vitest';
import { firstReservationNano, promptSizeOf } from '../../../src/accounts/charges.ts';
import type { ChatRequest } from '../../../src/chat.ts';
import type { RouteOptions } from '../../../src/completion.ts';
import { ProviderError } from '../../../src/errors.ts';
import { createMeteredBench, type MeteredBench, type MeteredBenchOptions } from '../../support/metered-bench.ts';
import { aModel, anEndpoint } from '../../support/router-bench.ts';
import { createVectorProvider, embeddingUsage, type VectorScript } from '../../support/vector-provider.ts';

const vectors = [
  [0.6, 0.8],
  [1, 0],
];
const answer = { vectors, usage: embeddingUsage };
const request: ChatRequest = {
  model: 'acme/vectors',
  messages: [],
  embedding: { inputs: ['a secret text', 'another'], dimensions: 2, inputType: 'search_query' },
  user: 'u1',
};
/** 1,000 nano-dollars a token of what goes in. */
const pricing = { prompt: '0.000001', completion: '0', request: '0', overrides: [] };

async function benchOf(script: VectorScript, more: Partial<MeteredBenchOptions> = {}) {
  const provider = createVectorProvider(script);
  const bench = await createMeteredBench({
    providers: { acme: provider },
    models: [aModel('acme/vectors', { outputModalities: ['embeddings'] })],
    endpoints: [anEndpoint('acme/vectors', 'acme', { pricing })],
    ...more,
  });
  return { provider, bench };
}

function optionsOf({ caller }: MeteredBench, more: Partial<RouteOptions> = {}): RouteOptions {
  return { generationId: 'gen-1', caller, signal: new AbortController().signal, ...more };
}

describe('the books of embeddings', () => {
  it('have one record of a request, with its usage, its cost and nothing of its texts', async () => {
    const { bench } = await benchOf(answer);
    await using _ = bench;
    expect(await bench.router.complete(request, optionsOf(bench))).toMatchObject({ vectors, cost: '0.000007' });
    const records = await bench.records();
    expect(records).toMatchObject([
      {
        id: 'gen-1',
        state: 'done',
        termination: 'complete',
        model: 'acme/vectors',
        provider: 'acme',
        costNano: 7_000,
        operatorCostNano: 7_000,
        usage: embeddingUsage,
        userId: 'u1',
        streamed: false,
        requested: {
          model: 'acme/vectors',
          embedding: { inputs: 2, dimensions: 2, inputType: 'search_query' },
        },
        attempts: [{ endpoint: 'acme/vectors@acme', outcome: 'succeeded' }],
      },
    ]);
    expect(JSON.stringify(records)).not.toContain('secret');
  });

  it('write down a request that failed, which costs nothing', async () => {
    const { bench } = await benchOf(new ProviderError('invalid_request', 'no'));
    await using _ = bench;
    await expect(bench.router.complete(request, optionsOf(bench))).rejects.toMatchObject({ name: 'InvalidRequest' });
    expect(await bench.record('gen-1')).toMatchObject({
      termination: 'failed',
      costNano: 0,
      errorKind: 'InvalidRequest',
    });
  });

  it('hold what the texts may cost, and no answer, of the caps of the caller', async () => {
    const { bench } = await benchOf(answer, { creditsNano: 20_000, budgetNano: 20_000 });
    await using _ = bench;
    await bench.router.complete(request, optionsOf(bench));
    for (const cap of (await bench.caps()).filter(({ limitNano }) => limitNano !== undefined)) {
      expect(cap).toMatchObject({ reservedNano: 0, spentNano: 7_000 });
    }
  });

  it('refuse a request that costs more than is left, before it is sent', async () => {
    const { bench, provider } = await benchOf(answer, { creditsNano: 1_000 });
    await using _ = bench;
    await expect(bench.router.complete(request, optionsOf(bench))).rejects.toMatchObject({
      name: 'InsufficientCredits',
    });
    expect(provider.embeddings).toHaveLength(0);
  });

  it('let an idempotency key pay once', async () => {
    const { bench, provider } = await benchOf(answer);
    await using _ = bench;
    const idempotency = { key: 'once', requestHash: 'h' };
    await bench.router.complete(request, optionsOf(bench, { idempotency }));
    const again = bench.router.complete(request, optionsOf(bench, { idempotency, generationId: 'gen-2' }));
    await expect(again).rejects.toMatchObject({ name: 'IdempotencyConflict', generationId: 'gen-1' });
    expect(provider.embeddings).toHaveLength(1);
  });

  it('keep the texts, and no vectors, where the account asks for what was said to be kept', async () => {
    const { bench } = await benchOf(answer);
    await using _ = bench;
    const caller = { ...bench.caller, contentRetentionDays: 7 };
    await bench.router.complete(request, optionsOf(bench, { caller }));
    expect(await bench.store.contents.get('everyone', 'gen-1')).toMatchObject({
      prompt: { inputs: ['a secret text', 'another'], dimensions: 2 },
      answer: { vectors: 2, dimensions: 2 },
    });
  });

  it('take the permissions of the key', async () => {
    const { bench } = await benchOf(answer);
    await using _ = bench;
    const blind = { ...bench.caller, scopes: new Set<never>() };
    await expect(bench.router.complete(request, optionsOf(bench, { caller: blind }))).rejects.toMatchObject({
      name: 'Forbidden',
    });
    const narrow = { ...bench.caller, allowedModels: [['other/*']] };
    await expect(bench.router.complete(request, optionsOf(bench, { caller: narrow }))).rejects.toMatchObject({
      name: 'NoEndpointAvailable',
    });
  });
});

it('estimates texts by their bytes and tokens by their number, at the price of what goes in', () => {
  const size = promptSizeOf({ messages: [], embedding: { inputs: ['123456', [1, 2, 3]] } });
  expect(size).toEqual({ tokens: 5, images: 0 });
  const dear = anEndpoint('acme/vectors', 'acme', { pricing: { ...pricing, completion: '1' } });
  expect(firstReservationNano([dear], size, request)).toBe(5_000);
});
