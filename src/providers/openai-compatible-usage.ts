import type { Usage } from '../chat.ts';
import { isRecord, type WireRecord } from './wire-values.ts';

/** The usage that an answer, or a chunk of one, tells: beside the choices, in the first choice (Moonshot), or under `x_groq`. */
export function usageIn(answer: WireRecord, choice: WireRecord | undefined): WireRecord | undefined {
  if (isRecord(answer.usage)) return answer.usage;
  if (choice !== undefined && isRecord(choice.usage)) return choice.usage;
  return isRecord(answer.x_groq) && isRecord(answer.x_groq.usage) ? answer.x_groq.usage : undefined;
}

/** Usage counted the OpenAI way, or undefined where nothing was counted. */
export function normalUsage(wire: WireRecord): Usage | undefined {
  const prompt = count(wire.prompt_tokens) ?? 0;
  const written = count(wire.completion_tokens) ?? 0;
  if (prompt === 0 && written === 0) return undefined;

  const promptDetails = isRecord(wire.prompt_tokens_details) ? wire.prompt_tokens_details : {};
  const completionDetails = isRecord(wire.completion_tokens_details) ? wire.completion_tokens_details : {};
  const reasoning = count(completionDetails.reasoning_tokens) ?? count(wire.reasoning_tokens) ?? 0;
  const total = count(wire.total_tokens) ?? 0;
  // xAI counts reasoning beside the completion, and only its total has both. Perplexity's deep research leaves it out of the total.
  const outside = reasoning > written || (reasoning > 0 && total === prompt + written + reasoning);
  const completion = outside ? written + reasoning : written;
  const cached =
    count(promptDetails.cached_tokens) ?? count(wire.prompt_cache_hit_tokens) ?? count(wire.cached_tokens) ?? 0;
  const cacheWrite =
    count(promptDetails.cache_write_tokens) ??
    count(promptDetails.cache_creation_input_tokens) ??
    count(wire.cache_creation_input_tokens) ??
    0;
  return {
    promptTokens: prompt,
    completionTokens: completion,
    totalTokens: Math.max(total, prompt + completion),
    cachedTokens: Math.min(cached, prompt),
    cacheWriteTokens: Math.min(cacheWrite, prompt),
    reasoningTokens: reasoning,
    source: 'provider',
  };
}

function count(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? Math.round(value) : undefined;
}
