import type { ChatRequest } from '../../src/chat.ts';
import type { Completion } from '../../src/completion.ts';
import type { DeliveredEvent } from '../../src/streams/coalesce.ts';
import type { GenerationEvent } from '../../src/streams/event-log.ts';
import type { GenerationStream } from '../../src/streams/generation-stream.ts';
import { failedStream, type Generations } from '../../src/streams/generations.ts';

/** One generation that a caller has asked for, and that the test moves on. */
export interface StubGeneration {
  readonly request: ChatRequest;
  /** Resolves when the caller hangs up: its signal aborted, or its stream returned. */
  readonly hungUp: Promise<void>;
  readonly isHungUp: () => boolean;
  /** How often the reader asked for a batch. */
  readonly pulls: () => number;
  /** Answers a whole completion. */
  readonly complete: (completion: Completion) => void;
  readonly fail: (error: unknown) => void;
  /** Lets a stream deliver these events as one batch. */
  readonly push: (...events: DeliveredEvent[]) => void;
  readonly end: () => void;
}

export interface StubGenerations extends Generations {
  readonly started: StubGeneration[];
  /** The next generation that is asked for and has not been taken yet. */
  readonly next: () => Promise<StubGeneration>;
}

/** Generations that wait for the test to say what they answer, and tell it when their callers leave. */
export function createStubGenerations(): StubGenerations {
  const started: StubGeneration[] = [];
  const untaken: StubGeneration[] = [];
  const takers: ((generation: StubGeneration) => void)[] = [];

  function start(request: ChatRequest, signal: AbortSignal) {
    const batches: GenerationEvent[][] = [];
    const { promise: hungUp, resolve: noteHangUp } = Promise.withResolvers<void>();
    const completion = Promise.withResolvers<Completion>();
    let wake = () => {};
    let state: 'open' | 'ended' | 'hung up' = 'open';
    let failure: { error: unknown } | undefined;
    let sequence = 0;
    let pulls = 0;
    const hangUp = () => {
      if (state === 'hung up') return;
      state = 'hung up';
      noteHangUp();
      completion.reject(new DOMException('hung up', 'AbortError'));
      wake();
    };
    completion.promise.catch(() => {});
    signal.addEventListener('abort', hangUp);
    if (signal.aborted) hangUp();

    const generation: StubGeneration = {
      request,
      hungUp,
      isHungUp: () => state === 'hung up',
      pulls: () => pulls,
      complete: completion.resolve,
      fail: (error) => {
        failure = { error };
        completion.reject(error);
        wake();
      },
      push: (...events) => {
        batches.push(events.map((event) => ({ ...event, generationId: 'gen-stub', sequence: sequence++ })));
        wake();
      },
      end: () => {
        state = 'ended';
        wake();
      },
    };
    started.push(generation);
    const taker = takers.shift();
    if (taker === undefined) untaken.push(generation);
    else taker(generation);

    async function nextBatch() {
      pulls += 1;
      for (;;) {
        if (state === 'hung up') return undefined;
        const batch = batches.shift();
        if (batch !== undefined) return batch;
        if (failure !== undefined) throw failure.error;
        if (state === 'ended') return undefined;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }
    const stream: GenerationStream = {
      [Symbol.asyncIterator]: () => stream,
      next: () => Promise.reject(new Error('the stub hands out batches only')),
      nextBatch,
      return: async () => {
        hangUp();
        return { done: true, value: undefined };
      },
    };
    return { completion: completion.promise, stream };
  }

  return {
    started,
    next: () => {
      const generation = untaken.shift();
      if (generation !== undefined) return Promise.resolve(generation);
      return new Promise((resolve) => takers.push(resolve));
    },
    complete: (request, { signal }) => start(request, signal).completion,
    stream: (request, { signal }) => start(request, signal).stream,
    plan: () => {
      throw new Error('the stub plans nothing');
    },
    cancelAll: () => {},
    follow: () => {
      throw new Error('nothing can be followed here');
    },
    idle: async () => {},
    refused: (error) => failedStream(error, 'gen-refused'),
    cancel: () => false,
    running: () => started.filter((generation) => !generation.isHungUp()).length,
  };
}

/** A subscription whose deltas the server compiles. */
export const streamDocument = `subscription ($input: ChatCompletionInput!) {
  streamChatCompletion(input: $input) { __typename ... on ContentDelta { text } }
}`;

/** A mutation that waits for a whole answer. */
export const completeDocument = `mutation ($input: ChatCompletionInput!) {
  createChatCompletion(input: $input) { __typename ... on ChatCompletion { content } }
}`;

export const greeting = { input: { messages: [{ role: 'USER', content: 'Hello!' }] } };
