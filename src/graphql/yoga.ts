import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  type DefinitionNode,
  type ExecutionArgs,
  type ExecutionResult,
  GraphQLError,
  type GraphQLSchema,
  Kind,
  OperationTypeNode,
} from 'graphql';
import { createYoga, type Plugin } from 'graphql-yoga';
import type { Caller } from '../caller.ts';
import type { Metrics } from '../server/metrics.ts';
import { readJsonBody } from '../server/request-body.ts';
import type { ServerLog } from '../server/server-log.ts';
import type { MaskError } from './mask-error.ts';
import type { Operations } from './operations.ts';
import { type Payloads, payloadOf } from './payloads.ts';

/** What travels with one HTTP request through Yoga; resolvers see it as their context. */
export interface HttpContext {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly caller: Caller;
  /** Set where the answer is a stream of events, which the server writes itself. */
  events?: Payloads;
}

export interface GraphQLOverHttpOptions {
  readonly schema: GraphQLSchema;
  readonly operations: Operations;
  readonly maskError: MaskError;
  readonly bodyLimitBytes: number;
  readonly metrics: Metrics;
  readonly log: ServerLog;
}

/** Answers one request to `/graphql`. Where `context.events` is set afterwards, the response has no body. */
export type GraphQLOverHttp = (req: IncomingMessage, res: ServerResponse, context: HttpContext) => Promise<Response>;

/**
 * GraphQL over HTTP by Yoga, which negotiates, reads parameters and picks status codes. Parsing, validation, limits and execution
 * are `operations`, as for WebSockets; bodies are read by us, once, within the limit.
 */
export function createGraphQLOverHttp(options: GraphQLOverHttpOptions): GraphQLOverHttp {
  const { log, maskError } = options;
  const yoga = createYoga<HttpContext>({
    schema: options.schema,
    plugins: [createPlugin(options)],
    maskedErrors: { maskError },
    cors: false,
    graphiql: false,
    landingPage: false,
    batching: false,
    multipart: false,
    parserAndValidationCache: false,
    maxRequestBodySize: false,
    logging: {
      debug: () => undefined,
      info: () => undefined,
      warn: (message: unknown) => log.warn({ detail: message }, 'graphql-yoga'),
      error: (error: unknown) => log.debug({ err: error }, 'masked'),
    },
  });
  return async (req, res, context) => yoga.handleNodeRequestAndResponse(req, res, context);
}

