import { describe, expect, it } from 'vitest';
import { watchEjections } from '../../simulation/ejected-picks.ts';
import { createFaultSchedule } from '../../simulation/fault-schedule.ts';
import type { Policy } from '../../simulation/policies.ts';
import { recoveriesOf } from '../../simulation/recovery.ts';
import { type SimulationReport, simulate } from '../../simulation/simulate.ts';
import { simulatedCatalog } from '../../simulation/simulated-catalog.ts';
import { missedTargets } from '../../simulation/targets.ts';
import { createVirtualTime } from '../../simulation/virtual-time.ts';
import { createWorkload } from '../../simulation/workload.ts';
import { endpoints } from '../../simulation/world.ts';
import { createEndpointHealth } from '../../src/routing/endpoint-health.ts';
import { createManualClock } from '../support/manual-clock.ts';

/**
 * The short form. At 80 a second every fault comes once, and the run is long enough that what is lost before a fault is noticed, which
 * is the same however long the fault lasts, does not count for more than in the long form.
 */
const shortForm = [
  { rate: 1, requests: 600, seeds: [1, 2] },
  { rate: 80, requests: 60_000, seeds: [1, 2] },
  { rate: 200, requests: 15_000, seeds: [1] },
  { rate: 300, requests: 15_000, seeds: [1] },
];
const cycleSeconds = 750;
const patience = 120_000;

const known = new Map<string, Promise<SimulationReport>>();
function played(policy: Policy, rate: number, requests: number, seed: number): Promise<SimulationReport> {
  const name = `${policy} ${rate} ${requests} ${seed}`;
  const report = known.get(name) ?? simulate({ policy, rate, requests, seed, cycleSeconds });
  known.set(name, report);
  return report;
}

describe('the router in the simulated world', () => {
  for (const { rate, requests, seeds } of shortForm) {
    for (const seed of seeds) {
      it(
        `ends each request exactly once, and tells of every call, at ${rate} a second with seed ${seed}`,
        async () => {
          const report = await played('adaptive', rate, requests, seed);
          expect(report.ended).toBe(requests);
          expect(report.attemptsTold).toBe(report.calls);
          expect(report.callsLeftRunning).toBe(0);
          expect(report.attainableSuccess).toBeGreaterThan(0.5);
        },
        patience,
      );
    }
  }

  it(
    'leaves no call running and picks no ejected endpoint where slow calls are hedged',
    async () => {
      const report = await played('hedged', 80, 6_000, 1);
      expect(report).toMatchObject({ ended: 6_000, callsLeftRunning: 0, ejectedPicks: 0, excessTrials: 0 });
      expect(report.attemptsTold).toBe(report.calls);
      expect(report.mostAttempts).toBeLessThanOrEqual(3);
    },
    patience,
  );

  it(
    'reaches every target where endpoints are chosen by what was measured',
    async () => {
      const runs: SimulationReport[] = [];
      for (const { rate, requests, seeds } of shortForm) {
        for (const seed of seeds) runs.push(await played('adaptive', rate, requests, seed));
      }
      expect(missedTargets(runs)).toEqual([]);
    },
    patience,
  );

  it(
    'does the same for the same arguments, however the timers share the turns of the event loop',
    async () => {
      const options = { policy: 'adaptive', rate: 80, requests: 4_000, seed: 3, cycleSeconds } as const;
      const report = await simulate(options);
      expect(await simulate(options)).toEqual(report);
      expect(await simulate({ ...options, timersPerTurn: 1 })).toEqual(report);
    },
    patience,
  );

  it(
    'does something else for another seed, rate or policy',
    async () => {
      const hashes = await Promise.all(
        [
          { policy: 'adaptive', rate: 80, seed: 3 } as const,
          { policy: 'adaptive', rate: 80, seed: 4 } as const,
          { policy: 'adaptive', rate: 81, seed: 3 } as const,
          { policy: 'naive', rate: 80, seed: 3 } as const,
        ].map(async (options) => (await simulate({ ...options, requests: 1_000, cycleSeconds })).hash),
      );
      expect(new Set(hashes).size).toBe(4);
    },
    patience,
  );

  it(
    'takes no real time to wait',
    async () => {
      const startedMs = performance.now();
      const report = await simulate({ policy: 'naive', rate: 0.1, requests: 500, seed: 1 });
      expect(report.virtualSeconds).toBeGreaterThan(4_000);
      expect((performance.now() - startedMs) / 1_000).toBeLessThan(report.virtualSeconds / 10);
    },
    patience,
  );
});

