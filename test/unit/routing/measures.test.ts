import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createCallCounter } from '../../../src/routing/call-counter.ts';
import { createEndpointStatistics } from '../../../src/routing/endpoint-statistics.ts';
import { createMovingAverage } from '../../../src/routing/moving-average.ts';
import { createRetryBudget } from '../../../src/routing/retry-budget.ts';
import { createTrafficCap } from '../../../src/routing/traffic-cap.ts';

describe('a moving average', () => {
  it('is the first sample, then moves a tenth of the way', () => {
    const average = createMovingAverage();
    expect(average.value()).toBeUndefined();
    average.add(100);
    average.add(200);
    expect(average.value()).toBe(110);
  });
});

describe('a call counter', () => {
  const tenFailures = (atMs: number) => {
    const counter = createCallCounter(30_000);
    for (let call = 0; call < 10; call++) counter.add(true, atMs);
    return counter;
  };

  it('forgets two thirds in its time constant, and nearly all in an hour', () => {
    const { counts } = tenFailures(0);
    expect(counts(30_000).calls).toBeCloseTo(10 / Math.E);
    expect(counts(30_000).failures).toBeCloseTo(10 / Math.E);
    expect(counts(3_600_000).calls).toBeLessThan(1e-12);
  });

  it('counts successes as calls alone', () => {
    const counter = tenFailures(0);
    counter.add(false, 30_000);
    expect(counter.counts(30_000).calls).toBeCloseTo(1 + 10 / Math.E);
    expect(counter.counts(30_000).failures).toBeCloseTo(10 / Math.E);
  });

  it('neither grows nor breaks when the time given goes back', () => {
    const counter = tenFailures(100_000);
    expect(counter.counts(50_000)).toEqual({ calls: 10, failures: 10 });
    counter.add(false, 50_000);
    expect(counter.counts(100_000)).toEqual({ calls: 11, failures: 10 });
  });
});

describe('the learnt traffic cap', () => {
  it('is infinite until a limit, then less than what was in flight, and never below four', () => {
    const cap = createTrafficCap();
    expect(cap.limit(0)).toBe(Number.POSITIVE_INFINITY);
    cap.limited(100, 0);
    expect(cap.limit(0)).toBe(85);
    for (let second = 1; second < 100; second++) cap.limited(0, second * 1_000);
    expect(cap.limit(99_000)).toBe(4);
  });

  it('takes a burst of 429s as one piece of news', () => {
    const cap = createTrafficCap();
    for (let time = 0; time < 50; time++) cap.limited(100, time);
    expect(cap.limit(50)).toBe(85);
  });

  it('grows only while it is used, and is forgotten a minute after the last limit', () => {
    const cap = createTrafficCap();
    cap.limited(100, 0);
    cap.succeeded(10, 1);
    expect(cap.limit(1)).toBe(85);
    cap.succeeded(80, 2);
    expect(cap.limit(2)).toBeGreaterThan(85);
    expect(cap.limit(59_999)).toBeLessThan(100);
    expect(cap.limit(60_000)).toBe(Number.POSITIVE_INFINITY);
  });
});

describe('a retry budget', () => {
  const options = { perRequest: 0.2, perSecond: 1, most: 100 };

  it('is full at first, then grants what was earned', () => {
    const budget = createRetryBudget(options);
    for (let time = 0; time < 100; time++) expect(budget.withdraw(0)).toBe(true);
    expect(budget.withdraw(0)).toBe(false);
    for (let time = 0; time < 5; time++) budget.deposit(0);
    expect(budget.withdraw(0)).toBe(true);
    expect(budget.withdraw(0)).toBe(false);
    expect(budget.withdraw(1_000)).toBe(true);
  });

  it('never grants more than it was given, whatever the clock does', () => {
    const step = fc.record({ request: fc.boolean(), at: fc.integer({ min: 0, max: 20_000 }) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 500 }), (steps) => {
        const budget = createRetryBudget(options);
        let granted = 0;
        let requests = 0;
        let travelled = 0;
        let last = steps[0]?.at ?? 0;
        for (const { request, at } of steps) {
          travelled += Math.max(0, at - last);
          last = at;
          if (request) {
            budget.deposit(at);
            requests += 1;
          } else if (budget.withdraw(at)) granted += 1;
        }
        expect(granted).toBeLessThanOrEqual(100 + 0.2 * requests + travelled / 1000 + 1e-6);
      }),
    );
  });
});

describe('the statistics of an endpoint', () => {
  it('keep first contents by the size of the prompt, and fall back on another size', () => {
    const statistics = createEndpointStatistics();
    expect(statistics.firstContentMs(10)).toBeUndefined();
    statistics.firstContent({ promptTokens: 50_000, firstContentMs: 4_000 });
    expect(statistics.firstContentMs(10)).toBe(4_000);
    statistics.firstContent({ promptTokens: 10, firstContentMs: 200 });
    expect(statistics.firstContentMs(2_000)).toBe(200);
    expect(statistics.firstContentMs(20_000)).toBe(4_000);
  });

  it('know the 95th percentile of the last 64 once there are 20', () => {
    const statistics = createEndpointStatistics();
    for (let sample = 1; sample <= 19; sample++) statistics.firstContent({ promptTokens: 1, firstContentMs: sample });
    expect(statistics.firstContentP95Ms()).toBeUndefined();
    for (let sample = 20; sample <= 164; sample++) statistics.firstContent({ promptTokens: 1, firstContentMs: sample });
    expect(statistics.firstContentP95Ms()).toBe(161);
  });

  it('begin with two failures in a hundred, follow what happens, and forget it', () => {
    const statistics = createEndpointStatistics();
    expect(statistics.failureShare(0)).toBeCloseTo(0.02);
    for (let time = 0; time < 10; time++) statistics.failed(0);
    expect(statistics.failureShare(0)).toBeCloseTo(10.2 / 20);
    expect(statistics.failureShare(3_600_000)).toBeCloseTo(0.02);
  });

  it('take the speed of writing from answers that are long enough', () => {
    const statistics = createEndpointStatistics();
    const answer = { promptTokens: 100, cachedTokens: 50, writingMs: 1_000 };
    statistics.succeeded({ ...answer, completionTokens: 19 }, 0);
    expect(statistics.throughput()).toBeUndefined();
    statistics.succeeded({ ...answer, completionTokens: 80 }, 0);
    expect(statistics.throughput()).toBe(80);
    expect(statistics.cachedShare()).toBe(0.5);
  });
});
