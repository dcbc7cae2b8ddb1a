import Big from 'big.js';
import type { Pricing, PricingOverride } from './catalog.ts';
import type { Usage } from './chat.ts';

/** Arithmetic in which no digit is lost: wide enough for any product of a price and a count. */
const Exact = Big();
Exact.DP = 40;

/** Decimal places of a settled cost: nano-dollars. */
const costDecimals = 9;

/**
 * What a usage costs by a price list, US dollars. Computed exactly and rounded once, half to even, to nano-dollars. Tokens
 * read from or written to a cache are part of the prompt's and reasoning tokens part of the completion's; each is charged
 * once, at its own price where the list has one. `inputImages` is how many images the prompt held.
 */
export function costOf(usage: Usage, pricing: Pricing, inputImages = 0): string {
  const prices = effectivePrices(pricing, usage.promptTokens);
  const plainPrompt = Math.max(0, usage.promptTokens - usage.cachedTokens - usage.cacheWriteTokens);
  const plainCompletion = Math.max(0, usage.completionTokens - usage.reasoningTokens);
  const sum = new Exact(pricing.request)
    .plus(new Exact(prices.prompt).times(plainPrompt))
    .plus(new Exact(prices.cacheRead ?? prices.prompt).times(usage.cachedTokens))
    .plus(new Exact(prices.cacheWrite ?? prices.prompt).times(usage.cacheWriteTokens))
    .plus(new Exact(prices.completion).times(plainCompletion))
    .plus(new Exact(pricing.reasoning ?? prices.completion).times(usage.reasoningTokens))
    .plus(new Exact(pricing.image ?? '0').times(inputImages));
  return plain(sum.round(costDecimals, Exact.roundHalfEven));
}

/** The prices that hold for a prompt of so many tokens: the list's, then each override that matches, the later one winning. */
export function effectivePrices(
  pricing: Pricing,
  promptTokens: number,
): Omit<PricingOverride, 'minPromptTokens'> & Pick<Pricing, 'prompt' | 'completion'> {
  let prices: Omit<PricingOverride, 'minPromptTokens'> & Pick<Pricing, 'prompt' | 'completion'> = pricing;
  for (const { minPromptTokens, ...override } of pricing.overrides) {
    if (promptTokens >= minPromptTokens) prices = { ...prices, ...override };
  }
  return prices;
}

/** Whether the decimal `a` is greater than the decimal `b`, exactly. */
export function dearer(a: string, b: string): boolean {
  return new Exact(a).gt(b);
}

/** Whether the text is a decimal number that is not negative, such as `0.0000025` or `3e-6`. */
export function isPrice(text: string): boolean {
  return /^(?:\d+\.?\d*|\.\d+)(?:e-?\d{1,2})?$/i.test(text);
}

/** Digits without an exponent and without trailing zeros. */
function plain(value: Big): string {
  const digits = value.toFixed();
  return digits.includes('.') ? digits.replace(/\.?0+$/, '') : digits;
}
