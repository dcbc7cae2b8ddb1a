import { answerStream, answerWhole, operationOf } from '../chat/chat-routes.ts';
import { type RestParts, type Route, route } from '../route.ts';
import { messageOf } from './blocks.ts';
import { messagesError } from './errors.ts';
import { messagesBody, toChatRequest } from './request.ts';
import { createMessageWriter } from './stream.ts';

/** `POST /messages`. */
export function createMessagesRoutes(parts: RestParts): readonly Route[] {
  return [
    route({
      method: 'POST',
      path: '/messages',
      summary: "Answers in the words of Anthropic's Messages API.",
      body: messagesBody,
      errors: messagesError,
      operation: operationOf,
      answer: (call) => {
        const request = toChatRequest(call.body, call.headers);
        if (call.body.stream !== true) return answerWhole(parts, call, request, messageOf);
        return answerStream(parts, call, request, createMessageWriter);
      },
    }),
  ];
}
