import type { ReasoningDetail, ReasoningEffort, ReasoningOptions } from '../chat.ts';

/** The share of the answer's tokens that an effort stands for, as OpenRouter publishes it. */
const effortPercent = {
  none: 0,
  minimal: 10,
  low: 20,
  medium: 50,
  high: 80,
  xhigh: 95,
  max: 95,
} as const satisfies Record<ReasoningEffort, number>;

/** Whether the caller asks a model to reason, asks it not to, or (`undefined`) says nothing of it. */
export function reasoningWish(reasoning: ReasoningOptions | undefined): boolean | undefined {
  if (reasoning === undefined) return undefined;
  if (reasoning.enabled === false || reasoning.effort === 'none' || reasoning.maxTokens === 0) return false;
  const asked = reasoning.enabled === true || reasoning.effort !== undefined || reasoning.maxTokens !== undefined;
  return asked ? true : undefined;
}

/**
 * How many tokens of an answer of at most `maxTokens` are for reasoning, for models that take only budgets. Asked for without
 * effort or budget, reasoning is of medium effort.
 */
export function reasoningBudget(reasoning: ReasoningOptions, maxTokens: number): number {
  return reasoning.maxTokens ?? Math.floor((maxTokens * effortPercent[reasoning.effort ?? 'medium']) / 100);
}

/** The pieces in which a stream brought a detail, joined: what follows with the same type and index is the same detail. */
export function joinDetails(details: readonly ReasoningDetail[]): readonly ReasoningDetail[] {
  const joined: ReasoningDetail[] = [];
  for (const detail of details) {
    const last = joined.at(-1);
    if (last === undefined || !continues(last, detail)) joined.push(detail);
    else joined[joined.length - 1] = { ...last, ...detail, text: (last.text ?? '') + (detail.text ?? '') };
  }
  return joined;
}

function continues(last: ReasoningDetail, next: ReasoningDetail): boolean {
  return (
    next.type === 'reasoning.text' &&
    last.type === next.type &&
    last.index === next.index &&
    last.signature === undefined
  );
}
