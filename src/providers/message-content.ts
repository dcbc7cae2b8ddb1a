import type { ContentPart, JsonObject, Message, TextPart } from '../chat.ts';
import { ProviderError } from '../errors.ts';

/**
 * A message's content as parts, for dialects that know no names: a participant's name is written in front, as `name: `. Texts
 * that are empty are left out, since some providers refuse them.
 */
export function partsOf(message: Message): readonly ContentPart[] {
  const { content = [] } = message;
  const parts: readonly ContentPart[] = typeof content === 'string' ? [{ type: 'text', text: content }] : content;
  const named = message.name === undefined || message.role === 'tool' ? parts : withName(message.name, parts);
  return named.filter((part) => part.type !== 'text' || part.text !== '');
}

/** A message's content as one text. Throws `unsupported_parameter` where it is more than text. */
export function textOf(message: Message, dialect: string): string {
  return textParts(message, dialect)
    .map((part) => part.text)
    .join('');
}

/** The texts of a message. Throws `unsupported_parameter` where it holds anything else. */
export function textParts(message: Message, dialect: string): TextPart[] {
  return partsOf(message).map((part) => {
    if (part.type === 'text') return part;
    throw cannotCarry(dialect, part, `in ${message.role} messages`);
  });
}

/** The failure of a part that a dialect has no form for, named by its kind: an endpoint of another dialect may take it. */
export function cannotCarry(dialect: string, part: ContentPart, detail = ''): ProviderError {
  return new ProviderError('unsupported_parameter', `${dialect} takes no ${part.type} parts ${detail}`.trim());
}

/**
 * The arguments of a call as the object that most dialects want. What the model once wrote as broken JSON is kept in
 * `INVALID_JSON`, which Anthropic's documentation proposes: the conversation must be able to go on.
 */
export function argumentsObject(text: string): JsonObject {
  if (text.trim() === '') return {};
  return parseObject(text) ?? { INVALID_JSON: text };
}

/** A JSON object, or `undefined` where the text is none. */
export function parseObject(text: string): JsonObject | undefined {
  if (!/^\s*\{/.test(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The name of the function that a tool message answers. The same id may return in a later turn, so the last call before it counts. */
export function calledFunction(messages: readonly Message[], answer: Message): string | undefined {
  const before = messages.slice(0, messages.indexOf(answer)).reverse();
  for (const message of before) {
    const call = message.toolCalls?.find((candidate) => candidate.id === answer.toolCallId);
    if (call !== undefined) return call.name;
  }
  return answer.name;
}

function withName(name: string, parts: readonly ContentPart[]): readonly ContentPart[] {
  const [first, ...rest] = parts;
  if (first?.type === 'text') return [{ ...first, text: `${name}: ${first.text}` }, ...rest];
  return first === undefined ? parts : [{ type: 'text', text: `${name}:` }, ...parts];
}
