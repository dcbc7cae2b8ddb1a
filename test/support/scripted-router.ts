import type { ChatRequest } from '../../src/chat.ts';
import type { Completion, RouteOptions, Router, StreamEvent } from '../../src/completion.ts';
import { Cancelled } from '../../src/errors.ts';

/** One request that reached the router, and that the test moves on. */
export interface ScriptedCall {
  readonly request: ChatRequest;
  readonly options: RouteOptions;
  /** How often the next batch was asked for. */
  readonly pulls: () => number;
  /** Delivers these events as one batch. */
  readonly push: (...events: StreamEvent[]) => void;
  readonly end: () => void;
  readonly fail: (error: unknown) => void;
  /** What it says when it is stopped, in place of a failure without a word; or that it hangs on. */
  readonly whenStopped: (last: StreamEvent | 'hangs') => void;
  /** Whether the router's work for it is done. */
  readonly isDone: () => boolean;
}

export interface ScriptedRouter extends Router {
  readonly calls: ScriptedCall[];
}

/** A router that says what the test has it say, and that ends a stream as the real one does when it is told to stop. */
export function createScriptedRouter(): ScriptedRouter {
  const calls: ScriptedCall[] = [];

  function begin(request: ChatRequest, options: RouteOptions) {
    const batches: (readonly StreamEvent[])[] = [];
    let wake = () => {};
    let ended = false;
    let done = false;
    let pulls = 0;
    let failure: { error: unknown } | undefined;
    let parting: StreamEvent | 'hangs' | undefined;
    const call: ScriptedCall = {
      request,
      options,
      pulls: () => pulls,
      push: (...events) => {
        batches.push(events);
        wake();
      },
      end: () => {
        ended = true;
        wake();
      },
      fail: (error) => {
        failure = { error };
        wake();
      },
      whenStopped: (last) => {
        parting = last;
      },
      isDone: () => done,
    };
    calls.push(call);
    options.signal.addEventListener('abort', () => {
      batches.length = 0;
      if (parting === 'hangs') return;
      const { reason } = options.signal;
      if (reason instanceof Cancelled) call.push(parting ?? failed(reason));
      call.end();
    });
    const next = async (): Promise<IteratorResult<readonly StreamEvent[], undefined>> => {
      pulls += 1;
      for (;;) {
        const batch = batches.shift();
        if (batch !== undefined) return { done: false, value: batch };
        if (failure !== undefined) throw failure.error;
        if (ended) {
          done = true;
          return { done: true, value: undefined };
        }
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    };
    return { next };
  }

  return {
    calls,
    async complete(request, options) {
      const { next } = begin(request, options);
      for (let result = await next(); result.done !== true; result = await next()) {
        for (const event of result.value) {
          if (event.type === 'finished') return event.completion;
          if (event.type === 'failed') throw event.error;
        }
      }
      throw options.signal.reason;
    },
    stream(request, options) {
      const { next } = begin(request, options);
      const iterator: AsyncIterableIterator<readonly StreamEvent[], undefined> = {
        [Symbol.asyncIterator]: () => iterator,
        next,
      };
      return iterator;
    },
    plan() {
      throw new Error('the scripted router plans nothing');
    },
  };
}

export const text = (value: string): StreamEvent => ({ type: 'text', text: value });

function failed(error: Cancelled): StreamEvent {
  return { type: 'failed', error, partial: { content: '', toolCalls: [] }, attempts: [] };
}

export function finished(completion: Completion): StreamEvent {
  return { type: 'finished', completion };
}
