import type { Deadlines, Endpoint } from '../catalog.ts';
import type { Clock } from '../clock.ts';
import type { Attempt, AttemptOutcome } from '../completion.ts';
import type { ProviderError } from '../errors.ts';
import { watchDeadlines } from './deadlines.ts';
import type { EndpointHealthBook } from './endpoint-health.ts';
import { failurePolicy } from './failure-policy.ts';

/** An attempt that runs: its clock, its signal, and what its end means for the endpoint. */
export interface RunningAttempt {
  readonly endpoint: Endpoint;
  /** Aborts when the request does, when a deadline passes, and when the attempt ends without success. */
  readonly signal: AbortSignal;
  /** Content came. */
  readonly content: () => void;
  /** `completionTokens` is absent where it does not tell the speed. */
  readonly succeed: (completionTokens?: number) => void;
  /** The request was cancelled or hung up on; says nothing about the endpoint. */
  readonly abandon: () => void;
  readonly fail: (failure: ProviderError) => ProviderError;
  /** The attempt as it stands. */
  readonly snapshot: () => Attempt;
}

export interface AttemptOptions {
  readonly endpoint: Endpoint;
  readonly deadlines: Deadlines;
  readonly clock: Clock;
  readonly health: EndpointHealthBook;
  /** The request's. */
  readonly signal: AbortSignal;
  readonly onEnd: (attempt: Attempt) => void;
}

export function beginAttempt({ endpoint, deadlines, clock, health, signal, onEnd }: AttemptOptions): RunningAttempt {
  const startedAt = clock.now();
  const started = clock.monotonic();
  const breaker = health.breaker(endpoint);
  const controller = new AbortController();
  const abort = () => controller.abort(signal.reason);
  if (signal.aborted) abort();
  else signal.addEventListener('abort', abort, { once: true });
  const watch = watchDeadlines(clock, deadlines, (error) => controller.abort(error));
  let firstContentMs: number | undefined;
  let ended: Attempt | undefined;
  breaker.began();

  const snapshot = (): Attempt =>
    ended ?? { endpoint, startedAt, ...(firstContentMs !== undefined && { firstContentMs }) };

  const end = (outcome: AttemptOutcome, failure?: ProviderError) => {
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
    };
    onEnd(ended);
  };

  return {
    endpoint,
    signal: controller.signal,
    snapshot,
    content() {
      watch.content();
      if (firstContentMs !== undefined) return;
      firstContentMs = Math.round(clock.monotonic() - started);
      breaker.answered();
      health.measure(endpoint, { firstContentMs });
    },
    succeed(completionTokens) {
      breaker.succeeded();
      const seconds = (clock.monotonic() - started) / 1000;
      if (completionTokens !== undefined && seconds > 0)
        health.measure(endpoint, { throughput: completionTokens / seconds });
      end('succeeded');
    },
    abandon() {
      if (ended === undefined) breaker.abandoned();
      end('cancelled');
    },
    fail(failure) {
      const { countsAgainstEndpoint, cooling } = failurePolicy[failure.kind];
      if (countsAgainstEndpoint) breaker.failed();
      else breaker.abandoned();
      // Whoever says when to come back is left alone until then, whatever went wrong.
      const coolingMs = failure.retryAfterMs ?? cooling?.defaultMs;
      if (coolingMs !== undefined) health.cool(endpoint, cooling?.scope ?? 'endpoint', coolingMs);
      end('failed', failure);
      return failure;
    },
  };
}
