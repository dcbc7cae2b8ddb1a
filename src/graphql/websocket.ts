import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type ExecutionArgs, GraphQLError, type GraphQLSchema, getOperationAST, OperationTypeNode } from 'graphql';
import { CloseCode, handleProtocols, makeServer } from 'graphql-ws';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Clock } from '../clock.ts';
import { type Access, askForKey } from '../server/access.ts';
import type { Activity } from '../server/activity.ts';
import { answerUpgrade } from '../server/http-answers.ts';
import type { Metrics } from '../server/metrics.ts';
import type { ServerLog } from '../server/server-log.ts';
import type { MaskError } from './mask-error.ts';
import { createOperationRun, type OperationRun } from './operation-run.ts';
import type { Operations } from './operations.ts';
import { createMessageGate, createStrangers, keepAlive } from './socket-limits.ts';
import { createSocketWriter, type SocketWriter } from './socket-writer.ts';

/** What one WebSocket, or one address, may take. */
export interface SocketSettings {
  readonly pingMs: number;
  /** From the socket's opening to the end of its authentication. */
  readonly initMs: number;
  /** A reader that takes nothing for so long loses its connection. */
  readonly stallMs: number;
  readonly maxOperations: number;
  readonly maxMessagesPerSecond: number;
  /** Sockets from one address that have not shown the key. */
  readonly maxStrangersPerAddress: number;
  readonly maxMessageBytes: number;
}

export interface SocketsOptions {
  readonly settings: SocketSettings;
  readonly access: Access;
  readonly operations: Operations;
  readonly schema: GraphQLSchema;
  readonly maskError: MaskError;
  /** The context of one operation. */
  readonly context: (signal: AbortSignal) => object;
  readonly activity: Activity;
  readonly draining: () => boolean;
  readonly metrics: Metrics;
  readonly log: ServerLog;
  readonly clock: Clock;
}

/** The WebSockets of the server, which speak graphql-transport-ws. */
export interface Sockets {
  /** Takes over a connection whose host and origin are already checked. */
  readonly upgrade: (request: IncomingMessage, stream: Duplex, head: Buffer) => void;
  /** Says goodbye to sockets without an operation. */
  readonly closeIdle: () => void;
  /** Says goodbye to all, and cuts off who does not answer within `graceMs`. Resolves when none is left. */
  readonly close: (graceMs: number) => Promise<void>;
}

interface Connection {
  readonly socket: WebSocket;
  readonly writer: SocketWriter;
  readonly request: IncomingMessage;
  trusted: boolean;
  acknowledged: boolean;
  operations: number;
  /** Says that this socket no longer counts among the strangers of its address. */
  readonly leaveStrangers: () => void;
}

type Extra = { readonly connection: Connection };

