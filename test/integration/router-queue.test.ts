import { describe, expect, it } from 'vitest';
import type { Endpoint } from '../../src/catalog.ts';
import type { ChatRequest } from '../../src/chat.ts';
import { NoEndpointAvailable, Overloaded } from '../../src/errors.ts';
import { createManualClock, settle } from '../support/manual-clock.ts';
import { cheapestFirst, createRouterBench, hello, type RouterBench } from '../support/router-bench.ts';
import { createScriptedProvider, says } from '../support/scripted-provider.ts';

const [only] = cheapestFirst('m/m', 'a') as [Endpoint];

/** An endpoint that takes four calls at a time, as has been learnt, and answers each after so long. */
function fullBench(answerMs: number) {
  const clock = createManualClock();
  const a = createScriptedProvider(clock, [{ wait: answerMs }, ...says('hi')]);
  const bench = createRouterBench(clock, { a }, [only]);
  bench.health.statistics(only).limited(clock.monotonic());
  const served: string[] = [];
  const ask = (
    name: string,
    { router }: RouterBench = bench,
    more: Partial<ChatRequest> = {},
    signal?: AbortSignal,
  ) => {
    const options = { generationId: name, signal: signal ?? new AbortController().signal };
    const outcome = router.complete({ ...hello, ...more }, options).catch((error: unknown) => error);
    void outcome.then((result) => served.push(result instanceof Error ? `${name}: ${result.name}` : name));
    return outcome;
  };
  const fill = async () => {
    for (const name of ['one', 'two', 'three', 'four']) void ask(name);
    await settle();
  };
  return { clock, a, served, ask, fill, ...bench };
}

