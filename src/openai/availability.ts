import {
  AllAttemptsFailed,
  type CompletionError,
  type Exclusion,
  ModelNotFound,
  NoEndpointAvailable,
  Overloaded,
  RateLimited,
} from '../errors.ts';

type AvailabilityCode =
  | 'model_not_found'
  | 'no_endpoints'
  | 'model_unavailable_upstream'
  | 'capacity_exhausted'
  | 'temporarily_unavailable'
  | 'privacy_restricted'
  | 'constraint_filtered';

/** Why nothing could serve a request, as OpenRouter has it. */
export interface Availability {
  readonly code: AvailabilityCode;
  readonly retryable: boolean;
  /** Seconds. */
  readonly retry_after?: number;
  readonly requested_models: readonly string[];
  readonly affected_providers?: readonly string[];
  readonly excluded_by?: readonly string[];
  /** Names that could be asked for instead. */
  readonly fallback_models?: readonly string[];
  /** The first thing in the request that stood in the way. */
  readonly constraint?: { readonly field: string; readonly detail: string };
  readonly docs_url: string;
}

/** OpenRouter's word for what removes an endpoint, and the field of a request that asks for it. */
const constraints: Readonly<Record<string, { readonly word: string; readonly field: string }>> = {
  max_price: { word: 'max_price', field: 'provider.max_price' },
  context_length: { word: 'context_length', field: 'messages' },
  max_tokens: { word: 'context_length', field: 'max_tokens' },
  require_parameters: { word: 'require_parameters', field: 'provider.require_parameters' },
  quantizations: { word: 'quantization', field: 'provider.quantizations' },
  zdr: { word: 'data_policy:zdr', field: 'provider.zdr' },
  data_collection: { word: 'data_policy:training', field: 'provider.data_collection' },
  only: { word: 'allowed_providers', field: 'provider.only' },
  ignore: { word: 'allowed_providers', field: 'provider.ignore' },
  order: { word: 'allowed_providers', field: 'provider.order' },
};

/** Nothing for failures that are not about who could serve. `requested` are the names that the request gave, where they are known. */
export function availabilityOf(error: CompletionError, requested: readonly string[] = []): Availability | undefined {
  if (error instanceof ModelNotFound) {
    return availability(error, 'model_not_found', requested.length === 0 ? [error.model] : requested, {
      ...(error.suggestions.length > 0 && { fallback_models: error.suggestions }),
    });
  }
  if (error instanceof NoEndpointAvailable) {
    const constrained = error.exclusions.flatMap((exclusion) => constraintOf(exclusion) ?? []);
    return availability(error, codeOf(error.retryable, constrained), requested, {
      ...providersOf(error.exclusions.map(({ endpoint }) => endpoint.slice(endpoint.lastIndexOf('@') + 1))),
      ...(constrained.length > 0 && { excluded_by: [...new Set(constrained.map(({ word }) => word))] }),
      ...(constrained[0] !== undefined && {
        constraint: { field: constrained[0].field, detail: constrained[0].detail },
      }),
    });
  }
  const affected = providersOf(error.attempts.map(({ endpoint }) => endpoint.tag));
  if (error instanceof RateLimited) return availability(error, 'capacity_exhausted', requested, affected);
  if (error instanceof Overloaded) return availability(error, 'temporarily_unavailable', requested, affected);
  if (isUnknownUpstream(error)) return availability(error, 'model_unavailable_upstream', requested, affected);
  return undefined;
}

/** Whether no provider that was asked has the model, so that asking again is of no use. */
export function isUnknownUpstream(error: CompletionError): boolean {
  const { attempts } = error;
  return (
    error instanceof AllAttemptsFailed &&
    attempts.length > 0 &&
    attempts.every(({ failureKind }) => failureKind === 'model_not_found')
  );
}

function availability(
  { retryable, retryAfterMs }: CompletionError,
  code: AvailabilityCode,
  requested: readonly string[],
  details: Partial<Availability>,
): Availability {
  return {
    code,
    retryable: retryable && code !== 'model_unavailable_upstream',
    ...(retryAfterMs !== undefined && { retry_after: Math.ceil(retryAfterMs / 1_000) }),
    requested_models: requested,
    ...details,
    docs_url: '/api/v1/openapi.json',
  };
}

interface Constraint {
  readonly word: string;
  readonly field: string;
  readonly detail: string;
}

function constraintOf({ filter, reason }: Exclusion): Constraint | undefined {
  const known = constraints[filter];
  return known && { ...known, detail: reason };
}

function codeOf(retryable: boolean, constrained: readonly Constraint[]): AvailabilityCode {
  if (retryable) return 'temporarily_unavailable';
  if (constrained.length === 0) return 'no_endpoints';
  return constrained.every(({ word }) => word.startsWith('data_policy:'))
    ? 'privacy_restricted'
    : 'constraint_filtered';
}

/** By the tags of their endpoints, which begin with the provider's slug. */
function providersOf(tags: readonly string[]): Pick<Availability, 'affected_providers'> {
  const slugs = [...new Set(tags.map((tag) => tag.split('/', 1)[0] ?? tag))];
  return slugs.length === 0 ? {} : { affected_providers: slugs };
}
