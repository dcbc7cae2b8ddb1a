import './model.ts';
import './provider.ts';
import './endpoint.ts';
import './model-list.ts';
import './endpoint-health.ts';
import './error.ts';
import './chat.ts';
import './chat-stream.ts';
import './embedding.ts';
import './generation.ts';
import './route-plan.ts';
import './viewer.ts';
import './account-changes.ts';
import './api-key-changes.ts';
import './client-token-creation.ts';
import './recorded-generation.ts';
import './recorded-generation-list.ts';
import './activity.ts';
import './rankings.ts';
import './audit-log.ts';
import './node.ts';
import { builder } from './builder.ts';

/** The GraphQL schema: what the API says. `schema.graphql` is printed from it. */
export const schema = builder.toSchema({ sortSchema: false });
