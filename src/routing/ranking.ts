import type { Endpoint } from '../catalog.ts';
import { matches, type Selection } from './candidates.ts';

/** How many completion tokens an answer is taken to have where the caller set no limit, for comparing prices. */
const typicalCompletionTokens = 500;

/**
 * The order in which the candidates are tried: the caller's `order` first, as given; then by `sort`, by default the expected
 * price of this request. Equal ones stand by id, so that the order is the same each time. With fallbacks not allowed and no
 * `order`, only the first remains.
 */
export function rank(candidates: readonly Endpoint[], selection: Selection): readonly Endpoint[] {
  const { order = [], sort = 'price', allowFallbacks = true } = selection.request.provider ?? {};
  const keyed = candidates.map((endpoint) => {
    const place = order.findIndex((slug) => matches(endpoint, slug));
    return {
      endpoint,
      place: place === -1 ? order.length : place,
      key: sortKeys[sort](endpoint, selection),
      price: expectedPrice(endpoint, selection),
    };
  });
  keyed.sort(
    (a, b) => a.place - b.place || a.key - b.key || a.price - b.price || (a.endpoint.id < b.endpoint.id ? -1 : 1),
  );
  const ranked = keyed.map(({ endpoint }) => endpoint);
  return allowFallbacks || order.length > 0 ? ranked : ranked.slice(0, 1);
}

/** Ascending; what has not been measured comes after what has. */
const sortKeys = {
  price: expectedPrice,
  latency: (endpoint, { health }) => health.measured(endpoint).firstContentMs ?? Number.MAX_VALUE,
  throughput: (endpoint, { health }) => -(health.measured(endpoint).throughput ?? 0),
} satisfies Record<string, (endpoint: Endpoint, selection: Selection) => number>;

/** US dollars, to the accuracy that a comparison needs. */
function expectedPrice({ pricing }: Endpoint, { request, requirements }: Selection): number {
  const completionTokens = Math.min(request.maxTokens ?? typicalCompletionTokens, typicalCompletionTokens);
  return (
    Number(pricing.prompt) * requirements.estimatedPromptTokens +
    Number(pricing.completion) * completionTokens +
    Number(pricing.request) +
    Number(pricing.image ?? 0) * requirements.images
  );
}
