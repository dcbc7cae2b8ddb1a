import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { GraphQLError, type GraphQLSchema } from 'graphql';
import type { Context } from '../schema/builder.ts';
import type { AccountsFace } from './accounts/accounts.ts';
import type { Caller } from './caller.ts';
import type { Catalog } from './catalog.ts';
import type { Clock } from './clock.ts';
import type { EventTypeNames } from './graphql/compile-selection.ts';
import { createMaskError } from './graphql/mask-error.ts';
import { createOperations } from './graphql/operations.ts';
import { writePayloads } from './graphql/server-sent-events.ts';
import { createSockets } from './graphql/websocket.ts';
import { createGraphQLOverHttp, type HttpContext } from './graphql/yoga.ts';
import { createRest, type RestParts } from './openai/rest.ts';
import type { EndpointHealthReader } from './routing/endpoint-health.ts';
import type { Access } from './server/access.ts';
import { refusalFor } from './server/account-refusals.ts';
import { createActivity } from './server/activity.ts';
import { createAddressOf } from './server/client-address.ts';
import { createGraphiql } from './server/graphiql.ts';
import { answer, answerJson, answerUpgrade } from './server/http-answers.ts';
import { createGuards, type Refusal } from './server/http-guards.ts';
import { type Listening, listen } from './server/listening.ts';
import type { Metrics } from './server/metrics.ts';
import { keyless, noGraphiql, notAdministrator, notFound, shuttingDown } from './server/refusals.ts';
import type { ServerLog } from './server/server-log.ts';
import type { ServerSettings } from './server/server-settings.ts';
import { shutDown } from './server/shutdown.ts';
import type { Generations } from './streams/generations.ts';

export interface ServerOptions {
  readonly schema: GraphQLSchema;
  /** The GraphQL type of each kind of stream event. */
  readonly eventTypeNames: EventTypeNames;
  /** The catalog of now; each request keeps the one that it began with. */
  readonly catalog: () => Catalog;
  readonly generations: Generations;
  readonly health: EndpointHealthReader;
  readonly accounts: AccountsFace;
  /** How many tokens the text of a prompt has, about. */
  readonly countText: RestParts['countText'];
  readonly access: Access;
  readonly settings: ServerSettings;
  readonly metrics: Metrics;
  readonly log: ServerLog;
  readonly clock: Clock;
}

export interface PointsmanServer {
  /** Gives a URL that works on this machine. Rejects with the operating system's error, e.g. `code: 'EADDRINUSE'`. */
  readonly listen: () => Promise<Listening>;
  /** Takes no new work, waits up to `graceMs` for what is in flight, ends the rest, and closes everything. Safe to call again. */
  readonly drain: (graceMs?: number) => Promise<void>;
  /** Drains without waiting. */
  readonly close: () => Promise<void>;
}

const knownRoutes: ReadonlySet<string> = new Set(['/graphql', '/health', '/ready', '/metrics', '/']);
const endpoint = '/graphql';

