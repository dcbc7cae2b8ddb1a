import type { IncomingHttpHeaders } from 'node:http';
import { z } from 'zod';
import type { ChatRequest, Prompt, ReasoningOptions, ResponseFormat, Tool, ToolChoice } from '../../chat.ts';
import { cacheControlBody } from '../chat/message-body.ts';
import { toCacheControl, withLastMarked } from '../chat/messages.ts';
import { toCommonRequest } from '../chat/request.ts';
import { commonFields, ignored } from '../chat/request-body.ts';
import { listedText, present, refuse } from '../check.ts';
import { jsonValue } from '../json-value.ts';
import { checkToolChoice, toolName } from '../tools.ts';
import { textBlock } from './content.ts';
import { messageBlocks, toMessages } from './conversation.ts';

const thinking = z.object({
  type: z.string(),
  budget_tokens: z.int().min(1).nullish(),
  display: z.string().nullish(),
});

const tool = z.object({
  type: z.string().nullish(),
  name: z.string().optional(),
  description: z.string().nullish(),
  input_schema: z.record(z.string(), jsonValue).optional(),
  strict: z.boolean().nullish(),
  cache_control: cacheControlBody.nullish(),
});

const toolChoice = z.object({
  type: z.enum(['auto', 'any', 'tool', 'none']),
  name: z.string().optional(),
  disable_parallel_tool_use: z.boolean().nullish(),
});

const outputConfig = z.object({
  effort: z.enum(['low', 'medium', 'high', 'xhigh', 'max']).nullish(),
  format: z.object({ type: z.string(), schema: z.record(z.string(), jsonValue).optional() }).nullish(),
});

const { model, models, provider, temperature, top_p, top_k, stream, user, session_id } = commonFields;
const { plugins, preset, transforms, trace, service_tier } = commonFields;

/** The body of `POST /messages`: Anthropic's Messages API with OpenRouter's additions. Fields that it does not name are ignored. */
export const messagesBody = z.object({
  messages: z.array(messageBlocks).min(1, 'is empty: a completion needs at least one message.'),
  system: z.union([z.string(), z.array(textBlock)]).nullish(),
  max_tokens: z.int().min(1).nullish(),
  stop_sequences: z.array(listedText(1)).max(16).nullish(),
  thinking: thinking.nullish(),
  output_config: outputConfig.nullish(),
  tools: z.array(tool).nullish(),
  tool_choice: toolChoice.nullish(),
  metadata: z.object({ user_id: z.string().max(256).nullish() }).nullish(),
  cache_control: cacheControlBody.nullish().describe('Marks the last block of the prompt for the cache.'),
  fallbacks: z
    .array(z.object({ model: listedText(1, 256) }))
    .max(3)
    .nullish()
    .describe('The same as `models`.'),
  ...{ model, models, provider, temperature, top_p, top_k, stream, user, session_id },
  ...{ plugins, preset, transforms, trace, service_tier },
  container: ignored,
  context_management: ignored,
  inference_geo: ignored,
  mcp_servers: ignored,
  speed: ignored,
});
type MessagesBody = z.infer<typeof messagesBody>;

/** The body of `POST /messages/count_tokens`: what of a message makes its prompt. */
export const promptBody = messagesBody.pick({
  ...{ messages: true, model: true, system: true, tools: true, tool_choice: true },
  ...{ thinking: true, output_config: true, cache_control: true },
});

/** The request in the program's words. Throws InvalidRequest, whose path names the field, for one that contradicts itself. */
export function toChatRequest(body: MessagesBody, headers: IncomingHttpHeaders): ChatRequest {
  const { model, models, fallbacks, provider, max_tokens, temperature, top_p, top_k, user, session_id } = body;
  const tools = toTools(body.tools ?? []);
  const messages = [...instructions(body), ...toMessages(body.messages)];
  const mark = toCacheControl(body).cacheControl;
  return {
    ...toCommonRequest(
      {
        ...{ model, provider, max_tokens, temperature, top_p, top_k, session_id },
        models: models ?? fallbacks?.map((fallback) => fallback.model),
        stop: body.stop_sequences,
        user: body.metadata?.user_id ?? user,
      },
      headers,
    ),
    ...(tools.length > 0 && { tools }),
    ...(leftNone(body, tools) ? {} : toChoice(body.tool_choice, tools)),
    ...toThought(body),
    ...toFormat(body),
    messages: mark === undefined ? messages : withLastMarked(messages, mark),
  };
}

function instructions({ system }: MessagesBody): Prompt['messages'] {
  if (system == null || system.length === 0) return [];
  if (typeof system === 'string') return [{ role: 'system', content: system }];
  const content = system.map((block) => ({ type: 'text' as const, text: block.text, ...toCacheControl(block) }));
  return [{ role: 'system', content }];
}

/** Tools that Anthropic runs itself, or whose schema only its models know, are left out: no other endpoint has them. */
function toTools(tools: readonly z.infer<typeof tool>[]): readonly Tool[] {
  const names = new Set<string>();
  return tools.flatMap((tool, index) => {
    if (tool.type != null && tool.type !== 'custom') return [];
    const { description, input_schema: parameters, strict } = tool;
    const name = toolName(tool.name, names, `tools[${index}].name`);
    return [{ name, ...present({ description, parameters, strict }), ...toCacheControl(tool) }];
  });
}

function leftNone(body: MessagesBody, tools: readonly Tool[]): boolean {
  return tools.length === 0 && (body.tools ?? []).length > 0;
}

type Choice = MessagesBody['tool_choice'];

function toChoice(choice: Choice, tools: readonly Tool[]): Pick<Prompt, 'toolChoice' | 'parallelToolCalls'> {
  if (choice == null) return {};
  const alone = choice.disable_parallel_tool_use;
  const toolChoice = choiceOf(choice);
  checkToolChoice(toolChoice, tools, 'tool_choice');
  return { toolChoice, ...(alone == null ? {} : { parallelToolCalls: !alone }) };
}

function choiceOf({ type, name }: NonNullable<Choice>): ToolChoice {
  switch (type) {
    case 'auto':
    case 'none':
      return type;
    case 'any':
      return 'required';
    case 'tool':
      return name === undefined ? refuse('tool_choice.name', 'is missing: name the tool.') : { function: name };
  }
}

/** An effort steers how much a model thinks where it is told to think as it likes, and else how much it writes. */
function toThought({ thinking, output_config }: MessagesBody): Pick<Prompt, 'reasoning' | 'verbosity'> {
  const effort = output_config?.effort;
  const verbosity = effort == null ? {} : { verbosity: effort };
  if (thinking == null) return verbosity;
  const exclude = thinking.display === 'omitted' ? { exclude: true } : {};
  const reasoning = (options: ReasoningOptions) => ({ reasoning: { ...options, ...exclude } });
  switch (thinking.type) {
    case 'disabled':
      return { reasoning: { enabled: false }, ...verbosity };
    case 'adaptive':
      return reasoning(effort == null ? { enabled: true } : { effort });
    default: {
      const budget = thinking.budget_tokens;
      return { ...reasoning(budget == null ? { enabled: true } : { maxTokens: budget }), ...verbosity };
    }
  }
}

function toFormat({ output_config }: MessagesBody): { readonly responseFormat?: ResponseFormat } {
  const format = output_config?.format;
  if (format?.type !== 'json_schema') return {};
  if (format.schema === undefined) return refuse('output_config.format.schema', 'is missing: give a JSON Schema.');
  // The dialect gives a schema no name, and other dialects want one.
  return { responseFormat: { type: 'json_schema', name: 'answer', schema: format.schema, strict: true } };
}
