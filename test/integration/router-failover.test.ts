import { describe, expect, it } from 'vitest';
import type { Endpoint } from '../../src/catalog.ts';
import type { Clock } from '../../src/clock.ts';
import {
  AllAttemptsFailed,
  Cancelled,
  ContentFiltered,
  ContextLengthExceeded,
  type FailureKind,
  failureKinds,
  InvalidRequest,
  ModelNotFound,
  NoEndpointAvailable,
  ProviderError,
  RateLimited,
  TimedOut,
} from '../../src/errors.ts';
import { failurePolicy } from '../../src/routing/failure-policy.ts';
import { createManualClock, settle } from '../support/manual-clock.ts';
import { cheapestFirst, collect, createRouterBench, hello } from '../support/router-bench.ts';
import { createScriptedProvider, says } from '../support/scripted-provider.ts';

const options = () => ({ generationId: 'gen-1', signal: new AbortController().signal });

/** Runs to the end in virtual time, whatever it waits for. */
async function finish<T>(clock: ReturnType<typeof createManualClock>, promise: Promise<T>): Promise<T> {
  let over = false;
  const watched = promise.finally(() => {
    over = true;
  });
  watched.catch(() => {});
  for (let step = 0; step < 2_000 && !over; step++) await clock.advance(500);
  return watched;
}

