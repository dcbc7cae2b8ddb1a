import type { Answer } from '../chat.ts';
import type { Clock, Random } from '../clock.ts';
import type { Attempt, BareRouter, Completion, StreamEvent } from '../completion.ts';
import { Cancelled, CompletionError, InternalError, InvalidRequest, ProviderError } from '../errors.ts';
import { abortable } from './abortable.ts';
import { askForVectors } from './ask-for-vectors.ts';
import type { Call } from './calls.ts';
import type { EndpointHealthBook } from './endpoint-health.ts';
import { type Answered, createFailover } from './failover.ts';
import type { HedgingSettings } from './hedge.ts';
import { contentOf, type OpenStream, openStream, receive } from './open-stream.ts';
import type { Strategy } from './ranking.ts';
import { reachOf } from './reach.ts';
import { requestFailure } from './request-failure.ts';
import { planRoute } from './route-plan.ts';
import { providerCallOf, type Run, startRun, type Upstreams } from './run.ts';
import { type CountTokens, settle, withoutReasoning } from './settlement.ts';
import { judgeToolCalls } from './tool-call-quality.ts';

export interface RouterOptions {
  readonly upstreams: () => Upstreams;
  readonly health: EndpointHealthBook;
  readonly clock: Clock;
  readonly random: Random;
  readonly countTokens: CountTokens;
  /** How endpoints are chosen where the caller does not say; `adaptive` by default. */
  readonly strategy?: Strategy;
  /** Off by default. */
  readonly hedging?: HedgingSettings;
  /** Told of each attempt when it ends. */
  readonly onAttempt?: (attempt: Attempt, generationId: string) => void;
  /** Told of what must not happen; the caller gets an InternalError. */
  readonly onBug?: (error: unknown, generationId: string) => void;
}

const streaming: Call<OpenStream> = {
  ask: (run, attempt, provider) => openStream(attempt, provider, providerCallOf(run, attempt)),
  answerOf: ({ builder }) => builder.answer(),
  // What this breaks off has no reader any more.
  letGo: ({ batches }) => void batches.return?.().catch(() => {}),
  streaming: true,
};
const whole: Call<Answer> = {
  ask: (run, attempt, provider) => provider.complete(providerCallOf(run, attempt), attempt.signal),
  answerOf: (answer) => answer,
  letGo: () => {},
  streaming: false,
};
/** Vectors are an answer like any other: what is chosen, tried, counted and paid is the same. */
const embedding: Call<Answer> = { ...whole, ask: askForVectors };

/** What was delivered stays delivered, and the endpoint has failed all the same. */
const brokenOff = new ProviderError('server_failed', 'The provider ended its answer with an error.');

export function createRouter(options: RouterOptions): BareRouter {
  const { upstreams, health, clock, random, countTokens, strategy = 'adaptive', onAttempt, onBug } = options;

  const { firstToAnswer, fail, isAwaited } = createFailover({
    health,
    clock,
    random,
    strategy,
    hedging: options.hedging ?? { enabled: false, maxCostFactor: 1 },
    onAttempt,
    onBug,
  });

  const completionOf = async (
    run: Run,
    { attempt, chosen }: Answered<unknown>,
    answer: Answer,
  ): Promise<Completion> => {
    const { endpoint } = attempt;
    const provider = run.upstreams.catalog.provider(endpoint.provider);
    if (provider === undefined) throw new Error(`the catalog has endpoint ${endpoint.id} without its provider`);
    const { usage, cost } = await settle(run.request, answer, endpoint, run.requirements.images, countTokens);
    if (answer.finishReason === 'cancelled') attempt.abandon(cost);
    else if (answer.finishReason === 'error') fail(run, attempt, brokenOff, cost);
    else {
      attempt.succeed(usage, cost);
      health.affinity.remember(run.requirements.conversation, endpoint, usage);
    }
    const faults = judgeToolCalls(run.request.tools, answer);
    if (faults !== undefined) health.statistics(endpoint).calledTools(faults, clock.monotonic());
    return {
      ...(run.request.reasoning?.exclude === true ? withoutReasoning(answer) : answer),
      generationId: run.generationId,
      model: chosen.model,
      modelChoice: chosen.choice,
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
      if (run.request.embedding !== undefined)
        throw new InvalidRequest('Embeddings come whole; they are not streamed.');
      const answered = await firstToAnswer(run, streaming);
      const { attempt, chosen, value } = answered;
      const { builder, firstBatch, batches } = value;
      const { model, choice: modelChoice } = chosen;
      const attempts = run.attempts.map((each) => each.snapshot());
      // From here on no other endpoint is tried, and what was delivered stays delivered.
      try {
        const started = { type: 'started', model, modelChoice, endpoint: attempt.endpoint, attempts } as const;
        yield [started, ...contentOf(firstBatch, exclude)];
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
        if (run.signal.aborted) {
          attempt.abandon();
          streaming.letGo(value);
        }
      }
      yield [{ type: 'finished', completion: await completionOf(run, answered, builder.answer()) }];
    } catch (error) {
      if (run.signal.aborted && !(run.signal.reason instanceof Cancelled)) return;
      yield [failedEvent(run, expected(run, error))];
    }
  }

  /** The last event of a stream that broke off, or was cancelled, after its first content. Throws when the reader has hung up. */
  const endOf = async (run: Run, answered: Answered<OpenStream>, thrown: unknown): Promise<StreamEvent> => {
    const { attempt, chosen, value } = answered;
    const answer = value.builder.answer();
    const visible = run.request.reasoning?.exclude === true ? withoutReasoning(answer) : answer;
    if (run.signal.aborted) {
      if (!(run.signal.reason instanceof Cancelled)) throw thrown;
      const completion = await completionOf(run, answered, { ...answer, finishReason: 'cancelled' });
      return { type: 'finished', completion };
    }
    const spent = await settle(run.request, answer, attempt.endpoint, run.requirements.images, countTokens);
    const { retryAfterMs } = fail(run, attempt, thrown, spent.cost);
    const error = requestFailure({
      models: [chosen.model.slug],
      attempts: run.attempts.map((each) => each.snapshot()),
      exclusions: [],
      outOfTime: run.remainingMs() <= 0,
      retryAfterMs,
    });
    return { ...failedEvent(run, error, visible), ...spent };
  };

  const expected = (run: Run, error: unknown): CompletionError => {
    if (error instanceof CompletionError) return error;
    onBug?.(error, run.generationId);
    // One that answered, and then could not be settled, would hold its endpoint's place for ever.
    for (const attempt of run.attempts) attempt.abandon();
    return new InternalError(run.generationId);
  };

  return {
    async complete(request, options) {
      const run = startRun(request, options, upstreams(), clock);
      try {
        const answered = await firstToAnswer(run, request.embedding === undefined ? whole : embedding);
        return await completionOf(run, answered, answered.value);
      } catch (error) {
        throw options.signal.aborted ? options.signal.reason : expected(run, error);
      }
    },
    plan: (request, { account, permits }) =>
      planRoute(request, { catalog: upstreams().catalog, health, strategy, account, permits, isAwaited }),
    reach(request, asked) {
      try {
        return reachOf(request, upstreams().catalog, asked.account, asked.permits);
      } catch (error) {
        if (error instanceof CompletionError) return [];
        throw error;
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
