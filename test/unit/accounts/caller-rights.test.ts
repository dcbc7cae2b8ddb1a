import { describe, expect, it } from 'vitest';
import type { Caller } from '../../../src/caller.ts';
import type { ChatRequest } from '../../../src/chat.ts';
import { createGenerations } from '../../../src/streams/generations.ts';
import { createManualClock } from '../../support/manual-clock.ts';
import { createMeteredBench } from '../../support/metered-bench.ts';
import { anEndpoint, collect, hello } from '../../support/router-bench.ts';
import { createScriptedProvider, says } from '../../support/scripted-provider.ts';
import { act } from '../../support/store-samples.ts';

async function benchOf() {
  const clock = createManualClock();
  const acme = createScriptedProvider(clock, says('from acme'));
  const birch = createScriptedProvider(clock, says('from birch'));
  const bench = await createMeteredBench({
    clock,
    providers: { acme, birch },
    endpoints: [
      anEndpoint('acme/one', 'acme'),
      anEndpoint('acme/one', 'birch', {
        pricing: { prompt: '0.00001', completion: '0.00001', request: '0', overrides: [] },
        dataPolicy: { trainsOnPrompts: undefined, retention: 'unknown' },
      }),
      anEndpoint('birch/two', 'birch'),
    ],
  });
  let made = 0;
  const complete = (request: ChatRequest, caller: Partial<Caller>) =>
    bench.router.complete(request, {
      generationId: `gen-${made++}`,
      caller: { ...bench.caller, ...caller },
      signal: new AbortController().signal,
    });
  return { bench, acme, birch, complete };
}

describe('what a caller may use', () => {
  it('takes the scope inference, and leaves no record without it', async () => {
    const { bench, complete } = await benchOf();
    const scopes = new Set(['usage:read' as const]);
    await expect(complete(hello, { scopes })).rejects.toMatchObject({ name: 'Forbidden' });
    const stream = bench.router.stream(hello, {
      generationId: 'gen-s',
      caller: { ...bench.caller, scopes },
      signal: new AbortController().signal,
    });
    expect(await collect(stream)).toMatchObject([
      { type: 'accepted' },
      { type: 'failed', error: { name: 'Forbidden' } },
    ]);
    expect(() => bench.router.plan(hello, { caller: { ...bench.caller, scopes } })).toThrow('inference');
    expect(await bench.records()).toEqual([]);
    expect(bench.refused).toEqual([expect.stringContaining('Forbidden'), 'gen-s Forbidden']);
  });

  it('is a model that each list of globs allows; another is refused with the list', async () => {
    const { complete } = await benchOf();
    const allowedModels = [['acme/*', 'birch/*'], ['birch/two']];
    expect(await complete({ ...hello, model: 'birch/two' }, { allowedModels })).toMatchObject({
      content: 'from birch',
    });
    await expect(complete({ ...hello, model: 'acme/one' }, { allowedModels })).rejects.toMatchObject({
      name: 'NoEndpointAvailable',
      message: expect.stringContaining('This API key may only use the models birch/two'),
      exclusions: [{ filter: 'not_allowed' }, { filter: 'not_allowed' }],
      retryable: false,
    });
    await expect(complete({ ...hello, model: 'acme/one' }, { allowedModels, parentKeyId: 'key-0' })).rejects.toThrow(
      'This client token may only use',
    );
  });

  it('is a provider that each list allows, also for the auto router and for fallbacks', async () => {
    const { complete, acme } = await benchOf();
    const allowedProviders = [['birch']];
    expect(await complete({ ...hello, model: 'acme/one' }, { allowedProviders })).toMatchObject({
      content: 'from birch',
    });
    const auto = await complete({ ...hello, model: 'pointsman/auto' }, { allowedModels: [['birch/*']] });
    expect(auto.model.slug).toBe('birch/two');
    const fallback = await complete({ ...hello, models: ['acme/one', 'birch/two'] }, { allowedModels: [['birch/*']] });
    expect(fallback.model.slug).toBe('birch/two');
    expect(acme.calls).toEqual([]);
  });

  it('holds under whatever name a model is asked for, with a variant too', async () => {
    const { complete, acme } = await benchOf();
    for (const model of ['acme/one:floor', 'acme/one:nitro']) {
      const allowed = { allowedModels: [['birch/*']] };
      await expect(complete({ ...hello, model }, allowed)).rejects.toMatchObject({ name: 'NoEndpointAvailable' });
      const served = await complete(
        { ...hello, model },
        { allowedModels: [['acme/one']], allowedProviders: [['birch']] },
      );
      expect(served).toMatchObject({ content: 'from birch', model: { slug: 'acme/one' } });
    }
    expect(acme.calls).toEqual([]);
  });

  it('holds for plans too', async () => {
    const { bench } = await benchOf();
    const plan = bench.router.plan(hello, { caller: { ...bench.caller, allowedProviders: [['birch']] } });
    expect(plan.candidates.map(({ endpoint }) => endpoint.id)).toEqual(['acme/one@birch']);
    expect(plan.exclusions).toMatchObject([{ endpoint: 'acme/one@acme', filter: 'not_allowed' }]);
  });
});

