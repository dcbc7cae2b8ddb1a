import type { JsonObject, ReasoningEffort } from '../chat.ts';
import type { Wire } from './openai-compatible-wires.ts';
import type { ProviderCall } from './provider.ts';
import { reasoningWish } from './reasoning.ts';

/** The fields that ask an upstream to reason, not to reason, and how much; none where the caller says nothing of it. */
export function reasoningFields(call: ProviderCall, wire: Wire): JsonObject {
  const { reasoning } = call.prompt;
  const wish = reasoningWish(reasoning);
  if (reasoning === undefined || (wish === undefined && reasoning.exclude === undefined)) return {};
  const effort = wish === undefined ? undefined : nearest(wantedEffort(call, wish), wire.efforts);
  const effortField: JsonObject = effort === undefined ? {} : { reasoning_effort: effort };
  const type = wish === false ? 'disabled' : 'enabled';

  switch (wire.reasoningForm) {
    case 'effort':
      return effortField;
    case 'reasoning_object':
      return {
        reasoning: {
          ...(reasoning.effort === undefined ? {} : { effort: reasoning.effort }),
          ...(reasoning.maxTokens === undefined ? {} : { max_tokens: reasoning.maxTokens }),
          ...(reasoning.enabled === undefined ? {} : { enabled: reasoning.enabled }),
          ...(reasoning.exclude === undefined ? {} : { exclude: reasoning.exclude }),
        },
      };
    case 'thinking':
      return wish === undefined ? {} : { thinking: { type } };
    case 'thinking_and_effort':
      return wish === undefined ? {} : { thinking: { type }, ...(reasoning.effort === undefined ? {} : effortField) };
    case 'enable_thinking':
      if (wish === undefined) return {};
      return {
        enable_thinking: wish,
        ...(wish && reasoning.maxTokens ? { thinking_budget: reasoning.maxTokens } : {}),
      };
    case 'template':
      // The names that the templates of Qwen, GLM and DeepSeek look for. A template ignores what it does not know.
      if (wish === undefined) return {};
      return { chat_template_kwargs: { enable_thinking: wish, thinking: wish, ...effortField }, ...effortField };
    case 'groq':
      return { ...effortField, ...groqFormat(call) };
    case 'together':
      return wish === undefined
        ? {}
        : { reasoning: { enabled: wish }, ...(reasoning.effort === undefined ? {} : effortField) };
    case 'unavailable':
      return {};
  }
}

/** Groq writes reasoning into the text as tags unless told otherwise, but for GPT-OSS, which knows another field. */
function groqFormat(call: ProviderCall): JsonObject {
  const exclude = call.prompt.reasoning?.exclude === true;
  if (call.model.includes('gpt-oss')) return exclude ? { include_reasoning: false } : {};
  return { reasoning_format: exclude ? 'hidden' : 'parsed' };
}

function wantedEffort(call: ProviderCall, wish: boolean): ReasoningEffort {
  const { effort, maxTokens } = call.prompt.reasoning ?? {};
  if (!wish) return 'none';
  if (effort !== undefined) return effort;
  return maxTokens === undefined
    ? 'medium'
    : effortOfBudget(maxTokens, call.prompt.maxTokens ?? call.maxCompletionTokens ?? 8192);
}

/** OpenRouter's shares of the answer's limit, backwards, each up to the middle of its neighbours. */
function effortOfBudget(budget: number, limit: number): ReasoningEffort {
  const share = budget / Math.max(limit, budget);
  if (share < 0.15) return 'minimal';
  if (share < 0.35) return 'low';
  return share < 0.65 ? 'medium' : 'high';
}

const ladder: readonly ReasoningEffort[] = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'];

/** The known effort that is next to the wanted one, the lower of two. No reasoning has no neighbour: asked for little is not none. */
function nearest(wanted: ReasoningEffort, known: readonly ReasoningEffort[]): ReasoningEffort | undefined {
  if (wanted === 'none') return known.includes('none') ? 'none' : undefined;
  const place = ladder.indexOf(wanted);
  return known
    .filter((effort) => effort !== 'none')
    .toSorted((a, b) => Math.abs(ladder.indexOf(a) - place) - Math.abs(ladder.indexOf(b) - place))
    .at(0);
}
