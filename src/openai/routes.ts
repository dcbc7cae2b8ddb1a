import { createChatRoutes } from './chat/chat-routes.ts';
import { createMessagesRoutes } from './messages/messages-routes.ts';
import { createResponsesRoutes } from './responses/responses-routes.ts';
import type { RestParts, Route } from './route.ts';

/** Everything that the REST face answers. */
export function createRoutes(parts: RestParts): readonly Route[] {
  return [...createChatRoutes(parts), ...createMessagesRoutes(parts), ...createResponsesRoutes(parts)];
}
