import type { ReasoningEffort, Verbosity } from '../chat.ts';
import type { ProviderCall } from './provider.ts';
import { reasoningBudget, reasoningWish } from './reasoning.ts';

/** The `format` of reasoning details that Claude signed. */
export const anthropicFormat = 'anthropic-claude-v1';

/** How a call's wish to reason is said to the API. */
export interface Thinking {
  /** Whether the model is told to think, which forbids other sampling than its own. */
  readonly on: boolean;
  readonly fields: { readonly thinking?: Readonly<Record<string, unknown>> };
  /** For `output_config`. */
  readonly effort?: Verbosity;
  /** The limit that the API insists on; it counts thoughts as well as text. */
  readonly maxTokens: number;
}

// platform.claude.com/docs/en/build-with-claude/adaptive-thinking: from 4.6 on a model decides itself how much it thinks, and an
// effort steers it; 4.6 still takes a budget of tokens, what follows refuses one, what came before takes nothing else.
const firstAdaptive = 406;
const lastBudgeted = 406;
const smallestBudget = 1024;
const limitOfUnknownModels = 4096;

/** Says a call's wish to reason in the form that its model understands. */
export function thinkingOf(call: ProviderCall): Thinking {
  const { reasoning, verbosity } = call.prompt;
  const wish = reasoningWish(reasoning);
  const maxTokens =
    call.prompt.maxTokens ?? call.maxCompletionTokens ?? limitOfUnknownModels + (reasoning?.maxTokens ?? 0);
  const said = verbosity === undefined ? {} : { effort: verbosity };
  const generation = generationOf(call.model);
  const silent: Thinking = { on: false, fields: {}, maxTokens, ...said };

  if (reasoning === undefined || wish === undefined) return silent;
  if (!wish) return generation < firstAdaptive ? silent : { ...silent, fields: { thinking: { type: 'disabled' } } };

  const budgeted = generation < firstAdaptive || (reasoning.maxTokens !== undefined && generation <= lastBudgeted);
  if (!budgeted) {
    const thinking = { type: 'adaptive', display: reasoning.exclude === true ? 'omitted' : 'summarized' };
    const effort = verbosity ?? (reasoning.effort === undefined ? undefined : effortOf(reasoning.effort, generation));
    return { on: true, fields: { thinking }, maxTokens, ...(effort === undefined ? {} : { effort }) };
  }
  // A budget has a least size and must leave room for the answer: where the limit is too low for both, the answer wins.
  if (maxTokens <= smallestBudget) return silent;
  const budget = Math.min(Math.max(reasoningBudget(reasoning, maxTokens), smallestBudget), maxTokens - 1);
  return { ...silent, on: true, fields: { thinking: { type: 'enabled', budget_tokens: budget } } };
}

/** `claude-opus-4-7` is 407, `claude-3-5-haiku-20241022` 305; a name without a number is taken for a newer model than all of these. */
function generationOf(model: string): number {
  const match = /claude-(?:[a-z]+-)?(\d{1,2})(?:[-.](\d{1,2}))?(?!\d)/.exec(model);
  return match === null ? Number.POSITIVE_INFINITY : Number(match[1]) * 100 + Number(match[2] ?? 0);
}

function effortOf(effort: ReasoningEffort, generation: number): Verbosity {
  if (effort === 'none' || effort === 'minimal') return 'low';
  return effort === 'xhigh' && generation <= lastBudgeted ? 'max' : effort;
}
