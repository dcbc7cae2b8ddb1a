import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { FinishReason, JsonObject, ReasoningDetail, StreamPart, Usage } from '../chat.ts';
import { ProviderError } from '../errors.ts';
import { googleAnnotations } from './google-annotations.ts';
import { createPartialArgs, type PartialArgs } from './google-partial-args.ts';
import { googleFormat } from './google-thinking.ts';
import { createToolCallTracker } from './tool-calls.ts';
import { listOf, numberOf, recordOf, stringOf, type WireRecord } from './wire-values.ts';

/** What is read of an answer of models.generateContent. */
export const generateContentResponse = z.looseObject({
  candidates: z.array(z.looseObject({})).nullish(),
});

/** Makes the parts of one answer out of the chunks that it comes in; a whole answer is one chunk. */
export interface GoogleReader {
  /** Adds a chunk's parts to `parts`. */
  readonly read: (chunk: WireRecord, parts: StreamPart[]) => void;
  /**
   * The last parts, once no more chunks come. Throws `truncated` if none said why the answer ended, and `malformed_response` if it
   * ended in error without text, calls or images.
   */
  readonly end: () => readonly StreamPart[];
}

/** Makes a reader of one answer (ai.google.dev/api/generate-content). */
export function createGoogleReader(): GoogleReader {
  let responseId: string | undefined;
  const calls = createToolCallTracker((index) => `call_${responseId ?? randomUUID()}_${index}`);
  const counts: Record<string, number> = {};
  let callCount = 0;
  let streamed: PartialArgs | undefined;
  let thought: ReasoningDetail | undefined;
  let details = 0;
  let text = '';
  let images = 0;
  let sources: WireRecord = {};
  let finishReason = '';
  let blockReason = '';

  const read = (chunk: WireRecord, parts: StreamPart[]) => {
    responseId ??= stringOf(chunk.responseId) || undefined;
    const candidate = recordOf(listOf(chunk.candidates)[0]);
    for (const part of listOf(recordOf(candidate.content).parts)) readPart(recordOf(part), parts);
    if (candidate.logprobsResult !== undefined) parts.push(...logprobsOf(recordOf(candidate.logprobsResult)));
    // Older versions of the API say STOP with every chunk; the last word counts, when the stream has ended.
    finishReason = stringOf(candidate.finishReason) || finishReason;
    blockReason = stringOf(recordOf(chunk.promptFeedback).blockReason) || blockReason;
    const { groundingMetadata = sources.groundingMetadata, citationMetadata = sources.citationMetadata } = candidate;
    sources = { groundingMetadata, citationMetadata };
    for (const [name, value] of Object.entries(recordOf(chunk.usageMetadata))) {
      if (typeof value === 'number') counts[name] = value;
    }
  };
  const readPart = (part: WireRecord, parts: StreamPart[]) => {
    const signature = stringOf(part.thoughtSignature);
    const piece = stringOf(part.text);
    if (part.thought === true) return readThought(piece, signature, parts);
    if (piece !== '' || part.functionCall !== undefined || signature !== '') closeThought(parts);
    if (piece !== '') {
      text += piece;
      parts.push({ type: 'text', text: piece });
    }
    const id = part.functionCall === undefined ? undefined : readCall(recordOf(part.functionCall), parts);
    const { mimeType, data } = recordOf(part.inlineData);
    if (stringOf(mimeType).startsWith('image/')) {
      images += 1;
      parts.push({ type: 'image', image: { url: `data:${stringOf(mimeType)};base64,${stringOf(data)}` } });
    }
    if (signature === '') return;
    const detail = { type: 'reasoning.encrypted', format: googleFormat, index: details, data: signature } as const;
    parts.push({ type: 'reasoningDetails', details: [id === undefined ? detail : { ...detail, id }] });
    details += 1;
  };
  const readThought = (piece: string, signature: string, parts: StreamPart[]) => {
    thought ??= { type: 'reasoning.text', format: googleFormat, index: details, text: '' };
    thought = { ...thought, text: (thought.text ?? '') + piece, ...(signature === '' ? {} : { signature }) };
    if (piece !== '') parts.push({ type: 'reasoning', text: piece });
  };
  const closeThought = (parts: StreamPart[]) => {
    if (thought === undefined) return;
    parts.push({ type: 'reasoningDetails', details: [thought] });
    thought = undefined;
    details += 1;
  };
  /** Gives the id of a call that begins here. With `willContinue` its arguments follow, up to a call that says nothing. */
  const readCall = (call: WireRecord, parts: StreamPart[]): string | undefined => {
    const name = stringOf(call.name);
    let id: string | undefined;
    if (name !== '') {
      closeCall(parts);
      if (call.willContinue === true || call.partialArgs !== undefined) streamed = createPartialArgs();
      const part = calls.add({ index: callCount, id: stringOf(call.id), name, arguments: call.args });
      callCount += 1;
      if (part !== undefined) parts.push(part);
      id = part?.id;
    }
    for (const entry of listOf(call.partialArgs)) streamed?.add(recordOf(entry));
    if (call.willContinue !== true) closeCall(parts);
    return id;
  };
  const closeCall = (parts: StreamPart[]) => {
    if (streamed === undefined) return;
    const part = calls.add({ index: callCount - 1, arguments: streamed.value() });
    streamed = undefined;
    if (part !== undefined) parts.push(part);
  };
  const end = (): readonly StreamPart[] => {
    const parts: StreamPart[] = [];
    closeThought(parts);
    if (finishReason === '' && blockReason === '')
      throw new ProviderError('truncated', 'the answer ended without a finish reason');
    closeCall(parts);
    parts.push(...calls.finish());
    const annotations = googleAnnotations(sources, text);
    if (annotations.length > 0) parts.push({ type: 'annotations', annotations });
    if (finishReasons[finishReason] === 'error' && text === '' && images === 0 && calls.isEmpty()) {
      throw new ProviderError('malformed_response', `the answer ended with ${finishReason} and says nothing`);
    }
    parts.push(finishOf(finishReason, blockReason, !calls.isEmpty()));
    const usage = usageOf(counts);
    if (usage !== undefined) parts.push({ type: 'usage', usage });
    return parts;
  };
  return { read, end };
}

