import type { Endpoint } from '../catalog.ts';
import type { Clock, Random } from '../clock.ts';
import type { FailureKind } from '../errors.ts';
import { type CircuitBreaker, createCircuitBreaker } from './circuit-breaker.ts';
import { createEndpointStatistics, type EndpointStatistics } from './endpoint-statistics.ts';
import type { HealthMeasurements } from './health-windows.ts';

/**
 * available: may be chosen. cooling: the provider asked us to wait. open: failed too often, its circuit breaker keeps calls
 * away. half_open: one trial call decides. not_configured: has no credentials and is never tried.
 */
export type EndpointState = 'available' | 'cooling' | 'open' | 'half_open' | 'not_configured';

export interface EndpointHealth {
  readonly endpoint: Endpoint;
  readonly state: EndpointState;
  /** When a cooling or open endpoint may be tried again, milliseconds since the epoch. */
  readonly coolingUntil?: number;
}

/** What the faces may see of the endpoints' health. */
export interface EndpointHealthReader {
  readonly read: (endpoint: Endpoint) => EndpointHealth;
  /** What was measured of it on live traffic, over windows that end now. */
  readonly measured: (endpoint: Endpoint) => HealthMeasurements;
  /**
   * The health of each endpoint whose state changes, from now on. A slow reader gets an endpoint's newest state only, so
   * memory is bounded by the number of endpoints. `return()` acts at once.
   */
  readonly changes: () => AsyncIterableIterator<EndpointHealth>;
}

/** What routing needs to know, and tells, of the endpoints' health. */
export interface EndpointHealthBook extends EndpointHealthReader {
  readonly breaker: (endpoint: Endpoint) => CircuitBreaker;
  /** Keeps requests away from the endpoint, or all of its provider's, for so long; never shortens an earlier wait. */
  readonly cool: (endpoint: Endpoint, scope: 'endpoint' | 'provider', durationMs: number, why: FailureKind) => void;
  /** Milliseconds until the endpoint's cooling ends; 0 where it does not cool. */
  readonly coolingMs: (endpoint: Endpoint) => number;
  /** What it cools for; `undefined` where it does not. */
  readonly coolingFor: (endpoint: Endpoint) => FailureKind | undefined;
  /** The monotonic clock, which the statistics are asked by. */
  readonly now: () => number;
  /** What was measured of the endpoint on live traffic. */
  readonly statistics: (endpoint: Endpoint) => EndpointStatistics;
  /** Ends all cooling: after a reload, which may have brought new credentials. */
  readonly forgive: () => void;
}

export interface EndpointHealthOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** Whether the endpoint's provider has credentials. */
  readonly configured: (endpoint: Endpoint) => boolean;
}

export function createEndpointHealth({ clock, random, configured }: EndpointHealthOptions): EndpointHealthBook {
  const breakers = new Map<string, CircuitBreaker>();
  const coolings = new Map<string, { readonly untilMs: number; readonly why: FailureKind }>();
  const statisticsById = new Map<string, EndpointStatistics>();
  const readers = new Set<(endpoint: Endpoint) => void>();

  const changed = (endpoint: Endpoint) => {
    for (const tell of readers) tell(endpoint);
  };
  const statistics = (endpoint: Endpoint) => {
    const known = statisticsById.get(endpoint.id);
    if (known !== undefined) return known;
    const created = createEndpointStatistics(forgetOld);
    statisticsById.set(endpoint.id, created);
    return created;
  };
  let forgottenAtMs = 0;
  /** Endpoints without traffic forget nothing by themselves. */
  const forgetOld = (nowMs: number) => {
    if (nowMs - forgottenAtMs < forgetEveryMs) return;
    forgottenAtMs = nowMs;
    for (const { windows } of statisticsById.values()) windows.forget(nowMs);
  };
  const breaker = (endpoint: Endpoint) => {
    const known = breakers.get(endpoint.id);
    if (known !== undefined) return known;
    const created = createCircuitBreaker({ clock, random, ...statistics(endpoint), onChange: () => changed(endpoint) });
    breakers.set(endpoint.id, created);
    return created;
  };
  const longestCooling = (endpoint: Endpoint) => {
    const [own, providers] = [coolings.get(endpoint.id), coolings.get(providerKey(endpoint))];
    const longest = (own?.untilMs ?? 0) >= (providers?.untilMs ?? 0) ? own : providers;
    return longest === undefined || longest.untilMs <= clock.monotonic() ? undefined : longest;
  };
  const coolingMs = (endpoint: Endpoint) => Math.max(0, (longestCooling(endpoint)?.untilMs ?? 0) - clock.monotonic());
  const read = (endpoint: Endpoint): EndpointHealth => {
    if (!configured(endpoint)) return { endpoint, state: 'not_configured' };
    const cooling = coolingMs(endpoint);
    if (cooling > 0) return { endpoint, state: 'cooling', coolingUntil: clock.now() + cooling };
    const state = breakers.get(endpoint.id)?.state();
    if (state?.name === 'open') {
      return { endpoint, state: 'open', coolingUntil: clock.now() + Math.max(0, state.untilMs - clock.monotonic()) };
    }
    return { endpoint, state: state?.name === 'half_open' ? 'half_open' : 'available' };
  };

  return {
    read,
    measured: (endpoint) => statisticsById.get(endpoint.id)?.windows.at(clock.monotonic()) ?? unmeasured,
    breaker,
    coolingMs,
    coolingFor: (endpoint) => longestCooling(endpoint)?.why,
    cool(endpoint, scope, durationMs, why) {
      const key = scope === 'provider' ? providerKey(endpoint) : endpoint.id;
      const untilMs = clock.monotonic() + durationMs;
      if (untilMs > (coolings.get(key)?.untilMs ?? 0)) coolings.set(key, { untilMs, why });
      changed(endpoint);
      clock.after(durationMs + 1, () => changed(endpoint));
    },
    now: clock.monotonic,
    statistics,
    forgive: () => coolings.clear(),
    changes: () => newestOf(readers, read),
  };
}

const forgetEveryMs = 5 * 60_000;

/** An endpoint that was never called costs nothing to look at. */
const unmeasured: HealthMeasurements = {
  uptime: () => undefined,
  latency: () => undefined,
  throughput: () => undefined,
  toolCalls: () => undefined,
};

function providerKey(endpoint: Endpoint): string {
  return `provider:${endpoint.provider}`;
}

/** Remembers which endpoints changed, not how often. */
function newestOf(
  readers: Set<(endpoint: Endpoint) => void>,
  read: (endpoint: Endpoint) => EndpointHealth,
): AsyncIterableIterator<EndpointHealth> {
  const finished: IteratorReturnResult<undefined> = { done: true, value: undefined };
  const changed = new Map<string, Endpoint>();
  let wake: (() => void) | undefined;
  let over = false;

  const tell = (endpoint: Endpoint) => {
    changed.set(endpoint.id, endpoint);
    wake?.();
  };
  readers.add(tell);

  const iterator: AsyncIterableIterator<EndpointHealth> = {
    [Symbol.asyncIterator]: () => iterator,
    async next() {
      while (!over) {
        for (const [id, endpoint] of changed) {
          changed.delete(id);
          return { done: false, value: read(endpoint) };
        }
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      return finished;
    },
    async return() {
      over = true;
      readers.delete(tell);
      wake?.();
      return finished;
    },
  };
  return iterator;
}
