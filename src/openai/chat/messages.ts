import type { CacheControl, ContentPart, Message, ReasoningDetail, ToolCall } from '../../chat.ts';
import { base64Fault, mediaUrlFault } from '../../media-url.ts';
import { present, refuse } from '../check.ts';
import type { MessageBody, PartBody, ReasoningDetailBody } from './message-body.ts';

const mostNameLength = 256;

/** The message in the program's words. Throws InvalidRequest for one that cannot be meant; `path` names it there. */
export function toMessage(body: MessageBody, path: string): Message {
  const name = nameAt(`${path}.name`, body.name);
  switch (body.role) {
    case 'system':
    case 'developer':
    case 'user':
      return { role: body.role, content: toContent(body.content, `${path}.content`), ...present({ name }) };
    case 'tool':
      return {
        role: 'tool',
        content: toContent(body.content, `${path}.content`),
        toolCallId: idAt(`${path}.tool_call_id`, body.tool_call_id),
        ...present({ name }),
      };
    case 'assistant':
      return { role: 'assistant', ...present({ ...toAssistant(body, path), name }) };
  }
}

function toAssistant(body: Extract<MessageBody, { role: 'assistant' }>, path: string) {
  const { refusal, tool_calls: calls, reasoning, reasoning_content: alias, reasoning_details: details } = body;
  const said = typeof body.content === 'string' ? body.content : body.content?.map(textOf).join('');
  const toolCalls = calls?.map((call, index) => toToolCall(call, `${path}.tool_calls[${index}]`));
  const called = toolCalls !== undefined && toolCalls.length > 0;
  return {
    // An answer of nothing but a refusal, or of nothing at all, was still an answer.
    content: said ?? refusal ?? (called ? undefined : ''),
    toolCalls: called ? toolCalls : undefined,
    reasoning: reasoning ?? alias,
    reasoningDetails: details == null ? undefined : toDetails(details),
  };
}

type AssistantPart = Exclude<Extract<MessageBody, { role: 'assistant' }>['content'], string | null | undefined>[number];

function textOf(part: AssistantPart): string {
  return part.type === 'text' ? part.text : part.refusal;
}

function toContent(content: string | readonly PartBody[], path: string): string | readonly ContentPart[] {
  if (typeof content === 'string') return content;
  if (content.length === 0) refuse(path, 'is empty: give at least one part.');
  return content.map((part, index) => toPart(part, `${path}[${index}]`));
}

function toPart(part: PartBody, path: string): ContentPart {
  switch (part.type) {
    case 'text':
      return { type: 'text', text: part.text, ...toCacheControl(part) };
    case 'image_url': {
      const { url, detail } = part.image_url;
      demand(`${path}.image_url.url`, mediaUrlFault(url, 'image/'));
      const known = detail === 'original' ? 'high' : detail;
      return { type: 'image', url, ...present({ detail: known }), ...toCacheControl(part) };
    }
    case 'input_audio': {
      const { data, format } = part.input_audio;
      demand(`${path}.input_audio.data`, base64Fault(data));
      if (!/^[a-z0-9]{1,16}$/.test(format)) refuse(`${path}.input_audio.format`, 'must be a short name such as `wav`.');
      return { type: 'audio', data, format };
    }
    case 'file': {
      const { file_data: url, filename, file_id: id } = part.file;
      if (id != null)
        refuse(`${path}.file.file_id`, 'names a file, and no files are kept here: send it as `file_data`.');
      if (url == null) return refuse(`${path}.file.file_data`, 'is missing.');
      demand(`${path}.file.file_data`, mediaUrlFault(url, ''));
      const fileName = nameAt(`${path}.file.filename`, filename);
      return { type: 'file', url, ...present({ fileName }), ...toCacheControl(part) };
    }
    default:
      return refuse(path, 'is video, which cannot be handed on to any provider here.');
  }
}

interface Marked {
  readonly cache_control?: { readonly ttl?: '5m' | '1h' | null | undefined } | null | undefined;
  readonly prompt_cache_breakpoint?: unknown;
}

/** The mark of a block, or of a tool, where it has one. */
export function toCacheControl({ cache_control: mark, prompt_cache_breakpoint: point }: Marked): {
  readonly cacheControl?: CacheControl;
} {
  if (mark != null) return { cacheControl: present({ ttl: mark.ttl }) };
  return point == null || point === false ? {} : { cacheControl: {} };
}

/** Marks the last block that can carry a mark, as a `cache_control` for the whole request asks for. */
export function withLastMarked(messages: readonly Message[], cacheControl: CacheControl): readonly Message[] {
  const at = messages.findLastIndex(({ content }) => lastMarkable(content) !== -1);
  return messages.map((message, index) => (index === at ? markedAtEnd(message, cacheControl) : message));
}

function markedAtEnd(message: Message, cacheControl: CacheControl): Message {
  const { content = [] } = message;
  const parts: readonly ContentPart[] = typeof content === 'string' ? [{ type: 'text', text: content }] : content;
  const last = lastMarkable(parts);
  return {
    ...message,
    content: parts.map((part, index) => (index === last && part.type !== 'audio' ? { ...part, cacheControl } : part)),
  };
}

function lastMarkable(content: Message['content']): number {
  if (content === undefined || content === '') return -1;
  return typeof content === 'string' ? 0 : content.findLastIndex(({ type }) => type !== 'audio');
}

function toToolCall(
  call: {
    readonly id: string;
    readonly function: { readonly name: string; readonly arguments?: string | null | undefined };
  },
  path: string,
): ToolCall {
  const text = call.function.arguments ?? '';
  return {
    id: idAt(`${path}.id`, call.id),
    name: idAt(`${path}.function.name`, call.function.name),
    arguments: text.trim() === '' ? '{}' : text,
  };
}

const detailTypes = { 'reasoning.text': true, 'reasoning.summary': true, 'reasoning.encrypted': true } as const;

/** Kinds that no provider here is sent back are left out. */
function toDetails(details: readonly ReasoningDetailBody[]): readonly ReasoningDetail[] {
  return details.flatMap(({ type, format, index, ...rest }, place) =>
    isDetailType(type) ? [{ type, format: format ?? 'unknown', index: index ?? place, ...present(rest) }] : [],
  );
}

function isDetailType(type: string): type is keyof typeof detailTypes {
  return type in detailTypes;
}

function nameAt(path: string, name: string | null | undefined): string | undefined {
  return name == null || name === '' ? undefined : idAt(path, name);
}

/** Throws unless the name has 1 to 256 characters. */
export function idAt(path: string, id: string): string {
  if (id.trim() === '') refuse(path, 'is empty.');
  if (id.length > mostNameLength) refuse(path, `has ${id.length} characters, but may have ${mostNameLength}.`);
  return id;
}

function demand(path: string, fault: string | undefined): void {
  if (fault !== undefined) refuse(path, fault);
}