function createPlugin({
  operations,
  maskError,
  bodyLimitBytes,
  metrics,
}: GraphQLOverHttpOptions): Plugin<HttpContext, HttpContext> {
  const { documents } = operations;
  /** What is written by the server itself, by what stands for it on its way through Yoga. */
  const streams = new WeakMap<object, Payloads>();
  const streaming = (payloads: Payloads) => {
    const placeholder = {};
    streams.set(placeholder, payloads);
    return placeholder;
  };
  /** The result of a query or a mutation, for a caller who is kept alive while it is made. */
  const inTheMaking = (args: ExecutionArgs & { readonly contextValue: HttpContext }) =>
    payloadOf(
      operations
        .execute(args, args.contextValue)
        .catch((error: unknown): ExecutionResult => ({ errors: [maskError(error)] }))
        .then((result) => JSON.stringify(result)),
    );
  return {
    onRequestParse: ({ request, serverContext, setRequestParser }) => {
      if (request.method === 'POST') setRequestParser(() => readJsonBody(serverContext.req, bodyLimitBytes));
    },
    onParse: ({ setParseFn }) => setParseFn(documents.parse),
    onValidate: ({ setValidationFn }) => setValidationFn(documents.validate),
    onExecute: ({ args, setExecuteFn, setResultAndStopExecution }) => {
      const errors = operations.check(args, args.contextValue.caller);
      if (errors.length > 0) return setResultAndStopExecution(refused({ errors }));
      metrics.operation(args.document.definitions.some(isMutation) ? 'mutation' : 'query', 'http');
      if (prefersEvents(args.contextValue.req.headers.accept ?? '*/*'))
        setExecuteFn(() => streaming(inTheMaking(args)));
      else setExecuteFn(async () => refused(await operations.execute(args, args.contextValue)));
    },
    onSubscribe: ({ args, setSubscribeFn, setResultAndStopExecution }) => {
      const errors = operations.check(args, args.contextValue.caller);
      if (errors.length > 0) return setResultAndStopExecution(refused({ errors }));
      metrics.operation('subscription', 'sse');
      setSubscribeFn(async () => {
        const result = await operations.subscribe(args, args.contextValue);
        return 'next' in result ? streaming(result) : refused(result);
      });
    },
    onResultProcess: ({ request, result, serverContext, setResultProcessor }) => {
      const accept = request.headers.get('accept') ?? '*/*';
      const stream = streams.get(result);
      if (stream !== undefined && !accepts(accept, 'text/event-stream')) {
        stream.return();
        setResultProcessor((_, fetchAPI) => new fetchAPI.Response(null, { status: 406 }), 'text/event-stream');
      } else if (stream !== undefined) {
        setResultProcessor((_, fetchAPI) => {
          serverContext.events = stream;
          return new fetchAPI.Response(null);
        }, 'text/event-stream');
      } else if (prefersEvents(accept)) {
        setResultProcessor((single, fetchAPI) => {
          const text = JSON.stringify(withoutHttp(single));
          const status = statusOf(single);
          if (status >= 400)
            return new fetchAPI.Response(text, {
              status,
              headers: { 'content-type': 'application/json; charset=utf-8' },
            });
          serverContext.events = payloadOf(text);
          return new fetchAPI.Response(null);
        }, 'text/event-stream');
      }
    },
  };
}

/** Adds the status that a result without data has over HTTP; a caller that accepts only `application/json` still gets 200. */
function refused(result: ExecutionResult): ExecutionResult {
  if ('data' in result || result.errors === undefined) return result;
  return {
    errors: result.errors.map(
      (error) =>
        new GraphQLError(error.message, {
          nodes: error.nodes,
          path: error.path,
          extensions: { ...error.extensions, http: { status: 400, spec: true } },
        }),
    ),
  };
}

function accepts(accept: string, type: string): boolean {
  const [family] = type.split('/');
  return mediaTypes(accept).some((name) => name === type || name === '*/*' || name === `${family}/*`);
}

/** Whether a stream of events is what the caller named first. */
function prefersEvents(accept: string): boolean {
  return mediaTypes(accept)[0] === 'text/event-stream';
}

function mediaTypes(accept: string): string[] {
  return accept.split(',').map((part) => (part.split(';')[0] ?? '').trim().toLowerCase());
}

function errorsOf(result: unknown): readonly unknown[] {
  return typeof result === 'object' && result !== null && 'errors' in result && Array.isArray(result.errors)
    ? result.errors
    : [];
}

function statusOf(result: unknown): number {
  const statuses = errorsOf(result).map((error) => {
    const http = error instanceof GraphQLError ? error.extensions.http : undefined;
    if (typeof http !== 'object' || http === null || 'spec' in http) return 200;
    return 'status' in http && typeof http.status === 'number' ? http.status : 200;
  });
  return Math.max(200, ...statuses);
}

/** `extensions.http` is between Yoga and us. */
function withoutHttp(result: unknown): unknown {
  const errors = errorsOf(result).map((error) => {
    if (!(error instanceof GraphQLError)) return error;
    const { http: _, ...extensions } = error.extensions;
    return { ...error.toJSON(), extensions };
  });
  return errors.length === 0 ? result : { ...Object(result), errors };
}

function isMutation(definition: DefinitionNode): boolean {
  return definition.kind === Kind.OPERATION_DEFINITION && definition.operation === OperationTypeNode.MUTATION;
}
