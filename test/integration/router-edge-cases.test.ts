import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Endpoint } from '../../src/catalog.ts';
import {
  AllAttemptsFailed,
  type FailureKind,
  failureKinds,
  NoEndpointAvailable,
  ProviderError,
} from '../../src/errors.ts';
import { failurePolicy } from '../../src/routing/failure-policy.ts';
import { strategies } from '../../src/routing/ranking.ts';
import { createChangeableRouter } from '../support/changeable-router.ts';
import { createManualClock, type ManualClock, settle } from '../support/manual-clock.ts';
import { anEndpoint, cheapestFirst, collect, hello } from '../support/router-bench.ts';
import { createScriptedProvider, type ScriptedProvider, type Step, says } from '../support/scripted-provider.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const seeds = fc.integer();
const strategy = fc.constantFrom(...strategies);
const options = () => ({ generationId: 'gen-1', signal: new AbortController().signal });
const names = (count: number) => Array.from({ length: count }, (_, index) => `p${index}`);
const failing = (kind: FailureKind, retryAfterMs?: number): Step => ({
  fail: new ProviderError(kind, 'no', retryAfterMs === undefined ? {} : { retryAfterMs }),
});

/** Runs to the end in virtual time, whatever it waits for. */
async function finish<T>(clock: ManualClock, promise: Promise<T>): Promise<T> {
  let over = false;
  const watched = promise.finally(() => {
    over = true;
  });
  watched.catch(() => {});
  await settle();
  for (let step = 0; step < 2_000 && !over; step++) await clock.advance(500);
  return watched;
}

/** The same, with the error as a value. */
function outcomeOf<T>(clock: ManualClock, promise: Promise<T>): Promise<unknown> {
  return finish(
    clock,
    promise.catch((error: unknown) => error),
  );
}

function providersOf(count: number, script: (index: number) => ScriptedProvider): Record<string, ScriptedProvider> {
  return Object.fromEntries(names(count).map((name, index) => [name, script(index)]));
}

const callsOf = (providers: Readonly<Record<string, ScriptedProvider>>) =>
  Object.values(providers).map(({ calls }) => calls.length);

describe('one endpoint only', () => {
  it('is called again after what may pass, three times at most, and otherwise once', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...failureKinds), strategy, seeds, async (kind, chosen, seed) => {
        const clock = createManualClock();
        const only = createScriptedProvider(clock, [failing(kind)]);
        const { router } = createChangeableRouter(clock, { only }, cheapestFirst('m/m', 'only'), {
          seed,
          strategy: chosen,
        });
        expect(await outcomeOf(clock, router.complete(hello, options()))).toBeInstanceOf(Error);
        expect(only.calls.length).toBeLessThanOrEqual(failurePolicy[kind].again ? 3 : 1);
        expect(only.calls.length).toBeGreaterThanOrEqual(1);
        expect(clock.pending()).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('serves again within a second of its first good answer, however often it had failed', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 2, max: 12 }), seeds, async (failures, seed) => {
        const clock = createManualClock();
        const scripts: Step[][] = [...Array.from({ length: failures }, () => [failing('server_failed')]), says('back')];
        const only = createScriptedProvider(clock, ...scripts);
        const { router } = createChangeableRouter(clock, { only }, cheapestFirst('m/m', 'only'), { seed });
        // Each request waits for the only endpoint's breaker for a second at most, and calls it three times at most.
        for (let request = 0; request <= failures; request++) await outcomeOf(clock, router.complete(hello, options()));
        expect(await outcomeOf(clock, router.complete(hello, options()))).toMatchObject({ content: 'back' });
      }),
    );
  });
});

