import type { Endpoint } from '../catalog.ts';
import { createTrafficCap } from './traffic-cap.ts';

/** The calls of all endpoints that share one limit at their provider. */
export interface QuotaGroup {
  readonly began: () => void;
  readonly ended: () => void;
  readonly inFlight: () => number;
  /** The provider refused a call for its rate, or said that the next one would be refused. */
  readonly limited: (nowMs: number) => void;
  readonly succeeded: (nowMs: number) => void;
  /** How many calls at a time the group takes, as learnt from refusals; infinite where none came of late. */
  readonly trafficCap: (nowMs: number) => number;
}

export function createQuotaGroup(): QuotaGroup {
  const cap = createTrafficCap();
  let inFlight = 0;
  return {
    began: () => {
      inFlight += 1;
    },
    ended: () => {
      inFlight -= 1;
    },
    inFlight: () => inFlight,
    limited: (nowMs) => cap.limited(inFlight, nowMs),
    succeeded: (nowMs) => cap.succeeded(inFlight, nowMs),
    trafficCap: cap.limit,
  };
}

/** Whether a call of the one takes room from the other. Where nothing is said, a limit is taken to be an endpoint's own. */
export function sharesLimit(one: Endpoint, other: Endpoint): boolean {
  const inOneGroup = one.quotaGroup !== undefined && one.quotaGroup === other.quotaGroup;
  return one.id === other.id || (inOneGroup && one.provider === other.provider);
}
