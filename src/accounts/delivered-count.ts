import type { Usage } from '../chat.ts';
import type { StreamEvent } from '../completion.ts';

/** What has been delivered of an answer, counted in tokens while it runs: an estimate, until its usage is known. */
export interface DeliveredCount {
  /** Counts what a batch delivers. */
  readonly add: (batch: readonly StreamEvent[]) => void;
  readonly tokens: () => number;
  /** How many of them are of reasoning. */
  readonly reasoningTokens: () => number;
  /** With a prompt of so many tokens. */
  readonly usage: (promptTokens: number) => Usage;
}

/** What a picture counts for, as makers of pictures charge them. */
const imageTokens = 1_300;

/** Of each kind of delta: at least as many tokens as deltas, and one for four characters. */
export function createDeliveredCount(): DeliveredCount {
  let texts = 0;
  let textLength = 0;
  let calls = 0;
  let callLength = 0;
  let thoughts = 0;
  let thoughtLength = 0;
  let images = 0;
  const reasoning = () => Math.max(thoughts, thoughtLength / 4);
  const reasoningTokens = () => Math.ceil(reasoning());
  const tokens = () =>
    Math.ceil(Math.max(texts, textLength / 4) + Math.max(calls, callLength / 4) + reasoning() + images * imageTokens);

  return {
    add(batch) {
      for (const event of batch) {
        switch (event.type) {
          case 'text':
          case 'refusal':
            texts += 1;
            textLength += event.text.length;
            break;
          case 'reasoning':
            thoughts += 1;
            thoughtLength += event.text.length;
            break;
          case 'toolCall':
            calls += 1;
            callLength += event.arguments.length + (event.name?.length ?? 0);
            break;
          case 'image':
            images += 1;
            break;
        }
      }
    },
    tokens,
    reasoningTokens,
    usage: (promptTokens) => ({
      promptTokens,
      completionTokens: tokens(),
      totalTokens: promptTokens + tokens(),
      cachedTokens: 0,
      cacheWriteTokens: 0,
      reasoningTokens: reasoningTokens(),
      source: 'estimated',
    }),
  };
}
