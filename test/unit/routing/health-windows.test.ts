import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Endpoint } from '../../../src/catalog.ts';
import { type FailureKind, failureKinds, ProviderError } from '../../../src/errors.ts';
import { createEndpointHealth } from '../../../src/routing/endpoint-health.ts';
import { countsAgainstUptime, createHealthWindows, healthWindows } from '../../../src/routing/health-windows.ts';
import { createManualClock } from '../../support/manual-clock.ts';
import { cheapestFirst } from '../../support/router-bench.ts';

const minute = 60_000;
const hour = 60 * minute;
const good = { succeeded: true, firstContentMs: 400 };
const bad = { succeeded: false, firstContentMs: undefined };

describe('the windows of an endpoint', () => {
  it('know nothing before the first sample', () => {
    const measured = createHealthWindows().at(0);
    for (const window of healthWindows) {
      expect(measured.uptime(window)).toBeUndefined();
      expect(measured.latency(window)).toBeUndefined();
      expect(measured.throughput(window)).toBeUndefined();
      expect(measured.toolCalls(window)).toBeUndefined();
    }
  });

  it('tell the share of attempts that succeeded, and leave out those that say nothing', () => {
    const windows = createHealthWindows();
    for (let time = 0; time < 3; time++) windows.attempted(good, 0);
    windows.attempted(bad, 0);
    windows.attempted({ succeeded: undefined, firstContentMs: undefined }, 0);
    expect(windows.at(0).uptime('five_minutes')).toBe(0.75);
  });

  it('forget each after its time: five minutes, half an hour, a day', () => {
    const windows = createHealthWindows();
    windows.attempted(good, 0);
    windows.wrote(50, 0);
    windows.calledTools(new Set(), 0);
    const known = (atMs: number) =>
      healthWindows.filter((window) => {
        const measured = windows.at(atMs);
        const parts = [
          measured.uptime(window),
          measured.latency(window),
          measured.throughput(window),
          measured.toolCalls(window),
        ];
        expect(new Set(parts.map((part) => part === undefined)).size, 'all parts alike').toBe(1);
        return parts[0] !== undefined;
      });
    expect(known(4.4 * minute)).toEqual(['five_minutes', 'thirty_minutes', 'one_day']);
    expect(known(5 * minute)).toEqual(['thirty_minutes', 'one_day']);
    expect(known(24 * minute)).toEqual(['thirty_minutes', 'one_day']);
    expect(known(hour)).toEqual(['one_day']);
    expect(known(21 * hour)).toEqual(['one_day']);
    expect(known(24 * hour)).toEqual([]);
  });

  it('begin anew after an idle hour and an idle day', () => {
    const windows = createHealthWindows();
    windows.attempted(bad, 0);
    windows.attempted(good, hour);
    expect(windows.at(hour).uptime('thirty_minutes')).toBe(1);
    expect(windows.at(hour).uptime('one_day')).toBe(0.5);
    windows.attempted(bad, 40 * hour);
    expect(windows.at(40 * hour).uptime('one_day')).toBe(0);
  });

  it('take time to stand still where it goes back', () => {
    const windows = createHealthWindows();
    windows.attempted(good, 10 * hour);
    windows.attempted(bad, hour);
    expect(windows.at(hour).uptime('five_minutes')).toBe(0.5);
    expect(windows.at(10 * hour).uptime('five_minutes')).toBe(0.5);
    expect(windows.at(10 * hour + 6 * minute).uptime('five_minutes')).toBeUndefined();
  });

  it('count no more than was added and forget nothing early, whatever the clock does', () => {
    const step = fc.record({ byMs: fc.integer({ min: -hour, max: hour }), firstContentMs: fc.nat(100_000) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const windows = createHealthWindows();
        let now = 2 * hour;
        let latest = Number.NEGATIVE_INFINITY;
        const at: number[] = [];
        for (const { byMs, firstContentMs } of steps) {
          now += byMs;
          latest = Math.max(latest, now);
          windows.attempted({ succeeded: true, firstContentMs }, now);
          at.push(latest);
        }
        const { samples = 0 } = windows.at(now).latency('thirty_minutes') ?? {};
        expect(samples).toBeLessThanOrEqual(at.filter((time) => time > latest - 30 * minute).length);
        expect(samples).toBeGreaterThanOrEqual(at.filter((time) => time >= latest - 25 * minute).length);
      }),
    );
  });

  it('know percentiles to within 2.5 %, over all the slots of a window', () => {
    const value = fc.oneof(fc.nat(600_000), fc.integer({ min: 0, max: 3 }));
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 300 }), (values) => {
        const windows = createHealthWindows();
        for (const [index, firstContentMs] of values.entries()) {
          windows.attempted({ succeeded: true, firstContentMs }, index * 500);
        }
        const distribution = windows.at(values.length * 500).latency('five_minutes');
        const sorted = values.toSorted((x, y) => x - y);
        for (const [name, share] of [
          ['p50', 0.5],
          ['p75', 0.75],
          ['p90', 0.9],
          ['p99', 0.99],
        ] as const) {
          const exact = sorted[Math.ceil(share * sorted.length) - 1] ?? 0;
          expect(Math.abs((distribution?.[name] ?? -1) - exact)).toBeLessThanOrEqual(0.0256 * exact);
        }
        expect(distribution?.samples).toBe(values.length);
      }),
    );
  });

  it('give throughputs so that nine of ten answers were at least as fast as the ninetieth percentile', () => {
    const windows = createHealthWindows();
    for (let speed = 1; speed <= 100; speed++) windows.wrote(speed, 0);
    const { p50 = 0, p90 = 0, p99 = 0 } = windows.at(0).throughput('one_day') ?? {};
    expect(p50).toBeCloseTo(50, -1);
    expect(p90).toBeGreaterThan(9);
    expect(p90).toBeLessThan(12);
    expect(p99).toBeLessThan(3);
  });

  it('know the newest of few samples at once', () => {
    const windows = createHealthWindows();
    for (const [count, firstContentMs] of [100, 200, 300].entries()) {
      windows.attempted({ succeeded: true, firstContentMs }, 0);
      expect(windows.at(0).latency('one_day')?.samples).toBe(count + 1);
    }
    expect(windows.at(0).latency('one_day')).toMatchObject({
      p50: expect.closeTo(200, -1),
      p99: 300,
    });
  });

  it('tell the share of answers with each fault of tool calls, and with any', () => {
    const windows = createHealthWindows();
    windows.calledTools(new Set(), 0);
    windows.calledTools(new Set(), 0);
    windows.calledTools(new Set(['invalid_json', 'unknown_name']), 0);
    windows.calledTools(new Set(['schema_mismatch']), 0);
    expect(windows.at(0).toolCalls('five_minutes')).toEqual({
      answers: 4,
      faulty: 0.5,
      faults: { invalid_json: 0.25, unknown_name: 0.25, schema_mismatch: 0.25 },
    });
  });
});

