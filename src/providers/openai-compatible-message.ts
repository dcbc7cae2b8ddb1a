import type { Annotation, GeneratedImage, Json, JsonObject, Logprobs, ReasoningDetail, StreamPart } from '../chat.ts';
import type { ToolCallTracker } from './tool-calls.ts';
import { isRecord, type WireRecord } from './wire-values.ts';

/**
 * Adds what a message, or a delta of one, brings to `parts`. Both have the same form: a delta is a message in which most is missing.
 * WireRecord of an unexpected type are left out.
 */
export function readMessage(message: WireRecord, calls: ToolCallTracker, parts: StreamPart[]): void {
  readReasoning(message, parts);
  readContent(message.content, parts);
  if (isText(message.refusal)) parts.push({ type: 'refusal', text: message.refusal });
  if (Array.isArray(message.tool_calls)) for (const call of message.tool_calls) readToolCall(call, calls, parts);
  // What tool_calls was before there could be several.
  if (isRecord(message.function_call)) readToolCall({ function: message.function_call, index: 0 }, calls, parts);
  if (Array.isArray(message.images)) for (const image of message.images) readImage(image, parts);
  if (Array.isArray(message.annotations)) readAnnotations(message.annotations, parts);
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function readContent(content: unknown, parts: StreamPart[]): void {
  if (isText(content)) parts.push({ type: 'text', text: content });
  if (!Array.isArray(content)) return;
  // Mistral's form: texts, thoughts, and references without text of their own.
  for (const piece of content) {
    if (isText(piece)) parts.push({ type: 'text', text: piece });
    if (!isRecord(piece)) continue;
    if (piece.type === 'thinking') {
      for (const text of textsOf(piece.thinking)) parts.push({ type: 'reasoning', text });
    } else if (isText(piece.text)) {
      parts.push({ type: 'text', text: piece.text });
    } else if (piece.type === 'image_url') {
      readImage(piece, parts);
    }
  }
}

function textsOf(thinking: unknown): string[] {
  if (isText(thinking)) return [thinking];
  if (!Array.isArray(thinking)) return [];
  return thinking.flatMap((piece) =>
    isRecord(piece) && isText(piece.text) ? [piece.text] : isText(piece) ? [piece] : [],
  );
}

function readReasoning(message: WireRecord, parts: StreamPart[]): void {
  // Some servers send the same text under both names.
  const said = [message.reasoning_content, message.reasoning].find(isText);
  if (said !== undefined) parts.push({ type: 'reasoning', text: said });
  if (!Array.isArray(message.reasoning_details)) return;
  const details = message.reasoning_details.flatMap(readDetail);
  if (details.length === 0) return;
  const text = said === undefined ? details.map((detail) => detail.text ?? detail.summary ?? '').join('') : '';
  if (text !== '') parts.push({ type: 'reasoning', text });
  parts.push({ type: 'reasoningDetails', details });
}

const detailTypes = ['reasoning.text', 'reasoning.summary', 'reasoning.encrypted'] as const;

function readDetail(detail: unknown, position: number): ReasoningDetail[] {
  if (!isRecord(detail)) return [];
  const type = detailTypes.find((known) => known === detail.type);
  if (type === undefined) return [];
  return [
    {
      type,
      format: isText(detail.format) ? detail.format : 'unknown',
      index: typeof detail.index === 'number' ? detail.index : position,
      ...(isText(detail.id) ? { id: detail.id } : {}),
      ...(isText(detail.text) ? { text: detail.text } : {}),
      ...(isText(detail.signature) ? { signature: detail.signature } : {}),
      ...(isText(detail.summary) ? { summary: detail.summary } : {}),
      ...(isText(detail.data) ? { data: detail.data } : {}),
    },
  ];
}

function readToolCall(call: unknown, calls: ToolCallTracker, parts: StreamPart[]): void {
  if (!isRecord(call)) return;
  const named = isRecord(call.function) ? call.function : call;
  const part = calls.add({
    index: typeof call.index === 'number' ? call.index : undefined,
    // Mistral once sent the text `null` for no id.
    id: isText(call.id) && call.id !== 'null' ? call.id : undefined,
    name: isText(named.name) ? named.name : undefined,
    arguments: named.arguments,
  });
  if (part !== undefined) parts.push(part);
}

function readImage(image: unknown, parts: StreamPart[]): void {
  const url = imageUrl(image);
  if (url !== undefined) parts.push({ type: 'image', image: { url } });
}

function imageUrl(image: unknown): GeneratedImage['url'] | undefined {
  if (isText(image)) return image;
  if (!isRecord(image)) return undefined;
  return isText(image.url) ? image.url : imageUrl(image.image_url);
}

function readAnnotations(values: readonly unknown[], parts: StreamPart[]): void {
  const annotations = values.flatMap((value) => {
    if (!isRecord(value) || value.type !== 'url_citation') return [];
    return citation(isRecord(value.url_citation) ? value.url_citation : value);
  });
  if (annotations.length > 0) parts.push({ type: 'annotations', annotations });
}

function citation(source: WireRecord): Annotation[] {
  const content = [source.content, source.snippet].find(isText);
  if (!isText(source.url)) return [];
  return [
    {
      type: 'url_citation',
      url: source.url,
      ...(isText(source.title) ? { title: source.title } : {}),
      ...(content === undefined ? {} : { content }),
      ...(typeof source.start_index === 'number' ? { startIndex: source.start_index } : {}),
      ...(typeof source.end_index === 'number' ? { endIndex: source.end_index } : {}),
    },
  ];
}

/** The sources that Perplexity and xAI name beside the choices: `search_results` says more of what `citations` numbers. */
export function readCitations(answer: WireRecord): readonly Annotation[] | undefined {
  const results = Array.isArray(answer.search_results) ? answer.search_results.filter(isRecord) : [];
  const urls = Array.isArray(answer.citations) ? answer.citations.filter(isText) : [];
  if (results.length === 0 && urls.length === 0) return undefined;
  if (urls.length === 0) return results.flatMap(citation);
  return urls.flatMap((url) => citation(results.find((result) => result.url === url) ?? { url }));
}

/** A choice's log probabilities, or undefined where there are none. Together's older form becomes OpenAI's. */
export function readLogprobs(value: unknown): Logprobs | undefined {
  if (!isRecord(value)) return undefined;
  const content = entries(value.content) ?? togetherEntries(value);
  const refusal = entries(value.refusal);
  if (content === undefined && refusal === undefined) return undefined;
  return { ...(content === undefined ? {} : { content }), ...(refusal === undefined ? {} : { refusal }) };
}

function entries(value: unknown): readonly JsonObject[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const found = value.filter(isJsonObject);
  return found.length === 0 ? undefined : found;
}

/** All that comes here was parsed from JSON. */
function isJsonObject(value: unknown): value is JsonObject {
  return isRecord(value);
}

function togetherEntries({ tokens, token_logprobs: logprobs }: WireRecord): readonly JsonObject[] | undefined {
  if (!Array.isArray(tokens) || !Array.isArray(logprobs) || tokens.length === 0) return undefined;
  return tokens.map((token, index): JsonObject => {
    const logprob: Json = typeof logprobs[index] === 'number' ? logprobs[index] : null;
    return { token: String(token), logprob, bytes: null, top_logprobs: [] };
  });
}
