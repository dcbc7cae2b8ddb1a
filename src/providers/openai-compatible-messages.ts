import { createHash } from 'node:crypto';
import type { CacheControl, ContentPart, Json, JsonObject, Message } from '../chat.ts';
import { parseDataUrl } from './data-url.ts';
import { calledFunction, cannotCarry } from './message-content.ts';
import type { Wire } from './openai-compatible-wires.ts';

/** The messages as a wire wants them. Throws ProviderError `unsupported_parameter` for a part that it has no form for. */
export function wireMessages(messages: readonly Message[], wire: Wire): readonly JsonObject[] {
  return messages.map((message) => {
    const name =
      message.name ?? (wire.fullTools && message.role === 'tool' ? calledFunction(messages, message) : undefined);
    return {
      role: message.role === 'developer' && !wire.developerRole ? 'system' : message.role,
      ...contentField(message, wire),
      ...(name === undefined ? {} : { name }),
      ...(message.toolCallId === undefined ? {} : { tool_call_id: wireId(message.toolCallId, wire) }),
      ...(message.role === 'assistant' ? assistantFields(message, wire) : {}),
    };
  });
}

function contentField(message: Message, wire: Wire): JsonObject {
  const { content } = message;
  if (content === undefined) return { content: wire.emptyContent };
  if (typeof content === 'string') return { content };
  const texts = content.flatMap((part) =>
    part.type === 'text' && !(wire.cacheControl && part.cacheControl) ? [part.text] : [],
  );
  const onlyText = texts.length === content.length;
  if (onlyText && (texts.length === 1 || wire.flatText)) return { content: texts.join('\n') };
  return { content: content.map((part) => wirePart(part, wire)) };
}

function assistantFields(message: Message, wire: Wire): JsonObject {
  const fields: Record<string, Json> = {};
  const calls = message.toolCalls ?? [];
  if (calls.length > 0) {
    fields.tool_calls = calls.map((call) => ({
      id: wireId(call.id, wire),
      type: 'function',
      function: { name: call.name, arguments: call.arguments },
    }));
  }
  if (message.reasoning !== undefined && wire.reasoningReplay !== undefined)
    fields[wire.reasoningReplay] = message.reasoning;
  if (message.reasoningDetails !== undefined && wire.replaysDetails) {
    fields.reasoning_details = message.reasoningDetails.map((detail) => ({ ...detail }));
  }
  return fields;
}

function wirePart(part: ContentPart, wire: Wire): JsonObject {
  switch (part.type) {
    case 'text':
      return { type: 'text', text: part.text, ...cacheField(part.cacheControl, wire) };
    case 'image': {
      const detail = part.detail === undefined ? {} : { detail: part.detail };
      return { type: 'image_url', image_url: { url: part.url, ...detail }, ...cacheField(part.cacheControl, wire) };
    }
    case 'audio':
      if (wire.files === 'mistral') return { type: 'input_audio', input_audio: part.data };
      return { type: 'input_audio', input_audio: { data: part.data, format: part.format } };
    case 'file':
      return { ...wireFile(part, wire), ...cacheField(part.cacheControl, wire) };
  }
}

function wireFile(part: Extract<ContentPart, { type: 'file' }>, wire: Wire): JsonObject {
  const data = parseDataUrl(part.url);
  switch (wire.files) {
    case 'mistral':
      return {
        type: 'document_url',
        document_url: part.url,
        ...(part.fileName ? { document_name: part.fileName } : {}),
      };
    case 'perplexity':
      // Bare base64, without the prefix of a data URL.
      return {
        type: 'file_url',
        file_url: { url: data?.base64 ?? part.url },
        ...(part.fileName ? { file_name: part.fileName } : {}),
      };
    case 'openai':
      // OpenRouter, which knows cache marks, fetches files itself.
      if (data === undefined && !wire.cacheControl)
        throw cannotCarry('this provider', part, 'by URL, only as data URLs in base64');
      return { type: 'file', file: { filename: part.fileName ?? fileName(data?.mediaType), file_data: part.url } };
  }
}

/** OpenAI refuses a file without a name. */
function fileName(mediaType = 'application/pdf'): string {
  return `file.${mediaType.slice(mediaType.indexOf('/') + 1).replace(/[^a-z0-9]+/g, '-')}`;
}

/** The `cache_control` field of Anthropic's form, where a wire takes it. */
export function cacheField(mark: CacheControl | undefined, wire: Wire): JsonObject {
  if (mark === undefined || !wire.cacheControl) return {};
  return { cache_control: { type: 'ephemeral', ...(mark.ttl === undefined ? {} : { ttl: mark.ttl }) } };
}

/** An id of another provider's call, in the form that this one takes: the same for the call and its result. */
function wireId(id: string, wire: Wire): string {
  if (wire.toolCallIds === 'at_most_40' && id.length > 40) return `call_${hash(id).slice(0, 32)}`;
  if (wire.toolCallIds === 'nine_alphanumeric' && !/^[a-zA-Z0-9]{9}$/.test(id)) return hash(id).slice(0, 9);
  return id;
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
