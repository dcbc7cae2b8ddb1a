import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Endpoint } from '../../../src/catalog.ts';
import { retryAfterMs } from '../../../src/providers/retry-after.ts';
import { createCallCounter } from '../../../src/routing/call-counter.ts';
import { createCircuitBreaker } from '../../../src/routing/circuit-breaker.ts';
import { createEndpointHealth } from '../../../src/routing/endpoint-health.ts';
import { createEndpointStatistics } from '../../../src/routing/endpoint-statistics.ts';
import { createMovingAverage } from '../../../src/routing/moving-average.ts';
import { createRetryBudget } from '../../../src/routing/retry-budget.ts';
import { createTrafficCap } from '../../../src/routing/traffic-cap.ts';
import { createManualClock } from '../../support/manual-clock.ts';
import { anEndpoint } from '../../support/router-bench.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const now = Date.UTC(2026, 10, 22, 12);

function setUpBreaker() {
  const clock = createManualClock();
  const counts = { calls: 10, failures: 0 };
  const breaker = createCircuitBreaker({
    clock,
    random: () => 0.5,
    recent: () => counts,
    justNow: () => counts,
    onChange: () => {},
  });
  const trip = () => {
    for (let time = 0; time < 3; time++) breaker.began().failed();
  };
  return { clock, breaker, trip };
}

describe('a clock that jumps back', () => {
  const jumps = fc.array(
    fc.record({ jumpMs: fc.integer({ min: -10 * dayMs, max: 10 * dayMs }), thenMs: fc.nat(3_000) }),
    { minLength: 1, maxLength: 10 },
  );

  it('neither opens, closes, lengthens nor shortens a breaker', async () => {
    await fc.assert(
      fc.asyncProperty(jumps, async (steps) => {
        const { clock, breaker, trip } = setUpBreaker();
        trip();
        let passedMs = 0;
        for (const { jumpMs, thenMs } of steps) {
          clock.jump(jumpMs);
          await clock.advance(thenMs);
          passedMs += thenMs;
          expect(breaker.permits()).toBe(passedMs >= 10_000);
        }
      }),
      { numRuns: 50 },
    );
  });

  it('leaves a cooling as long as it was', async () => {
    await fc.assert(
      fc.asyncProperty(jumps, async (steps) => {
        const clock = createManualClock();
        const health = createEndpointHealth({ clock, random: () => 0.5, configured: () => true });
        const endpoint: Endpoint = anEndpoint('m/m', 'a');
        health.cool(endpoint, 'endpoint', 10_000, 'rate_limited');
        let passedMs = 0;
        for (const { jumpMs, thenMs } of steps) {
          clock.jump(jumpMs);
          await clock.advance(thenMs);
          passedMs += thenMs;
          expect(health.coolingMs(endpoint)).toBe(Math.max(0, 10_000 - passedMs));
        }
      }),
      { numRuns: 50 },
    );
  });

  it('never makes more of a count, a budget or a cap, nor a number that is none, even where the time given goes back', () => {
    const steps = fc.array(
      fc.record({ atMs: fc.integer({ min: -hourMs, max: hourMs }), what: fc.constantFrom('add', 'limit', 'succeed') }),
      { maxLength: 200 },
    );
    fc.assert(
      fc.property(steps, (all) => {
        const counter = createCallCounter(30_000);
        const cap = createTrafficCap();
        const budget = createRetryBudget({ perRequest: 0, perSecond: 0, most: 5 });
        let added = 0;
        let granted = 0;
        for (const { atMs, what } of all) {
          if (what === 'add') {
            counter.add(true, atMs);
            added += 1;
          } else if (what === 'limit') cap.limited(50, atMs);
          else cap.succeeded(50, atMs);
          budget.deposit(atMs);
          if (budget.withdraw(atMs)) granted += 1;
          expect(counter.counts(atMs).calls).toBeLessThanOrEqual(added + 1e-9);
          expect(counter.counts(atMs).failures).toBeGreaterThanOrEqual(0);
          expect(cap.limit(atMs)).toBeGreaterThanOrEqual(4);
        }
        expect(granted).toBeLessThanOrEqual(5);
      }),
    );
  });

  it('turns a Retry-After date into whole milliseconds from nothing to a day, wherever the clock stands', () => {
    fc.assert(
      fc.property(fc.integer({ min: -400 * dayMs, max: 400 * dayMs }), (offsetMs) => {
        const date = new Date(now).toUTCString();
        const waitMs = retryAfterMs({ 'retry-after': date }, now + offsetMs);
        expect(waitMs).toBe(Math.min(dayMs, Math.max(0, -offsetMs)));
      }),
    );
  });
});