describe('failover', () => {
  for (const kind of failureKinds) {
    const { nextEndpoint } = failurePolicy[kind];
    it(`${nextEndpoint ? 'moves on' : 'does not move on'} to the next endpoint after ${kind}`, async () => {
      const clock = createManualClock();
      const a = createScriptedProvider(clock, [{ fail: new ProviderError(kind, 'no') }]);
      const b = createScriptedProvider(clock, says('from b'));
      const { router } = createRouterBench(clock, { a, b }, cheapestFirst('m/m', 'a', 'b'));

      const outcome = await finish(
        clock,
        router.complete(hello, options()).catch((error: unknown) => error),
      );

      if (!nextEndpoint) {
        expect(outcome).toBeInstanceOf(Error);
        expect(b.calls).toHaveLength(0);
        return;
      }
      expect(outcome).toMatchObject({
        content: 'from b',
        attempts: [
          { outcome: 'failed', failureKind: kind },
          { outcome: 'succeeded', endpoint: { id: 'm/m@b' } },
        ],
      });
    });

    it(`${failurePolicy[kind].nextModel ? 'tries' : 'does not try'} the next model after ${kind}`, async () => {
      const clock = createManualClock();
      const a = createScriptedProvider(clock, [{ fail: new ProviderError(kind, 'no') }]);
      const b = createScriptedProvider(clock, says('from b'));
      const { router } = createRouterBench(clock, { a, b }, [
        ...cheapestFirst('m/m', 'a'),
        ...cheapestFirst('m/n', 'b'),
      ]);

      const request = { ...hello, model: 'm/m', models: ['m/n'] };
      const outcome = await finish(
        clock,
        router.complete(request, options()).catch((error: unknown) => error),
      );

      expect(b.calls).toHaveLength(failurePolicy[kind].nextModel ? 1 : 0);
      if (failurePolicy[kind].nextModel) expect(outcome).toMatchObject({ content: 'from b', model: { slug: 'm/n' } });
    });
  }

  it('makes at most three attempts, each at another endpoint', async () => {
    const clock = createManualClock();
    const broken = () =>
      createScriptedProvider(clock, [{ fail: new ProviderError('server_failed', 'no', { status: 500 }) }]);
    const [a, b, c, d] = [broken(), broken(), broken(), broken()];
    const { router } = createRouterBench(clock, { a, b, c, d }, cheapestFirst('m/m', 'a', 'b', 'c', 'd'));

    const error = await finish(
      clock,
      router.complete(hello, options()).catch((thrown: unknown) => thrown),
    );

    expect(error).toBeInstanceOf(AllAttemptsFailed);
    expect(error).toMatchObject({ retryable: true, attempts: [{ status: 500 }, { status: 500 }, { status: 500 }] });
    expect([a, b, c, d].map(({ calls }) => calls.length)).toEqual([1, 1, 1, 0]);
  });

  it('spends at most two attempts on one model while another is left', async () => {
    const clock = createManualClock();
    const broken = () => createScriptedProvider(clock, [{ fail: new ProviderError('server_failed', 'no') }]);
    const [a, b, c] = [broken(), broken(), broken()];
    const d = createScriptedProvider(clock, says('from d'));
    const endpoints = [...cheapestFirst('m/m', 'a', 'b', 'c'), ...cheapestFirst('m/n', 'd')];
    const { router } = createRouterBench(clock, { a, b, c, d }, endpoints);

    const completion = await finish(clock, router.complete({ ...hello, models: ['m/m', 'm/n'] }, options()));

    expect(completion).toMatchObject({ content: 'from d' });
    expect(completion.attempts).toHaveLength(3);
    expect(c.calls).toHaveLength(0);
  });

  describe('where all models are sorted together', () => {
    const together = { models: ['m/m', 'm/n'], provider: { sort: 'price', sortPartition: 'none' } } as const;
    const endpoints = [
      ...cheapestFirst('m/m', 'a', 'b'),
      ...cheapestFirst('m/n', 'x', 'y', 'c').filter(({ provider }) => provider === 'c'),
    ];
    const failing = (kind: FailureKind) => (clock: Clock) =>
      createScriptedProvider(clock, [{ fail: new ProviderError(kind, 'no') }]);
    const played = async (aKind: FailureKind, bKind: FailureKind) => {
      const clock = createManualClock();
      const [a, b] = [failing(aKind)(clock), failing(bKind)(clock)];
      const c = createScriptedProvider(clock, says('from c'));
      const { router } = createRouterBench(clock, { a, b, c }, endpoints);
      const outcome = await finish(
        clock,
        router.complete({ ...hello, ...together }, options()).catch((error: unknown) => error),
      );
      return { outcome, calls: [a, b, c].map(({ calls }) => calls.length) };
    };

    it('tries the endpoints of all of them in one order, three at most', async () => {
      const { outcome, calls } = await played('server_failed', 'server_failed');
      expect(outcome).toMatchObject({ content: 'from c', model: { slug: 'm/n' }, endpoint: { id: 'm/n@c' } });
      expect(calls).toEqual([1, 1, 1]);
    });

    it('passes over the other endpoints of a model after a failure that calls for the next model', async () => {
      const { outcome, calls } = await played('context_length_exceeded', 'server_failed');
      expect(outcome).toMatchObject({ content: 'from c', model: { slug: 'm/n' } });
      expect(calls).toEqual([1, 0, 1]);
    });

    it('tries nobody else after a failure that no other model would help', async () => {
      const { outcome, calls } = await played('invalid_request', 'server_failed');
      expect(outcome).toBeInstanceOf(InvalidRequest);
      expect(calls).toEqual([1, 0, 0]);
    });

    it('names the model of the endpoint that answered in the stream, too', async () => {
      const clock = createManualClock();
      const a = failing('server_failed')(clock);
      const [b, c] = [failing('server_failed')(clock), createScriptedProvider(clock, says('from c'))];
      const { router } = createRouterBench(clock, { a, b, c }, endpoints);
      const events = await finish(clock, collect(router.stream({ ...hello, ...together }, options())));
      expect(events[1]).toMatchObject({ type: 'started', model: { slug: 'm/n' }, endpoint: { id: 'm/n@c' } });
    });
  });

  it('calls the only endpoint again after a short pause', async () => {
    const clock = createManualClock();
    const a = createScriptedProvider(clock, [{ fail: new ProviderError('overloaded', 'busy') }], says('now'));
    const { router } = createRouterBench(clock, { a }, cheapestFirst('m/m', 'a'));

    const pending = router.complete(hello, options());
    await settle();
    expect(a.calls).toHaveLength(1);
    expect(await finish(clock, pending)).toMatchObject({
      content: 'now',
      attempts: [{ outcome: 'failed' }, { outcome: 'succeeded' }],
    });
  });

  it('starts no attempt for a caller that hung up during the pause', async () => {
    const clock = createManualClock();
    const a = createScriptedProvider(clock, [{ fail: new ProviderError('overloaded', 'busy') }], says('now'));
    const { router } = createRouterBench(clock, { a }, cheapestFirst('m/m', 'a'));
    const controller = new AbortController();

    const pending = router.complete(hello, { generationId: 'gen-1', signal: controller.signal });
    pending.catch(() => {});
    await settle();
    controller.abort(new Error('gone'));
    await clock.advance(10_000);

    await expect(pending).rejects.toThrow('gone');
    expect(a.calls).toHaveLength(1);
    expect(clock.pending()).toBe(0);
  });

  it('tells how long to wait when every endpoint limits, and leaves them alone meanwhile', async () => {
    const clock = createManualClock();
    const limited = (retryAfterMs: number) =>
      createScriptedProvider(clock, [
        { fail: new ProviderError('rate_limited', 'slow down', { status: 429, retryAfterMs }) },
      ]);
    const [a, b] = [limited(20_000), limited(30_000)];
    const { router } = createRouterBench(clock, { a, b }, cheapestFirst('m/m', 'a', 'b'));

    const first = await finish(
      clock,
      router.complete(hello, options()).catch((error: unknown) => error),
    );
    expect(first).toBeInstanceOf(RateLimited);
    expect(first).toMatchObject({ retryAfterMs: 20_000 });

    const second = await router.complete(hello, options()).catch((error: unknown) => error);
    expect(second).toBeInstanceOf(NoEndpointAvailable);
    expect(second).toMatchObject({ retryable: true, exclusions: [{ filter: 'cooling' }, { filter: 'cooling' }] });
    expect([a.calls.length, b.calls.length]).toEqual([1, 1]);
  });

  const endings: readonly [FailureKind, new (...args: never[]) => Error][] = [
    ['content_filtered', ContentFiltered],
    ['context_length_exceeded', ContextLengthExceeded],
    ['invalid_request', InvalidRequest],
    ['first_content_timeout', TimedOut],
  ];
  for (const [kind, error] of endings) {
    it(`ends a request that fails for ${kind} in ${error.name}`, async () => {
      const clock = createManualClock();
      const a = createScriptedProvider(clock, [{ fail: new ProviderError(kind, 'no') }]);
      const { router } = createRouterBench(clock, { a }, cheapestFirst('m/m', 'a'));
      const outcome = await finish(
        clock,
        router.complete(hello, options()).catch((thrown: unknown) => thrown),
      );
      expect(outcome).toBeInstanceOf(error);
    });
  }

  it('asks another model when moderation left nothing of the answer, and returns the empty answer when none is left', async () => {
    const clock = createManualClock();
    const filtered = createScriptedProvider(clock, [
      { parts: [{ type: 'finish', reason: 'content_filter', nativeReason: 'SAFETY' }] },
    ]);
    const b = createScriptedProvider(clock, says('from b'));
    const endpoints = [...cheapestFirst('m/m', 'filtered'), ...cheapestFirst('m/n', 'b')];
    const { router } = createRouterBench(clock, { filtered, b }, endpoints);

    expect(await router.complete({ ...hello, models: ['m/m', 'm/n'] }, options())).toMatchObject({ content: 'from b' });
    expect(await router.complete({ ...hello, model: 'm/m' }, options())).toMatchObject({
      finishReason: 'content_filter',
    });
  });

  it('treats an adapter that stumbles as a malformed answer, reports the bug, and moves on', async () => {
    const clock = createManualClock();
    const a = createScriptedProvider(clock, [{ fail: new TypeError('x is undefined') }]);
    const b = createScriptedProvider(clock, says('from b'));
    const { router, bugs } = createRouterBench(clock, { a, b }, cheapestFirst('m/m', 'a', 'b'));

    expect(await router.complete(hello, options())).toMatchObject({ content: 'from b' });
    expect(bugs).toMatchObject([{ message: 'x is undefined' }]);
  });

  it('makes no second attempt where the retries of the model are used up, and says when to come back', async () => {
    const clock = createManualClock();
    const names = Array.from({ length: 100 }, (_, index) => `p${index}`);
    const failing = createScriptedProvider(clock, [{ fail: new ProviderError('server_failed', 'no') }]);
    const providers = Object.fromEntries(names.map((name) => [name, failing]));
    const { router } = createRouterBench(clock, providers, cheapestFirst('m/m', ...names));
    const ask = () => router.complete(hello, options()).catch((thrown: unknown) => thrown as AllAttemptsFailed);

    const ends = [];
    for (let count = 0; count < 60; count++) ends.push(await ask());
    expect(ends[0]).toMatchObject({ attempts: { length: 3 }, retryAfterMs: undefined });
    expect(ends.at(-1)).toMatchObject({ name: 'AllAttemptsFailed', attempts: { length: 1 }, retryAfterMs: 1_000 });
  });

  it('keeps no place at an endpoint for an answer that cannot be settled', async () => {
    const clock = createManualClock();
    const [a] = cheapestFirst('m/m', 'a') as [Endpoint];
    const provider = createScriptedProvider(clock, [
      { parts: [{ type: 'text', text: 'hi' }] },
      { parts: [{ type: 'finish', reason: 'stop', nativeReason: 'stop' }] },
    ]);
    const countTokens = () => Promise.reject(new TypeError('no counter'));
    const { router, health, attempts, bugs } = createRouterBench(clock, { a: provider }, [a], { countTokens });

    await expect(router.complete(hello, options())).rejects.toMatchObject({ name: 'InternalError' });
    expect((await collect(router.stream(hello, options()))).at(-1)).toMatchObject({ type: 'failed' });
    expect(bugs).toHaveLength(2);
    expect(attempts).toMatchObject([{ outcome: 'cancelled' }, { outcome: 'cancelled' }]);
    expect(health.statistics(a).inFlight()).toBe(0);
    expect(clock.pending()).toBe(0);
  });

  it('passes over names that no model has while another is left, and suggests a name when none is', async () => {
    const clock = createManualClock();
    const a = createScriptedProvider(clock, says('hi'));
    const { router } = createRouterBench(clock, { a }, cheapestFirst('meta/llama-3-70b', 'a'));

    expect(
      await router.complete({ ...hello, models: ['nobody/nothing', 'meta/llama-3-70b'] }, options()),
    ).toMatchObject({ content: 'hi' });
    const error = await router
      .complete({ ...hello, model: 'llama-3-70' }, options())
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ModelNotFound);
    expect(error).toMatchObject({ suggestions: ['meta/llama-3-70b'] });
  });

  it('ends with the request’s own time, whatever is left to try', async () => {
    const clock = createManualClock();
    const [a, b] = [createScriptedProvider(clock, ['hang']), createScriptedProvider(clock, ['hang'])];
    const { router } = createRouterBench(clock, { a, b }, cheapestFirst('m/m', 'a', 'b'));

    const pending = router.complete({ ...hello, timeoutMs: 700 }, options());
    const outcome = pending.catch((error: unknown) => error);
    await clock.advance(699);
    expect(a.open.size).toBe(1);
    await clock.advance(1);
    expect(await outcome).toBeInstanceOf(TimedOut);
    expect(b.calls).toHaveLength(0);
    expect(a.open.size).toBe(0);
  });
});

