import { z } from 'zod';
import type { CacheControl, ContentPart, Message, ReasoningDetail, Role, ToolCall } from '../src/chat.ts';
import { builder, enumOf } from './builder.ts';
import { checkName, present, refuse } from './check.ts';
import { checkBase64, checkMediaUrl } from './media-url.ts';

export const MessageRoleEnum = enumOf<Role>('MessageRole', 'Who speaks in a message.', {
  system: 'Instructions that stand above the conversation.',
  developer: 'What newer models call a system message. Sent as whichever the endpoint understands.',
  user: 'The person, or program, that asks.',
  assistant: 'The model: what it answered earlier, or the beginning of the answer that it is to continue.',
  tool: 'The result of a tool that the model called.',
});

const CacheTtlEnum = enumOf<NonNullable<CacheControl['ttl']>>(
  'CacheTtl',
  'How long a provider keeps a marked part of the prompt in its cache.',
  { '5m': 'Five minutes from the last use.', '1h': 'One hour from the last use. Writing costs more.' },
  { '5m': 'FIVE_MINUTES', '1h': 'ONE_HOUR' },
);

export const CacheControlInput = builder.inputType('CacheControlInput', {
  description:
    'Marks that the prompt up to and including this block may be cached. Providers that cache by themselves ignore it.',
  fields: (t) => ({
    ttl: t.field({
      type: CacheTtlEnum,
      description: 'How long to keep it; absent for as long as the provider usually does.',
    }),
  }),
});

const cacheControlField = 'Where the provider may cut the prompt for its cache; absent for no mark.';

const TextPartInput = builder.inputType('TextPartInput', {
  description: 'A piece of plain text within a message.',
  fields: (t) => ({
    text: t.string({ required: true, description: 'The words, in any language and markup.' }),
    cacheControl: t.field({ type: CacheControlInput, description: cacheControlField }),
  }),
});

const ImageDetailEnum = enumOf<'auto' | 'low' | 'high'>('ImageDetail', 'How closely a model looks at an image.', {
  auto: 'The provider decides.',
  low: 'At a glance, for few tokens.',
  high: 'Closely, for more tokens.',
});

const ImagePartInput = builder.inputType('ImagePartInput', {
  description: 'An image within a message. The router hands it on and does not fetch it.',
  fields: (t) => ({
    url: t.string({
      required: true,
      description: 'An https address, or a data URL in base64: `data:image/png;base64,…`.',
    }),
    detail: t.field({
      type: ImageDetailEnum,
      description: 'How closely to look; absent for what the provider does by itself.',
    }),
    cacheControl: t.field({ type: CacheControlInput, description: cacheControlField }),
  }),
});

const AudioPartInput = builder.inputType('AudioPartInput', {
  description: 'A recording within a message.',
  fields: (t) => ({
    data: t.string({ required: true, description: 'The bytes in base64, without a `data:` prefix.' }),
    format: t.string({
      required: true,
      description: 'The usual short name of the container: `wav`, `mp3`, `flac` and so on.',
    }),
  }),
});

const FilePartInput = builder.inputType('FilePartInput', {
  description: 'A document within a message, such as a PDF.',
  fields: (t) => ({
    url: t.string({
      required: true,
      description: 'An https address, or a data URL in base64: `data:application/pdf;base64,…`.',
    }),
    fileName: t.string({
      description: 'The name by which the conversation may speak of it; absent where it has none.',
    }),
    cacheControl: t.field({ type: CacheControlInput, description: cacheControlField }),
  }),
});

const ContentPartInput = builder.inputType('ContentPartInput', {
  description: 'One part of a message: exactly one of the four kinds.',
  isOneOf: true,
  fields: (t) => ({
    text: t.field({ type: TextPartInput, description: 'The part is a piece of text.' }),
    image: t.field({ type: ImagePartInput, description: 'The part is a picture.' }),
    audio: t.field({ type: AudioPartInput, description: 'The part is a recording.' }),
    file: t.field({ type: FilePartInput, description: 'The part is a document.' }),
  }),
});

const ToolCallInput = builder.inputType('ToolCallInput', {
  description: 'A call that the model asked for in an earlier answer.',
  fields: (t) => ({
    callId: t.string({ required: true, description: 'The id that the answer gave the call.' }),
    name: t.string({ required: true, description: 'The name of the function that was called.' }),
    arguments: t.string({
      required: true,
      description: 'The arguments as the model wrote them: the text of a JSON object.',
    }),
  }),
});

export const MessageInput = builder.inputType('MessageInput', {
  description: 'One message of the conversation so far. It has `content` or `parts`, not both.',
  fields: (t) => ({
    role: t.field({
      type: MessageRoleEnum,
      required: true,
      description: 'Who speaks, which decides what else the message may hold.',
    }),
    content: t.string({ description: 'The text of the message, where it is nothing but text.' }),
    parts: t.field({
      type: [ContentPartInput],
      description: 'The parts of the message in order, where it is more than text or carries cache marks.',
    }),
    name: t.string({
      description: 'Who of several participants with the same role speaks; absent where there is one.',
    }),
    toolCalls: t.field({
      type: [ToolCallInput],
      description: 'What an assistant message called. Each call is to be answered by a tool message.',
    }),
    toolCallId: t.string({
      description: 'Which call a tool message answers. Required there, and nowhere else allowed.',
    }),
    reasoning: t.string({ description: 'The reasoning that an earlier answer of the assistant came with.' }),
    reasoningDetails: t.field({
      type: 'JSON',
      description:
        'The `reasoningDetails` of an earlier answer, unchanged and in order. Some models refuse to go on with a tool call without them.',
    }),
  }),
});

