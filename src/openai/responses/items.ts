import type { ContentPart, Message, ReasoningDetail, ToolCall } from '../../chat.ts';
import { base64Fault, mediaUrlFault } from '../../media-url.ts';
import { idAt, toCacheControl } from '../chat/messages.ts';
import { present, refuse } from '../check.ts';
import { detailsOfItem, reasoningOfItem } from './reasoning.ts';
import type { ItemBody, PartBody } from './request-body.ts';

/** What an assistant said in a row: its message is only known when all of its items have been seen. */
interface Turn {
  readonly content: ContentPart[];
  readonly toolCalls: ToolCall[];
  readonly details: ReasoningDetail[];
  reasoning: string;
  spoke: boolean;
}

/** The conversation in the program's words. Throws InvalidRequest for items that cannot be meant. */
export function toMessages(input: string | readonly ItemBody[]): readonly Message[] {
  if (typeof input === 'string') return [{ role: 'user', content: input }];
  const messages: Message[] = [];
  let turn: Turn | undefined;
  const endTurn = () => {
    if (turn !== undefined) messages.push(messageOf(turn));
    turn = undefined;
  };
  const goOn = (): Turn => {
    turn ??= { content: [], toolCalls: [], details: [], reasoning: '', spoke: false };
    return turn;
  };
  for (const [index, item] of input.entries()) {
    const path = `input[${index}]`;
    if ('role' in item) {
      const content = toContent(item.content, `${path}.content`);
      if (item.role !== 'assistant') {
        endTurn();
        messages.push({ role: item.role, content });
        continue;
      }
      // Calls are answered right behind the message that makes them, so nothing may come between.
      if (turn?.spoke === true && turn.toolCalls.length === 0) endTurn();
      goOn().content.push(...partList(content));
      goOn().spoke = true;
    } else if (isKind(item, 'function_call')) {
      const id = idAt(`${path}.call_id`, item.call_id);
      const name = idAt(`${path}.name`, item.name);
      goOn().toolCalls.push({ id, name, arguments: item.arguments.trim() === '' ? '{}' : item.arguments });
    } else if (isKind(item, 'function_call_output')) {
      endTurn();
      const toolCallId = idAt(`${path}.call_id`, item.call_id);
      messages.push({ role: 'tool', toolCallId, content: toContent(item.output, `${path}.output`) });
    } else if (isKind(item, 'reasoning')) {
      if (turn?.spoke === true && turn.toolCalls.length === 0) endTurn();
      goOn().details.push(...detailsOfItem(item, goOn().details.at(-1)?.index));
      goOn().reasoning += reasoningOfItem(item);
    } else if (item.type === 'item_reference') {
      refuse(path, 'refers to an item that was kept, but nothing is kept here: send the item itself.');
    }
  }
  endTurn();
  return messages;
}

function messageOf({ content, toolCalls, details, reasoning, spoke }: Turn): Message {
  const only = content[0];
  const plain = content.length === 1 && only?.type === 'text' && only.cacheControl === undefined;
  const said = plain ? only.text : content.length === 0 ? '' : content;
  return {
    role: 'assistant',
    ...((spoke || toolCalls.length === 0) && { content: said }),
    ...(toolCalls.length > 0 && { toolCalls }),
    ...(reasoning !== '' && { reasoning }),
    ...(details.length > 0 && { reasoningDetails: details }),
  };
}

function partList(content: string | readonly ContentPart[]): readonly ContentPart[] {
  if (typeof content !== 'string') return content;
  return content === '' ? [] : [{ type: 'text', text: content }];
}

function toContent(content: string | readonly PartBody[], path: string): string | readonly ContentPart[] {
  if (typeof content === 'string') return content;
  return content.length === 0 ? '' : content.map((part, index) => toPart(part, `${path}[${index}]`));
}

function toPart(part: PartBody, path: string): ContentPart {
  switch (part.type) {
    case 'input_text':
      return { type: 'text', text: part.text, ...toCacheControl(part) };
    case 'output_text':
      return { type: 'text', text: part.text };
    case 'refusal':
      return { type: 'text', text: part.refusal };
    case 'input_image': {
      const url = urlAt(`${path}.image_url`, part.image_url, part.file_id, 'image/');
      return {
        type: 'image',
        url,
        ...present({ detail: part.detail === 'original' ? 'high' : part.detail }),
        ...toCacheControl(part),
      };
    }
    case 'input_file': {
      const name = part.file_data == null ? 'file_url' : 'file_data';
      const url = urlAt(`${path}.${name}`, part[name], part.file_id, '');
      const fileName = part.filename == null || part.filename === '' ? null : idAt(`${path}.filename`, part.filename);
      return { type: 'file', url, ...present({ fileName }), ...toCacheControl(part) };
    }
    case 'input_audio': {
      const { data, format } = part.input_audio;
      const fault = base64Fault(data);
      if (fault !== undefined) refuse(`${path}.input_audio.data`, fault);
      if (!/^[a-z0-9]{1,16}$/.test(format)) refuse(`${path}.input_audio.format`, 'must be a short name such as `wav`.');
      return { type: 'audio', data, format };
    }
  }
}

function urlAt(
  path: string,
  url: string | null | undefined,
  fileId: string | null | undefined,
  mediaType: string,
): string {
  if (url == null) {
    return refuse(
      path,
      fileId == null ? 'is missing.' : 'is missing, and no files are kept here that an id could name.',
    );
  }
  const fault = mediaUrlFault(url, mediaType);
  return fault === undefined ? url : refuse(path, fault);
}

function isKind<Type extends string>(item: ItemBody, type: Type): item is Extract<ItemBody, { type: Type }> {
  return item.type === type;
}
