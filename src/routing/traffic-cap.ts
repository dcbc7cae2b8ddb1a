/** How many calls an endpoint takes at a time, learnt from its 429s. */
export interface TrafficCap {
  /** Infinite until the endpoint has limited us within the last minute. */
  readonly limit: (nowMs: number) => number;
  /** The endpoint limited us while so many calls were in flight, that one among them. */
  readonly limited: (inFlight: number, nowMs: number) => void;
  /** A call succeeded while so many were in flight: a cap that is used may grow. */
  readonly succeeded: (inFlight: number, nowMs: number) => void;
}

const smallest = 4;
const decrease = 0.85;
const shortestBetweenDecreasesMs = 1_000;
const forgottenAfterMs = 60_000;

/**
 * Additive increase, multiplicative decrease. At most one decrease a second, since a burst of 429s is one piece of news; growth
 * only where at least 0.7 of the cap is in use, since an unused cap has not been tried.
 */
export function createTrafficCap(): TrafficCap {
  let cap = Number.POSITIVE_INFINITY;
  let limitedAtMs = Number.NEGATIVE_INFINITY;
  let decreasedAtMs = Number.NEGATIVE_INFINITY;

  const limit = (nowMs: number) => {
    if (nowMs - limitedAtMs >= forgottenAfterMs) cap = Number.POSITIVE_INFINITY;
    return cap;
  };
  return {
    limit,
    limited(inFlight, nowMs) {
      const current = limit(nowMs);
      limitedAtMs = nowMs;
      if (nowMs - decreasedAtMs < shortestBetweenDecreasesMs) return;
      decreasedAtMs = nowMs;
      cap = Math.max(smallest, decrease * Math.min(current, inFlight));
    },
    succeeded(inFlight, nowMs) {
      const current = limit(nowMs);
      if (Number.isFinite(current) && inFlight >= 0.7 * current)
        cap = current + (2 * Math.max(1, 0.05 * current)) / current;
    },
  };
}
