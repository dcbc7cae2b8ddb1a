import { describe, expect, it } from 'vitest';
import type { StreamPart } from '../../../src/chat.ts';
import type { RouteOptions, StreamEvent } from '../../../src/completion.ts';
import { Cancelled, type CancelledBy, ProviderError } from '../../../src/errors.ts';
import { createManualClock } from '../../support/manual-clock.ts';
import { createMeteredBench, type MeteredBench, type MeteredBenchOptions } from '../../support/metered-bench.ts';
import { anEndpoint, collect, hello } from '../../support/router-bench.ts';
import { createScriptedProvider, type Step, says } from '../../support/scripted-provider.ts';

/** A dollar. */
const plentyNano = 1_000_000_000;
/** What `hello` holds: ten tokens of prompt and a slice of 1,024 tokens. */
const helloNano = 10 * 1_000 + 1_024 * 2_000;

const text = (value: string): Step => ({ parts: [{ type: 'text', text: value }] });
/** So many deltas of one token each. */
const tokens = (count: number): Step => ({
  parts: Array.from({ length: count }, (): StreamPart => ({ type: 'text', text: 'word' })),
});

async function benchOf(script: readonly Step[], more: Partial<MeteredBenchOptions> = {}) {
  const clock = createManualClock();
  const provider = createScriptedProvider(clock, script);
  return { provider, bench: await createMeteredBench({ clock, providers: { acme: provider }, ...more }) };
}

function optionsOf(bench: MeteredBench, more: Partial<RouteOptions> = {}): RouteOptions {
  return { generationId: 'gen-1', caller: bench.caller, signal: new AbortController().signal, ...more };
}

/** Reads a stream until it has said so many batches. */
async function read(stream: AsyncIterator<readonly StreamEvent[]>, batches: number): Promise<StreamEvent[]> {
  const events: StreamEvent[] = [];
  for (let count = 0; count < batches; count += 1) events.push(...((await stream.next()).value ?? []));
  return events;
}

async function drain(stream: AsyncIterator<readonly StreamEvent[]>): Promise<StreamEvent[]> {
  const events: StreamEvent[] = [];
  for (let result = await stream.next(); result.done !== true; result = await stream.next())
    events.push(...result.value);
  return events;
}

/** Nothing is held any more, and what was spent is what the records cost. */
async function balanced(bench: MeteredBench): Promise<void> {
  const records = await bench.records();
  const costs = records.reduce((sum, { costNano }) => sum + costNano, 0);
  expect(records.every(({ state, reservedNano }) => state === 'done' && reservedNano === 0)).toBe(true);
  for (const cap of await bench.caps()) expect(cap).toMatchObject({ reservedNano: 0, spentNano: costs });
  expect(bench.bugs).toEqual([]);
}

