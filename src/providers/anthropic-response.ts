import { z } from 'zod';
import type { Annotation, FinishReason, StreamPart, Usage } from '../chat.ts';
import { ProviderError } from '../errors.ts';
import { anthropicFormat } from './anthropic-thinking.ts';
import { createToolCallTracker } from './tool-calls.ts';
import { listOf, numberOf, recordOf, stringOf, type WireRecord } from './wire-values.ts';

/** What is read of an answer of POST /v1/messages. */
export const anthropicMessage = z.object({
  content: z.array(z.looseObject({ type: z.string() })),
  stop_reason: z.string().nullish(),
  usage: z.unknown().optional(),
});

/** Makes the parts of one answer out of the events that tell of it. */
export interface AnthropicReader {
  /** Adds an event's parts to `parts`. Throws `malformed_response` if a second message begins after the first one had content. */
  readonly read: (event: WireRecord, parts: StreamPart[]) => void;
  /** Whether `message_stop` has come. */
  readonly ended: () => boolean;
}

/** The parts of a whole message: the events that would have told of it, all at once. */
export function partsOfMessage(message: z.infer<typeof anthropicMessage>): readonly StreamPart[] {
  const reader = createAnthropicReader();
  const parts: StreamPart[] = [];
  reader.read({ type: 'message_start', message: { usage: message.usage } }, parts);
  for (const [index, block] of message.content.entries()) {
    reader.read({ type: 'content_block_start', index, content_block: block }, parts);
    reader.read({ type: 'content_block_stop', index }, parts);
  }
  reader.read({ type: 'message_delta', delta: { stop_reason: message.stop_reason } }, parts);
  reader.read({ type: 'message_stop' }, parts);
  return parts;
}

interface Block {
  readonly type: string;
  readonly number: number;
  readonly start: number;
  readonly annotations: Annotation[];
  thinking: string;
  signature: string;
}

/** Makes a reader of one answer (platform.claude.com/docs/en/build-with-claude/streaming). */
export function createAnthropicReader(): AnthropicReader {
  const calls = createToolCallTracker();
  const counts: Record<string, number> = {};
  let open = new Map<unknown, Block>();
  let textLength = 0;
  let thoughts = 0;
  let stopReason: string | undefined;
  let ended = false;

  const begin = (event: WireRecord, parts: StreamPart[]) => {
    const content = recordOf(event.content_block);
    const type = stringOf(content.type);
    const thought = type === 'thinking' || type === 'redacted_thinking';
    const block: Block = { type, number: thoughts, start: textLength, annotations: [], thinking: '', signature: '' };
    if (thought) thoughts += 1;
    open.set(event.index, block);
    if (type === 'text') addText(stringOf(content.text), parts);
    for (const citation of listOf(content.citations)) addCitation(block, recordOf(citation));
    if (type === 'thinking') addThought(block, stringOf(content.thinking), parts);
    if (type === 'thinking') block.signature = stringOf(content.signature);
    if (type === 'redacted_thinking') {
      const detail = { type: 'reasoning.encrypted', format: anthropicFormat, index: block.number } as const;
      parts.push({ type: 'reasoningDetails', details: [{ ...detail, data: stringOf(content.data) }] });
    }
    if (type === 'tool_use') {
      addCall(
        {
          index: numberOf(event.index),
          id: stringOf(content.id),
          name: stringOf(content.name),
          arguments: content.input,
        },
        parts,
      );
    }
  };
  const go = (event: WireRecord, parts: StreamPart[]) => {
    const delta = recordOf(event.delta);
    const block = open.get(event.index);
    switch (delta.type) {
      case 'text_delta':
        return addText(stringOf(delta.text), parts);
      case 'input_json_delta':
        // The input of a tool that the server runs itself is nobody's call.
        if (block?.type === 'tool_use')
          addCall({ index: numberOf(event.index), arguments: stringOf(delta.partial_json) }, parts);
        return;
      case 'thinking_delta':
        if (block !== undefined) addThought(block, stringOf(delta.thinking), parts);
        return;
      case 'signature_delta':
        if (block !== undefined) block.signature += stringOf(delta.signature);
        return;
      case 'citations_delta':
        if (block !== undefined) addCitation(block, recordOf(delta.citation));
        return;
    }
  };
  const close = (block: Block, parts: StreamPart[]) => {
    if (block.type === 'thinking' && (block.thinking !== '' || block.signature !== '')) {
      const signed = block.signature === '' ? {} : { signature: block.signature };
      const detail = { type: 'reasoning.text', format: anthropicFormat, index: block.number } as const;
      parts.push({ type: 'reasoningDetails', details: [{ ...detail, text: block.thinking, ...signed }] });
    }
    if (block.annotations.length > 0) {
      const span = { startIndex: block.start, endIndex: textLength };
      parts.push({
        type: 'annotations',
        annotations: block.annotations.map((annotation) => ({ ...annotation, ...span })),
      });
    }
  };
  const addText = (text: string, parts: StreamPart[]) => {
    textLength += text.length;
    if (text !== '') parts.push({ type: 'text', text });
  };
  const addThought = (block: Block, text: string, parts: StreamPart[]) => {
    block.thinking += text;
    if (text !== '') parts.push({ type: 'reasoning', text });
  };
  const addCall = (delta: Parameters<typeof calls.add>[0], parts: StreamPart[]) => {
    const part = calls.add(delta);
    if (part !== undefined) parts.push(part);
  };
  const count = (usage: WireRecord) => {
    for (const [name, value] of Object.entries({ ...usage, ...recordOf(usage.output_tokens_details) })) {
      // Counts are cumulative, and some servers send zeros for what they have told before.
      if (typeof value === 'number') counts[name] = Math.max(value, counts[name] ?? 0);
    }
  };
  const stop = (parts: StreamPart[]) => {
    for (const block of open.values()) close(block, parts);
    parts.push(...calls.finish());
    parts.push(finishOf(stopReason, !calls.isEmpty()));
    const usage = usageOf(counts);
    if (usage !== undefined) parts.push({ type: 'usage', usage });
    ended = true;
  };

  const read = (event: WireRecord, parts: StreamPart[]) => {
    if (ended) return;
    switch (event.type) {
      case 'content_block_delta':
        return go(event, parts);
      case 'message_start':
        if (textLength > 0 || thoughts > 0 || !calls.isEmpty()) {
          throw new ProviderError('malformed_response', 'the stream began a second message in the middle of the first');
        }
        open = new Map();
        return count(recordOf(recordOf(event.message).usage));
      case 'content_block_start':
        return begin(event, parts);
      case 'content_block_stop': {
        const block = open.get(event.index);
        open.delete(event.index);
        if (block !== undefined) close(block, parts);
        return;
      }
      case 'message_delta':
        stopReason = stringOf(recordOf(event.delta).stop_reason) || stopReason;
        return count(recordOf(event.usage));
      case 'message_stop':
        return stop(parts);
    }
  };
  return { read, ended: () => ended };
}

