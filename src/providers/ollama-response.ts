import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { FinishReason, JsonObject, StreamPart, Usage } from '../chat.ts';
import { ProviderError } from '../errors.ts';
import { createToolCallTracker } from './tool-calls.ts';
import { listOf, numberOf, recordOf, stringOf, type WireRecord } from './wire-values.ts';

/** What is read of an answer of POST /api/chat. */
export const ollamaChat = z.looseObject({ message: z.looseObject({}), done: z.boolean() });

/** Makes the parts of one answer out of the lines that it comes in; a whole answer is one line. */
export interface OllamaReader {
  /** Adds a line's parts to `parts`. Throws `malformed_response` if the model was only loaded. */
  readonly read: (line: WireRecord, parts: StreamPart[]) => void;
  /** Whether the line that says `done` has come. */
  readonly ended: () => boolean;
}

/** Makes a reader of one answer (docs.ollama.com/api/chat). */
export function createOllamaReader(): OllamaReader {
  // Small models' servers give calls no ids, and callers need ids that differ from turn to turn.
  const calls = createToolCallTracker(() => `call_${randomUUID()}`);
  let callCount = 0;
  let wrote = false;
  let ended = false;

  const read = (line: WireRecord, parts: StreamPart[]) => {
    if (ended) return;
    const message = recordOf(line.message);
    const thinking = stringOf(message.thinking);
    const text = stringOf(message.content);
    if (thinking !== '') parts.push({ type: 'reasoning', text: thinking });
    if (text !== '') parts.push({ type: 'text', text });
    for (const entry of listOf(message.tool_calls)) {
      const { id, function: called } = recordOf(entry);
      const { name, arguments: given } = recordOf(called);
      const part = calls.add({ index: callCount, id: stringOf(id), name: stringOf(name), arguments: given });
      callCount += 1;
      if (part !== undefined) parts.push(part);
    }
    if (line.logprobs !== undefined) parts.push(...logprobsOf(line.logprobs));
    wrote ||= parts.length > 0;
    if (line.done === true) end(line, parts);
  };
  const end = (line: WireRecord, parts: StreamPart[]) => {
    const native = stringOf(line.done_reason);
    if (!wrote && (native === 'load' || native === 'unload')) {
      throw new ProviderError('malformed_response', `the model was only ${native}ed and wrote nothing`);
    }
    parts.push(...calls.finish());
    parts.push(finishOf(native, !calls.isEmpty()));
    const usage = usageOf(line);
    if (usage !== undefined) parts.push({ type: 'usage', usage });
    ended = true;
  };
  return { read, ended: () => ended };
}

const finishReasons: Readonly<Record<string, FinishReason>> = { stop: 'stop', length: 'length' };

/** The server says `stop` for calls too. */
function finishOf(native: string, calledTools: boolean): StreamPart {
  const reason = finishReasons[native] ?? 'stop';
  return {
    type: 'finish',
    reason: reason === 'stop' && calledTools ? 'tool_calls' : reason,
    ...(native === '' ? {} : { nativeReason: native }),
  };
}

/** Older servers leave the prompt's count out when all of it was cached: no usage then, rather than a wrong one. */
function usageOf(line: WireRecord): Usage | undefined {
  const promptTokens = numberOf(line.prompt_eval_count);
  if (promptTokens === undefined) return undefined;
  const completionTokens = numberOf(line.eval_count) ?? 0;
  const totalTokens = promptTokens + completionTokens;
  const none = { cachedTokens: 0, cacheWriteTokens: 0, reasoningTokens: 0 };
  return { promptTokens, completionTokens, totalTokens, ...none, source: 'provider' };
}

function logprobsOf(logprobs: unknown): readonly StreamPart[] {
  const content = listOf(logprobs).map((entry) => ({
    ...tokenOf(recordOf(entry)),
    top_logprobs: listOf(recordOf(entry).top_logprobs).map((other) => tokenOf(recordOf(other))),
  }));
  return content.length === 0 ? [] : [{ type: 'logprobs', logprobs: { content } }];
}

function tokenOf(entry: WireRecord): JsonObject {
  const token = stringOf(entry.token);
  return { token, logprob: numberOf(entry.logprob) ?? 0, bytes: [...Buffer.from(token)] };
}
