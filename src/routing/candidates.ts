import type { Catalog, Endpoint } from '../catalog.ts';
import type { ChatRequest, Parameter } from '../chat.ts';
import type { Permits } from '../completion.ts';
import type { Exclusion } from '../errors.ts';
import { dearer, effectivePrices, isWellBelow, roughPrices } from '../pricing.ts';
import type { EndpointHealthBook } from './endpoint-health.ts';
import { exclusionBy, type Filter } from './filter.ts';
import { healthFilters } from './health-filters.ts';
import { hasNoProvider, matcherOf, matches, unknownProviders } from './provider-slugs.ts';
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
  passedOver: ReadonlySet<Endpoint> = nobody,
): Candidates {
  const exclusions: Exclusion[] = [];
  const exclude = (endpoint: Endpoint, exclusion: Exclusion) => {
    if (!passedOver.has(endpoint)) exclusions.push(exclusion);
  };
  const passing = (filters: readonly Filter<Selection>[]) => {
    const exclusionOf = exclusionBy(filters, selection);
    return (endpoint: Endpoint) => {
      const exclusion = exclusionOf(endpoint);
      if (exclusion !== undefined) exclude(endpoint, exclusion);
      return exclusion === undefined;
    };
  };

  let remaining = endpoints.filter(passing(standingFilters));
  for (const wish of wishes) remaining = granting(wish, remaining, selection, exclude);
  if (passedOver.size > 0) remaining = remaining.filter((endpoint) => !passedOver.has(endpoint));
  remaining = remaining.filter(passing(healthFilters));
  return { remaining: granting(verbosity, remaining, selection, exclude), exclusions };
}

const nobody: ReadonlySet<Endpoint> = new Set();

/** Those that pass every filter whose verdict does not change from one moment to the next. */
export function eligibleOf(endpoints: readonly Endpoint[], selection: StandingSelection): readonly Endpoint[] {
  const exclusionOf = standingExclusionBy(selection);
  let remaining = endpoints.filter((endpoint) => exclusionOf(endpoint) === undefined);
  for (const wish of wishes) remaining = granting(wish, remaining, selection, () => {});
  return remaining;
}

/** Removes an endpoint only where another of the same model grants what this one does not. */
interface Wish {
  readonly filter: string;
  readonly wanted: (selection: StandingSelection) => boolean;
  readonly granted: (endpoint: Endpoint, selection: StandingSelection) => boolean;
  readonly reason: (endpoint: Endpoint, selection: StandingSelection) => string;
}

