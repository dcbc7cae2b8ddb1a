import type { Catalog, Endpoint } from '../catalog.ts';
import type { ChatRequest, Parameter } from '../chat.ts';
import type { Exclusion } from '../errors.ts';
import { dearer } from '../pricing.ts';
import type { EndpointHealthBook } from './endpoint-health.ts';
import type { Requirements } from './requirements.ts';

/** What the filters look at. */
export interface Selection extends StandingSelection {
  readonly health: EndpointHealthBook;
}

/** What those filters look at whose verdict does not change from one moment to the next. */
export interface StandingSelection {
  readonly request: ChatRequest;
  readonly requirements: Requirements;
  readonly catalog: Catalog;
}

export interface Candidates {
  readonly remaining: readonly Endpoint[];
  readonly exclusions: readonly Exclusion[];
}

/** Why an endpoint cannot serve this request, or nothing. */
type Filter<Seen = Selection> = (endpoint: Endpoint, selection: Seen) => string | undefined;

/** Runs every filter over the endpoints of a model. A filter only removes; the first that does is named. */
export function candidatesOf(endpoints: readonly Endpoint[], selection: Selection): Candidates {
  const exclusions: Exclusion[] = [];
  let remaining = endpoints.filter((endpoint) => {
    for (const [filter, test] of filters) {
      const reason = test(endpoint, selection);
      if (reason === undefined) continue;
      exclusions.push({ endpoint: endpoint.id, filter, reason });
      return false;
    }
    return true;
  });

  for (const parameter of softParameters) {
    if (!selection.requirements.parameters.has(parameter)) continue;
    const supporting = remaining.filter((endpoint) => endpoint.supportedParameters.has(parameter));
    if (supporting.length === 0 || supporting.length === remaining.length) continue;
    for (const endpoint of remaining) {
      if (supporting.includes(endpoint)) continue;
      exclusions.push({
        endpoint: endpoint.id,
        filter: parameter,
        reason: `does not support ${parameter}, which others do`,
      });
    }
    remaining = supporting;
  }

  return { remaining, exclusions };
}

/** Asked for and unsupported, these exclude an endpoint only while another supports them. */
const softParameters: readonly Parameter[] = ['tools', 'structured_outputs', 'response_format', 'verbosity'];

/** Why the endpoint cannot serve the request, however it is doing; `undefined` where it can. */
export function standingExclusion(endpoint: Endpoint, selection: StandingSelection): Exclusion | undefined {
  for (const [filter, test] of standingFilters) {
    const reason = test(endpoint, selection);
    if (reason !== undefined) return { endpoint: endpoint.id, filter, reason };
  }
  return undefined;
}

const standingFilters: readonly (readonly [name: string, test: Filter<StandingSelection>])[] = [
  [
    'not_configured',
    ({ provider }, { catalog }) =>
      catalog.provider(provider)?.configured === true ? undefined : `no credentials for ${provider}`,
  ],
  [
    'only',
    (endpoint, { request }) =>
      request.provider?.only === undefined || matchesAny(endpoint, request.provider.only) ? undefined : 'not in `only`',
  ],
  [
    'ignore',
    (endpoint, { request }) => (matchesAny(endpoint, request.provider?.ignore ?? []) ? 'in `ignore`' : undefined),
  ],
  [
    'order',
    (endpoint, { request: { provider } }) =>
      provider?.allowFallbacks === false && provider.order !== undefined && !matchesAny(endpoint, provider.order)
        ? 'not in `order`, and fallbacks are not allowed'
        : undefined,
  ],
  [
    'data_collection',
    ({ dataPolicy }, { request }) =>
      request.provider?.dataCollection === 'deny' &&
      !(
        dataPolicy.trainsOnPrompts === false &&
        (dataPolicy.retention === 'none' || dataPolicy.retention === 'transient')
      )
        ? 'is not known to leave prompts uncollected'
        : undefined,
  ],
  [
    'zdr',
    ({ dataPolicy }, { request }) =>
      request.provider?.zdr === true && !(dataPolicy.trainsOnPrompts === false && dataPolicy.retention === 'none')
        ? 'is not known to retain nothing'
        : undefined,
  ],
  [
    'quantizations',
    ({ quantization }, { request }) =>
      request.provider?.quantizations === undefined || request.provider.quantizations.includes(quantization)
        ? undefined
        : `serves the model as ${quantization}`,
  ],
  ['max_price', tooDear],
  [
    'require_parameters',
    ({ supportedParameters }, { request, requirements }) => {
      if (request.provider?.requireParameters !== true) return undefined;
      const missing = requirements.parameters.difference(supportedParameters);
      return missing.size === 0 ? undefined : `does not support ${[...missing].join(', ')}`;
    },
  ],
  [
    'modality',
    ({ inputModalities }, { requirements }) => {
      const missing = requirements.modalities.difference(new Set(inputModalities));
      return missing.size === 0 ? undefined : `does not take ${[...missing].join(', ')} input`;
    },
  ],
  [
    'max_tokens',
    ({ maxCompletionTokens }, { request }) =>
      maxCompletionTokens !== undefined && (request.maxTokens ?? 0) > maxCompletionTokens
        ? `writes at most ${maxCompletionTokens} tokens`
        : undefined,
  ],
  [
    'context_length',
    // The estimate may be off by a half; what is nearer than that is the provider's to judge.
    ({ contextLength }, { requirements }) =>
      requirements.estimatedPromptTokens > contextLength * 1.5
        ? `its context is ${contextLength} tokens, the prompt has about ${requirements.estimatedPromptTokens}`
        : undefined,
  ],
];

const filters: readonly (readonly [name: string, test: Filter])[] = [
  ...standingFilters,
  [
    'in_flight',
    (endpoint, { health }) => {
      const statistics = health.statistics(endpoint);
      const cap = statistics.trafficCap(health.now());
      return statistics.inFlight() >= cap ? `takes ${Math.floor(cap)} requests at a time, as it seems` : undefined;
    },
  ],
  [
    'circuit_breaker',
    (endpoint, { health }) => (health.breaker(endpoint).permits() ? undefined : 'failed too often just now'),
  ],
  [
    'cooling',
    (endpoint, { health }) => {
      const why = health.coolingFor(endpoint);
      if (why === undefined) return undefined;
      return `left alone after ${why} for another ${Math.ceil(health.coolingMs(endpoint) / 1000)} s`;
    },
  ],
];

/** Whether a slug names the endpoint's provider (`deepinfra`), or its very tag (`deepinfra/turbo`). */
export function matches(endpoint: Endpoint, slug: string): boolean {
  const wanted = slug.toLowerCase();
  return wanted === endpoint.provider || wanted === endpoint.tag.toLowerCase();
}

function matchesAny(endpoint: Endpoint, slugs: readonly string[]): boolean {
  return slugs.some((slug) => matches(endpoint, slug));
}

function tooDear({ pricing }: Endpoint, { request }: StandingSelection): string | undefined {
  for (const name of ['prompt', 'completion', 'request', 'image'] as const) {
    const limit = request.provider?.maxPrice?.[name];
    const price = pricing[name] ?? '0';
    if (limit !== undefined && dearer(price, limit)) return `${name} costs ${price}, more than ${limit}`;
  }
  return undefined;
}
