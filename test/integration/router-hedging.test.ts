import { describe, expect, it } from 'vitest';
import type { Endpoint } from '../../src/catalog.ts';
import type { ChatRequest } from '../../src/chat.ts';
import type { StreamEvent } from '../../src/completion.ts';
import { ProviderError } from '../../src/errors.ts';
import { createManualClock, settle } from '../support/manual-clock.ts';
import { cheapestFirst, collect, createRouterBench, hello } from '../support/router-bench.ts';
import { createScriptedProvider, type Step, says } from '../support/scripted-provider.ts';

const endpoints = cheapestFirst('m/m', 'a', 'b') as [Endpoint, Endpoint];
const [first, second] = endpoints;
const later = (ms: number, text: string): Step[] => [{ wait: ms }, ...says(text)];
const failing = (ms: number): Step[] => [{ wait: ms }, { fail: new ProviderError('server_failed', 'no') }];

interface BenchOptions {
  readonly a: readonly Step[];
  readonly b: readonly Step[];
  readonly enabled?: boolean;
  readonly maxCostFactor?: number;
}

/** Two endpoints, of which the first usually brings its first content after 1.2 s. */
function bench({ a: aScript, b: bScript, enabled = true, maxCostFactor = 2 }: BenchOptions) {
  const clock = createManualClock();
  const a = createScriptedProvider(clock, aScript);
  const b = createScriptedProvider(clock, bScript);
  const made = createRouterBench(clock, { a, b }, endpoints, { hedging: { enabled, maxCostFactor } });
  for (let sample = 0; sample < 64; sample++) {
    made.health.statistics(first).firstContent({ promptTokens: 10, firstContentMs: 1_200 });
  }
  const ask = (request: Partial<ChatRequest> = {}, signal = new AbortController().signal) => {
    const events: Promise<StreamEvent[]> = collect(
      made.router.stream({ ...hello, ...request }, { generationId: 'gen-1', signal }),
    );
    return events;
  };
  const calls = () => [a.calls.length, b.calls.length];
  const open = () => [a.open.size, b.open.size];
  return { clock, a, b, ask, calls, open, ...made };
}

