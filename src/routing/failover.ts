import type { Endpoint } from '../catalog.ts';
import { type Clock, type Random, sleep } from '../clock.ts';
import type { Attempt } from '../completion.ts';
import type { Exclusion } from '../errors.ts';
import type { RunningAttempt } from './attempt.ts';
import { type BoundedWait, createBoundedWait } from './bounded-wait.ts';
import { type Call, type Calls, type Contender, createCalls } from './calls.ts';
import type { Selection } from './candidates.ts';
import type { EndpointHealthBook } from './endpoint-health.ts';
import { failurePolicy } from './failure-policy.ts';
import { createHedging, type HedgingSettings, race } from './hedge.ts';
import { type ChosenModel, modelChoices } from './model-choice.ts';
import type { RankedCandidate, Strategy } from './ranking.ts';
import { recoveryOf } from './recovery.ts';
import { requestFailure } from './request-failure.ts';
import { createRetryBudget, type RetryBudget } from './retry-budget.ts';
import type { Run } from './run.ts';
import {
  allowsOnlyFirst,
  attemptLimit,
  candidatesInOrder,
  choiceOf,
  maxAttempts,
  type Stage,
  stagesOf,
} from './stages.ts';
import { createWaitingLine } from './waiting-line.ts';

export interface FailoverOptions {
  readonly health: EndpointHealthBook;
  readonly clock: Clock;
  readonly random: Random;
  readonly strategy: Strategy;
  readonly hedging: HedgingSettings;
  readonly onAttempt?: ((attempt: Attempt, generationId: string) => void) | undefined;
  readonly onBug?: ((error: unknown, generationId: string) => void) | undefined;
}

/** What an attempt that answered brought. */
export interface Answered<T> {
  readonly attempt: RunningAttempt;
  readonly chosen: ChosenModel;
  readonly value: T;
}

export interface Failover extends Pick<Calls, 'fail'> {
  /** Calls endpoint after endpoint until one answers. Rejects with a CompletionError, or with the signal's reason. */
  readonly firstToAnswer: <T>(run: Run, call: Call<T>) => Promise<Answered<T>>;
  /** Whether requests wait for the endpoint, which a new one would leave to them. */
  readonly isAwaited: (endpoint: Endpoint) => boolean;
}

/** How long the only endpoint may ask to be left alone before it is called again. */
const longestBackoffMs = 1_000;
const retryBudget = { perRequest: 0.2, perSecond: 1, most: 100 };
/** So long after it was found dry a budget has a retry again, whatever else comes in. */
const dryForMs = 1_000 / retryBudget.perSecond;