function addCitation(block: Block, citation: WireRecord): void {
  const url = stringOf(citation.url) || stringOf(citation.source);
  if (!/^https?:/.test(url)) return;
  const title = stringOf(citation.title);
  const content = stringOf(citation.cited_text);
  const said = { ...(title === '' ? {} : { title }), ...(content === '' ? {} : { content }) };
  block.annotations.push({ type: 'url_citation', url, ...said });
}

// platform.claude.com/docs/en/build-with-claude/handling-stop-reasons
const finishReasons: Readonly<Record<string, FinishReason>> = {
  end_turn: 'stop',
  stop_sequence: 'stop',
  pause_turn: 'stop',
  max_tokens: 'length',
  model_context_window_exceeded: 'length',
  tool_use: 'tool_calls',
  refusal: 'content_filter',
};

function finishOf(native: string | undefined, calledTools: boolean): StreamPart {
  const reason = finishReasons[native ?? ''] ?? (calledTools ? 'tool_calls' : 'stop');
  return { type: 'finish', reason, ...(native === undefined ? {} : { nativeReason: native }) };
}

/** The API counts what was read from and written to the cache beside the input; here they are part of the prompt. */
function usageOf(counts: Readonly<Record<string, number>>): Usage | undefined {
  if (counts.input_tokens === undefined && counts.output_tokens === undefined) return undefined;
  const cachedTokens = counts.cache_read_input_tokens ?? 0;
  const cacheWriteTokens = counts.cache_creation_input_tokens ?? 0;
  const promptTokens = (counts.input_tokens ?? 0) + cachedTokens + cacheWriteTokens;
  const completionTokens = counts.output_tokens ?? 0;
  return {
    promptTokens,
    completionTokens,
    totalTokens: promptTokens + completionTokens,
    cachedTokens,
    cacheWriteTokens,
    reasoningTokens: counts.thinking_tokens ?? counts.reasoning_tokens ?? 0,
    source: 'provider',
  };
}
