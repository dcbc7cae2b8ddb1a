import { z } from 'zod';
import type { ContentPart, Message, ReasoningDetail, ToolCall } from '../../chat.ts';
import { cacheControlBody } from '../chat/message-body.ts';
import { idAt, toCacheControl } from '../chat/messages.ts';
import { refuse } from '../check.ts';
import { jsonValue } from '../json-value.ts';
import { markLast, partsOf, sayingBlock } from './content.ts';
import { detailsOf } from './thinking.ts';

const thinkingBlock = z.object({
  type: z.literal('thinking'),
  thinking: z.string(),
  signature: z.string().nullish(),
});
const redactedBlock = z.object({ type: z.literal('redacted_thinking'), data: z.string() });
const toolUseBlock = z.object({
  type: z.literal('tool_use'),
  id: z.string(),
  name: z.string(),
  input: jsonValue.optional(),
});
const toolResultBlock = z.object({
  type: z.literal('tool_result'),
  tool_use_id: z.string(),
  content: z.union([z.string(), z.array(z.union([sayingBlock, unknownBlock()]))]).nullish(),
  is_error: z.boolean().nullish(),
  cache_control: cacheControlBody.nullish(),
});

const block = z.union([
  z.discriminatedUnion('type', [...sayingBlock.options, thinkingBlock, redactedBlock, toolUseBlock, toolResultBlock]),
  unknownBlock(),
]);

/** One message of a conversation. */
export const messageBlocks = z.object({
  role: z.enum(['user', 'assistant', 'system']),
  content: z.union([z.string(), z.array(block)]),
});
type MessageFields = z.infer<typeof messageBlocks>;
type Block = z.infer<typeof block>;

const known: ReadonlySet<string> = new Set([
  'text',
  'image',
  'document',
  'search_result',
  'thinking',
  'redacted_thinking',
  'tool_use',
  'tool_result',
]);

/** What tools of Anthropic's own servers left behind, which means nothing to other endpoints. */
function unknownBlock() {
  return z
    .object({ type: z.string() })
    .refine(({ type }) => !known.has(type), { message: 'does not fit its fields.', abort: true });
}

/** The messages in the program's words. Throws InvalidRequest for blocks that do not belong where they stand. */
export function toMessages(messages: readonly MessageFields[]): readonly Message[] {
  return messages.flatMap(({ role, content }, index) => {
    if (typeof content === 'string') return [{ role, content }];
    const path = `messages[${index}].content`;
    return role === 'assistant' ? [assistantMessage(content, path)] : userMessages(role, content, path);
  });
}

function partList(content: string | readonly ContentPart[]): readonly ContentPart[] {
  return typeof content === 'string' ? [{ type: 'text', text: content }] : content;
}

function assistantMessage(blocks: readonly Block[], path: string): Message {
  const parts: ContentPart[] = [];
  const toolCalls: ToolCall[] = [];
  const details: ReasoningDetail[] = [];
  let reasoning = '';
  for (const [index, said] of blocks.entries()) {
    if (isOf(said, 'thinking')) {
      reasoning += said.thinking;
      details.push(...detailsOf({ ...said, signature: said.signature ?? '' }, details.length));
    } else if (isOf(said, 'redacted_thinking')) details.push(...detailsOf(said, details.length));
    else if (isOf(said, 'tool_use')) {
      const at = `${path}[${index}]`;
      toolCalls.push({
        id: idAt(`${at}.id`, said.id),
        name: idAt(`${at}.name`, said.name),
        arguments: JSON.stringify(said.input ?? {}),
      });
    } else if (isOf(said, 'tool_result'))
      refuse(`${path}[${index}]`, 'is a tool_result, which belongs to user messages.');
    else if (isSaying(said)) parts.push(...partsOf(said, `${path}[${index}]`));
  }
  return {
    role: 'assistant',
    ...(parts.length > 0 || toolCalls.length === 0 ? { content: contentOf(parts) } : {}),
    ...(toolCalls.length > 0 && { toolCalls }),
    ...(reasoning !== '' && { reasoning }),
    ...(details.length > 0 && { reasoningDetails: details }),
  };
}

/** Results come first: each answers a call of the message before. */
function userMessages(role: 'user' | 'system', blocks: readonly Block[], path: string): readonly Message[] {
  const results: Message[] = [];
  const parts: ContentPart[] = [];
  for (const [index, said] of blocks.entries()) {
    const at = `${path}[${index}]`;
    if (isOf(said, 'tool_result')) results.push(toolMessage(said, at));
    else if (isSaying(said)) parts.push(...partsOf(said, at));
    else if (known.has(said.type)) refuse(at, `is a ${said.type}, which belongs to assistant messages.`);
  }
  return parts.length > 0 || results.length === 0 ? [...results, { role, content: contentOf(parts) }] : results;
}

function toolMessage(result: z.infer<typeof toolResultBlock>, path: string): Message {
  const toolCallId = idAt(`${path}.tool_use_id`, result.tool_use_id);
  const { cacheControl } = toCacheControl(result);
  const content = result.content ?? '';
  if (typeof content === 'string') {
    const marked = cacheControl === undefined ? content : markLast(partList(content), cacheControl);
    return { role: 'tool', toolCallId, content: marked };
  }
  const parts = content.flatMap((part, index) => (isSaying(part) ? partsOf(part, `${path}.content[${index}]`) : []));
  return { role: 'tool', toolCallId, content: contentOf(markLast(parts, cacheControl)) };
}

function contentOf(parts: readonly ContentPart[]): string | readonly ContentPart[] {
  return parts.length === 0 ? '' : parts;
}

type Saying = z.infer<typeof sayingBlock>;

function isSaying(said: Block): said is Saying {
  return sayings.has(said.type);
}
const sayings: ReadonlySet<string> = new Set(['text', 'image', 'document', 'search_result']);

function isOf<Type extends string>(said: Block, type: Type): said is Extract<Block, { type: Type }> {
  return said.type === type;
}
