import type { IncomingHttpHeaders } from 'node:http';
import type { z } from 'zod';
import type { AccountsFace } from '../accounts/accounts.ts';
import type { Caller } from '../caller.ts';
import type { Catalog } from '../catalog.ts';
import type { Prompt } from '../chat.ts';
import type { Clock } from '../clock.ts';
import { Forbidden } from '../errors.ts';
import type { EndpointHealthReader } from '../routing/endpoint-health.ts';
import type { Frames } from '../server/event-stream.ts';
import type { Generations } from '../streams/generations.ts';
import { parsed } from './check.ts';
import { type ErrorSkin, openRouterError } from './failure.ts';

/** What the routes work with. */
export interface RestParts {
  /** The catalog of now; each request keeps the one that it began with. */
  readonly catalog: () => Catalog;
  readonly generations: Generations;
  readonly health: EndpointHealthReader;
  readonly accounts: AccountsFace;
  /** How many tokens the text of a prompt has, about: no model's own tokenizer is asked. */
  readonly countText: (prompt: Prompt, signal: AbortSignal) => Promise<number>;
  readonly clock: Clock;
}

export type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE';

/** A request, as far as every route needs it. */
export interface Incoming {
  /** The parts of the path that the route names, decoded. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  /** The JSON of the body; `undefined` where the route takes none. */
  readonly body: unknown;
  readonly caller: Caller;
  readonly catalog: Catalog;
  /** Aborts when the caller hangs up. */
  readonly signal: AbortSignal;
}

/** The same, with what the route's schemas made of body and query. */
export interface Call<Body, Query> extends Omit<Incoming, 'body' | 'query'> {
  readonly body: Body;
  readonly query: Query;
}

/** How a request is answered. hangUp: the connection is closed, as there is nobody left to tell. */
export type Answer =
  | { readonly type: 'json'; readonly status?: number; readonly body: unknown; readonly headers?: AnswerHeaders }
  | LongAnswer
  | StreamAnswer
  | { readonly type: 'hangUp' };
export type AnswerHeaders = Readonly<Record<string, string>>;

/** An object whose lists may be so long that its JSON is made and written piece by piece, while others are served. */
export interface LongAnswer {
  readonly type: 'longJson';
  readonly body: object;
  readonly headers?: AnswerHeaders | undefined;
}

export interface StreamAnswer {
  readonly type: 'stream';
  readonly frames: Frames;
  readonly headers?: AnswerHeaders | undefined;
  /** What keeps a silent stream open; a comment by default. */
  readonly keepAlive?: string | undefined;
}

/** What a route says of itself, and does. */
export interface RouteDefinition<Body, Query> {
  readonly method: Method;
  /** Below the base, with named parts: `/models/:author/:slug/endpoints`. */
  readonly path: string;
  /** One sentence, for the OpenAPI document. */
  readonly summary: string;
  /** What checks the body, and describes it in the OpenAPI document. Absent: the route takes none. */
  readonly body?: z.ZodType<Body>;
  /** What checks the query: an object of texts. Parameters that it does not name are ignored. */
  readonly query?: z.ZodType<Query>;
  /** What a whole answer holds, for the OpenAPI document. */
  readonly answers: z.ZodType;
  /** What the data of each event of a streamed answer holds. Absent: the route streams nothing. */
  readonly events?: z.ZodType;
  /** The status of a whole answer; 200 by default. */
  readonly status?: number;
  /** Headers that change the answer, by name, each with a sentence for the OpenAPI document. */
  readonly headers?: Readonly<Record<string, string>>;
  /** OpenRouter's by default. */
  readonly errors?: ErrorSkin;
  /** Which root field of the GraphQL API a client token must be allowed for this; `undefined`: only tokens that may do everything. */
  readonly operation?: (body: Body) => string;
  /** Throws or rejects with what `failureOf` knows; anything else is a bug. */
  readonly answer: (call: Call<Body, Query>) => Answer | Promise<Answer>;
}

/** A route as the face uses it: its schemas have become part of what it does. */
export interface Route {
  readonly method: Method;
  readonly path: string;
  readonly summary: string;
  readonly body: z.ZodType | undefined;
  readonly query: z.ZodType | undefined;
  readonly answers: z.ZodType;
  readonly events: z.ZodType | undefined;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly errors: ErrorSkin;
  readonly answer: (incoming: Incoming) => Promise<Answer>;
}

/** Makes a route that checks what comes by its schemas before it answers. */
export function route<Body = undefined, Query = undefined>(definition: RouteDefinition<Body, Query>): Route {
  const { method, path, summary, body, query, answers, events, operation } = definition;
  const { headers = {}, errors = openRouterError, status = 200 } = definition;
  return {
    method,
    path,
    summary,
    body,
    query,
    answers,
    events,
    status,
    headers,
    errors,
    async answer(incoming) {
      const call: Call<Body, Query> = {
        ...incoming,
        body: parsed(body, incoming.body),
        query: parsed(query, Object.fromEntries(incoming.query)),
      };
      const { operations } = call.caller;
      const field = operation?.(call.body);
      if (operations !== undefined && (field === undefined || !operations.has(field))) {
        throw new Forbidden('The client token may not do this: it was made for other operations.');
      }
      return definition.answer(call);
    },
  };
}
