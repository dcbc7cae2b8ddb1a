import type { Endpoint } from '../catalog.ts';
import type { Answer, ChatRequest, ProviderPreferences } from '../chat.ts';
import { type Clock, type Random, sleep } from '../clock.ts';
import type { Attempt } from '../completion.ts';
import { type Exclusion, ProviderError } from '../errors.ts';
import type { Provider, ProviderCall } from '../providers/provider.ts';
import { beginAttempt, type RunningAttempt } from './attempt.ts';
import { candidatesOf, type Selection } from './candidates.ts';
import type { EndpointHealthBook } from './endpoint-health.ts';
import { failurePolicy } from './failure-policy.ts';
import { type ChosenModel, modelChoices } from './model-choice.ts';
import { rank, type Strategy } from './ranking.ts';
import { recoveryMs } from './recovery.ts';
import { requestFailure } from './request-failure.ts';
import { createRetryBudget, type RetryBudget } from './retry-budget.ts';
import { isFilteredAway, providerCallOf, type Run } from './run.ts';

export interface FailoverOptions {
  readonly health: EndpointHealthBook;
  readonly clock: Clock;
  readonly random: Random;
  readonly strategy: Strategy;
  readonly onAttempt?: ((attempt: Attempt, generationId: string) => void) | undefined;
  readonly onBug?: ((error: unknown, generationId: string) => void) | undefined;
}

/** What an attempt that answered brought. */
export interface Answered<T> {
  readonly attempt: RunningAttempt;
  readonly chosen: ChosenModel;
  readonly value: T;
}

/** One way of asking a provider. */
export interface Call<T> {
  readonly ask: (attempt: RunningAttempt, provider: Provider, call: ProviderCall) => Promise<T>;
  /** What has been said so far. */
  readonly answerOf: (value: T) => Answer;
  /** Whether the first content comes while the answer is being written, rather than with all of it. */
  readonly streaming: boolean;
}

export interface Failover {
  /** Calls endpoint after endpoint until one answers. Rejects with a CompletionError, or with the signal's reason. */
  readonly firstToAnswer: <T>(run: Run, call: Call<T>) => Promise<Answered<T>>;
  /** Ends an attempt for what was thrown, and says what that was. */
  readonly fail: (run: Run, attempt: RunningAttempt, thrown: unknown) => ProviderError;
}

const maxAttempts = 3;
const maxAttemptsWhileFallbacksRemain = 2;
/** A request waits so long for endpoints to come back, all in all; and a provider that wants more is not waited for. */
const longestWaitMs = 1_000;
/** A whole answer comes at once, when it is written; its first byte may take as long as several first tokens. */
const wholeAnswerFactor = 4;
const shortestFirstContentMs = 3_000;
const retryBudget = { perRequest: 0.2, perSecond: 1, most: 100 };

