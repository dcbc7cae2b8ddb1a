import { demandInference } from '../../accounts/caller-rights.ts';
import { mediaTokensOf, messageTokens } from '../../accounts/charges.ts';
import type { ChatRequest } from '../../chat.ts';
import { ModelNotFound } from '../../errors.ts';
import { answerStream, answerWhole, generationHeaders, operationOf } from '../chat/chat-routes.ts';
import { type RestParts, type Route, route } from '../route.ts';
import { messageEventShape, messageShape, tokenCountShape } from './answer-shapes.ts';
import { messageOf } from './blocks.ts';
import { messagesError } from './errors.ts';
import { messagesBody, promptBody, toChatRequest } from './request.ts';
import { createMessageWriter } from './stream.ts';

/** The dialect's own sign of life. */
const ping = 'event: ping\ndata: {"type":"ping"}\n\n';

/** `POST /messages`, and how many tokens such a request has. */
export function createMessagesRoutes(parts: RestParts): readonly Route[] {
  const { countText } = parts;
  return [
    route({
      method: 'POST',
      path: '/messages',
      summary: "Answers in the words of Anthropic's Messages API.",
      body: messagesBody,
      answers: messageShape,
      events: messageEventShape,
      headers: generationHeaders,
      errors: messagesError,
      operation: operationOf,
      answer: async (call) => {
        const request = toChatRequest(call.body, call.headers);
        if (call.body.stream !== true) return answerWhole(parts, call, request, messageOf);
        const answer = await answerStream(parts, call, request, createMessageWriter);
        return answer.type === 'stream' ? { ...answer, keepAlive: ping } : answer;
      },
    }),
    route({
      method: 'POST',
      path: '/messages/count_tokens',
      summary:
        "How many tokens a prompt has. An estimate: the text is counted by OpenAI's o200k vocabulary for every model, media by their size.",
      body: promptBody,
      answers: tokenCountShape,
      errors: messagesError,
      operation: () => 'routePlan',
      answer: async ({ body, headers, caller, catalog, signal }) => {
        demandInference(caller);
        const request = toChatRequest(body, headers);
        const { model = catalog.defaultModel } = request;
        if (catalog.model(model) === undefined) throw new ModelNotFound(model, catalog.suggest(model));
        const input_tokens = (await countText(request, signal)) + otherTokens(request);
        return { type: 'json', body: { input_tokens, is_estimate: true } };
      },
    }),
  ];
}

/** What a prompt has beside its text. */
function otherTokens({ messages }: ChatRequest): number {
  return messages.reduce((sum, { content }) => {
    const parts = typeof content === 'object' ? content : [];
    return sum + messageTokens + parts.reduce((tokens, part) => tokens + mediaTokensOf(part), 0);
  }, 0);
}
