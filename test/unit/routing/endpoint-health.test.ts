import { describe, expect, it } from 'vitest';
import type { Endpoint } from '../../../src/catalog.ts';
import { createEndpointHealth } from '../../../src/routing/endpoint-health.ts';
import { createManualClock } from '../../support/manual-clock.ts';
import { cheapestFirst } from '../../support/router-bench.ts';

function setUp() {
  const clock = createManualClock();
  const health = createEndpointHealth({
    clock,
    random: () => 0.5,
    configured: ({ provider }) => provider !== 'keyless',
  });
  const [a, b, keyless] = cheapestFirst('m/m', 'a', 'b', 'keyless') as [Endpoint, Endpoint, Endpoint];
  const trip = (endpoint: Endpoint) => {
    for (let time = 0; time < 2; time++) health.breaker(endpoint).began().failed();
  };
  return { clock, health, a, b, keyless, trip };
}

describe('the health of an endpoint', () => {
  it('follows its breaker', async () => {
    const { clock, health, a, trip } = setUp();
    expect(health.read(a)).toEqual({ endpoint: a, state: 'available' });
    trip(a);
    expect(health.read(a)).toEqual({ endpoint: a, state: 'open', coolingUntil: clock.now() + 10_000 });
    await clock.advance(10_000);
    const call = health.breaker(a).began();
    expect(health.read(a).state).toBe('half_open');
    call.answered();
    expect(health.read(a).state).toBe('available');
  });

  it('cools with its provider’s account, until a reload', () => {
    const { clock, health, a, b } = setUp();
    health.cool(a, 'provider', 60_000, 'rate_limited');
    expect(health.read({ ...a, id: 'm/other@a' })).toMatchObject({
      state: 'cooling',
      coolingUntil: clock.now() + 60_000,
    });
    expect(health.read(b).state).toBe('available');
    health.forgive();
    expect(health.read(a).state).toBe('available');
  });

  it('is not configured without credentials, whatever else holds', () => {
    const { health, keyless, trip } = setUp();
    trip(keyless);
    expect(health.read(keyless)).toEqual({ endpoint: keyless, state: 'not_configured' });
  });

  it('is open until a call is made, though it may be tried from a time on', async () => {
    const { clock, health, a, trip } = setUp();
    trip(a);
    await clock.advance(11_000);
    expect(health.read(a)).toEqual({ endpoint: a, state: 'open', coolingUntil: clock.now() });
    expect(health.breaker(a).permits()).toBe(true);
  });

  it('waits for the end of a cooling with one timer, however often it is asked to', async () => {
    const { clock, health, a } = setUp();
    for (let count = 0; count < 100; count++) health.cool(a, 'provider', 3_600_000 + count, 'rate_limited');
    health.cool(a, 'provider', 1_000, 'rate_limited');
    expect(clock.pending()).toBe(1);
    health.forgive();
    expect(clock.pending()).toBe(0);
    health.cool(a, 'provider', 1_000, 'rate_limited');
    await clock.advance(1_000);
    expect(health.read(a).state).toBe('available');
  });
});

describe('the changes of health', () => {
  it('tell of all whose cooling a reload ends, and of no other', async () => {
    const { health, a, b } = setUp();
    const other = { ...a, id: 'm/other@a' };
    for (const endpoint of [a, b, other]) health.statistics(endpoint);
    health.cool(a, 'provider', 60_000, 'rate_limited');
    const changes = health.changes();
    health.forgive();
    expect((await changes.next()).value).toEqual({ endpoint: a, state: 'available' });
    expect((await changes.next()).value).toEqual({ endpoint: other, state: 'available' });
    const next = changes.next();
    await changes.return?.();
    expect(await next).toMatchObject({ done: true });
  });

  it('tell a slow reader each endpoint’s newest state once', async () => {
    const { health, a, b, trip } = setUp();
    const changes = health.changes();
    trip(a);
    trip(b);
    health.breaker(a).began().succeeded();
    expect((await changes.next()).value).toMatchObject({ endpoint: { id: a.id }, state: 'available' });
    expect((await changes.next()).value).toMatchObject({ endpoint: { id: b.id }, state: 'open' });
    await changes.return?.();
  });

  it('tell when a cooling begins and when it has ended', async () => {
    const { clock, health, a } = setUp();
    const changes = health.changes();
    health.cool(a, 'endpoint', 5_000, 'rate_limited');
    expect((await changes.next()).value).toMatchObject({ state: 'cooling' });
    const next = changes.next();
    await clock.advance(5_001);
    expect((await next).value).toMatchObject({ state: 'available' });
    await changes.return?.();
  });

  it('end at once for a reader that leaves while it waits', async () => {
    const { health } = setUp();
    const changes = health.changes();
    const pending = changes.next();
    await changes.return?.();
    expect(await pending).toEqual({ done: true, value: undefined });
  });
});