describe('a Retry-After', () => {
  it('in the past is no wait at all', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1_000, max: 400 * dayMs }), (agoMs) => {
        expect(retryAfterMs({ 'retry-after': new Date(now - agoMs).toUTCString() }, now)).toBe(0);
        expect(retryAfterMs({ 'x-ratelimit-reset': String(now - agoMs) }, now)).toBe(0);
      }),
    );
  });

  it('of days is a day', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 20 }), (days) => {
        expect(retryAfterMs({ 'retry-after': String(days * 86_400) }, now)).toBe(dayMs);
        expect(retryAfterMs({ 'retry-after': new Date(now + days * dayMs).toUTCString() }, now)).toBe(dayMs);
        expect(retryAfterMs({}, now, { error: { details: [{ retryDelay: `${days}d` }] } })).toBe(dayMs);
      }),
    );
  });

  it('that is NaN, below zero, without an end or no number is as if it had not been said', () => {
    for (const value of ['NaN', '-1', 'Infinity', '-Infinity', '1e999', '0x10', '--5', '', ' ', '∞', 'null']) {
      expect(retryAfterMs({ 'retry-after': value }, now), value).toBeUndefined();
      const told = retryAfterMs({ 'retry-after-ms': value }, now);
      expect(told === undefined || Number.isInteger(told), value).toBe(true);
    }
    for (const value of [Number.NaN, -1, Number.POSITIVE_INFINITY, null, {}, [], true]) {
      expect(retryAfterMs({}, now, { error: { retry_after: value } }), String(value)).toBeUndefined();
    }
  });

  it('is nothing or a whole number of milliseconds from 0 to a day, whatever was sent', () => {
    const names = fc.constantFrom(
      'retry-after',
      'retry-after-ms',
      'x-ratelimit-reset',
      'x-ratelimit-reset-tokens',
      'x-ratelimit-remaining',
      'anthropic-ratelimit-requests-reset',
    );
    const values = fc.oneof(
      fc.string(),
      fc.double().map(String),
      fc.integer().map(String),
      fc.date({ noInvalidDate: true }).map((date) => date.toUTCString()),
      fc.tuple(fc.nat(), fc.constantFrom('ms', 's', 'm', 'h', 'd', ' seconds')).map((parts) => parts.join('')),
    );
    const bodies = fc.oneof(
      fc.jsonValue(),
      values.map((value) => ({ error: { message: `Please try again in ${value}.`, retry_after: value } })),
      values.map((value) => ({ error: { details: [{ retryDelay: value }], metadata: { headers: { a: value } } } })),
    );
    fc.assert(
      fc.property(fc.dictionary(names, values), bodies, fc.integer({ min: 0, max: 2 * now }), (headers, body, at) => {
        const waitMs = retryAfterMs(headers, at, body);
        if (waitMs === undefined) return;
        expect(Number.isInteger(waitMs)).toBe(true);
        expect(waitMs).toBeGreaterThanOrEqual(0);
        expect(waitMs).toBeLessThanOrEqual(dayMs);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('what was measured, after an hour without calls', () => {
  it('is no failure any more: shares fall back to what is taken for granted', () => {
    fc.assert(
      fc.property(fc.nat(1_000), fc.nat(1_000), (failures, successes) => {
        const statistics = createEndpointStatistics();
        const sample = { promptTokens: 10, cachedTokens: 0, completionTokens: 5, writingMs: 10 };
        for (let time = 0; time < failures; time++) statistics.failed(time);
        for (let time = 0; time < successes; time++) statistics.succeeded(sample, time);
        expect(statistics.failureShare(hourMs)).toBeCloseTo(0.02, 9);
        expect(statistics.recent(hourMs).calls).toBeLessThan(1e-9);
      }),
      { numRuns: 30 },
    );
  });

  it('is still what the moving averages say, and the next sample moves them a tenth of the way', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 1, max: 1e5, noNaN: true }),
        fc.double({ min: 1, max: 1e5, noNaN: true }),
        (a, b) => {
          const average = createMovingAverage();
          average.add(a);
          average.add(b);
          expect(average.value()).toBeCloseTo(a + (b - a) / 10, 6);
        },
      ),
    );
  });

  it('is no traffic cap: the first 429 after it is judged by what is in flight then, not by the old cap', () => {
    const cap = createTrafficCap();
    cap.limited(6, 0);
    expect(cap.limit(1)).toBeCloseTo(5.1);
    cap.limited(100, hourMs);
    expect(cap.limit(hourMs)).toBe(85);
  });

  it('is a whole retry budget', () => {
    const budget = createRetryBudget({ perRequest: 0.2, perSecond: 1, most: 100 });
    for (let time = 0; time < 100; time++) budget.withdraw(0);
    expect(budget.withdraw(0)).toBe(false);
    let granted = 0;
    while (budget.withdraw(hourMs)) granted += 1;
    expect(granted).toBe(100);
  });

  it('is a breaker that lets a trial call through, and opens for the shortest time once it has been healthy so long', async () => {
    const { clock, breaker, trip } = setUpBreaker();
    trip();
    await clock.advance(hourMs);
    breaker.began().failed();
    await clock.advance(19_999);
    expect(breaker.permits()).toBe(false);
    await clock.advance(1);
    breaker.began().answered();
    await clock.advance(hourMs);
    expect(breaker.recovery()).toBe(1);
    trip();
    await clock.advance(10_000);
    expect(breaker.permits()).toBe(true);
  });
});

