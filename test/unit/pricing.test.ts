import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Pricing } from '../../src/catalog.ts';
import type { Usage } from '../../src/chat.ts';
import { costOf, dearer, isPrice } from '../../src/pricing.ts';

const usage = (more: Partial<Usage>): Usage => ({
  promptTokens: 0,
  completionTokens: 0,
  totalTokens: 0,
  cachedTokens: 0,
  cacheWriteTokens: 0,
  reasoningTokens: 0,
  source: 'provider',
  ...more,
});
const pricing = (more: Partial<Pricing>): Pricing => ({
  prompt: '0',
  completion: '0',
  request: '0',
  overrides: [],
  ...more,
});

describe('costOf', () => {
  it('is exact where floating point is not', () => {
    expect(costOf(usage({ promptTokens: 3 }), pricing({ prompt: '0.1' }))).toBe('0.3');
    expect(costOf(usage({ promptTokens: 1, completionTokens: 1 }), pricing({ prompt: '0.1', completion: '0.2' }))).toBe(
      '0.3',
    );
  });

  it('charges each token once, cached and reasoning tokens at their own prices', () => {
    const list = pricing({ prompt: '1', completion: '10', cacheRead: '0.1', cacheWrite: '2', reasoning: '20' });
    const used = usage({
      promptTokens: 10,
      cachedTokens: 4,
      cacheWriteTokens: 1,
      completionTokens: 3,
      reasoningTokens: 2,
    });
    // 5 plain + 4 cached + 1 written, then 1 plain + 2 reasoning.
    expect(costOf(used, list)).toBe('57.4');
  });

  it('charges cached and reasoning tokens like others where they have no price of their own', () => {
    const used = usage({ promptTokens: 10, cachedTokens: 4, completionTokens: 3, reasoningTokens: 2 });
    expect(costOf(used, pricing({ prompt: '1', completion: '1' }))).toBe('13');
  });

  it('adds the price of the request and of each image', () => {
    expect(costOf(usage({}), pricing({ request: '0.005', image: '0.001' }), 3)).toBe('0.008');
  });

  it('rounds once, half to even, to nano-dollars, and never writes an exponent', () => {
    expect(costOf(usage({ promptTokens: 1 }), pricing({ prompt: '0.0000000005' }))).toBe('0');
    expect(costOf(usage({ promptTokens: 3 }), pricing({ prompt: '0.0000000005' }))).toBe('0.000000002');
    expect(costOf(usage({ promptTokens: 1 }), pricing({ prompt: '1e-9' }))).toBe('0.000000001');
    expect(costOf(usage({ promptTokens: 2_000_000_000 }), pricing({ prompt: '1000000' }))).toBe('2000000000000000');
  });

  it('applies the prices for long prompts from their first token on', () => {
    const list = pricing({ prompt: '1', overrides: [{ minPromptTokens: 100, prompt: '2' }] });
    expect(costOf(usage({ promptTokens: 99 }), list)).toBe('99');
    expect(costOf(usage({ promptTokens: 100 }), list)).toBe('200');
  });

  it('equals integer arithmetic for any prices in nano-dollars', () => {
    const nano = fc.integer({ min: 0, max: 10_000_000 });
    const tokens = fc.integer({ min: 0, max: 10_000_000 });
    fc.assert(
      fc.property(nano, nano, tokens, tokens, (promptPrice, completionPrice, promptTokens, completionTokens) => {
        const decimal = (value: bigint) => {
          const digits = value.toString().padStart(10, '0');
          return `${digits.slice(0, -9)}.${digits.slice(-9)}`.replace(/\.?0+$/, '');
        };
        const expected =
          BigInt(promptPrice) * BigInt(promptTokens) + BigInt(completionPrice) * BigInt(completionTokens);
        const list = pricing({ prompt: decimal(BigInt(promptPrice)), completion: decimal(BigInt(completionPrice)) });
        expect(costOf(usage({ promptTokens, completionTokens }), list)).toBe(decimal(expected));
      }),
    );
  });
});

describe('prices as texts', () => {
  it('compares by value, not by length', () => {
    expect(dearer('0.10', '0.1')).toBe(false);
    expect(dearer('0.1000000000000000000001', '0.1')).toBe(true);
    expect(dearer('9e-7', '0.000001')).toBe(false);
  });

  it('knows a price from something else', () => {
    for (const text of ['0', '0.000001', '1', '3e-6', '.5', '12.']) expect(isPrice(text), text).toBe(true);
    for (const text of ['', '-1', 'NaN', 'Infinity', '1,5', '0x1', '1e999', ' 1', '$1'])
      expect(isPrice(text), text).toBe(false);
  });
});
