import type { Endpoint } from '../catalog.ts';
import type { Clock, Random } from '../clock.ts';
import type { FailureKind } from '../errors.ts';
import { type CacheAffinity, createCacheAffinity } from './cache-affinity.ts';
import { type CircuitBreaker, createCircuitBreaker } from './circuit-breaker.ts';
import { createEndpointStatistics, type EndpointStatistics } from './endpoint-statistics.ts';
import type { CoolingScope } from './failure-policy.ts';
import type { HealthMeasurements } from './health-windows.ts';
import { createQuotaGroup, type QuotaGroup } from './quota-group.ts';

/**
 * available: may be chosen. cooling: the provider asked us to wait. open: failed too often, its circuit breaker keeps calls
 * away until its time is over; from then on the next request may be the trial call. half_open: one trial call decides. not_configured: has no credentials and is never tried.
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
  /**
   * Keeps requests away for so long from the endpoint, from all that share its limit, or from all of its provider's; never shortens
   * an earlier wait.
   */
  readonly cool: (endpoint: Endpoint, scope: CoolingScope, durationMs: number, why: FailureKind) => void;
  /** Milliseconds until the endpoint's cooling ends; 0 where it does not cool. */
  readonly coolingMs: (endpoint: Endpoint) => number;
  /** What it cools for; `undefined` where it does not. */
  readonly coolingFor: (endpoint: Endpoint) => FailureKind | undefined;
  /** The monotonic clock, which the statistics are asked by. */
  readonly now: () => number;
  /** What cooldowns are jittered by. */
  readonly random: Random;
  /** What was measured of the endpoint on live traffic. */
  readonly statistics: (endpoint: Endpoint) => EndpointStatistics;
  /** Who holds which conversation's prompt cache. */
  readonly affinity: CacheAffinity;
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
  const coolings: Readonly<Record<CoolingScope, Map<string, Cooling>>> = {
    endpoint: new Map(),
    quota_group: new Map(),
    provider: new Map(),
  };
  /** By then all have ended: mostly that is in the past, and nothing needs to be looked up. */
  let coolingUntilMs = 0;
  const statisticsById = new Map<
    string,
    { readonly quotaGroup: string | undefined; readonly own: EndpointStatistics }
  >();
  const quotaGroups = new Map<string, QuotaGroup>();
  const known = new Map<string, Endpoint>();
  const readers = new Set<(endpoint: Endpoint) => void>();

  const changed = (endpoint: Endpoint) => {
    for (const tell of readers) tell(endpoint);
  };
  const statistics = (endpoint: Endpoint) => {
    const existing = statisticsById.get(endpoint.id);
    if (existing !== undefined && existing.quotaGroup === endpoint.quotaGroup) return existing.own;
    const own = createEndpointStatistics(quotaGroupOf(endpoint), forgetOld);
    statisticsById.set(endpoint.id, { quotaGroup: endpoint.quotaGroup, own });
    known.set(endpoint.id, endpoint);
    // One that a reload put into another group begins anew.
    breakers.delete(endpoint.id);
    return own;
  };
  const quotaGroupOf = (endpoint: Endpoint) => {
    const name = quotaGroupName(endpoint);
    const group = quotaGroups.get(name) ?? createQuotaGroup();
    quotaGroups.set(name, group);
    return group;
  };
  let forgottenAtMs = 0;
  /** Endpoints without traffic forget nothing by themselves. */
  const forgetOld = (nowMs: number) => {
    if (nowMs - forgottenAtMs < forgetEveryMs) return;
    forgottenAtMs = nowMs;
    for (const { own } of statisticsById.values()) own.windows.forget(nowMs);
  };
  const breaker = (endpoint: Endpoint) => {
    const existing = breakers.get(endpoint.id);
    if (existing !== undefined) return existing;
    const created = createCircuitBreaker({ clock, random, ...statistics(endpoint), onChange: () => changed(endpoint) });
    breakers.set(endpoint.id, created);
    return created;
  };
  const longestCooling = (endpoint: Endpoint) => {
    const nowMs = clock.monotonic();
    if (nowMs >= coolingUntilMs) return undefined;
    let longest: Cooling | undefined;
    for (const scope of coolingScopes) {
      const cooling = coolings[scope].get(keyOf[scope](endpoint));
      if (cooling !== undefined && cooling.untilMs > (longest?.untilMs ?? nowMs)) longest = cooling;
    }
    return longest;
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
    measured: (endpoint) => statisticsById.get(endpoint.id)?.own.windows.at(clock.monotonic()) ?? unmeasured,
    breaker,
    coolingMs,
    coolingFor: (endpoint) => longestCooling(endpoint)?.why,
    cool(endpoint, scope, durationMs, why) {
      const key = keyOf[scope](endpoint);
      const untilMs = clock.monotonic() + durationMs;
      const allChanged = () => {
        known.set(endpoint.id, endpoint);
        for (const each of known.values()) if (keyOf[scope](each) === key) changed(each);
      };
      const earlier = coolings[scope].get(key);
      if (earlier === undefined || untilMs > earlier.untilMs) {
        earlier?.cancelEnd();
        coolings[scope].set(key, { untilMs, why, cancelEnd: clock.after(durationMs + 1, allChanged) });
      }
      coolingUntilMs = Math.max(coolingUntilMs, untilMs);
      allChanged();
    },
    now: clock.monotonic,
    random,
    statistics,
    affinity: createCacheAffinity(clock),
    forgive() {
      const cooled = [...known.values()].filter((endpoint) => coolingMs(endpoint) > 0);
      for (const scope of coolingScopes) {
        for (const { cancelEnd } of coolings[scope].values()) cancelEnd();
        coolings[scope].clear();
      }
      for (const endpoint of cooled) changed(endpoint);
    },
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

interface Cooling {
  readonly untilMs: number;
  readonly why: FailureKind;
  /** Calls off what tells the readers of its end. */
  readonly cancelEnd: () => void;
}

/** What a cooling is kept under. */
const keyOf: Readonly<Record<CoolingScope, (endpoint: Endpoint) => string>> = {
  endpoint: ({ id }) => id,
  quota_group: quotaGroupName,
  provider: ({ provider }) => provider,
};
const coolingScopes = ['endpoint', 'quota_group', 'provider'] as const satisfies readonly CoolingScope[];

/** Where nothing is said, a limit is taken to be an endpoint's own. */
function quotaGroupName({ id, provider, quotaGroup }: Endpoint): string {
  return quotaGroup === undefined ? id : `${provider}/${quotaGroup}`;
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
