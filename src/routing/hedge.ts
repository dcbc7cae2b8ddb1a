import type { Endpoint } from '../catalog.ts';
import type { Clock } from '../clock.ts';
import type { Contender, Outcome } from './calls.ts';
import type { EndpointHealthBook } from './endpoint-health.ts';
import type { RankedCandidate } from './ranking.ts';
import { createRetryBudget, type RetryBudget } from './retry-budget.ts';

/** Whether a second attempt may be started because the first is slow, and how much dearer it may be. */
export interface HedgingSettings {
  readonly enabled: boolean;
  /** What the second is expected to cost, to what the first is, at most. */
  readonly maxCostFactor: number;
}

/** When and where a hedge may be started. */
export interface Hedging {
  /** A request for the model arrived, or the share of one: it earns a part of a hedge. */
  readonly deposit: (model: string, share: number) => void;
  /** How long the endpoint gets for its first content before it is hedged; `undefined` where it is not known how slow it usually is. */
  readonly delayMs: (endpoint: Endpoint) => number | undefined;
  /** Whether the candidate may be called beside the first. */
  readonly permits: (candidate: RankedCandidate, first: RankedCandidate) => boolean;
  /** Takes one hedge of the model's, if there is one. */
  readonly withdraw: (model: string) => boolean;
  /** The endpoint's provider limited us. */
  readonly limited: (endpoint: Endpoint) => void;
}

const shortestDelayMs = 1_000;
const budget = { perRequest: 0.02, perSecond: 0, most: 10 };
/** A provider that limited us is not asked for more than is needed for so long. */
const quietAfterLimitMs = 10_000;
const largestShareOfCap = 0.5;

export function createHedging({ maxCostFactor }: HedgingSettings, clock: Clock, health: EndpointHealthBook): Hedging {
  const budgets = new Map<string, RetryBudget>();
  const limitedAtMs = new Map<string, number>();
  const budgetOf = (model: string) => {
    const known = budgets.get(model) ?? createRetryBudget(budget);
    budgets.set(model, known);
    return known;
  };

  return {
    deposit: (model, share) => budgetOf(model).deposit(clock.monotonic(), share),
    delayMs(endpoint) {
      const usuallyMs = health.statistics(endpoint).firstContentP95Ms();
      return usuallyMs === undefined ? undefined : Math.max(shortestDelayMs, usuallyMs);
    },
    permits({ endpoint, expectedCost }, first) {
      const nowMs = clock.monotonic();
      const statistics = health.statistics(endpoint);
      return (
        endpoint.model === first.endpoint.model &&
        expectedCost <= maxCostFactor * first.expectedCost &&
        nowMs - (limitedAtMs.get(endpoint.provider) ?? Number.NEGATIVE_INFINITY) >= quietAfterLimitMs &&
        statistics.inFlight() < largestShareOfCap * statistics.trafficCap(nowMs) &&
        // A trial call has to tell something; the loser of a race does not.
        health.breaker(endpoint).state().name === 'closed'
      );
    },
    withdraw: (model) => budgetOf(model).withdraw(clock.monotonic()),
    limited: ({ provider }) => limitedAtMs.set(provider, clock.monotonic()),
  };
}

export interface Race<T> {
  readonly first: Contender<T>;
  readonly delayMs: number;
  /** Starts the hedge, unless there is none to start by then. */
  readonly second: () => Contender<T> | undefined;
  /** Drops what a loser brought in the very moment in which it lost. */
  readonly letGo: (value: T) => void;
  readonly clock: Clock;
}

/**
 * The outcome of the first attempt or, where it has none after the delay, of the one of two that answers first; the other is then
 * abandoned at once, which says nothing about its endpoint. One that fails while the other runs just leaves it alone. Rejects with what
 * `second` throws.
 */
export function race<T>({ first, delayMs, second, letGo, clock }: Race<T>): Promise<Outcome<T>> {
  return new Promise((resolve, reject) => {
    const running = new Set<Contender<T>>();
    let over = false;
    const end = () => {
      over = true;
      cancelHedge();
    };
    const enter = (contender: Contender<T>) => {
      running.add(contender);
      contender.outcome.then(
        (outcome) => {
          running.delete(contender);
          if (over) {
            if ('value' in outcome) letGo(outcome.value);
            return;
          }
          if ('failure' in outcome && running.size > 0) return;
          end();
          for (const loser of running) loser.attempt.abandon();
          resolve(outcome);
        },
        (reason) => {
          end();
          reject(reason);
        },
      );
    };
    const cancelHedge = clock.after(delayMs, () => {
      try {
        const hedge = second();
        if (hedge !== undefined) enter(hedge);
      } catch (bug) {
        // In a timer nobody else would catch it.
        end();
        for (const loser of running) loser.attempt.abandon();
        reject(bug);
      }
    });
    enter(first);
  });
}
