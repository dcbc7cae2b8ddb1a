import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createOwnWindows, createSharedWindows, createWindowsWithStandIn } from '../../src/accounts/rate-windows.ts';
import { createRedisClient, type RedisClient } from '../../src/accounts/redis.ts';
import { createSharedLeases } from '../../src/accounts/stream-leases.ts';
import { systemClock } from '../../src/clock.ts';
import { createManualClock } from '../support/manual-clock.ts';
import { describeLeases, describeWindows } from '../support/rate-limit-suite.ts';
import { findRedisServer, noRedis, type RedisServer, startRedisServer } from '../support/redis-server.ts';

const executable = findRedisServer();
let server: RedisServer;
let redis: RedisClient;
const clients: RedisClient[] = [];

async function connect(): Promise<RedisClient> {
  const client = createRedisClient(server.url, () => {});
  clients.push(client);
  await once(client, 'ready');
  return client;
}

beforeAll(async () => {
  if (executable === undefined) return;
  server = await startRedisServer(executable);
  redis = await connect();
});
afterAll(async () => {
  for (const client of clients) client.disconnect();
  await server?.[Symbol.asyncDispose]();
});
beforeEach(async ({ skip }) => {
  if (executable === undefined) skip(noRedis);
  await redis.flushall();
});

const leasesOn = (client: RedisClient, replicas = 1, clock = createManualClock()) =>
  createSharedLeases({ redis: client, replicas, clock, makeId: randomUUID });

describe('in Redis', () => {
  describeWindows(() => createSharedWindows(redis, systemClock));
  describeLeases(() => leasesOn(redis));
});

describe('several replicas with one Redis', () => {
  it('let through exactly the limit together', async () => {
    const replicas = await Promise.all([connect(), connect(), connect()]);
    const answers = await Promise.all(
      replicas.flatMap((client) => {
        const windows = createSharedWindows(client, systemClock);
        return Array.from({ length: 100 }, () => windows.take('together', 1, 100));
      }),
    );
    expect(answers.filter(({ taken }) => taken)).toHaveLength(100);
  });

  it('share the places for streams, and a place whose replica died is free after its time', async () => {
    const [one, other] = [leasesOn(await connect()), leasesOn(await connect())];
    expect(await one.take('shared', 1)).toBeDefined();
    expect(await other.take('shared', 1)).toBeUndefined();
    // As it stands in Redis half a minute after the last heartbeat of a replica that died.
    const [member] = await redis.zrange('pointsman:streams:shared', '0', '-1');
    await redis.zadd('pointsman:streams:shared', String(Date.now() - 1), String(member));
    expect(await other.take('shared', 1)).toBeDefined();
  });

  it('keep the place of a stream that runs long, also after Redis lost all that it had', async () => {
    const clock = createManualClock();
    const release = await leasesOn(redis, 1, clock).take('long', 1);
    await redis.flushall();
    await clock.advance(10_000);
    await expect.poll(() => redis.zcard('pointsman:streams:long')).toBe(1);
    expect(await redis.pttl('pointsman:streams:long')).toBeGreaterThan(25_000);
    release?.();
    await expect.poll(() => redis.zcard('pointsman:streams:long')).toBe(0);
    expect(clock.pending()).toBe(0);
  });
});

describe('while Redis hangs', () => {
  it('each replica keeps to its part, never to none, and goes back to the exact limit afterwards', async () => {
    const told: string[] = [];
    const client = await connect();
    const clock = createManualClock();
    const windows = createWindowsWithStandIn(createSharedWindows(client, systemClock), createOwnWindows(systemClock), {
      replicas: 3,
      clock,
      onAway: () => told.push('away'),
      onBack: () => told.push('back'),
    });
    const leases = leasesOn(client, 3, clock);
    server.pause();
    try {
      const answers = await Promise.all(Array.from({ length: 30 }, () => windows.take('hanging', 1, 10)));
      expect(answers.filter(({ taken }) => taken)).toHaveLength(3);
      expect(await leases.take('hanging', 5)).toBeDefined();
      expect(await leases.take('hanging', 5)).toBeUndefined();
    } finally {
      server.resume();
    }
    await clock.advance(1_000);
    await expect
      .poll(async () => {
        await clock.advance(1_000);
        await windows.take('other', 1, 1_000);
        return told;
      })
      .toEqual(['away', 'back']);
    const answers = await Promise.all(Array.from({ length: 30 }, () => windows.take('afterwards', 1, 10)));
    expect(answers.filter(({ taken }) => taken)).toHaveLength(10);
  });

  it('a Redis that was never there counts as away, at once', async () => {
    const client = createRedisClient('redis://127.0.0.1:1', () => {});
    clients.push(client);
    await expect(createSharedWindows(client, systemClock).take('x', 1, 10)).rejects.toThrow();
    expect(await leasesOn(client, 2).take('x', 2)).toBeDefined();
  });
});
