import { Redis } from 'ioredis';

/** A connection to Redis that gives up soon: a request must not wait for a store of limits. */
export type RedisClient = Redis;

/** Longer than any answer of a Redis that is well. */
const commandTimeoutMs = 500;

/** Connects, and again whenever the connection is lost. Commands fail at once while there is none. `onError` is told why. */
export function createRedisClient(url: string, onError: (error: Error) => void): RedisClient {
  const client = new Redis(url, {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    commandTimeout: commandTimeoutMs,
    connectTimeout: 2_000,
    retryStrategy: (attempt) => Math.min(100 * attempt, 2_000),
  });
  client.on('error', onError);
  return client;
}
