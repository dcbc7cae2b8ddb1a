import { z } from 'zod';
import type { Annotation, FinishReason, StreamPart, Usage } from '../chat.ts';
import { ProviderError } from '../errors.ts';
import { createToolCallTracker } from './tool-calls.ts';
import { listOf, numberOf, recordOf, stringOf, type WireRecord } from './wire-values.ts';

/** What is read of an answer of POST /v2/chat. */
export const cohereChat = z.looseObject({
  message: z.looseObject({
    content: z.array(z.looseObject({ type: z.string() })).nullish(),
    tool_calls: z.array(z.looseObject({})).nullish(),
    citations: z.unknown().optional(),
  }),
  finish_reason: z.string(),
  usage: z.unknown().optional(),
  logprobs: z.unknown().optional(),
});

/** Makes the parts of one answer out of the events that tell of it. */
export interface CohereReader {
  /** Adds an event's parts to `parts`. Throws `server_failed` if the answer ended in error, whatever it said before. */
  readonly read: (event: WireRecord, parts: StreamPart[]) => void;
  /** Whether `message-end` has come. */
  readonly ended: () => boolean;
}

/** The parts of a whole answer: the events that would have told of it, all at once. */
export function partsOfChat(chat: z.infer<typeof cohereChat>): readonly StreamPart[] {
  const reader = createCohereReader();
  const parts: StreamPart[] = [];
  const { content, tool_calls: calls, citations } = chat.message;
  for (const block of content ?? [])
    reader.read({ type: 'content-start', delta: { message: { content: block } } }, parts);
  for (const logprobs of listOf(chat.logprobs)) reader.read({ type: 'content-delta', logprobs }, parts);
  for (const [index, call] of (calls ?? []).entries()) {
    reader.read({ type: 'tool-call-start', index, delta: { message: { tool_calls: call } } }, parts);
    reader.read({ type: 'tool-call-end', index }, parts);
  }
  if (citations !== undefined) reader.read({ type: 'citation-start', delta: { message: { citations } } }, parts);
  reader.read({ type: 'message-end', delta: chat }, parts);
  return parts;
}

/** Makes a reader of one answer (docs.cohere.com/v2/docs/streaming). The tool plan is neither text nor reasoning, and left out. */
export function createCohereReader(): CohereReader {
  const calls = createToolCallTracker();
  let held = '';
  let ended = false;

  const readContent = (event: WireRecord, parts: StreamPart[]) => {
    const content = recordOf(recordOf(recordOf(event.delta).message).content);
    const thinking = stringOf(content.thinking);
    const text = stringOf(content.text);
    if (thinking !== '') parts.push({ type: 'reasoning', text: thinking });
    if (text !== '') parts.push({ type: 'text', text });
    if (event.logprobs !== undefined) parts.push(...logprobsOf(recordOf(event.logprobs)));
  };
  const readCall = (event: WireRecord, parts: StreamPart[]) => {
    const wire = recordOf(recordOf(event.delta).message).tool_calls;
    const { id, function: called } = recordOf(Array.isArray(wire) ? wire[0] : wire);
    const { name, arguments: given } = recordOf(called);
    held += stringOf(given);
    // `null` stands for no arguments; it may come in pieces.
    const ready = 'null'.startsWith(held) ? '' : held;
    if (ready !== '') held = '';
    const part = calls.add({ index: numberOf(event.index), id: stringOf(id), name: stringOf(name), arguments: ready });
    if (part !== undefined) parts.push(part);
  };
  const readCitations = (event: WireRecord, parts: StreamPart[]) => {
    const { citations } = recordOf(recordOf(event.delta).message);
    const annotations = (Array.isArray(citations) ? citations : [citations]).flatMap((citation) =>
      annotationsOf(recordOf(citation)),
    );
    if (annotations.length > 0) parts.push({ type: 'annotations', annotations });
  };
  const end = (event: WireRecord, parts: StreamPart[]) => {
    const delta = recordOf(event.delta);
    parts.push(...calls.finish());
    parts.push(finishOf(stringOf(delta.finish_reason), !calls.isEmpty()));
    const usage = usageOf(recordOf(delta.usage));
    if (usage !== undefined) parts.push({ type: 'usage', usage });
    ended = true;
  };

  const read = (event: WireRecord, parts: StreamPart[]) => {
    if (ended) return;
    switch (event.type) {
      case 'content-start':
      case 'content-delta':
        return readContent(event, parts);
      case 'tool-call-start':
        held = '';
        return readCall(event, parts);
      case 'tool-call-delta':
        return readCall(event, parts);
      case 'citation-start':
        return readCitations(event, parts);
      case 'message-end':
        return end(event, parts);
    }
  };
  return { read, ended: () => ended };
}

/** Documents and tool results are sources only where they have an address. */
function annotationsOf(citation: WireRecord): readonly Annotation[] {
  return listOf(citation.sources).flatMap((entry) => {
    const source = recordOf(entry);
    const { url, title, snippet, text } = recordOf(source.document ?? source.tool_output);
    if (!/^https?:/.test(stringOf(url))) return [];
    const content = stringOf(snippet) || stringOf(text);
    const startIndex = numberOf(citation.start);
    const endIndex = numberOf(citation.end);
    return [
      {
        type: 'url_citation',
        url: stringOf(url),
        ...(stringOf(title) === '' ? {} : { title: stringOf(title) }),
        ...(content === '' ? {} : { content }),
        ...(startIndex === undefined ? {} : { startIndex }),
        ...(endIndex === undefined ? {} : { endIndex }),
      },
    ];
  });
}

const finishReasons: Readonly<Record<string, FinishReason>> = {
  COMPLETE: 'stop',
  STOP_SEQUENCE: 'stop',
  MAX_TOKENS: 'length',
  ERROR_LIMIT: 'length',
  TOOL_CALL: 'tool_calls',
  ERROR_TOXIC: 'content_filter',
};

function finishOf(native: string, calledTools: boolean): StreamPart {
  const known = finishReasons[native];
  if (known === undefined && /^(ERROR|TIMEOUT|USER_CANCEL)/.test(native)) {
    throw new ProviderError('server_failed', `the answer ended with ${native.slice(0, 100)}`);
  }
  const reason = known ?? (calledTools ? 'tool_calls' : 'stop');
  return { type: 'finish', reason, ...(native === '' ? {} : { nativeReason: native }) };
}

/** `tokens` is what the model read and wrote, `billed_units` less: the first is what other providers count. */
function usageOf(usage: WireRecord): Usage | undefined {
  const tokens = recordOf(usage.tokens ?? usage.billed_units);
  const promptTokens = numberOf(tokens.input_tokens);
  const completionTokens = numberOf(tokens.output_tokens);
  if (promptTokens === undefined || completionTokens === undefined) return undefined;
  return {
    promptTokens,
    completionTokens,
    totalTokens: promptTokens + completionTokens,
    cachedTokens: numberOf(usage.cached_tokens) ?? 0,
    cacheWriteTokens: 0,
    reasoningTokens: numberOf(tokens.reasoning_tokens) ?? 0,
    source: 'provider',
  };
}

/** One entry for each text: where it is of several tokens, its probability is the product of theirs. */
function logprobsOf(entry: WireRecord): readonly StreamPart[] {
  const token = stringOf(entry.text);
  const logprob = listOf(entry.logprobs).reduce((sum: number, value) => sum + (numberOf(value) ?? 0), 0);
  if (token === '' || entry.logprobs === undefined) return [];
  const content = [{ token, logprob, bytes: [...Buffer.from(token)], top_logprobs: [] }];
  return [{ type: 'logprobs', logprobs: { content } }];
}
