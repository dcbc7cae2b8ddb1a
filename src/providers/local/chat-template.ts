import type { Json, Message, Prompt, Tool, ToolCall } from '../../chat.ts';
import { ProviderError } from '../../errors.ts';

/** A prompt as the model reads it: runs of text and control tokens, by name, in turn. */
export type Segment = { readonly text: string } | { readonly control: '<|im_start|>' | '<|im_end|>' };

/**
 * Writes a prompt in ChatML, tools first, ending where the assistant begins to speak. What callers wrote is always text, also
 * where it looks like a control token. Throws ProviderError `unsupported_parameter` for content that is not text.
 */
export function renderChat(prompt: Prompt): readonly Segment[] {
  const tools = prompt.toolChoice === 'none' ? [] : (prompt.tools ?? []);
  const turns = [
    ...(tools.length > 0 ? [turn('system', renderTools(tools))] : []),
    ...prompt.messages.map(renderMessage),
  ];
  return [...turns.flat(), { control: '<|im_start|>' }, { text: 'assistant\n' }];
}

/** What the model writes before and after a tool call, which it has learnt as plain text. */
export const toolCallStart = '<tool_call>';
export const toolCallEnd = '</tool_call>';

function turn(role: string, content: string): readonly Segment[] {
  return [{ control: '<|im_start|>' }, { text: `${role}\n${content}` }, { control: '<|im_end|>' }, { text: '\n' }];
}

function renderMessage(message: Message): readonly Segment[] {
  const content = textOf(message);
  switch (message.role) {
    case 'assistant':
      return turn('assistant', content + (message.toolCalls ?? []).map(renderToolCall).join(''));
    case 'tool':
      return turn('user', `<tool_response>\n${content}\n</tool_response>`);
    case 'developer':
      return turn('system', content);
    case 'system':
    case 'user':
      return turn(message.role, content);
  }
}

function textOf(message: Message): string {
  if (message.content === undefined) return '';
  if (typeof message.content === 'string') return message.content;
  return message.content
    .map((part) => {
      if (part.type === 'text') return part.text;
      throw new ProviderError(
        'unsupported_parameter',
        `The local model reads text only; a message holds content of type ${part.type}.`,
      );
    })
    .join('');
}

function renderTools(tools: readonly Tool[]): string {
  return `<tools>${tools.map((tool) => `\n${spacedJson(toolJson(tool))}`).join('')}\n</tools>`;
}

function toolJson(tool: Tool): Json {
  return {
    type: 'function',
    function: {
      name: tool.name,
      ...(tool.description === undefined ? {} : { description: tool.description }),
      ...(tool.parameters === undefined ? {} : { parameters: tool.parameters }),
    },
  };
}

function renderToolCall(call: ToolCall): string {
  return `${toolCallStart}\n{"name": ${JSON.stringify(call.name)}, "arguments": ${spacedArguments(call)}}\n${toolCallEnd}`;
}

function spacedArguments(call: ToolCall): string {
  try {
    const parsed: Json = JSON.parse(call.arguments);
    return spacedJson(parsed);
  } catch {
    return JSON.stringify(call.arguments);
  }
}

/** JSON with a space after each comma and colon, as the model learnt it. */
function spacedJson(value: Json): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (isList(value)) return `[${value.map(spacedJson).join(', ')}]`;
  const entries = Object.entries(value).map(([key, element]) => `${JSON.stringify(key)}: ${spacedJson(element)}`);
  return `{${entries.join(', ')}}`;
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