for (const capped of [false, true]) {
  const funds = capped ? { creditsNano: plentyNano, budgetNano: plentyNano, limitNano: plentyNano } : {};

  describe(`every end of a ${capped ? 'capped' : 'plain'} caller's request is settled once`, () => {
    it('an answer is paid by its usage, with the prices that it was billed by', async () => {
      const { bench } = await benchOf(says('Good day.'), funds);
      const events = await collect(bench.router.stream({ ...hello, user: 'u-1', sessionId: 's-1' }, optionsOf(bench)));
      expect(events.at(-1)).toMatchObject({ type: 'finished', completion: { cost: '0.00002' } });
      expect(await bench.record('gen-1')).toMatchObject({
        state: 'done',
        termination: 'complete',
        finishReason: 'stop',
        nativeFinishReason: 'stop',
        costNano: 20_000,
        operatorCostNano: 20_000,
        usage: { promptTokens: 10, completionTokens: 5, source: 'provider' },
        model: 'acme/one',
        provider: 'acme',
        endpoint: { id: 'acme/one@acme', pricing: { prompt: '0.000001', completion: '0.000002' } },
        attempts: [{ endpoint: 'acme/one@acme', outcome: 'succeeded', cost: '0.00002' }],
        userId: 'u-1',
        sessionId: 's-1',
        keyId: 'key-1',
        streamed: true,
      });
      await balanced(bench);
    });

    it('a whole answer too', async () => {
      const { bench } = await benchOf(says('Good day.'), funds);
      const completion = await bench.router.complete(hello, optionsOf(bench));
      expect(completion).toMatchObject({ content: 'Good day.', cost: '0.00002', finishReason: 'stop' });
      expect(await bench.record('gen-1')).toMatchObject({ termination: 'complete', costNano: 20_000, streamed: false });
      await balanced(bench);
    });

    it('what fails before any content costs nothing, and its attempts are in the record', async () => {
      const { bench } = await benchOf(
        [{ fail: new ProviderError('invalid_request', 'The word CANARY is not liked.') }],
        funds,
      );
      const events = await collect(bench.router.stream(hello, optionsOf(bench)));
      expect(events.at(-1)).toMatchObject({ type: 'failed', error: { name: 'InvalidRequest' } });
      const record = await bench.record('gen-1');
      expect(record).toMatchObject({
        termination: 'failed',
        errorKind: 'InvalidRequest',
        costNano: 0,
        operatorCostNano: 0,
        attempts: [{ outcome: 'failed', failureKind: 'invalid_request' }],
      });
      expect(JSON.stringify(record)).not.toContain('CANARY');
      await balanced(bench);
    });

    it('what is refused before anything is sent costs nothing', async () => {
      const { bench, provider } = await benchOf(says('never'), funds);
      await expect(bench.router.complete({ ...hello, model: 'acme/none' }, optionsOf(bench))).rejects.toMatchObject({
        name: 'ModelNotFound',
      });
      expect(provider.calls).toEqual([]);
      const records = await bench.records();
      expect(records).toMatchObject([
        { termination: 'refused', errorKind: 'ModelNotFound', costNano: 0, attempts: [] },
      ]);
      expect(bench.refused).toEqual([]);
      await balanced(bench);
    });

    it('what breaks off after content is paid as far as it was delivered', async () => {
      const broken = [text('Once upon a time'), { fail: new ProviderError('truncated', 'cut') }];
      const { bench } = await benchOf(broken, funds);
      const last = (await collect(bench.router.stream(hello, optionsOf(bench)))).at(-1);
      // 2 tokens of prompt and 4 of text, as the counter of the bench counts them.
      expect(last).toMatchObject({ type: 'failed', partial: { content: 'Once upon a time' }, cost: '0.00001' });
      expect(await bench.record('gen-1')).toMatchObject({
        termination: 'upstream_cut',
        costNano: 10_000,
        operatorCostNano: 10_000,
        usage: { source: 'counted' },
        attempts: [{ outcome: 'failed', failureKind: 'truncated', cost: '0.00001' }],
      });
      await balanced(bench);
    });

    it('a usage that cannot be is not believed, be it streamed or whole', async () => {
      const usage = { promptTokens: 10, completionTokens: 1e18, totalTokens: 1e18, source: 'provider' } as const;
      const script = (): Step[] => [
        text('Once upon a time'),
        { parts: [{ type: 'usage', usage: { ...usage, cachedTokens: 0, cacheWriteTokens: 0, reasoningTokens: 0 } }] },
        { parts: [{ type: 'finish', reason: 'stop' }] },
      ];
      const { bench } = await benchOf(script(), funds);
      const last = (await collect(bench.router.stream(hello, optionsOf(bench)))).at(-1);
      expect(last).toMatchObject({ type: 'finished', completion: { cost: '0.00001', usage: { source: 'counted' } } });
      const whole = await benchOf(script(), funds);
      const completion = await whole.bench.router.complete({ ...hello, maxTokens: 50 }, optionsOf(whole.bench));
      expect(completion).toMatchObject({ cost: '0.00001', usage: { source: 'counted' } });
      await balanced(bench);
      await balanced(whole.bench);
    });

    it('what costs more than the books can hold is a bug, and still ends', async () => {
      const { bench } = await benchOf(says('Good day.'), funds);
      const last = (await collect(bench.router.stream(hello, optionsOf(bench)))).at(-1);
      if (last?.type !== 'finished') throw new Error('It did not finish.');
      const dear = {
        ...last.completion,
        cost: '99999999999',
        attempts: [{ ...last.completion.attempts[0], cost: '99999999999' }],
      };
      const other = await createMeteredBench({
        providers: { acme: createScriptedProvider(createManualClock(), []) },
        ...funds,
        router: {
          async *stream(_request, { onAttempt }) {
            yield [{ type: 'accepted' }];
            for (const attempt of dear.attempts) onAttempt?.(attempt as never);
            yield [{ ...last, completion: dear as typeof last.completion }];
          },
          complete: () => Promise.reject(new Error('It is streamed.')),
          plan: () => Promise.reject(new Error('It is streamed.')) as never,
          reach: () => [last.completion.endpoint],
        },
      });
      await expect(collect(other.router.stream(hello, optionsOf(other)))).rejects.toThrow('not a cost');
      expect(await other.record('gen-1')).toMatchObject({
        state: 'done',
        termination: 'failed',
        errorKind: 'InternalError',
      });
      await balanced(other);
    });

    it("an answer of nothing but the provider's error is free", async () => {
      const nothing = [{ parts: [{ type: 'finish', reason: 'error' } as const] }];
      const { bench } = await benchOf(nothing, funds);
      const last = (await collect(bench.router.stream(hello, optionsOf(bench)))).at(-1);
      expect(last).toMatchObject({ type: 'finished', completion: { cost: '0', finishReason: 'error' } });
      expect(await bench.record('gen-1')).toMatchObject({
        termination: 'upstream_cut',
        costNano: 0,
        operatorCostNano: 2_000,
      });
      await balanced(bench);
    });

    const stops: readonly (readonly [CancelledBy, string, string | undefined])[] = [
      ['request', 'cancelled', undefined],
      ['hang_up', 'client_abort', undefined],
      ['revocation', 'cancelled', 'revocation'],
      ['shutdown', 'cancelled', 'shutdown'],
    ];
    for (const [by, termination, errorKind] of stops) {
      it(`a stop by ${by} is paid as far as it was delivered`, async () => {
        const { bench, provider } = await benchOf([text('Once upon a time'), 'hang'], funds);
        const controller = new AbortController();
        const stream = bench.router.stream(hello, optionsOf(bench, { signal: controller.signal }));
        await read(stream, 2);
        const rest = drain(stream);
        controller.abort(new Cancelled('stop', by));
        expect((await rest).at(-1)).toMatchObject({ type: 'finished', completion: { finishReason: 'cancelled' } });
        expect(provider.open.size).toBe(0);
        const record = await bench.record('gen-1');
        expect(record).toMatchObject({
          termination,
          costNano: 10_000,
          operatorCostNano: 10_000,
          finishReason: 'cancelled',
        });
        expect(record?.errorKind).toBe(errorKind);
        await balanced(bench);
      });
    }

    it('a stop before any content costs the caller nothing, and the operator the prompt', async () => {
      const { bench } = await benchOf(['hang'], funds);
      const controller = new AbortController();
      const stream = bench.router.stream(hello, optionsOf(bench, { signal: controller.signal }));
      await read(stream, 1);
      const rest = drain(stream);
      await bench.clock.advance(0);
      controller.abort(new Cancelled('stop', 'hang_up'));
      expect((await rest).at(-1)).toMatchObject({ type: 'failed', error: { name: 'Cancelled' } });
      expect(await bench.record('gen-1')).toMatchObject({
        termination: 'client_abort',
        costNano: 0,
        operatorCostNano: 2_000,
      });
      await balanced(bench);
    });

    it('a whole answer that is hung up on costs the caller nothing, and the operator the prompt', async () => {
      const { bench } = await benchOf(['hang'], funds);
      const controller = new AbortController();
      const reason = new Cancelled('left', 'hang_up');
      const completing = bench.router.complete(
        { ...hello, maxTokens: 10 },
        optionsOf(bench, { signal: controller.signal }),
      );
      await bench.clock.advance(0);
      controller.abort(reason);
      await expect(completing).rejects.toBe(reason);
      expect(await bench.record('gen-1')).toMatchObject({
        termination: 'client_abort',
        costNano: 0,
        operatorCostNano: 2_000,
      });
      await balanced(bench);
    });

    it('a reader that leaves is settled by what was counted, and the upstream is closed at once', async () => {
      const { bench, provider } = await benchOf([text('Once upon a time'), 'hang'], funds);
      const stream = bench.router.stream(hello, optionsOf(bench));
      await read(stream, 2);
      const pending = stream.next();
      await stream.return?.();
      expect(await pending).toMatchObject({ done: true });
      expect(provider.open.size).toBe(0);
      // 10 tokens of prompt, as they are estimated on the safe side, and 4 of text.
      expect(await bench.record('gen-1')).toMatchObject({
        termination: 'client_abort',
        costNano: 18_000,
        usage: { source: 'estimated', completionTokens: 4 },
      });
      await balanced(bench);
    });

    it('a time-out is one', async () => {
      const { bench } = await benchOf(['hang'], funds);
      const events = collect(bench.router.stream({ ...hello, timeoutMs: 5_000 }, optionsOf(bench)));
      await bench.clock.advance(0);
      await bench.clock.advance(6_000);
      expect((await events).at(-1)).toMatchObject({ type: 'failed', error: { name: 'TimedOut' } });
      expect(await bench.record('gen-1')).toMatchObject({ termination: 'timeout', errorKind: 'TimedOut', costNano: 0 });
      await balanced(bench);
    });

    it('failover costs the caller what was delivered, and is in the record whole', async () => {
      const clock = createManualClock();
      const usage = {
        promptTokens: 7,
        completionTokens: 0,
        totalTokens: 7,
        cachedTokens: 0,
        cacheWriteTokens: 0,
        reasoningTokens: 0,
        source: 'provider',
      } as const;
      const failing = createScriptedProvider(clock, [
        { parts: [{ type: 'usage', usage }] },
        { fail: new ProviderError('server_failed', 'no') },
      ]);
      const bench = await createMeteredBench({
        clock,
        providers: { acme: failing, birch: createScriptedProvider(clock, says('Good day.')) },
        endpoints: [
          anEndpoint('acme/one', 'acme'),
          anEndpoint('acme/one', 'birch', {
            pricing: { prompt: '0.00001', completion: '0.00001', request: '0', overrides: [] },
          }),
        ],
        ...funds,
      });
      await collect(bench.router.stream(hello, optionsOf(bench)));
      expect(await bench.record('gen-1')).toMatchObject({
        provider: 'birch',
        costNano: 150_000,
        operatorCostNano: 157_000,
        attempts: [
          { provider: 'acme', outcome: 'failed', cost: '0.000007' },
          { provider: 'birch', outcome: 'succeeded', cost: '0.00015' },
        ],
      });
      await balanced(bench);
    });

    it('a bug of routing is told as one, and settled', async () => {
      const { bench } = await benchOf([], {
        ...funds,
        router: {
          complete: () => Promise.reject(new Error('bug')),
          async *stream() {
            yield [{ type: 'accepted' }];
            throw new Error('bug');
          },
          plan: () => {
            throw new Error('nobody asks for a plan here');
          },
          reach: () => [],
        },
      });
      await expect(drain(bench.router.stream(hello, optionsOf(bench)))).rejects.toThrow('bug');
      await expect(
        bench.router.complete({ ...hello, maxTokens: 5 }, optionsOf(bench, { generationId: 'gen-2' })),
      ).rejects.toThrow('bug');
      for (const id of ['gen-1', 'gen-2']) {
        expect(await bench.record(id)).toMatchObject({
          termination: 'failed',
          errorKind: 'InternalError',
          costNano: 0,
        });
      }
      await balanced(bench);
    });
  });
}