it('names an endpoint that it waited for in vain once, however often it looked', async () => {
  const clock = createManualClock();
  const a = createScriptedProvider(clock, says('never'));
  const { router, health } = createRouterBench(clock, { a }, cheapestFirst('m/m', 'a'));
  const [endpoint] = cheapestFirst('m/m', 'a');
  if (endpoint === undefined) throw new Error('no endpoint');
  const breaker = health.breaker(endpoint);
  for (let time = 0; time < 2; time++) breaker.began().failed();
  await clock.advance(10_000);
  for (let trial = 0; trial < 2; trial++) breaker.began();

  const outcome = await finish(
    clock,
    router.complete(hello, options()).catch((error: unknown) => error),
  );

  expect(outcome).toBeInstanceOf(NoEndpointAvailable);
  expect(outcome).toMatchObject({ exclusions: [{ endpoint: 'm/m@a', filter: 'circuit_breaker' }] });
  expect(a.calls).toHaveLength(0);
});

describe('a caller in a hurry', () => {
  it('has the upstream told what time is left, and only then', async () => {
    const clock = createManualClock();
    const a = createScriptedProvider(clock, [{ wait: 400 }, { fail: new ProviderError('server_failed', 'no') }]);
    const b = createScriptedProvider(clock, says('from b'));
    const { router } = createRouterBench(clock, { a, b }, cheapestFirst('m/m', 'a', 'b'));
    await finish(clock, router.complete({ ...hello, timeoutMs: 20_000 }, options()));
    await finish(clock, router.complete(hello, options()));
    expect([...a.calls, ...b.calls].map(({ totalTimeoutMs }) => totalTimeoutMs)).toEqual([
      20_000,
      undefined,
      19_600,
      undefined,
    ]);
  });

  it('is not sent to an endpoint that would hardly have begun', async () => {
    const clock = createManualClock();
    const [a, b] = [createScriptedProvider(clock, says('from a')), createScriptedProvider(clock, says('from b'))];
    const endpoints = cheapestFirst('m/m', 'a', 'b');
    const { router, health } = createRouterBench(clock, { a, b }, endpoints);
    for (let sample = 0; sample < 20; sample++) {
      for (const endpoint of endpoints.slice(0, 1)) {
        health.statistics(endpoint).firstContent({ promptTokens: 1, firstContentMs: 2_000 });
      }
    }
    expect(await router.complete({ ...hello, timeoutMs: 1_001 }, options())).toMatchObject({ content: 'from a' });
    expect(await router.complete({ ...hello, timeoutMs: 1_000 }, options())).toMatchObject({ content: 'from b' });
    const refused = await router.complete({ ...hello, timeoutMs: 250 }, options()).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(TimedOut);
    expect(refused).toMatchObject({
      attempts: [],
      message: expect.stringContaining('250 ms are left'),
    });
  });

  it('does not make an endpoint look bad by giving it too little time', async () => {
    const clock = createManualClock();
    const a = createScriptedProvider(clock, [{ wait: 900 }, ...says('at last')]);
    const { router, health } = createRouterBench(clock, { a }, cheapestFirst('m/m', 'a'));
    for (let time = 0; time < 10; time++) {
      const outcome = router.complete({ ...hello, timeoutMs: 300 }, options()).catch((error: unknown) => error);
      await clock.advance(300);
      expect(await outcome).toMatchObject({ name: 'TimedOut', attempts: [{ failureKind: 'total_timeout' }] });
    }
    const [endpoint] = cheapestFirst('m/m', 'a');
    if (endpoint === undefined) throw new Error('no endpoint');
    expect(health.read(endpoint).state).toBe('available');
    expect(await finish(clock, router.complete(hello, options()))).toMatchObject({ content: 'at last' });
  });
});