describe('all in half-open', () => {
  it('counts no time for healthy in which a breaker was open: each failed trial call doubles the cooldown', async () => {
    const { clock, breaker, trip } = setUpBreaker();
    trip();
    await clock.advance(10_000);
    breaker.began().answered();
    trip();
    // It had been healthy for no time when it opened again.
    await clock.advance(20_000);
    expect(breaker.permits()).toBe(true);
    for (const cooldownMs of [40_000, 80_000, 160_000, 160_000]) {
      breaker.began().failed();
      await clock.advance(cooldownMs - 1);
      expect(breaker.permits()).toBe(false);
      await clock.advance(1);
      expect(breaker.permits()).toBe(true);
    }
  });

  it('keeps at two trial calls at a time, whatever becomes of them', async () => {
    const outcomes = fc.array(fc.constantFrom('answered', 'succeeded', 'failed', 'abandoned', 'begin'), {
      maxLength: 60,
    });
    await fc.assert(
      fc.asyncProperty(outcomes, async (all) => {
        const { clock, breaker, trip } = setUpBreaker();
        trip();
        await clock.advance(10_000);
        const running: ReturnType<typeof breaker.began>[] = [];
        for (const what of all) {
          if (what === 'begin') {
            if (breaker.permits()) running.push(breaker.began());
            else if (breaker.state().name === 'open') await clock.advance(200_000);
          } else running.shift()?.[what]();
          const state = breaker.state();
          if (state.name === 'half_open') expect(state.trials).toBeLessThanOrEqual(2);
        }
        // It can always be called again.
        for (const call of running) call.abandoned();
        await clock.advance(200_000);
        expect(breaker.permits()).toBe(true);
      }),
    );
  });
});