describe('the money of a capped caller', () => {
  it('is held before anything is sent: the prompt and a slice of the answer', async () => {
    const { bench } = await benchOf(['hang'], { budgetNano: plentyNano });
    const stream = bench.router.stream(hello, optionsOf(bench));
    await read(stream, 1);
    expect(await bench.caps()).toMatchObject([{ reservedNano: helloNano, spentNano: 0 }]);
    await stream.return?.();
    await balanced(bench);
  });

  it('is held for the dearest endpoint that may serve, and no longer an answer than was asked for', async () => {
    const clock = createManualClock();
    const dear = { prompt: '0.00001', completion: '0.00005', request: '0.001', overrides: [] };
    const bench = await createMeteredBench({
      clock,
      providers: { acme: createScriptedProvider(clock, ['hang']), birch: createScriptedProvider(clock, ['hang']) },
      endpoints: [anEndpoint('acme/one', 'acme'), anEndpoint('acme/one', 'birch', { pricing: dear })],
      budgetNano: plentyNano,
    });
    const stream = bench.router.stream({ ...hello, maxTokens: 100 }, optionsOf(bench));
    await read(stream, 1);
    expect(await bench.caps()).toMatchObject([{ reservedNano: 1_000_000 + 10 * 10_000 + 100 * 50_000 }]);
    await stream.return?.();
  });

  it('that is too little is told of before anything is sent', async () => {
    const { bench, provider } = await benchOf(says('never'), { creditsNano: helloNano - 1 });
    const events = await collect(bench.router.stream(hello, optionsOf(bench)));
    expect(events).toMatchObject([
      { type: 'accepted' },
      {
        type: 'failed',
        error: { name: 'InsufficientCredits', left: '0.002057999', needed: '0.002058', retryable: false },
      },
    ]);
    expect(provider.calls).toEqual([]);
    expect(await bench.records()).toEqual([]);
    expect(bench.refused).toEqual(['gen-1 InsufficientCredits']);
  });

  it('names the cap that refuses, what is left, and when it begins anew', async () => {
    const { bench } = await benchOf(says('never'), { budgetNano: 1_000, limitNano: plentyNano });
    await expect(bench.router.complete(hello, optionsOf(bench))).rejects.toMatchObject({
      name: 'BudgetExceeded',
      of: 'account',
      limit: '0.000001',
      left: '0.000001',
      resetsAt: Date.UTC(2026, 0, 2),
      retryAfterMs: 86_400_000,
      retryable: true,
    });
    const other = await benchOf(says('never'), { budgetNano: plentyNano, limitNano: 0 });
    await expect(other.bench.router.complete(hello, optionsOf(other.bench))).rejects.toMatchObject({
      name: 'BudgetExceeded',
      of: 'api_key',
      left: '0',
      resetsAt: undefined,
      retryable: false,
    });
  });

  it('is extended while the answer is written, and the rest comes back at its end', async () => {
    const { bench } = await benchOf([tokens(900), tokens(900), tokens(100), 'hang'], { budgetNano: plentyNano });
    const stream = bench.router.stream(hello, optionsOf(bench));
    await read(stream, 2);
    await bench.clock.advance(0);
    expect(await bench.caps()).toMatchObject([{ reservedNano: helloNano + 1_024 * 2_000 }]);
    await read(stream, 2);
    await bench.clock.advance(0);
    expect(await bench.caps()).toMatchObject([{ reservedNano: helloNano + 2 * 1_024 * 2_000 }]);
    await stream.return?.();
    expect(await bench.record('gen-1')).toMatchObject({ costNano: 10_000 + 1_900 * 2_000 });
    await balanced(bench);
  });

  it('that is used up ends the answer with a finish of its own, and what was delivered stays', async () => {
    const { bench, provider } = await benchOf([tokens(1_000), tokens(50), tokens(50), tokens(50)], {
      budgetNano: helloNano,
    });
    const events = await collect(bench.router.stream(hello, optionsOf(bench)));
    const delivered = events.filter(({ type }) => type === 'text');
    expect(delivered).toHaveLength(1_050);
    expect(events.at(-1)).toMatchObject({
      type: 'finished',
      completion: { finishReason: 'budget', content: 'word'.repeat(1_050), cost: '0.002102' },
    });
    expect(provider.open.size).toBe(0);
    expect(await bench.record('gen-1')).toMatchObject({
      termination: 'budget',
      finishReason: 'budget',
      costNano: 2_102_000,
    });
    await balanced(bench);
  });

  it('goes on where another request has given back what it held', async () => {
    const { bench } = await benchOf([tokens(1_000), tokens(50), ...says('The end.')], {
      budgetNano: 2 * helloNano + 100_000,
    });
    const controller = new AbortController();
    const other = bench.router.stream(hello, optionsOf(bench, { generationId: 'gen-2', signal: controller.signal }));
    await read(other, 1);
    const stream = bench.router.stream(hello, optionsOf(bench));
    await read(stream, 2);
    await bench.clock.advance(0);
    expect(bench.asked.filter((name) => name === 'extend')).toHaveLength(1);
    await other.return?.();
    expect((await drain(stream)).at(-1)).toMatchObject({ completion: { finishReason: 'stop' } });
    await balanced(bench);
  });

  it('is held for reasoning too, which may come unseen', async () => {
    const reasoning = { maxTokens: 2_000 };
    const heldNano = helloNano + 2_000 * 2_000;
    const hidden = { promptTokens: 10, completionTokens: 2_900, totalTokens: 2_910, reasoningTokens: 2_000 };
    const script = (): Step[] => [
      tokens(900),
      { parts: [{ type: 'usage', usage: { ...hidden, cachedTokens: 0, cacheWriteTokens: 0, source: 'provider' } }] },
      { parts: [{ type: 'finish', reason: 'stop' }] },
    ];
    const short = await benchOf(script(), { budgetNano: heldNano - 1 });
    await expect(short.bench.router.complete({ ...hello, reasoning }, optionsOf(short.bench))).rejects.toMatchObject({
      name: 'BudgetExceeded',
    });
    const { bench } = await benchOf(script(), { budgetNano: heldNano });
    const completion = await bench.router.complete({ ...hello, reasoning }, optionsOf(bench));
    expect(completion).toMatchObject({ finishReason: 'stop', usage: { reasoningTokens: 2_000 } });
    expect(await bench.record('gen-1')).toMatchObject({ costNano: 10_000 + 2_900 * 2_000 });
    await balanced(bench);
  });

  it('that is held for reasoning pays for it when it is seen, and for text where the answer is limited', async () => {
    const thoughts: Step = {
      parts: Array.from({ length: 2_000 }, (): StreamPart => ({ type: 'reasoning', text: 'hmm' })),
    };
    const reasoning = { maxTokens: 2_000 };
    const seen = await benchOf([thoughts, tokens(900), ...says('.')], { budgetNano: helloNano + 2_000 * 2_000 });
    const spoken = await collect(seen.bench.router.stream({ ...hello, reasoning }, optionsOf(seen.bench)));
    expect(spoken.at(-1)).toMatchObject({ type: 'finished', completion: { finishReason: 'stop' } });
    const limited = await benchOf([tokens(2_000), tokens(499), ...says('.')], { budgetNano: 10_000 + 2_500 * 2_000 });
    const request = { ...hello, reasoning, maxTokens: 2_500 };
    const written = await collect(limited.bench.router.stream(request, optionsOf(limited.bench)));
    expect(written.at(-1)).toMatchObject({ type: 'finished', completion: { finishReason: 'stop' } });
  });

  it('that covers the longest answer exactly lets it end by itself', async () => {
    const { bench } = await benchOf([tokens(50), { parts: [{ type: 'finish', reason: 'length' }] }], {
      budgetNano: 10_000 + 50 * 2_000,
    });
    const events = await collect(bench.router.stream({ ...hello, maxTokens: 50 }, optionsOf(bench)));
    expect(events.at(-1)).toMatchObject({ type: 'finished', completion: { finishReason: 'length' } });
    await balanced(bench);
  });

  it('bounds a whole answer too', async () => {
    const { bench } = await benchOf([tokens(1_000), tokens(50), tokens(50), ...says('never')], {
      budgetNano: helloNano,
    });
    const completion = await bench.router.complete(hello, optionsOf(bench));
    expect(completion).toMatchObject({ finishReason: 'budget', content: 'word'.repeat(1_050) });
    expect(await bench.record('gen-1')).toMatchObject({ termination: 'budget', streamed: false });
    await balanced(bench);
  });

  it('is not spent on a whole answer that breaks off: nothing of it was delivered', async () => {
    const { bench } = await benchOf([text('Once'), { fail: new ProviderError('truncated', 'cut') }], {
      budgetNano: plentyNano,
    });
    await expect(bench.router.complete(hello, optionsOf(bench))).rejects.toMatchObject({ name: 'AllAttemptsFailed' });
    expect(await bench.record('gen-1')).toMatchObject({ costNano: 0, operatorCostNano: 4_000 });
    await balanced(bench);
  });
});

