import type { ModelVariant } from '../chat.ts';
import { dearer } from '../pricing.ts';
import type { MaxPrice, ProviderPreferences, ProviderSort } from '../provider-preferences.ts';

const sorts = {
  nitro: 'throughput',
  floor: 'price',
  exacto: 'exacto',
  free: undefined,
} as const satisfies Readonly<Record<ModelVariant, ProviderSort | undefined>>;

const nothing: MaxPrice = { prompt: '0', completion: '0', request: '0', image: '0' };

/** The caller's preferences with those of a variant. A sort or an order of the caller's own comes before the variant's. */
export function variantPreferences(
  preferences: ProviderPreferences | undefined,
  variant: ModelVariant | undefined,
): ProviderPreferences | undefined {
  if (variant === undefined) return preferences;
  if (variant === 'free') return withMaxPrice(preferences, nothing);
  return ordersItself(preferences) ? preferences : { ...preferences, sort: sorts[variant] };
}

/** The preferences with a further limit of prices: the lower one of each holds. */
export function withMaxPrice(preferences: ProviderPreferences | undefined, limit: MaxPrice): ProviderPreferences {
  const asked = preferences?.maxPrice ?? {};
  const lower = { ...limit, ...asked };
  for (const name of ['prompt', 'completion', 'request', 'image'] as const) {
    const [one, other] = [limit[name], asked[name]];
    if (one !== undefined && other !== undefined && dearer(other, one)) lower[name] = one;
  }
  return { ...preferences, maxPrice: lower };
}

/** A sentence that says what the variant does for a request with these preferences. */
export function variantReason(variant: ModelVariant, preferences: ProviderPreferences | undefined): string {
  if (variant !== 'free' && ordersItself(preferences))
    return `:${variant} gives way to the order that the request asks for.`;
  return sentences[variant];
}

const sentences: Readonly<Record<ModelVariant, string>> = {
  nitro: ':nitro tries the endpoint first that writes the most tokens a second.',
  floor: ':floor tries the cheapest endpoint first.',
  exacto: ':exacto tries the endpoint first that calls tools most reliably.',
  free: ':free admits only endpoints that charge nothing.',
};

function ordersItself(preferences: ProviderPreferences | undefined): boolean {
  return preferences?.sort !== undefined || (preferences?.order ?? []).length > 0;
}
