import type { Attempt } from '../completion.ts';
import {
  AllAttemptsFailed,
  type CompletionError,
  ContentFiltered,
  ContextLengthExceeded,
  type Exclusion,
  type FailureKind,
  InvalidRequest,
  NoEndpointAvailable,
  Overloaded,
  RateLimited,
  TimedOut,
} from '../errors.ts';
import { failurePolicy } from './failure-policy.ts';
import { capacityFilters, passesByItself } from './health-filters.ts';

/** What became of a request that no endpoint answered. */
export interface Fruitless {
  readonly models: readonly string[];
  readonly attempts: readonly Attempt[];
  readonly exclusions: readonly Exclusion[];
  /** Whether the request's own time was up. */
  readonly outOfTime: boolean;
  /** The soonest that something may have changed, where anything is known of that. */
  readonly retryAfterMs: number | undefined;
}

/** Nobody gains by a caller that comes back at once. */
const shortestRetryMs = 100;

/** The error that tells the caller what happened and what to do about it. */
export function requestFailure(fruitless: Fruitless): CompletionError {
  const { attempts, outOfTime, retryAfterMs } = fruitless;
  // One that was given up for a faster one says nothing of why the request failed.
  const failed = attempts.filter(({ outcome }) => outcome !== 'cancelled');
  const last = failed.at(-1);
  if (last === undefined)
    return outOfTime ? new TimedOut('The time was up before any endpoint was tried.') : nobodyLeft(fruitless);

  const details = {
    attempts,
    retryAfterMs: retryAfterMs === undefined ? undefined : Math.max(shortestRetryMs, retryAfterMs),
  };
  const kinds = new Set(failed.map((attempt) => attempt.failureKind ?? 'server_failed'));
  const only = (...expected: FailureKind[]) => [...kinds].every((kind) => expected.includes(kind));
  const said = `${last.endpoint.provider}: ${last.message ?? 'no reason given'}`;
  const told = failed.map((attempt) => `${attempt.endpoint.id} ${attempt.failureKind}: ${attempt.message}`).join('; ');

  if (last.failureKind === 'invalid_request' || last.failureKind === 'unsupported_parameter')
    return new InvalidRequest(said, { attempts });
  if (last.failureKind === 'context_length_exceeded') return new ContextLengthExceeded(said, details);
  if (last.failureKind === 'content_filtered') return new ContentFiltered(said, details);
  if (outOfTime || only('connect_timeout', 'first_content_timeout', 'gap_timeout', 'total_timeout'))
    return new TimedOut(told, details);
  if (only('rate_limited')) return new RateLimited(told, details);
  if (only('overloaded')) return new Overloaded(told, details);
  return new AllAttemptsFailed(told, {
    ...details,
    retryable: [...kinds].some((kind) => failurePolicy[kind].countsAgainstEndpoint),
  });
}

function nobodyLeft({ models, exclusions, retryAfterMs }: Fruitless): CompletionError {
  const named = models.join(', ');
  if (exclusions.length > 0 && exclusions.every(({ filter }) => filter === 'deadline')) {
    return new TimedOut(`The time is too short for every endpoint of ${named}. ${exclusions[0]?.reason}`);
  }
  if (exclusions.length === 0) {
    return new NoEndpointAvailable(
      `No provider in the catalog serves ${named}. The operator may add an endpoint for it.`,
      [],
    );
  }
  if (exclusions.every(({ filter }) => filter === 'context_length')) {
    return new ContextLengthExceeded(`The prompt is too long for every endpoint of ${named}. ${exclusions[0]?.reason}`);
  }
  const told = Object.entries(Object.groupBy(exclusions, ({ filter }) => filter)).map(([filter, excluded = []]) => {
    const [reason, ...others] = new Set(excluded.map((exclusion) => exclusion.reason));
    const tags = excluded.map(({ endpoint }) => tagOf(endpoint)).join(', ');
    const told = reason?.replace(/\.$/, '');
    if (others.length === 0) return `${tags} (${told})`;
    // With nothing else to tell there is room for one of the reasons.
    return excluded.length < exclusions.length ? `${tags} (${filter})` : `${tags} (${filter}, the first: ${told})`;
  });
  const hint = exclusions.every(({ filter }) => filter === 'not_configured')
    ? ' The operator may set the API key of one of these; `models(filter: { available: true })` lists what can be called.'
    : '';
  const message = `No endpoint of ${named} can serve this request now. Left out: ${told.join('; ')}.${hint}`;
  return areFull(exclusions)
    ? new Overloaded(message, { exclusions, retryAfterMs: Math.max(shortestRetryMs, retryAfterMs ?? 0) })
    : new NoEndpointAvailable(message, exclusions, retryAfterMs);
}

/** Whether all that could serve in a while have as many requests as they take: none that could is away. */
function areFull(exclusions: readonly Exclusion[]): boolean {
  const passing = exclusions.filter(passesByItself);
  return passing.length > 0 && passing.every(({ filter }) => capacityFilters.has(filter));
}

function tagOf(endpointId: string): string {
  return endpointId.slice(endpointId.lastIndexOf('@') + 1);
}
