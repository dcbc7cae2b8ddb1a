import type { Caller } from '../caller.ts';
import type { ChatRequest } from '../chat.ts';
import type { Clock } from '../clock.ts';
import type { Completion, Idempotency, RouteOptions, RoutePlan, Router, StreamEvent } from '../completion.ts';
import { Cancelled, type CompletionError, Forbidden, GenerationNotFound, IdempotencyConflict } from '../errors.ts';
import { createGeneration, type DisconnectPolicy, type Generation } from './generation.ts';
import {
  failureEvent,
  type GenerationReading,
  type GenerationStream,
  readGeneration,
  streamOf,
} from './generation-stream.ts';
import { createIdempotencyBook, type IdempotencyBook, requestHashOf } from './idempotency-book.ts';
import { createKeptGenerations } from './kept-generations.ts';
import { createRevocations } from './revocations.ts';
import { createUnattended } from './unattended.ts';
import { wholeAnswer } from './whole-answer.ts';

/** Who reads. */
export interface Reading {
  readonly caller: Caller;
  /** Aborts when the reader hangs up. */
  readonly signal: AbortSignal;
}

/** How a request wants to be treated, beside what it asks of models. */
export interface Treatment {
  /** `cancel` by default. */
  readonly onDisconnect?: DisconnectPolicy;
  /** The same key from the same caller stands for the same generation. */
  readonly idempotencyKey?: string;
}

/** What a whole answer takes beside. */
export interface WholeReading extends Reading, Treatment {
  /** Told the generation's id as soon as there is one, be it answered or refused. */
  readonly onAccepted?: ((generationId: string) => void) | undefined;
}

/** Everything that is being generated now, and what was a little while ago. */
export interface Generations {
  /** Like Router.complete; makes the generation's id. Rejects with the signal's reason when the caller hangs up. */
  readonly complete: (request: ChatRequest, options: WholeReading) => Promise<Completion>;
  /** Like Router.stream; the generation starts when the first event is asked for. */
  readonly stream: (request: ChatRequest, options: Reading & Treatment) => GenerationStream;
  /** The events of a generation of the same account after that number, all of them without one; then those to come. */
  readonly follow: (id: string, after: number | undefined, reading: Reading) => GenerationStream;
  /** Like Router.plan. */
  readonly plan: (request: ChatRequest, caller: Caller) => RoutePlan;
  /** The stream of a request that could not even be routed: accepted, then failed. */
  readonly refused: (error: CompletionError) => GenerationStream;
  /** Cancels a running generation of the caller's account by name; false where none with that id runs. */
  readonly cancel: (id: string, caller: Caller) => boolean;
  /** Cancels all that runs, because the server shuts down; each stream still gets its terminal event. */
  readonly cancelAll: () => void;
  /** How many run now, without those that have been stopped. */
  readonly running: () => number;
  /** Resolves when all have ended, with readers or without, and what was stopped has said its last word. */
  readonly idle: () => Promise<void>;
}

export interface StreamSettings {
  /** What the events of one generation may take in memory. Beyond it the oldest are forgotten. */
  readonly maxLogBytes: number;
  /** How long a generation that has ended can be followed and replayed. */
  readonly keptMs: number;
  /** What all that have ended may take in memory together. */
  readonly maxKeptBytes: number;
  /** How long a generation with an idempotency key waits for a reader to come back. */
  readonly graceMs: number;
  /** How many generations of an account may go on without a reader because they were asked to finish. */
  readonly maxUnattended: number;
  /** How long each of them may. */
  readonly unattendedMs: number;
}

export const defaultStreamSettings: StreamSettings = {
  maxLogBytes: 4 * 1024 * 1024,
  keptMs: 5 * 60_000,
  maxKeptBytes: 64 * 1024 * 1024,
  graceMs: 10_000,
  maxUnattended: 50,
  unattendedMs: 15 * 60_000,
};

export interface GenerationsOptions {
  readonly router: Router;
  /** A new id, `gen-…`, each time. */
  readonly makeId: () => string;
  readonly clock: Clock;
  readonly settings?: StreamSettings;
  /** Which generation each idempotency key stands for; in memory by default. */
  readonly book?: IdempotencyBook;
}

/** What a generation takes in memory beside its events, measured. */
const generationBytes = 4_096;

type Open = (options: RouteOptions) => AsyncIterator<readonly StreamEvent[]>;

