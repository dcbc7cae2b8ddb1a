import { describe, expect, it, vi } from 'vitest';
import { createCircuitBreaker } from '../../../src/routing/circuit-breaker.ts';
import { createManualClock } from '../../support/manual-clock.ts';

function setUp() {
  const clock = createManualClock();
  const onChange = vi.fn();
  const breaker = createCircuitBreaker(clock, () => 0.5, onChange);
  const fail = (times: number) => {
    for (let time = 0; time < times; time++) {
      breaker.began();
      breaker.failed();
    }
  };
  return { clock, breaker, onChange, fail };
}

describe('a closed circuit breaker', () => {
  it('opens at the third failure in a row', () => {
    const { breaker, fail, onChange } = setUp();
    fail(2);
    expect(breaker.permits()).toBe(true);
    fail(1);
    expect(breaker.permits()).toBe(false);
    expect(onChange).toHaveBeenCalledTimes(1);
  });

  it('forgets its failures at a success, but not at a call that told nothing', () => {
    const { breaker, fail } = setUp();
    fail(2);
    breaker.succeeded();
    fail(2);
    breaker.abandoned();
    expect(breaker.permits()).toBe(true);
    fail(1);
    expect(breaker.permits()).toBe(false);
  });

  it('counts a stream that began and then broke', () => {
    const { breaker } = setUp();
    for (let time = 0; time < 3; time++) {
      breaker.began();
      breaker.answered();
      breaker.failed();
    }
    expect(breaker.permits()).toBe(false);
  });
});

describe('an open circuit breaker', () => {
  it('permits one trial call when its cooldown has passed', async () => {
    const { clock, breaker, fail } = setUp();
    fail(3);
    await clock.advance(9_999);
    expect(breaker.permits()).toBe(false);
    await clock.advance(1);
    expect(breaker.permits()).toBe(true);
    breaker.began();
    expect(breaker.state().name).toBe('half_open');
    expect(breaker.permits()).toBe(false);
  });

  it('is not moved by the wall clock', async () => {
    const { clock, breaker, fail } = setUp();
    fail(3);
    clock.jump(3_600_000);
    expect(breaker.permits()).toBe(false);
    clock.jump(-7_200_000);
    await clock.advance(10_000);
    expect(breaker.permits()).toBe(true);
  });

  it('takes late failures of calls from before without a longer cooldown', async () => {
    const { clock, breaker, fail } = setUp();
    fail(3);
    breaker.failed();
    await clock.advance(10_000);
    expect(breaker.permits()).toBe(true);
  });
});

describe('a half-open circuit breaker', () => {
  it('closes at the first content of its trial call', async () => {
    const { clock, breaker, fail } = setUp();
    fail(3);
    await clock.advance(10_000);
    breaker.began();
    breaker.answered();
    expect(breaker.state()).toEqual({ name: 'closed', consecutiveFailures: 0 });
  });

  it('opens for twice as long when its trial call fails, and for five minutes at most', async () => {
    const { clock, breaker, fail } = setUp();
    fail(3);
    await clock.advance(10_000);
    for (const cooldownMs of [20_000, 40_000, 80_000, 160_000, 300_000, 300_000]) {
      fail(1);
      await clock.advance(cooldownMs - 1);
      expect(breaker.permits()).toBe(false);
      await clock.advance(1);
      expect(breaker.permits()).toBe(true);
    }
  });

  it('lets the next trial call through when the first was abandoned', async () => {
    const { clock, breaker, fail } = setUp();
    fail(3);
    await clock.advance(10_000);
    breaker.began();
    breaker.abandoned();
    expect(breaker.permits()).toBe(true);
  });
});
