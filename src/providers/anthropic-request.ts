import type { CacheControl, ContentPart, Message, Prompt, Tool, ToolCall } from '../chat.ts';
import { anthropicFormat, type Thinking, thinkingOf } from './anthropic-thinking.ts';
import { parseDataUrl } from './data-url.ts';
import { argumentsObject, cannotCarry, partsOf, textParts } from './message-content.ts';
import type { ProviderCall } from './provider.ts';
import { joinDetails } from './reasoning.ts';

type Wire = Readonly<Record<string, unknown>>;

/** The body of POST /v1/messages (platform.claude.com/docs/en/api/messages). Throws `unsupported_parameter` for parts that it cannot carry. */
export function anthropicRequest(call: ProviderCall, stream: boolean): Wire {
  const { prompt } = call;
  const thinking = thinkingOf(call);
  const system = prompt.messages.filter(isInstruction).flatMap((message) => textParts(message, 'Anthropic'));
  return {
    model: call.model,
    max_tokens: thinking.maxTokens,
    ...(system.length === 0 ? {} : { system: system.map(blockOf) }),
    messages: turnsOf(prompt.messages.filter((message) => !isInstruction(message))),
    ...toolsOf(prompt),
    ...thinking.fields,
    ...outputConfig(prompt, thinking),
    ...sampling(prompt, thinking),
    ...(prompt.stop === undefined ? {} : { stop_sequences: prompt.stop }),
    ...(prompt.user === undefined ? {} : { metadata: { user_id: prompt.user } }),
    ...(stream ? { stream: true } : {}),
  };
}

function isInstruction(message: Message): boolean {
  return message.role === 'system' || message.role === 'developer';
}

/** The API wants user and assistant in turns, and all results of a turn's calls in the one message that follows it. */
function turnsOf(messages: readonly Message[]): readonly Wire[] {
  const turns: { readonly role: 'user' | 'assistant'; readonly content: Wire[] }[] = [];
  for (const message of messages) {
    const role = message.role === 'assistant' ? 'assistant' : 'user';
    const blocks = blocksOf(message);
    const last = turns.at(-1);
    if (last?.role === role) last.content.push(...blocks);
    else if (blocks.length > 0) turns.push({ role, content: [...blocks] });
  }
  return turns;
}

function blocksOf(message: Message): readonly Wire[] {
  if (message.role === 'tool') return [toolResult(message)];
  const content = partsOf(message).map(blockOf);
  if (message.role !== 'assistant') return content;
  return [...replayedThinking(message), ...content, ...(message.toolCalls ?? []).map(toolUse)];
}

/** A mark on a part of the result moves to the result: the API caches whole blocks only. */
function toolResult(message: Message): Wire {
  const parts = partsOf(message);
  const mark = parts.map(cacheControlOf).findLast((control) => control !== undefined);
  const content = typeof message.content === 'string' ? message.content : parts.map(unmarkedBlock);
  return { type: 'tool_result', tool_use_id: message.toolCallId, content, ...cacheMark(mark) };
}

/** Thoughts go back as they came. Those of other providers stay out, since their signatures would be refused. */
function replayedThinking(message: Message): readonly Wire[] {
  return joinDetails(message.reasoningDetails ?? []).flatMap((detail): Wire[] => {
    if (detail.format !== anthropicFormat) return [];
    if (detail.type === 'reasoning.encrypted') return [{ type: 'redacted_thinking', data: detail.data }];
    if (detail.signature === undefined) return [];
    return [{ type: 'thinking', thinking: detail.text ?? '', signature: detail.signature }];
  });
}

function toolUse(call: ToolCall): Wire {
  return { type: 'tool_use', id: call.id, name: call.name, input: argumentsObject(call.arguments) };
}

function blockOf(part: ContentPart): Wire {
  return { ...unmarkedBlock(part), ...cacheMark(cacheControlOf(part)) };
}