export function createSockets(options: SocketsOptions): Sockets {
  const { settings, access, operations, activity, metrics, log, clock } = options;
  const connections = new Set<Connection>();
  const strangers = createStrangers();
  const runs = new WeakMap<ExecutionArgs, OperationRun>();
  const run = (args: ExecutionArgs) =>
    runs.get(args) ?? { errors: [refusal('INTERNAL_SERVER_ERROR', 'The operation was lost.')] };

  const webSockets = new WebSocketServer({
    noServer: true,
    maxPayload: settings.maxMessageBytes,
    perMessageDeflate: false,
    clientTracking: false,
    handleProtocols,
  });

  const protocol = makeServer<Record<string, unknown> | undefined, Extra>({
    connectionInitWaitTimeout: 0,
    execute: run,
    subscribe: run,
    onConnect: ({ extra: { connection }, connectionParams }) => {
      if (access.present(connectionParams)) connection.trusted = access.judge(connectionParams) === 'trusted';
      if (!connection.trusted && (access.present(connectionParams) || access.present(connection.request.headers))) {
        metrics.refusal('wrong_key');
        return false;
      }
      if (connection.trusted) connection.leaveStrangers();
      connection.acknowledged = true;
      return true;
    },
    onSubscribe: ({ extra: { connection }, subscriptions }, id, payload) => {
      const { headers } = { headers: undefined, ...payload.extensions };
      if (options.draining()) return [refusal('SHUTTING_DOWN', 'The server is shutting down. Connect again.')];
      if (!connection.trusted && access.judge(headers) === 'refused') {
        metrics.refusal(access.present(headers) ? 'wrong_key' : 'no_key');
        const message = askForKey(access, headers, 'connectionParams { authorization: "Bearer …" }');
        return [refusal('UNAUTHENTICATED', message)];
      }
      if (Object.keys(subscriptions).length > settings.maxOperations) {
        metrics.refusal('too_many_operations');
        return [
          refusal('TOO_MANY_OPERATIONS', `One socket runs ${settings.maxOperations} operations at a time at most.`),
        ];
      }
      const operation = operations.prepare(payload);
      if ('errors' in operation) return operation.errors;
      const type = getOperationAST(operation.document, operation.operationName)?.operation ?? OperationTypeNode.QUERY;
      const controller = new AbortController();
      const args: ExecutionArgs = { schema: options.schema, document: operation.document, contextValue: null };
      if (payload.operationName != null) args.operationName = payload.operationName;
      runs.set(
        args,
        createOperationRun({
          start: () =>
            type === OperationTypeNode.SUBSCRIPTION
              ? operations.subscribe(operation, options.context(controller.signal))
              : operations.execute(operation, options.context(controller.signal)),
          head: `{"id":${JSON.stringify(id)},"type":"next","payload":`,
          writer: connection.writer,
          controller,
          begun: () => {
            connection.operations += 1;
            metrics.operation(type, 'ws');
            const streamEnded = type === OperationTypeNode.SUBSCRIPTION ? metrics.streamOpened('ws') : () => {};
            const ended = activity.begin(() => {
              // First the socket, so that its client does not take the end of our patience for the end of the answer.
              goAway(connection);
              controller.abort();
            });
            // Not before graphql-ws has sent the last message of the operation, which it does within this turn.
            return () => {
              setImmediate(() => {
                connection.operations -= 1;
                streamEnded();
                ended();
                if (options.draining() && connection.operations === 0) goAway(connection);
              });
            };
          },
          maskError: options.maskError,
        }),
      );
      return args;
    },
  });

  function connected(socket: WebSocket, request: IncomingMessage, stream: Duplex): void {
    const connection: Connection = {
      socket,
      request,
      writer: createSocketWriter(socket, stream, clock, settings.stallMs),
      trusted: access.judge(request.headers) === 'trusted',
      acknowledged: false,
      operations: 0,
      leaveStrangers: strangers.join(addressOf(request)),
    };
    if (connection.trusted) connection.leaveStrangers();
    connections.add(connection);
    const gauge = metrics.socketOpened();
    const stopPinging = keepAlive(socket, settings.pingMs, clock);
    const stopWaiting = clock.after(settings.initMs, () => {
      if (!connection.acknowledged) {
        close(connection, CloseCode.ConnectionInitialisationTimeout, 'Connection initialisation timeout');
      }
    });
    const admit = createMessageGate(settings.maxMessagesPerSecond, clock);
    const flooded = () => {
      if (admit()) return false;
      metrics.refusal('message_flood');
      close(connection, CloseCode.TooManyInitialisationRequests, 'Too many messages');
      return true;
    };

    const closed = protocol.opened(
      {
        protocol: socket.protocol,
        send: async (text) => {
          connection.writer.write(text);
          await connection.writer.room();
        },
        close: (code = 1000, reason = '') => close(connection, code, reason),
        onMessage: (receive) => {
          socket.on('message', (data) => {
            if (socket.readyState !== socket.OPEN || flooded()) return;
            receive(String(data)).catch((error: unknown) => {
              log.error({ err: error }, 'unexpected error in a WebSocket message');
              close(connection, CloseCode.InternalServerError, 'Internal server error');
            });
          });
        },
      },
      { connection },
    );
    socket.on('ping', flooded);
    socket.on('error', (error) => log.debug({ err: error }, 'a WebSocket broke'));
    socket.once('close', (code, reason) => {
      connections.delete(connection);
      connection.leaveStrangers();
      gauge();
      stopPinging();
      stopWaiting();
      closed(code, String(reason)).catch((error: unknown) =>
        log.error({ err: error }, 'unexpected error after a WebSocket'),
      );
    });
  }

  return {
    upgrade: (request, stream, head) => {
      if (
        access.judge(request.headers) !== 'trusted' &&
        strangers.count(addressOf(request)) >= settings.maxStrangersPerAddress
      ) {
        metrics.refusal('too_many_strangers');
        answerUpgrade(stream, 429);
        return;
      }
      webSockets.handleUpgrade(request, stream, head, (socket) => connected(socket, request, stream));
    },
    closeIdle: () => {
      for (const connection of connections) if (connection.operations === 0) goAway(connection);
    },
    close: async (graceMs) => {
      if (connections.size === 0) return;
      await new Promise<void>((resolve) => {
        const cancel = clock.after(graceMs, () => {
          for (const { socket } of connections) socket.terminate();
        });
        for (const connection of connections) {
          connection.socket.once('close', () => {
            if (connections.size > 0) return;
            cancel();
            resolve();
          });
          goAway(connection);
        }
      });
    },
  };
}

function goAway(connection: Connection): void {
  close(connection, 1001, 'Going away');
}

function close({ socket, writer }: Connection, code: number, reason: string): void {
  writer.flush();
  socket.close(code, reason);
}

function addressOf(request: IncomingMessage): string {
  return request.socket.remoteAddress ?? '';
}

function refusal(code: string, message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code } });
}