describe('all free', () => {
  it('serves every request, by each strategy, and by all of them where they are drawn', async () => {
    await fc.assert(
      fc.asyncProperty(strategy, seeds, async (chosen, seed) => {
        const clock = createManualClock();
        const providers = providersOf(3, () => createScriptedProvider(clock, says('free')));
        const free = { pricing: { prompt: '0', completion: '0', request: '0', overrides: [] } };
        const endpoints = names(3).map((name) => anEndpoint('m/m', name, free));
        const { router } = createChangeableRouter(clock, providers, endpoints, { seed, strategy: chosen });
        for (let request = 0; request < 60; request++)
          expect(await router.complete(hello, options())).toMatchObject({ content: 'free', cost: '0' });
        if (chosen !== 'price') for (const calls of callsOf(providers)) expect(calls).toBeGreaterThan(0);
      }),
      { numRuns: 20 },
    );
  });
});

describe('price 0 next to a price', () => {
  it('is called most, and the one with a price serves when the free one fails', async () => {
    const clock = createManualClock();
    const free = createScriptedProvider(clock, ...Array.from({ length: 400 }, () => says('free')), [
      failing('unreachable'),
    ]);
    const paid = createScriptedProvider(clock, says('paid'));
    const endpoints = [
      anEndpoint('m/m', 'free', { pricing: { prompt: '0', completion: '0', request: '0', overrides: [] } }),
      anEndpoint('m/m', 'paid'),
    ];
    const { router } = createChangeableRouter(clock, { free, paid }, endpoints, { seed: 11 });
    for (let request = 0; request < 400; request++) await router.complete(hello, options());
    expect(free.calls.length).toBeGreaterThan(300);
    expect(paid.calls.length).toBeGreaterThan(0);
    for (let request = 0; request < 200; request++)
      expect(await finish(clock, router.complete(hello, options()))).toBeDefined();
  });
});

describe('a clock that jumps', () => {
  it('changes neither deadlines nor cooldowns nor the caller’s own time', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: -10 * dayMs, max: 10 * dayMs }), seeds, async (jumpMs, seed) => {
        const clock = createManualClock();
        const slow = createScriptedProvider(clock, ['hang']);
        const { router, attempts } = createChangeableRouter(clock, { slow }, cheapestFirst('m/m', 'slow'), { seed });
        const outcome = router.complete({ ...hello, timeoutMs: 5_000 }, options()).catch((error: unknown) => error);
        await clock.advance(2_000);
        clock.jump(jumpMs);
        await clock.advance(2_999);
        expect(slow.open.size).toBe(1);
        await clock.advance(1);
        expect(await outcome).toMatchObject({ name: 'TimedOut' });
        expect(attempts).toMatchObject([{ durationMs: 5_000 }]);
      }),
      { numRuns: 50 },
    );
  });
});

describe('a Retry-After', () => {
  it('in the past keeps nobody away for longer than a moment', async () => {
    const clock = createManualClock();
    const a = createScriptedProvider(clock, [failing('rate_limited', 0)], says('again'));
    const { router } = createChangeableRouter(clock, { a }, cheapestFirst('m/m', 'a'));
    expect(await finish(clock, router.complete(hello, options()))).toMatchObject({ content: 'again' });
  });

  it('of up to an hour is kept to: the endpoint is not called before, and is called after', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 2_000, max: hourMs }), seeds, async (retryAfterMs, seed) => {
        const clock = createManualClock();
        const a = createScriptedProvider(clock, [failing('rate_limited', retryAfterMs)], says('at last'));
        const { router } = createChangeableRouter(clock, { a }, cheapestFirst('m/m', 'a'), { seed });
        await outcomeOf(clock, router.complete(hello, options()));
        expect(a.calls).toHaveLength(1);
        const leftMs = retryAfterMs - clock.monotonic();
        // A request may wait for a second at its end.
        await clock.advance(leftMs - 1_001);
        expect(await outcomeOf(clock, router.complete(hello, options()))).toBeInstanceOf(NoEndpointAvailable);
        expect(a.calls).toHaveLength(1);
        // Up to a tenth is added, so that replicas do not return together.
        await clock.advance(1.1 * retryAfterMs - clock.monotonic());
        expect(await outcomeOf(clock, router.complete(hello, options()))).toMatchObject({ content: 'at last' });
      }),
      { numRuns: 50 },
    );
  });

  it('of days is tried again after an hour, since providers err too', async () => {
    const clock = createManualClock();
    const a = createScriptedProvider(clock, [failing('rate_limited', 3 * dayMs)], says('at last'));
    const { router } = createChangeableRouter(clock, { a }, cheapestFirst('m/m', 'a'));
    await outcomeOf(clock, router.complete(hello, options()));
    await clock.advance(hourMs - 2_000 - clock.monotonic());
    expect(await outcomeOf(clock, router.complete(hello, options()))).toBeInstanceOf(NoEndpointAvailable);
    await clock.advance(1.1 * hourMs - clock.monotonic());
    expect(await outcomeOf(clock, router.complete(hello, options()))).toMatchObject({ content: 'at last' });
  });

  it('that was not told is a short wait, after which the endpoint serves', async () => {
    const clock = createManualClock();
    const a = createScriptedProvider(clock, [failing('rate_limited')], says('again'));
    const { router } = createChangeableRouter(clock, { a }, cheapestFirst('m/m', 'a'));
    expect(await finish(clock, router.complete(hello, options()))).toMatchObject({ content: 'again' });
    expect(clock.monotonic()).toBeLessThanOrEqual(1_000);
  });
});

