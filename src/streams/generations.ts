import type { ChatRequest } from '../chat.ts';
import type { Completion, RoutePlan, Router, StreamEvent } from '../completion.ts';
import { Cancelled, type CompletionError } from '../errors.ts';
import { coalesce, type DeliveredEvent } from './coalesce.ts';

/** An event of a generation with its place in it: 0, 1, 2 … without a gap, the same for every reader. */
export type GenerationEvent = DeliveredEvent & { readonly generationId: string; readonly sequence: number };

/** The numbered events of one generation, one by one or in the batches in which they came. */
export interface GenerationStream extends AsyncIterableIterator<GenerationEvent> {
  /** The rest of the current batch, or the next one; `undefined` after the end. Not to be mixed with a pending `next()`. */
  readonly nextBatch: () => Promise<readonly GenerationEvent[] | undefined>;
  /** Hangs up, at once, also while a `next()` or `nextBatch()` is pending. */
  readonly return: () => Promise<IteratorReturnResult<undefined>>;
}

/** Everything that is being generated now. */
export interface Generations {
  /** Like Router.complete; makes the generation's id. */
  readonly complete: (request: ChatRequest, signal: AbortSignal) => Promise<Completion>;
  /** Like Router.stream; the generation starts when the first event is asked for. */
  readonly stream: (request: ChatRequest, signal: AbortSignal) => GenerationStream;
  /** Like Router.plan. */
  readonly plan: (request: ChatRequest) => RoutePlan;
  /** The stream of a request that could not even be routed: accepted, then failed. */
  readonly refused: (error: CompletionError) => GenerationStream;
  /** Cancels a running generation by name; false where none with that id runs. */
  readonly cancel: (id: string) => boolean;
  /** Cancels all that runs, because the server shuts down; each stream still gets its terminal event. */
  readonly cancelAll: () => void;
  /** How many run now. */
  readonly running: () => number;
}

export interface GenerationsOptions {
  readonly router: Router;
  /** A new id, `gen-…`, each time. */
  readonly makeId: () => string;
}

/** Gives each request its id and its place among the running, and numbers the events of streams. */
export function createGenerations({ router, makeId }: GenerationsOptions): Generations {
  const running = new Map<string, AbortController>();

  const start = (signal: AbortSignal) => {
    const id = makeId();
    const controller = new AbortController();
    const hangUp = () => controller.abort(signal.reason);
    if (signal.aborted) hangUp();
    else signal.addEventListener('abort', hangUp, { once: true });
    running.set(id, controller);
    const end = () => {
      signal.removeEventListener('abort', hangUp);
      running.delete(id);
    };
    return { id, controller, end };
  };

  return {
    async complete(request, signal) {
      const { id, controller, end } = start(signal);
      try {
        return await router.complete(request, { generationId: id, signal: controller.signal });
      } finally {
        end();
      }
    },
    stream(request, signal) {
      return numbered(() => {
        const { id, controller, end } = start(signal);
        return {
          id,
          controller,
          end,
          batches: router.stream(request, { generationId: id, signal: controller.signal }),
        };
      });
    },
    plan: (request) => router.plan(request),
    refused: (error) => failedStream(error, makeId()),
    cancel(id) {
      const controller = running.get(id);
      controller?.abort(new Cancelled('The generation was cancelled.'));
      return controller !== undefined;
    },
    cancelAll() {
      for (const controller of running.values()) controller.abort(new Cancelled('The server is shutting down.'));
    },
    running: () => running.size,
  };
}

/** A stream of a request that failed before it could be routed: accepted, then failed. */
export function failedStream(error: CompletionError, generationId: string): GenerationStream {
  const batch: readonly StreamEvent[] = [
    { type: 'accepted' },
    { type: 'failed', error, partial: { content: '', toolCalls: [] }, attempts: error.attempts },
  ];
  return numbered(() => ({ id: generationId, controller: new AbortController(), end: () => {}, batches: once(batch) }));
}

interface Source {
  readonly id: string;
  readonly controller: AbortController;
  readonly end: () => void;
  readonly batches: AsyncIterableIterator<readonly StreamEvent[]>;
}

const finished: IteratorReturnResult<undefined> = { done: true, value: undefined };

/**
 * Merges what came together, numbers it and hands it out. Hand-written rather than an async generator: the `return()` of a
 * generator queues behind its pending `next()`, and a hang-up must reach a silent upstream at once.
 */
function numbered(open: () => Source): GenerationStream {
  let source: Source | undefined;
  let sequence = 0;
  let batch: readonly GenerationEvent[] = [];
  let position = 0;
  let over = false;

  const end = () => {
    over = true;
    source?.end();
  };

  const read = async (): Promise<readonly GenerationEvent[] | undefined> => {
    try {
      while (!over) {
        source ??= open();
        const { id, batches } = source;
        const result = await batches.next();
        if (result.done === true || over) break;
        const events = coalesce(result.value).map((event) => ({ ...event, generationId: id, sequence: sequence++ }));
        if (events.length > 0) return events;
      }
    } catch (error) {
      end();
      throw error;
    }
    end();
    return undefined;
  };

  const stream: GenerationStream = {
    [Symbol.asyncIterator]: () => stream,
    async next() {
      if (position === batch.length) {
        batch = (await read()) ?? [];
        position = 0;
      }
      const event = batch[position];
      if (event !== undefined) position += 1;
      return event === undefined ? finished : { done: false, value: event };
    },
    nextBatch() {
      if (position === batch.length) return read();
      const rest = batch.slice(position);
      position = batch.length;
      return Promise.resolve(rest);
    },
    async return() {
      if (!over) {
        batch = [];
        position = 0;
        source?.controller.abort(new DOMException('The reader hung up.', 'AbortError'));
        const closing = source?.batches.return?.();
        end();
        await closing;
      }
      return finished;
    },
  };
  return stream;
}

async function* once<T>(value: T): AsyncGenerator<T, undefined> {
  yield value;
}