describe("the account's defaults", () => {
  it('stand in where the request names no model', async () => {
    const { complete } = await benchOf();
    const defaults = { model: 'birch/two' };
    expect((await complete(hello, { defaults })).model.slug).toBe('birch/two');
    expect((await complete({ ...hello, model: 'acme/one' }, { defaults })).model.slug).toBe('acme/one');
    expect((await complete({ ...hello, models: ['acme/one'] }, { defaults })).model.slug).toBe('acme/one');
  });

  it('lie under what the request prefers', async () => {
    const { complete } = await benchOf();
    const defaults = { provider: { order: ['birch'], allowFallbacks: false } };
    expect(await complete(hello, { defaults })).toMatchObject({ content: 'from birch' });
    expect(await complete({ ...hello, provider: { order: ['acme'] } }, { defaults })).toMatchObject({
      content: 'from acme',
    });
  });

  it('keep prompts private whatever the request says', async () => {
    const { complete } = await benchOf();
    const request = { ...hello, provider: { only: ['birch'], dataCollection: 'allow', zdr: false } } as const;
    expect(await complete(request, {})).toMatchObject({ content: 'from birch' });
    await expect(complete(request, { defaults: { dataCollection: 'deny' } })).rejects.toThrow('uncollected');
    await expect(complete(request, { defaults: { zdr: true } })).rejects.toThrow('retain nothing');
  });
});

describe('what a record tells', () => {
  it('never holds the prompt or the answer; those are kept apart, where the account asks for it', async () => {
    const { bench, complete } = await benchOf();
    const request: ChatRequest = { messages: [{ role: 'user', content: 'CANARY' }], maxTokens: 9, model: 'acme/one' };
    await complete(request, {});
    await complete(request, { contentRetentionDays: 2 });
    const records = await bench.records();
    expect(records).toHaveLength(2);
    expect(records[0]?.requested).toEqual({ model: 'acme/one', maxTokens: 9 });
    expect(JSON.stringify(records)).not.toMatch(/CANARY|from acme/);
    expect(await bench.store.contents.get('everyone', 'gen-0')).toBeUndefined();
    expect(await bench.store.contents.get('everyone', 'gen-1')).toMatchObject({
      prompt: { messages: [{ role: 'user', content: 'CANARY' }] },
      answer: { content: 'from acme', finishReason: 'stop' },
      expiresAt: bench.clock.now() + 2 * 86_400_000,
    });
  });

  it('names the app, unless the account does not want that', async () => {
    const { bench, complete } = await benchOf();
    const app = { url: 'https://app.example', title: 'An app' };
    await complete(hello, { app });
    await complete(hello, { app, attribution: false });
    const { appId = '' } = (await bench.record('gen-0')) ?? {};
    expect(await bench.store.apps.get(appId)).toMatchObject({ url: 'https://app.example', title: 'An app' });
    expect((await bench.record('gen-1'))?.appId).toBeUndefined();
  });
});

