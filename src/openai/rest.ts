import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Caller } from '../caller.ts';
import { InvalidRequest } from '../errors.ts';
import { writeEventStream } from '../server/event-stream.ts';
import { answerInPieces, answer as write } from '../server/http-answers.ts';
import type { Refusal } from '../server/http-guards.ts';
import { depthExceeds, mostJsonDepth } from '../server/json-depth.ts';
import { readBytes, UnreadableBody } from '../server/request-bytes.ts';
import type { ServerLog } from '../server/server-log.ts';
import { FailedGeneration } from './failed-generation.ts';
import { type ErrorSkin, type Failure, failureOf, openRouterError, refusal } from './failure.ts';
import { jsonPieces } from './json-pieces.ts';
import type { Answer, AnswerHeaders, RestParts, Route } from './route.ts';
import { createRoutes } from './routes.ts';

export type { RestParts } from './route.ts';

/** A request that has found its route. */
export interface Matched {
  readonly route: Route;
  readonly parameters: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
}

/** The REST face: OpenAI's and OpenRouter's wire formats, on the same generations, keys and books as GraphQL. */
export interface Rest {
  /** Whether a path belongs to it. */
  readonly owns: (path: string) => boolean;
  /** What a request asks for, or why it is turned away. */
  readonly match: (request: IncomingMessage) => Matched | Refusal;
  /** Answers, whatever happens; resolves when the answer has been written, a stream's to its end. */
  readonly serve: (matched: Matched, exchange: Exchange) => Promise<void>;
  /** Turns a request away in the words of the dialect that its path belongs to. */
  readonly refuse: (response: ServerResponse, path: string, refusal: Refusal) => void;
}

/** One request, from whom it is, and how its answer is written. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly caller: Caller;
  /** Aborts when the caller hangs up. */
  readonly signal: AbortSignal;
  /** The returned function says that the stream has ended. */
  readonly streamOpened: () => () => void;
}

export interface RestOptions extends RestParts {
  readonly bodyLimitBytes: number;
  /** A reader of a stream that takes nothing for so long loses its connection. */
  readonly stallMs: number;
  readonly log: ServerLog;
}

const bases = ['/api/v1', '/v1'] as const;
/** Proxies cut what is silent for longer; 15 s is the shortest that is usual. */
const pingMs = 10_000;
/** One newline: some clients take a comment that is followed by an empty line for an event without data. */
const comment = ': POINTSMAN PROCESSING\n';
/** Paths are short; what is longer than that names nothing. */
const mostPathLength = 1_000;

