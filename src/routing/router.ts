import type { Endpoint, Model } from '../catalog.ts';
import type { Answer } from '../chat.ts';
import { type Clock, type Random, sleep } from '../clock.ts';
import type { Attempt, Completion, Router, StreamEvent } from '../completion.ts';
import { Cancelled, CompletionError, type Exclusion, InternalError, ProviderError } from '../errors.ts';
import type { Provider, ProviderCall } from '../providers/provider.ts';
import { abortable } from './abortable.ts';
import { beginAttempt, type RunningAttempt } from './attempt.ts';
import { candidatesOf, type Selection } from './candidates.ts';
import type { EndpointHealthBook } from './endpoint-health.ts';
import { failurePolicy } from './failure-policy.ts';
import { contentOf, type OpenStream, openStream, receive } from './open-stream.ts';
import { rank } from './ranking.ts';
import { requestFailure } from './request-failure.ts';
import { isFilteredAway, modelsOf, providerCallOf, type Run, startRun, type Upstreams } from './run.ts';
import { type CountTokens, settle, withoutReasoning } from './settlement.ts';

export interface RouterOptions {
  readonly upstreams: () => Upstreams;
  readonly health: EndpointHealthBook;
  readonly clock: Clock;
  readonly random: Random;
  readonly countTokens: CountTokens;
  /** Told of each attempt when it ends. */
  readonly onAttempt?: (attempt: Attempt, generationId: string) => void;
  /** Told of what must not happen; the caller gets an InternalError. */
  readonly onBug?: (error: unknown, generationId: string) => void;
}

/** What an attempt that answered brought. */
interface Answered<T> {
  readonly attempt: RunningAttempt;
  readonly model: Model;
  readonly value: T;
}

type Call<T> = (attempt: RunningAttempt, provider: Provider, call: ProviderCall) => Promise<T>;

const maxAttempts = 3;
const maxAttemptsWhileFallbacksRemain = 2;
/** A provider that wants to be left alone for longer than this is not waited for. */
const longestBackoffMs = 1_000;
/** A whole answer comes at once, when it is written; its first byte may take as long as several first tokens. */
const wholeAnswerFactor = 4;

