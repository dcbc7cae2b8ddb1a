import type { Completion, StreamEvent } from '../completion.ts';
import { Cancelled, type CompletionError, Overloaded } from '../errors.ts';
import type { MeteredGeneration, Terminal } from './metered-generation.ts';
import type { NoRoom } from './slices.ts';

type Batch = readonly StreamEvent[];
type Result = IteratorResult<Batch, undefined>;

/** A request that was let in, and the two ways to have it answered. */
export interface Admitted {
  readonly generation: MeteredGeneration;
  /** Whether all that it may cost is held. */
  readonly whole: boolean;
  readonly stream: (signal: AbortSignal) => AsyncIterableIterator<Batch>;
  readonly complete: () => Promise<Completion>;
}

export interface MeteredStreamOptions {
  /** The request's. */
  readonly signal: AbortSignal;
  /** Lets the request in, or rejects. */
  readonly admit: () => Promise<Admitted>;
  /** What the caller is told of what `admit` rejected with. */
  readonly refusal: (error: unknown) => CompletionError;
  /** Whether its money may end it. */
  readonly capped: boolean;
  /** Whether what it delivers reaches the caller piece by piece: only then it is paid when it fails later. */
  readonly streamed: boolean;
}

const finished: IteratorReturnResult<undefined> = { done: true, value: undefined };

/**
 * A router's stream, counted and settled: its last event comes when the books, or the spool, have it. Hand-written, since another
 * async generator in the path would cost every token some turns of the microtask queue, and hold back a hang-up.
 */
export function meteredStream(options: MeteredStreamOptions): AsyncIterableIterator<Batch, undefined> {
  const { signal, admit, refusal, capped, streamed } = options;
  let begun = false;
  let over = false;
  let admitted: Admitted | undefined;
  let source: AsyncIterator<Batch> | undefined;
  /** Aborts for a capped caller when the request does, or when the money is used up. */
  let purse: AbortController | undefined;
  let noRoom: NoRoom | undefined;
  // Made once: each token passes them.
  let taken: (result: IteratorResult<Batch>) => Result | Promise<Result> = () => finished;
  let fallen: (error: unknown) => Promise<Result> = (error) => Promise.reject(error);

  async function begin(): Promise<Result> {
    begun = true;
    try {
      admitted = await admit();
    } catch (error) {
      over = true;
      return { done: false, value: [{ type: 'accepted' }, failedBy(refusal(error))] };
    }
    if (over) {
      await admitted.generation.broken();
      return finished;
    }
    if (capped) purse = new AbortController();
    const { generation } = admitted;
    taken = (result) => take(result, generation);
    fallen = (error) => fell(error, generation);
    source = admitted.stream(purse === undefined ? signal : AbortSignal.any([signal, purse.signal]));
    return pull(source);
  }

  const pull = (from: AsyncIterator<Batch>): Promise<Result> => from.next().then(taken, fallen);

  function take(result: IteratorResult<Batch>, generation: MeteredGeneration): Result | Promise<Result> {
    if (over) return finished;
    if (result.done === true) return ended(generation);
    try {
      const terminal = generation.count(result.value);
      return terminal === undefined ? result : last(result.value, terminal, generation).catch(fallen);
    } catch (error) {
      return fallen(error);
    }
  }

  /** The source has nothing more to say: it was settled at its last event, or hung up on before. */
  async function ended(generation: MeteredGeneration): Promise<Result> {
    over = true;
    await generation.broken();
    return finished;
  }

  async function fell(error: unknown, generation: MeteredGeneration): Promise<Result> {
    if (over) return finished;
    over = true;
    await generation.broken('InternalError');
    throw error;
  }

  async function last(batch: Batch, said: Terminal, generation: MeteredGeneration): Promise<Result> {
    const terminal = billed(said, noRoom);
    if (terminal.type === 'finished') {
      await generation.finished(terminal.completion, noRoom === undefined ? reasonOf(signal) : outOfMoney);
    } else {
      const failure = streamed ? terminal : { error: terminal.error };
      if (terminal.error === unbooked) await generation.unbooked(failure);
      else await generation.failed(failure, reasonOf(signal));
    }
    return { done: false, value: terminal === said ? batch : [...batch.slice(0, -1), terminal] };
  }

  /** Waits for more money. Without any the source is stopped; it still says its last event. */
  async function pullWithRoom(from: AsyncIterator<Batch>, room: Promise<NoRoom | undefined>): Promise<Result> {
    const answer = await room;
    if (answer !== undefined) {
      noRoom = answer;
      purse?.abort(outOfMoney);
    }
    return over ? finished : pull(from);
  }

  const iterator: AsyncIterableIterator<Batch, undefined> = {
    [Symbol.asyncIterator]: () => iterator,
    next() {
      if (over) return Promise.resolve(finished);
      if (source === undefined || admitted === undefined) return begun ? Promise.resolve(finished) : begin();
      const { generation } = admitted;
      const room = noRoom === undefined ? generation.room() : undefined;
      return room === undefined ? pull(source) : pullWithRoom(source, room);
    },
    async return() {
      if (over) return finished;
      over = true;
      await source?.return?.();
      // What is still being let in is settled when it has been.
      await admitted?.generation.broken();
      return finished;
    },
  };
  return iterator;
}

/** The completion as it is paid: where nothing came but the provider's error, it is free. */
export function asBilled(completion: Completion): Completion {
  const { content, reasoning, refusal, toolCalls, images, finishReason, cost } = completion;
  const something =
    content !== '' || reasoning !== undefined || refusal !== undefined || toolCalls.length + images.length > 0;
  return something || finishReason !== 'error' || cost === '0' ? completion : { ...completion, cost: '0' };
}

const outOfMoney = new Cancelled('The money of the account, budget or key was used up.', 'budget');

/** The last event as the caller is told it. */
function billed(terminal: Terminal, noRoom: NoRoom | undefined): Terminal {
  if (terminal.type === 'failed') {
    return noRoom === undefined || !(terminal.error instanceof Cancelled) ? terminal : { ...terminal, error: unbooked };
  }
  const completion = asBilled(terminal.completion);
  if (noRoom === undefined || completion.finishReason !== 'cancelled')
    return completion === terminal.completion ? terminal : { type: 'finished', completion };
  if (noRoom === 'refused') return { type: 'finished', completion: { ...completion, finishReason: 'budget' } };
  const { content, reasoning, toolCalls, attempts, usage, cost } = completion;
  const partial = { content, ...(reasoning !== undefined && { reasoning }), toolCalls };
  return { type: 'failed', error: unbooked, partial, attempts, usage, cost };
}

const unbooked = new Overloaded(
  'The books do not answer, and spending by this key is limited: the answer was broken off.',
  {
    retryAfterMs: 1_000,
  },
);

function failedBy(error: CompletionError): Terminal {
  return { type: 'failed', error, partial: { content: '', toolCalls: [] }, attempts: error.attempts };
}

function reasonOf({ reason }: AbortSignal): Cancelled | undefined {
  return reason instanceof Cancelled ? reason : undefined;
}
