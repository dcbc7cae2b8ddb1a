import { parentPort } from 'node:worker_threads';

/** What the counting thread is asked. */
export interface ToTokenCounterWorker {
  readonly id: number;
  readonly texts: readonly string[];
}

/** What it says: that it has loaded, and the answers; `tokens` is `undefined` for texts that it will not count. */
export type FromTokenCounterWorker =
  | { readonly type: 'ready' }
  | { readonly type: 'counted'; readonly id: number; readonly tokens: number | undefined };

/** The time for a word grows with the square of its length; a word is a run of letters, of white space or of signs. */
const longestWord = 2_000;
const words = /[\p{L}\p{M}]+|\s+|[^\p{L}\p{N}\s]+/gu;

// The entry of the counting thread; imported anywhere else it does nothing.
if (parentPort !== null) {
  const port = parentPort;
  const say = (message: FromTokenCounterWorker) => port.postMessage(message);
  const { countTokens, setMergeCacheSize } = await import('gpt-tokenizer/encoding/o200k_base');
  setMergeCacheSize(10_000);
  // What callers wrote is text, also where it looks like a special token.
  const plain = { disallowedSpecial: new Set<string>() };
  port.on('message', ({ id, texts }: ToTokenCounterWorker) => {
    const hostile = texts.some((text) => text.match(words)?.some((word) => word.length > longestWord));
    const tokens = hostile ? undefined : texts.reduce((sum, text) => sum + countTokens(text, plain), 0);
    say({ type: 'counted', id, tokens });
  });
  say({ type: 'ready' });
}
