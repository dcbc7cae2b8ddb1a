import type { ChatRequest } from '../../chat.ts';
import type { Completion } from '../../completion.ts';
import { FailedGeneration } from '../failed-generation.ts';
import { streamAnswer, type WriteEvents } from '../generation-frames.ts';
import { type Answer, type Call, type RestParts, type Route, route } from '../route.ts';
import { type RoutingMetadata, routingMetadataFor } from '../routing-metadata.ts';
import { completionBody } from './answer.ts';
import { chunkShape, completionShape, textChunkShape, textCompletionShape } from './answer-shapes.ts';
import { createChunks } from './chunks.ts';
import { toChatRequest, toTreatment } from './request.ts';
import { type ChatBody, chatBody } from './request-body.ts';
import { createTextChunks, type TextBody, textBody, textCompletionBody, toTextRequest } from './text-completion.ts';

/** `POST /chat/completions`, and the older `POST /completions`. */
export function createChatRoutes(parts: RestParts): readonly Route[] {
  return [
    route({
      method: 'POST',
      path: '/chat/completions',
      summary: 'Answers a conversation: all at once, or with `stream` as server-sent events.',
      body: chatBody,
      answers: completionShape,
      events: chunkShape,
      headers: generationHeaders,
      operation: operationOf,
      answer: (call) => answerChat(parts, call),
    }),
    route({
      method: 'POST',
      path: '/completions',
      summary: 'Answers one text, in the older form.',
      body: textBody,
      answers: textCompletionShape,
      events: textChunkShape,
      headers: generationHeaders,
      operation: operationOf,
      answer: (call) => answerText(parts, call),
    }),
  ];
}

/** What the headers of a request for a generation may say. */
export const generationHeaders = {
  'Idempotency-Key': 'The same request with the same key is the same generation, and is paid for once.',
  'X-Session-Id': 'The same as `session_id`, where that is absent.',
  'X-OpenRouter-Metadata': '`enabled`: `openrouter_metadata` tells with the end of the answer how it was routed.',
  'HTTP-Referer': 'The address of the app that asks, under which its use is counted.',
  'X-Title': 'The name of that app.',
} as const;

/** Which operation of the GraphQL API a request is the same as. */
export function operationOf({ stream }: { readonly stream?: boolean | null | undefined }): string {
  return stream === true ? 'streamChatCompletion' : 'createChatCompletion';
}

function answerChat(parts: RestParts, call: Call<ChatBody, undefined>): Promise<Answer> {
  const request = toChatRequest(call.body, call.headers);
  if (call.body.stream !== true) return answerWhole(parts, call, request, completionBody);
  return answerStream(parts, call, request, (generationId, routing) => {
    const chunks = createChunks({
      generationId,
      created: Math.floor(parts.clock.now() / 1_000),
      requestedModel: request.model ?? call.catalog.defaultModel,
      providerName: (slug) => call.catalog.provider(slug)?.name ?? slug,
      routing,
    });
    return chunks.write;
  });
}

function answerText(parts: RestParts, call: Call<TextBody, undefined>): Promise<Answer> {
  const request = toTextRequest(call);
  if (call.body.stream !== true) return answerWhole(parts, call, request, textCompletionBody);
  return answerStream(parts, call, request, (generationId, routing) =>
    createTextChunks({
      generationId,
      created: Math.floor(parts.clock.now() / 1_000),
      requestedModel: request.model ?? call.catalog.defaultModel,
      providerName: (slug) => call.catalog.provider(slug)?.name ?? slug,
      routing,
    }),
  );
}

type Asked = Pick<Call<unknown, unknown>, 'caller' | 'signal' | 'headers' | 'catalog'>;

/** Runs a request to its end, and answers with what a dialect makes of the completion; as `longJson` where that may be large. */
export async function answerWhole(
  { generations }: RestParts,
  { caller, signal, headers, catalog }: Asked,
  request: ChatRequest,
  bodyOf: (completion: Completion) => object,
  type: 'json' | 'longJson' = 'json',
): Promise<Answer> {
  const routing = routingMetadataFor(request, headers, catalog);
  let generationId: string | undefined;
  const onAccepted = (id: string) => {
    generationId = id;
  };
  const completion = await generations
    .complete(request, { ...toTreatment(headers), caller, signal, onAccepted })
    .catch((error: unknown) => {
      throw generationId === undefined ? error : new FailedGeneration(generationId, error, routing);
    });
  if (completion.finishReason === 'cancelled') return { type: 'hangUp' };
  const body = { ...bodyOf(completion), ...routing.ofCompletion(completion) };
  return { type, body, headers: { 'x-generation-id': completion.generationId } };
}

/** Runs a request as a stream, written by what a dialect makes of a generation's events. */
export async function answerStream(
  { generations, clock }: RestParts,
  { caller, signal, headers, catalog }: Asked,
  request: ChatRequest,
  createWriter: (generationId: string, routing: RoutingMetadata) => WriteEvents,
): Promise<Answer> {
  const events = generations.stream(request, { ...toTreatment(headers), caller, signal });
  const routing = routingMetadataFor(request, headers, catalog);
  return streamAnswer(events, clock, (generationId) => createWriter(generationId, routing), routing);
}
