import { describe, expect, it, vi } from 'vitest';
import { createCircuitBreaker } from '../../../src/routing/circuit-breaker.ts';
import { createManualClock } from '../../support/manual-clock.ts';

function setUp(recent = { calls: 10, failures: 0 }) {
  const clock = createManualClock();
  const onChange = vi.fn();
  const breaker = createCircuitBreaker({
    clock,
    random: () => 0.5,
    recent: () => recent,
    justNow: () => recent,
    onChange,
  });
  const fail = (times: number) => {
    for (let time = 0; time < times; time++) {
      breaker.began().failed();
    }
  };
  return { clock, breaker, onChange, fail };
}

describe('a closed circuit breaker', () => {
  it.each([
    [0, 2],
    [7, 2],
    [8, 3],
    [29, 3],
    [30, 5],
  ])('with %i calls of late opens at failure %i in a row', (calls, failures) => {
    const { breaker, fail } = setUp({ calls, failures: 0 });
    fail(failures - 1);
    expect(breaker.permits()).toBe(true);
    fail(1);
    expect(breaker.permits()).toBe(false);
  });

  it('opens at once when more than a fifth of its calls failed of late', () => {
    const { breaker, fail } = setUp({ calls: 100, failures: 21 });
    fail(1);
    expect(breaker.permits()).toBe(false);
  });

  it('tells of its opening', () => {
    const { fail, onChange } = setUp();
    fail(3);
    expect(onChange).toHaveBeenCalledTimes(1);
  });

  it('forgets its failures at a success, but not at a call that told nothing', () => {
    const { breaker, fail } = setUp();
    fail(2);
    breaker.began().succeeded();
    fail(2);
    breaker.began().abandoned();
    expect(breaker.permits()).toBe(true);
    fail(1);
    expect(breaker.permits()).toBe(false);
  });

  it('counts a stream that began and then broke', () => {
    const { breaker } = setUp();
    for (let time = 0; time < 3; time++) {
      const call = breaker.began();
      call.answered();
      call.failed();
    }
    expect(breaker.permits()).toBe(false);
  });
});

describe('an open circuit breaker', () => {
  it('permits a trial call when its cooldown has passed', async () => {
    const { clock, breaker, fail } = setUp();
    fail(3);
    await clock.advance(9_999);
    expect(breaker.permits()).toBe(false);
    await clock.advance(1);
    expect(breaker.permits()).toBe(true);
    breaker.began();
    expect(breaker.state().name).toBe('half_open');
  });

  it('may be hurried, never slowed', async () => {
    const { clock, breaker, fail, onChange } = setUp();
    fail(3);
    onChange.mockClear();
    breaker.hurry(clock.monotonic() + 20_000);
    expect(onChange).not.toHaveBeenCalled();
    breaker.hurry(clock.monotonic() + 500);
    // Whoever shows when it is tried again has to hear of it.
    expect(onChange).toHaveBeenCalledOnce();
    await clock.advance(500);
    expect(breaker.permits()).toBe(true);
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

  it('takes no notice of calls from before it opened, whatever becomes of them', async () => {
    const { clock, breaker, fail } = setUp();
    const [succeeding, failing] = [breaker.began(), breaker.began()];
    fail(3);
    succeeding.succeeded();
    expect(breaker.permits()).toBe(false);
    await clock.advance(10_000);
    breaker.began();
    failing.failed();
    expect(breaker.state().name).toBe('half_open');
  });
});

describe('a half-open circuit breaker', () => {
  it('closes at the first content of its trial call', async () => {
    const { clock, breaker, fail } = setUp();
    fail(3);
    await clock.advance(10_000);
    breaker.began().answered();
    expect(breaker.state()).toEqual({ name: 'closed', consecutiveFailures: 0 });
  });

  it('opens for twice as long when its trial call fails, sixteen times at most', async () => {
    const { clock, breaker, fail } = setUp();
    fail(3);
    await clock.advance(10_000);
    for (const cooldownMs of [20_000, 40_000, 80_000, 160_000, 160_000]) {
      fail(1);
      await clock.advance(cooldownMs - 1);
      expect(breaker.permits()).toBe(false);
      await clock.advance(1);
      expect(breaker.permits()).toBe(true);
    }
  });

  it('forgets an opening for each half minute of health', async () => {
    const { clock, breaker, fail } = setUp();
    fail(3);
    await clock.advance(10_000);
    fail(1);
    await clock.advance(20_000);
    breaker.began().answered();
    await clock.advance(60_000);
    fail(3);
    await clock.advance(10_000);
    expect(breaker.permits()).toBe(true);
  });

  it('takes two trial calls at a time', async () => {
    const { clock, breaker, fail } = setUp();
    fail(3);
    await clock.advance(10_000);
    const call = breaker.began();
    expect(breaker.permits()).toBe(true);
    breaker.began();
    expect(breaker.permits()).toBe(false);
    call.abandoned();
    expect(breaker.permits()).toBe(true);
  });

  it('comes back slowly: from a tenth to all in half a minute', async () => {
    const { clock, breaker, fail } = setUp();
    expect(breaker.recovery()).toBe(1);
    fail(3);
    await clock.advance(10_000);
    breaker.began().answered();
    expect(breaker.recovery()).toBe(0.1);
    await clock.advance(15_000);
    expect(breaker.recovery()).toBe(0.5);
    await clock.advance(15_000);
    expect(breaker.recovery()).toBe(1);
  });

  it('lets the next trial call through when the first was abandoned', async () => {
    const { clock, breaker, fail } = setUp();
    fail(3);
    await clock.advance(10_000);
    breaker.began().abandoned();
    expect(breaker.permits()).toBe(true);
  });
});
