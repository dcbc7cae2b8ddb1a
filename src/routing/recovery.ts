import type { Catalog, Endpoint } from '../catalog.ts';
import type { Random } from '../clock.ts';
import type { Exclusion } from '../errors.ts';
import type { EndpointHealthBook } from './endpoint-health.ts';
import { passesByItself } from './health-filters.ts';

/** What waiting may bring. */
export interface Recovery {
  /** The endpoints that were left out for something that passes. */
  readonly endpoints: readonly Endpoint[];
  /** When the first of those whose time is known may be tried, milliseconds from now; infinite where none is. */
  readonly soonestMs: number;
  /** Whether one of them may be free at any time: when one of its calls ends, or answers. */
  readonly anyTime: boolean;
  /** What is told to callers, milliseconds. */
  readonly retryInMs: number;
}

/**
 * What waiting may bring; `undefined` where it would change nothing. Where breakers keep endpoints away, they are told to half-open
 * within a second: calling one is better than calling nobody. What a provider asked for is not shortened.
 */
export function recoveryOf(
  exclusions: readonly Exclusion[],
  catalog: Catalog,
  health: EndpointHealthBook,
  random: Random,
): Recovery | undefined {
  const panicMs = 500 + 500 * random();
  const endpoints: Endpoint[] = [];
  let soonestMs = Number.POSITIVE_INFINITY;
  let anyTime = false;
  for (const exclusion of exclusions.filter(passesByItself)) {
    const { filter } = exclusion;
    const endpoint = catalog.endpoint(exclusion.endpoint);
    if (endpoint === undefined) continue;
    endpoints.push(endpoint);
    if (filter === 'cooling') soonestMs = Math.min(soonestMs, health.coolingMs(endpoint));
    else if (filter === 'circuit_breaker') {
      const breaker = health.breaker(endpoint);
      breaker.hurry(health.now() + panicMs);
      const state = breaker.state();
      if (state.name === 'open') soonestMs = Math.min(soonestMs, Math.max(1, state.untilMs - health.now()));
      else anyTime = true;
    } else anyTime = true;
  }
  const retryInMs = anyTime ? Math.min(busyMs, soonestMs) : soonestMs;
  return endpoints.length === 0 ? undefined : { endpoints, soonestMs, anyTime, retryInMs };
}

/** How soon something may have changed where an endpoint may be free at any time. */
const busyMs = 100;