const jsonHeaders = { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' };

export function createRest(options: RestOptions): Rest {
  const { bodyLimitBytes, stallMs, clock, log } = options;
  const routes = createRoutes(options).map((route) => ({ route, parts: route.path.split('/').slice(1) }));

  function find(path: string): { readonly route: Route; readonly parameters: Readonly<Record<string, string>> }[] {
    const base = bases.find((start) => path.startsWith(`${start}/`));
    if (base === undefined || path.length > mostPathLength) return [];
    const given = path
      .slice(base.length + 1)
      .replace(/\/$/, '')
      .split('/');
    return routes.flatMap(({ route, parts }) => {
      const parameters = parametersOf(parts, given);
      return parameters === undefined ? [] : [{ route, parameters }];
    });
  }

  const skinOf = (path: string): ErrorSkin => find(path)[0]?.route.errors ?? openRouterError;

  async function answerOf({ route, parameters, query }: Matched, exchange: Exchange): Promise<Answer> {
    const { request, caller, signal } = exchange;
    const body = route.body === undefined ? undefined : await readJson(request, bodyLimitBytes);
    return route.answer({
      parameters,
      query,
      headers: request.headers,
      body,
      caller,
      catalog: options.catalog(),
      signal,
    });
  }

  function failed(error: unknown, signal: AbortSignal, requested?: readonly string[]): Failure {
    const known = error instanceof UnreadableBody ? refusal(error.status, error.message) : failureOf(error, requested);
    if (known !== undefined) return known;
    if (signal.aborted) return refusal(503, 'The request was broken off.');
    const errorId = randomUUID();
    log.error({ err: error, errorId }, 'unexpected error in a REST request');
    return {
      status: 500,
      type: 'server',
      message: `Something went wrong inside the router. The operator finds it in the log under ${errorId}.`,
    };
  }

  return {
    owns: (path) => bases.some((base) => path === base || path.startsWith(`${base}/`)),
    match(request) {
      const [path = '/', search = ''] = (request.url ?? '/').split('?', 2);
      const found = find(path);
      if (found.length === 0) {
        return {
          status: 404,
          reason: 'not_found',
          message: 'There is nothing here. /api/v1/openapi.json lists what there is.',
        };
      }
      const method = request.method === 'HEAD' ? 'GET' : request.method;
      const match = found.find(({ route }) => route.method === method);
      if (match === undefined) {
        const allow = [...new Set(found.map(({ route }) => route.method))].join(', ');
        return { status: 405, reason: 'method_not_allowed', message: `Use ${allow}.`, headers: { allow } };
      }
      if (match.route.body !== undefined && !isPlainJson(request)) {
        return {
          status: 415,
          reason: 'unsupported_media_type',
          message: 'Send the body as application/json, not compressed.',
        };
      }
      return { ...match, query: new URLSearchParams(search) };
    },

    async serve(matched, exchange) {
      const { response, signal } = exchange;
      try {
        const answer = await answerOf(matched, exchange);
        switch (answer.type) {
          case 'json':
            return writeJson(response, answer.status ?? matched.route.status, answer.body, answer.headers);
          case 'longJson': {
            const headers = { ...jsonHeaders, ...answer.headers };
            return await answerInPieces(
              response,
              matched.route.status,
              headers,
              jsonPieces(answer.body),
              clock,
              stallMs,
            );
          }
          case 'stream': {
            const ended = exchange.streamOpened();
            const { headers, keepAlive = comment } = answer;
            const form = { pingMs, stallMs, headers, opening: comment, keepAlive };
            const whole = await writeEventStream(answer.frames, response, form, clock, signal).finally(ended);
            if (whole) response.end();
            else response.destroy();
            return;
          }
          case 'hangUp':
            response.destroy();
        }
      } catch (error) {
        const generation = error instanceof FailedGeneration ? error : undefined;
        const failure = failed(generation?.cause ?? error, signal, generation?.routing.requested);
        if (response.headersSent) response.destroy();
        else writeFailure(response, matched.route.errors, failure, generation);
      }
    },

    refuse(response, path, { status, message, headers }) {
      writeJson(response, status, skinOf(path)(refusal(status, message)), headers);
    },
  };
}

function parametersOf(
  parts: readonly string[],
  given: readonly string[],
): Readonly<Record<string, string>> | undefined {
  if (parts.length !== given.length) return undefined;
  const parameters: Record<string, string> = {};
  for (const [index, part] of parts.entries()) {
    const value = decoded(given[index] ?? '');
    if (value === undefined) return undefined;
    if (part.startsWith(':')) parameters[part.slice(1)] = value;
    else if (part !== value) return undefined;
  }
  return parameters;
}

function decoded(text: string): string | undefined {
  try {
    const value = decodeURIComponent(text);
    return value === '' ? undefined : value;
  } catch {
    return undefined;
  }
}

function isPlainJson({ headers }: IncomingMessage): boolean {
  const type = headers['content-type']?.split(';')[0]?.trim().toLowerCase();
  return type === 'application/json' && (headers['content-encoding'] ?? 'identity') === 'identity';
}

async function readJson(request: IncomingMessage, limitBytes: number): Promise<unknown> {
  const bytes = await readBytes(request, limitBytes);
  let body: unknown;
  try {
    body = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw new InvalidRequest('The body is not valid JSON in UTF-8.');
  }
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new InvalidRequest('The body is not a JSON object.');
  }
  if (depthExceeds(body, mostJsonDepth)) {
    throw new InvalidRequest(`The body is nested more than ${mostJsonDepth} levels deep.`);
  }
  return body;
}

function writeJson(response: ServerResponse, status: number, body: unknown, headers: AnswerHeaders = {}): void {
  write(response, status, { ...jsonHeaders, ...headers }, JSON.stringify(body));
}

function writeFailure(
  response: ServerResponse,
  skin: ErrorSkin,
  failure: Failure,
  generation?: FailedGeneration,
): void {
  const { status, retryAfterMs } = failure;
  const headers = {
    ...(retryAfterMs !== undefined && { 'retry-after': String(Math.max(1, Math.ceil(retryAfterMs / 1_000))) }),
    ...(generation !== undefined && { 'x-generation-id': generation.generationId }),
    ...(status === 401 && { 'www-authenticate': 'Bearer' }),
  };
  writeJson(response, status, { ...skin(failure), ...generation?.routing.ofFailure(generation.cause) }, headers);
}
