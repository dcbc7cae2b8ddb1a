import type { FailureKind } from '../errors.ts';

/** The endpoint alone; all endpoints that share its limit; all that share the provider's account. */
export type CoolingScope = 'endpoint' | 'quota_group' | 'provider';

export interface FailureConsequence {
  /** Try the next endpoint of the same model. */
  readonly nextEndpoint: boolean;
  /** Try the next model of the caller's list. */
  readonly nextModel: boolean;
  /** Call the same endpoint again, after a pause, where it is the only one. */
  readonly again: boolean;
  /** Counts against the endpoint: its circuit breaker may open. */
  readonly countsAgainstEndpoint: boolean;
  /** Keeps further requests away for a time, or for as long as the upstream asks. */
  readonly cooling?: { readonly scope: CoolingScope; readonly defaultMs: number };
}

/** What a refused call leads to, and one that is sure to be refused. */
export const rateLimitCooling = { scope: 'quota_group', defaultMs: 200 } as const;

const outage: FailureConsequence = { nextEndpoint: true, nextModel: true, again: true, countsAgainstEndpoint: true };
const slowness: FailureConsequence = { ...outage, again: false };
const requestFault: FailureConsequence = {
  nextEndpoint: false,
  nextModel: true,
  again: false,
  countsAgainstEndpoint: false,
};
const accountFault: FailureConsequence = {
  nextEndpoint: true,
  nextModel: true,
  again: false,
  countsAgainstEndpoint: false,
  cooling: { scope: 'provider', defaultMs: 5 * 60_000 },
};

/** What each kind of failure leads to. A new kind does not compile until it is decided here. */
export const failurePolicy: Readonly<Record<FailureKind, FailureConsequence>> = {
  rate_limited: { ...outage, countsAgainstEndpoint: false, cooling: rateLimitCooling },
  overloaded: outage,
  server_failed: outage,
  unreachable: outage,
  connect_timeout: outage,
  first_content_timeout: slowness,
  gap_timeout: slowness,
  total_timeout: slowness,
  malformed_response: outage,
  truncated: outage,
  credentials_rejected: accountFault,
  provider_credits_exhausted: accountFault,
  model_not_found: { ...requestFault, cooling: { scope: 'endpoint', defaultMs: 10 * 60_000 } },
  context_length_exceeded: requestFault,
  unsupported_parameter: { ...requestFault, nextEndpoint: true },
  content_filtered: requestFault,
  invalid_request: { ...requestFault, nextModel: false },
};