describe('what counts against the uptime', () => {
  it('is the endpoint being away, broken or closed to us, and nothing that the request or its rate brought about', () => {
    const ignored: FailureKind[] = [
      'rate_limited',
      'context_length_exceeded',
      'unsupported_parameter',
      'content_filtered',
      'invalid_request',
    ];
    for (const kind of failureKinds) {
      expect(countsAgainstUptime(new ProviderError(kind, '')), kind).toBe(!ignored.includes(kind));
    }
  });

  it('is a 401, but not a 403', () => {
    expect(countsAgainstUptime(new ProviderError('credentials_rejected', '', { status: 401 }))).toBe(true);
    expect(countsAgainstUptime(new ProviderError('credentials_rejected', '', { status: 403 }))).toBe(false);
  });
});

describe('the memory of endpoints without traffic', () => {
  it('is given up while others have traffic', () => {
    const clock = createManualClock();
    const health = createEndpointHealth({ clock, random: () => 0.5, configured: () => true });
    const [idle, busy] = cheapestFirst('m/m', 'idle', 'busy') as [Endpoint, Endpoint];
    const { windows } = health.statistics(idle);
    windows.attempted(good, 0);
    for (let at = 0; at <= 25 * hour; at += 4 * minute) health.statistics(busy).windows.attempted(good, at);
    // Read as of the beginning: what is still held would be told.
    expect(windows.at(0).uptime('one_day')).toBeUndefined();
  });

  it('is not taken up by looking', () => {
    const health = createEndpointHealth({ clock: createManualClock(), random: () => 0.5, configured: () => true });
    const [never] = cheapestFirst('m/m', 'never') as [Endpoint];
    expect(health.measured(never).uptime('one_day')).toBeUndefined();
  });
});