function granting(
  { filter, wanted, granted, reason }: Wish,
  endpoints: Endpoint[],
  selection: StandingSelection,
  exclude: (endpoint: Endpoint, exclusion: Exclusion) => void,
): Endpoint[] {
  if (!wanted(selection)) return endpoints;
  const able = endpoints.filter((endpoint) => granted(endpoint, selection));
  if (able.length === 0 || able.length === endpoints.length) return endpoints;
  const granters = new Set(able.map(({ model }) => model));
  return endpoints.filter((endpoint) => {
    if (!granters.has(endpoint.model) || able.includes(endpoint)) return true;
    exclude(endpoint, { endpoint: endpoint.id, filter, reason: reason(endpoint, selection) });
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

/** Gives, for each endpoint, why it cannot serve the request, however it is doing; `undefined` where it can. */
export function standingExclusionBy(selection: StandingSelection): (endpoint: Endpoint) => Exclusion | undefined {
  return exclusionBy(standingFilters, selection);
}

const standingFilters: readonly Filter<StandingSelection>[] = [
  [
    'not_configured',
    ({ catalog }) =>
      ({ provider }) =>
        catalog.provider(provider)?.configured === true ? undefined : 'Its provider has no credentials here.',
  ],
  [
    'not_allowed',
    ({ permits }) => permits && (({ model, provider }: Endpoint) => permits.model(model) ?? permits.provider(provider)),
  ],
  [
    'only',
    ({ request, catalog }) => {
      const only = request.provider?.only;
      if (only === undefined) return undefined;
      const isNamed = matcherOf(only);
      return (endpoint) =>
        isNamed(endpoint)
          ? undefined
          : `It is not in \`only\`, which names ${listed(only)}.${hasNoProvider(unknownProviders(only, catalog))}`;
    },
  ],
  [
    'ignore',
    ({ request }) => {
      const ignore = request.provider?.ignore;
      if (ignore === undefined) return undefined;
      const isNamed = matcherOf(ignore);
      return (endpoint) =>
        isNamed(endpoint) ? `\`ignore\` names it, as ${ignore.find((slug) => matches(endpoint, slug))}.` : undefined;
    },
  ],
  [
    'order',
    ({ request, catalog }) => {
      const { order, allowFallbacks } = request.provider ?? {};
      if (allowFallbacks !== false || order === undefined) return undefined;
      const isNamed = matcherOf(order);
      return (endpoint) =>
        isNamed(endpoint)
          ? undefined
          : `Fallbacks are not allowed, and it is not in \`order\`, which names ${listed(order)}.${hasNoProvider(unknownProviders(order, catalog))}`;
    },
  ],
  [
    'data_collection',
    ({ request }) => {
      if (request.provider?.dataCollection !== 'deny') return undefined;
      return ({ dataPolicy: { trainsOnPrompts, retention } }) =>
        trainsOnPrompts === false && (retention === 'none' || retention === 'transient')
          ? undefined
          : 'It is not known to leave prompts uncollected.';
    },
  ],
  [
    'zdr',
    ({ request }) => {
      if (request.provider?.zdr !== true) return undefined;
      return ({ dataPolicy: { trainsOnPrompts, retention } }) =>
        trainsOnPrompts === false && retention === 'none' ? undefined : 'It is not known to retain nothing.';
    },
  ],
  [
    'quantizations',
    ({ request }) => {
      const wanted = request.provider?.quantizations;
      if (wanted === undefined) return undefined;
      return ({ quantization }) => {
        if (wanted.includes(quantization)) return undefined;
        return quantization === 'unknown'
          ? `It does not say in which number format it serves the model, and only ${listed(wanted)} will do.`
          : `It serves the model in ${quantization}, and only ${listed(wanted)} will do.`;
      };
    },
  ],
  ['max_price', tooDear],
  [
    'require_parameters',
    ({ request, requirements }) => {
      if (request.provider?.requireParameters !== true) return undefined;
      const wanted = [...requirements.parameters];
      return ({ supportedParameters }) => {
        if (wanted.every((parameter) => supportedParameters.has(parameter))) return undefined;
        return `It does not support ${listed(wanted.filter((parameter) => !supportedParameters.has(parameter)))}.`;
      };
    },
  ],
  [
    'modality',
    ({ requirements }) => {
      const wanted = [...requirements.modalities];
      return ({ inputModalities }) => {
        if (wanted.every((modality) => inputModalities.includes(modality))) return undefined;
        return `It does not take ${listed(wanted.filter((modality) => !inputModalities.includes(modality)))} input.`;
      };
    },
  ],
  [
    'max_tokens',
    ({ request: { maxTokens } }) => {
      if (maxTokens === undefined) return undefined;
      return ({ maxCompletionTokens }) =>
        maxCompletionTokens !== undefined && maxTokens > maxCompletionTokens
          ? `It writes at most ${maxCompletionTokens} tokens, and ${maxTokens} are asked for.`
          : undefined;
    },
  ],
  [
    'context_length',
    ({ request: { embedding }, requirements: { longestInputTokens } }) => {
      const leastTokens = surelyAtLeast(longestInputTokens);
      const what = embedding === undefined ? 'the prompt' : 'the longest input';
      return ({ contextLength }) =>
        leastTokens > contextLength
          ? `Its context holds ${contextLength} tokens, and ${what} has about ${longestInputTokens}.`
          : undefined;
    },
  ],
];

/** The estimate may be off by a half; what is nearer than that is the provider's to judge. */
function surelyAtLeast(estimatedTokens: number): number {
  return estimatedTokens / 1.5;
}

function hasRoomForAnswer({ contextLength }: Endpoint, { request, requirements }: StandingSelection): boolean {
  return surelyAtLeast(requirements.estimatedPromptTokens) + (request.maxTokens ?? 0) <= contextLength;
}

function tooDear({ request, requirements: { estimatedPromptTokens } }: StandingSelection) {
  const { maxPrice } = request.provider ?? {};
  if (maxPrice === undefined) return undefined;
  const limits = limitablePrices.flatMap((name) => {
    const limit = maxPrice[name];
    return limit === undefined ? [] : [{ name, limit, roughLimit: Number(limit) }];
  });
  return ({ pricing }: Endpoint) => {
    const rough = roughPrices(pricing, estimatedPromptTokens);
    for (const { name, limit, roughLimit } of limits) {
      if (isWellBelow(rough[name], roughLimit)) continue;
      const { prompt, completion } = effectivePrices(pricing, estimatedPromptTokens);
      const prices = { prompt, completion, request: pricing.request, image: pricing.image ?? '0' };
      if (dearer(prices[name], limit))
        return `Its ${name} price is ${prices[name]} US dollars, and \`maxPrice\` allows ${limit}.`;
    }
    return undefined;
  };
}

const limitablePrices = ['prompt', 'completion', 'request', 'image'] as const;

function listed(names: readonly string[]): string {
  return names.length === 0 ? 'nobody' : names.join(', ');
}
