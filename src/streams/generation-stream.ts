import { type CompletionError, EventsForgotten } from '../errors.ts';
import type { GenerationEvent } from './event-log.ts';
import type { Generation } from './generation.ts';

/** The numbered events of one generation, one by one or in the batches in which they came. */
export interface GenerationStream extends AsyncIterableIterator<GenerationEvent> {
  /** The rest of the current batch, or the next one; `undefined` after the end. Not to be mixed with a pending `next()`. */
  readonly nextBatch: () => Promise<readonly GenerationEvent[] | undefined>;
  /** Hangs up, at once, also while a `next()` or `nextBatch()` is pending. */
  readonly return: () => Promise<IteratorReturnResult<undefined>>;
}

export interface GenerationReading {
  /** What to read, asked for with the first event; or the events that are said instead. */
  readonly open: () => Opened | Promise<Opened>;
  /** The number of the first event to read. */
  readonly from: number;
  /** Aborts when the reader hangs up. */
  readonly signal: AbortSignal;
  /** Tells when this reader, though perhaps not the generation, is to be cut off. The returned function calls that off. */
  readonly watch: (generation: Generation, cut: (error: CompletionError) => void) => () => void;
}

type Opened = Generation | readonly GenerationEvent[];

/** What a generation says that never was one. */
export function streamOf(events: readonly GenerationEvent[]): GenerationStream {
  return readGeneration({
    open: () => events,
    from: 0,
    signal: new AbortController().signal,
    watch: () => () => {},
  });
}

/** A failure, told as the event with that number. */
export function failureEvent(error: CompletionError, generationId: string, sequence: number): GenerationEvent {
  const partial = { content: '', toolCalls: [] };
  return { type: 'failed', error, partial, attempts: error.attempts, generationId, sequence };
}

const finished: IteratorReturnResult<undefined> = { done: true, value: undefined };

/**
 * A reader: nothing but a place in the log. Hand-written rather than an async generator: the `return()` of a generator queues
 * behind its pending `next()`, and a hang-up must reach a silent upstream at once.
 */
export function readGeneration({ open, from, signal, watch }: GenerationReading): GenerationStream {
  let generation: Generation | undefined;
  let place = from;
  let batch: readonly GenerationEvent[] = [];
  let position = 0;
  let over = false;
  let cutOff: CompletionError | undefined;
  let wake = () => {};
  let unwatch = () => {};

  function leave(): void {
    if (over) return;
    over = true;
    signal.removeEventListener('abort', leave);
    unwatch();
    generation?.leave(wake);
    generation = undefined;
    wake();
  }

  /** Joins the generation; what is said instead of one is given back. */
  function enter(opened: Opened): readonly GenerationEvent[] | undefined {
    if (!('log' in opened)) {
      leave();
      return opened;
    }
    opened.join();
    if (over) {
      opened.leave(wake);
      return undefined;
    }
    generation = opened;
    unwatch = watch(opened, (error) => {
      cutOff = error;
      wake();
    });
    return undefined;
  }

  async function read(): Promise<readonly GenerationEvent[] | undefined> {
    if (over) return undefined;
    if (generation === undefined) {
      if (signal.aborted) {
        over = true;
        return undefined;
      }
      signal.addEventListener('abort', leave, { once: true });
      // Without a wait where none is needed: it begins in the turn in which it is asked for.
      const opening = open();
      const said = enter(opening instanceof Promise ? await opening : opening);
      if (said !== undefined) return said;
    }
    while (generation !== undefined) {
      const { id, log } = generation;
      const events = cutOff === undefined ? log.from(place) : undefined;
      if (events === undefined) {
        leave();
        return [failureEvent(cutOff ?? new EventsForgotten(log.oldest()), id, place)];
      }
      if (events.length > 0) {
        place += events.length;
        return events;
      }
      if (generation.isOver()) {
        const bug = generation.bug();
        leave();
        if (bug !== undefined) throw bug.error;
        return undefined;
      }
      await more(generation);
    }
    return undefined;
  }

  function more(running: Generation): Promise<void> {
    return new Promise((resolve) => {
      wake = resolve;
      running.wait(resolve);
    });
  }

  /** Under way for all `next()` that are pending, so that they share what it brings. */
  let filling: Promise<boolean> | undefined;

  /** Gets the next batch; false at the end. */
  async function fill(): Promise<boolean> {
    try {
      const events = await read();
      batch = events ?? [];
      position = 0;
      return events !== undefined;
    } finally {
      filling = undefined;
    }
  }

  const stream: GenerationStream = {
    [Symbol.asyncIterator]: () => stream,
    async next() {
      for (;;) {
        const event = batch[position];
        if (event !== undefined) {
          position += 1;
          return { done: false, value: event };
        }
        filling ??= fill();
        if (!(await filling)) return finished;
      }
    },
    nextBatch() {
      if (position === batch.length) return read();
      const rest = batch.slice(position);
      position = batch.length;
      return Promise.resolve(rest);
    },
    async return() {
      batch = [];
      position = 0;
      leave();
      return finished;
    },
  };
  return stream;
}
