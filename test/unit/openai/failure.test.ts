import { describe, expect, it } from 'vitest';
import type { Attempt } from '../../../src/completion.ts';
import {
  AllAttemptsFailed,
  type CompletionError,
  type Exclusion,
  type FailureKind,
  ModelNotFound,
  NoEndpointAvailable,
  Overloaded,
  RateLimited,
  TimedOut,
} from '../../../src/errors.ts';
import { failureOf } from '../../../src/openai/failure.ts';
import { completionBy } from '../../support/scripted-generations.ts';
import { createSmallCatalog } from '../../support/small-catalog.ts';

const [succeeded] = completionBy(createSmallCatalog(), 'acme/large@quarry/turbo').attempts as [Attempt];
const attempts = (...kinds: FailureKind[]): Attempt[] =>
  kinds.map((failureKind) => ({ ...succeeded, outcome: 'failed', failureKind }));
const excluded = (...filters: string[]): Exclusion[] =>
  filters.map((filter, index) => ({ endpoint: `acme/large@p${index}/fast`, filter, reason: `By ${filter}.` }));
const nobody = (filters: string[], retryAfterMs?: number) =>
  new NoEndpointAvailable('Nobody.', excluded(...filters), retryAfterMs);

/** Each status and code as OpenRouter documents them. */
const cases: Readonly<Record<string, readonly [CompletionError, number, object | undefined]>> = {
  'a model that nobody knows': [
    new ModelNotFound('acme/lrge', ['acme/large']),
    400,
    { code: 'model_not_found', retryable: false, fallback_models: ['acme/large'] },
  ],
  'a model without endpoints that could be called': [
    nobody(['not_configured']),
    404,
    { code: 'no_endpoints', retryable: false, affected_providers: ['p0'] },
  ],
  'preferences that leave nobody': [
    nobody(['not_configured', 'max_price', 'only', 'ignore']),
    404,
    {
      code: 'constraint_filtered',
      retryable: false,
      affected_providers: ['p0', 'p1', 'p2', 'p3'],
      excluded_by: ['max_price', 'allowed_providers'],
      constraint: { field: 'provider.max_price', detail: 'By max_price.' },
    },
  ],
  'privacy that nobody keeps': [
    nobody(['zdr', 'data_collection']),
    404,
    {
      code: 'privacy_restricted',
      retryable: false,
      affected_providers: ['p0', 'p1'],
      excluded_by: ['data_policy:zdr', 'data_policy:training'],
      constraint: { field: 'provider.zdr', detail: 'By zdr.' },
    },
  ],
  'endpoints that rest for a while': [
    nobody(['cooling'], 1_500),
    503,
    { code: 'temporarily_unavailable', retryable: true, retry_after: 2, affected_providers: ['p0'] },
  ],
  'endpoints that have no room': [
    new RateLimited('Slow down.', { attempts: attempts('rate_limited'), retryAfterMs: 900 }),
    429,
    { code: 'capacity_exhausted', retryable: true, retry_after: 1, affected_providers: ['quarry'] },
  ],
  'a server that has no room': [new Overloaded('Too much.'), 503, { code: 'temporarily_unavailable', retryable: true }],
  'providers that do not have the model': [
    new AllAttemptsFailed('None.', { attempts: attempts('model_not_found', 'model_not_found'), retryable: true }),
    404,
    { code: 'model_unavailable_upstream', retryable: false, affected_providers: ['quarry'] },
  ],
  'providers that failed in several ways': [
    new AllAttemptsFailed('None.', { attempts: attempts('model_not_found', 'server_failed'), retryable: true }),
    502,
    undefined,
  ],
  'an answer that took too long': [new TimedOut('Late.'), 504, undefined],
};

describe('why nothing could serve a request', () => {
  it.each(Object.entries(cases))('is told of %s', (_, [error, status, availability]) => {
    const failure = failureOf(error, ['large', 'acme/small']);
    expect(failure?.status).toBe(status);
    expect(failure?.availability).toEqual(
      availability && {
        ...availability,
        requested_models: ['large', 'acme/small'],
        docs_url: '/api/v1/openapi.json',
      },
    );
  });
});
