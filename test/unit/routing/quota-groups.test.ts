import { describe, expect, it } from 'vitest';
import type { Endpoint } from '../../../src/catalog.ts';
import { ProviderError } from '../../../src/errors.ts';
import type { Provider, ProviderCall } from '../../../src/providers/provider.ts';
import { createEndpointHealth } from '../../../src/routing/endpoint-health.ts';
import { createManualClock } from '../../support/manual-clock.ts';
import { anEndpoint, createRouterBench, hello } from '../../support/router-bench.ts';
import { createScriptedProvider, says } from '../../support/scripted-provider.ts';

const large = anEndpoint('m/large', 'a', { quotaGroup: 'shared' });
const small = anEndpoint('m/small', 'a', { quotaGroup: 'shared' });
const apart = anEndpoint('m/apart', 'a');
const elsewhere = anEndpoint('m/elsewhere', 'b', { quotaGroup: 'shared' });
const all = [large, small, apart, elsewhere];
const options = () => ({ generationId: 'gen-1', signal: new AbortController().signal });

function setUp(random = () => 0.5) {
  const clock = createManualClock();
  return { clock, health: createEndpointHealth({ clock, random, configured: () => true }) };
}

describe('a quota group', () => {
  it('cools together, with nobody else, and is never let off early', async () => {
    const { clock, health } = setUp();
    const cooling = () => all.filter((endpoint) => health.coolingMs(endpoint) > 0).map(({ model }) => model);
    health.cool(large, 'quota_group', 10_000, 'rate_limited');
    health.cool(small, 'quota_group', 1_000, 'rate_limited');
    await clock.advance(9_999);
    expect(cooling()).toEqual(['m/large', 'm/small']);
    await clock.advance(1);
    expect(cooling()).toEqual([]);
  });

  it('shares what is in flight and the cap that is learnt', () => {
    const { health } = setUp();
    for (let call = 0; call < 10; call++) health.statistics(call % 2 === 0 ? large : small).began();
    health.statistics(small).limited(health.now());
    const seen = (endpoint: Endpoint) => {
      const statistics = health.statistics(endpoint);
      return [statistics.inFlight(), statistics.trafficCap(health.now())];
    };
    expect(seen(large)).toEqual([10, 8.5]);
    expect(seen(small)).toEqual([10, 8.5]);
    expect(seen(apart)).toEqual([0, Number.POSITIVE_INFINITY]);
    expect(seen(elsewhere)).toEqual([0, Number.POSITIVE_INFINITY]);
  });

  it('tells readers of the health of all its endpoints', async () => {
    const { health } = setUp();
    for (const endpoint of all) health.statistics(endpoint);
    const changes = health.changes();
    health.cool(large, 'quota_group', 1_000, 'rate_limited');
    const told = [await changes.next(), await changes.next()].map(({ value }) => [value?.endpoint.model, value?.state]);
    expect(told).toEqual([
      ['m/large', 'cooling'],
      ['m/small', 'cooling'],
    ]);
    await changes.return?.();
  });

  it('begins anew where a reload puts an endpoint into another', () => {
    const { health } = setUp();
    health.statistics(large).began();
    expect(health.statistics({ ...large, quotaGroup: 'other' }).inFlight()).toBe(0);
    expect(health.statistics(small).inFlight()).toBe(1);
  });

  it('gets no request after a 429 before the provider’s time has come, and then does', async () => {
    const clock = createManualClock();
    const refusal = new ProviderError('rate_limited', 'slow down', { retryAfterMs: 5_000 });
    const a = createScriptedProvider(clock, [{ fail: refusal }], says('at last'));
    const { router } = createRouterBench(clock, { a }, [large, small]);
    await expect(ended(clock, router.complete({ ...hello, model: 'm/large' }, options()))).rejects.toThrow('slow down');
    // At chance 0.5 a twentieth is added to what was asked for.
    while (clock.monotonic() < 5_250 - 1_100) {
      const tooSoon = router.complete({ ...hello, model: 'm/small' }, options());
      await expect(ended(clock, tooSoon)).rejects.toThrow('a rate limit is used up');
      expect(a.calls).toHaveLength(1);
      await clock.advance(50);
    }
    await clock.advance(5_249 - clock.monotonic());
    const inTime = router.complete({ ...hello, model: 'm/small' }, options());
    expect(a.calls).toHaveLength(1);
    await clock.advance(1);
    await expect(inTime).resolves.toMatchObject({ content: 'at last' });
  });

  it('is left alone when a good answer says that its limit is used up', async () => {
    const clock = createManualClock();
    const inner = createScriptedProvider(clock, says('fine'));
    const a: Provider = {
      ...inner,
      complete(call: ProviderCall, signal) {
        call.onQuotaUsedUp?.(2_000);
        return inner.complete(call, signal);
      },
    };
    const { router, health } = createRouterBench(clock, { a }, [large, small, apart]);
    await expect(router.complete({ ...hello, model: 'm/large' }, options())).resolves.toMatchObject({
      content: 'fine',
    });
    expect([large, small, apart].map((endpoint) => health.coolingMs(endpoint))).toEqual([2_100, 2_100, 0]);
    expect(health.coolingFor(small)).toBe('rate_limited');
    await clock.advance(2_100);
    expect(health.coolingMs(small)).toBe(0);
  });
});

/** Lets a request end in virtual time. */
async function ended<T>(clock: ReturnType<typeof createManualClock>, promise: Promise<T>): Promise<T> {
  let over = false;
  const watched = promise.finally(() => {
    over = true;
  });
  watched.catch(() => {});
  for (let step = 0; step < 100 && !over; step++) await clock.advance(10);
  return watched;
}
