import type { AutoChoice, Catalog, Endpoint, Model } from '../catalog.ts';
import type { ChatRequest, Parameter } from '../chat.ts';
import type { ConsideredModel, Permits } from '../completion.ts';
import type { Exclusion, NoEndpointAvailable } from '../errors.ts';
import type { ProviderPreferences } from '../provider-preferences.ts';
import { noModelFits } from './auto-refusal.ts';
import { standingExclusionBy } from './candidates.ts';
import { expectedCost, typicalCompletionTokens } from './expected-cost.ts';
import type { Requirements } from './requirements.ts';
import { withMaxPrice } from './variants.ts';

/** What the auto router chose. */
export interface AutoPlan {
  /** The model to try first, and those for when it fails. */
  readonly chosen: readonly ConsideredModel[];
  /** The next ones that would have fitted. */
  readonly passedOver: readonly ConsideredModel[];
  /** The caller's preferences, within what the operator lets the auto router spend. */
  readonly preferences: ProviderPreferences | undefined;
  readonly reasonFor: (model: Model) => string;
}

const mostChosen = 3;
const mostPassedOver = 7;
const lightPromptTokens = 2_000;
const lightAnswerTokens = 4_096;
const usableContext = 32_768;
const capableContext = 128_000;
/** What a request must find at an endpoint when it asks for it; elsewhere these are soft. */
const hardParameters: readonly Parameter[] = ['tools', 'structured_outputs', 'response_format', 'reasoning'];

/**
 * Chooses up to three models for a request, from the catalog, the operator's settings and the request alone, so that the same request
 * gets the same models. The rule:
 *
 * 1. A model fits if one of its endpoints does: configured, allowed to the caller, within the caller's preferences and the operator's price limit, with the
 *    input that the request has, a context that holds the prompt, and tools, structured output, JSON and reasoning where asked for.
 * 2. Models that the operator prefers come first, in the operator's order; then those whose context also holds the longest answer
 *    asked for.
 * 3. A request is demanding if it brings tools, asks for reasoning or a JSON Schema, has a prompt of more than 2,000 tokens or allows
 *    an answer of more than 4,096. Any other is light.
 * 4. A model is usable if it is current (no preview, not deprecated, no newer one of its family among the choices), takes tools and
 *    has a context of 32,768 tokens; capable if it also reasons and has one of 128,000. Light requests go to usable models first, the
 *    cheapest first. Demanding ones go to capable models first: from the one of median price upwards, then downwards, since price is
 *    the catalog's one hint of ability; then to usable ones. The others, the cheapest first, are chosen only where no model is usable,
 *    or the operator prefers them.
 *
 * Prices are what this request is expected to cost at the model's cheapest endpoint that fits.
 */
export function planAutomatically(
  request: ChatRequest,
  requirements: Requirements,
  asked: ProviderPreferences | undefined,
  catalog: Catalog,
  permits?: Permits,
): AutoPlan | { readonly failure: NoEndpointAvailable } {
  const { choices, maxPrice } = catalog.auto;
  const preferences = maxPrice === undefined ? asked : withMaxPrice(asked, maxPrice);
  const seen = {
    request: preferences === undefined ? request : { ...request, provider: preferences },
    requirements,
    catalog,
    permits,
  };
  const needs: Needs = {
    parameters: hardParameters.filter((parameter) => requirements.parameters.has(parameter)),
    promptTokens: requirements.estimatedPromptTokens,
    standingExclusionOf: standingExclusionBy(seen),
  };
  const servable = servableChoices(catalog);
  const fitting = servable.flatMap((each) => measured(each, needs, request, requirements) ?? []);
  if (fitting.length === 0)
    return { failure: noModelFits(servable.flatMap((each) => firstExclusion(each, needs) ?? [])) };

  const demands = demandsOf(request, requirements);
  const medianCost = medianOf(fitting.filter(({ tier }) => tier === 'capable').map(({ cost }) => cost));
  const anyUsable = fitting.some(({ tier }) => tier !== 'other');
  const ordered = firstOf(
    fitting.filter(({ tier, choice }) => !anyUsable || tier !== 'other' || choice.preference !== undefined),
    mostChosen + mostPassedOver,
    (a, b) => compare(a, b, demands.length > 0, medianCost),
  ).map((each) => ({ model: each.choice.model, note: noteOf(each) }));
  return {
    chosen: ordered.slice(0, mostChosen),
    passedOver: ordered.slice(mostChosen).map(({ model, note }) => ({ model, note: `passed over: ${note}` })),
    preferences,
    reasonFor(model) {
      const prefers = fitting.some(({ choice }) => choice.preference !== undefined);
      const place = ordered.findIndex((each) => each.model === model);
      return [
        `${fitting.length} of the ${choices.length} models that the auto router may choose fit.`,
        prefers ? 'Those that the operator prefers come first.' : '',
        demands.length === 0
          ? 'The request is light, so usable models come first, the cheapest before others.'
          : `The request is demanding (${demands.join(', ')}), so capable models come first, from the one of median price upwards.`,
        `${model.slug} is choice ${place + 1}: ${ordered[place]?.note}.`,
      ]
        .filter((sentence) => sentence !== '')
        .join(' ');
    },
  };
}

