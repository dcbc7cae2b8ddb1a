import type { ExecutionResult } from 'graphql';
import type { MaskError } from './mask-error.ts';
import type { Payloads } from './payloads.ts';
import type { SocketWriter } from './socket-writer.ts';

/** What graphql-ws iterates: results come out of it, or go past it straight to the socket. */
export type OperationRun = AsyncIterableIterator<ExecutionResult>;

export interface OperationRunOptions {
  readonly start: () => Promise<Payloads | ExecutionResult>;
  /** The frame of a `next` message up to its payload. */
  readonly head: string;
  readonly writer: SocketWriter;
  /** Aborts the operation. */
  readonly controller: AbortController;
  /** Notes that the operation runs; what it returns, that it has ended. */
  readonly begun: () => () => void;
  readonly maskError: MaskError;
}

/**
 * Runs an operation of a socket, of any type, so that `return()` ends it at once in any phase: graphql-ws calls it when the
 * client completes the operation or the socket closes, and for queries and mutations too, since all of them are iterators.
 * Payloads are written by the run itself, as one `next` message each; a single result is handed to graphql-ws.
 */
export function createOperationRun({
  start,
  head,
  writer,
  controller,
  begun,
  maskError,
}: OperationRunOptions): OperationRun {
  let state: 'new' | 'running' | 'over' = 'new';
  let payloads: Payloads | undefined;
  let ended: () => void = () => undefined;

  function end(): IteratorReturnResult<undefined> {
    if (state !== 'over') {
      state = 'over';
      controller.signal.removeEventListener('abort', hangUp);
      payloads?.return();
      ended();
    }
    return { done: true, value: undefined };
  }

  function hangUp(): void {
    end();
  }

  async function pump(stream: Payloads): Promise<void> {
    payloads = stream;
    if (isOver()) return stream.return();
    for (let texts = await stream.next(); texts !== undefined && !isOver(); texts = await stream.next()) {
      for (const text of texts) writer.write(`${head}${text}}`);
      const room = writer.room();
      if (room !== undefined) await room;
    }
  }

  /** A function, because the state changes while `pump` waits. */
  function isOver(): boolean {
    return state === 'over';
  }

  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    async next() {
      if (state !== 'new') return end();
      state = 'running';
      try {
        ended = begun();
        controller.signal.addEventListener('abort', hangUp);
        const result = await start();
        if ('next' in result) {
          await pump(result);
          return end();
        }
        return isOver() ? end() : { done: false, value: result };
      } catch (error) {
        return isOver() ? end() : { done: false, value: { errors: [maskError(error)] } };
      }
    },
    return() {
      if (state !== 'over') controller.abort();
      return Promise.resolve(end());
    },
  };
}
