import Big from 'big.js';
import { z } from 'zod';
import type { Pricing, PricingOverride } from '../catalog.ts';
import { isPrice } from '../pricing.ts';
import type { MaxPrice } from '../provider-preferences.ts';

/** Digits enough for any price divided by a million. */
const Exact = Big();
Exact.DP = 60;

/** A token never cost so much; a price above it was meant per million tokens. */
const dearestPerToken = '0.01';

const amount = z
  .union([z.string(), z.number()], 'must be a number of US dollars, as a number or a text')
  .transform((value, context) => {
    const text = String(value).trim();
    if (isPrice(text)) return new Exact(text).toFixed();
    context.addIssue({
      code: 'custom',
      message: 'must be a number of US dollars that is not negative, such as 0.0000025',
    });
    return z.NEVER;
  });

const perToken = amount.refine(
  (price) => new Exact(price).lte(dearestPerToken),
  'is a price per token, in US dollars, and too high for one; write it under perMillion if it is per million tokens',
);

const perMillion = amount.transform((price) => new Exact(price).div(1_000_000).toFixed());

const tokenPrices = {
  prompt: perToken.exactOptional(),
  completion: perToken.exactOptional(),
  cacheRead: perToken.exactOptional(),
  cacheWrite: perToken.exactOptional(),
};

const millionPrices = {
  prompt: perMillion.exactOptional(),
  completion: perMillion.exactOptional(),
  cacheRead: perMillion.exactOptional(),
  cacheWrite: perMillion.exactOptional(),
};

const override = z
  .strictObject({
    minPromptTokens: z.int().min(1),
    ...tokenPrices,
    perMillion: z.strictObject(millionPrices).exactOptional(),
  })
  .transform(({ perMillion: million, ...prices }): PricingOverride => ({ ...million, ...prices }));

/** What a configuration may say of an endpoint's prices: `free`, or those that differ from what is known. */
export type ConfiguredPricing = Partial<Pricing>;

const pricesList = z
  .strictObject({
    ...tokenPrices,
    reasoning: perToken.exactOptional(),
    request: amount.exactOptional(),
    image: amount.exactOptional(),
    perMillion: z.strictObject({ ...millionPrices, reasoning: perMillion.exactOptional() }).exactOptional(),
    validFrom: z.iso.date('must be a date such as 2026-11-22').exactOptional(),
    overrides: z.array(override).exactOptional(),
  })
  .transform(({ perMillion: million, ...prices }): ConfiguredPricing => ({ ...million, ...prices }));

const free = z
  .literal('free')
  .transform((): ConfiguredPricing => ({ prompt: '0', completion: '0', request: '0', overrides: [] }));

/** Reads prices exactly: US dollars per token, or per million tokens under `perMillion`; no digit goes through a float. */
export const configuredPricing = z.union([free, pricesList], 'must be free, or a map of prices');

/** Reads the dearest prices that are accepted, US dollars per million tokens. */
export const configuredMaxPrice = z
  .strictObject({
    perMillion: z.strictObject({ prompt: perMillion.exactOptional(), completion: perMillion.exactOptional() }),
  })
  .transform(({ perMillion: million }): MaxPrice => million);