/** A model with what does not depend on the request. */
interface ServableChoice {
  readonly choice: AutoChoice;
  /** Those with credentials: what an endpoint without them lacks says nothing of the model. */
  readonly endpoints: readonly ServableEndpoint[];
}

interface ServableEndpoint {
  readonly endpoint: Endpoint;
  /** With tools, and a context of 32,768 tokens. */
  readonly usable: boolean;
  /** With reasoning beside tools, and a context of 128,000. */
  readonly capable: boolean;
}

/** A catalog has thousands of endpoints, and never changes. */
const knownChoices = new WeakMap<Catalog, readonly ServableChoice[]>();

function servableChoices(catalog: Catalog): readonly ServableChoice[] {
  const known = knownChoices.get(catalog);
  if (known !== undefined) return known;
  const choices = catalog.auto.choices.map((choice) => ({
    choice,
    endpoints: catalog
      .endpointsOfModel(choice.model.slug)
      .filter(({ provider }) => catalog.provider(provider)?.configured === true)
      .map((endpoint) => {
        const { contextLength, supportedParameters } = endpoint;
        const usable = contextLength >= usableContext && supportedParameters.has('tools');
        return {
          endpoint,
          usable,
          capable: usable && contextLength >= capableContext && supportedParameters.has('reasoning'),
        };
      }),
  }));
  knownChoices.set(catalog, choices);
  return choices;
}

/** What a request must find at an endpoint. */
interface Needs {
  readonly parameters: readonly Parameter[];
  readonly promptTokens: number;
  readonly standingExclusionOf: (endpoint: Endpoint) => Exclusion | undefined;
}

/** A model that fits the request. */
interface Fitting {
  readonly choice: AutoChoice;
  /** US dollars at the cheapest endpoint that fits. */
  readonly cost: number;
  /** Whether the longest answer that the request allows has room beside the prompt. */
  readonly roomy: boolean;
  readonly tier: 'capable' | 'usable' | 'other';
}

const expectation = { completionTokens: typicalCompletionTokens, cachedShare: 0 };

/** Nothing where no endpoint fits. */
function measured(
  { choice, endpoints }: ServableChoice,
  needs: Needs,
  request: ChatRequest,
  requirements: Requirements,
): Fitting | undefined {
  const wanted = needs.promptTokens + (request.maxTokens ?? 0);
  let [fits, roomy, usable, capable] = [false, false, false, false];
  let cost = Number.POSITIVE_INFINITY;
  for (const each of endpoints) {
    const { endpoint } = each;
    if (lacks(endpoint, needs) || needs.standingExclusionOf(endpoint) !== undefined) continue;
    fits = true;
    cost = Math.min(cost, expectedCost(endpoint, request, requirements, expectation));
    roomy ||= endpoint.contextLength >= wanted;
    usable ||= each.usable;
    capable ||= each.capable;
  }
  if (!fits) return undefined;
  const tier = !choice.current || !usable ? 'other' : capable ? 'capable' : 'usable';
  return { choice, cost, roomy, tier };
}

