import type { Catalog, Endpoint } from '../catalog.ts';
import type { ChatRequest, Parameter } from '../chat.ts';
import type { Permits } from '../completion.ts';
import type { Exclusion } from '../errors.ts';
import { dearer, effectivePrices } from '../pricing.ts';
import type { EndpointHealthBook } from './endpoint-health.ts';
import type { Filter, Reason } from './filter.ts';
import { healthFilters } from './health-filters.ts';
import { hasNoProvider, matchesAny, unknownProviders } from './provider-slugs.ts';
import type { Requirements } from './requirements.ts';

/** What those filters look at whose verdict does not change from one moment to the next. */
export interface StandingSelection {
  readonly request: ChatRequest;
  readonly requirements: Requirements;
  readonly catalog: Catalog;
  /** Absent: everything is allowed. */
  readonly permits?: Permits | undefined;
}

/** What the filters look at. */
export interface Selection extends StandingSelection {
  readonly health: EndpointHealthBook;
  /** What the caller's limit leaves, milliseconds; infinite where there is none. */
  readonly remainingMs: () => number;
}

export interface Candidates {
  readonly remaining: readonly Endpoint[];
  readonly exclusions: readonly Exclusion[];
}

/**
 * Runs every filter over the endpoints. A filter only removes; the first that does is named. Those in `passedOver` have had their turn:
 * they are neither candidates nor told of, but what they support is not dropped from the request after them.
 */
export function candidatesOf(
  endpoints: readonly Endpoint[],
  selection: Selection,
  passedOver: ReadonlySet<Endpoint> = new Set(),
): Candidates {
  const exclusions: Exclusion[] = [];
  const exclude = (endpoint: Endpoint, filter: string, found: Reason) => {
    if (passedOver.has(endpoint)) return;
    exclusions.push({ endpoint: endpoint.id, filter, ...(typeof found === 'string' ? { reason: found } : found) });
  };
  const passing = (filters: readonly Filter<Selection>[]) => (endpoint: Endpoint) => {
    for (const [filter, test] of filters) {
      const found = test(endpoint, selection);
      if (found === undefined) continue;
      exclude(endpoint, filter, found);
      return false;
    }
    return true;
  };

  let remaining = endpoints.filter(passing(standingFilters));
  for (const wish of wishes) remaining = granting(wish, remaining, selection, exclude);
  remaining = remaining.filter((endpoint) => !passedOver.has(endpoint)).filter(passing(healthFilters));
  return { remaining: granting(verbosity, remaining, selection, exclude), exclusions };
}

/** Removes an endpoint only where another of the same model grants what this one does not. */
interface Wish {
  readonly filter: string;
  readonly wanted: (selection: Selection) => boolean;
  readonly granted: (endpoint: Endpoint, selection: Selection) => boolean;
  readonly reason: (endpoint: Endpoint, selection: Selection) => string;
}

function granting(
  { filter, wanted, granted, reason }: Wish,
  endpoints: Endpoint[],
  selection: Selection,
  exclude: (endpoint: Endpoint, filter: string, reason: string) => void,
): Endpoint[] {
  if (!wanted(selection)) return endpoints;
  const able = endpoints.filter((endpoint) => granted(endpoint, selection));
  if (able.length === 0 || able.length === endpoints.length) return endpoints;
  const granters = new Set(able.map(({ model }) => model));
  return endpoints.filter((endpoint) => {
    if (!granters.has(endpoint.model) || able.includes(endpoint)) return true;
    exclude(endpoint, filter, reason(endpoint, selection));
    return false;
  });
}

function support(parameter: Parameter): Wish {
  return {
    filter: parameter,
    wanted: ({ requirements }) => requirements.parameters.has(parameter),
    granted: ({ supportedParameters }) => supportedParameters.has(parameter),
    reason: () => `It does not support ${parameter}, which another endpoint of the model does.`,
  };
}

/**
 * Looked at before the health of the endpoints: that the one which knows tools cools for some seconds is no reason to ask another
 * without them.
 */
const wishes: readonly Wish[] = [
  support('tools'),
  support('structured_outputs'),
  support('response_format'),
  {
    filter: 'context_length',
    wanted: ({ request }) => request.maxTokens !== undefined,
    granted: hasRoomForAnswer,
    reason: ({ contextLength }, { request, requirements }) =>
      `Its context holds ${contextLength} tokens, too few for the prompt of about ${requirements.estimatedPromptTokens} and an answer of ${request.maxTokens}, for which another endpoint of the model has room.`,
  },
];

/** Changes how an answer is written, not what it is, so that health counts for more. */
const verbosity = support('verbosity');

/** Why the endpoint cannot serve the request, however it is doing; `undefined` where it can. */
export function standingExclusion(endpoint: Endpoint, selection: StandingSelection): Exclusion | undefined {
  for (const [filter, test] of standingFilters) {
    const found = test(endpoint, selection);
    if (found !== undefined)
      return { endpoint: endpoint.id, filter, ...(typeof found === 'string' ? { reason: found } : found) };
  }
  return undefined;
}

