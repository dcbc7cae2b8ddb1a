import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type ExecutionArgs, GraphQLError, type GraphQLSchema, getOperationAST, OperationTypeNode } from 'graphql';
import { CloseCode, handleProtocols, makeServer } from 'graphql-ws';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Caller } from '../caller.ts';
import type { Clock } from '../clock.ts';
import type { Access } from '../server/access.ts';
import type { Activity } from '../server/activity.ts';
import type { AddressOf } from '../server/client-address.ts';
import { answerUpgrade } from '../server/http-answers.ts';
import type { Metrics } from '../server/metrics.ts';
import type { ServerLog } from '../server/server-log.ts';
import type { MaskError } from './mask-error.ts';
import { createOperationRun, type OperationRun } from './operation-run.ts';
import type { Operations } from './operations.ts';
import { createSocketCallers } from './socket-callers.ts';
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
  /** Sockets from one address that have not shown a key. */
  readonly maxStrangersPerAddress: number;
  readonly maxMessageBytes: number;
}

export interface SocketsOptions {
  readonly settings: SocketSettings;
  readonly access: Access;
  readonly addressOf: AddressOf;
  readonly operations: Operations;
  readonly schema: GraphQLSchema;
  readonly maskError: MaskError;
  /** The context of one operation. */
  readonly context: (caller: Caller, signal: AbortSignal) => object;
  readonly activity: Activity;
  readonly draining: () => boolean;
  readonly metrics: Metrics;
  readonly log: ServerLog;
  readonly clock: Clock;
}

/** RFC 6455's registry: the server cannot serve now. */
const tryAgainLater = 1013;

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
  /** What was shown for the whole socket, last; asked about again with each operation. */
  credentials: unknown;
  acknowledged: boolean;
  operations: number;
  /** Says that this socket no longer counts among the strangers of its address. */
  readonly leaveStrangers: () => void;
}

type Extra = { readonly connection: Connection };

export function createSockets(options: SocketsOptions): Sockets {
  const { settings, access, addressOf, operations, activity, metrics, log, clock } = options;
  const callers = createSocketCallers(options);
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
    onConnect: async ({ extra: { connection }, connectionParams }) => {
      if (access.present(connectionParams)) connection.credentials = connectionParams;
      if (access.present(connection.credentials)) {
        const caller = await callers.identify(connection.request, connection.credentials);
        if ('code' in caller) {
          // A store that is away is no reason to call a key wrong: 4403 tells a client never to come again.
          if (caller.code === 'STORE_UNAVAILABLE') close(connection, tryAgainLater, 'Try again later');
          return false;
        }
        if (!callers.isStranger(caller)) connection.leaveStrangers();
        cutWhenRevoked(connection, caller);
      }
      connection.acknowledged = true;
      return true;
    },
    onSubscribe: async ({ extra: { connection }, subscriptions }, id, payload) => {
      const { headers } = { headers: undefined, ...payload.extensions };
      if (options.draining()) return [refusal('SHUTTING_DOWN', 'The server is shutting down. Connect again.')];
      const caller = await callers.identify(
        connection.request,
        access.present(headers) ? headers : connection.credentials,
      );
      if ('code' in caller) return [refusal(caller.code, caller.message)];
      if (Object.keys(subscriptions).length > settings.maxOperations) {
        metrics.refusal('too_many_operations');
        return [
          refusal('TOO_MANY_OPERATIONS', `One socket runs ${settings.maxOperations} operations at a time at most.`),
        ];
      }
      const operation = operations.prepare(payload, caller);
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
              ? operations.subscribe(operation, options.context(caller, controller.signal))
              : operations.execute(operation, options.context(caller, controller.signal)),
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
            const cutOff = () => {
              close(connection, CloseCode.Forbidden, 'Forbidden');
              controller.abort();
            };
            caller.revoked.addEventListener('abort', cutOff);
            if (caller.revoked.aborted) cutOff();
            // Not before graphql-ws has sent the last message of the operation, which it does within this turn.
            return () => {
              caller.revoked.removeEventListener('abort', cutOff);
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

  function cutWhenRevoked(connection: Connection, { revoked }: Caller): void {
    const cut = () => close(connection, CloseCode.Forbidden, 'Forbidden');
    revoked.addEventListener('abort', cut);
    connection.socket.once('close', () => revoked.removeEventListener('abort', cut));
  }

  function connected(socket: WebSocket, request: IncomingMessage, stream: Duplex, known: boolean): void {
    const connection: Connection = {
      socket,
      request,
      writer: createSocketWriter(socket, stream, clock, settings.stallMs),
      credentials: request.headers,
      acknowledged: false,
      operations: 0,
      leaveStrangers: strangers.join(addressOf(request)),
    };
    if (known) connection.leaveStrangers();
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
      void callers.isKnown(request).then((known) => {
        if (!known && strangers.count(addressOf(request)) >= settings.maxStrangersPerAddress) {
          metrics.refusal('too_many_strangers');
          answerUpgrade(stream, 429);
          return;
        }
        webSockets.handleUpgrade(request, stream, head, (socket) => connected(socket, request, stream, known));
      });
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

function refusal(code: string, message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code } });
}
