import { z } from 'zod';
import type { JsonObject } from '../chat.ts';
import type { EmbeddingCall } from './provider.ts';
import { vectorShape } from './vectors.ts';

/** How many texts Gemini takes in one call (ai.google.dev/gemini-api/docs/embeddings). */
export const mostTextsPerCall = 100;

/** The body of `:batchEmbedContents` for some of a call's texts. `name` is the model's, as in the path. */
export function batchEmbedBody({ input }: EmbeddingCall, name: string, texts: readonly string[]): JsonObject {
  const { dimensions, inputType } = input;
  return {
    requests: texts.map((text) => ({
      model: name,
      content: { parts: [{ text }] },
      ...(inputType !== undefined && { taskType: taskTypes.get(inputType) ?? inputType.toUpperCase() }),
      ...(dimensions !== undefined && { outputDimensionality: dimensions }),
    })),
  };
}

/** What others call these tasks; Google's own names pass in any case of letters. */
const taskTypes: ReadonlyMap<string, string> = new Map([
  ['search_query', 'RETRIEVAL_QUERY'],
  ['query', 'RETRIEVAL_QUERY'],
  ['search_document', 'RETRIEVAL_DOCUMENT'],
  ['document', 'RETRIEVAL_DOCUMENT'],
  ['passage', 'RETRIEVAL_DOCUMENT'],
]);

/** What is read of the answer. Only newer models count tokens. */
export const batchEmbedResponse = z.object({
  embeddings: z.array(z.object({ values: vectorShape })),
  usageMetadata: z
    .object({ promptTokenCount: z.int().min(0).nullish() })
    .nullish()
    .catch(undefined),
});
