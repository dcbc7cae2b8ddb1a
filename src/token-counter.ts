import { Worker } from 'node:worker_threads';
import type { UsageSource } from './chat.ts';
import type { Clock } from './clock.ts';
import type { FromTokenCounterWorker, ToTokenCounterWorker } from './token-counter-worker.ts';

export interface TokenCount {
  readonly tokens: number;
  /** `estimated` where counting was not possible or would have taken too long; the estimate is of `estimateTokens`. */
  readonly source: Extract<UsageSource, 'counted' | 'estimated'>;
}

/** Counts tokens where a provider did not. The vocabulary is OpenAI's o200k; other models' differ by some percent. */
export interface TokenCounter {
  /** The tokens of all texts together. Never fails, but rejects with the signal's reason once that has aborted. */
  readonly count: (texts: readonly string[], signal: AbortSignal) => Promise<TokenCount>;
  /** Ends the thread. What is being counted, and all later calls, are estimated. */
  readonly close: () => Promise<void>;
}

export interface TokenCounterOptions {
  readonly clock: Clock;
  /** Longer texts, in UTF-8 and together, are estimated. */
  readonly maxBytes?: number;
  /** How long a count may take, from the call on; then it is estimated. */
  readonly timeoutMs?: number;
}

/** A token is about four bytes of UTF-8: close for English and for code, and within a factor of two for most other scripts. */
export function estimateTokens(bytes: number): number {
  return Math.ceil(bytes / 4);
}

/**
 * Counts in a thread of its own, which starts with the first call and again after it has crashed or got stuck: what a tokenizer
 * does with hostile text must not hold up the program. The thread does not keep the process alive.
 */
export function createTokenCounter(options: TokenCounterOptions): TokenCounter {
  const { clock, maxBytes = 262_144, timeoutMs = 3_000 } = options;
  let thread: CountingThread | undefined;
  let closed = false;
  let waiting = 0;

  const count = async (texts: readonly string[], signal: AbortSignal): Promise<TokenCount> => {
    signal.throwIfAborted();
    const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
    const estimate: TokenCount = { tokens: estimateTokens(bytes), source: 'estimated' };
    if (bytes === 0) return { tokens: 0, source: 'counted' };
    if (closed || bytes > maxBytes || waiting >= mostWaiting) return estimate;
    if (thread === undefined || thread.stopped()) thread = startCountingThread();
    waiting++;
    try {
      const tokens = await within(thread, texts, signal);
      return tokens === undefined ? estimate : { tokens, source: 'counted' };
    } finally {
      waiting--;
    }
  };

  const within = (used: CountingThread, texts: readonly string[], signal: AbortSignal) =>
    new Promise<number | undefined>((resolve, reject) => {
      const abort = () => {
        cancelTimer();
        reject(signal.reason);
      };
      const cancelTimer = clock.after(timeoutMs, () => {
        signal.removeEventListener('abort', abort);
        resolve(undefined);
        // One that is still loading is not stuck: it will serve the next call.
        if (used.ready()) void used.stop();
      });
      signal.addEventListener('abort', abort, { once: true });
      used.count(texts, (tokens) => {
        cancelTimer();
        signal.removeEventListener('abort', abort);
        resolve(tokens);
      });
    });

  return {
    count,
    close: async () => {
      closed = true;
      await thread?.stop();
    },
  };
}

/** More are estimated at once, so that memory is bounded by so many times `maxBytes`. */
const mostWaiting = 32;

interface CountingThread {
  /** Tells the number of tokens, or `undefined` where the texts are not to be counted or the thread has stopped. */
  readonly count: (texts: readonly string[], tell: (tokens: number | undefined) => void) => void;
  /** Whether it has loaded the vocabulary. */
  readonly ready: () => boolean;
  readonly stopped: () => boolean;
  readonly stop: () => Promise<void>;
}

function startCountingThread(): CountingThread {
  const worker = new Worker(new URL('./token-counter-worker.ts', import.meta.url), { env: {}, execArgv: [] });
  worker.unref();
  const asked = new Map<number, (tokens: number | undefined) => void>();
  let nextId = 0;
  let ready = false;
  let stopped = false;

  const answer = (id: number, tokens: number | undefined) => {
    asked.get(id)?.(tokens);
    asked.delete(id);
    if (asked.size === 0) worker.unref();
  };
  const end = () => {
    stopped = true;
    for (const id of [...asked.keys()]) answer(id, undefined);
  };
  worker.on('message', (message: FromTokenCounterWorker) => {
    if (message.type === 'ready') ready = true;
    else answer(message.id, message.tokens);
  });
  worker.on('error', end);
  worker.on('exit', end);

  return {
    count: (texts, tell) => {
      const id = nextId++;
      asked.set(id, tell);
      worker.ref();
      worker.postMessage({ id, texts } satisfies ToTokenCounterWorker);
    },
    ready: () => ready,
    stopped: () => stopped,
    stop: async () => {
      end();
      await worker.terminate();
    },
  };
}