/** The only retry loop in the program. */
export function createFailover(options: FailoverOptions): Failover {
  const { health, clock, random, strategy, onAttempt, onBug } = options;
  const line = createWaitingLine(clock);
  const hedging = options.hedging.enabled ? createHedging(options.hedging, clock, health) : undefined;
  const budgets = new Map<string, RetryBudget>();
  const budgetOf = (model: string) => {
    const budget = budgets.get(model) ?? createRetryBudget(retryBudget);
    budgets.set(model, budget);
    return budget;
  };
  const deposit = ({ choices }: Stage) => {
    const share = 1 / choices.length;
    for (const { model } of choices) {
      budgetOf(model.slug).deposit(clock.monotonic(), share);
      hedging?.deposit(model.slug, share);
    }
  };
  const { start, fail } = createCalls({
    health,
    clock,
    onBug,
    onAttempt(attempt, generationId) {
      if (attempt.failureKind === 'rate_limited') hedging?.limited(attempt.endpoint);
      line.freed(attempt.endpoint);
      onAttempt?.(attempt, generationId);
    },
  });

  const answerTo = async <T>(run: Run, call: Call<T>, wait: BoundedWait): Promise<Answered<T>> => {
    const { catalog } = run.upstreams;
    const { request, requirements, permits, remainingMs } = run;
    const models = modelChoices(request, catalog, requirements, permits);
    const selection: Selection = { request, requirements, catalog, permits, health, remainingMs };
    const onlyFirst = allowsOnlyFirst(request);
    const mayBeHedged = call.streaming && !onlyFirst && (request.tools ?? []).length === 0;
    // As they stood when the endpoints of each stage were last looked at before one was tried.
    const exclusions = new Map<Stage['choices'], readonly Exclusion[]>();
    // An endpoint is tried once, also where a model comes twice, with a variant and without.
    const tried = new Set<Endpoint>();
    let retryAfterMs: number | undefined;
    const mayRetryIn = (ms: number | undefined) => {
      if (ms !== undefined) retryAfterMs = Math.min(retryAfterMs ?? Number.POSITIVE_INFINITY, Math.ceil(ms));
    };

    const stages = [...stagesOf(models, selection)];
    let worthWaitingFor: Stage | undefined;

    search: for (const stage of stages) {
      const limit = attemptLimit(stage, run.attempts.length);
      let choices: number | undefined;
      if (!exclusions.has(stage.choices)) deposit(stage);

      const look = () => candidatesInOrder(stage, selection, strategy, random, tried, wait.isForOthers);
      const begin = ({ endpoint }: RankedCandidate): Contender<T> => {
        tried.add(endpoint);
        return start(run, call, endpoint, () => {
          const others = stage.endpoints.some((other) => other.model !== endpoint.model && !tried.has(other));
          return run.attempts.length < maxAttempts && (others || !stage.last);
        });
      };
      const hedge = (first: RankedCandidate, others: readonly RankedCandidate[]): Contender<T> | undefined => {
        if (run.signal.aborted || run.attempts.length >= limit) return undefined;
        // From the order in which the first one stands, since only there their costs were expected alike.
        const stillThere = new Set(look().ranked.map(({ endpoint }) => endpoint));
        const second = others.find((other) => stillThere.has(other.endpoint) && hedging?.permits(other, first));
        return second !== undefined && hedging?.withdraw(first.endpoint.model) ? begin(second) : undefined;
      };

      while (run.attempts.length < limit && remainingMs() > 0) {
        const candidates = look();
        if (choices === undefined) exclusions.set(stage.choices, candidates.exclusions);
        const [next, ...others] = candidates.ranked;

        if (next === undefined) {
          const recovery = recoveryOf(candidates.exclusions, catalog, health, random);
          mayRetryIn(recovery?.retryInMs);
          if (!stage.last) {
            if (recovery !== undefined) worthWaitingFor = stage;
            break;
          }
          if (recovery === undefined) {
            // Nothing comes back here, so the last stage in which something does comes once more.
            if (worthWaitingFor !== undefined) stages.push({ ...worthWaitingFor, last: true });
            worthWaitingFor = undefined;
            break;
          }
          if (!(await wait.turn(recovery))) break;
          continue;
        }

        choices ??= candidates.ranked.length;
        if (run.attempts.length > 0 && !budgetOf(next.endpoint.model).withdraw(clock.monotonic())) {
          mayRetryIn(dryForMs);
          break search;
        }
        const first = begin(next);
        wait.leave();
        const delayMs = mayBeHedged ? hedging?.delayMs(next.endpoint) : undefined;
        const outcome = await (delayMs === undefined
          ? first.outcome
          : race({ first, delayMs, second: () => hedge(next, others), letGo: call.letGo, clock }));

        const { attempt } = outcome;
        const chosen = choiceOf(stage, attempt.endpoint);
        if ('value' in outcome) {
          line.freed(attempt.endpoint);
          return { attempt, chosen, value: outcome.value };
        }
        mayRetryIn(outcome.failure.retryAfterMs);
        const { nextModel, nextEndpoint, again } = failurePolicy[outcome.failure.kind];
        if (!nextModel) break search;
        if (!nextEndpoint) {
          for (const endpoint of stage.endpoints) if (endpoint.model === chosen.model.slug) tried.add(endpoint);
          continue;
        }
        const alone = choices === 1 && stage.last;
        if (alone && again && run.attempts.length < limit) {
          const askedMs = outcome.failure.retryAfterMs ?? 0;
          const backoffMs = Math.max(random() * 250 * 2 ** (run.attempts.length - 1), askedMs);
          if (backoffMs > Math.min(longestBackoffMs, remainingMs())) break;
          await sleep(clock, backoffMs, run.signal);
          tried.delete(attempt.endpoint);
        } else if (onlyFirst) break;
      }
    }
    throw requestFailure({
      models: models.map(({ name }) => name),
      attempts: run.attempts.map((attempt) => attempt.snapshot()),
      exclusions: [...exclusions.values()].flat(),
      outOfTime: remainingMs() <= 0,
      retryAfterMs,
    });
  };

  return {
    async firstToAnswer(run, call) {
      const wait = createBoundedWait(run, { line, health, clock });
      try {
        return await answerTo(run, call, wait);
      } finally {
        wait.leave();
      }
    },
    fail,
    isAwaited: line.isAwaited,
  };
}
