import type { Endpoint } from '../catalog.ts';
import type { ChatRequest } from '../chat.ts';
import { effectivePrices } from '../pricing.ts';
import type { EndpointStatistics } from './endpoint-statistics.ts';
import type { Requirements } from './requirements.ts';

/** How many completion tokens an answer is taken to have where nothing was measured yet. */
const typicalCompletionTokens = 500;

/**
 * What the request will cost at the endpoint, US dollars, to the accuracy that a comparison needs: from its estimated size, the length
 * of the endpoint's usual answers, and the share of prompts that comes out of its cache.
 */
export function expectedCost(
  { pricing }: Endpoint,
  request: ChatRequest,
  { estimatedPromptTokens, images }: Requirements,
  statistics: EndpointStatistics,
): number {
  const prices = effectivePrices(pricing, estimatedPromptTokens);
  const cachedShare = prices.cacheRead === undefined ? 0 : statistics.cachedShare();
  const promptPrice = (1 - cachedShare) * Number(prices.prompt) + cachedShare * Number(prices.cacheRead ?? 0);
  const usualTokens = statistics.completionTokens() ?? typicalCompletionTokens;
  const completionTokens = Math.min(request.maxTokens ?? usualTokens, usualTokens);
  return (
    promptPrice * estimatedPromptTokens +
    Number(prices.completion) * completionTokens +
    Number(pricing.request) +
    Number(pricing.image ?? 0) * images
  );
}
