import type { Clock } from '../clock.ts';
import type { RedisClient } from './redis.ts';

/**
 * Places for streams that run at the same time. A place is held until it is released, and is free again by itself some time after
 * the process that held it has died.
 */
export interface StreamLeases {
  /** The function that releases the place, to be called once or more; `undefined` where all `limit` places are taken. Never rejects. */
  readonly take: (name: string, limit: number) => Promise<(() => void) | undefined>;
}

/** How long a place in Redis stays taken without a sign of life, and how often one is given. */
const leaseMs = 30_000;
const heartbeatMs = 10_000;
/** For so long Redis is left alone after it has not answered. */
const awayMs = 1_000;

export interface SharedLeasesOptions {
  readonly redis: RedisClient;
  /** How many replicas share the limits: while Redis is away each keeps to its part. */
  readonly replicas: number;
  readonly clock: Clock;
  /** A name that no other lease has. */
  readonly makeId: () => string;
}

/** Places in this process's memory: they die with it. */
export function createOwnLeases(): StreamLeases {
  const running = countRunning();
  return {
    take: async (name, limit) => (running.count(name) < limit ? running.add(name) : undefined),
  };
}

/**
 * Places in Redis, for all replicas together. While Redis does not answer, this replica holds at most the limit divided by the
 * number of replicas, rounded down, counting the streams that already run on it.
 */
export function createSharedLeases({ redis, replicas, clock, makeId }: SharedLeasesOptions): StreamLeases {
  const running = countRunning();
  let awayUntilMs = 0;

  async function askRedis(name: string, limit: number, id: string): Promise<boolean> {
    if (clock.monotonic() >= awayUntilMs) {
      try {
        return (await redis.eval(takeScript, 1, keyOf(name), id, limit, leaseMs)) === 1;
      } catch {
        awayUntilMs = clock.monotonic() + awayMs;
      }
    }
    return running.count(name) < Math.floor(limit / replicas);
  }

  /** Also brings back a place that Redis has lost: the stream runs, whatever Redis remembers. */
  function keepAlive(name: string, id: string): () => void {
    const beat = () => {
      redis.eval(beatScript, 1, keyOf(name), id, leaseMs).catch(() => undefined);
      cancel = clock.after(heartbeatMs, beat);
    };
    let cancel = clock.after(heartbeatMs, beat);
    return () => cancel();
  }

  return {
    async take(name, limit) {
      const id = makeId();
      if (!(await askRedis(name, limit, id))) return undefined;
      const leave = running.add(name);
      const stopBeating = keepAlive(name, id);
      return () => {
        if (!leave()) return;
        stopBeating();
        // Where nobody answers, the place is free when its time is over.
        redis.zrem(keyOf(name), id).catch(() => undefined);
      };
    },
  };
}

function keyOf(name: string): string {
  return `pointsman:streams:${name}`;
}

function countRunning() {
  const counts = new Map<string, number>();
  const count = (name: string) => counts.get(name) ?? 0;
  return {
    count,
    /** The returned function takes the stream out again; false where it is out already. */
    add: (name: string) => {
      counts.set(name, count(name) + 1);
      let gone = false;
      return () => {
        if (gone) return false;
        gone = true;
        if (count(name) > 1) counts.set(name, count(name) - 1);
        else counts.delete(name);
        return true;
      };
    },
  };
}

/** The time is that of Redis: the clocks of the replicas may differ. Arguments: the lease's id, the limit, how long it holds. */
const takeScript = `
local time = redis.call('time')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('zremrangebyscore', KEYS[1], '-inf', now)
if redis.call('zcard', KEYS[1]) >= tonumber(ARGV[2]) then return 0 end
redis.call('zadd', KEYS[1], now + ARGV[3], ARGV[1])
redis.call('pexpire', KEYS[1], ARGV[3])
return 1
`;
const beatScript = `
local time = redis.call('time')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('zadd', KEYS[1], now + ARGV[2], ARGV[1])
redis.call('pexpire', KEYS[1], ARGV[2])
return 1
`;
