import type { Completion } from '../../completion.ts';
import { float32Base64 } from '../../vector-base64.ts';
import { answerWhole } from '../chat/chat-routes.ts';
import { usageBody } from '../chat/usage.ts';
import { type RestParts, type Route, route } from '../route.ts';
import { embeddingsShape } from './answer-shape.ts';
import { type EmbeddingsBody, embeddingsBody, toEmbeddingRequest } from './request.ts';

/** `POST /embeddings`. */
export function createEmbeddingsRoutes(parts: RestParts): readonly Route[] {
  return [
    route({
      method: 'POST',
      path: '/embeddings',
      summary: 'Makes vectors of texts, to search or group them by what they mean.',
      body: embeddingsBody,
      answers: embeddingsShape,
      operation: () => 'createEmbedding',
      answer: (call) =>
        answerWhole(
          parts,
          call,
          toEmbeddingRequest(call.body),
          (completion) => embeddingsList(completion, call.body),
          'longJson',
        ),
    }),
  ];
}

function embeddingsList(completion: Completion, { encoding_format: format }: EmbeddingsBody) {
  const { generationId, model, provider, endpoint, usage, cost, vectors = [] } = completion;
  const { prompt_tokens, total_tokens, cost: dollars, is_byok, cost_details } = usageBody(usage, cost, endpoint);
  return {
    object: 'list',
    id: generationId,
    data: vectors.map((vector, index) => ({
      object: 'embedding',
      index,
      // Only when its turn to be written comes.
      embedding: format === 'base64' ? { toJSON: () => float32Base64(vector) } : vector,
    })),
    model: model.slug,
    provider: provider.name,
    usage: { prompt_tokens, total_tokens, cost: dollars, is_byok, cost_details },
  };
}
