import type { Catalog } from '../catalog.ts';
import type { Random } from '../clock.ts';
import type { Exclusion } from '../errors.ts';
import type { EndpointHealthBook } from './endpoint-health.ts';

/** How soon to look again at an endpoint that has its hands full. */
const busyMs = 100;

/**
 * How long until one of the endpoints that were left out may be tried, milliseconds; `undefined` where waiting would change nothing.
 * Where breakers keep all of them away, they are told to half-open within a second: calling one is better than calling nobody. What a
 * provider asked for is not shortened.
 */
export function recoveryMs(
  exclusions: readonly Exclusion[],
  catalog: Catalog,
  health: EndpointHealthBook,
  random: Random,
): number | undefined {
  const panicMs = 500 + 500 * random();
  const waits = exclusions.flatMap(({ endpoint: id, filter }) => {
    const endpoint = catalog.endpoint(id);
    if (endpoint === undefined) return [];
    switch (filter) {
      case 'cooling':
        return [health.coolingMs(endpoint)];
      case 'in_flight':
        return [busyMs];
      case 'circuit_breaker': {
        const breaker = health.breaker(endpoint);
        breaker.hurry(health.now() + panicMs);
        const state = breaker.state();
        return [state.name === 'open' ? Math.max(1, state.untilMs - health.now()) : busyMs];
      }
      default:
        return [];
    }
  });
  return waits.length === 0 ? undefined : Math.min(...waits);
}
