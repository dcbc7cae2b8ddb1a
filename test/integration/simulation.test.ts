import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { watchEjections } from '../../simulation/ejected-picks.ts';
import { createFaultSchedule } from '../../simulation/fault-schedule.ts';
import { recoveriesOf } from '../../simulation/recovery.ts';
import { type SimulationReport, simulate } from '../../simulation/simulate.ts';
import { simulatedCatalog } from '../../simulation/simulated-catalog.ts';
import { missedTargets } from '../../simulation/targets.ts';
import { createVirtualTime } from '../../simulation/virtual-time.ts';
import { createWorkload } from '../../simulation/workload.ts';
import { endpoints } from '../../simulation/world.ts';
import { createEndpointHealth } from '../../src/routing/endpoint-health.ts';
import { createManualClock } from '../support/manual-clock.ts';

const main = resolve(import.meta.dirname, '../../simulation/main.ts');

interface ShortRun {
  readonly rate: number;
  readonly requests: number;
  readonly seed: number;
  readonly cycleSeconds: number;
  readonly beginSeconds: number;
}

/** Runs at one rate, whose seeds begin at these places of the cycle. */
const runsAt = (rate: number, requests: number, cycleSeconds: number, begins: readonly number[]): readonly ShortRun[] =>
  begins.map((beginSeconds, index) => ({ rate, requests, seed: index + 1, cycleSeconds, beginSeconds }));

/**
 * The short form. At 1 and 80 a second each seed meets every fault once. At 200 and 300 that would take too many requests, so that the
 * seeds meet different ones: the outage, the hang and the flapping; the outage, the fast failures and the cuts. The cuts are left out at
 * 200, and take their time at 80: what is lost before they are noticed is the same in a short run, and counts for more there.
 */
const shortForm = [
  ...runsAt(1, 600, 600, [0, 0, 0]),
  ...runsAt(80, 40_000, 500, [0, 0, 0]),
  ...runsAt(200, 10_000, 300, [10, 85, 225]),
  ...runsAt(300, 8_000, 600, [55, 115, 283]),
];
const cycleSeconds = 750;
const patience = 300_000;

const known = new Map<ShortRun, Promise<SimulationReport>>();
/** Each run once, whoever asks for it. */
function played(run: ShortRun): Promise<SimulationReport> {
  const report = known.get(run) ?? simulate({ policy: 'adaptive', ...run });
  known.set(run, report);
  return report;
}

