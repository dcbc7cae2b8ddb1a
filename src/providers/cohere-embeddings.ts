import { z } from 'zod';
import type { JsonObject } from '../chat.ts';
import type { EmbeddingCall } from './provider.ts';
import { vectorShape } from './vectors.ts';

/** How many texts Cohere takes in one call (docs.cohere.com/reference/embed). */
export const mostTextsPerCall = 96;

/** The body of POST /embed for some of a call's texts. What is too long is refused, not cut: a cut text has another meaning. */
export function embedBody({ model, input }: EmbeddingCall, texts: readonly string[]): JsonObject {
  const { dimensions, inputType = 'search_document' } = input;
  return {
    model,
    texts,
    input_type: inputTypes.get(inputType) ?? inputType,
    embedding_types: ['float'],
    truncate: 'NONE',
    ...(dimensions !== undefined && { output_dimension: dimensions }),
  };
}

/** What others call these. */
const inputTypes: ReadonlyMap<string, string> = new Map([
  ['query', 'search_query'],
  ['document', 'search_document'],
  ['passage', 'search_document'],
]);

/** What is read of the answer. */
export const embedResponse = z.object({
  embeddings: z.object({ float: z.array(vectorShape) }),
  meta: z
    .object({ billed_units: z.object({ input_tokens: z.number().nullish() }).nullish() })
    .nullish()
    .catch(undefined),
});
