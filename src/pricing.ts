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
export function costOf(usage: BilledUsage, pricing: Pricing, inputImages = 0): string {
  const { prompt, completion } = exactParts(usage, pricing, inputImages);
  return rounded(prompt.plus(completion));
}

/** The same in two parts, each rounded by itself. What is charged for the request itself, and for images, counts to the prompt. */
export function costPartsOf(usage: BilledUsage, pricing: Pricing, inputImages = 0) {
  const { prompt, completion } = exactParts(usage, pricing, inputImages);
  return { total: rounded(prompt.plus(completion)), prompt: rounded(prompt), completion: rounded(completion) };
}

/** The mean of costs, each counted as often as its weight says; rounded like a cost. The weights are finite, and one is above zero. */
export function meanCost(costs: readonly { readonly cost: string; readonly weight: number }[]): string {
  const total = costs.reduce((sum, { weight }) => sum.plus(weight), new Exact(0));
  return rounded(
    costs.reduce((sum, { cost, weight }) => sum.plus(new Exact(cost).times(weight)), new Exact(0)).div(total),
  );
}

type BilledUsage = Pick<
  Usage,
  'promptTokens' | 'cachedTokens' | 'cacheWriteTokens' | 'completionTokens' | 'reasoningTokens'
>;

function exactParts(usage: BilledUsage, pricing: Pricing, inputImages: number) {
  const prices = effectivePrices(pricing, usage.promptTokens);
  const plainPrompt = Math.max(0, usage.promptTokens - usage.cachedTokens - usage.cacheWriteTokens);
  const plainCompletion = Math.max(0, usage.completionTokens - usage.reasoningTokens);
  const prompt = new Exact(pricing.request)
    .plus(new Exact(prices.prompt).times(plainPrompt))
    .plus(new Exact(prices.cacheRead ?? prices.prompt).times(usage.cachedTokens))
    .plus(new Exact(prices.cacheWrite ?? prices.prompt).times(usage.cacheWriteTokens))
    .plus(new Exact(pricing.image ?? '0').times(inputImages));
  const completion = new Exact(prices.completion)
    .times(plainCompletion)
    .plus(new Exact(pricing.reasoning ?? prices.completion).times(usage.reasoningTokens));
  return { prompt, completion };
}

function rounded(cost: Big): string {
  return plain(cost.round(costDecimals, Exact.roundHalfEven));
}

type EffectivePrices = Omit<PricingOverride, 'minPromptTokens'> & Pick<Pricing, 'prompt' | 'completion'>;

/** Prices as numbers, as near to the list's as a double comes; 0 for what the list does not name. */
export interface RoughPrices {
  readonly prompt: number;
  readonly completion: number;
  readonly request: number;
  readonly image: number;
  readonly cacheRead: number | undefined;
}

/** The prices that hold for a prompt of so many tokens: the list's, then each override that matches, the later one winning. */
export function effectivePrices(pricing: Pricing, promptTokens: number): EffectivePrices {
  return tierOf(pricing, promptTokens).prices;
}

/** The same prices, for estimates, and for comparisons that are not close. */
export function roughPrices(pricing: Pricing, promptTokens: number): RoughPrices {
  return tierOf(pricing, promptTokens).rough;
}

/** What holds for prompts of at least so many tokens. */
interface Tier {
  readonly fromTokens: number;
  readonly prices: EffectivePrices;
  readonly rough: RoughPrices;
}

/** Worked out once, since a list never changes, and reading its decimals costs more than all else that choosing does with it. */
const knownTiers = new WeakMap<Pricing, readonly [Tier, ...Tier[]]>();

function tierOf(pricing: Pricing, promptTokens: number): Tier {
  const tiers = knownTiers.get(pricing) ?? tiersOf(pricing);
  let held = tiers[0];
  for (const tier of tiers) if (promptTokens >= tier.fromTokens) held = tier;
  return held;
}

function tiersOf(pricing: Pricing): readonly [Tier, ...Tier[]] {
  const tier = (fromTokens: number): Tier => {
    let prices: EffectivePrices = pricing;
    for (const { minPromptTokens, ...override } of pricing.overrides) {
      if (fromTokens >= minPromptTokens) prices = { ...prices, ...override };
    }
    return { fromTokens, prices, rough: rough(prices, pricing) };
  };
  const steps = pricing.overrides.map(({ minPromptTokens }) => minPromptTokens).sort((a, b) => a - b);
  const tiers: readonly [Tier, ...Tier[]] = [tier(0), ...steps.map(tier)];
  knownTiers.set(pricing, tiers);
  return tiers;
}

function rough({ prompt, completion, cacheRead }: EffectivePrices, { request, image = '0' }: Pricing): RoughPrices {
  return {
    prompt: Number(prompt),
    completion: Number(completion),
    request: Number(request),
    image: Number(image),
    cacheRead: cacheRead === undefined ? undefined : Number(cacheRead),
  };
}

/** Doubles that differ by more than this share of the greater one stand for decimals that differ in the same direction. */
const leastApart = 1e-9;

/** Whether the decimal `a` is greater than the decimal `b`, exactly. */
export function dearer(a: string, b: string): boolean {
  const [roughA, roughB] = [Number(a), Number(b)];
  // Exact arithmetic costs many times as much, and only decides what is next to equal.
  if (Math.abs(roughA - roughB) > leastApart * Math.max(roughA, roughB)) return roughA > roughB;
  return new Exact(a).gt(b);
}

/** Whether a limit is so far above a price that the decimals, too, are in that order. */
export function isWellBelow(price: number, limit: number): boolean {
  return price < limit * (1 - leastApart);
}

/** A price per million as one per piece, exactly. */
export function perPiece(perMillion: string): string {
  return plain(new Exact(perMillion).div(1_000_000));
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
