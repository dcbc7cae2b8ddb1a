import { dollarsOfNano, nanoOfDollars } from '../../accounts/amounts.ts';
import type { Endpoint } from '../../catalog.ts';
import type { Usage } from '../../chat.ts';
import { costPartsOf } from '../../pricing.ts';

/**
 * An amount of US dollars as a JSON number. Exact for whole nano-dollars below 2^23 dollars, some 8 million: numbers lie closer together
 * there than nano-dollars do, and JavaScript prints the shortest decimal that is the number.
 */
export function jsonNumber(dollars: string): number {
  return Number(dollars);
}

/** Token counts and cost as OpenRouter has them. */
export function usageBody(usage: Usage, cost: string, { pricing }: Endpoint) {
  const totalNano = nanoOfDollars(cost);
  const completion = costPartsOf(usage, pricing).completion;
  const completionNano = Math.min(totalNano ?? 0, nanoOfDollars(completion) ?? 0);
  return {
    prompt_tokens: usage.promptTokens,
    completion_tokens: usage.completionTokens,
    total_tokens: usage.totalTokens,
    cost: jsonNumber(cost),
    is_byok: false,
    prompt_tokens_details: {
      cached_tokens: usage.cachedTokens,
      cache_write_tokens: usage.cacheWriteTokens,
      audio_tokens: 0,
      video_tokens: 0,
    },
    completion_tokens_details: { reasoning_tokens: usage.reasoningTokens },
    cost_details: {
      upstream_inference_cost: jsonNumber(cost),
      upstream_inference_prompt_cost: jsonNumber(dollarsOfNano((totalNano ?? 0) - completionNano)),
      upstream_inference_completions_cost: jsonNumber(dollarsOfNano(completionNano)),
    },
  };
}
