import type { Endpoint, Pricing, PricingOverride } from '../src/catalog.ts';
import { builder, enumOf } from './builder.ts';
import { decimalKey } from './connection.ts';

const PricingOverrideRef = builder.objectRef<PricingOverride>('PricingOverride').implement({
  description: 'Prices that replace the usual ones for long prompts. A price that is null stays as it is.',
  fields: (t) => ({
    minPromptTokens: t.exposeInt('minPromptTokens', {
      description: 'The replacement holds for prompts of at least this many tokens, and then for all of their tokens.',
    }),
    prompt: t.expose('prompt', { type: 'Decimal', nullable: true, description: 'US dollars a token of the prompt.' }),
    completion: t.expose('completion', {
      type: 'Decimal',
      nullable: true,
      description: 'US dollars a token of the answer.',
    }),
    cacheRead: t.expose('cacheRead', {
      type: 'Decimal',
      nullable: true,
      description: 'US dollars a prompt token that the provider had in its cache.',
    }),
    cacheWrite: t.expose('cacheWrite', {
      type: 'Decimal',
      nullable: true,
      description: 'US dollars a prompt token that the provider puts into its cache.',
    }),
  }),
});

const PriceProvenanceEnum = enumOf<NonNullable<Pricing['provenance']>>('PriceProvenance', 'Where prices come from.', {
  built_in: 'The list that the program ships with.',
  configuration: "The operator's configuration.",
  discovered: 'It is a server of your own, which was found on this machine and is free.',
});

export const PricingRef = builder.objectRef<Pricing>('Pricing').implement({
  description:
    'What a model costs at one endpoint: US dollars, exact, for a token unless the name of the price says otherwise.',
  fields: (t) => ({
    prompt: t.expose('prompt', { type: 'Decimal', description: 'US dollars a token of the prompt.' }),
    completion: t.expose('completion', { type: 'Decimal', description: 'US dollars a token of the answer.' }),
    request: t.expose('request', {
      type: 'Decimal',
      description: 'US dollars a request, whatever its length. Mostly 0.',
    }),
    image: t.expose('image', {
      type: 'Decimal',
      nullable: true,
      description: 'US dollars an image in the prompt. Null where images cost no more than their tokens.',
    }),
    cacheRead: t.expose('cacheRead', {
      type: 'Decimal',
      nullable: true,
      description:
        'US dollars a prompt token that the provider had in its cache. Null where it costs what others cost.',
    }),
    cacheWrite: t.expose('cacheWrite', {
      type: 'Decimal',
      nullable: true,
      description: 'US dollars a prompt token put into the cache. Null where it costs what others cost.',
    }),
    reasoning: t.expose('reasoning', {
      type: 'Decimal',
      nullable: true,
      description: 'US dollars a token of reasoning. Null where it costs what the rest of the answer costs.',
    }),
    validFrom: t.expose('validFrom', {
      type: 'DateTime',
      nullable: true,
      description: 'Since when these prices hold. Null where that is not known.',
    }),
    provenance: t.expose('provenance', {
      type: PriceProvenanceEnum,
      nullable: true,
      description: 'Who says that these are the prices. Null where that is not on record.',
    }),
    overrides: t.expose('overrides', {
      type: [PricingOverrideRef],
      description:
        'Other prices for long prompts, applied in order: where several match, the last one wins, price by price.',
    }),
  }),
});

/** Stands in for a model that nobody serves. */
const noPricing: Pricing = { prompt: '0', completion: '0', request: '0', overrides: [] };

/** The endpoint with the lowest prompt price; among equals that with the lowest completion price, then the first by id. */
export function cheapest(endpoints: readonly Endpoint[]): Endpoint | undefined {
  return endpoints.reduce<Endpoint | undefined>(
    (best, endpoint) => (best === undefined || priceKey(endpoint) < priceKey(best) ? endpoint : best),
    undefined,
  );
}

/** What a model costs, of all its endpoints and those that could be tried now. */
export function pricingOf(endpoints: readonly Endpoint[], tryable: readonly Endpoint[]): Pricing {
  return cheapest(tryable.length > 0 ? tryable : endpoints)?.pricing ?? noPricing;
}

/** Endpoints never change, so their keys are made once. */
const priceKeys = new WeakMap<Endpoint, string>();

function priceKey(endpoint: Endpoint): string {
  const known = priceKeys.get(endpoint);
  if (known !== undefined) return known;
  const { pricing, id } = endpoint;
  const key = `${decimalKey(pricing.prompt)} ${decimalKey(pricing.completion)} ${id}`;
  priceKeys.set(endpoint, key);
  return key;
}
