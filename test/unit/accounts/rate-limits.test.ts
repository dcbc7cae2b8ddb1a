import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createRateLimits, type RateAdmission } from '../../../src/accounts/rate-limits.ts';
import { createOwnWindows, createWindowsWithStandIn, type RateWindows } from '../../../src/accounts/rate-windows.ts';
import { createOwnLeases } from '../../../src/accounts/stream-leases.ts';
import { systemClock } from '../../../src/clock.ts';
import { aCaller } from '../../support/a-caller.ts';
import { createManualClock } from '../../support/manual-clock.ts';
import { describeLeases, describeWindows } from '../../support/rate-limit-suite.ts';

describe('in memory', () => {
  describeWindows(() => createOwnWindows(systemClock));
  describeLeases(createOwnLeases);
});

describe('a window in memory', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('ends after a minute, and what comes too late to be adjusted changes nothing', async () => {
    const clock = createManualClock();
    const windows = createOwnWindows(clock);
    const answer = await windows.take('x', 10, 10);
    expect(await windows.take('x', 1, 10)).toEqual({ taken: false, retryAfterMs: 60_000 });
    await vi.advanceTimersByTimeAsync(60_001);
    clock.jump(0);
    const late = clock.advance(60_001);
    await vi.advanceTimersByTimeAsync(1);
    await late;
    if (answer.taken) await answer.adjust(-10);
    expect(await windows.take('x', 10, 10)).toMatchObject({ taken: true });
    expect(await windows.take('x', 1, 10)).toMatchObject({ taken: false });
  });
});

describe('the limits of a caller', () => {
  const create = () => createRateLimits(createOwnWindows(systemClock), createOwnLeases());
  const request = { estimatedTokens: 10, stream: false };
  const stream = { estimatedTokens: 10, stream: true };

  it('ask nobody for a caller without limits', () => {
    const limits = create();
    expect(limits.admit(aCaller(), stream)).not.toBeInstanceOf(Promise);
  });

  it('refuse the request after the last with RateLimited, when to come again, and what the limit is', async () => {
    const limits = create();
    const caller = aCaller({ limits: { requestsPerMinute: 2 } });
    await limits.admit(caller, request);
    await limits.admit(caller, request);
    const refusal = await failureOf(limits.admit(caller, request));
    expect(refusal).toMatchObject({ name: 'RateLimited', retryable: true });
    expect(refusal.message).toMatch(/^This API key may make 2 requests a minute\. Try again in (60|59) s\.$/);
    expect((refusal as { retryAfterMs?: number }).retryAfterMs).toBeGreaterThan(55_000);
  });

  it('reserve the estimated tokens and reconcile them with those used', async () => {
    const limits = create();
    const caller = aCaller({ limits: { tokensPerMinute: 100 } });
    const first = await limits.admit(caller, { estimatedTokens: 90, stream: false });
    await expect(limits.admit(caller, { estimatedTokens: 20, stream: false })).rejects.toThrow('100 tokens a minute');
    first.settle(30);
    first.settle(0);
    await settled();
    await limits.admit(caller, { estimatedTokens: 70, stream: false });
    await expect(limits.admit(caller, { estimatedTokens: 1, stream: false })).rejects.toThrow('100 tokens a minute');
  });

  it('let a request of more than a minute’s tokens have a minute of its own', async () => {
    const limits = create();
    const caller = aCaller({ limits: { tokensPerMinute: 100 } });
    await limits.admit(caller, { estimatedTokens: 5_000, stream: false });
    await expect(limits.admit(caller, { estimatedTokens: 1, stream: false })).rejects.toThrow('100 tokens a minute');
  });

  it('free the place of a stream when it is settled, and count only streams', async () => {
    const limits = create();
    const caller = aCaller({ limits: { concurrentStreams: 1 } });
    const running = await limits.admit(caller, stream);
    await limits.admit(caller, request);
    await expect(limits.admit(caller, stream)).rejects.toThrow('1 streams at the same time');
    running.settle(5);
    running.settle(5);
    await limits.admit(caller, stream);
  });

  it('of a client token and of its key both hold, and all tokens of a key share the key’s', async () => {
    const limits = create();
    const tokenOf = (keyId: string) =>
      aCaller({
        keyId,
        parentKeyId: 'key-1',
        limits: { requestsPerMinute: 2 },
        parentLimits: { requestsPerMinute: 3 },
      });
    await limits.admit(tokenOf('key-a'), request);
    await limits.admit(tokenOf('key-a'), request);
    await expect(limits.admit(tokenOf('key-a'), request)).rejects.toThrow('This client token may make 2 requests');
    await limits.admit(tokenOf('key-b'), request);
    await expect(limits.admit(tokenOf('key-b'), request)).rejects.toThrow("This token's API key may make 3 requests");
    await expect(limits.admit(aCaller({ limits: { requestsPerMinute: 3 } }), request)).rejects.toThrow('3 requests');
  });

  it('take nothing of one limit for what another refuses', async () => {
    const limits = create();
    const caller = aCaller({ limits: { requestsPerMinute: 2, concurrentStreams: 1 } });
    const running = await limits.admit(caller, stream);
    for (let count = 0; count < 3; count += 1) {
      await expect(limits.admit(caller, stream)).rejects.toThrow('at the same time');
      await settled();
    }
    running.settle(0);
    await limits.admit(caller, stream);
  });
});

