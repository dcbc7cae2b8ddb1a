import type { Catalog, Endpoint, Pricing } from '../../catalog.ts';
import { dearer } from '../../pricing.ts';
import { present } from '../check.ts';

const noPricing: Pricing = { prompt: '0', completion: '0', request: '0', overrides: [] };

/** A price list in OpenRouter's words: US dollars as exact decimal texts, per token or per what the name says. */
export function pricingBody(pricing: Pricing = noPricing) {
  const { prompt, completion, request, image, cacheRead, cacheWrite, reasoning, overrides } = pricing;
  return {
    prompt,
    completion,
    request,
    ...present({
      image,
      input_cache_read: cacheRead,
      input_cache_write: cacheWrite,
      internal_reasoning: reasoning,
    }),
    ...(overrides.length > 0 && {
      overrides: overrides.map((override) => ({
        min_prompt_tokens: override.minPromptTokens,
        ...present({
          prompt: override.prompt,
          completion: override.completion,
          input_cache_read: override.cacheRead,
          input_cache_write: override.cacheWrite,
        }),
      })),
    }),
  };
}

/** The endpoint that a model's price is told by: the cheapest of those that could be tried, or of all where none could. */
export function cheapestOf(catalog: Catalog, slug: string): Endpoint | undefined {
  const all = catalog.endpointsOfModel(slug);
  const tryable = all.filter((endpoint) => catalog.provider(endpoint.provider)?.configured === true);
  return (tryable.length > 0 ? tryable : all).reduce<Endpoint | undefined>(
    (best, endpoint) => (best === undefined || isCheaper(endpoint.pricing, best.pricing) ? endpoint : best),
    undefined,
  );
}

function isCheaper(a: Pricing, b: Pricing): boolean {
  if (a.prompt !== b.prompt) return dearer(b.prompt, a.prompt);
  return dearer(b.completion, a.completion);
}