/** The only retry loop in the program. */
export function createFailover({ health, clock, random, strategy, onAttempt, onBug }: FailoverOptions): Failover {
  const budgets = new Map<string, RetryBudget>();
  const budgetOf = (model: string) => {
    const budget = budgets.get(model) ?? createRetryBudget(retryBudget);
    budgets.set(model, budget);
    return budget;
  };

  const firstToAnswer = async <T>(run: Run, call: Call<T>): Promise<Answered<T>> => {
    const { catalog, providers } = run.upstreams;
    const models = modelChoices(run.request, catalog, run.requirements);
    const onlyFirst = run.request.provider?.allowFallbacks === false && (run.request.provider.order ?? []).length === 0;
    // By model, as they stood when its endpoints were last looked at before one was tried.
    const exclusions = new Map<string, readonly Exclusion[]>();
    // An endpoint is tried once, also where a model comes twice, with a variant and without.
    const tried = new Set<Endpoint>();
    let retryAfterMs: number | undefined;
    let waitedMs = 0;
    const mayRetryIn = (ms: number | undefined) => {
      if (ms !== undefined) retryAfterMs = Math.min(retryAfterMs ?? Number.POSITIVE_INFINITY, Math.ceil(ms));
    };

    search: for (const [index, chosen] of models.entries()) {
      const { model, name, preferences } = chosen;
      const request = preferences === run.request.provider ? run.request : withPreferences(run.request, preferences);
      const selection: Selection = { request, requirements: run.requirements, catalog, health };
      const lastModel = index === models.length - 1;
      const limit = lastModel
        ? maxAttempts
        : Math.min(maxAttempts, run.attempts.length + maxAttemptsWhileFallbacksRemain);
      const budget = budgetOf(model.slug);
      budget.deposit(clock.monotonic());
      const endpoints = catalog.endpointsOfModel(model.slug);
      let choices: number | undefined;

      while (run.attempts.length < limit && run.remainingMs() > 0) {
        const candidates = candidatesOf(
          endpoints.filter((endpoint) => !tried.has(endpoint)),
          selection,
        );
        if (choices === undefined) exclusions.set(name, candidates.exclusions);
        const [next] = rank(candidates.remaining, selection, strategy, random);
        const provider = next && providers.get(next.endpoint.provider);

        if (next === undefined || provider === undefined) {
          const waitMs = recoveryMs(candidates.exclusions, catalog, health, random);
          mayRetryIn(waitMs);
          if (!lastModel || waitMs === undefined || waitedMs + waitMs > longestWaitMs || waitMs > run.remainingMs())
            break;
          waitedMs += waitMs;
          await sleep(clock, waitMs, run.signal);
          continue;
        }

        choices ??= candidates.remaining.length;
        if (run.attempts.length > 0 && !budget.withdraw(clock.monotonic())) break search;
        tried.add(next.endpoint);
        const attempt = begin(run, next.endpoint, call.streaming);
        try {
          const value = await call.ask(attempt, provider, providerCallOf(run, next.endpoint));
          if (!lastModel && isFilteredAway(call.answerOf(value))) {
            throw new ProviderError('content_filtered', 'The answer was filtered away.');
          }
          return { attempt, chosen, value };
        } catch (thrown) {
          if (run.signal.aborted) {
            attempt.abandon();
            throw run.signal.reason;
          }
          const failure = fail(run, attempt, thrown);
          mayRetryIn(failure.retryAfterMs);
          const { nextModel, nextEndpoint, again } = failurePolicy[failure.kind];
          if (!nextModel) break search;
          if (!nextEndpoint) break;
          const alone = choices === 1 && lastModel;
          if (alone && again && run.attempts.length < limit) {
            const backoffMs = Math.max(random() * 250 * 2 ** (run.attempts.length - 1), failure.retryAfterMs ?? 0);
            if (backoffMs > Math.min(longestWaitMs, run.remainingMs())) break;
            await sleep(clock, backoffMs, run.signal);
            tried.delete(next.endpoint);
          } else if (onlyFirst) break;
        }
      }
    }
    throw requestFailure({
      models: models.map(({ name }) => name),
      attempts: run.attempts.map((attempt) => attempt.snapshot()),
      exclusions: [...exclusions.values()].flat(),
      outOfTime: run.remainingMs() <= 0,
      retryAfterMs,
    });
  };

  const begin = (run: Run, endpoint: Endpoint, streaming: boolean): RunningAttempt => {
    const deadlines = run.upstreams.deadlines(endpoint);
    const firstContentMs = streaming
      ? firstContentDeadline(health.statistics(endpoint).firstContentP95Ms(), deadlines.firstContentMs)
      : deadlines.firstContentMs * wholeAnswerFactor;
    const attempt = beginAttempt({
      endpoint,
      estimatedPromptTokens: run.requirements.estimatedPromptTokens,
      deadlines: { ...deadlines, firstContentMs, totalMs: Math.min(deadlines.totalMs, run.remainingMs()) },
      hurried: run.remainingMs() < deadlines.totalMs,
      clock,
      health,
      signal: run.signal,
      onEnd: (ended) => onAttempt?.(ended, run.generationId),
    });
    run.attempts.push(attempt);
    return attempt;
  };

  /** An adapter throws nothing but ProviderErrors. Should one stumble over an answer, that is a bug, and still no reason to give up. */
  const fail = (run: Run, attempt: RunningAttempt, thrown: unknown): ProviderError => {
    const reason: unknown = attempt.signal.reason;
    const failure = [reason, thrown].find((error) => error instanceof ProviderError);
    if (failure === undefined) onBug?.(thrown, run.generationId);
    return attempt.fail(failure ?? new ProviderError('malformed_response', 'The answer could not be read.'));
  };

  return { firstToAnswer, fail };
}

function withPreferences(request: ChatRequest, provider: ProviderPreferences | undefined): ChatRequest {
  return provider === undefined ? request : { ...request, provider };
}

/** Four times what is usual is slow: from there on another endpoint is likelier to answer first. Never more than what is configured. */
function firstContentDeadline(p95Ms: number | undefined, configuredMs: number): number {
  return p95Ms === undefined ? configuredMs : Math.min(configuredMs, Math.max(shortestFirstContentMs, 4 * p95Ms));
}
