import './model.ts';
import './provider.ts';
import './endpoint.ts';
import './model-list.ts';
import './endpoint-health.ts';
import './error.ts';
import './chat.ts';
import './chat-stream.ts';
import './generation.ts';
import './route-plan.ts';
import './node.ts';
import { builder } from './builder.ts';

/** The GraphQL schema: what the API says. `schema.graphql` is printed from it. */
export const schema = builder.toSchema({ sortSchema: false });
