import { createAccountRoutes } from './account/account-routes.ts';
import { createKeyRoutes } from './account/key-routes.ts';
import { createCatalogRoutes } from './catalog/catalog-routes.ts';
import { createChatRoutes } from './chat/chat-routes.ts';
import { createEmbeddingsRoutes } from './embeddings/embeddings-routes.ts';
import { createMessagesRoutes } from './messages/messages-routes.ts';
import { openApiRoute } from './open-api.ts';
import { createResponsesRoutes } from './responses/responses-routes.ts';
import type { RestParts, Route } from './route.ts';

/** Everything that the REST face answers. */
export function createRoutes(parts: RestParts): readonly Route[] {
  const routes = [
    ...createChatRoutes(parts),
    ...createEmbeddingsRoutes(parts),
    ...createMessagesRoutes(parts),
    ...createResponsesRoutes(parts),
    ...createCatalogRoutes(parts),
    ...createAccountRoutes(parts),
    ...createKeyRoutes(parts),
  ];
  return [...routes, openApiRoute(routes)];
}
