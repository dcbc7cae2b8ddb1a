import type { Json, JsonObject, ResponseFormat, Tool, ToolChoice } from '../chat.ts';
import { cacheField, wireMessages } from './openai-compatible-messages.ts';
import { reasoningFields } from './openai-compatible-reasoning.ts';
import type { Wire } from './openai-compatible-wires.ts';
import type { ProviderCall } from './provider.ts';

/**
 * The body of POST /chat/completions. Holds nothing that the caller did not send, but `stream` and the asking for usage. Throws
 * ProviderError `unsupported_parameter` for content that the wire has no form for.
 */
export function requestBody(call: ProviderCall, wire: Wire, stream: boolean): JsonObject {
  const { prompt } = call;
  const fields: Record<string, Json | undefined> = {
    model: call.model,
    messages: wireMessages(prompt.messages, wire),
    ...(stream ? { stream: true } : {}),
    ...(stream && wire.asksForUsage ? { stream_options: { include_usage: true } } : {}),
    ...(prompt.tools === undefined || prompt.tools.length === 0
      ? {}
      : { tools: prompt.tools.map((tool) => wireTool(tool, wire)) }),
    tool_choice: prompt.toolChoice === undefined ? undefined : wireToolChoice(prompt.toolChoice, wire),
    parallel_tool_calls: prompt.parallelToolCalls,
    response_format: prompt.responseFormat === undefined ? undefined : wireFormat(prompt.responseFormat, wire),
    ...reasoningFields(call, wire),
    [wire.maxTokensField]: prompt.maxTokens,
    temperature: prompt.temperature,
    top_p: prompt.topP,
    top_k: prompt.topK,
    min_p: prompt.minP,
    top_a: prompt.topA,
    frequency_penalty: prompt.frequencyPenalty,
    presence_penalty: prompt.presencePenalty,
    [wire.repetitionPenaltyField]: prompt.repetitionPenalty,
    [wire.seedField]: prompt.seed,
    stop: prompt.stop,
    logit_bias: prompt.logitBias,
    ...logprobsFields(call, wire),
    verbosity: prompt.verbosity,
    prediction: prompt.prediction === undefined ? undefined : { type: 'content', content: prompt.prediction },
    user: prompt.user,
  };
  return sent(fields);
}

function sent(fields: Readonly<Record<string, Json | undefined>>): JsonObject {
  const body: Record<string, Json> = {};
  for (const [name, value] of Object.entries(fields)) if (value !== undefined) body[name] = value;
  return body;
}

function wireTool(tool: Tool, wire: Wire): JsonObject {
  const parameters = tool.parameters ?? (wire.fullTools ? { type: 'object', properties: {} } : undefined);
  return {
    type: 'function',
    function: {
      name: tool.name,
      ...(tool.description === undefined ? {} : { description: tool.description }),
      ...(parameters === undefined ? {} : { parameters }),
      ...(tool.strict === undefined ? {} : { strict: tool.strict }),
    },
    ...cacheField(tool.cacheControl, wire),
  };
}

function wireToolChoice(choice: ToolChoice, wire: Wire): Json {
  if (choice === 'required') return wire.requiredToolChoice;
  return typeof choice === 'string' ? choice : { type: 'function', function: { name: choice.function } };
}

/** What a server cannot hold itself to is asked for in the weaker form, or not at all. */
function wireFormat(format: ResponseFormat, wire: Wire): JsonObject | undefined {
  if (format.type === 'text') return wire.structured === 'schema' ? undefined : { type: 'text' };
  if (format.type === 'json_object') {
    return wire.structured === 'schema' ? jsonSchema('object', { type: 'object' }) : { type: 'json_object' };
  }
  if (wire.structured === 'object') return { type: 'json_object' };
  return jsonSchema(format.name, format.schema, format);
}

function jsonSchema(
  name: string,
  schema: JsonObject,
  more: { description?: string; strict?: boolean } = {},
): JsonObject {
  return {
    type: 'json_schema',
    json_schema: {
      name,
      ...(more.description === undefined ? {} : { description: more.description }),
      schema,
      ...(more.strict === undefined ? {} : { strict: more.strict }),
    },
  };
}

function logprobsFields({ prompt }: ProviderCall, wire: Wire): JsonObject {
  const { logprobs, topLogprobs } = prompt;
  if (wire.countedLogprobs) return logprobs === true ? { logprobs: topLogprobs ?? 1 } : {};
  return {
    ...(logprobs === undefined ? {} : { logprobs }),
    ...(topLogprobs === undefined ? {} : { top_logprobs: topLogprobs }),
  };
}
