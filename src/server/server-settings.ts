import type { SocketSettings } from '../graphql/websocket.ts';
import type { EventStreamSettings } from './event-stream.ts';
import type { GuardSettings } from './http-guards.ts';

export interface ServerSettings extends GuardSettings {
  readonly port: number;
  /** Whether `/graphql` shows GraphiQL to a browser. */
  readonly graphiql: boolean;
  /** For HTTP bodies and WebSocket messages alike. */
  readonly bodyLimitBytes: number;
  readonly sockets: Omit<SocketSettings, 'maxMessageBytes'>;
  readonly eventStreams: EventStreamSettings;
  /** How long operations in flight may go on after a shutdown has begun. */
  readonly shutdownMs: number;
}

/** A server for this machine alone, with the limits that protect it. */
export const defaultServerSettings: ServerSettings = {
  host: 'localhost',
  port: 4000,
  allowedHosts: [],
  corsOrigins: [],
  graphiql: true,
  bodyLimitBytes: 20 * 1024 * 1024,
  sockets: {
    pingMs: 12_000,
    initMs: 3_000,
    stallMs: 20_000,
    maxOperations: 20,
    maxMessagesPerSecond: 50,
    maxStrangersPerAddress: 4,
  },
  eventStreams: { pingMs: 12_000, stallMs: 20_000 },
  shutdownMs: 30_000,
};
