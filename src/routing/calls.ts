import type { Endpoint } from '../catalog.ts';
import type { Answer } from '../chat.ts';
import type { Clock } from '../clock.ts';
import type { Attempt } from '../completion.ts';
import { ProviderError } from '../errors.ts';
import type { Provider } from '../providers/provider.ts';
import { beginAttempt, type RunningAttempt } from './attempt.ts';
import type { EndpointHealthBook } from './endpoint-health.ts';
import { isFilteredAway, type Run } from './run.ts';

/** One way of asking a provider. */
export interface Call<T> {
  readonly ask: (run: Run, attempt: RunningAttempt, provider: Provider) => Promise<T>;
  /** What has been said so far. */
  readonly answerOf: (value: T) => Answer;
  /** Drops what nobody will read. */
  readonly letGo: (value: T) => void;
  /** Whether the first content comes while the answer is being written, rather than with all of it. */
  readonly streaming: boolean;
}

/** What an attempt has come to. */
export type Outcome<T> =
  | { readonly attempt: RunningAttempt; readonly value: T }
  | { readonly attempt: RunningAttempt; readonly failure: ProviderError };

/** An attempt, and what it will have come to. */
export interface Contender<T> {
  readonly attempt: RunningAttempt;
  /** Rejects only when the request aborts, with its reason. */
  readonly outcome: Promise<Outcome<T>>;
}

export interface Calls {
  /** Begins an attempt. `anotherModelLeft` tells at its end whether an answer that moderation emptied is to count as a failure. */
  readonly start: <T>(run: Run, call: Call<T>, endpoint: Endpoint, anotherModelLeft: () => boolean) => Contender<T>;
  /** Ends an attempt for what was thrown, and says what that was. `cost`: of what it had delivered. */
  readonly fail: (run: Run, attempt: RunningAttempt, thrown: unknown, cost?: string) => ProviderError;
}

export interface CallsOptions {
  readonly health: EndpointHealthBook;
  readonly clock: Clock;
  /** Told of each attempt when it ends. */
  readonly onAttempt: (attempt: Attempt, generationId: string) => void;
  readonly onBug?: ((error: unknown, generationId: string) => void) | undefined;
}

/** A whole answer comes at once, when it is written; its first byte may take as long as several first tokens. */
const wholeAnswerFactor = 4;
const shortestFirstContentMs = 3_000;

/** Calls endpoints, each once; what comes of a failure is decided elsewhere. */
export function createCalls({ health, clock, onAttempt, onBug }: CallsOptions): Calls {
  const begin = (run: Run, endpoint: Endpoint, streaming: boolean): RunningAttempt => {
    const deadlines = run.upstreams.deadlines(endpoint);
    const firstContentMs = streaming
      ? firstContentDeadline(health.statistics(endpoint).firstContentP95Ms(), deadlines.firstContentMs)
      : deadlines.firstContentMs * wholeAnswerFactor;
    const attempt = beginAttempt({
      endpoint,
      estimatedPromptTokens: run.requirements.estimatedPromptTokens,
      images: run.requirements.images,
      deadlines: { ...deadlines, firstContentMs, totalMs: Math.min(deadlines.totalMs, run.remainingMs()) },
      hurried: run.remainingMs() < deadlines.totalMs,
      clock,
      health,
      signal: run.signal,
      onEnd: (ended) => {
        run.onAttempt?.(ended);
        onAttempt(ended, run.generationId);
      },
    });
    run.attempts.push(attempt);
    return attempt;
  };

  /** An adapter throws nothing but ProviderErrors. Should one stumble over an answer, that is a bug, and still no reason to give up. */
  const fail = (run: Run, attempt: RunningAttempt, thrown: unknown, cost?: string): ProviderError => {
    const reason: unknown = attempt.signal.reason;
    const failure = [reason, thrown].find((error) => error instanceof ProviderError);
    if (failure === undefined) onBug?.(thrown, run.generationId);
    health.affinity.forget(run.requirements.conversation, attempt.endpoint);
    return attempt.fail(failure ?? new ProviderError('malformed_response', 'The answer could not be read.'), cost);
  };

  return {
    start(run, call, endpoint, anotherModelLeft) {
      const attempt = begin(run, endpoint, call.streaming);
      const outcome = async () => {
        try {
          const provider = run.upstreams.providers.get(endpoint.provider);
          if (provider === undefined) throw new Error(`${endpoint.provider} is configured, but has no adapter`);
          const value = await call.ask(run, attempt, provider);
          const answer = call.answerOf(value);
          if (isFilteredAway(answer) && anotherModelLeft()) {
            if (answer.usage !== undefined) attempt.used(answer.usage);
            call.letGo(value);
            throw new ProviderError('content_filtered', 'The answer was filtered away.');
          }
          return { attempt, value };
        } catch (thrown) {
          if (run.signal.aborted) {
            attempt.abandon();
            throw run.signal.reason;
          }
          // Another attempt was faster, and this one was given up for it.
          if (attempt.snapshot().outcome !== undefined) {
            return { attempt, failure: new ProviderError('truncated', 'It was given up.') };
          }
          return { attempt, failure: fail(run, attempt, thrown) };
        }
      };
      return { attempt, outcome: outcome() };
    },
    fail,
  };
}

/** Four times what is usual is slow: from there on another endpoint is likelier to answer first. Never more than what is configured. */
function firstContentDeadline(p95Ms: number | undefined, configuredMs: number): number {
  return p95Ms === undefined ? configuredMs : Math.min(configuredMs, Math.max(shortestFirstContentMs, 4 * p95Ms));
}
