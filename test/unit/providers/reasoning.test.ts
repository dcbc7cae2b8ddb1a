import { expect, it } from 'vitest';
import type { ReasoningDetail } from '../../../src/chat.ts';
import { joinDetails, reasoningBudget, reasoningWish } from '../../../src/providers/reasoning.ts';

it.each([
  [undefined, undefined],
  [{}, undefined],
  [{ exclude: true }, undefined],
  [{ enabled: true }, true],
  [{ effort: 'minimal' }, true],
  [{ maxTokens: 1 }, true],
  [{ effort: 'none' }, false],
  [{ enabled: false, effort: 'high' }, false],
  [{ maxTokens: 0 }, false],
] as const)('takes %o for the wish %s', (reasoning, wish) => {
  expect(reasoningWish(reasoning)).toBe(wish);
});

it('takes a budget as it is, and an effort for a share of the limit', () => {
  expect(reasoningBudget({ maxTokens: 77 }, 1000)).toBe(77);
  const efforts = ['minimal', 'low', 'medium', 'high', 'xhigh', 'max'] as const;
  expect(efforts.map((effort) => reasoningBudget({ effort }, 1000))).toEqual([100, 200, 500, 800, 950, 950]);
  expect(reasoningBudget({ enabled: true }, 1000)).toBe(500);
});

it('joins the pieces of one detail, and no others', () => {
  const text = { type: 'reasoning.text', format: 'f', index: 0 } as const;
  const details: ReasoningDetail[] = [
    { ...text, text: 'a' },
    { ...text, text: 'b' },
    { ...text, signature: 's' },
    { ...text, text: 'c', index: 1 },
    { type: 'reasoning.encrypted', format: 'f', index: 1, data: 'd' },
    { type: 'reasoning.encrypted', format: 'f', index: 1, data: 'e' },
  ];
  expect(joinDetails(details)).toEqual([
    { ...text, text: 'ab', signature: 's' },
    { ...text, text: 'c', index: 1 },
    { type: 'reasoning.encrypted', format: 'f', index: 1, data: 'd' },
    { type: 'reasoning.encrypted', format: 'f', index: 1, data: 'e' },
  ]);
});