describe('0 samples', () => {
  it('keep no endpoint from serving its first request, whichever strategy or sort is asked for', async () => {
    const sorts = fc.constantFrom(undefined, 'price', 'latency', 'throughput');
    await fc.assert(
      fc.asyncProperty(strategy, sorts, seeds, fc.integer({ min: 1, max: 20 }), async (chosen, sort, seed, count) => {
        const clock = createManualClock();
        const providers = providersOf(count, () => createScriptedProvider(clock, says('first')));
        const endpoints = cheapestFirst('m/m', ...names(count));
        const { router } = createChangeableRouter(clock, providers, endpoints, { seed, strategy: chosen });
        const request = sort === undefined ? hello : ({ ...hello, provider: { sort } } as const);
        expect(await router.complete(request, options())).toMatchObject({ content: 'first', attempts: [{}] });
      }),
    );
  });
});

describe('all in half-open', () => {
  it('get two trial calls each at a time, end each request exactly once, and serve all again when these were answered', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 25 }),
        seeds,
        async (count, burst, seed) => {
          const clock = createManualClock();
          let most = 0;
          const providers = providersOf(count, () => createScriptedProvider(clock, [{ wait: 400 }, ...says('well')]));
          const endpoints = cheapestFirst('m/m', ...names(count));
          const { router, health } = createChangeableRouter(clock, providers, endpoints, { seed });
          for (const endpoint of endpoints)
            for (let time = 0; time < 2; time++) health.breaker(endpoint).began().failed();
          await clock.advance(12_000);

          const pending = Array.from({ length: burst }, () =>
            router.complete(hello, options()).catch((error: unknown) => error),
          );
          await settle();
          for (const { open } of Object.values(providers)) most = Math.max(most, open.size);
          expect(most).toBeLessThanOrEqual(2);
          const outcomes = await finish(clock, Promise.all(pending));
          expect(outcomes).toHaveLength(burst);
          for (const outcome of outcomes)
            if (outcome instanceof Error) expect(outcome).toBeInstanceOf(NoEndpointAvailable);
          expect(outcomes.filter((outcome) => !(outcome instanceof Error)).length).toBeGreaterThanOrEqual(
            Math.min(burst, 2 * count),
          );
          for (const endpoint of endpoints) {
            expect(health.read(endpoint).state).not.toBe('half_open');
            expect(health.statistics(endpoint).inFlight()).toBe(0);
          }
          expect(await outcomeOf(clock, router.complete(hello, options()))).toMatchObject({ content: 'well' });
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('an attempt order that is exhausted', () => {
  const passing = failureKinds.filter((kind) => failurePolicy[kind].nextEndpoint);

  it('ends the request in one error that tells each attempt, all at different endpoints, three at most', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 2, max: 6 }),
        fc.array(fc.constantFrom(...passing), { minLength: 6, maxLength: 6 }),
        strategy,
        seeds,
        async (count, kinds, chosen, seed) => {
          const clock = createManualClock();
          const providers = providersOf(count, (index) =>
            createScriptedProvider(clock, [failing(kinds[index] ?? 'server_failed')]),
          );
          const endpoints = cheapestFirst('m/m', ...names(count));
          const { router, attempts } = createChangeableRouter(clock, providers, endpoints, { seed, strategy: chosen });
          const error = await outcomeOf(clock, router.complete(hello, options()));

          expect(error).toBeInstanceOf(Error);
          const tried = attempts.map(({ endpoint }) => endpoint.id);
          expect(new Set(tried).size).toBe(tried.length);
          expect(tried).toHaveLength(Math.min(3, count));
          expect(callsOf(providers).reduce((sum, calls) => sum + calls, 0)).toBe(tried.length);
          expect(error).toMatchObject({ attempts: tried.map((id) => ({ endpoint: { id }, outcome: 'failed' })) });
        },
      ),
    );
  });

  it('ends a stream with one last event, and nothing before it but the first', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 5 }), seeds, async (count, seed) => {
        const clock = createManualClock();
        const providers = providersOf(count, () => createScriptedProvider(clock, [failing('truncated')]));
        const endpoints = cheapestFirst('m/m', ...names(count));
        const { router } = createChangeableRouter(clock, providers, endpoints, { seed });
        const events = await finish(clock, collect(router.stream(hello, options())));
        expect(events.map(({ type }) => type)).toEqual(['accepted', 'failed']);
        expect(events.at(-1)).toMatchObject({ error: expect.any(AllAttemptsFailed) });
      }),
    );
  });
});

