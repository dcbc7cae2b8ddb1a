import type { ContentPart, Message, Prompt, Tool } from '../chat.ts';
import { cannotCarry, partsOf, textOf } from './message-content.ts';
import type { ProviderCall } from './provider.ts';
import { reasoningBudget, reasoningWish } from './reasoning.ts';

type Wire = Readonly<Record<string, unknown>>;

/** The body of POST /v2/chat (docs.cohere.com/reference/chat). Throws `unsupported_parameter` for parts that it cannot carry. */
export function cohereRequest(call: ProviderCall, stream: boolean): Wire {
  const { prompt } = call;
  const body = {
    model: call.model,
    messages: prompt.messages.map(wireMessage),
    ...toolsOf(prompt),
    response_format: formatOf(prompt),
    thinking: thinkingOf(call),
    max_tokens: prompt.maxTokens,
    stop_sequences: prompt.stop,
    temperature: prompt.temperature,
    p: prompt.topP,
    k: prompt.topK,
    frequency_penalty: prompt.frequencyPenalty,
    presence_penalty: prompt.presencePenalty,
    seed: prompt.seed,
    logprobs: prompt.logprobs,
    // The reference calls it required.
    stream,
  };
  return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined));
}

function wireMessage(message: Message): Wire {
  switch (message.role) {
    case 'system':
    case 'developer':
      return { role: 'system', content: textOf(message, 'Cohere') };
    case 'user':
      return { role: 'user', content: contentOf(message) };
    case 'tool':
      return { role: 'tool', tool_call_id: message.toolCallId, content: contentOf(message) };
    case 'assistant': {
      const calls = (message.toolCalls ?? []).map(({ id, name, arguments: given }) => ({
        id,
        type: 'function',
        function: { name, arguments: given.trim() === '' ? '{}' : given },
      }));
      // A message that calls may say nothing, and the API takes no empty text.
      const text = textOf(message, 'Cohere');
      return {
        role: 'assistant',
        ...(text === '' && calls.length > 0 ? {} : { content: text }),
        ...(calls.length === 0 ? {} : { tool_calls: calls }),
      };
    }
  }
}

function contentOf(message: Message): string | readonly Wire[] {
  const parts = partsOf(message);
  return parts.every((part) => part.type === 'text') ? textOf(message, 'Cohere') : parts.map(partOf);
}

function partOf(part: ContentPart): Wire {
  if (part.type === 'text') return { type: 'text', text: part.text };
  if (part.type !== 'image') throw cannotCarry('Cohere', part);
  const detail = part.detail === undefined ? {} : { detail: part.detail };
  return { type: 'image_url', image_url: { url: part.url, ...detail } };
}

/** The API can demand a call, but not of which function: a demanded function is the only one that it is offered. */
function toolsOf({ tools, toolChoice }: Prompt): Wire {
  if (tools === undefined || tools.length === 0) return {};
  const only = typeof toolChoice === 'object' ? toolChoice.function : undefined;
  const offered = only === undefined ? tools : tools.filter((tool) => tool.name === only);
  const choice = only === undefined ? choices[String(toolChoice)] : 'REQUIRED';
  return {
    tools: offered.map(toolOf),
    ...(choice === undefined ? {} : { tool_choice: choice }),
    ...(offered.some((tool) => tool.strict === true) ? { strict_tools: true } : {}),
  };
}

/** To leave the choice out is `auto`. */
const choices: Readonly<Record<string, string>> = { none: 'NONE', required: 'REQUIRED' };

function toolOf(tool: Tool): Wire {
  return {
    type: 'function',
    function: {
      name: tool.name,
      ...(tool.description === undefined ? {} : { description: tool.description }),
      parameters: tool.parameters ?? { type: 'object', properties: {} },
    },
  };
}

function formatOf({ responseFormat }: Prompt): Wire | undefined {
  if (responseFormat === undefined || responseFormat.type === 'text') return undefined;
  const schema = responseFormat.type === 'json_schema' ? { json_schema: responseFormat.schema } : {};
  return { type: 'json_object', ...schema };
}

/** A budget is a number of tokens; an effort becomes one where the answer's limit is known. */
function thinkingOf({ prompt, maxCompletionTokens }: ProviderCall): Wire | undefined {
  const { reasoning } = prompt;
  const wish = reasoningWish(reasoning);
  if (reasoning === undefined || wish === undefined) return undefined;
  if (!wish) return { type: 'disabled' };
  const limit = prompt.maxTokens ?? maxCompletionTokens;
  if (reasoning.maxTokens === undefined && (reasoning.effort === undefined || limit === undefined))
    return { type: 'enabled' };
  return { type: 'enabled', token_budget: reasoningBudget(reasoning, limit ?? 0) };
}
