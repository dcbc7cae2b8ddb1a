import { answerStream, answerWhole, operationOf } from '../chat/chat-routes.ts';
import { type RestParts, type Route, route } from '../route.ts';
import { messageOf } from './blocks.ts';
import { messagesError } from './errors.ts';
import { messagesBody, toChatRequest } from './request.ts';
import { createMessageWriter } from './stream.ts';

/** The dialect's own sign of life. */
const ping = 'event: ping\ndata: {"type":"ping"}\n\n';

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
      answer: async (call) => {
        const request = toChatRequest(call.body, call.headers);
        if (call.body.stream !== true) return answerWhole(parts, call, request, messageOf);
        const answer = await answerStream(parts, call, request, createMessageWriter);
        return answer.type === 'stream' ? { ...answer, keepAlive: ping } : answer;
      },
    }),
  ];
}
