import type { Endpoint } from '../catalog.ts';
import type { Clock } from '../clock.ts';
import { Overloaded } from '../errors.ts';
import type { EndpointHealthBook } from './endpoint-health.ts';
import type { Recovery } from './recovery.ts';
import type { Run } from './run.ts';
import type { Place, WaitingLine } from './waiting-line.ts';

/** The time that one request may spend in line, all in all. */
export interface BoundedWait {
  /** Whether others wait for the endpoint, and came before. */
  readonly isForOthers: (endpoint: Endpoint) => boolean;
  /**
   * Waits until it is worth looking again. False where nothing comes back within what is left of the time, or nothing has. Throws
   * Overloaded where too many wait already. Rejects with the signal's reason as soon as the request aborts.
   */
  readonly turn: (recovery: Recovery) => Promise<boolean>;
  /** Gives the place in line to the next, if there is one. */
  readonly leave: () => void;
}

export interface BoundedWaitOptions {
  readonly line: WaitingLine;
  readonly health: EndpointHealthBook;
  readonly clock: Clock;
}

/** A request waits so long for endpoints to come back, and a provider that wants more is not waited for. */
const longestWaitMs = 1_000;
/** So many requests may wait for endpoints none of whose caps is known. */
const placesWhereNoCapIsKnown = 256;
/** Where caps are known, so many for each call that the endpoints take at a time, but not fewer than the least. */
const placesForEachCall = 2;
const fewestPlaces = 8;
/** Nobody gains by a caller that comes back at once. */
const shortestRetryMs = 100;

export function createBoundedWait(run: Run, { line, health, clock }: BoundedWaitOptions): BoundedWait {
  let waitedMs = 0;
  let place: Place | undefined;

  const placesFor = (endpoints: readonly Endpoint[]) => {
    const caps = endpoints.map((endpoint) => health.statistics(endpoint).trafficCap(clock.monotonic()));
    const known = caps.filter(Number.isFinite);
    if (known.length === 0) return placesWhereNoCapIsKnown;
    return Math.max(fewestPlaces, placesForEachCall * known.reduce((sum, cap) => sum + cap, 0));
  };

  return {
    isForOthers: (endpoint) => place === undefined && line.isAwaited(endpoint),
    async turn({ endpoints, soonestMs, anyTime, retryInMs }) {
      const patienceMs = Math.min(longestWaitMs - waitedMs, run.remainingMs());
      if (patienceMs <= 0 || !(anyTime || soonestMs <= patienceMs)) return false;
      place ??= line.join(endpoints, placesFor(endpoints));
      if (place === undefined) {
        throw new Overloaded('As many requests as can be served soon wait for an endpoint already.', {
          attempts: run.attempts.map((attempt) => attempt.snapshot()),
          retryAfterMs: Math.max(shortestRetryMs, Math.ceil(retryInMs)),
        });
      }
      const sinceMs = clock.monotonic();
      const mayLook = await place.turn(soonestMs, patienceMs, run.signal);
      waitedMs += clock.monotonic() - sinceMs;
      return mayLook;
    },
    leave() {
      place?.leave();
      place = undefined;
    },
  };
}
