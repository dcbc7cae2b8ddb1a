import type { Deadlines, Endpoint } from '../catalog.ts';
import type { Usage } from '../chat.ts';
import type { Clock } from '../clock.ts';
import type { Attempt, AttemptOutcome } from '../completion.ts';
import type { ProviderError } from '../errors.ts';
import { costOf } from '../pricing.ts';
import { advanceCooldownMs, askedCooldownMs, guessedCooldownMs } from './cooldown.ts';
import { watchDeadlines } from './deadlines.ts';
import type { EndpointHealthBook } from './endpoint-health.ts';
import { type FailureConsequence, failurePolicy, rateLimitCooling } from './failure-policy.ts';
import { countsAgainstUptime } from './health-windows.ts';

/** An attempt that runs: its clock, its signal, and what its end means for the endpoint. */
export interface RunningAttempt {
  readonly endpoint: Endpoint;
  /** Aborts when the request does, when a deadline passes, and when the attempt ends without success. */
  readonly signal: AbortSignal;
  /** Content came. */
  readonly content: () => void;
  /** The provider said what it has used so far. */
  readonly used: (usage: Usage) => void;
  readonly succeed: (usage: Usage, cost: string) => void;
  /**
   * The request was cancelled or hung up on, or another attempt was faster; says nothing about the endpoint. Without a cost it is the
   * prompt's, as estimated, or that of the usage that came.
   */
  readonly abandon: (cost?: string) => void;
  /** Without a cost it is that of the usage that came, or none. */
  readonly fail: (failure: ProviderError, cost?: string) => ProviderError;
  /** The provider answers, and says that its limit is used up for so long: what it would refuse is not sent. */
  readonly quotaUsedUp: (resetMs: number | undefined) => void;
  /** The attempt as it stands. */
  readonly snapshot: () => Attempt;
}

export interface AttemptOptions {
  readonly endpoint: Endpoint;
  readonly estimatedPromptTokens: number;
  /** How many the prompt has. */
  readonly images: number;
  readonly deadlines: Deadlines;
  /** Whether the total deadline is the caller's own: that it passed says nothing about the endpoint. */
  readonly hurried: boolean;
  readonly clock: Clock;
  readonly health: EndpointHealthBook;
  /** The request's. */
  readonly signal: AbortSignal;
  readonly onEnd: (attempt: Attempt) => void;
}

const nothing = { promptTokens: 0, completionTokens: 0, cachedTokens: 0, cacheWriteTokens: 0, reasoningTokens: 0 };
/** A server that fails cannot know for how long; only a limit is a promise. */
const longestOutageMs = 5 * 60_000;

export function beginAttempt(options: AttemptOptions): RunningAttempt {
  const { endpoint, estimatedPromptTokens, images, deadlines, hurried, clock, health, signal, onEnd } = options;
  const startedAt = clock.now();
  const started = clock.monotonic();
  const statistics = health.statistics(endpoint);
  const controller = new AbortController();
  const abort = () => controller.abort(signal.reason);
  if (signal.aborted) abort();
  else signal.addEventListener('abort', abort, { once: true });
  const watch = watchDeadlines(clock, deadlines, (error) => controller.abort(error));
  let firstContentMs: number | undefined;
  let lastUsage: Usage | undefined;
  let ended: Attempt | undefined;
  const breakerCall = health.breaker(endpoint).began();
  statistics.began();

  const snapshot = (): Attempt =>
    ended ?? { endpoint, startedAt, ...(firstContentMs !== undefined && { firstContentMs }) };

  const unaskedMs = (cooling: FailureConsequence['cooling']) =>
    cooling === rateLimitCooling ? guessedCooldownMs(cooling.defaultMs, health.random) : cooling?.defaultMs;

  const end = (outcome: AttemptOutcome, cost: string | undefined, failure?: ProviderError) => {
    if (ended !== undefined) return;
    watch.stop();
    signal.removeEventListener('abort', abort);
    // An answer that is whole has let go of its connection by itself, and may leave it to the next call.
    if (outcome !== 'succeeded') controller.abort();
    ended = {
      ...snapshot(),
      outcome,
      durationMs: Math.round(clock.monotonic() - started),
      ...(failure !== undefined && { failureKind: failure.kind, message: failure.message }),
      ...(failure?.status !== undefined && { status: failure.status }),
      ...(cost !== undefined && { cost }),
    };
    statistics.ended();
    statistics.windows.attempted({ succeeded: verdictOn(outcome, failure), firstContentMs }, clock.monotonic());
    onEnd(ended);
  };

  const costOfUsage = () => lastUsage && costOf(lastUsage, endpoint.pricing, images);
  const costOfPrompt = () => costOf({ ...nothing, promptTokens: estimatedPromptTokens }, endpoint.pricing, images);

  /** What the end says about the endpoint. A deadline of the caller's own says nothing. */
  const verdictOn = (outcome: AttemptOutcome, failure: ProviderError | undefined): boolean | undefined => {
    if (outcome === 'succeeded') return true;
    if (failure === undefined || (hurried && failure.kind === 'total_timeout')) return undefined;
    return countsAgainstUptime(failure) ? false : undefined;
  };

  return {
    endpoint,
    signal: controller.signal,
    snapshot,
    content() {
      watch.content();
      if (firstContentMs !== undefined) return;
      firstContentMs = Math.round(clock.monotonic() - started);
      breakerCall.answered();
      statistics.firstContent({ promptTokens: estimatedPromptTokens, firstContentMs });
    },
    used(usage) {
      lastUsage = usage;
    },
    succeed({ promptTokens, cachedTokens, completionTokens }, cost) {
      breakerCall.succeeded();
      const elapsedMs = clock.monotonic() - started;
      const writingMs = firstContentMs === undefined ? undefined : elapsedMs - firstContentMs;
      statistics.succeeded({ promptTokens, cachedTokens, completionTokens, writingMs }, clock.monotonic());
      end('succeeded', cost);
    },
    abandon(cost) {
      if (ended !== undefined) return;
      breakerCall.abandoned();
      end('cancelled', cost ?? costOfUsage() ?? costOfPrompt());
    },
    fail(failure, cost) {
      const { countsAgainstEndpoint, cooling } = failurePolicy[failure.kind];
      const nowMs = clock.monotonic();
      if (countsAgainstEndpoint && !(hurried && failure.kind === 'total_timeout')) {
        statistics.failed(nowMs);
        breakerCall.failed();
      } else breakerCall.abandoned();
      if (failure.kind === 'rate_limited') statistics.limited(nowMs);
      // Whoever says when to come back is left alone until then, whatever went wrong.
      const askedMs = cooling === undefined ? atMost(failure.retryAfterMs, longestOutageMs) : failure.retryAfterMs;
      const coolingMs = askedMs === undefined ? unaskedMs(cooling) : askedCooldownMs(askedMs, health.random);
      if (coolingMs !== undefined) health.cool(endpoint, cooling?.scope ?? 'endpoint', coolingMs, failure.kind);
      end('failed', cost ?? costOfUsage(), failure);
      return failure;
    },
    quotaUsedUp(resetMs) {
      const coolingMs = resetMs === undefined ? unaskedMs(rateLimitCooling) : advanceCooldownMs(resetMs, health.random);
      statistics.limited(clock.monotonic());
      if (coolingMs !== undefined) health.cool(endpoint, rateLimitCooling.scope, coolingMs, 'rate_limited');
    },
  };
}

function atMost(value: number | undefined, most: number): number | undefined {
  return value === undefined ? undefined : Math.min(value, most);
}