type MessageFields = typeof MessageInput.$inferInput;
type PartFields = typeof ContentPartInput.$inferInput;
type ToolCallFields = typeof ToolCallInput.$inferInput;

/** The message in the program's words. Throws InvalidRequest for one that contradicts itself; `path` names it there. */
export function toMessage(input: MessageFields, path: string): Message {
  const { role, content, parts, name, toolCalls, toolCallId, reasoning, reasoningDetails } = input;
  checkName(`${path}.name`, name);
  checkAnswers(input, path);
  if (content != null && parts != null) refuse(`${path}.parts`, 'is given beside `content`: give one of the two.');
  if (content == null && parts == null && (role !== 'assistant' || (toolCalls ?? []).length === 0)) {
    const orCalls = role === 'assistant' ? ', or `toolCalls`' : '';
    refuse(`${path}.content`, `is missing: give \`content\` or \`parts\`${orCalls}.`);
  }
  if (parts?.length === 0) refuse(`${path}.parts`, 'is empty: give at least one part.');
  return {
    role,
    ...present({
      content: content ?? parts?.map((part, index) => toPart(part, `${path}.parts[${index}]`)),
      name,
      toolCalls: toolCalls?.map((call, index) => toToolCall(call, `${path}.toolCalls[${index}]`)),
      toolCallId,
      reasoning,
      reasoningDetails: reasoningDetails == null ? null : toDetails(reasoningDetails, `${path}.reasoningDetails`),
    }),
  };
}

function checkAnswers({ role, toolCalls, toolCallId, reasoning, reasoningDetails }: MessageFields, path: string): void {
  if (role === 'tool' && toolCallId == null) {
    refuse(`${path}.toolCallId`, 'is missing: a tool message says which call it answers.');
  }
  if (role !== 'tool' && toolCallId != null) refuse(`${path}.toolCallId`, 'belongs to tool messages only.');
  checkName(`${path}.toolCallId`, toolCallId);
  if (role === 'assistant') return;
  if (toolCalls != null) refuse(`${path}.toolCalls`, 'belongs to assistant messages only.');
  if (reasoning != null) refuse(`${path}.reasoning`, 'belongs to assistant messages only.');
  if (reasoningDetails != null) refuse(`${path}.reasoningDetails`, 'belongs to assistant messages only.');
}

function toPart({ text, image, audio, file }: PartFields, path: string): ContentPart {
  if (text != null) return { type: 'text', text: text.text, ...withCacheControl(text) };
  if (image != null) {
    checkMediaUrl(`${path}.image.url`, image.url, 'image/');
    return { type: 'image', url: image.url, ...present({ detail: image.detail }), ...withCacheControl(image) };
  }
  if (audio != null) {
    checkBase64(`${path}.audio.data`, audio.data);
    if (!/^[a-z0-9]{1,16}$/.test(audio.format)) refuse(`${path}.audio.format`, 'must be a short name such as `wav`.');
    return { type: 'audio', data: audio.data, format: audio.format };
  }
  if (file != null) {
    checkMediaUrl(`${path}.file.url`, file.url, '');
    checkName(`${path}.file.fileName`, file.fileName);
    return { type: 'file', url: file.url, ...present({ fileName: file.fileName }), ...withCacheControl(file) };
  }
  return refuse(path, 'is empty: give a text, an image, an audio or a file.');
}

function withCacheControl({
  cacheControl,
}: {
  cacheControl?: typeof CacheControlInput.$inferInput | null | undefined;
}) {
  return present({ cacheControl: cacheControl == null ? null : present({ ttl: cacheControl.ttl }) });
}

function toToolCall({ callId, name, arguments: text }: ToolCallFields, path: string): ToolCall {
  checkName(`${path}.callId`, callId);
  checkName(`${path}.name`, name);
  return { id: callId, name, arguments: text.trim() === '' ? '{}' : text };
}

const optionalText = z.string().nullish();

const detailShape = z.object({
  type: z.enum(['reasoning.text', 'reasoning.summary', 'reasoning.encrypted']),
  id: optionalText,
  format: z.string(),
  index: z.int(),
  text: optionalText,
  signature: optionalText,
  summary: optionalText,
  data: optionalText,
});

/** Every issue costs some microseconds, and a list may hold millions. */
const toTheFirstFault: z.core.ParseContextInternal<z.core.$ZodIssue> = { abortEarly: true };

function toDetails(value: unknown, path: string): readonly ReasoningDetail[] {
  const parsed = z.array(detailShape).safeParse(value, toTheFirstFault);
  if (!parsed.success)
    return refuse(path, 'is not a list that an answer came with: hand `reasoningDetails` on unchanged.');
  return parsed.data.map(({ type, format, index, ...rest }) => ({ type, format, index, ...present(rest) }));
}