describe('streams', () => {
  const usual = ['accepted', 'started', 'text', 'finished'];

  it('begins with accepted and ends with exactly one terminal event', async () => {
    const clock = createManualClock();
    const a = createScriptedProvider(clock, says('hi'));
    const { router } = createRouterBench(clock, { a }, cheapestFirst('m/m', 'a'));
    const events = await collect(router.stream(hello, options()));
    expect(events.map(({ type }) => type)).toEqual(usual);
    expect(events.at(-1)).toMatchObject({
      completion: { content: 'hi', cost: '0.000015', usage: { totalTokens: 15 } },
    });
  });

  it('shows nothing but the attempts of a failure before the first content', async () => {
    const clock = createManualClock();
    const a = createScriptedProvider(clock, [{ parts: [] }, { fail: new ProviderError('truncated', 'cut') }]);
    const b = createScriptedProvider(clock, says('from b'));
    const { router } = createRouterBench(clock, { a, b }, cheapestFirst('m/m', 'a', 'b'));
    const events = await collect(router.stream(hello, options()));
    expect(events.map(({ type }) => type)).toEqual(usual);
    expect(events[1]).toMatchObject({ attempts: [{ failureKind: 'truncated' }, { endpoint: { provider: 'b' } }] });
  });

  it('never fails over once a delta has been delivered, and keeps what was delivered', async () => {
    const clock = createManualClock();
    const a = createScriptedProvider(clock, [
      { parts: [{ type: 'text', text: 'half' }] },
      { fail: new ProviderError('truncated', 'cut') },
    ]);
    const b = createScriptedProvider(clock, says('from b'));
    const { router } = createRouterBench(clock, { a, b }, cheapestFirst('m/m', 'a', 'b'));
    const events = await collect(router.stream(hello, options()));
    expect(events.map(({ type }) => type)).toEqual(['accepted', 'started', 'text', 'failed']);
    expect(events.at(-1)).toMatchObject({
      partial: { content: 'half' },
      attempts: [{ failureKind: 'truncated' }],
      usage: { source: 'counted', completionTokens: 1 },
    });
    expect(b.calls).toHaveLength(0);
  });

  it('counts the usage, and says so, where the provider sends none', async () => {
    const clock = createManualClock();
    const a = createScriptedProvider(clock, [
      { parts: [{ type: 'text', text: 'twelve chars' }] },
      { parts: [{ type: 'finish', reason: 'stop' }] },
    ]);
    const { router } = createRouterBench(clock, { a }, cheapestFirst('m/m', 'a'));
    const events = await collect(router.stream(hello, options()));
    expect(events.at(-1)).toMatchObject({ completion: { usage: { completionTokens: 3, source: 'counted' } } });
  });

  for (const [phase, script, advanceMs] of [
    ['before the first content', ['hang'], 0],
    ['in mid-stream', [{ parts: [{ type: 'text', text: 'half' }] }, 'hang'], 0],
    ['during a pause', [{ fail: new ProviderError('overloaded', 'busy') }], 0],
  ] as const) {
    it(`closes the upstream at once when the reader hangs up ${phase}`, async () => {
      const clock = createManualClock();
      const a = createScriptedProvider(clock, script);
      const { router, attempts } = createRouterBench(clock, { a }, cheapestFirst('m/m', 'a'));
      const stream = router.stream(hello, options());
      await stream.next();
      if (phase === 'in mid-stream') await stream.next();
      const pending = stream.next();
      await clock.advance(advanceMs);

      await stream.return?.();

      expect(await pending).toMatchObject({ done: true });
      await settle();
      expect(a.open.size).toBe(0);
      expect(clock.pending()).toBe(0);
      if (phase !== 'during a pause') expect(attempts).toMatchObject([{ outcome: 'cancelled' }]);
      expect(a.calls).toHaveLength(1);
    });
  }

  it('ends a cancelled stream with what it has, as cancelled', async () => {
    const clock = createManualClock();
    const a = createScriptedProvider(clock, [{ parts: [{ type: 'text', text: 'half' }] }, 'hang']);
    const { router } = createRouterBench(clock, { a }, cheapestFirst('m/m', 'a'));
    const controller = new AbortController();
    const stream = router.stream(hello, { generationId: 'gen-1', signal: controller.signal });
    await stream.next();
    await stream.next();
    const last = stream.next();
    controller.abort(new Cancelled('enough'));
    expect(await last).toMatchObject({
      value: [{ type: 'finished', completion: { finishReason: 'cancelled', content: 'half' } }],
    });
    expect(a.open.size).toBe(0);
  });

  it('ends a stream that is cancelled before it said anything as failed', async () => {
    const clock = createManualClock();
    const a = createScriptedProvider(clock, ['hang']);
    const { router } = createRouterBench(clock, { a }, cheapestFirst('m/m', 'a'));
    const controller = new AbortController();
    const stream = router.stream(hello, { generationId: 'gen-1', signal: controller.signal });
    await stream.next();
    const last = stream.next();
    await settle();
    controller.abort(new Cancelled('enough'));
    expect(await last).toMatchObject({ value: [{ type: 'failed', error: { name: 'Cancelled' } }] });
  });

  it('opens nothing for a stream that is left before it was read', async () => {
    const clock = createManualClock();
    const a = createScriptedProvider(clock, says('hi'));
    const { router } = createRouterBench(clock, { a }, cheapestFirst('m/m', 'a'));
    await router.stream(hello, options()).return?.();
    expect(a.calls).toHaveLength(0);
  });

  it('leaves the reasoning out of the answer when it was asked to', async () => {
    const clock = createManualClock();
    const a = createScriptedProvider(clock, [{ parts: [{ type: 'reasoning', text: 'hmm' }] }, ...says('hi')]);
    const { router } = createRouterBench(clock, { a }, cheapestFirst('m/m', 'a'));
    const events = await collect(router.stream({ ...hello, reasoning: { exclude: true } }, options()));
    expect(events.map(({ type }) => type)).toEqual(usual);
    expect(events.at(-1)).not.toHaveProperty('completion.reasoning');
  });

  for (const [name, script, atMs, kind] of [
    ['first content', ['hang'], 1_000, 'first_content_timeout'],
    ['gap', [{ parts: [{ type: 'text', text: 'half' }] }, 'hang'], 2_000, 'gap_timeout'],
    [
      'total',
      [
        { parts: [{ type: 'text', text: 'a' }] },
        ...Array.from(
          { length: 10 },
          () => [{ wait: 1_500 }, { parts: [{ type: 'text', text: 'b' }] }] as const,
        ).flat(),
      ],
      5_000,
      'total_timeout',
    ],
  ] as const) {
    it(`keeps the ${name} deadline to the millisecond`, async () => {
      const clock = createManualClock();
      const a = createScriptedProvider(clock, script);
      const { router } = createRouterBench(clock, { a }, cheapestFirst('m/m', 'a'), {
        deadlines: { firstContentMs: 1_000, gapMs: 2_000, totalMs: 5_000 },
      });
      const done = collect(router.stream(hello, options()));
      await clock.advance(atMs - 1);
      expect(a.open.size).toBe(1);
      await clock.advance(1);
      expect(a.open.size).toBe(0);
      expect((await done).at(-1)).toMatchObject({
        type: 'failed',
        error: { name: 'TimedOut' },
        attempts: [{ failureKind: kind }],
      });
    });
  }
});