describe('the simulated world', () => {
  it(
    'shows that a naive router misses the targets',
    async () => {
      const runs = [await played('naive', 80, 60_000, 1), await played('naive', 200, 15_000, 1)];
      const missed = missedTargets(runs).join('\n');
      expect(missed).toContain('80 rps, seed 1: attainable success');
      expect(missed).toContain('80 rps, seed 1: attempts per request in an outage');
      expect(missed).toContain('80 rps, seed 1: p99 time to first token');
      expect(missed).toContain('200 rps: attainable success');
    },
    patience,
  );

  it('asks the same, whoever answers', () => {
    expect(createWorkload(1_000, 80, 5)).toEqual(createWorkload(1_000, 80, 5));
    const { arrivalMs, completionTokens } = createWorkload(100_000, 80, 5);
    expect((arrivalMs.at(-1) ?? 0) / 1_000).toBeCloseTo(1_250, -2);
    expect(Math.min(...completionTokens)).toBeGreaterThan(0);
  });

  it('has at most one fault at a time, and each comes back with the cycle', () => {
    const schedule = createFaultSchedule(cycleSeconds);
    const periods = schedule.periodsUntil(3 * cycleSeconds * 1_000);
    expect(periods).toHaveLength(3 * 7);
    for (const [index, { startMs }] of periods.entries()) {
      expect(startMs).toBeGreaterThanOrEqual(periods[index - 1]?.endMs ?? 0);
    }
    for (const { kind, provider = 'swift', startMs, endMs } of periods) {
      expect(schedule.at(startMs, provider)).toBe(kind);
      expect(schedule.at(endMs, provider)).toBeUndefined();
    }
  });

  it('leaves out what overlaps a total outage, and nothing else', () => {
    const schedule = createFaultSchedule(2_500);
    const [outage] = schedule.periodsUntil(200_000);
    expect(outage).toMatchObject({ kind: 'outage', startMs: 150_000, endMs: 180_000 });
    for (const offset of [0, 2_500_000]) {
      expect(schedule.inOutage(offset + 140_000, offset + 149_999)).toBe(false);
      expect(schedule.inOutage(offset + 140_000, offset + 150_000)).toBe(true);
      expect(schedule.inOutage(offset + 179_999, offset + 181_000)).toBe(true);
      expect(schedule.inOutage(offset + 180_000, offset + 181_000)).toBe(false);
    }
    expect(schedule.inOutage(200_000, 2_660_000)).toBe(true);
  });
});

describe('virtual time', () => {
  it('runs timers by time, then in the order they were set, each after all that the one before has set going', async () => {
    const time = createVirtualTime();
    const seen: string[] = [];
    const see = (name: string, hops: number) => async () => {
      for (let hop = 0; hop < hops; hop += 1) await undefined;
      seen.push(`${name} at ${time.monotonic()}`);
    };
    time.after(10, see('late', 0));
    time.after(5, see('first', 50));
    time.after(5, see('second', 0));
    const cancel = time.after(1, see('cancelled', 0));
    cancel();
    await time.run(() => seen.length === 3);
    expect(seen).toEqual(['first at 5', 'second at 5', 'late at 10']);
    expect(time.pending()).toBe(0);
  });

  it('keeps the order among many timers, of which most are cancelled', async () => {
    const time = createVirtualTime();
    const seen: number[] = [];
    for (let count = 0; count < 30_000; count += 1) {
      const delayMs = (count * 7_919) % 10_007;
      const cancel = time.after(delayMs, () => seen.push(delayMs));
      if (count % 10 !== 0) cancel();
    }
    expect(time.pending()).toBe(3_000);
    await time.run(() => seen.length === 3_000);
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
  });

  it('does not wait for what cannot come', async () => {
    await expect(createVirtualTime().run(() => false)).rejects.toThrow('Nothing is left');
  });

  it('hands on what a timer throws', async () => {
    const time = createVirtualTime();
    time.after(1, () => {
      throw new Error('stumbled');
    });
    await expect(time.run(() => false)).rejects.toThrow('stumbled');
  });
});

describe('the measures', () => {
  it('take the time until 99 % succeed again for the recovery', () => {
    const arrivalMs = Float64Array.from({ length: 10_000 }, (_, index) => index * 10);
    const fault = { kind: 'hang', startMs: 10_000, endMs: 20_000 } as const;
    const recoveryWith = (fails: (timeMs: number) => boolean) =>
      recoveriesOf([fault], { arrivalMs, succeeded: Uint8Array.from(arrivalMs, (at) => (fails(at) ? 0 : 1)) })[0];
    expect(recoveryWith((at) => at < 20_000)).toBe(0);
    expect(recoveryWith((at) => at < 23_000)).toBe(2_950);
    expect(recoveryWith(() => true)).toBe(99_990 - 20_000);
    expect(recoveriesOf([{ ...fault, endMs: 95_000 }], { arrivalMs, succeeded: new Uint8Array(10_000) })).toEqual([
      undefined,
    ]);
  });

  it('count a call of an endpoint that cools or whose breaker is open, and no permitted trial call', () => {
    const clock = createManualClock();
    const catalog = simulatedCatalog();
    const [first, second, third] = catalog.endpoints;
    if (first === undefined || second === undefined || third === undefined) throw new Error('too few endpoints');
    const book = createEndpointHealth({ clock, random: () => 0.5, configured: () => true });
    const watch = watchEjections(book, catalog.endpoints, clock);
    const call = (endpoint: typeof first) => {
      watch.health.breaker(endpoint).began();
      return watch.picked(endpoint);
    };
    call(third);
    expect(watch.ejectedPicks()).toBe(0);
    book.cool(first, 'endpoint', 1_000, 'rate_limited');
    call(first);
    expect(watch.ejectedPicks()).toBe(1);
    for (let count = 0; count < 50; count += 1) book.breaker(second).began().failed();
    call(second);
    expect(watch.ejectedPicks()).toBe(2);
  });

  it('let an endpoint have a trial call once the time of its open breaker is over', async () => {
    const clock = createManualClock();
    const catalog = simulatedCatalog();
    const [endpoint] = catalog.endpoints;
    if (endpoint === undefined) throw new Error('no endpoint');
    const book = createEndpointHealth({ clock, random: () => 0.5, configured: () => true });
    const watch = watchEjections(book, catalog.endpoints, clock);
    for (let count = 0; count < 50; count += 1) book.breaker(endpoint).began().failed();
    await clock.advance(400_000);
    watch.health.breaker(endpoint).began();
    const first = watch.picked(endpoint);
    watch.picked(endpoint);
    expect([watch.ejectedPicks(), watch.excessTrials()]).toEqual([0, 0]);
    watch.picked(endpoint);
    expect([watch.ejectedPicks(), watch.excessTrials()]).toEqual([0, 1]);
    first();
    expect(endpoints).toHaveLength(catalog.endpoints.length);
  });
});
