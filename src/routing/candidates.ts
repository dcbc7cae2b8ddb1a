import type { Catalog, Endpoint } from '../catalog.ts';
import type { ChatRequest, Parameter } from '../chat.ts';
import type { Exclusion } from '../errors.ts';
import { dearer } from '../pricing.ts';
import type { EndpointHealthBook } from './endpoint-health.ts';
import type { Requirements } from './requirements.ts';

/** What the filters look at. */
export interface Selection {
  readonly request: ChatRequest;
  readonly requirements: Requirements;
  readonly catalog: Catalog;
  readonly health: EndpointHealthBook;
  /** What the caller's limit leaves, milliseconds; infinite where there is none. */
  readonly remainingMs: () => number;
}

export interface Candidates {
  readonly remaining: readonly Endpoint[];
  readonly exclusions: readonly Exclusion[];
}

/** Why an endpoint cannot serve this request, or nothing. */
type Filter = (endpoint: Endpoint, selection: Selection) => string | undefined;

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

/** With less time than this nobody is called: most of it would go into connecting. */
const leastTimeMs = 250;

const filters: readonly (readonly [name: string, test: Filter])[] = [
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
  [
    'deadline',
    (endpoint, { health, remainingMs }) => {
      const leftMs = remainingMs();
      if (!Number.isFinite(leftMs)) return undefined;
      const usualMs = health.statistics(endpoint).firstContentMedianMs() ?? 0;
      return leftMs > Math.max(leastTimeMs, usualMs / 2) ? undefined : `has too little time in the ${leftMs} ms left`;
    },
  ],
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

function tooDear({ pricing }: Endpoint, { request }: Selection): string | undefined {
  for (const name of ['prompt', 'completion', 'request', 'image'] as const) {
    const limit = request.provider?.maxPrice?.[name];
    const price = pricing[name] ?? '0';
    if (limit !== undefined && dearer(price, limit)) return `${name} costs ${price}, more than ${limit}`;
  }
  return undefined;
}
