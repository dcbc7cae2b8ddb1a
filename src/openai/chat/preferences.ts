import { z } from 'zod';
import { isPrice, perPiece } from '../../pricing.ts';
import {
  type MaxPrice,
  type PercentileBounds,
  type ProviderPreferences,
  quantizations,
} from '../../provider-preferences.ts';
import { present } from '../check.ts';

const slugs = z.array(z.string().trim().min(1, { abort: true }).max(256, { abort: true }));

const price = z
  .union([z.string(), z.number()])
  .refine((value) => isPrice(String(value).trim()), 'must be a number of US dollars that is not negative.');

const bounds = z.union([
  z.number().min(0),
  z
    .object({
      p50: z.number().min(0).nullish(),
      p75: z.number().min(0).nullish(),
      p90: z.number().min(0).nullish(),
      p99: z.number().min(0).nullish(),
    })
    .refine((given) => Object.keys(present(given)).length > 0, 'is empty: give at least one percentile.'),
]);

const sortBy = z.enum(['price', 'throughput', 'latency', 'exacto']);

/** What the caller asks of routing, in OpenRouter's words. */
export const preferencesBody = z.object({
  order: slugs.nullish(),
  only: slugs.nullish(),
  ignore: slugs.nullish(),
  allow_fallbacks: z.boolean().nullish(),
  require_parameters: z.boolean().nullish(),
  data_collection: z.enum(['allow', 'deny']).nullish(),
  zdr: z.boolean().nullish(),
  enforce_distillable_text: z.boolean().nullish().describe('Without effect.'),
  quantizations: z.array(z.enum(quantizations)).nullish(),
  sort: z.union([sortBy, z.object({ by: sortBy.nullish(), partition: z.enum(['model', 'none']).nullish() })]).nullish(),
  max_price: z
    .object({
      prompt: price.nullish(),
      completion: price.nullish(),
      request: price.nullish(),
      image: price.nullish(),
      audio: price.nullish().describe('Without effect.'),
    })
    .nullish()
    .describe('US dollars: per million tokens of prompt and completion, per request, per image.'),
  preferred_min_throughput: bounds.nullish().describe('Tokens a second: of the median, or by percentile.'),
  preferred_max_latency: bounds.nullish().describe('Seconds to the first token: of the median, or by percentile.'),
});
export type PreferencesBody = z.infer<typeof preferencesBody>;

/** The preferences in the program's words. `partition` is what a request asks for beside them. */
export function toPreferences(body: PreferencesBody, partition?: 'model' | 'none'): ProviderPreferences {
  const { sort, max_price: maxPrice } = body;
  const sorted = typeof sort === 'string' ? { by: sort, partition: undefined } : sort;
  return present({
    order: body.order,
    only: body.only,
    ignore: body.ignore,
    allowFallbacks: body.allow_fallbacks,
    requireParameters: body.require_parameters,
    dataCollection: body.data_collection,
    zdr: body.zdr,
    quantizations: body.quantizations,
    sort: sorted?.by,
    sortPartition: sorted?.partition ?? partition,
    maxPrice: maxPrice == null ? undefined : toMaxPrice(maxPrice),
    preferredMinThroughput: toBounds(body.preferred_min_throughput, 1),
    preferredMaxLatencyMs: toBounds(body.preferred_max_latency, 1_000),
  });
}

type PriceBody = string | number | null | undefined;

function toMaxPrice({ prompt, completion, request, image }: { readonly [name: string]: PriceBody }): MaxPrice {
  return present({
    prompt: ofMillion(prompt),
    completion: ofMillion(completion),
    request: text(request),
    image: text(image),
  });
}

function ofMillion(value: PriceBody): string | undefined {
  const given = text(value);
  return given === undefined ? undefined : perPiece(given);
}

/** The shortest decimal that is the number, which is what the caller wrote. */
function text(value: PriceBody): string | undefined {
  return value == null ? undefined : String(value).trim();
}

function toBounds(
  given: number | { readonly [Percentile in keyof PercentileBounds]?: number | null | undefined } | null | undefined,
  factor: number,
): PercentileBounds | undefined {
  if (given == null) return undefined;
  const each = typeof given === 'number' ? { p50: given } : present(given);
  return Object.fromEntries(Object.entries(each).map(([percentile, bound]) => [percentile, bound * factor]));
}
