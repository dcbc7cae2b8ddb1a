/** A token bucket that keeps retries a fraction of the requests, so that an outage is not met with a storm. */
export interface RetryBudget {
  /** A request arrived: it earns a part of a retry, or its share of that part where several budgets are kept for it. */
  readonly deposit: (nowMs: number, share?: number) => void;
  /** Takes one retry, if there is one. */
  readonly withdraw: (nowMs: number) => boolean;
}

export interface RetryBudgetOptions {
  /** What a request earns. */
  readonly perRequest: number;
  /** What a second earns. */
  readonly perSecond: number;
  readonly most: number;
}

/** Begins full, so that the first requests after a start may retry. */
export function createRetryBudget({ perRequest, perSecond, most }: RetryBudgetOptions): RetryBudget {
  let tokens = most;
  let asOfMs: number | undefined;
  const earn = (nowMs: number, more: number) => {
    const elapsedMs = Math.max(0, nowMs - (asOfMs ?? nowMs));
    asOfMs = nowMs;
    tokens = Math.min(most, tokens + (perSecond * elapsedMs) / 1000 + more);
  };
  return {
    deposit: (nowMs, share = 1) => earn(nowMs, share * perRequest),
    withdraw(nowMs) {
      earn(nowMs, 0);
      if (tokens < 1) return false;
      tokens -= 1;
      return true;
    },
  };
}