describe('what is spent without a limit', () => {
  it('is counted where a budget asks for it, also while the store is away', async () => {
    const { bench } = await benchOf([...says('Good day.'), ...says('Good day.'), ...says('Good day.')]);
    await bench.store.caps.set({ id: 'budget:acct-1', reset: 'daily' }, { actor: 'operator', action: 'test' });
    const caller = { ...bench.caller, counted: true };
    await collect(bench.router.stream(hello, optionsOf(bench, { caller })));
    await bench.router.complete(hello, optionsOf(bench, { caller, generationId: 'gen-2' }));
    expect(await bench.store.caps.get('budget:acct-1')).toMatchObject({ reservedNano: 0, spentNano: 40_000 });
    bench.away(true);
    await bench.router.complete(hello, optionsOf(bench, { caller, generationId: 'gen-3' }));
    bench.away(false);
    await bench.clock.advance(2_000);
    expect(await bench.store.caps.get('budget:acct-1')).toMatchObject({ reservedNano: 0, spentNano: 60_000 });
    await balanced(bench);
  });
});

describe('while it runs', () => {
  it('a generation is checkpointed each two seconds, and after 1,024 tokens', async () => {
    const { bench } = await benchOf([text('Once upon a time'), { wait: 3_000 }, tokens(1_024), 'hang']);
    const stream = bench.router.stream(hello, optionsOf(bench));
    await read(stream, 2);
    const pending = stream.next();
    await bench.clock.advance(2_000);
    expect(await bench.record('gen-1')).toMatchObject({
      state: 'open',
      checkpointNano: 10_000 + 4 * 2_000,
      model: 'acme/one',
    });
    await bench.clock.advance(1_000);
    await pending;
    await bench.clock.advance(0);
    expect(await bench.record('gen-1')).toMatchObject({ checkpointNano: 10_000 + 1_028 * 2_000 });
    await stream.return?.();
    await balanced(bench);
  });

  it('a silent one is kept from the reaper', async () => {
    const { bench } = await benchOf(['hang']);
    const stream = bench.router.stream({ ...hello }, optionsOf(bench));
    await read(stream, 1);
    await bench.clock.advance(25_000);
    const first = (await bench.record('gen-1'))?.expiresAt ?? 0;
    await bench.clock.advance(60_000);
    const later = (await bench.record('gen-1'))?.expiresAt ?? 0;
    expect(later).toBeGreaterThan(bench.clock.now());
    expect(later).toBeGreaterThanOrEqual(first);
    await stream.return?.();
  });

  it('a crash leaves what the reaper settles at the last checkpoint', async () => {
    const { bench } = await benchOf([text('Once upon a time'), 'hang'], { budgetNano: plentyNano });
    const stream = bench.router.stream(hello, optionsOf(bench));
    await read(stream, 2);
    await bench.clock.advance(2_000);
    await bench.store.books.reap({ replica: 'replica-1', boot: 'boot-2', limit: 10 });
    expect(await bench.record('gen-1')).toMatchObject({
      termination: 'crash',
      costNano: 18_000,
      usage: { source: 'estimated' },
    });
    await stream.return?.();
    await balanced(bench);
  });
});