export function createRouter(options: RouterOptions): Router {
  const { upstreams, health, clock, random, countTokens, onAttempt, onBug } = options;

  /** Calls endpoint after endpoint until one answers. The only retry loop in the program. */
  const firstToAnswer = async <T>(
    run: Run,
    firstContentFactor: number,
    call: Call<T>,
    answerOf: (value: T) => Answer,
  ): Promise<Answered<T>> => {
    const { catalog, providers } = run.upstreams;
    const models = modelsOf(run.request, catalog);
    const selection: Selection = { request: run.request, requirements: run.requirements, catalog, health };
    const exclusions: Exclusion[] = [];
    let retryAfterMs: number | undefined;
    const mayRetryIn = (ms: number | undefined) => {
      if (ms !== undefined) retryAfterMs = Math.min(retryAfterMs ?? ms, ms);
    };

    search: for (const [index, model] of models.entries()) {
      const lastModel = index === models.length - 1;
      const limit = lastModel
        ? maxAttempts
        : Math.min(maxAttempts, run.attempts.length + maxAttemptsWhileFallbacksRemain);
      const candidates = candidatesOf(catalog.endpointsOfModel(model.slug), selection);
      exclusions.push(...candidates.exclusions);
      for (const { endpoint, filter } of candidates.exclusions) {
        const cooling = filter === 'cooling' ? catalog.endpoint(endpoint) : undefined;
        if (cooling !== undefined) mayRetryIn(Math.ceil(health.coolingMs(cooling)));
      }

      const queue = [...rank(candidates.remaining, selection)];
      const alone = queue.length === 1 && lastModel;
      while (run.attempts.length < limit && run.remainingMs() > 0) {
        const endpoint = queue.shift();
        if (endpoint === undefined) break;
        const provider = providers.get(endpoint.provider);
        if (provider === undefined) continue;

        const attempt = begin(run, endpoint, firstContentFactor);
        try {
          const value = await call(attempt, provider, providerCallOf(run, endpoint));
          if (!lastModel && isFilteredAway(answerOf(value))) {
            throw new ProviderError('content_filtered', 'The answer was filtered away.');
          }
          return { attempt, model, value };
        } catch (thrown) {
          if (run.signal.aborted) {
            attempt.abandon();
            throw run.signal.reason;
          }
          const failure = fail(run, attempt, thrown);
          mayRetryIn(failure.retryAfterMs);
          const consequence = failurePolicy[failure.kind];
          if (!consequence.nextModel) break search;
          if (!consequence.nextEndpoint) break;
          if (alone && consequence.again && run.attempts.length < limit) {
            const backoffMs = Math.max(random() * 250 * 2 ** (run.attempts.length - 1), failure.retryAfterMs ?? 0);
            if (backoffMs > Math.min(longestBackoffMs, run.remainingMs())) break;
            await sleep(clock, backoffMs, run.signal);
            queue.push(endpoint);
          }
        }
      }
    }
    throw requestFailure({
      models: models.map(({ slug }) => slug),
      attempts: run.attempts.map((attempt) => attempt.snapshot()),
      exclusions,
      outOfTime: run.remainingMs() <= 0,
      retryAfterMs,
    });
  };

  const begin = (run: Run, endpoint: Endpoint, firstContentFactor: number): RunningAttempt => {
    const deadlines = run.upstreams.deadlines(endpoint);
    const attempt = beginAttempt({
      endpoint,
      deadlines: {
        ...deadlines,
        firstContentMs: deadlines.firstContentMs * firstContentFactor,
        totalMs: Math.min(deadlines.totalMs, run.remainingMs()),
      },
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

  const completionOf = async (run: Run, { attempt, model }: Answered<unknown>, answer: Answer): Promise<Completion> => {
    const { endpoint } = attempt;
    const provider = run.upstreams.catalog.provider(endpoint.provider);
    if (provider === undefined) throw new Error(`the catalog has endpoint ${endpoint.id} without its provider`);
    const { usage, cost } = await settle(run.request, answer, endpoint, run.requirements.images, countTokens);
    if (answer.finishReason === 'cancelled') attempt.abandon();
    else attempt.succeed(usage.completionTokens);
    return {
      ...(run.request.reasoning?.exclude === true ? withoutReasoning(answer) : answer),
      generationId: run.generationId,
      model,
      provider,
      endpoint,
      usage,
      cost,
      attempts: run.attempts.map((each) => each.snapshot()),
      createdAt: run.createdAt,
    };
  };

  // One generator and no `yield*`: each layer between an endpoint and a reader costs every event some turns of the microtask queue.
  async function* events(run: Run): AsyncGenerator<readonly StreamEvent[], void, undefined> {
    const exclude = run.request.reasoning?.exclude === true;
    yield [{ type: 'accepted' }];
    try {
      const answered = await firstToAnswer(run, 1, openStream, ({ builder }) => builder.answer());
      const { attempt, model, value } = answered;
      const { builder, firstBatch, batches } = value;
      const attempts = run.attempts.map((each) => each.snapshot());
      // From here on no other endpoint is tried, and what was delivered stays delivered.
      try {
        yield [{ type: 'started', model, endpoint: attempt.endpoint, attempts }, ...contentOf(firstBatch, exclude)];
        for (let result = await batches.next(); result.done !== true; result = await batches.next()) {
          receive(attempt, builder, result.value);
          const content = contentOf(result.value, exclude);
          if (content.length > 0) yield content;
        }
      } catch (thrown) {
        yield [await endOf(run, answered, thrown)];
        return;
      } finally {
        // A reader that leaves while an event is on its way to it ends us here.
        if (run.signal.aborted) attempt.abandon();
      }
      yield [{ type: 'finished', completion: await completionOf(run, answered, builder.answer()) }];
    } catch (error) {
      if (run.signal.aborted && !(run.signal.reason instanceof Cancelled)) return;
      yield [failedEvent(run, expected(run, error))];
    }
  }

  /** The last event of a stream that broke off, or was cancelled, after its first content. Throws when the reader has hung up. */
  const endOf = async (run: Run, answered: Answered<OpenStream>, thrown: unknown): Promise<StreamEvent> => {
    const { attempt, model, value } = answered;
    const answer = value.builder.answer();
    const visible = run.request.reasoning?.exclude === true ? withoutReasoning(answer) : answer;
    if (run.signal.aborted) {
      if (!(run.signal.reason instanceof Cancelled)) throw thrown;
      const completion = await completionOf(run, answered, { ...visible, finishReason: 'cancelled' });
      return { type: 'finished', completion };
    }
    const { retryAfterMs } = fail(run, attempt, thrown);
    const error = requestFailure({
      models: [model.slug],
      attempts: run.attempts.map((each) => each.snapshot()),
      exclusions: [],
      outOfTime: run.remainingMs() <= 0,
      retryAfterMs,
    });
    const spent = await settle(run.request, answer, attempt.endpoint, run.requirements.images, countTokens);
    return { ...failedEvent(run, error, visible), ...spent };
  };

  const expected = (run: Run, error: unknown): CompletionError => {
    if (error instanceof CompletionError) return error;
    onBug?.(error, run.generationId);
    return new InternalError(run.generationId);
  };

  return {
    async complete(request, options) {
      const run = startRun(request, options, upstreams(), clock);
      const call: Call<Answer> = (attempt, provider, providerCall) => provider.complete(providerCall, attempt.signal);
      try {
        const answered = await firstToAnswer(run, wholeAnswerFactor, call, (answer) => answer);
        return await completionOf(run, answered, answered.value);
      } catch (error) {
        throw options.signal.aborted ? options.signal.reason : expected(run, error);
      }
    },
    stream(request, options) {
      const controller = new AbortController();
      const signal = AbortSignal.any([options.signal, controller.signal]);
      return abortable(events(startRun(request, { ...options, signal }, upstreams(), clock)), controller);
    },
  };
}

function failedEvent(run: Run, error: CompletionError, answer?: Answer): Extract<StreamEvent, { type: 'failed' }> {
  const { content = '', reasoning, toolCalls = [] } = answer ?? {};
  return {
    type: 'failed',
    error,
    partial: { content, ...(reasoning !== undefined && { reasoning }), toolCalls },
    attempts: run.attempts.map((attempt) => attempt.snapshot()),
  };
}