const standingFilters: readonly Filter<StandingSelection>[] = [
  [
    'not_configured',
    ({ provider }, { catalog }) =>
      catalog.provider(provider)?.configured === true ? undefined : 'Its provider has no credentials here.',
  ],
  ['not_allowed', ({ model, provider }, { permits }) => permits?.model(model) ?? permits?.provider(provider)],
  [
    'only',
    (endpoint, { request, catalog }) => {
      const only = request.provider?.only;
      if (only === undefined || matchesAny(endpoint, only)) return undefined;
      return `It is not in \`only\`, which names ${listed(only)}.${hasNoProvider(unknownProviders(only, catalog))}`;
    },
  ],
  [
    'ignore',
    (endpoint, { request }) => {
      const named = request.provider?.ignore?.find((slug) => matchesAny(endpoint, [slug]));
      return named === undefined ? undefined : `\`ignore\` names it, as ${named}.`;
    },
  ],
  [
    'order',
    (endpoint, { request: { provider }, catalog }) => {
      const { order, allowFallbacks } = provider ?? {};
      if (allowFallbacks !== false || order === undefined || matchesAny(endpoint, order)) return undefined;
      return `Fallbacks are not allowed, and it is not in \`order\`, which names ${listed(order)}.${hasNoProvider(unknownProviders(order, catalog))}`;
    },
  ],
  [
    'data_collection',
    ({ dataPolicy }, { request }) =>
      request.provider?.dataCollection === 'deny' &&
      !(
        dataPolicy.trainsOnPrompts === false &&
        (dataPolicy.retention === 'none' || dataPolicy.retention === 'transient')
      )
        ? 'It is not known to leave prompts uncollected.'
        : undefined,
  ],
  [
    'zdr',
    ({ dataPolicy }, { request }) =>
      request.provider?.zdr === true && !(dataPolicy.trainsOnPrompts === false && dataPolicy.retention === 'none')
        ? 'It is not known to retain nothing.'
        : undefined,
  ],
  [
    'quantizations',
    ({ quantization }, { request }) => {
      const wanted = request.provider?.quantizations;
      if (wanted === undefined || wanted.includes(quantization)) return undefined;
      return quantization === 'unknown'
        ? `It does not say in which number format it serves the model, and only ${listed(wanted)} will do.`
        : `It serves the model in ${quantization}, and only ${listed(wanted)} will do.`;
    },
  ],
  ['max_price', tooDear],
  [
    'require_parameters',
    ({ supportedParameters }, { request, requirements }) => {
      if (request.provider?.requireParameters !== true) return undefined;
      const missing = requirements.parameters.difference(supportedParameters);
      return missing.size === 0 ? undefined : `It does not support ${listed([...missing])}.`;
    },
  ],
  [
    'modality',
    ({ inputModalities }, { requirements }) => {
      const missing = requirements.modalities.difference(new Set(inputModalities));
      return missing.size === 0 ? undefined : `It does not take ${listed([...missing])} input.`;
    },
  ],
  [
    'max_tokens',
    ({ maxCompletionTokens }, { request: { maxTokens = 0 } }) =>
      maxCompletionTokens !== undefined && maxTokens > maxCompletionTokens
        ? `It writes at most ${maxCompletionTokens} tokens, and ${maxTokens} are asked for.`
        : undefined,
  ],
  [
    'context_length',
    ({ contextLength }, { requirements: { estimatedPromptTokens } }) =>
      surelyAtLeast(estimatedPromptTokens) > contextLength
        ? `Its context holds ${contextLength} tokens, and the prompt has about ${estimatedPromptTokens}.`
        : undefined,
  ],
];

/** The estimate may be off by a half; what is nearer than that is the provider's to judge. */
function surelyAtLeast(estimatedTokens: number): number {
  return estimatedTokens / 1.5;
}

function hasRoomForAnswer({ contextLength }: Endpoint, { request, requirements }: StandingSelection): boolean {
  return surelyAtLeast(requirements.estimatedPromptTokens) + (request.maxTokens ?? 0) <= contextLength;
}

function tooDear({ pricing }: Endpoint, { request, requirements }: StandingSelection): string | undefined {
  const { maxPrice } = request.provider ?? {};
  if (maxPrice === undefined) return undefined;
  const { prompt, completion } = effectivePrices(pricing, requirements.estimatedPromptTokens);
  const prices = { prompt, completion, request: pricing.request, image: pricing.image ?? '0' };
  for (const name of ['prompt', 'completion', 'request', 'image'] as const) {
    const limit = maxPrice[name];
    if (limit !== undefined && dearer(prices[name], limit)) {
      return `Its ${name} price is ${prices[name]} US dollars, and \`maxPrice\` allows ${limit}.`;
    }
  }
  return undefined;
}

function listed(names: readonly string[]): string {
  return names.length === 0 ? 'nobody' : names.join(', ');
}
