import type { Clock, Random } from '../clock.ts';
import type { CallCounts } from './call-counter.ts';

/** Closed lets calls through; open keeps them away until a time; half-open waits for what its trial calls bring. */
export type BreakerState =
  | { readonly name: 'closed'; readonly consecutiveFailures: number }
  | { readonly name: 'open'; readonly untilMs: number }
  | { readonly name: 'half_open'; readonly trials: number };

export interface CircuitBreaker {
  readonly state: () => BreakerState;
  /** Whether a call may be made now; an open breaker whose cooldown has passed may take a trial call. */
  readonly permits: () => boolean;
  /** Announces a call. On an open or half-open breaker it is a trial call. */
  readonly began: () => WatchedCall;
  /** Ends an open breaker's cooldown by then at the latest, on the monotonic clock. */
  readonly hurry: (untilMs: number) => void;
  /** How far an endpoint that was away has come back: from a tenth, half a minute after its breaker closed all of it. */
  readonly recovery: () => number;
}

/** What became of a call. Reports of a call that began before the breaker last opened are old news, and change nothing. */
export interface WatchedCall {
  /** It brought its first content: enough for a trial call to close the breaker. */
  readonly answered: () => void;
  readonly succeeded: () => void;
  readonly failed: () => void;
  /** It ended without telling anything about the endpoint: hung up, or refused for the request's own fault. */
  readonly abandoned: () => void;
}

export interface CircuitBreakerOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** The endpoint's calls of the last half minute, and how many of them failed. */
  readonly recent: (nowMs: number) => CallCounts;
  /** The same of the last seconds. */
  readonly justNow: (nowMs: number) => CallCounts;
  /** Told of each transition, and when an open breaker's cooldown is to end sooner. */
  readonly onChange: () => void;
}

const baseCooldownMs = 10_000;
const longestCooldownMs = 300_000;
/** The cooldown doubles with each opening in a row, so many times; half a healthy minute undoes one. */
const mostOpenings = 5;
const undoneAfterMs = 30_000;
const trialsAtATime = 2;
/** Shares of failures that open a breaker whatever came in between: of ten calls of late or more, or of five failures just now. */
const largestShareOfLate = 0.2;
const largestShareJustNow = 0.1;
const slowStartMs = 30_000;
const slowestStart = 0.1;

/**
 * A circuit breaker for one endpoint, after Envoy's outlier detection. How many failures in a row open it grows with the traffic,
 * since five would never come together at one call a second; so do shares of failures, since a
 * success in between says little of an endpoint that breaks off every third answer. The cooldown is jittered by
 * a fifth, so that replicas do not return together.
 */
export function createCircuitBreaker(options: CircuitBreakerOptions): CircuitBreaker {
  const { clock, random, recent, justNow, onChange } = options;
  let state: BreakerState = { name: 'closed', consecutiveFailures: 0 };
  let openings = 0;
  let era = 0;
  let closedAtMs = Number.NEGATIVE_INFINITY;

  const become = (next: BreakerState) => {
    const changed = next.name !== state.name;
    state = next;
    if (changed) onChange();
  };
  const open = () => {
    era += 1;
    // Time in which it was open or half-open is no healthy time.
    const healthyMs = state.name === 'closed' ? clock.monotonic() - closedAtMs : 0;
    openings = Math.min(mostOpenings, Math.max(0, openings - Math.floor(healthyMs / undoneAfterMs)) + 1);
    const cooldownMs = Math.min(longestCooldownMs, baseCooldownMs * 2 ** (openings - 1)) * (0.8 + 0.4 * random());
    become({ name: 'open', untilMs: clock.monotonic() + cooldownMs });
  };
  const close = () => {
    if (state.name !== 'closed') closedAtMs = clock.monotonic();
    become({ name: 'closed', consecutiveFailures: 0 });
  };

  const failed = () => {
    if (state.name === 'half_open') return open();
    if (state.name === 'open') return;
    const consecutiveFailures = state.consecutiveFailures + 1;
    const nowMs = clock.monotonic();
    if (opensAt(consecutiveFailures, recent(nowMs), justNow(nowMs))) open();
    else become({ name: 'closed', consecutiveFailures });
  };
  const abandoned = () => {
    if (state.name !== 'half_open') return;
    if (state.trials > 1) become({ name: 'half_open', trials: state.trials - 1 });
    else become({ name: 'open', untilMs: clock.monotonic() });
  };

  return {
    state: () => state,
    permits() {
      if (state.name === 'open') return clock.monotonic() >= state.untilMs;
      return state.name === 'closed' || state.trials < trialsAtATime;
    },
    began() {
      if (state.name === 'open') become({ name: 'half_open', trials: 1 });
      else if (state.name === 'half_open') become({ name: 'half_open', trials: state.trials + 1 });
      const begunIn = era;
      const unlessOld = (report: () => void) => () => {
        if (begunIn === era) report();
      };
      return {
        answered: unlessOld(() => {
          if (state.name === 'half_open') close();
        }),
        succeeded: unlessOld(close),
        failed: unlessOld(failed),
        abandoned: unlessOld(abandoned),
      };
    },
    hurry(untilMs) {
      if (state.name !== 'open' || untilMs >= state.untilMs) return;
      state = { name: 'open', untilMs };
      onChange();
    },
    recovery: () =>
      Number.isFinite(closedAtMs)
        ? Math.min(1, Math.max(slowestStart, (clock.monotonic() - closedAtMs) / slowStartMs))
        : 1,
  };
}

function opensAt(consecutiveFailures: number, recent: CallCounts, justNow: CallCounts): boolean {
  const needed = recent.calls >= 30 ? 5 : recent.calls >= 8 ? 3 : 2;
  return (
    consecutiveFailures >= needed ||
    (recent.calls >= 10 && recent.failures / recent.calls > largestShareOfLate) ||
    (justNow.failures >= 5 && justNow.failures / justNow.calls > largestShareJustNow)
  );
}
