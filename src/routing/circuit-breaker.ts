import type { Clock, Random } from '../clock.ts';

/** Closed lets calls through; open keeps them away until a time; half-open waits for what its one trial call brings. */
export type BreakerState =
  | { readonly name: 'closed'; readonly consecutiveFailures: number }
  | { readonly name: 'open'; readonly untilMs: number }
  | { readonly name: 'half_open' };

export interface CircuitBreaker {
  readonly state: () => BreakerState;
  /** Whether a call may be made now; an open breaker whose cooldown has passed may take its trial call. */
  readonly permits: () => boolean;
  /** Announces a call. On an open breaker it becomes the trial call. */
  readonly began: () => void;
  /** The call brought its first content: enough for a trial call to close the breaker. */
  readonly answered: () => void;
  readonly succeeded: () => void;
  readonly failed: () => void;
  /** The call ended without telling anything about the endpoint: hung up, or refused for the request's own fault. */
  readonly abandoned: () => void;
}

/** Failures in a row that open a closed breaker. */
const failuresToOpen = 3;
const baseCooldownMs = 10_000;
const longestCooldownMs = 300_000;

/**
 * A circuit breaker for one endpoint (Envoy's outlier detection: the cooldown doubles with each opening in a row and is capped;
 * jittered by a fifth so that replicas do not return together). `onChange` is told of each transition.
 */
export function createCircuitBreaker(clock: Clock, random: Random, onChange: () => void): CircuitBreaker {
  let state: BreakerState = { name: 'closed', consecutiveFailures: 0 };
  let openings = 0;

  const become = (next: BreakerState) => {
    const changed = next.name !== state.name;
    state = next;
    if (changed) onChange();
  };
  const open = () => {
    const cooldownMs = Math.min(longestCooldownMs, baseCooldownMs * 2 ** openings) * (0.8 + 0.4 * random());
    openings += 1;
    become({ name: 'open', untilMs: clock.monotonic() + cooldownMs });
  };

  return {
    state: () => state,
    permits: () => state.name === 'closed' || (state.name === 'open' && clock.monotonic() >= state.untilMs),
    began() {
      if (state.name === 'open') become({ name: 'half_open' });
    },
    answered() {
      if (state.name === 'half_open') become({ name: 'closed', consecutiveFailures: 0 });
    },
    succeeded() {
      openings = 0;
      become({ name: 'closed', consecutiveFailures: 0 });
    },
    failed() {
      if (state.name === 'half_open') return open();
      if (state.name === 'open') return;
      const consecutiveFailures = state.consecutiveFailures + 1;
      if (consecutiveFailures >= failuresToOpen) open();
      else become({ name: 'closed', consecutiveFailures });
    },
    abandoned() {
      if (state.name === 'half_open') become({ name: 'open', untilMs: clock.monotonic() });
    },
  };
}
