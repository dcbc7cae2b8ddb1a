import { ProviderError } from '../../errors.ts';
import type { FromWorker, ToWorker, Work, WorkerOptions, WorkPart } from './messages.ts';

export interface SchedulerOptions extends Pick<WorkerOptions, 'maxRunning' | 'maxQueued' | 'maxAhead'> {
  /** Starts a piece of work; each step is one turn. */
  readonly generate: (work: Work) => Iterator<readonly WorkPart[], void>;
  readonly send: (message: FromWorker) => void;
  /** Calls `turn` once, after the messages that have come meanwhile were received. */
  readonly defer: (turn: () => void) => void;
}

/** Many generations on one thread: a step at a time, each in its turn, so that all advance alike and messages are heard. */
export interface Scheduler {
  readonly receive: (message: ToWorker) => void;
}

/**
 * Runs up to `maxRunning` generations and keeps up to `maxQueued` more waiting, in order; the next one fails as `overloaded`. A
 * generation whose batches are not taken rests. A cancelled one makes no further step.
 */
export function createScheduler(options: SchedulerOptions): Scheduler {
  const { send } = options;
  const queued = new Map<number, Work>();
  const running = new Map<number, Running>();
  const ready: Running[] = [];
  let deferred = false;

  const wake = () => {
    if (deferred || ready.length === 0) return;
    deferred = true;
    options.defer(turn);
  };
  const makeReady = (generation: Running) => {
    if (generation.ready || generation.ahead >= options.maxAhead) return;
    generation.ready = true;
    ready.push(generation);
    wake();
  };
  const startNext = () => {
    const [next] = queued;
    if (next === undefined || running.size >= options.maxRunning) return;
    const [id, work] = next;
    queued.delete(id);
    const generation = { id, steps: options.generate(work), ahead: 0, ready: false };
    running.set(id, generation);
    makeReady(generation);
  };
  const remove = (id: number) => {
    queued.delete(id);
    if (running.delete(id)) startNext();
  };
  const turn = () => {
    deferred = false;
    const generation = ready.shift();
    if (generation !== undefined) {
      generation.ready = false;
      if (running.has(generation.id)) step(generation);
    }
    wake();
  };
  const step = (generation: Running) => {
    const { id } = generation;
    try {
      const { done, value } = generation.steps.next();
      if (done === true) {
        send({ type: 'done', id });
        return remove(id);
      }
      if (value.length > 0) {
        generation.ahead++;
        send({ type: 'parts', id, parts: value });
      }
      makeReady(generation);
    } catch (error) {
      send({ type: 'failed', id, ...describe(error) });
      remove(id);
    }
  };

  return {
    receive: (message) => {
      const { id } = message;
      switch (message.type) {
        case 'generate': {
          if (running.size >= options.maxRunning && queued.size >= options.maxQueued) {
            return send({
              type: 'failed',
              id,
              kind: 'overloaded',
              message: 'The local model has too many requests waiting.',
            });
          }
          queued.set(id, message.options);
          return startNext();
        }
        case 'taken': {
          const generation = running.get(id);
          if (generation === undefined) return;
          generation.ahead -= message.batches;
          return makeReady(generation);
        }
        case 'cancel':
          return remove(id);
      }
    },
  };
}

interface Running {
  readonly id: number;
  readonly steps: Iterator<readonly WorkPart[], void>;
  /** Batches sent and not yet taken. */
  ahead: number;
  /** Whether it waits for its turn. */
  ready: boolean;
}

function describe(error: unknown): Pick<ProviderError, 'kind' | 'message'> {
  if (error instanceof ProviderError) return { kind: error.kind, message: error.message };
  return {
    kind: 'server_failed',
    message: `The local model failed: ${error instanceof Error ? error.message : 'unknown'}`,
  };
}
