import type { ChatRequest } from '../../chat.ts';
import type { Completion } from '../../completion.ts';
import { streamAnswer, type WriteEvents } from '../generation-frames.ts';
import { type Answer, type Call, type RestParts, type Route, route } from '../route.ts';
import { completionBody } from './answer.ts';
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
      operation: operationOf,
      answer: (call) => answerChat(parts, call),
    }),
    route({
      method: 'POST',
      path: '/completions',
      summary: 'Answers one text, in the older form.',
      body: textBody,
      operation: operationOf,
      answer: (call) => answerText(parts, call),
    }),
  ];
}

/** Which operation of the GraphQL API a request is the same as. */
export function operationOf({ stream }: { readonly stream?: boolean | null | undefined }): string {
  return stream === true ? 'streamChatCompletion' : 'createChatCompletion';
}

function answerChat(parts: RestParts, call: Call<ChatBody, undefined>): Promise<Answer> {
  const request = toChatRequest(call.body, call.headers);
  if (call.body.stream !== true) return answerWhole(parts, call, request, completionBody);
  return answerStream(parts, call, request, (generationId) => {
    const chunks = createChunks({
      generationId,
      created: Math.floor(parts.clock.now() / 1_000),
      requestedModel: request.model ?? call.catalog.defaultModel,
      providerName: (slug) => call.catalog.provider(slug)?.name ?? slug,
    });
    return chunks.write;
  });
}

function answerText(parts: RestParts, call: Call<TextBody, undefined>): Promise<Answer> {
  const request = toTextRequest(call);
  if (call.body.stream !== true) return answerWhole(parts, call, request, textCompletionBody);
  return answerStream(parts, call, request, (generationId) =>
    createTextChunks({
      generationId,
      created: Math.floor(parts.clock.now() / 1_000),
      requestedModel: request.model ?? call.catalog.defaultModel,
    }),
  );
}

/** Runs a request to its end, and answers with what a dialect makes of the completion. */
export async function answerWhole(
  { generations }: RestParts,
  { caller, signal, headers }: Pick<Call<unknown, unknown>, 'caller' | 'signal' | 'headers'>,
  request: ChatRequest,
  bodyOf: (completion: Completion) => unknown,
): Promise<Answer> {
  const completion = await generations.complete(request, { ...toTreatment(headers), caller, signal });
  if (completion.finishReason === 'cancelled') return { type: 'hangUp' };
  return { type: 'json', body: bodyOf(completion), headers: { 'x-generation-id': completion.generationId } };
}

/** Runs a request as a stream, written by what a dialect makes of a generation's events. */
export async function answerStream(
  { generations, clock }: RestParts,
  { caller, signal, headers }: Pick<Call<unknown, unknown>, 'caller' | 'signal' | 'headers'>,
  request: ChatRequest,
  createWriter: (generationId: string) => WriteEvents,
): Promise<Answer> {
  const events = generations.stream(request, { ...toTreatment(headers), caller, signal });
  return streamAnswer(events, clock, createWriter);
}