describe('the router in the simulated world', () => {
  for (const run of shortForm) {
    it(
      `ends each request exactly once, and tells of every call, at ${run.rate} a second with seed ${run.seed}`,
      async () => {
        const report = await played(run);
        expect(report.ended).toBe(run.requests);
        expect(report.attemptsTold).toBe(report.calls);
        expect(report).toMatchObject({ callsLeftRunning: 0, ejectedPicks: 0, excessTrials: 0 });
        expect(report.faults).not.toEqual([]);
      },
      patience,
    );
  }

  it(
    'leaves no call running and picks no ejected endpoint where slow calls are hedged',
    async () => {
      const report = await simulate({ policy: 'hedged', rate: 80, requests: 6_000, seed: 1, cycleSeconds });
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
      for (const run of shortForm) runs.push(await played(run));
      expect(missedTargets(runs)).toEqual([]);
    },
    patience,
  );

  it(
    'does the same for the same arguments, however the timers share the turns of the event loop',
    async () => {
      const options = {
        policy: 'adaptive',
        rate: 80,
        requests: 3_000,
        seed: 3,
        cycleSeconds,
        beginSeconds: 30,
      } as const;
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
      const runs: SimulationReport[] = [];
      for (const run of shortForm) {
        if (run.seed === 1) runs.push(await simulate({ policy: 'naive', ...run }));
      }
      const missed = missedTargets(runs).join('\n');
      expect(missed).toContain('80 rps, seed 1: attainable success');
      expect(missed).toContain('80 rps, seed 1: attempts per request in an outage');
      expect(missed).toContain('80 rps, seed 1: p99 time to first token');
      expect(missed).toContain('1 rps, seed 1: p99 time to first token');
      expect(missed).toContain('200 rps: attainable success');
      expect(missed).toContain('300 rps, seed 1: attainable success');
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

  it('is the same from any place of the cycle on', () => {
    const schedule = createFaultSchedule(cycleSeconds);
    const later = createFaultSchedule(cycleSeconds, 160);
    for (let timeMs = 0; timeMs < 2 * cycleSeconds * 1_000; timeMs += 7_000) {
      for (const { provider } of endpoints) {
        expect(later.at(timeMs, provider)).toBe(schedule.at(timeMs + 160_000, provider));
      }
      expect(later.inOutage(timeMs, timeMs + 3_000)).toBe(schedule.inOutage(timeMs + 160_000, timeMs + 163_000));
    }
    // It begins in the fast failures, which are told of as they were.
    expect(later.periodsUntil(1)).toMatchObject([{ kind: 'fail_fast', startMs: -10_000, endMs: 35_000 }]);
    expect(later.periodsUntil(cycleSeconds * 1_000)).toHaveLength(8);
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

describe('the targets', () => {
  it('are missed, at their rate, by a run that is too short to measure what they ask for', async () => {
    const report = await simulate({ policy: 'adaptive', rate: 80, requests: 400, seed: 1 });
    expect(report).toMatchObject({ recoveryMs: undefined, attemptsPerRequestInOutage: undefined });
    expect(missedTargets([report])).toEqual([
      '80 rps, seed 1: the run is too short to tell the attempts per request in an outage',
      '80 rps, seed 1: the run is too short to tell the time to recover, ms',
    ]);
    expect(missedTargets([{ ...report, rate: 7 }])).toEqual([]);
    expect(missedTargets([{ ...report, rate: 7, ejectedPicks: 1 }])).toEqual([
      '7 rps, seed 1: picks of an ejected endpoint is 1',
    ]);
  });
});

describe('the command line', () => {
  const asked = async (...options: readonly string[]): Promise<Readonly<Record<string, unknown>>> => {
    const all = [main, '--json', '--rate', '80', '--cycle', '300', ...options];
    return JSON.parse((await promisify(execFile)(process.execPath, all)).stdout);
  };

  it(
    'prints one JSON object with the figures, the same for the same arguments but for the time that it took',
    async () => {
      // Long enough for the outage to pass and be recovered from.
      const same = ['--requests', '5000', '--seed', '5'];
      const [first, again, other] = [
        await asked(...same),
        await asked(...same),
        await asked('--requests', '5000', '--seed', '6'),
      ];
      for (const name of [
        'attainableSuccess',
        'attemptsPerRequest',
        'attemptsPerRequestInOutage',
        'p50FirstTokenMs',
        'p99FirstTokenMs',
        'ejectedPicks',
        'recoveryMs',
        'costRatio',
      ]) {
        expect(first[name], name).toEqual(expect.any(Number));
      }
      expect(first.attainableSuccess).toBeLessThanOrEqual(1);
      expect(first).toMatchObject({
        requests: 5_000,
        rate: 80,
        seed: 5,
        hash: expect.stringMatching(/^[0-9a-f]{32}$/),
      });
      expect({ ...again, wallSeconds: first.wallSeconds }).toEqual(first);
      expect(other.hash).not.toBe(first.hash);
    },
    patience,
  );

  it('says null where a run was too short to measure', async () => {
    expect(await asked('--requests', '50')).toMatchObject({ recoveryMs: null, attemptsPerRequestInOutage: null });
  });

  it('prints a table with the naive router and the targets that it misses beside the others', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [main, '--requests', '60', '--seed', '1']);
    for (const policy of ['adaptive', 'naive']) {
      for (const rate of [1, 80, 200, 300]) expect(stdout).toMatch(new RegExp(`\\| ${policy} +\\| +${rate} \\|`));
      expect(stdout).toContain(`${policy} misses`);
    }
  });

  it('refuses what it does not understand', async () => {
    await expect(asked('--requests', 'many')).rejects.toThrow('--requests is not a positive number: many');
    await expect(asked('--policy', 'lucky')).rejects.toThrow('there is no policy lucky');
    await expect(asked('--swiftly')).rejects.toThrow(/Unknown option '--swiftly'/);
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