function unmarkedBlock(part: ContentPart): Wire {
  switch (part.type) {
    case 'text':
      return { type: 'text', text: part.text };
    case 'image':
      return { type: 'image', source: sourceOf(part.url) };
    case 'file':
      return fileBlock(part);
    case 'audio':
      throw cannotCarry('Anthropic', part);
  }
}

function fileBlock(part: ContentPart & { readonly type: 'file' }): Wire {
  const data = parseDataUrl(part.url);
  const title = part.fileName === undefined ? {} : { title: part.fileName };
  if (data?.mediaType.startsWith('image/')) return { type: 'image', source: sourceOf(part.url) };
  if (data?.mediaType.startsWith('text/') || data?.mediaType === 'application/json') {
    const text = Buffer.from(data.base64, 'base64').toString('utf8');
    return { type: 'document', source: { type: 'text', media_type: 'text/plain', data: text }, ...title };
  }
  if (data !== undefined && data.mediaType !== 'application/pdf') {
    throw cannotCarry('Anthropic', part, `of type ${data.mediaType}`);
  }
  return { type: 'document', source: sourceOf(part.url), ...title };
}

function sourceOf(url: string): Wire {
  const data = parseDataUrl(url);
  if (data === undefined) return { type: 'url', url };
  return { type: 'base64', media_type: data.mediaType, data: data.base64 };
}

function cacheControlOf(part: ContentPart): CacheControl | undefined {
  return part.type === 'audio' ? undefined : part.cacheControl;
}

function cacheMark(control: CacheControl | undefined): Wire {
  if (control === undefined) return {};
  return { cache_control: { type: 'ephemeral', ...(control.ttl === undefined ? {} : { ttl: control.ttl }) } };
}

function toolsOf(prompt: Prompt): Wire {
  if (prompt.tools === undefined || prompt.tools.length === 0) return {};
  const choice = toolChoice(prompt);
  return { tools: prompt.tools.map(toolOf), ...(choice === undefined ? {} : { tool_choice: choice }) };
}

function toolOf(tool: Tool): Wire {
  return {
    name: tool.name,
    ...(tool.description === undefined ? {} : { description: tool.description }),
    input_schema: tool.parameters ?? { type: 'object', properties: {} },
    ...(tool.strict === undefined ? {} : { strict: tool.strict }),
    ...cacheMark(tool.cacheControl),
  };
}

function toolChoice({ toolChoice, parallelToolCalls }: Prompt): Wire | undefined {
  if (toolChoice === 'none') return { type: 'none' };
  const alone = parallelToolCalls === undefined ? {} : { disable_parallel_tool_use: !parallelToolCalls };
  if (toolChoice === undefined) return parallelToolCalls === undefined ? undefined : { type: 'auto', ...alone };
  if (typeof toolChoice === 'object') return { type: 'tool', name: toolChoice.function, ...alone };
  return { type: toolChoice === 'required' ? 'any' : 'auto', ...alone };
}

/** The API has no JSON without a schema, so `json_object` asks for nothing. */
function outputConfig({ responseFormat }: Prompt, { effort }: Thinking): Wire {
  const config = {
    ...(responseFormat?.type === 'json_schema'
      ? { format: { type: 'json_schema', schema: responseFormat.schema } }
      : {}),
    ...(effort === undefined ? {} : { effort }),
  };
  return Object.keys(config).length === 0 ? {} : { output_config: config };
}

/** A model that thinks takes no temperature, no top_k, and a top_p of at least 0.95 only. */
function sampling({ temperature, topP, topK }: Prompt, thinking: Thinking): Wire {
  const free = !thinking.on;
  return {
    ...(temperature !== undefined && (free || temperature === 1) ? { temperature } : {}),
    ...(topP !== undefined && (free || topP >= 0.95) ? { top_p: topP } : {}),
    ...(topK !== undefined && free ? { top_k: topK } : {}),
  };
}
