import type { Clock } from '../clock.ts';
import { createRateLimits, type RateLimits } from './rate-limits.ts';
import { createOwnWindows, createSharedWindows, createWindowsWithStandIn } from './rate-windows.ts';
import { createRedisClient } from './redis.ts';
import { createOwnLeases, createSharedLeases } from './stream-leases.ts';

export interface RateLimitsOptions {
  /** Absent: limits are counted in this process's memory. */
  readonly redisUrl?: string;
  /** How many replicas share the limits. */
  readonly replicas: number;
  readonly clock: Clock;
  /** A name that no other has, each time. */
  readonly makeId: () => string;
  /** Told when Redis stops answering, and when it answers again. */
  readonly onAway: (error: unknown) => void;
  readonly onBack: () => void;
}

/** The limits of keys, in memory or in Redis, and how to let go of them. */
export function openRateLimits(options: RateLimitsOptions): {
  readonly rateLimits: RateLimits;
  readonly close: () => void;
} {
  const { redisUrl, replicas, clock, makeId, onAway, onBack } = options;
  const own = createOwnWindows(clock);
  if (redisUrl === undefined) return { rateLimits: createRateLimits(own, createOwnLeases()), close: () => undefined };
  // What goes wrong with a connection is told once by the windows, for as long as it lasts.
  const redis = createRedisClient(redisUrl, () => undefined);
  const windows = createWindowsWithStandIn(createSharedWindows(redis, clock), own, { replicas, clock, onAway, onBack });
  const leases = createSharedLeases({ redis, replicas, clock, makeId });
  return { rateLimits: createRateLimits(windows, leases), close: () => redis.disconnect() };
}
