import { answerStream, answerWhole, generationHeaders, operationOf } from '../chat/chat-routes.ts';
import { type RestParts, type Route, route } from '../route.ts';
import { responseEventShape, responseShape } from './answer-shapes.ts';
import { responsesError } from './errors.ts';
import { toChatRequest } from './request.ts';
import { responsesBody } from './request-body.ts';
import { responseOf } from './response.ts';
import { createResponseWriter } from './stream.ts';

/** `POST /responses`. */
export function createResponsesRoutes(parts: RestParts): readonly Route[] {
  const { clock } = parts;
  return [
    route({
      method: 'POST',
      path: '/responses',
      summary: "Answers in the words of OpenAI's Responses API, without keeping anything between requests.",
      body: responsesBody,
      answers: responseShape,
      events: responseEventShape,
      headers: generationHeaders,
      errors: responsesError,
      operation: operationOf,
      answer: (call) => {
        const { body } = call;
        const request = toChatRequest(body, call.headers);
        if (body.stream !== true) {
          const whole = (completion: Parameters<typeof responseOf>[0]) =>
            responseOf(completion, body, Math.floor(clock.now() / 1_000));
          return answerWhole(parts, call, request, whole);
        }
        const requestedModel = request.model ?? call.catalog.defaultModel;
        return answerStream(parts, call, request, (generationId, routing) =>
          createResponseWriter({ generationId, body, requestedModel, clock, routing }),
        );
      },
    }),
  ];
}
