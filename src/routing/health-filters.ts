import type { Exclusion, FailureKind } from '../errors.ts';
import type { EndpointHealthBook } from './endpoint-health.ts';
import type { Filter } from './filter.ts';

/** With less time than this nobody is called: most of it would go into connecting. */
const leastTimeMs = 250;

interface Moment {
  readonly health: EndpointHealthBook;
  /** What the caller's limit leaves, milliseconds; infinite where there is none. */
  readonly remainingMs: () => number;
}

/** What keeps requests away from an endpoint for now. */
export const healthFilters: readonly Filter<Moment>[] = [
  [
    'deadline',
    ({ health, remainingMs }) => {
      const leftMs = remainingMs();
      if (!Number.isFinite(leftMs)) return undefined;
      return (endpoint) => {
        const usualMs = health.statistics(endpoint).firstContentMedianMs() ?? 0;
        if (leftMs > Math.max(leastTimeMs, usualMs / 2)) return undefined;
        return usualMs === 0
          ? `Only ${leftMs} ms are left, too few to call anybody.`
          : `It usually begins to answer after ${Math.round(usualMs)} ms, and ${leftMs} ms are left.`;
      };
    },
  ],
  [
    'in_flight',
    ({ health }) => {
      const nowMs = health.now();
      return (endpoint) => {
        const statistics = health.statistics(endpoint);
        const cap = statistics.trafficCap(nowMs);
        return statistics.inFlight() >= cap
          ? `It takes ${Math.floor(cap)} requests at a time, as its refusals show, and has as many.`
          : undefined;
      };
    },
  ],
  [
    'circuit_breaker',
    ({ health }) =>
      (endpoint) => {
        const breaker = health.breaker(endpoint);
        if (breaker.permits()) return undefined;
        const state = breaker.state();
        if (state.name !== 'open') return 'It failed too often of late, and the calls that try it again are under way.';
        const retryAfterMs = Math.max(0, Math.ceil(state.untilMs - health.now()));
        return { reason: `It failed too often of late. It is tried again ${inSeconds(retryAfterMs)}.`, retryAfterMs };
      },
  ],
  [
    'cooling',
    ({ health }) =>
      (endpoint) => {
        const why = health.coolingFor(endpoint);
        if (why === undefined) return undefined;
        const retryAfterMs = Math.ceil(health.coolingMs(endpoint));
        const story = stories[why] ?? 'Its provider asked to be left alone.';
        return { reason: `${story} It is tried again ${inSeconds(retryAfterMs)}.`, retryAfterMs };
      },
  ],
];

/** Those that leave out an endpoint because it has as many requests as it takes, those that wait for it among them. */
export const capacityFilters: ReadonlySet<string> = new Set(['in_flight', 'waiting_line']);

/** Whether the endpoint may serve in a while, though nobody does anything about it. */
export function passesByItself({ filter }: Exclusion): boolean {
  return capacityFilters.has(filter) || filter === 'cooling' || filter === 'circuit_breaker';
}

/** What happened before an endpoint was left alone. */
const stories: Partial<Readonly<Record<FailureKind, string>>> = {
  rate_limited: 'Its provider takes no more requests for now: a rate limit is used up.',
  credentials_rejected: "Its provider rejected the operator's key.",
  provider_credits_exhausted: "The operator's account at its provider is out of credits.",
  model_not_found: 'Its provider did not know the model.',
};

function inSeconds(ms: number): string {
  return `in ${Math.max(1, Math.ceil(ms / 1000))} s`;
}
