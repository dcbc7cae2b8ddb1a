import { z } from 'zod';
import type { EmbeddingInput, Usage, Vector } from '../chat.ts';
import { ProviderError } from '../errors.ts';
import type { EmbeddingAnswer } from './provider.ts';

/** A list of finite numbers. An answer may hold millions, and a schema of numbers takes longer over them than reading the JSON does. */
export const vectorShape: z.ZodType<Vector> = z.custom<Vector>((value) => {
  if (!Array.isArray(value)) return false;
  for (const element of value) if (!Number.isFinite(element)) return false;
  return true;
});

/** The inputs as texts. Throws ProviderError `unsupported_parameter` for token numbers, which a dialect may have no form for. */
export function textsOf({ inputs }: EmbeddingInput): readonly string[] {
  return inputs.map((input) => {
    if (typeof input === 'string') return input;
    throw new ProviderError('unsupported_parameter', 'It makes embeddings of texts, not of token numbers.');
  });
}

/** The usage of a call that only read; `undefined` where it was not counted. */
export function inputUsage(promptTokens: number | undefined): Usage | undefined {
  if (promptTokens === undefined || promptTokens <= 0) return undefined;
  const none = { completionTokens: 0, cachedTokens: 0, cacheWriteTokens: 0, reasoningTokens: 0 };
  return { promptTokens, totalTokens: promptTokens, ...none, source: 'provider' };
}

/**
 * An answer of these vectors. Throws ProviderError `malformed_response` unless they are one for each input and all of one length, and
 * `unsupported_parameter` where that is not the length that was asked for: a server that ignores `dimensions` would spoil an index.
 */
export function vectorAnswer(
  { inputs, dimensions }: EmbeddingInput,
  vectors: readonly Vector[],
  usage: Usage | undefined,
): EmbeddingAnswer {
  const length = vectors[0]?.length ?? 0;
  if (vectors.length !== inputs.length) {
    throw new ProviderError(
      'malformed_response',
      `the answer has ${vectors.length} vectors for ${inputs.length} inputs`,
    );
  }
  if (length === 0 || vectors.some((vector) => vector.length !== length)) {
    throw new ProviderError('malformed_response', 'the vectors of the answer are empty, or differ in length');
  }
  if (dimensions !== undefined && dimensions !== length) {
    throw new ProviderError(
      'unsupported_parameter',
      `It made vectors of ${length} numbers, though ${dimensions} were asked for.`,
    );
  }
  return { vectors, ...(usage !== undefined && { usage }) };
}

/** Asks for so many texts at a time, as many as the dialect takes, one batch after the other, and joins what comes. */
export async function inBatches(
  texts: readonly string[],
  size: number,
  ask: (batch: readonly string[]) => Promise<EmbeddingAnswer>,
): Promise<{ readonly vectors: readonly Vector[]; readonly usage: Usage | undefined }> {
  const vectors: Vector[] = [];
  let promptTokens: number | undefined = 0;
  for (let start = 0; start < texts.length; start += size) {
    const answer = await ask(texts.slice(start, start + size));
    for (const vector of answer.vectors) vectors.push(vector);
    promptTokens =
      promptTokens === undefined || answer.usage === undefined ? undefined : promptTokens + answer.usage.promptTokens;
  }
  return { vectors, usage: inputUsage(promptTokens) };
}