/** Gives each request its id and its place among the running, and lets any number of readers follow. */
export function createGenerations(options: GenerationsOptions): Generations {
  const { router, makeId, clock, settings = defaultStreamSettings, book = createIdempotencyBook() } = options;
  const known = new Map<string, Generation>();
  /** Each with what calls off the watch over its key. */
  const running = new Map<Generation, () => void>();
  const revocations = createRevocations();
  const unattended = createUnattended(settings.maxUnattended);
  let onIdle: (() => void)[] = [];
  const { keep } = createKeptGenerations({
    clock,
    keptMs: settings.keptMs,
    maxBytes: settings.maxKeptBytes,
    forget,
  });

  function forget(id: string): void {
    known.delete(id);
    book.release(id);
  }

  function start(
    open: Open,
    { embedding }: ChatRequest,
    asked: Reading & Treatment,
    idempotency?: Idempotency,
  ): Generation {
    const { caller, onDisconnect = 'cancel' } = asked;
    const id = makeId();
    const generation = createGeneration({
      id,
      caller,
      open: (signal) =>
        open({
          generationId: id,
          caller,
          signal,
          // What was not let in stands for nothing: its key works at once where the reason is gone.
          ...(idempotency !== undefined && { idempotency, onRefused: () => book.release(id) }),
        }),
      onDisconnect,
      graceMs: idempotency === undefined ? 0 : settings.graceMs,
      goUnattended: () => unattended.enter(caller.accountId),
      unattendedMs: settings.unattendedMs,
      maxLogBytes: settings.maxLogBytes,
      clock,
      onEnd: () => {
        ended(generation);
        // Vectors are large, and nothing to follow: they are kept only for the same request to come again.
        if (embedding !== undefined && idempotency === undefined) forget(id);
        else keep(id, generation.log.bytes() + generationBytes);
      },
    });
    known.set(id, generation);
    running.set(
      generation,
      revocations.watch(caller.revoked, () => generation.cut(revokedMessage)),
    );
    return generation;
  }

  function ended(generation: Generation): void {
    running.get(generation)?.();
    running.delete(generation);
    if (running.size > 0) return;
    for (const resolve of onIdle) resolve();
    onIdle = [];
  }

  /** The generation that has the request's idempotency key, which may be a new one. */
  async function startOnce(open: Open, request: ChatRequest, asked: Reading & Treatment, key: string) {
    // It is known before the key is claimed, so that whoever comes second finds it.
    const requestHash = requestHashOf(request);
    const generation = start(open, request, asked, { key, requestHash });
    const { keyId, accountId } = asked.caller;
    let claimed = false;
    try {
      const answer = await book.claim({ scope: keyId ?? accountId, key, requestHash, generationId: generation.id });
      claimed = answer.state === 'claimed';
      if (claimed) return generation;
      const earlier = answer.state === 'taken' ? known.get(answer.generationId) : undefined;
      if (earlier !== undefined) return earlier;
      const generationId = answer.state === 'taken' ? answer.generationId : undefined;
      return refusal(new IdempotencyConflict(answer.state === 'taken', generationId));
    } finally {
      if (!claimed) discard(generation);
    }
  }

  /** Forgets a generation that never began. */
  function discard(generation: Generation): void {
    known.delete(generation.id);
    ended(generation);
  }

  function read(open: Open, request: ChatRequest, asked: Reading & Treatment): GenerationStream {
    const { idempotencyKey, caller, signal } = asked;
    return readGeneration({
      open: () => {
        if (caller.revoked.aborted) return refusal(new Forbidden(revokedMessage));
        return idempotencyKey === undefined
          ? start(open, request, asked)
          : startOnce(open, request, asked, idempotencyKey);
      },
      from: 0,
      signal,
      watch: watchFor(caller),
    });
  }

  /** A reader by another key than the generation's is cut off alone when its own is revoked. */
  function watchFor(caller: Caller): GenerationReading['watch'] {
    return (generation, cut) =>
      generation.caller.revoked === caller.revoked
        ? () => {}
        : revocations.watch(caller.revoked, () => cut(new Forbidden(revokedMessage)));
  }

  const refusal = (error: CompletionError) => refusalEvents(error, makeId());

  return {
    async complete(request, asked) {
      const { signal, onAccepted } = asked;
      const events = read((options) => wholeAnswer(router, request, options), request, asked);
      for (let batch = await events.nextBatch(); batch !== undefined; batch = await events.nextBatch()) {
        const first = batch[0];
        if (first?.type === 'accepted') onAccepted?.(first.generationId);
        const last = batch.at(-1);
        if (last?.type === 'finished') return last.completion;
        if (last?.type === 'failed') throw last.error;
      }
      throw signal.reason;
    },
    stream: (request, asked) => read((options) => router.stream(request, options), request, asked),
    follow(id, after = -1, { caller, signal }) {
      const generation = known.get(id);
      const from = after + 1;
      if (generation === undefined || generation.caller.accountId !== caller.accountId) {
        return streamOf([failureEvent(new GenerationNotFound(id), id, from)]);
      }
      return readGeneration({ open: () => generation, from, signal, watch: watchFor(caller) });
    },
    plan: (request, caller) => router.plan(request, { caller }),
    refused: (error) => failedStream(error, makeId()),
    cancel(id, caller) {
      const generation = known.get(id);
      if (generation?.caller.accountId !== caller.accountId) return false;
      return generation.cancel(new Cancelled('The generation was cancelled.'));
    },
    cancelAll() {
      for (const generation of running.keys())
        generation.cancel(new Cancelled('The server is shutting down.', 'shutdown'));
    },
    running: () => [...running.keys()].filter((generation) => !generation.isEnding()).length,
    idle: () => (running.size === 0 ? Promise.resolve() : new Promise((resolve) => onIdle.push(resolve))),
  };
}

/** A stream of a request that failed before it could be routed: accepted, then failed. */
export function failedStream(error: CompletionError, generationId: string): GenerationStream {
  return streamOf(refusalEvents(error, generationId));
}

function refusalEvents(error: CompletionError, generationId: string) {
  return [{ type: 'accepted', generationId, sequence: 0 } as const, failureEvent(error, generationId, 1)];
}

const revokedMessage = 'The key was revoked, or has expired.';
