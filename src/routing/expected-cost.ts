import type { Endpoint } from '../catalog.ts';
import type { ChatRequest } from '../chat.ts';
import type { ExpectedCost } from '../completion.ts';
import { costPartsOf, roughPrices } from '../pricing.ts';
import type { Requirements } from './requirements.ts';

/** How many completion tokens an answer is taken to have where nothing was measured yet. */
export const typicalCompletionTokens = 500;

/** What is expected of the answer, and of the provider's cache. */
export interface Expectation {
  /** The length of usual answers: of the model, not of one endpoint, since endpoints are compared by it. */
  readonly completionTokens: number;
  /** The share of the prompt that will come out of the endpoint's cache, 0 to 1. */
  readonly cachedShare: number;
}

/** What the request will cost at the endpoint, US dollars, to the accuracy that a comparison needs. */
export function expectedCost(
  { pricing }: Endpoint,
  request: ChatRequest,
  { estimatedPromptTokens, images }: Requirements,
  expectation: Expectation,
): number {
  const prices = roughPrices(pricing, estimatedPromptTokens);
  const cachedShare = prices.cacheRead === undefined ? 0 : expectation.cachedShare;
  const promptPrice = (1 - cachedShare) * prices.prompt + cachedShare * (prices.cacheRead ?? 0);
  return (
    promptPrice * estimatedPromptTokens +
    prices.completion * Math.min(request.maxTokens ?? Number.POSITIVE_INFINITY, expectation.completionTokens) +
    prices.request +
    prices.image * images
  );
}

/** The same to the nano-dollar, for whole tokens. */
export function exactExpectedCost(
  { pricing }: Endpoint,
  { maxTokens = Number.POSITIVE_INFINITY }: ChatRequest,
  { estimatedPromptTokens: promptTokens, images }: Requirements,
  expectation: Expectation,
): ExpectedCost {
  const completionTokens = Math.round(Math.min(maxTokens, expectation.completionTokens));
  const cachedTokens = Math.round(promptTokens * expectation.cachedShare);
  const usage = { promptTokens, cachedTokens, cacheWriteTokens: 0, completionTokens, reasoningTokens: 0 };
  return { ...costPartsOf(usage, pricing, images), promptTokens, cachedTokens, completionTokens };
}
