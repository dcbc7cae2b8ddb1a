import type { Endpoint } from '../src/catalog.ts';
import type { Clock } from '../src/clock.ts';
import type { EndpointHealth, EndpointHealthBook } from '../src/routing/endpoint-health.ts';

/** Counts the calls that health should have kept away. */
export interface EjectionWatch {
  /** The same book, for the router: the endpoint's health is noted before each thing that the router asks or tells of it. */
  readonly health: EndpointHealthBook;
  /** A call of the endpoint begins. The returned function is to be called when it brings its first content, or ends. */
  readonly picked: (endpoint: Endpoint) => () => void;
  /** Calls that began while the endpoint was cooling, or while its circuit breaker was open and its time not yet over. */
  readonly ejectedPicks: () => number;
  /** Calls of a half-open endpoint beyond the trial calls that it may get at a time. */
  readonly excessTrials: () => number;
}

/** Half-open endpoints may get so many calls at a time (routing.md, step 6). */
const trialsAllowed = 2;

/**
 * Beginning a call turns an open breaker half-open before the provider hears of it. So the last state that was seen before
 * counts as well as the one at the call.
 */
export function watchEjections(book: EndpointHealthBook, endpoints: readonly Endpoint[], clock: Clock): EjectionWatch {
  const known = new Map<unknown, Endpoint>(endpoints.map((endpoint) => [endpoint, endpoint]));
  const seen = new Map<Endpoint, EndpointHealth>();
  const trials = new Map<Endpoint, number>();
  let ejectedPicks = 0;
  let excessTrials = 0;

  const see = (argument: unknown) => {
    const endpoint = known.get(argument);
    if (endpoint !== undefined) seen.set(endpoint, book.read(endpoint));
  };
  const keptAway = (health: EndpointHealth | undefined, ...states: readonly string[]) =>
    health !== undefined && states.includes(health.state) && (health.coolingUntil ?? 0) > clock.now();

  return {
    health: observed(book, see),
    picked(endpoint) {
      const before = seen.get(endpoint);
      const now = book.read(endpoint);
      if (keptAway(now, 'open', 'cooling') || (now.state === 'half_open' && keptAway(before, 'open'))) {
        ejectedPicks += 1;
        return () => {};
      }
      if (now.state !== 'half_open') return () => {};
      const running = (trials.get(endpoint) ?? 0) + 1;
      trials.set(endpoint, running);
      if (running > trialsAllowed) excessTrials += 1;
      let over = false;
      return () => {
        if (over) return;
        over = true;
        trials.set(endpoint, (trials.get(endpoint) ?? 1) - 1);
      };
    },
    ejectedPicks: () => ejectedPicks,
    excessTrials: () => excessTrials,
  };
}

/** The same object, whose functions tell `see` their first argument before they run. */
function observed<T extends object>(subject: T, see: (argument: unknown) => void): T {
  const functions = new Map<string | symbol, unknown>();
  return new Proxy(subject, {
    get(target, name) {
      const known = functions.get(name);
      if (known !== undefined) return known;
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== 'function') return member;
      const telling = (...given: unknown[]): unknown => {
        see(given[0]);
        return Reflect.apply(member, target, given);
      };
      functions.set(name, telling);
      return telling;
    },
  });
}