describe('a hedge', () => {
  it('is started when the first call is later than nineteen of twenty, and wins if it answers sooner', async () => {
    const { clock, ask, calls, open, health, attempts } = bench({ a: ['hang'], b: later(100, 'from b') });
    const events = ask();
    await clock.advance(1_199);
    expect(calls()).toEqual([1, 0]);
    await clock.advance(1);
    expect(calls()).toEqual([1, 1]);
    await clock.advance(100);
    const all = await events;
    expect(all.map(({ type }) => type)).toEqual(['accepted', 'started', 'text', 'finished']);
    expect(all[1]).toMatchObject({ endpoint: { id: 'm/m@b' }, attempts: [{ outcome: 'cancelled' }, {}] });
    expect(all.at(-1)).toMatchObject({
      completion: {
        content: 'from b',
        attempts: [
          { endpoint: { id: 'm/m@a' }, outcome: 'cancelled', durationMs: 1_300 },
          { endpoint: { id: 'm/m@b' }, outcome: 'succeeded' },
        ],
      },
    });
    expect(open()).toEqual([0, 0]);
    expect(attempts).toHaveLength(2);
    // The loser has done nothing wrong.
    expect(health.breaker(first).state()).toEqual({ name: 'closed', consecutiveFailures: 0 });
    expect(health.statistics(first).recent(clock.monotonic()).calls).toBe(0);
    expect(health.statistics(first).inFlight()).toBe(0);
    expect(clock.pending()).toBe(0);
  });

  it('is given up at the first content of the first call', async () => {
    const { clock, ask, open } = bench({ a: later(1_500, 'from a'), b: ['hang'] });
    const events = ask();
    await clock.advance(1_499);
    expect(open()).toEqual([1, 1]);
    await clock.advance(1);
    expect((await events).at(-1)).toMatchObject({
      completion: { content: 'from a', attempts: [{ outcome: 'succeeded' }, { outcome: 'cancelled' }] },
    });
    expect(open()).toEqual([0, 0]);
    expect(clock.pending()).toBe(0);
  });

  it('closes both calls where both answer in the same moment, and reads one', async () => {
    const { clock, ask, open, bugs } = bench({ a: later(1_500, 'from a'), b: later(300, 'from b') });
    const events = ask();
    await clock.advance(1_500);
    const last = (await events).at(-1);
    expect(last).toMatchObject({ type: 'finished' });
    await settle();
    expect(open()).toEqual([0, 0]);
    expect(bugs).toEqual([]);
  });

  it('is left alone when the first call fails', async () => {
    const { clock, ask } = bench({ a: failing(1_300), b: later(500, 'from b') });
    const events = ask();
    await clock.advance(1_700);
    expect((await events).at(-1)).toMatchObject({
      completion: { content: 'from b', attempts: [{ outcome: 'failed' }, { outcome: 'succeeded' }] },
    });
  });

  it('that fails leaves the first call alone', async () => {
    const { clock, ask } = bench({ a: later(2_000, 'from a'), b: failing(100) });
    const events = ask();
    await clock.advance(2_000);
    expect((await events).at(-1)).toMatchObject({
      completion: { content: 'from a', attempts: [{ outcome: 'succeeded' }, { outcome: 'failed' }] },
    });
  });

  it('ends the request once where both fail', async () => {
    const { clock, ask, calls } = bench({ a: failing(1_500), b: failing(100) });
    const events = ask();
    await clock.advance(10_000);
    const all = await events;
    expect(all.map(({ type }) => type)).toEqual(['accepted', 'failed']);
    expect(all.at(-1)).toMatchObject({ error: { name: 'AllAttemptsFailed' } });
    expect(calls()).toEqual([1, 1]);
  });

  it('is told of where the winner breaks off', async () => {
    const cut: Step[] = [
      { wait: 1_300 },
      { parts: [{ type: 'text', text: 'half' }] },
      { wait: 1 },
      { fail: new ProviderError('truncated', 'cut') },
    ];
    const { clock, ask } = bench({ a: cut, b: ['hang'] });
    const events = ask();
    await clock.advance(1_301);
    expect((await events).at(-1)).toMatchObject({
      type: 'failed',
      error: { name: 'AllAttemptsFailed', retryable: true, message: expect.stringMatching(/^m\/m@a truncated/) },
      attempts: [{ failureKind: 'truncated' }, { outcome: 'cancelled' }],
    });
  });

  it('is closed at once, as is the first call, when the reader hangs up', async () => {
    const { clock, open, router, attempts } = bench({ a: ['hang'], b: ['hang'] });
    const stream = router.stream(hello, { generationId: 'gen-1', signal: new AbortController().signal });
    await stream.next();
    const pending = stream.next();
    await clock.advance(1_200);
    expect(open()).toEqual([1, 1]);
    await stream.return?.();
    expect(await pending).toMatchObject({ done: true });
    await settle();
    expect(open()).toEqual([0, 0]);
    expect(attempts).toMatchObject([{ outcome: 'cancelled' }, { outcome: 'cancelled' }]);
    expect(clock.pending()).toBe(0);
  });

  it('waits a second where the endpoint is usually quicker than that', async () => {
    const { clock, ask, calls, health } = bench({ a: ['hang'], b: says('from b') });
    for (let sample = 0; sample < 64; sample++) {
      health.statistics(first).firstContent({ promptTokens: 10, firstContentMs: 50 });
    }
    const events = ask();
    await clock.advance(999);
    expect(calls()).toEqual([1, 0]);
    await clock.advance(1);
    await events;
    expect(calls()).toEqual([1, 1]);
  });
});