describe('an abort between the commit and the first write', () => {
  /** Lets so many turns of the microtask queue pass. */
  const turns = async (count: number) => {
    for (let turn = 0; turn < count; turn++) await undefined;
  };

  it('closes the upstream, leaves no timer, tries nobody else and says nothing against the endpoint, at whichever turn it comes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(60), fc.boolean(), seeds, async (turn, byReturn, seed) => {
        const clock = createManualClock();
        const script: Step[] = [{ parts: [{ type: 'text', text: 'first' }] }, 'hang'];
        const providers = providersOf(2, () => createScriptedProvider(clock, script));
        const endpoints = cheapestFirst('m/m', ...names(2));
        const { router, health, attempts, bugs } = createChangeableRouter(clock, providers, endpoints, { seed });
        const controller = new AbortController();
        const stream = router.stream(hello, { generationId: 'gen-1', signal: controller.signal });
        await stream.next();
        const pending = stream.next();
        await turns(turn);
        if (byReturn) await stream.return?.();
        else controller.abort(new Error('gone'));
        await pending;
        expect(await stream.next()).toMatchObject({ done: true });
        await stream.return?.();
        await settle();

        expect(callsOf(providers).reduce((sum, calls) => sum + calls, 0)).toBeLessThanOrEqual(1);
        for (const { open } of Object.values(providers)) for (const signal of open) expect(signal.aborted).toBe(true);
        expect(clock.pending()).toBe(0);
        expect(bugs).toEqual([]);
        for (const { outcome } of attempts) expect(outcome).toBe('cancelled');
        for (const endpoint of endpoints) {
          expect(health.statistics(endpoint).inFlight()).toBe(0);
          expect(health.statistics(endpoint).recent(0)).toEqual({ calls: 0, failures: 0 });
          expect(health.breaker(endpoint).state()).toEqual({ name: 'closed', consecutiveFailures: 0 });
        }
      }),
      { numRuns: 200 },
    );
  });

  it('gives a trial call back, so that the next one may be made', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(60), async (turn) => {
        const clock = createManualClock();
        const a = createScriptedProvider(clock, ['hang']);
        const [endpoint] = cheapestFirst('m/m', 'a') as [Endpoint];
        const { router, health } = createChangeableRouter(clock, { a }, [endpoint]);
        for (let time = 0; time < 2; time++) health.breaker(endpoint).began().failed();
        await clock.advance(12_000);
        for (let request = 0; request < 3; request++) {
          const stream = router.stream(hello, options());
          await stream.next();
          const pending = stream.next();
          await turns(turn);
          await stream.return?.();
          await pending;
        }
        await settle();
        expect(health.breaker(endpoint).permits()).toBe(true);
        expect(a.open.size).toBe(0);
      }),
    );
  });
});

