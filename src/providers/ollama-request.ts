import type { ContentPart, Message, Prompt, Tool } from '../chat.ts';
import { ProviderError } from '../errors.ts';
import { parseDataUrl } from './data-url.ts';
import { argumentsObject, calledFunction, cannotCarry, partsOf } from './message-content.ts';
import type { ProviderCall } from './provider.ts';
import { reasoningWish } from './reasoning.ts';

type Wire = Readonly<Record<string, unknown>>;

/** The body of POST /api/chat (docs.ollama.com/api/chat). Throws `unsupported_parameter` for parts that it cannot carry. */
export function ollamaRequest(call: ProviderCall, stream: boolean): Wire {
  const { prompt } = call;
  const options = optionsOf(prompt);
  return {
    model: call.model,
    messages: prompt.messages.map((message) => wireMessage(message, prompt.messages)),
    ...toolsOf(prompt),
    ...formatOf(prompt),
    ...thinkOf(call),
    ...(prompt.logprobs === undefined ? {} : { logprobs: prompt.logprobs }),
    ...(prompt.topLogprobs === undefined ? {} : { top_logprobs: prompt.topLogprobs }),
    ...(Object.keys(options).length === 0 ? {} : { options }),
    // The API streams unless it is told not to.
    stream,
  };
}

function wireMessage(message: Message, messages: readonly Message[]): Wire {
  const parts = partsOf(message);
  const images = parts.filter((part) => part.type !== 'text').map(imageOf);
  return {
    role: message.role === 'developer' ? 'system' : message.role,
    content: parts.map((part) => (part.type === 'text' ? part.text : '')).join(''),
    ...(images.length === 0 ? {} : { images }),
    ...(message.role === 'assistant' ? assistantFields(message) : {}),
    ...(message.role === 'tool'
      ? { tool_name: calledFunction(messages, message), tool_call_id: message.toolCallId }
      : {}),
  };
}

function assistantFields({ reasoning, toolCalls = [] }: Message): Wire {
  const calls = toolCalls.map((call) => ({
    id: call.id,
    function: { name: call.name, arguments: argumentsObject(call.arguments) },
  }));
  return {
    ...(reasoning === undefined ? {} : { thinking: reasoning }),
    ...(calls.length === 0 ? {} : { tool_calls: calls }),
  };
}

/** Bare base64: the server loads nothing from the net. */
function imageOf(part: ContentPart): string {
  if (part.type !== 'image') throw cannotCarry('Ollama', part);
  const data = parseDataUrl(part.url);
  if (data !== undefined) return data.base64;
  throw new ProviderError('unsupported_parameter', 'Ollama takes images as data URLs in base64 only');
}

/** The API has no tool choice. Not to offer the tools is the same as `none`; the rest is left to the model. */
function toolsOf({ tools, toolChoice }: Prompt): Wire {
  return tools === undefined || tools.length === 0 || toolChoice === 'none' ? {} : { tools: tools.map(toolOf) };
}

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

function formatOf({ responseFormat }: Prompt): Wire {
  if (responseFormat === undefined || responseFormat.type === 'text') return {};
  return { format: responseFormat.type === 'json_schema' ? responseFormat.schema : 'json' };
}

/** Only gpt-oss takes levels, and cannot be told not to think; the others think or do not. */
function thinkOf({ model, prompt }: ProviderCall): Wire {
  const wish = reasoningWish(prompt.reasoning);
  if (wish === undefined) return {};
  if (!/gpt-?oss/i.test(model)) return { think: wish };
  const effort = prompt.reasoning?.effort;
  if (!wish || effort === 'minimal' || effort === 'low') return { think: 'low' };
  if (effort === undefined) return { think: true };
  return { think: effort === 'medium' ? 'medium' : 'high' };
}

function optionsOf(prompt: Prompt): Wire {
  const options = {
    num_predict: prompt.maxTokens,
    temperature: prompt.temperature,
    top_p: prompt.topP,
    top_k: prompt.topK,
    min_p: prompt.minP,
    frequency_penalty: prompt.frequencyPenalty,
    presence_penalty: prompt.presencePenalty,
    repeat_penalty: prompt.repetitionPenalty,
    seed: prompt.seed,
    stop: prompt.stop,
  };
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}