describe('no hedge is started', () => {
  const cases: readonly (readonly [
    why: string,
    options: Partial<BenchOptions>,
    request?: Partial<ChatRequest>,
    change?: (made: ReturnType<typeof bench>) => void,
  ])[] = [
    ['where the operator does not want any', { enabled: false }],
    ['where it would be too dear', { maxCostFactor: 1.9 }],
    ['for a request with tools', {}, { tools: [{ name: 'look' }] }],
    ['for a caller that allows no fallback', {}, { provider: { allowFallbacks: false } }],
    ['for a caller that named no other provider', {}, { provider: { only: ['a'] } }],
    [
      'where the other endpoint is half full',
      {},
      {},
      ({ health, clock }) => {
        health.statistics(second).limited(clock.monotonic());
        for (let call = 0; call < 2; call++) health.statistics(second).began();
      },
    ],
    [
      'where the other endpoint is on trial',
      {},
      {},
      ({ health }) => {
        for (let call = 0; call < 2; call++) health.breaker(second).began().failed();
        health.breaker(second).hurry(0);
      },
    ],
  ];
  for (const [why, options, request = {}, change = () => {}] of cases) {
    it(why, async () => {
      const made = bench({ a: later(2_500, 'from a'), b: says('from b'), ...options });
      change(made);
      const events = made.ask(request);
      await made.clock.advance(2_500);
      expect((await events).at(-1)).toMatchObject({ completion: { content: 'from a', attempts: [{}] } });
      expect(made.calls()).toEqual([1, 0]);
    });
  }

  it('where it is not known how slow the endpoint usually is', async () => {
    const clock = createManualClock();
    const a = createScriptedProvider(clock, later(2_500, 'from a'));
    const b = createScriptedProvider(clock, says('from b'));
    const { router } = createRouterBench(clock, { a, b }, endpoints, { hedging: { enabled: true, maxCostFactor: 2 } });
    const events = collect(router.stream(hello, { generationId: 'gen-1', signal: new AbortController().signal }));
    await clock.advance(2_500);
    await events;
    expect(b.calls).toHaveLength(0);
  });

  it('for a whole answer', async () => {
    const { clock, router, calls } = bench({ a: later(2_500, 'from a'), b: says('from b') });
    const answer = router.complete(hello, { generationId: 'gen-1', signal: new AbortController().signal });
    await clock.advance(2_500);
    expect(await answer).toMatchObject({ content: 'from a' });
    expect(calls()).toEqual([1, 0]);
  });

  it('within ten seconds of a 429 of the other provider', async () => {
    const limit = new ProviderError('rate_limited', 'slow down', { status: 429, retryAfterMs: 200 });
    const { clock, b, ask } = bench({ a: later(1_500, 'from a'), b: [{ fail: limit }] });
    const answered = async (request: Partial<ChatRequest> = {}) => {
      const events = ask(request);
      await clock.advance(1_500);
      return (await events).at(-1);
    };
    expect(await answered({ provider: { order: ['b'] } })).toMatchObject({ completion: { content: 'from a' } });
    await clock.advance(7_200);
    // Slow from 9.9 s after the limit, then from 11.4 s.
    await answered();
    expect(b.calls).toHaveLength(1);
    await answered();
    expect(b.calls).toHaveLength(2);
  });

  it('for more than one request in fifty, once what was saved up is spent', async () => {
    const { clock, a, b, ask } = bench({ a: ['hang'], b: says('from b') });
    const hedged = async () => {
      const before = b.calls.length;
      const controller = new AbortController();
      const events = ask({ provider: { order: ['a'] } }, controller.signal);
      await clock.advance(1_300);
      controller.abort(new Error('enough'));
      await events;
      return b.calls.length > before;
    };
    const outcomes: boolean[] = [];
    for (let request = 0; request < 110; request++) outcomes.push(await hedged());
    expect(outcomes.slice(0, 10)).not.toContain(false);
    expect(outcomes.filter((each) => each)).toHaveLength(12);
    expect(a.open.size).toBe(0);
  });
});