describe('rate limits', () => {
  it('refuse before anything is sent or written, and tokens are reconciled with what was used', async () => {
    const { bench, complete, acme } = await benchOf();
    const limits = { requestsPerMinute: 2 };
    await complete(hello, { limits });
    await complete(hello, { limits });
    await expect(complete(hello, { limits })).rejects.toMatchObject({ name: 'RateLimited', retryable: true });
    expect(acme.calls).toHaveLength(2);
    expect(await bench.records()).toHaveLength(2);
    expect(bench.refused).toEqual([expect.stringContaining('RateLimited')]);

    const other = await benchOf();
    // Each takes 15 tokens of the 1,100; the 1,034 that are expected of the third still fit beside them.
    const tokens = { limits: { tokensPerMinute: 1_100 } };
    for (let count = 0; count < 3; count += 1) await other.complete(hello, tokens);
  });

  it('count a stream until its source has ended', async () => {
    const clock = createManualClock();
    const provider = createScriptedProvider(clock, ['hang']);
    const bench = await createMeteredBench({ clock, providers: { acme: provider } });
    const caller = { ...bench.caller, limits: { concurrentStreams: 1 } };
    const open = (generationId: string) =>
      bench.router.stream(hello, { generationId, caller, signal: new AbortController().signal });
    const first = open('gen-1');
    await first.next();
    const second = await collect(open('gen-2'));
    expect(second.at(-1)).toMatchObject({ type: 'failed', error: { name: 'RateLimited' } });
    await first.return?.();
    const third = open('gen-3');
    expect(await third.next()).toMatchObject({ value: [{ type: 'accepted' }] });
    await third.return?.();
  });
});

describe('an idempotency key', () => {
  it('that the books know is not served again, also by a replica that never saw it: the error names the generation', async () => {
    const { bench, acme } = await benchOf();
    const complete = (generationId: string, requestHash: string) =>
      bench.router.complete(hello, {
        generationId,
        caller: bench.caller,
        signal: new AbortController().signal,
        idempotency: { key: 'once', requestHash },
      });
    await complete('gen-1', 'hash-1');
    await expect(complete('gen-2', 'hash-1')).rejects.toMatchObject({
      name: 'IdempotencyConflict',
      generationId: 'gen-1',
      message: expect.stringContaining('gen-1'),
    });
    await expect(complete('gen-3', 'hash-2')).rejects.toThrow('Another request');
    expect(acme.calls).toHaveLength(1);
    expect(await bench.records()).toHaveLength(1);
    expect(bench.refused).toEqual(['gen-2 IdempotencyConflict', 'gen-3 IdempotencyConflict']);
  });
});

it('an idempotency key whose request was refused for money works at once after a grant', async () => {
  const clock = createManualClock();
  const provider = createScriptedProvider(clock, says('Good day.'));
  const bench = await createMeteredBench({ clock, providers: { acme: provider }, creditsNano: 1 });
  let made = 0;
  const generations = createGenerations({ router: bench.router, clock, makeId: () => `gen-${++made}` });
  const ask = () =>
    generations.complete(hello, {
      caller: bench.caller,
      signal: new AbortController().signal,
      idempotencyKey: 'order-1',
    });
  await expect(ask()).rejects.toMatchObject({ name: 'InsufficientCredits' });
  await bench.store.credits.add({ id: 'ldg-2', accountId: 'acct-1', kind: 'grant', amountNano: 1_000_000_000 }, act);
  expect(await ask()).toMatchObject({ content: 'Good day.', generationId: 'gen-2' });
  expect(await ask()).toMatchObject({ generationId: 'gen-2' });
  expect(provider.calls).toHaveLength(1);
  expect(await bench.records()).toMatchObject([{ id: 'gen-2', idempotency: { key: 'order-1' } }]);
});