describe('windows whose Redis is away', () => {
  const broken: RateWindows = { take: () => Promise.reject(new Error('away')) };

  function create(shared: RateWindows, replicas: number) {
    const clock = createManualClock();
    const told: string[] = [];
    const windows = createWindowsWithStandIn(shared, createOwnWindows(systemClock), {
      replicas,
      clock,
      onAway: () => told.push('away'),
      onBack: () => told.push('back'),
    });
    return { windows, clock, told };
  }
  const admitted = async (windows: RateWindows, limit: number) => {
    const answers = await Promise.all(Array.from({ length: 2 * limit }, () => windows.take('x', 1, limit)));
    return answers.filter(({ taken }) => taken).length;
  };

  it('let each replica have its part, rounded down, and no more', async () => {
    expect(await admitted(create(broken, 3).windows, 10)).toBe(3);
    expect(await admitted(create(broken, 1).windows, 10)).toBe(10);
    expect(await admitted(create(broken, 3).windows, 2)).toBe(0);
  });

  it('count what was let through before, so that a failure begins no second minute', async () => {
    const own = createOwnWindows(systemClock);
    let away = false;
    const { windows } = create({ take: (...args) => (away ? broken : own).take(...args) }, 2);
    for (let count = 0; count < 4; count += 1) await windows.take('x', 1, 10);
    away = true;
    expect(await admitted(windows, 10)).toBe(1);
  });

  it('are asked again after a second, and the operator is told once of each change', async () => {
    let calls = 0;
    let away = true;
    const own = createOwnWindows(systemClock);
    const shared: RateWindows = {
      take: (...args) => {
        calls += 1;
        return (away ? broken : own).take(...args);
      },
    };
    const { windows, clock, told } = create(shared, 1);
    await windows.take('x', 1, 10);
    await windows.take('x', 1, 10);
    expect(calls).toBe(1);
    await clock.advance(1_000);
    await windows.take('x', 1, 10);
    expect(calls).toBe(2);
    away = false;
    await clock.advance(1_000);
    await windows.take('x', 1, 10);
    await windows.take('x', 1, 10);
    expect(calls).toBe(4);
    expect(told).toEqual(['away', 'back']);
  });
});

async function failureOf(admission: RateAdmission | Promise<RateAdmission>): Promise<Error> {
  try {
    await admission;
  } catch (error) {
    return error as Error;
  }
  throw new Error('was let in');
}

function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
