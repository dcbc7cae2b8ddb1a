import type { IncomingHttpHeaders } from 'node:http';
import type { ChatRequest, Prompt, ReasoningOptions, ResponseFormat, Tool } from '../../chat.ts';
import { toCommonRequest } from '../chat/request.ts';
import { present, refuse } from '../check.ts';
import { checkToolChoice, toolName } from '../tools.ts';
import { toMessages } from './items.ts';
import type { ResponsesBody, TextFormatBody, ToolBody } from './request-body.ts';

const stateful = ['previous_response_id', 'conversation', 'prompt'] as const;

/** The request in the program's words. Throws InvalidRequest, whose path names the field, for one that contradicts itself. */
export function toChatRequest(body: ResponsesBody, headers: IncomingHttpHeaders): ChatRequest {
  for (const name of stateful) {
    if (body[name] != null)
      refuse(name, 'is of no use: nothing is kept between requests. Send the whole conversation as `input`.');
  }
  const { instructions, text, include } = body;
  const messages = toMessages(body.input);
  if (messages.length === 0) refuse('input', 'is empty: a response needs at least one message.');
  const tools = toTools(body.tools ?? []);
  const logprobs = include?.includes('message.output_text.logprobs') === true || (body.top_logprobs ?? 0) > 0;
  return {
    ...toCommonRequest(
      {
        ...body,
        max_tokens: body.max_output_tokens,
        verbosity: text?.verbosity,
        logprobs: logprobs ? true : null,
        top_logprobs: logprobs ? body.top_logprobs : null,
        ...{ tools: null, tool_choice: null, reasoning: null },
      },
      headers,
    ),
    ...present({ reasoning: toReasoning(body.reasoning), responseFormat: toFormat(text?.format) }),
    ...toChoice(body, tools),
    messages: instructions == null ? messages : [{ role: 'system', content: instructions }, ...messages],
  };
}

/** Tools that OpenAI runs itself are left out: no other endpoint has them. */
function toTools(tools: readonly ToolBody[]): readonly Tool[] {
  const names = new Set<string>();
  return tools.flatMap((tool, index) => {
    if (!('name' in tool)) return [];
    const { description, parameters, strict } = tool;
    const name = toolName(tool.name, names, `tools[${index}].name`);
    return [{ name, ...present({ description, parameters, strict }) }];
  });
}

/** With `allowed_tools` the model is told of those alone. */
function toChoice(body: ResponsesBody, tools: readonly Tool[]): Pick<Prompt, 'tools' | 'toolChoice'> {
  const choice = body.tool_choice;
  const given = tools.length === 0 ? {} : { tools };
  if (choice == null || (tools.length === 0 && (body.tools ?? []).length > 0)) return given;
  if (typeof choice === 'string') {
    checkToolChoice(choice, tools, 'tool_choice');
    return { ...given, toolChoice: choice };
  }
  if ('mode' in choice) {
    const names = new Set(choice.tools.map(({ name }) => name));
    const allowed = tools.filter(({ name }) => names.has(name));
    if (allowed.length === 0) return given;
    return { tools: allowed, toolChoice: choice.mode };
  }
  if (!('name' in choice)) return given;
  const toolChoice = { function: choice.name };
  checkToolChoice(toolChoice, tools, 'tool_choice.name');
  return { ...given, toolChoice };
}

function toReasoning(reasoning: ResponsesBody['reasoning']): ReasoningOptions | undefined {
  if (reasoning == null) return undefined;
  const { effort, max_tokens: maxTokens, enabled, exclude } = reasoning;
  if (effort != null && maxTokens != null) {
    refuse('reasoning.max_tokens', 'is given beside `reasoning.effort`: give one of the two.');
  }
  const options = present({ effort, maxTokens, enabled, exclude });
  return Object.keys(options).length === 0 ? undefined : options;
}

function toFormat(format: TextFormatBody | null | undefined): ResponseFormat | undefined {
  if (format == null) return undefined;
  if (format.type !== 'json_schema') return { type: format.type };
  const { name, schema, description, strict } = format;
  return { type: 'json_schema', name, schema, ...present({ description, strict }) };
}