describe('an endpoint that is removed while a call of it is in flight', () => {
  it('ends the call as if it were still there, is called by nobody else, and leaves nothing behind', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(1_500), fc.boolean(), seeds, async (afterMs, breaks, seed) => {
        const clock = createManualClock();
        const ending: readonly Step[] = breaks ? [failing('truncated')] : says('!');
        const removed = createScriptedProvider(clock, [
          { wait: 500 },
          { parts: [{ type: 'text', text: 'old' }] },
          { wait: 500 },
          ...ending,
        ]);
        const kept = createScriptedProvider(clock, says('new'));
        const [first, second] = cheapestFirst('m/m', 'removed', 'kept') as [Endpoint, Endpoint];
        const { router, health, reload, bugs } = createChangeableRouter(clock, { removed, kept }, [first], { seed });
        const inFlight = collect(router.stream(hello, options()));
        await clock.advance(afterMs);
        reload([second]);
        health.forgive();
        expect(await finish(clock, router.complete(hello, options()))).toMatchObject({ content: 'new' });
        const events = await finish(clock, inFlight);
        expect(events.at(-1)).toMatchObject(
          breaks
            ? { type: 'failed', partial: { content: 'old' }, attempts: [{ endpoint: { id: first.id } }] }
            : { type: 'finished', completion: { content: 'old!', endpoint: { id: first.id } } },
        );
        expect(removed.calls).toHaveLength(1);
        expect(health.statistics(first).inFlight()).toBe(0);
        expect(bugs).toEqual([]);
      }),
    );
  });

  it('does not keep its request from the endpoints that it began with, where it fails', async () => {
    const clock = createManualClock();
    const removed = createScriptedProvider(clock, [{ wait: 500 }, failing('unreachable')]);
    const other = createScriptedProvider(clock, says('from the other'));
    const endpoints = cheapestFirst('m/m', 'removed', 'other');
    const { router, reload } = createChangeableRouter(clock, { removed, other }, endpoints, { strategy: 'price' });
    const pending = router.complete(hello, options());
    await clock.advance(100);
    reload(endpoints.slice(1));
    expect(await finish(clock, pending)).toMatchObject({ content: 'from the other', attempts: [{}, {}] });
  });
});

describe('an hour without requests', () => {
  it('leaves no endpoint shut out, however badly each had failed, and none with calls in flight', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 30 }),
        fc.constantFrom(...failureKinds),
        seeds,
        async (bad, kind, seed) => {
          const clock = createManualClock();
          const scripts: Step[][] = [...Array.from({ length: bad }, () => [failing(kind)]), says('well')];
          const providers = providersOf(2, () => createScriptedProvider(clock, ...scripts));
          const endpoints = cheapestFirst('m/m', ...names(2));
          const { router, health } = createChangeableRouter(clock, providers, endpoints, { seed });
          for (let request = 0; request < bad; request++) await outcomeOf(clock, router.complete(hello, options()));
          await clock.advance(hourMs);
          for (const endpoint of endpoints) {
            expect(health.breaker(endpoint).permits()).toBe(true);
            expect(health.coolingMs(endpoint)).toBe(0);
            expect(health.statistics(endpoint).failureShare(clock.monotonic())).toBeCloseTo(0.02, 6);
            expect(health.statistics(endpoint).inFlight()).toBe(0);
          }
        },
      ),
      { numRuns: 60 },
    );
  });
});