// ai.google.dev/api/generate-content#FinishReason
const finishReasons: Readonly<Record<string, FinishReason>> = {
  STOP: 'stop',
  MAX_TOKENS: 'length',
  SAFETY: 'content_filter',
  RECITATION: 'content_filter',
  LANGUAGE: 'content_filter',
  BLOCKLIST: 'content_filter',
  PROHIBITED_CONTENT: 'content_filter',
  SPII: 'content_filter',
  MODEL_ARMOR: 'content_filter',
  IMAGE_SAFETY: 'content_filter',
  IMAGE_PROHIBITED_CONTENT: 'content_filter',
  IMAGE_RECITATION: 'content_filter',
  IMAGE_OTHER: 'error',
  NO_IMAGE: 'error',
  OTHER: 'error',
  MALFORMED_FUNCTION_CALL: 'error',
  UNEXPECTED_TOOL_CALL: 'error',
  TOO_MANY_TOOL_CALLS: 'error',
  MISSING_THOUGHT_SIGNATURE: 'error',
  MALFORMED_RESPONSE: 'error',
};

/** The API has no word for tool calls; and a prompt that it refuses gets no candidate, only the reason of the block. */
function finishOf(finishReason: string, blockReason: string, calledTools: boolean): StreamPart {
  if (finishReason === '') return { type: 'finish', reason: 'content_filter', nativeReason: blockReason };
  const reason = finishReasons[finishReason] ?? 'stop';
  return {
    type: 'finish',
    reason: reason === 'stop' && calledTools ? 'tool_calls' : reason,
    nativeReason: finishReason,
  };
}

/** The API counts thoughts beside the candidate's tokens; here they are part of the completion. */
function usageOf(counts: Readonly<Record<string, number>>): Usage | undefined {
  const { promptTokenCount, candidatesTokenCount, totalTokenCount, thoughtsTokenCount: reasoningTokens = 0 } = counts;
  if (promptTokenCount === undefined && candidatesTokenCount === undefined) return undefined;
  const promptTokens = (promptTokenCount ?? 0) + (counts.toolUsePromptTokenCount ?? 0);
  const completionTokens = (candidatesTokenCount ?? 0) + reasoningTokens;
  return {
    promptTokens,
    completionTokens,
    totalTokens: totalTokenCount ?? promptTokens + completionTokens,
    cachedTokens: counts.cachedContentTokenCount ?? 0,
    cacheWriteTokens: 0,
    reasoningTokens,
    source: 'provider',
  };
}

function logprobsOf(result: WireRecord): readonly StreamPart[] {
  const top = listOf(result.topCandidates);
  const content = listOf(result.chosenCandidates).map((chosen, index) => ({
    ...tokenOf(recordOf(chosen)),
    top_logprobs: listOf(recordOf(top[index]).candidates).map((candidate) => tokenOf(recordOf(candidate))),
  }));
  return content.length === 0 ? [] : [{ type: 'logprobs', logprobs: { content } }];
}

function tokenOf(candidate: WireRecord): JsonObject {
  const token = stringOf(candidate.token);
  return { token, logprob: numberOf(candidate.logProbability) ?? 0, bytes: [...Buffer.from(token)] };
}
