import type { Usage } from '../../src/chat.ts';
import { ProviderError } from '../../src/errors.ts';
import type { EmbeddingAnswer, EmbeddingCall, Provider } from '../../src/providers/provider.ts';

export interface VectorProvider extends Provider {
  readonly embeddings: EmbeddingCall[];
}

/** What a vector provider does with a call: gives vectors, fails, or says nothing until it is hung up on. */
export type VectorScript = EmbeddingAnswer | ProviderError | 'hang';

export const embeddingUsage: Usage = {
  promptTokens: 7,
  completionTokens: 0,
  totalTokens: 7,
  cachedTokens: 0,
  cacheWriteTokens: 0,
  reasoningTokens: 0,
  source: 'provider',
};

/** A provider of vectors alone: the first call the first script, and so on; the last repeats. */
export function createVectorProvider(...scripts: readonly [VectorScript, ...VectorScript[]]): VectorProvider {
  const embeddings: EmbeddingCall[] = [];
  const neverAsked = () => {
    throw new Error('it was asked to chat');
  };
  return {
    embeddings,
    complete: neverAsked,
    stream: neverAsked,
    async embed(call, signal) {
      const script = scripts[Math.min(embeddings.length, scripts.length - 1)] ?? scripts[0];
      embeddings.push(call);
      if (script instanceof ProviderError) throw script;
      if (script !== 'hang') return script;
      return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    },
    close: async () => {},
  };
}