/** Serves GraphQL over HTTP, server-sent events and WebSocket, the REST face, GraphiQL, health and metrics. Does nothing until `listen`. */
export function createServer(options: ServerOptions): PointsmanServer {
  const { settings, access, metrics, log, clock } = options;
  const guards = createGuards(settings);
  const addressOf = createAddressOf(settings.trustedProxies);
  const activity = createActivity();
  const graphiql = createGraphiql();
  const maskError = createMaskError(log);
  const operations = createOperations({
    schema: options.schema,
    eventTypeNames: options.eventTypeNames,
    maskError,
    forStrangers: access.forStrangers,
  });
  const graphql = createGraphQLOverHttp({ ...settings, schema: options.schema, operations, maskError, metrics, log });
  const rest = createRest({
    ...options,
    bodyLimitBytes: settings.bodyLimitBytes,
    stallMs: settings.eventStreams.stallMs,
  });
  const sockets = createSockets({
    settings: { ...settings.sockets, maxMessageBytes: settings.bodyLimitBytes },
    access,
    addressOf,
    schema: options.schema,
    operations,
    maskError,
    context: contextOf,
    activity,
    draining: () => drained !== undefined,
    metrics,
    log,
    clock,
  });
  let drained: Promise<void> | undefined;

  const http = createHttpServer((request, response) => {
    observe(request, response);
    handle(request, response).catch((error: unknown) => {
      const { message, extensions } = maskError(error);
      if (response.headersSent) response.destroy();
      else answerJson(response, 500, { errors: [{ message, extensions }] });
    });
  });
  http.on('upgrade', upgrade);

  function contextOf(caller: Caller, signal: AbortSignal): Context {
    const { generations, health, accounts } = options;
    return { catalog: options.catalog(), generations, health, accounts, caller, signal };
  }

  /** Who asks, or why he is turned away. */
  async function identify(request: IncomingMessage): Promise<Caller | Refusal> {
    const { headers } = request;
    if (access.keyed && !access.present(headers)) return keyless;
    const address = addressOf(request);
    try {
      return await access.identify(headers, { address, headers });
    } catch (error) {
      const refusal = refusalFor(error);
      log.debug({ address, reason: refusal.reason }, 'a key was refused');
      return refusal;
    }
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.setHeader('x-content-type-options', 'nosniff');
    const misaddressed = guards.addressed(request);
    if (misaddressed !== undefined) return refuse(response, misaddressed);
    for (const [name, value] of Object.entries(guards.corsHeaders(request))) response.setHeader(name, value);
    if (request.method === 'OPTIONS') return answer(response, 204, {});
    switch (pathOf(request)) {
      case '/health':
        return answerJson(response, 200, { status: 'ok' });
      case '/ready':
        return drained === undefined
          ? answerJson(response, 200, { status: 'ready' })
          : answerJson(response, 503, { status: 'shutting down' });
      case '/metrics': {
        const caller = await identify(request);
        if ('status' in caller) return refuse(response, caller);
        // What a key of one account may not see of the others; an open server has none.
        if (access.keyed && !caller.scopes.has('admin')) return refuse(response, notAdministrator);
        return answer(response, 200, { 'content-type': metrics.contentType }, await metrics.print());
      }
      case '/':
        if (settings.graphiql) return answer(response, 302, { location: endpoint });
        return answer(
          response,
          200,
          { 'content-type': 'text/plain; charset=utf-8' },
          `Pointsman. The API is at ${endpoint}.\n`,
        );
      case endpoint:
        return serveGraphQL(request, response);
      default:
        if (rest.owns(pathOf(request))) return serveRest(request, response);
        return refuse(response, notFound);
    }
  }

  async function serveGraphQL(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (drained !== undefined) return refuse(response, shuttingDown);
    if (request.method === 'GET' && request.headers.accept?.includes('text/html') === true) {
      if (!settings.graphiql) return refuse(response, noGraphiql);
      const { status, headers, body } = await graphiql.page(request.headers);
      return answer(response, status, headers, body);
    }
    const misshaped = guards.shaped(request);
    if (misshaped !== undefined) return refuse(response, misshaped);
    const caller = await identify(request);
    if ('status' in caller) return refuse(response, caller);
    await attend(response, caller, async (signal) => {
      const onAccepted = (generationId: string) => {
        if (!response.headersSent) response.appendHeader('x-generation-id', generationId);
      };
      const context: HttpContext & Context = {
        ...{ req: request, res: response, onAccepted },
        ...contextOf(caller, signal),
      };
      await deliver(await graphql(request, response, context), context);
    });
  }

  async function serveRest(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (drained !== undefined) return refuse(response, shuttingDown);
    const matched = rest.match(request);
    if ('status' in matched) return refuse(response, matched);
    const caller = await identify(request);
    if ('status' in caller) return refuse(response, caller);
    const streamOpened = () => metrics.streamOpened('sse');
    await attend(response, caller, (signal) =>
      rest.serve(matched, { request, response, caller, signal, streamOpened }),
    );
  }

  /** Does the work of a request, whose signal aborts when the caller hangs up, his key is revoked, or the server closes. */
  async function attend(
    response: ServerResponse,
    caller: Caller,
    work: (signal: AbortSignal) => Promise<void>,
  ): Promise<void> {
    const controller = new AbortController();
    const ended = activity.begin(() => controller.abort());
    const hangUp = () => controller.abort();
    response.once('close', hangUp);
    caller.revoked.addEventListener('abort', hangUp);
    if (response.closed || caller.revoked.aborted) hangUp();
    try {
      await work(controller.signal);
    } finally {
      response.off('close', hangUp);
      caller.revoked.removeEventListener('abort', hangUp);
      ended();
    }
  }

  async function deliver(result: Response, { res, signal, events }: HttpContext & Context): Promise<void> {
    if (events === undefined) {
      const body = await result.text();
      return answer(res, result.status, { 'cache-control': 'no-store', ...Object.fromEntries(result.headers) }, body);
    }
    const streamEnded = metrics.streamOpened('sse');
    await writePayloads(events, res, settings.eventStreams, clock, signal).finally(streamEnded);
  }

  function upgrade(request: IncomingMessage, stream: Duplex, head: Buffer): void {
    stream.on('error', (error) => log.debug({ err: error }, 'a connection broke'));
    const refusal =
      drained !== undefined
        ? shuttingDown
        : (guards.addressed(request) ?? (pathOf(request) === endpoint ? undefined : notFound));
    if (refusal === undefined) {
      sockets.upgrade(request, stream, head);
      return;
    }
    metrics.refusal(refusal.reason);
    answerUpgrade(stream, refusal.status);
  }

  function refuse(response: ServerResponse, refusal: Refusal): void {
    metrics.refusal(refusal.reason);
    const path = pathOf(response.req);
    if (rest.owns(path)) {
      rest.refuse(response, path, refusal);
      return;
    }
    for (const [name, value] of Object.entries(refusal.headers ?? {})) response.setHeader(name, value);
    const error = new GraphQLError(refusal.message, { extensions: { code: refusal.reason.toUpperCase() } });
    answerJson(response, refusal.status, { errors: [error] });
  }

  function observe(request: IncomingMessage, response: ServerResponse): void {
    const startedAt = clock.monotonic();
    response.once('close', () => {
      const path = pathOf(request);
      const route = knownRoutes.has(path) ? path : rest.owns(path) ? '/api/v1' : 'other';
      const durationMs = clock.monotonic() - startedAt;
      metrics.request({ route, method: request.method ?? '', status: response.statusCode, durationMs });
    });
  }

  const drain = (graceMs: number = settings.shutdownMs) => {
    drained ??= shutDown({ http, sockets, activity, generations: options.generations, clock }, graceMs);
    return drained;
  };

  return {
    listen: () => listen(http, settings),
    drain,
    close: () => {
      activity.endAll();
      return drain(0);
    },
  };
}

function pathOf(request: IncomingMessage): string {
  return (request.url ?? '/').split('?', 1)[0] ?? '/';
}
