import { setTimeout } from 'node:timers/promises';
import { type Callers, type Outcome, ways } from './callers.ts';

/** Requests that come at a steady rate, whether those before have been answered or not. */
export interface Load {
  /** Comes to an end: asks nothing more, and resolves with what became of every request. */
  readonly stop: () => Promise<readonly Outcome[]>;
}

/** Starts to ask so many times a second, in each way by turns. */
export function startLoad(callers: Callers, perSecond: number): Load {
  const asked: Promise<Outcome>[] = [];
  const stopped = new AbortController();
  const startedMs = performance.now();
  const run = async () => {
    while (!stopped.signal.aborted) {
      const due = ((performance.now() - startedMs) * perSecond) / 1_000;
      while (asked.length <= due) asked.push(callers.ask(ways[asked.length % ways.length] ?? 'HTTP'));
      await setTimeout(Math.max(1, startedMs + (asked.length * 1_000) / perSecond - performance.now()));
    }
  };
  const running = run();
  return {
    stop: async () => {
      stopped.abort();
      await running;
      return Promise.all(asked);
    },
  };
}
