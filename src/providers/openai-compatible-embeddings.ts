import { z } from 'zod';
import type { JsonObject } from '../chat.ts';
import { ProviderError } from '../errors.ts';
import { vectorOfFloat32Base64 } from '../vector-base64.ts';
import { inBandFailure } from './failure.ts';
import type { HttpResponse } from './http.ts';
import { errorIn, interpretError } from './openai-compatible-errors.ts';
import type { Wire } from './openai-compatible-wires.ts';
import type { EmbeddingAnswer, EmbeddingCall } from './provider.ts';
import { parseShape, readUnknownJson } from './response.ts';
import { inputUsage, vectorAnswer, vectorShape } from './vectors.ts';
import { isRecord } from './wire-values.ts';

/** The body of POST /embeddings (platform.openai.com/docs/api-reference/embeddings). Numbers are what every server sends unasked; some are asked for base64. */
export function embeddingsBody({ model, input, user }: EmbeddingCall, wire: Wire): JsonObject {
  const { inputs, dimensions } = input;
  const inputType = wire.inputTypes === 'any' ? input.inputType : wire.inputTypes?.get(input.inputType ?? '');
  return {
    model,
    input: inputs,
    ...(dimensions !== undefined && { [wire.dimensionsField]: dimensions }),
    ...(inputType !== undefined && { input_type: inputType }),
    ...(user !== undefined && { user }),
    ...wire.embeddingFields,
  };
}

/** The vectors of an answer, in the order of their inputs. Throws the ProviderError of an error inside it, or of one that is not whole. */
export async function readEmbeddings({ input }: EmbeddingCall, response: HttpResponse): Promise<EmbeddingAnswer> {
  const body = await readUnknownJson(response);
  const error = isRecord(body) ? errorIn(body) : undefined;
  if (error !== undefined) throw inBandFailure(response, error, interpretError);
  const { data, usage } = parseShape(body, embeddings, response.status);
  const tokens = usage?.prompt_tokens || usage?.total_tokens || undefined;
  return vectorAnswer(
    input,
    inOrderOfInputs(data).map(({ embedding }) => embedding),
    inputUsage(tokens),
  );
}

type Item = z.infer<typeof embeddings>['data'][number];

/** A server that numbers them all the same, or not at all, means them as they stand; one that gives two the same place is not trusted. */
function inOrderOfInputs(data: readonly Item[]): readonly Item[] {
  const places = new Set(data.map(({ index }) => index ?? undefined));
  if (places.size <= 1) return data;
  if (places.size < data.length || places.has(undefined)) {
    throw new ProviderError('malformed_response', 'the answer does not say which vector belongs to which input');
  }
  return data.toSorted((a, b) => (a.index ?? 0) - (b.index ?? 0));
}

const count = z.int().min(0).nullish().catch(undefined);

/** A server may send either, whatever it was asked for. */
const vector = z.preprocess((value) => (typeof value === 'string' ? vectorOfFloat32Base64(value) : value), vectorShape);

const embeddings = z.object({
  data: z.array(z.object({ embedding: vector, index: z.int().nullish() })),
  usage: z.object({ prompt_tokens: count, total_tokens: count }).nullish().catch(undefined),
});
