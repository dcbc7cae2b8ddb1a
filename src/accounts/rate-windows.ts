import { type RateLimiterAbstract, RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import type { Clock } from '../clock.ts';
import type { RedisClient } from './redis.ts';

/** What came of asking a window for room. */
export type WindowAnswer =
  | {
      readonly taken: true;
      /** Takes more, or gives back where negative, without asking for room. Does nothing once the window is over. Never throws. */
      readonly adjust: (amount: number) => Promise<void>;
    }
  | { readonly taken: false; readonly retryAfterMs: number };

/**
 * Counts amounts, whole numbers, in windows of a minute. A window begins with the first amount after the last window's end. What
 * is refused takes nothing.
 */
export interface RateWindows {
  readonly take: (name: string, amount: number, limit: number) => Promise<WindowAnswer>;
}

const windowSeconds = 60;
const boundless = Number.MAX_SAFE_INTEGER;
/** So near its end nothing is given back: on another clock the next window may have begun, and would begin below nothing. */
const windowMarginMs = 100;

/** Windows in this process's memory. */
export function createOwnWindows(clock: Clock): RateWindows {
  const limiter = new RateLimiterMemory({ keyPrefix: '', points: boundless, duration: windowSeconds });
  return {
    async take(name, amount, limit) {
      const { consumedPoints, msBeforeNext } = await limiter.penalty(name, amount);
      if (consumedPoints > limit) {
        await limiter.reward(name, amount);
        return { taken: false, retryAfterMs: msBeforeNext };
      }
      return { taken: true, adjust: adjustmentsOf(limiter, name, clock, msBeforeNext) };
    },
  };
}

/** Windows in Redis, one for all replicas, exact since each question is one script. `take` rejects when Redis does not answer. */
export function createSharedWindows(redis: RedisClient, clock: Clock): RateWindows {
  const limiters = new Map<number, RateLimiterRedis>();
  const limiterOf = (limit: number) => {
    const known = limiters.get(limit);
    if (known !== undefined) return known;
    // Limits are few; who makes up many only has them made again.
    if (limiters.size >= 1_000) limiters.clear();
    const limiter = new RateLimiterRedis({
      storeClient: redis,
      keyPrefix: 'pointsman:rate',
      points: limit,
      duration: windowSeconds,
      rejectIfRedisNotReady: true,
      customIncrTtlLuaScript: countScript,
    });
    limiters.set(limit, limiter);
    return limiter;
  };
  return {
    async take(name, amount, limit) {
      try {
        const { msBeforeNext } = await limiterOf(limit).consume(name, amount);
        return { taken: true, adjust: adjustmentsOf(limiterOf(boundless), name, clock, msBeforeNext) };
      } catch (error) {
        if (error instanceof RateLimiterRes) return { taken: false, retryAfterMs: error.msBeforeNext };
        throw error;
      }
    },
  };
}

export interface WindowsWithStandInOptions {
  /** How many replicas share the limits: without the shared windows each keeps to its part. */
  readonly replicas: number;
  readonly clock: Clock;
  /** Told when the shared windows stop answering, and when they answer again. */
  readonly onAway: (error: unknown) => void;
  readonly onBack: () => void;
}

/** For so long the shared windows are left alone after they have not answered. */
const awayMs = 1_000;

/**
 * The shared windows while they answer. While they do not, this replica counts by itself and lets through the limit divided by
 * the number of replicas, rounded down: all together never more than the limit. Its own count also holds what the shared windows
 * let through, so that a failure does not begin a second minute.
 */
export function createWindowsWithStandIn(
  shared: RateWindows,
  own: RateWindows,
  { replicas, clock, onAway, onBack }: WindowsWithStandInOptions,
): RateWindows {
  let awayUntilMs: number | undefined;

  async function askShared(name: string, amount: number, limit: number): Promise<WindowAnswer | undefined> {
    if (awayUntilMs !== undefined && clock.monotonic() < awayUntilMs) return undefined;
    try {
      const answer = await shared.take(name, amount, limit);
      if (awayUntilMs !== undefined) onBack();
      awayUntilMs = undefined;
      return answer;
    } catch (error) {
      if (awayUntilMs === undefined) onAway(error);
      awayUntilMs = clock.monotonic() + awayMs;
      return undefined;
    }
  }

  return {
    async take(name, amount, limit) {
      const answer = await askShared(name, amount, limit);
      if (answer === undefined) return own.take(name, amount, Math.floor(limit / replicas));
      if (!answer.taken) return answer;
      const counted = await own.take(name, amount, boundless);
      return {
        taken: true,
        adjust: async (change) => {
          await Promise.all([answer.adjust(change), counted.taken && counted.adjust(change)]);
        },
      };
    },
  };
}

function adjustmentsOf(limiter: RateLimiterAbstract, name: string, clock: Clock, msBeforeNext: number) {
  const endsAtMs = clock.monotonic() + msBeforeNext - windowMarginMs;
  return async (amount: number) => {
    if (amount === 0 || clock.monotonic() >= endsAtMs) return;
    const change = amount > 0 ? limiter.penalty(name, amount) : limiter.reward(name, -amount);
    // Where nobody answers, the window forgets by itself within the minute.
    await change.catch(() => undefined);
  };
}

/**
 * In place of the library's own script, which also counts what it refuses: a request that is too large would then shut out the
 * small ones. Arguments: the amount, the window's seconds, the limit.
 */
const countScript = `
local amount, window, limit = tonumber(ARGV[1]), tonumber(ARGV[2]) * 1000, tonumber(ARGV[3])
local taken = tonumber(redis.call('get', KEYS[1]) or '0')
local rest = redis.call('pttl', KEYS[1])
if rest < 0 then rest = window end
if amount > 0 and taken + amount > limit then return {taken + amount, rest} end
local sum = math.max(0, taken + amount)
redis.call('set', KEYS[1], string.format('%.0f', sum), 'PX', math.max(1, rest))
return {sum, rest}
`;