function lacks({ contextLength, supportedParameters }: Endpoint, { parameters, promptTokens }: Needs): boolean {
  return promptTokens > contextLength || !parameters.every((parameter) => supportedParameters.has(parameter));
}

/** What spoke against the first endpoint of a model of which none fits. Only a request that nothing fits is told. */
function firstExclusion({ endpoints: [first] }: ServableChoice, needs: Needs): Exclusion | undefined {
  if (first === undefined) return undefined;
  const { endpoint } = first;
  return unmetNeed(endpoint, needs) ?? needs.standingExclusionOf(endpoint);
}

function unmetNeed(endpoint: Endpoint, { parameters, promptTokens }: Needs): Exclusion | undefined {
  const { id, contextLength, supportedParameters } = endpoint;
  const missing = parameters.find((parameter) => !supportedParameters.has(parameter));
  if (missing !== undefined) return { endpoint: id, filter: missing, reason: `does not support ${missing}` };
  if (promptTokens <= contextLength) return undefined;
  const reason = `its context is ${contextLength} tokens, the prompt has about ${promptTokens}`;
  return { endpoint: id, filter: 'context_length', reason };
}

/** What makes the request demanding, in words; empty for a light one. */
function demandsOf(request: ChatRequest, { parameters, estimatedPromptTokens }: Requirements): readonly string[] {
  const demands: readonly (readonly [asked: boolean, words: string])[] = [
    [parameters.has('tools'), 'it brings tools'],
    [parameters.has('reasoning'), 'it asks for reasoning'],
    [parameters.has('structured_outputs'), 'its answer must follow a schema'],
    [estimatedPromptTokens > lightPromptTokens, `its prompt has about ${estimatedPromptTokens} tokens`],
    [(request.maxTokens ?? 0) > lightAnswerTokens, `its answer may have ${request.maxTokens} tokens`],
  ];
  return demands.flatMap(([asked, words]) => (asked ? [words] : []));
}

/** The first `most` of the order. Sorting hundreds of models for the sake of ten would cost more than all else here. */
function firstOf<T>(all: readonly T[], most: number, order: (a: T, b: T) => number): readonly T[] {
  const first: T[] = [];
  for (const each of all) {
    const last = first[most - 1];
    if (last !== undefined && order(last, each) <= 0) continue;
    const place = first.findIndex((other) => order(each, other) < 0);
    first.splice(place === -1 ? first.length : place, 0, each);
    if (first.length > most) first.pop();
  }
  return first;
}

function compare(a: Fitting, b: Fitting, demanding: boolean, medianCost: number): number {
  const tier = (each: Fitting) => (demanding ? tiers.indexOf(each.tier) : each.tier === 'other' ? 1 : 0);
  const preference = (each: Fitting) => each.choice.preference ?? Number.MAX_SAFE_INTEGER;
  const isBelow = (each: Fitting) => demanding && each.tier === 'capable' && each.cost < medianCost;
  return (
    preference(a) - preference(b) ||
    Number(b.roomy) - Number(a.roomy) ||
    tier(a) - tier(b) ||
    Number(isBelow(a)) - Number(isBelow(b)) ||
    (isBelow(a) ? b.cost - a.cost : a.cost - b.cost) ||
    (a.choice.model.slug < b.choice.model.slug ? -1 : 1)
  );
}

const tiers: readonly Fitting['tier'][] = ['capable', 'usable', 'other'];

/** The lower one where there are two; 0 where there is none. */
function medianOf(costs: readonly number[]): number {
  return new Float64Array(costs).sort()[Math.floor((costs.length - 1) / 2)] ?? 0;
}

function noteOf({ tier, cost, roomy }: Fitting): string {
  const price = cost === 0 ? 'free' : cost < 1e-6 ? 'less than $0.000001' : `about $${cost.toFixed(6)}`;
  return `${tierWords[tier]}, ${price}${roomy ? '' : ', without room for the longest answer asked for'}`;
}

const tierWords: Readonly<Record<Fitting['tier'], string>> = {
  capable: 'capable',
  usable: 'usable',
  other: 'old, small or without tools',
};
