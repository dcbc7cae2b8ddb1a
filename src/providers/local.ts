import { fileURLToPath } from 'node:url';
import type { Answer, FinishReason, JsonObject, StreamPart, ToolCall, Usage, Vector } from '../chat.ts';
import { type Random, systemRandom } from '../clock.ts';
import { ProviderError } from '../errors.ts';
import { localEmbeddingModel, localModel } from './local/facts.ts';
import { startWorkerThread, type WorkerThread } from './local/worker-thread.ts';
import type { EmbeddingAnswer, EmbeddingCall, Provider, ProviderCall, UpstreamCall } from './provider.ts';
import { inputUsage, textsOf, vectorAnswer } from './vectors.ts';

export interface LocalOptions {
  /** Named as in ProviderSettings; nothing depends on it. */
  readonly slug?: string;
  /** The path of another Llama-type model in GGUF with a ChatML vocabulary. */
  readonly modelFile?: string;
  /** How many answers are written at a time. Each takes some 3 MB. */
  readonly maxRunning?: number;
  /** How many requests wait their turn; more than these fail as `overloaded`. */
  readonly maxQueued?: number;
  /** Decides what is left to chance where a request has no seed. */
  readonly random?: Random;
}

/**
 * The model that ships with the server, in a thread of its own, which starts with the first call and again after it has
 * crashed (`server_failed`). `close()` lets calls in flight finish, then ends the thread.
 */
export function createLocal(options: LocalOptions = {}): Provider {
  const random = options.random ?? systemRandom;
  let thread: WorkerThread | undefined;
  let closed = false;

  function threadFor({ model }: UpstreamCall, serves: string, signal: AbortSignal): WorkerThread {
    signal.throwIfAborted();
    if (closed) throw new ProviderError('server_failed', 'The local model is shut down.');
    if (model !== serves) {
      throw new ProviderError('model_not_found', `The local provider serves ${serves}, not ${model}.`);
    }
    if (thread === undefined || thread.stopped()) thread = startWorkerThread(workerOptions(options));
    return thread;
  }

  async function* stream(call: ProviderCall, signal: AbortSignal): AsyncGenerator<readonly StreamPart[]> {
    const batches = threadFor(call, localModel.upstreamModel, signal).generate(
      {
        prompt: call.prompt,
        maxTokens: call.maxCompletionTokens,
        seed: Math.floor(random() * 2 ** 32),
        callIdPrefix: `call_${Math.floor(random() * 2 ** 52).toString(36)}`,
      },
      signal,
    );
    for await (const batch of batches) yield batch.filter((part) => part.type !== 'vector');
  }

  async function embed(call: EmbeddingCall, signal: AbortSignal): Promise<EmbeddingAnswer> {
    const work = { texts: textsOf(call.input) };
    const vectors: Vector[] = [];
    let tokens = 0;
    for await (const batch of threadFor(call, localEmbeddingModel.upstreamModel, signal).generate(work, signal)) {
      for (const part of batch) {
        if (part.type !== 'vector') continue;
        vectors.push(part.vector);
        tokens += part.tokens;
      }
    }
    return vectorAnswer(call.input, vectors, inputUsage(tokens));
  }

  return {
    stream,
    embed,
    complete: async (call, signal) => {
      const parts: StreamPart[] = [];
      for await (const batch of stream(call, signal)) parts.push(...batch);
      return joinParts(parts);
    },
    listModels: async () => [{ id: localModel.upstreamModel, contextLength: localModel.contextLength }],
    close: async () => {
      closed = true;
      await thread?.idle();
      await thread?.stop();
    },
  };
}

function workerOptions(options: LocalOptions) {
  return {
    modelFile: options.modelFile ?? fileURLToPath(new URL('./local/tiny-1m.gguf', import.meta.url)),
    maxRunning: options.maxRunning ?? 8,
    maxQueued: options.maxQueued ?? 64,
    maxAhead: 32,
  };
}

/** What a whole stream of the local model says. */
function joinParts(parts: readonly StreamPart[]): Answer {
  let content = '';
  const toolCalls: ToolCall[] = [];
  const logprobs: JsonObject[] = [];
  let finish: { reason: FinishReason; nativeReason?: string } = { reason: 'error' };
  let usage: Usage | undefined;
  for (const part of parts) {
    if (part.type === 'text') content += part.text;
    else if (part.type === 'toolCall')
      toolCalls.push({ id: part.id ?? '', name: part.name ?? '', arguments: part.arguments });
    else if (part.type === 'logprobs') logprobs.push(...(part.logprobs.content ?? []));
    else if (part.type === 'finish') finish = part;
    else if (part.type === 'usage') usage = part.usage;
  }
  return {
    content,
    toolCalls,
    annotations: [],
    images: [],
    ...(logprobs.length > 0 ? { logprobs: { content: logprobs } } : {}),
    finishReason: finish.reason,
    ...(finish.nativeReason === undefined ? {} : { nativeFinishReason: finish.nativeReason }),
    ...(usage === undefined ? {} : { usage }),
  };
}
