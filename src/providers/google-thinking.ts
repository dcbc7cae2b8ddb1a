import type { ReasoningEffort } from '../chat.ts';
import type { ProviderCall } from './provider.ts';
import { reasoningBudget, reasoningWish } from './reasoning.ts';

/** The `format` of reasoning details that Gemini signed. */
export const googleFormat = 'google-gemini-v1';

/** Gemini's generation: 2.5 of `gemini-2.5-flash`, 3 of `gemini-3-pro-preview`; `undefined` for other names. */
export function geminiGeneration(model: string): number | undefined {
  const match = /gemini-(\d+(?:\.\d+)?)/.exec(model);
  return match === null ? undefined : Number(match[1]);
}

/** The `thinkingConfig` that says a call's wish to reason (ai.google.dev/gemini-api/docs/thinking); `undefined` for no wish. */
export function thinkingConfig(call: ProviderCall): Readonly<Record<string, unknown>> | undefined {
  const { reasoning } = call.prompt;
  const wish = reasoningWish(reasoning);
  if (reasoning === undefined || wish === undefined) return undefined;
  const shown = { includeThoughts: wish && reasoning.exclude !== true };
  // From the third generation on models take levels, and a budget only for the sake of older clients.
  const takesLevels = (geminiGeneration(call.model) ?? 0) >= 3;
  if (!wish)
    return takesLevels
      ? { ...shown, thinkingLevel: leastLevel(call.model) }
      : { ...shown, thinkingBudget: leastBudget(call.model) };
  if (reasoning.effort === undefined && reasoning.maxTokens === undefined) return shown;
  if (takesLevels && reasoning.effort !== undefined)
    return { ...shown, thinkingLevel: levelOf(reasoning.effort, call.model) };

  const answerTokens = call.prompt.maxTokens ?? call.maxCompletionTokens ?? answerTokensOfUnknownModels;
  const budget = Math.min(reasoningBudget(reasoning, answerTokens), largestBudget(call.model));
  return { ...shown, thinkingBudget: Math.max(budget, leastBudget(call.model)) };
}

const answerTokensOfUnknownModels = 8192;

/** Pro models cannot be told not to think. */
function isPro(model: string): boolean {
  return model.includes('pro');
}

/** `minimal` is what some of the smaller models know; `low` is known to all. */
function leastLevel(model: string): string {
  return isPro(model) || (geminiGeneration(model) ?? lastMinimal + 1) > lastMinimal ? 'low' : 'minimal';
}
const lastMinimal = 3.6;

function levelOf(effort: ReasoningEffort, model: string): string {
  if (effort === 'none' || effort === 'minimal') return leastLevel(model);
  // The first Pro of the third generation knows two levels only.
  if (effort === 'medium') return /gemini-3-pro/.test(model) ? 'high' : 'medium';
  return effort === 'low' ? 'low' : 'high';
}

function leastBudget(model: string): number {
  return isPro(model) ? 128 : 0;
}

function largestBudget(model: string): number {
  return isPro(model) ? 32_768 : 24_576;
}