describe('requests that find every endpoint full', () => {
  it('wait in line, and are served in their order as soon as there is room', async () => {
    const { clock, a, served, ask, fill } = fullBench(600);
    await fill();
    for (const name of ['five', 'six', 'seven']) void ask(name);
    await clock.advance(599);
    expect(a.calls).toHaveLength(4);
    await clock.advance(1);
    expect(served).toEqual(['one', 'two', 'three', 'four']);
    expect(a.calls).toHaveLength(7);
    await clock.advance(600);
    expect(served.slice(4)).toEqual(['five', 'six', 'seven']);
    expect(clock.pending()).toBe(0);
  });

  it('are not overtaken by one that comes when a place is freed', async () => {
    const { clock, a, served, ask, fill, health } = fullBench(600);
    await fill();
    void ask('waits');
    await settle();
    // The place is free before the line has heard of it.
    health.statistics(only).ended();
    void ask('comes late');
    await settle();
    expect(a.calls).toHaveLength(4);
    health.statistics(only).began();
    await clock.advance(600);
    await clock.advance(600);
    expect(served.slice(4)).toEqual(['waits', 'comes late']);
  });

  it('are served when a call of another model ends that shares their limit', async () => {
    const clock = createManualClock();
    const a = createScriptedProvider(clock, [{ wait: 300 }, ...says('hi')]);
    const [other] = cheapestFirst('m/n', 'a') as [Endpoint];
    const shared = [only, other].map((endpoint) => ({ ...endpoint, quotaGroup: 'gpu-1' })) as [Endpoint, Endpoint];
    const { router, health } = createRouterBench(clock, { a }, shared);
    health.statistics(shared[0]).limited(clock.monotonic());
    const ask = (model: string) =>
      router.complete({ ...hello, model }, { generationId: model, signal: new AbortController().signal });
    const first = ['m/m', 'm/m', 'm/m', 'm/m'].map(ask);
    await settle();
    const waits = ask('m/n');
    await clock.advance(300);
    expect(a.calls).toHaveLength(5);
    await clock.advance(300);
    expect(await waits).toMatchObject({ content: 'hi', endpoint: { model: 'm/n' } });
    await Promise.all(first);
  });

  it('wait a second at most', async () => {
    const { clock, a, ask, fill } = fullBench(5_000);
    await fill();
    const outcome = ask('in vain');
    await clock.advance(999);
    expect(a.calls).toHaveLength(4);
    await clock.advance(1);
    expect(await outcome).toBeInstanceOf(Overloaded);
    expect(await outcome).toMatchObject({ retryable: true, retryAfterMs: 100, exclusions: [{ filter: 'in_flight' }] });
  });

  it('are told so also where others can never serve them, and are told of those that are away', async () => {
    const clock = createManualClock();
    const [a, b] = cheapestFirst('m/m', 'a', 'b') as [Endpoint, Endpoint];
    const { router, health } = createRouterBench(clock, {}, [a, { ...b, contextLength: 1 }]);
    for (let count = 0; count < 4; count++) health.statistics(a).began();
    health.statistics(a).limited(clock.monotonic());
    const plan =
      (endpoint: RouterBench['router'] = router) =>
      () =>
        endpoint.plan(hello, {});
    expect(plan()).toThrow(Overloaded);
    expect(plan()).toThrow(/b \(Its context holds 1 tokens.*; a \(It takes 4 requests at a time/);
    const pair = createRouterBench(clock, {}, [a, b]);
    for (let count = 0; count < 4; count++) pair.health.statistics(a).began();
    pair.health.statistics(a).limited(clock.monotonic());
    pair.health.cool(b, 'endpoint', 9_000, 'rate_limited');
    expect(plan(pair.router)).toThrow(NoEndpointAvailable);
  });

  it('wait no longer than the caller has time', async () => {
    const { clock, ask, fill } = fullBench(5_000);
    await fill();
    const outcome = ask('hurried', undefined, { timeoutMs: 400 });
    await clock.advance(400);
    expect(await outcome).toMatchObject({ name: 'TimedOut', attempts: [] });
  });

  it('leave the line at once when they are hung up on', async () => {
    const { clock, a, served, ask, fill } = fullBench(600);
    await fill();
    const controller = new AbortController();
    const gone = ask('gone', undefined, {}, controller.signal);
    void ask('stays');
    await settle();
    controller.abort(new Error('hung up'));
    await settle();
    expect(await gone).toMatchObject({ message: 'hung up' });
    await clock.advance(1_200);
    expect(served.at(-1)).toBe('stays');
    expect(a.calls).toHaveLength(5);
    expect(clock.pending()).toBe(0);
  });

  it('are refused at once, and told when to come back, where too many wait already', async () => {
    const { clock, a, served, ask, fill } = fullBench(5_000);
    await fill();
    // Two for each of the four calls that it takes at a time.
    for (let count = 0; count < 8; count++) void ask(`waits ${count}`);
    const refused = ask('one too many');
    await settle();
    expect(served).toEqual(['one too many: Overloaded']);
    expect(await refused).toBeInstanceOf(Overloaded);
    expect(await refused).toMatchObject({ retryable: true, retryAfterMs: 100 });
    expect(a.calls).toHaveLength(4);
    await clock.advance(1_000);
    expect(served).toHaveLength(9);
  });
});

describe('requests that find every endpoint cooling', () => {
  it('are served one after the other when the time is over', async () => {
    const { clock, a, served, ask, health } = fullBench(0);
    health.cool(only, 'endpoint', 700, 'rate_limited');
    void ask('first');
    await clock.advance(100);
    void ask('second');
    await clock.advance(599);
    expect(a.calls).toHaveLength(0);
    await clock.advance(1);
    expect(served).toEqual(['first', 'second']);
  });

  it('wait in a line of 256 where it is not known how many calls the endpoints take at a time', async () => {
    const clock = createManualClock();
    const a = createScriptedProvider(clock, says('hi'));
    const { router, health } = createRouterBench(clock, { a }, [only]);
    health.cool(only, 'endpoint', 700, 'rate_limited');
    const ask = () => router.complete(hello, { generationId: 'gen-1', signal: new AbortController().signal });
    const waiting = Array.from({ length: 256 }, ask);
    await settle();
    await expect(ask()).rejects.toBeInstanceOf(Overloaded);
    await clock.advance(700);
    await expect(Promise.all(waiting)).resolves.toHaveLength(256);
  });

  it('do not wait for what comes back too late', async () => {
    const { served, ask, health } = fullBench(0);
    health.cool(only, 'endpoint', 1_500, 'rate_limited');
    expect(await ask('refused')).toMatchObject({ name: 'NoEndpointAvailable', retryAfterMs: 1_500 });
    expect(served).toHaveLength(1);
  });

  it('wait for an earlier model where nothing of the last one comes back', async () => {
    const clock = createManualClock();
    const a = createScriptedProvider(clock, says('from a'));
    const [other] = cheapestFirst('m/n', 'b') as [Endpoint];
    const { router, health } = createRouterBench(clock, { a }, [only, { ...other, contextLength: 1 }]);
    health.cool(only, 'endpoint', 200, 'rate_limited');
    const request = { ...hello, models: ['m/m', 'm/n'] };
    const ask = () => router.complete(request, { generationId: 'gen-1', signal: new AbortController().signal });
    const served = ask();
    await clock.advance(199);
    expect(a.calls).toHaveLength(0);
    await clock.advance(1);
    expect(await served).toMatchObject({ content: 'from a', model: { slug: 'm/m' } });
    health.cool(only, 'endpoint', 5_000, 'rate_limited');
    await expect(ask()).rejects.toMatchObject({
      name: 'NoEndpointAvailable',
      exclusions: [{ filter: 'cooling' }, { filter: 'context_length' }],
    });
    expect(clock.pending()).toBe(1);
  });

  it('are told of by the plan of another, which would wait behind them', async () => {
    const { clock, ask, health, router } = fullBench(0);
    health.cool(only, 'endpoint', 700, 'rate_limited');
    void ask('first');
    await settle();
    health.forgive();
    expect(() => router.plan(hello, {})).toThrow(Overloaded);
    expect(() => router.plan(hello, {})).toThrow('Other requests wait for it already');
    await clock.advance(700);
    expect(router.plan(hello, {}).candidates).toHaveLength(1);
  });

  it('go on to the next model rather than wait', async () => {
    const clock = createManualClock();
    const a = createScriptedProvider(clock, says('from a'));
    const b = createScriptedProvider(clock, says('from b'));
    const endpoints = [only, ...cheapestFirst('m/n', 'b')];
    const { router, health } = createRouterBench(clock, { a, b }, endpoints);
    health.cool(only, 'endpoint', 300, 'rate_limited');
    const options = { generationId: 'gen-1', signal: new AbortController().signal };
    expect(await router.complete({ ...hello, models: ['m/m', 'm/n'] }, options)).toMatchObject({ content: 'from b' });
  });
});
