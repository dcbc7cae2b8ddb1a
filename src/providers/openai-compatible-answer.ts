import type { FinishReason, StreamPart } from '../chat.ts';
import { ProviderError } from '../errors.ts';
import { inBandFailure } from './failure.ts';
import type { HttpResponse } from './http.ts';
import { errorIn, interpretError } from './openai-compatible-errors.ts';
import { readCitations, readLogprobs, readMessage } from './openai-compatible-message.ts';
import { normalUsage, usageIn } from './openai-compatible-usage.ts';
import { createToolCallTracker } from './tool-calls.ts';
import { isRecord, type WireRecord } from './wire-values.ts';

/** Reads one answer, whole or in chunks, and keeps what only its end may tell. */
export interface AnswerReader {
  /** Adds what a chunk, or a whole answer, brings to `parts`. Throws the ProviderError of an error inside it. */
  readonly read: (answer: unknown, messageField: 'delta' | 'message', parts: StreamPart[]) => void;
  /**
   * The last parts. `complete` says whether the dialect's own end was seen. Throws ProviderError `truncated` if neither that nor a
   * finish reason was, and `server_failed` for an answer that ended in error, whatever it said before.
   */
  readonly finish: (complete: boolean) => StreamPart[];
}

/** Makes a reader for one answer. */
export function createAnswerReader(response: HttpResponse): AnswerReader {
  let id = 'answer';
  const calls = createToolCallTracker((index) => `call_${id}_${index}`);
  let nativeReason: string | undefined;
  /** What a server that is itself a router says that its upstream said. */
  let innerReason: string | undefined;
  let usage: WireRecord | undefined;
  let sources: ReturnType<typeof readCitations>;
  let hasChoice = false;

  const read: AnswerReader['read'] = (answer, messageField, parts) => {
    if (!isRecord(answer))
      throw new ProviderError('malformed_response', 'the answer is not an object', { status: response.status });
    const error = errorIn(answer);
    if (error !== undefined) throw inBandFailure(response, error, interpretError);
    if (typeof answer.id === 'string' && answer.id !== '') id = answer.id.slice(-24).replace(/[^\w-]/g, '');
    sources = readCitations(answer) ?? sources;

    const choice = Array.isArray(answer.choices) ? answer.choices.find(isFirstChoice) : undefined;
    usage = usageIn(answer, choice) ?? usage;
    if (choice === undefined) return;
    hasChoice = true;
    if (isRecord(choice.error)) throw inBandFailure(response, { error: choice.error }, interpretError);
    const message = choice[messageField];
    if (isRecord(message)) readMessage(message, calls, parts);
    const logprobs = isRecord(choice.logprobs) ? readLogprobs(choice.logprobs) : undefined;
    if (logprobs !== undefined) parts.push({ type: 'logprobs', logprobs });
    nativeReason ??= reasonOf(choice.finish_reason);
    innerReason ??= reasonOf(choice.native_finish_reason);
  };

  const finish = (complete: boolean): StreamPart[] => {
    if (nativeReason === undefined && !(complete && hasChoice)) {
      throw new ProviderError(
        'truncated',
        hasChoice ? 'the stream ended before its answer did' : 'the answer is empty',
      );
    }
    const reason = finishReason(nativeReason, calls.isEmpty());
    if (reason === 'error') {
      throw new ProviderError('server_failed', `the answer ended with ${nativeReason}`, { status: response.status });
    }
    const parts: StreamPart[] = [...calls.finish()];
    if (sources !== undefined) parts.push({ type: 'annotations', annotations: sources });
    const told = innerReason ?? nativeReason;
    parts.push({ type: 'finish', reason, ...(told === undefined ? {} : { nativeReason: told }) });
    const counted = usage === undefined ? undefined : normalUsage(usage);
    if (counted !== undefined) parts.push({ type: 'usage', usage: counted });
    return parts;
  };
  return { read, finish };
}

function isFirstChoice(choice: unknown): choice is WireRecord {
  return isRecord(choice) && (choice.index === 0 || choice.index === undefined || choice.index === null);
}

/** Some servers send an empty text, or `null` as a text, with each chunk. */
function reasonOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' && value !== 'null' ? value : undefined;
}

const reasons: Readonly<Record<string, FinishReason>> = {
  length: 'length',
  max_tokens: 'length',
  max_length: 'length',
  max_output_tokens: 'length',
  model_length: 'length',
  model_context_window_exceeded: 'length',
  tool_calls: 'tool_calls',
  tool_call: 'tool_calls',
  tool_use: 'tool_calls',
  function_call: 'tool_calls',
  content_filter: 'content_filter',
  content_filtered: 'content_filter',
  sensitive: 'content_filter',
  safety: 'content_filter',
  refusal: 'content_filter',
  error: 'error',
  abort: 'error',
  network_error: 'error',
  insufficient_system_resource: 'error',
};

/** Servers that say `stop`, `eos` or nothing mean `tool_calls` where they called any: so does OpenAI for a forced function. */
function finishReason(native: string | undefined, withoutCalls: boolean): FinishReason {
  const key = native?.toLowerCase() ?? 'stop';
  const reason = Object.hasOwn(reasons, key) ? (reasons[key] ?? 'stop') : 'stop';
  if (reason === 'stop') return withoutCalls ? 'stop' : 'tool_calls';
  return reason;
}
